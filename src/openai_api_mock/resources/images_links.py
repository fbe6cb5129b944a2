"""URLs of images, which the mock answers itself. All that a drawn picture follows from is in its URL: nothing is
kept but the files that scripts give."""

from __future__ import annotations

import zlib
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from ..generate.pictures import Picture, render
from ..wire import Reply, Request
from .base import BESIDE
from .images_request import MOST_DRAWN

FOLDER = "images"
LIVES = 3600
"""Seconds until a URL has expired."""
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_LONGEST_RECIPE = 256 * 1024

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Picture).decode

# What the host of the API's images says of a URL that is too old.
_EXPIRED = (
    b'<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to '
    b"authenticate the request. Make sure the value of Authorization header is formed correctly including the "
    b"signature.</Message></Error>"
)
_NOT_FOUND = (
    b'<?xml version="1.0" encoding="utf-8"?><Error><Code>BlobNotFound</Code><Message>The specified blob does not '
    b"exist.</Message></Error>"
)


def link(picture: Picture | bytes, name: str, origin: str, now: float) -> str:
    """A URL of the picture, in the API's form: when it began and when it ends, and a long unreadable rest: how a drawn
    one is drawn, or the digest of a file."""
    packed = sha256(picture).digest() if isinstance(picture, bytes) else zlib.compress(_pack(picture), 9)
    recipe = urlsafe_b64encode(packed).decode()
    query = {"st": _written(now), "se": _written(now + LIVES), "sp": "r", "rsct": "image/png", "sig": recipe}
    return f"{origin}{BESIDE}{FOLDER}/{name}.png?{urlencode(query)}"


def origin(headers: Mapping[str, str], base_urls: Iterable[str]) -> str:
    """Scheme and host by which the client reached the mock, as far as it says: requests don't name their scheme."""
    host = headers.get("x-forwarded-host") or headers.get("host") or "api.openai.com"
    scheme = headers.get("x-forwarded-proto") or _named(host, base_urls) or _likely(host)
    return f"{scheme}://{host}"


def answer(request: Request, now: float, given: bytes | None = None) -> Reply:
    """The image that a URL of `link` names: the file that was given under that name, or what is drawn."""
    query = {name: values[-1] for name, values in parse_qs(request.query).items()}
    picture = _read(query.get("sig", "")) if given is None else given
    if picture is None:
        return Reply(404, [("content-type", "application/xml")], _NOT_FOUND)
    if query.get("se", "") < _written(now):
        return Reply(403, [("content-type", "application/xml")], _EXPIRED)
    body = picture if isinstance(picture, bytes) else render(picture)
    return Reply(200, [("content-type", "image/png")], body)


def _read(recipe: str) -> Picture | None:
    try:
        packed = zlib.decompressobj().decompress(b64decode(recipe, b"-_", validate=True), _LONGEST_RECIPE)
        picture = _unpack(packed)
    except (ValueError, zlib.error, msgspec.DecodeError):
        return None
    fine = min(picture.width, picture.height) > 0 and picture.width * picture.height <= MOST_DRAWN
    return picture if fine and len(picture.look) <= 64 else None


def _written(time: float) -> str:
    """To the second; later times sort behind earlier ones."""
    return datetime.fromtimestamp(int(time), timezone.utc).strftime(_TIME)


def _named(host: str, base_urls: Iterable[str]) -> str | None:
    """The scheme of the user's base URL on that host."""
    parts = (urlsplit(url) for url in base_urls)
    return next((each.scheme for each in parts if each.netloc.rpartition("@")[2] == host), None)


def _likely(host: str) -> str:
    """A host of the network is reached by https; by http an address, a port of its own, a name without a domain."""
    if ":" in host or "." not in host:
        return "http"
    try:
        ip_address(host)
    except ValueError:
        return "https"
    return "http"
