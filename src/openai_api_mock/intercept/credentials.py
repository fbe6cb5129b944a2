"""The keys that the SDK asks for when a client is built, while a mock is on."""

from __future__ import annotations

import os
import sys

from ..webhooks.signing import SECRET, VARIABLE

KEY = "sk-openai-api-mock"


class Credentials:
    """Puts a key into the environment where there is none, and takes it out again.

    The module-level client that the SDK builds and keeps while the mock's key is in place goes with it: it would send
    that key to the real API later.
    """

    def __init__(self) -> None:
        self._set: dict[str, str] = {}
        self._had_client = True

    def supply(self) -> None:
        """May be done again, for a further mock: until `restore`, they share what is put."""
        if not self._set:
            self._had_client = _module_client() is not None
        self._put("OPENAI_API_KEY")
        self._put("OPENAI_ADMIN_KEY")
        self._put(VARIABLE, SECRET)
        # Azure's clients ask for one of their own; where no endpoint says that Azure is meant, a second key would make
        # the SDK's module-level client ambiguous.
        if os.environ.get("AZURE_OPENAI_ENDPOINT") and not os.environ.get("AZURE_OPENAI_AD_TOKEN"):
            self._put("AZURE_OPENAI_API_KEY")

    def restore(self) -> None:
        for name, value in self._set.items():
            if os.environ.get(name) == value:
                del os.environ[name]
        if self._set and not self._had_client and _module_client() is not None:
            sys.modules["openai"]._reset_client()
        self._set = {}

    def _put(self, name: str, value: str = KEY) -> None:
        if not os.environ.get(name):
            os.environ[name] = self._set[name] = value


def _module_client() -> object:
    return getattr(sys.modules.get("openai"), "_client", None)
