"""Who answers what: the tables that all families of operations fill together."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..call import Call
from ..wire import Reply
from .base import Follower, Resource


class Tables:
    """What a set of resources has, by key, folder or name."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self.handlers = {key: each for some in resources for key, each in (some.handlers() | some.turns()).items()}
        self.pages = {folder: page for some in resources for folder, page in some.pages().items()}
        self.sockets = {key: opener for some in resources for key, opener in some.sockets().items()}
        self.kinds = {name: kind for some in resources for name, kind in some.job_kinds().items()}
        self._followers: dict[str, list[Follower]] = {}
        for some in resources:
            for key, follower in some.followers().items():
                self._followers.setdefault(key, []).append(follower)

    def follow(self, call: Call, reply: Reply) -> None:
        """Do what else follows, where something was done."""
        followers = self._followers.get(call.operation.key)
        if followers is not None and reply.status < 300 and isinstance(reply.body, bytes):
            said = msgspec.json.decode(reply.body) if reply.body else {}
            for follower in followers:
                follower(call, said)
