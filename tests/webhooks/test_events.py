"""The events that there are, and how they are signed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.webhooks import UnwrapWebhookEvent
from pydantic import TypeAdapter

from openai_api_mock import OpenAIMock
from openai_api_mock.catalog import Catalog, Match
from openai_api_mock.webhooks.events import EVENT_TYPES, OF_STAGES, SUBSCRIBABLE
from openai_api_mock.webhooks.outbox import WAITS
from openai_api_mock.webhooks.signing import SECRET as SECRET_OF_ALL
from openai_api_mock.webhooks.signing import headers_of

SECRET = "whsec_" + "c2VjcmV0IG9mIGEgdGVzdA=="


def test_what_can_be_registered_for_is_what_the_catalog_says() -> None:
    found = Catalog.load().find("POST", "/v1/webhook_endpoints", "")
    assert isinstance(found, Match)
    assert _enum(found.operation.body_schema()) == list(SUBSCRIBABLE)


def test_every_stage_tells_of_a_known_event() -> None:
    assert {type for stages in OF_STAGES.values() for type in stages.values()} <= set(EVENT_TYPES)


@pytest.mark.skipif(not openai.VERSION.startswith("3."), reason="older SDKs know fewer events")
@pytest.mark.parametrize("type", [type for type in EVENT_TYPES if not type.startswith("video.")])
def test_every_event_is_what_the_sdk_reads(openai_mock: OpenAIMock, type: str) -> None:
    taken: list[tuple[Any, bytes]] = []
    openai_mock.webhooks.deliver_to(lambda headers, body: taken.append((headers, body)))
    openai_mock.webhooks.send(type)

    [(headers, body)] = taken
    event: Any = OpenAI().webhooks.unwrap(body, headers)
    assert event.type == type
    if type != "safety_identifier.blocked":  # which the SDK knows, but has left out of the union
        TypeAdapter(UnwrapWebhookEvent).validate_json(body)


def test_every_secret_that_is_good_signs() -> None:
    body = '{"type":"batch.completed","id":"evt_1","created_at":1,"data":{"id":"batch_1"},"object":"event"}'
    headers = headers_of(["plain secret", SECRET], "wh_1", int(time.time()), body)

    for secret in ("plain secret", SECRET):
        OpenAI(api_key="x").webhooks.verify_signature(body, headers, secret=secret)
    with pytest.raises(openai.InvalidWebhookSignatureError):
        OpenAI(api_key="x").webhooks.verify_signature(body, headers, secret="another")


def test_waits_double_up_to_half_a_day_and_end_within_three() -> None:
    assert WAITS[:4] == (5, 10, 20, 40)
    assert max(WAITS) == 12 * 3600
    assert 60 * 3600 < sum(WAITS) <= 72 * 3600


def _enum(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        if "batch.completed" in schema.get("enum", ()):
            return list(schema["enum"])
        schema = list(schema.values())
    if isinstance(schema, (list, tuple)):
        return next((found for each in schema if (found := _enum(each))), [])
    return []


def test_the_page_has_the_secret_that_is_used_without_one() -> None:
    page = Path(__file__).parent.parent.parent / "docs" / "webhooks.md"
    assert f"`{SECRET_OF_ALL}`" in page.read_text(encoding="utf-8")
