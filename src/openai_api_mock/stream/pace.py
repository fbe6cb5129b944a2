"""When the bytes of a reply are due."""

from __future__ import annotations

import msgspec

from ..wire import Reply, Stream


class Pace(msgspec.Struct, frozen=True):
    """Seconds before the first byte, and before every chunk of a stream, the first and `[DONE]` included."""

    latency: float = 0.0
    chunk_delay: float = 0.0

    def apply(self, reply: Reply, chunk_delay: float | None = None) -> Reply:
        """Put the reply's times on it. Every chunk is due by the reply's own start, so that delays don't add up drift.

        `chunk_delay` is what a scripted reply asked for itself.
        """
        step = self.chunk_delay if chunk_delay is None else chunk_delay
        if not self.latency and not step:
            return reply
        reply.delay = self.latency
        body = reply.body
        if isinstance(body, Stream) and step and body.times is None:
            times = [self.latency + step * i for i in range(1, len(body.chunks) + 1)]
            reply.body = Stream(body.chunks, times)
        return reply
