"""A completion that is filled into a blank is the one that would have been rendered."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_api_mock import Answer
from openai_api_mock.answer import Usage
from openai_api_mock.engine import Engine
from openai_api_mock.options import options_from
from openai_api_mock.resources import chat
from openai_api_mock.resources.chat_blanks import is_plain
from openai_api_mock.wire import Reply, Request, Stream

BODIES = st.fixed_dictionaries(
    {
        "model": st.sampled_from(("gpt-4o", "gpt-5", "gpt-5.6", "ft:gpt-4o:100%", "o1", "gpt-4")),
        "messages": st.lists(st.fixed_dictionaries({"role": st.just("user"), "content": st.text()}), min_size=1),
    },
    optional={
        "stream": st.booleans(),
        "stream_options": st.fixed_dictionaries(
            {}, optional={"include_usage": st.booleans(), "include_obfuscation": st.booleans()}
        ),
        "service_tier": st.sampled_from((None, "auto", "default", "flex", "priority")),
        "max_completion_tokens": st.integers(1, 40),
        "stop": st.sampled_from((".", ["the", "a"])),
        "logprobs": st.booleans(),
        "n": st.integers(1, 3),
        "moderation": st.just({"model": "omni-moderation-latest"}),
    },
)
ANSWERS = st.one_of(
    st.none(),
    st.builds(
        Answer,
        text=st.text(),
        usage=st.one_of(st.none(), st.builds(Usage, *[st.integers(0, 99)] * 5)),
        pieces=st.none(),
        finish_reason=st.sampled_from((None, "stop", "length", "content_filter")),
    ),
)


@settings(deadline=None)
@given(BODIES, ANSWERS)
def test_a_filled_completion_is_the_rendered_one(body: dict[str, Any], answer: Answer | None) -> None:
    filled = _replied(body, answer)
    with patch.object(chat, "is_plain", lambda answers, body: False):
        assert filled == _replied(body, answer)


def _replied(body: dict[str, Any], answer: Answer | None) -> list[object]:
    """What the first and the second such call get."""
    options = {"clock": "frozen", "validate": "off", "answers": "lorem" if answer is None else lambda call: answer}
    engine = Engine(options_from(options))
    request = Request("POST", "/v1/chat/completions", body=msgspec.json.encode(body))
    replies: list[object] = []
    for _ in range(2):
        reply = engine.handle(request)
        assert isinstance(reply, Reply)
        replies += [reply.headers, reply.body.join() if isinstance(reply.body, Stream) else reply.body]
    return replies


def test_a_text_alone_is_plain_and_what_says_more_is_not() -> None:
    assert is_plain([Answer(text="Hi")], {})
    assert not is_plain([Answer(text="")], {})
    assert not is_plain([Answer(text="Hi")] * 2, {})
    assert not is_plain([Answer(refusal="No")], {})
    assert not is_plain([Answer(text="Hi", annotations=({"type": "url_citation"},))], {})
    assert not is_plain([Answer(text="Hi")], {"logprobs": True})
