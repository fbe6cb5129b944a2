"""Artifacts: the files that a completed turn publishes."""

from __future__ import annotations

from hashlib import blake2b
from typing import IO

from ..ids import make_for
from ..noise import Noise
from ..state import Store, walk
from ..wire import PART
from .agents_state import BELOW, Item, path_of

OUTPUTS = "/workspace/outputs/"
"""What lies below it is published: the SDK's helpers.md has an agent write its report there, to be downloaded as an
artifact of the turn."""


def files_of(environment: str) -> str:
    """The collection of an environment's live files."""
    return f"{BELOW}/environments/{environment}/files"


def artifacts_of(session: str) -> str:
    return f"{path_of(session)}/artifacts"


def publish(store: Store, session: Item, turn: Item, at: int) -> None:
    """Keep what is new or has changed in the environment's outputs. Nobody runs an agent's commands here, so that is
    what the application itself has put there."""
    environment = session["environment"]
    if environment["type"] != "openai_hosted":
        return
    below = files_of(environment["id"])
    for file in [each for each in walk(store, below, "asc") if each["path"].startswith(OUTPUTS)]:
        opened = store.open_file(f"{below}/{file['id']}")
        if opened is None:
            continue
        with opened:
            digest = _digest(opened)
            if session["_published"].get(file["path"]) != digest:
                session["_published"][file["path"]] = digest
                opened.seek(0)
                _keep(store, session, turn, file, opened, at)


def _keep(store: Store, session: Item, turn: Item, file: Item, content: IO[bytes], at: int) -> None:
    made: Item = {
        "id": make_for("artifact", Noise(f"{turn['id']} {file['id'][:16]}".encode())),
        "object": "agent.session.artifact",
        "created_at": at,
        "environment_id": file["environment_id"],
        "path": file["path"],
        "session_id": session["id"],
        "size_bytes": file["size_bytes"],
        "turn_id": turn["id"],
    }
    below = artifacts_of(session["id"])
    store.put_file(f"{below}/{made['id']}/content", content)
    store.put(below, made["id"], made)


def _digest(file: IO[bytes]) -> str:
    digest = blake2b(digest_size=16)
    while part := file.read(PART):
        digest.update(part)
    return digest.hexdigest()
