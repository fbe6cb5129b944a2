"""What the API says of a thing that isn't there."""

from __future__ import annotations

from ..errors import APIError

# Wordings as quoted from real replies, and the parameter that they name; other things are worded like files.
_WORDINGS: dict[str, tuple[str, str | None, str | None]] = {
    "file": ("No such File object: {id}", "id", None),
    "response": ("Response with id '{id}' not found.", None, None),
}


def missing(thing: str, id: str) -> APIError:
    """404 for the id of what the API calls `thing`, such as `vector_store.file`."""
    known = _WORDINGS.get(thing)
    if known is None:
        name = thing.rpartition(".")[2].replace("_", " ")
        return APIError(404, f"No such {name} object: {id}", param="id")
    message, param, code = known
    return APIError(404, message.format(id=id), param=param, code=code)
