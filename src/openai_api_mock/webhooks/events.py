"""The events that webhooks tell of, and what they say."""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON

SUBSCRIBABLE = (
    "batch.completed", "batch.failed", "batch.expired", "batch.cancelled",
    "response.completed", "response.failed", "response.cancelled", "response.incomplete",
    "eval.run.succeeded", "eval.run.failed", "eval.run.canceled",
    "fine_tuning.job.succeeded", "fine_tuning.job.failed", "fine_tuning.job.cancelled",
    "realtime.call.incoming",
    "video.completed", "video.failed",
    "agent.environment.ready", "agent.environment.failed", "agent.environment.suspended", "agent.environment.expired",
    "agent.session.created", "agent.session.action_required", "agent.session.in_progress", "agent.session.idle",
    "agent.session.failed",
    "safety.alert.created",
)  # fmt: skip
"""What an endpoint may be registered for, in the order of openai 3.54, webhook_create_params.py."""

EVENT_TYPES = (
    *SUBSCRIBABLE,
    "live.call.incoming", "live.transport.connected", "live.transport.incoming",
    "safety.deactivation_issued", "safety.org_alert.created", "safety.warning_issued", "safety_identifier.blocked",
)  # fmt: skip
"""All that the SDK reads: openai 3.54, unwrap_webhook_event.py, and videos."""

OF_STAGES: dict[str, dict[str, str]] = {
    "beta.agents.environments": {stage: f"agent.environment.{stage}" for stage in ("ready", "failed")},
    "batches": {stage: f"batch.{stage}" for stage in ("completed", "failed", "expired", "cancelled")},
    "evals.runs": {"completed": "eval.run.succeeded", "failed": "eval.run.failed", "canceled": "eval.run.canceled"},
    "fine_tuning.jobs": {stage: f"fine_tuning.job.{stage}" for stage in ("succeeded", "failed", "cancelled")},
    "responses": {stage: f"response.{stage}" for stage in ("completed", "failed", "cancelled", "incomplete")},
    "videos": {stage: f"video.{stage}" for stage in ("completed", "failed")},
}
"""What is told when a job of a client's resource enters a stage."""

_SIP: JSON = [
    {"name": "From", "value": "sip:+14155550100@sip.example.com"},
    {"name": "To", "value": "sip:+14155550199@sip.example.com"},
    {"name": "Call-ID", "value": "03782086-4ce9-44bf-8b0d-4e303d2cc590"},
]
_DATA: dict[str, tuple[str, dict[str, JSON]]] = {
    "agent.session.action_required": ("id", {"required_action": {"type": "function_call"}}),
    "agent.session.created": ("id", {"environment_type": "none"}),
    "agent.session.failed": ("id", {"environment_type": "none"}),
    "agent.session.idle": ("id", {"environment_type": "none"}),
    "agent.session.in_progress": ("id", {"environment_type": "none"}),
    "live.call.incoming": ("session_id", {"sip_headers": _SIP}),
    "live.transport.connected": ("session_id", {"type": "webrtc"}),
    "live.transport.incoming": ("session_id", {"sip_headers": _SIP, "type": "sip"}),
    "realtime.call.incoming": ("call_id", {"sip_headers": _SIP}),
    "safety_identifier.blocked": ("safety_identifier", {"safety_category": "bio"}),
}
"""Of events that say more than an id: what the id is called, and what else they say unless told otherwise."""


def data_of(type: str, id: str, more: Mapping[str, JSON]) -> dict[str, JSON]:
    """What an event says of the thing of that id."""
    name, fields = _DATA.get(type, ("id", {}))
    return {name: id, **fields, **more}


def thing_of(type: str) -> str:
    """What an event is about, as the API calls it in ids: `fine_tuning.job` of `fine_tuning.job.failed`."""
    return type.rpartition(".")[0]
