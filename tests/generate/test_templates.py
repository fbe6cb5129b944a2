"""What is said under `answers="fixed"`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_api_mock import Answer, ToolCall, UsageError, mock_openai, tool_call
from openai_api_mock.generate.speech import encode

from ..conftest import MakeWay, Way, chat

VALUE = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
TOOLS = [{"type": "function", "function": {"name": name, "parameters": VALUE}} for name in ("get_weather", "get_news")]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": VALUE}}

SPEECH = encode("Good morning.", "wav")


@pytest.fixture
def way(make_way: MakeWay) -> Way:
    return make_way(answers="fixed")


def message(way: Way, content: str, **arguments: Any) -> Any:
    return way.chat(content, **arguments).choices[0].message


def test_all_questions_get_the_same_answer(way: Way) -> None:
    for content in ("What is the news?", "And the weather?"):
        assert message(way, content).content == "This is a mock response from openai-api-mock."
    calls = [message(way, content, tools=TOOLS).tool_calls[0].function for content in ("Any news?", "Weather?")]
    assert calls[0] == calls[1]
    assert calls[0].name == "get_weather"
    values = [message(way, content, response_format=SCHEMA).content for content in ("Any news?", "Weather?")]
    assert values[0] == values[1]
    images = [way.call("images.generate", model="gpt-image-1", prompt=prompt).data[0] for prompt in ("A cat", "A dog")]
    assert images[0].b64_json == images[1].b64_json
    for recording in (SPEECH, encode("Good evening.", "wav")):
        heard = way.call("audio.transcriptions.create", model="gpt-4o-transcribe", file=("a.wav", recording))
        assert heard.text == "This is a mock response from openai-api-mock."


def test_a_template_of_ones_own_takes_the_place_of_the_one_there_is(way: Way) -> None:
    way.chat()
    way.mock.template("chat", "Hello!")
    way.mock.template("tool_call", tool_call("get_news", city="Paris", days=1))
    way.mock.template("structured", '{"city":"Rome","days":2}')
    way.mock.template("image", "Mine")
    way.mock.template("transcription", "I heard this.")

    assert message(way, "Hi").content == "Hello!"
    assert way.call("completions.create", model="gpt-3.5-turbo-instruct", prompt="Hi").choices[0].text == "Hello!"
    search = [{"type": "web_search"}]
    for tools in ([], search):  # what the API runs itself, it runs before it speaks
        assert way.call("responses.create", model="gpt-4o", input="Hi", tools=tools).output_text.startswith("Hello!")
    events = way.chat("Hi", stream=True)
    assert "".join(event.choices[0].delta.content or "" for event in events) == "Hello!"
    assert message(way, "Hi", tools=TOOLS).tool_calls[0].function.arguments == '{"city":"Paris","days":1}'
    assert json.loads(message(way, "Hi", response_format=SCHEMA).content) == {"city": "Rome", "days": 2}
    made = way.call("images.generate", model="dall-e-3", prompt="A cat")
    assert made.data[0].revised_prompt == "Mine"
    assert (
        way.call("audio.transcriptions.create", model="gpt-4o-transcribe", file=("a.wav", SPEECH)).text
        == "I heard this."
    )
    assert way.mock.templates == {
        "chat": Answer(text="Hello!"),
        "tool_call": Answer(tool_calls=(ToolCall("get_news", '{"city":"Paris","days":1}'),)),
        "structured": Answer(text='{"city":"Rome","days":2}'),
        "image": Answer(text="Mine"),
        "transcription": Answer(text="I heard this."),
    }


def test_a_text_is_cut_where_the_request_says_and_a_whole_answer_is_said_as_it_stands(way: Way) -> None:
    way.mock.template("chat", "one two three")
    cut = way.chat("Hi", max_tokens=2).choices[0]
    assert (cut.message.content, cut.finish_reason) == ("one two", "length")
    assert message(way, "Hi", stop=" two").content == "one"
    way.mock.template("chat", Answer(refusal="No."))
    assert message(way, "Hi").refusal == "No."


def test_an_agents_loop_ends_and_what_is_scripted_goes_before(way: Way) -> None:
    asked = chat("Weather?", tools=TOOLS)
    said = way.call("chat.completions.create", **asked).choices[0].message
    result = {"role": "tool", "tool_call_id": said.tool_calls[0].id, "content": "24"}
    asked["messages"] += [said.model_dump(exclude_none=True), result]
    assert way.call("chat.completions.create", **asked).choices[0].message.content.startswith("This is a mock response")
    way.mock.reply("scripted")
    assert message(way, "Hi").content == "scripted"


def test_templates_are_an_option_as_well() -> None:
    with mock_openai(answers="fixed", templates={"chat": "Hello!"}) as mock:
        assert mock.templates["chat"] == Answer(text="Hello!")
        mock.template("image", "Mine")
        assert mock.templates["chat"] == Answer(text="Hello!")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"answers": "fixed", "templates": {"chta": "Hi"}}, "no template 'chta'; there are 'chat', 'tool_call'"),
        ({"answers": "fixed", "templates": "Hi"}, "takes a mapping of names to answers"),
        ({"answers": "fixed", "templates": {"chat": 3}}, "this is int: 3"),
        ({"templates": {"chat": "Hi"}}, "templates are what answers='fixed' says; here, answers='lorem'"),
    ],
)
def test_a_template_that_cannot_be_is_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        mock_openai(**options)


def test_a_template_for_answers_that_are_not_fixed_is_told_and_changes_nothing() -> None:
    with mock_openai() as mock:
        with pytest.raises(UsageError, match="templates are what answers='fixed' says"):
            mock.template("chat", "Hi")
        assert mock.options.templates == {}
