"""Artifacts: the files that a completed turn publishes."""

from __future__ import annotations

from hashlib import blake2b

from ..ids import make_for
from ..noise import Noise
from ..state import Store, walk
from .agents_state import Item, path_of

OUTPUTS = "/workspace/outputs/"
"""What lies below it is published: the SDK's helpers.md has an agent write its report there, to be downloaded as an
artifact of the turn."""


def files_of(environment: str) -> str:
    """The collection of an environment's live files."""
    return f"/agents/environments/{environment}/files"


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
            content = opened.read()
        digest = blake2b(content, digest_size=16).hexdigest()
        if session["_published"].get(file["path"]) == digest:
            continue
        session["_published"][file["path"]] = digest
        made: Item = {
            "id": make_for("artifact", Noise(f"{turn['id']} {file['id'][:16]}".encode())),
            "object": "agent.session.artifact",
            "created_at": at,
            "environment_id": environment["id"],
            "path": file["path"],
            "session_id": session["id"],
            "size_bytes": len(content),
            "turn_id": turn["id"],
        }
        store.put_file(f"{artifacts_of(session['id'])}/{made['id']}/content", content)
        store.put(artifacts_of(session["id"]), str(made["id"]), made)
