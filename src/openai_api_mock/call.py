"""A call: a request that has been understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import IO, Any

import msgspec

from .answer import JSON, Answer, Usage
from .catalog import Operation
from .errors import APIError
from .journal import Entry
from .noise import Noise
from .stream.pace import Pace
from .wire import Reply, Request

# What doesn't change what is said: the same request says the same, streamed or not.
_HOW_NOT_WHAT = frozenset(("partial_images", "prompt_cache_key", "stream", "stream_options"))


def _digest(content: IO[bytes]) -> str:
    """A form's file, by what is in it."""
    content.seek(0)
    digest = blake2b(digest_size=16)
    while part := content.read(1 << 20):
        digest.update(part)
    content.seek(0)
    return digest.hexdigest()


_encode = msgspec.json.Encoder(order="sorted", enc_hook=_digest).encode


class Refused(Exception):
    """The call ends here, with this error of the API."""

    def __init__(self, error: APIError) -> None:
        self.error = error


class MadeUp(Exception):
    """What the call is about was never made, and where `missing="synthesize"`, it is to be made up."""


class Answered(Exception):
    """The call ends here, with this reply, which is none of the API's."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply


class Call:
    """A request whose operation is known and whose body is parsed."""

    # What most calls never come to have isn't set on each.
    key = theme = b""
    nth = 0
    endpoint: Callable[[Call], Any] | None = None
    """The user's own function, where it answers in the place of the API."""
    answer: Answer | None = None
    """What a script says; None: it is to be generated."""
    chunk_delay: float | None = None
    """What a script says of the seconds before each chunk."""
    pace: Pace | None = None
    """What a script says of the pace."""
    fields: Mapping[str, JSON] | None = None
    """What a script lays over the reply."""
    usage: Usage | None = None
    """The tokens that were asked and said, where the endpoint counts them."""
    seconds = 0
    """Of sound that was heard."""
    _noise: Noise | None = None

    def __init__(
        self,
        request: Request,
        operation: Operation,
        params: Mapping[str, str],
        query: Mapping[str, JSON],
        body: dict[str, JSON],
        entry: Entry,
        deployment: str | None = None,
    ) -> None:
        self.request = request
        self.operation = operation
        self.params = params
        """The parameters in the path, decoded."""
        self.query = query
        self.body = body
        self.entry = entry
        self.deployment = deployment
        """Azure's deployment, where the path names one."""

    def identify(self, seed: str, *, fixed: bool = False) -> bytes:
        """The 8 bytes that stand for this request and seed; how it is streamed doesn't change it.

        `fixed`: what is said doesn't follow from the request, but is the same for all.
        """
        body = self.body
        if not _HOW_NOT_WHAT.isdisjoint(body):
            body = {name: value for name, value in body.items() if name not in _HOW_NOT_WHAT}
        text = _encode((seed, self.operation.key, self.params, self.query, body))
        self.key = blake2b(text, digest_size=8).digest()
        self.theme = b"fixed" if fixed else self.key
        return self.key

    def chance(self, choice: int = 0) -> Noise:
        """The source of what is said in one choice: the same for the same request, however often it is made."""
        return Noise(b"%b said %d" % (self.theme, choice))

    @property
    def noise(self) -> Noise:
        """The source of ids and the like: another one each time the same request is made."""
        if self._noise is None:
            self._noise = Noise(b"%b made %d" % (self.key, self.nth))
        return self._noise
