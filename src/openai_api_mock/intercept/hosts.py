"""Which URLs are the API's."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

import msgspec

from ..errors import UsageError

OPENAI = "api.openai.com"
# The SDK's regional hosts are us.api.openai.com and its like.
OPENAI_SUFFIX = "." + OPENAI
AZURE_SUFFIXES = (
    ".openai.azure.com",
    ".openai.azure.us",
    ".cognitiveservices.azure.com",
    ".services.ai.azure.com",
    ".api.cognitive.microsoft.com",
)
_BEGINNINGS = ("/v1/", "/openai/")
_PORTS = {"https": 443, "http": 80, "wss": 443, "ws": 80}


class Target(msgspec.Struct, frozen=True):
    """A URL of the API: its path as the API itself has it, and whether the host is Azure's."""

    path: str
    azure: bool


class _Base(msgspec.Struct, frozen=True):
    """A base URL on a host of the user's."""

    path: str
    azure: bool

    def target(self, path: str) -> Target | None:
        """The path as the API has it; None where it doesn't begin as the base URL does."""
        if self.path and path != self.path and not path.startswith(self.path + "/"):
            return None
        rest = path[len(self.path) :]
        # A base URL without a path, or an endpoint of Azure's, may be followed by the API's own beginning.
        if not self.path or rest.startswith(_BEGINNINGS):
            return Target(rest, self.azure)
        return Target("/v1" + rest, self.azure)


class Hosts:
    """The hosts that one mock answers for: OpenAI's, Azure's, and those that the user's base URLs name."""

    def __init__(self, base_urls: Iterable[str], environ: Mapping[str, str] = os.environ) -> None:
        self._named: dict[tuple[str, int], list[_Base]] = {}
        for url in base_urls:
            self._name("base_urls", url)
        for variable, azure in (("OPENAI_BASE_URL", False), ("AZURE_OPENAI_ENDPOINT", True)):
            if environ.get(variable):
                self._name(variable, environ[variable], azure)

    def _name(self, source: str, url: str, azure: bool = False) -> None:
        try:
            parts = urlsplit(url)
            scheme, host, port = parts.scheme, _plain(parts.hostname or ""), parts.port
        except ValueError:
            scheme, host, port = "", "", None
        if scheme not in _PORTS or not host:
            raise UsageError(f"{source}: {url!r} is no base URL; one looks like 'https://gateway.example.com/v1'")
        if _is_openai(host) or host.endswith(AZURE_SUFFIXES):
            return
        # A deployment is part of what is asked for, though the SDK has it in the base URL.
        path = parts.path.partition("/openai/deployments/")[0].rstrip("/")
        bases = self._named.setdefault((host, port or _PORTS[scheme]), [])
        bases.append(_Base(path, azure))
        # The longest first, so that one base URL may lie within another.
        bases.sort(key=lambda base: -len(base.path))

    def target(self, scheme: str, host: str, port: int | None, path: str) -> Target | None:
        """What this URL asks of the API; None where the host isn't one of the API's. `path` is percent-encoded."""
        host = _plain(host)
        if _is_openai(host):
            return Target(path, False)
        if host.endswith(AZURE_SUFFIXES):
            return Target(path, True)
        bases = self._named.get((host, port or _PORTS.get(scheme, 0)))
        if bases is None:
            return None
        return next((found for base in bases if (found := base.target(path)) is not None), Target(path, False))


def _plain(host: str) -> str:
    """As all libraries may put it: in lower case, without the dot of a full name or the brackets of IPv6."""
    return host.lower().rstrip(".").strip("[]")


def _is_openai(host: str) -> bool:
    return host == OPENAI or host.endswith(OPENAI_SUFFIX)
