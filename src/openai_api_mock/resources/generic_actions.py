"""Actions: what `/cancel`, `/archive` and their like do to a thing."""

from __future__ import annotations

from ..answer import JSON
from .generic_objects import Shape

# The statuses that an action leads to; the first that the thing can have. Such things settle at once: nobody would move
# them on from `cancelling`.
STATUSES: dict[str, tuple[str, ...]] = {
    "accept": ("active", "in_progress"),
    "activate": ("active", "enabled"),
    "archive": ("archived",),
    "cancel": ("cancelled", "canceled", "cancelling", "stopped"),
    "complete": ("completed", "complete"),
    "deactivate": ("inactive", "disabled"),
    "hangup": ("ended", "completed"),
    "pause": ("paused",),
    "refer": ("ended", "completed"),
    "reject": ("rejected", "ended"),
    "resume": ("active", "running", "in_progress", "queued"),
    "submit_tool_outputs": ("queued", "in_progress"),
    "validate": ("valid", "validated", "active"),
}


def acted(shape: Shape, item: dict[str, JSON], action: str, now: int) -> dict[str, JSON]:
    """The thing after an action; a field such as `cancelled_at` is set with the status of that name."""
    able = shape.statuses
    reached = next((status for status in STATUSES.get(action, ()) if able is None or status in able), None)
    if reached is None:
        return item
    value = shape.laid(item, {"status": reached, f"{reached}_at": now})
    return value if isinstance(value, dict) else item
