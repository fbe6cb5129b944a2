"""Whether a scripted object fits the schema that a request asks for."""

from __future__ import annotations

import msgspec

from ..answer import JSON, Answer
from ..errors import ReplyMisfit


def check_fit(answer: Answer, schema: JSON) -> None:
    """Raises ReplyMisfit, which shows the first places where the answer's object isn't what the schema wants."""
    if not answer.structured or not isinstance(schema, dict):
        return
    # Imported with the first object that is scripted.
    import jsonschema_rs

    value = msgspec.json.decode(answer.text or "null")
    errors = list(jsonschema_rs.validator_for(schema).iter_errors(value))
    if not errors:
        return
    lines = ["the scripted object doesn't fit the schema that the request asks for:"]
    lines += [f"  {_place(error.instance_path)}: {error.message}" for error in errors[:5]]
    lines.append(f"Scripted: {answer.text}")
    lines.append("Hint: script an object that fits, or its JSON text, which is sent as it is.")
    raise ReplyMisfit("\n".join(lines))


def _place(path: list[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".") or "(the object)"
