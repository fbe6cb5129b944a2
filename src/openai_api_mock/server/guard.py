"""Who may use the control API: with a token, whoever has it; without, this machine alone, and no foreign web page."""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlsplit

from ..errors import APIError

TOKEN_HEADER = b"x-mock-token"


def refusal(token: str | None, fields: dict[bytes, bytes], peer: str | None) -> APIError | None:
    """Why a request may not, if it may not. `peer` is the client's address; None where it isn't one of a network."""
    if token is not None:
        given = fields.get(TOKEN_HEADER) or fields.get(b"authorization", b"").removeprefix(b"Bearer ")
        if hmac.compare_digest(given, token.encode()):
            return None
        return _refused(401, "The control API asks for its token, in the header X-Mock-Token.")
    if peer is not None and not _is_loopback(peer):
        return _refused(403, f"The control API answers this machine alone, not {peer}: --control-token opens it.")
    # A web page can be served under a name that then resolves to this machine, and can post to it from elsewhere.
    host = fields.get(b"host", b"localhost").decode("latin-1")
    if not _is_loopback(urlsplit(f"//{host}").hostname):
        return _refused(403, f"The control API isn't called {host!r}: use 127.0.0.1, or set --control-token.")
    origin = fields.get(b"origin")
    if origin is not None and not _is_loopback(urlsplit(origin.decode("latin-1")).hostname):
        return _refused(403, f"The control API takes nothing from pages of {origin.decode('latin-1')}.")
    return None


def _is_loopback(host: str | None) -> bool:
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _refused(status: int, message: str) -> APIError:
    return APIError(status, message, code="mock_forbidden", headers=(("x-should-retry", "false"),))
