"""Which URLs are the API's."""

from __future__ import annotations

import os
from collections.abc import Iterable
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
_PORTS = {"https": 443, "http": 80, "wss": 443, "ws": 80}


class Target(msgspec.Struct, frozen=True):
    """A URL of the API: its path as the API itself has it, and whether the host is Azure's."""

    path: str
    azure: bool


class Hosts:
    """The hosts that one mock answers for: OpenAI's, Azure's, and those that the user's base URLs name."""

    def __init__(self, base_urls: Iterable[str], environ: os._Environ[str] | dict[str, str] = os.environ) -> None:
        self._named: dict[tuple[str, int], str] = {}
        for url in base_urls:
            self._name(url)
        for variable in ("OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT"):
            if environ.get(variable):
                self._name(environ[variable])

    def _name(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise UsageError(f"base_urls: {url!r} is no base URL; one looks like 'https://gateway.example.com/v1'")
        address = (parts.hostname.lower(), parts.port or _PORTS[parts.scheme])
        if address[0] == OPENAI or address[0].endswith((OPENAI_SUFFIX, *AZURE_SUFFIXES)):
            return
        self._named[address] = parts.path.rstrip("/")

    def target(self, scheme: str, host: str, port: int | None, path: str) -> Target | None:
        """What this URL asks of the API; None where the host isn't one of the API's. `path` is percent-encoded."""
        host = host.lower()
        if host == OPENAI or host.endswith(OPENAI_SUFFIX):
            return Target(path, False)
        if host.endswith(AZURE_SUFFIXES):
            return Target(path, True)
        base = self._named.get((host, port or _PORTS.get(scheme, 0)))
        if base is None:
            return None
        if base and (path == base or path.startswith(base + "/")):
            path = "/v1" + path[len(base) :]
        return Target(path, False)
