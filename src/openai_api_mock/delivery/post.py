"""One HTTP POST: no proxy, no redirect, nothing kept."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from ..webhooks.endpoints import is_loopback

PATIENCE = 10.0
"""Seconds that an endpoint has to answer."""


def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """The status of the answer. Raises OSError or HTTPException where there is none."""
    parts = urlsplit(url)
    host = str(parts.hostname)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(host, parts.port, timeout=PATIENCE, context=_context(host))
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=PATIENCE)
    try:
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, {**headers})
        return connection.getresponse().status
    finally:
        connection.close()


def _context(host: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if is_loopback(host):
        # What listens on this machine has a certificate of its own making, and nobody can stand in between.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
