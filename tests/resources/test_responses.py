from __future__ import annotations

import base64
import json
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from openai_api_mock import Answer, tool_call

from ..conftest import MakeWay, Way

WEATHER: dict[str, Any] = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


def ask(way: Way, input: Any = "Hello there!", **arguments: Any) -> Any:
    return way.call("responses.create", **{"model": "gpt-4o", "input": input, **arguments})


def kinds(response: Any) -> list[str]:
    return [item.type for item in response.output]


def test_an_unscripted_response_is_a_plausible_message(way: Way) -> None:
    response = ask(way)

    assert response.id.startswith("resp_")
    assert len(response.id) == len("resp_") + 50
    assert response.model == "gpt-4o-2024-08-06"
    assert response.status == "completed"
    assert response.error is None
    assert response.completed_at >= response.created_at
    (message,) = response.output
    assert message.id.startswith("msg_")
    assert message.id[4:22] == response.id[5:23]  # of one chain
    assert message.role == "assistant"
    assert message.status == "completed"
    assert message.content[0].annotations == []
    assert response.output_text
    assert response.usage.input_tokens == 3 + 3 + 1 + 3
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens


def test_the_envelope_says_what_was_asked_and_its_defaults(way: Way) -> None:
    response = ask(way, metadata={"a": "b"}, instructions="Be kind.", temperature=0.5, user="me", truncation="auto")

    raw = response.to_dict()
    assert raw["metadata"] == {"a": "b"}
    assert raw["instructions"] == "Be kind."
    assert raw["temperature"] == 0.5
    assert raw["user"] == "me"
    assert raw["truncation"] == "auto"
    assert raw["text"] == {"format": {"type": "text"}, "verbosity": "medium"}
    assert raw["reasoning"] == {"effort": None, "summary": None}
    assert raw["tool_choice"] == "auto"
    assert raw["tools"] == []
    assert raw["service_tier"] == "default"
    assert raw["store"] is True
    assert raw["previous_response_id"] is None


def test_chat_and_responses_render_the_same_answer(way: Way) -> None:
    way.mock.reply("Paris.", times=2)

    assert way.chat().choices[0].message.content == ask(way).output_text == "Paris."


def test_a_refusal(way: Way) -> None:
    way.mock.responses.create.reply(Answer(refusal="I can't help with that."))

    part = ask(way).output[0].content[0]

    assert part.type == "refusal"
    assert part.refusal == "I can't help with that."


def test_a_reasoning_model_thinks_first(way: Way) -> None:
    response = ask(
        way,
        model="gpt-5",
        reasoning={"effort": "low", "summary": "auto"},
        include=["reasoning.encrypted_content"],
    )

    assert kinds(response) == ["reasoning", "message"]
    thought = response.output[0]
    assert thought.id.startswith("rs_")
    assert thought.summary[0].text
    assert thought.encrypted_content.startswith("gAAAAAB")
    assert response.usage.output_tokens_details.reasoning_tokens == 64
    assert response.reasoning.effort == "low"
    assert response.reasoning.summary == "detailed"


def test_what_was_thought_is_sealed_only_where_it_is_asked_for(way: Way) -> None:
    assert ask(way, model="gpt-5").output[0].encrypted_content is None
    assert ask(way, model="gpt-5", store=False).output[0].encrypted_content


def test_a_scripted_summary(way: Way) -> None:
    way.mock.reply(Answer(text="4", reasoning="Two and two."))

    response = ask(way, model="gpt-5", reasoning={"summary": "detailed"})

    assert response.output[0].summary[0].text == "Two and two."


def test_a_function_is_called_with_valid_arguments_and_its_result_is_spoken_of(way: Way) -> None:
    first = ask(way, "What is the weather in Paris?", tools=[WEATHER])

    (call,) = first.output
    assert call.id.startswith("fc_")
    assert call.call_id.startswith("call_")
    assert set(json.loads(call.arguments)) == {"city"}
    assert first.tools[0].to_dict() == {**WEATHER, "output_schema": None}

    output = {"type": "function_call_output", "call_id": call.call_id, "output": "24 degrees"}
    chained = ask(way, [output], tools=[WEATHER], previous_response_id=first.id)
    asked = {"role": "user", "content": "What is the weather in Paris?"}
    replayed = ask(way, [asked, call.to_dict(), output], tools=[WEATHER])

    assert "24 degrees" in chained.output_text
    assert "24 degrees" in replayed.output_text


def test_a_custom_tool_obeys_its_grammar(way: Way) -> None:
    grammar = {"type": "grammar", "syntax": "regex", "definition": "[a-f]{4}-[0-9]{2}"}

    (call,) = ask(way, tools=[{"type": "custom", "name": "code", "format": grammar}]).output

    assert call.type == "custom_tool_call"
    assert len(call.input) == 7


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("none", []),
        ("required", ["get_weather"]),
        ({"type": "function", "name": "b"}, ["b"]),
        ({"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "b"}]}, ["b"]),
        ({"type": "web_search_preview"}, []),
    ],
)
def test_tool_choice(way: Way, choice: Any, called: list[str]) -> None:
    tools = [WEATHER, {**WEATHER, "name": "b", "description": "another"}, {"type": "web_search"}]

    response = ask(way, "The weather?", tools=tools, tool_choice=choice)

    assert [item.name for item in response.output if item.type == "function_call"] == called
    assert (choice == {"type": "web_search_preview"}) == ("web_search_call" in kinds(response))


def test_one_call_at_a_time_where_parallel_ones_are_off(way: Way) -> None:
    tools = [WEATHER, {**WEATHER, "name": "get_weather_tomorrow"}]

    assert len(ask(way, "The weather?", tools=tools).output) == 2
    assert len(ask(way, "The weather?", tools=tools, parallel_tool_calls=False).output) == 1


class City(BaseModel):
    name: str
    people: int


def test_a_structured_answer_parses(way: Way) -> None:
    parsed = way.do(lambda client: client.responses.parse(model="gpt-4o", input="A city", text_format=City))

    assert isinstance(parsed.output_parsed, City)
    form = parsed.text.format.to_dict()
    assert form["name"] == "City"
    assert form["description"] is None


def test_running_out_of_tokens_is_incomplete(way: Way) -> None:
    response = ask(way, max_output_tokens=16)

    assert response.status == "incomplete"
    assert response.incomplete_details.reason == "max_output_tokens"
    assert response.completed_at is None
    assert response.usage.output_tokens == 16


def test_log_probabilities_where_they_are_asked_for(way: Way) -> None:
    part = ask(way, include=["message.output_text.logprobs"], top_logprobs=2).output[0].content[0]

    assert "".join(entry.token for entry in part.logprobs) == part.text
    assert len(part.logprobs[0].top_logprobs) == 2


def test_moderation_of_both_sides(way: Way) -> None:
    response = ask(way, "I want to kill them.", moderation={"model": "omni-moderation-latest"})

    assert response.moderation.input.flagged
    assert not response.moderation.output.flagged


def test_an_answer_that_fails(way: Way) -> None:
    error = openai_error()
    way.mock.responses.create.reply(Answer(text="Half an", error=error))

    response = ask(way)

    assert response.status == "failed"
    assert response.error.code == "server_error"
    assert response.error.message == error.message


def openai_error() -> Any:
    from openai_api_mock.errors import APIError

    return APIError(500, "The server had an error.", "server_error", code="server_error")


def test_phases_of_newer_models(way: Way) -> None:
    assert ask(way, model="gpt-5.4").output[0].phase == "final_answer"
    assert "phase" not in ask(way).output[0].to_dict()


def test_counting_tokens_of_an_input(way: Way) -> None:
    """The two recorded counts."""
    count = "responses.input_tokens.count"
    fox = "The quick brown fox jumps over the lazy dog."
    instructions = "Follow the system instructions."

    assert way.call(count, model="gpt-4.1-mini", input=[{"role": "user", "content": fox}]).input_tokens == 17
    counted = way.call(count, model="gpt-4.1-mini", input=[{"role": "user", "content": ""}], instructions=instructions)
    assert counted.input_tokens == 16


def test_compaction_keeps_what_the_user_said(way: Way) -> None:
    compacted = way.call(
        "responses.compact",
        model="gpt-4o-mini",
        input=[
            {"role": "user", "content": "Hello!"},
            {"role": "assistant", "content": "Hi, how are you?"},
            {"role": "user", "content": "Fine."},
        ],
    )

    assert [item.type for item in compacted.output] == ["message", "message", "compaction"]
    assert compacted.output[1].content[0].text == "Fine."
    assert compacted.output[2].encrypted_content
    assert ask(way, [item.to_dict(warnings=False) for item in compacted.output]).output_text


def test_a_long_input_is_compacted_on_the_way(way: Way) -> None:
    management = [{"type": "compaction", "compact_threshold": 1000}]

    assert kinds(ask(way, "word " * 500, context_management=management)) == ["message"]
    assert kinds(ask(way, "word " * 1500, context_management=management)) == ["message", "compaction"]


def test_the_same_request_says_the_same_with_other_ids(make_way: MakeWay) -> None:
    way = make_way(seed=3)

    first, second = ask(way), ask(way)

    assert first.output_text == second.output_text
    assert first.id != second.id


def test_which_cache_is_meant_changes_nothing(way: Way) -> None:
    """openai-agents makes a key up for each run."""
    assert ask(way, prompt_cache_key="a").output_text == ask(way, prompt_cache_key="b").output_text


def test_an_answer_mentions_all_results(way: Way) -> None:
    first = ask(way, "The weather in Rome?", tools=[WEATHER]).output[0]
    second = {**first.to_dict(), "call_id": "call_2", "id": "fc_2"}
    results = [
        {"type": "function_call_output", "call_id": call_id, "output": output}
        for call_id, output in ((first.call_id, "Sun"), ("call_2", "Rain"))
    ]
    said = ask(way, [{"role": "user", "content": "Weather?"}, first.to_dict(), second, *results], tools=[WEATHER])
    assert said.output_text == "Based on the results: Sun; Rain"


def test_an_image_in_the_input_is_counted(way: Way) -> None:
    image = "data:image/png;base64," + base64.b64encode(b"not looked at").decode()
    content = [{"type": "input_text", "text": "What is it?"}, {"type": "input_image", "image_url": image}]

    assert ask(way, [{"role": "user", "content": content}]).usage.input_tokens > 700


def test_the_beta_client_is_answered_as_well(way: Way) -> None:
    beta = getattr(way.client.beta, "responses", None)
    if beta is None:
        pytest.skip("this SDK has none")

    response = way.do(lambda client: client.beta.responses.create(model="gpt-4o", input="Hello"))

    assert way.do(lambda client: client.responses.retrieve(response.id)).id == response.id


def test_a_scripted_call_of_the_apis_own_tool(way: Way) -> None:
    way.mock.reply(Answer(text="Found.", tool_calls=(tool_call("web_search", query="cats"),)))

    response = ask(way, tools=[{"type": "web_search"}])

    assert kinds(response) == ["web_search_call", "message"]
    assert response.output[0].action.query == "cats"
    assert response.output_text == "Found."


def test_scripted_items_are_sent_as_they_are(way: Way) -> None:
    item = {"type": "mcp_call", "arguments": "{}", "name": "roll", "output": "6", "server_label": "dice"}
    way.mock.reply(Answer(text="Six.", items=(item,)))

    rolled = ask(way).output[0]

    assert rolled.id.startswith("mcp_")
    assert rolled.output == "6"


def test_an_unknown_model_is_refused_where_only_known_ones_are_taken(make_way: MakeWay) -> None:
    way = make_way(models="known")

    with pytest.raises(openai.BadRequestError, match="The requested model 'gpt-5.2-proo' does not exist.") as caught:
        ask(way, model="gpt-5.2-proo")
    assert caught.value.code == "model_not_found"
    assert caught.value.param == "model"
