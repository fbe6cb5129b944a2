"""What a rule may ask of a request, and what it says where it isn't that."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from openai_api_mock import Answer, any_of, contains, regex, tool_call
from openai_api_mock.script.matchers import Matcher, matcher_of

from ..conftest import MakeWay, Way

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}},
}
PICTURE = [
    {"type": "text", "text": "What is it?"},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
]


def said(way: Way, content: Any = "Hello there!", **arguments: Any) -> str:
    return str(way.chat(content, **arguments).choices[0].message.content)


def system(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "system", "content": text}, {"role": "user", "content": "hi"}]}


@pytest.mark.parametrize(
    ("wanted", "asked", "other"),
    [
        ({"model": "gpt-4.1"}, {"model": "gpt-4.1"}, {}),
        ({"message": "hi"}, {"content": "hi"}, {"content": "hi there"}),
        ({"message": contains("weather")}, {"content": "the weather?"}, {"content": "the Weather?"}),
        ({"message": contains("weather", ignore_case=True)}, {"content": "Weather!"}, {}),
        ({"message": regex(r"^\d+$")}, {"content": "123"}, {"content": "123a"}),
        ({"message": any_of("a", contains("b"))}, {"content": "cube"}, {"content": "c"}),
        ({"message": lambda text: len(text) > 20}, {"content": "x" * 21}, {"content": "x"}),
        ({"message": contains("a") & ~contains("b")}, {"content": "a"}, {"content": "ab"}),
        ({"message": contains("a") | "z"}, {"content": "z"}, {"content": "y"}),
        ({"system": contains("pirate")}, system("You are a pirate."), system("You are a cook.")),
        ({"turn": 1}, {}, {"messages": [{"role": "user", "content": "a"}] * 2}),
        ({"offers_tool": "get_weather"}, {"tools": [WEATHER], "tool_choice": "none"}, {}),
        ({"temperature": 0.5}, {"temperature": 0.5}, {"temperature": 0.6}),
        ({"temperature": None}, {}, {"temperature": 0.6}),
        ({"image_part": True}, {"content": PICTURE}, {}),
        ({"json_schema": "json_object"}, {"content": "json", "response_format": {"type": "json_object"}}, {}),
        ({"header": {"x-user": "7"}}, {"extra_headers": {"X-User": "7"}}, {"extra_headers": {"X-User": "8"}}),
        ({"at": {"messages[0].content": contains("there")}}, {}, {"content": "hi"}),
        ({"at": {"metadata.team": "a"}}, {"metadata": {"team": "a"}}, {"metadata": {"team": "b"}}),
        ({"at": {"messages[3]": None}}, {}, {"messages": [{"role": "user", "content": "a"}] * 4}),
    ],
    ids=lambda value: None,
)
def test_a_rule_answers_what_it_asks_for_and_nothing_else(
    way: Way, wanted: dict[str, Any], asked: dict[str, Any], other: dict[str, Any]
) -> None:
    way.mock.chat.completions.create.when(**wanted).always.reply("scripted")

    assert said(way, **other) != "scripted"
    assert said(way, **asked) == "scripted"


def test_conditions_mean_the_same_for_chat_and_responses(way: Way) -> None:
    rule = way.mock.when(message=contains("weather"), system=contains("brief"))
    rule.reply("Sun.", times=2)
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "The weather?"}]

    assert said(way, messages=messages) == "Sun."
    response = way.call("responses.create", model="gpt-4o", instructions="Be brief.", input="The weather?")
    assert response.output_text == "Sun."


def test_the_first_rule_that_matches_and_is_not_used_up_answers(way: Way) -> None:
    create = way.mock.chat.completions.create
    create.when(message=contains("a")).reply("one")
    create.when(message=contains("a")).reply("two", times=2)
    create.always.reply("rest")

    assert [said(way, "a") for _ in range(4)] == ["one", "two", "two", "rest"]
    assert said(way, "b") == "rest"


def test_a_function_of_the_whole_call(way: Way) -> None:
    way.mock.when(lambda call: len(call.body["messages"]) > 1).reply("long")

    assert said(way) != "long"
    assert said(way, messages=[{"role": "user", "content": "a"}] * 2) == "long"


def test_conditions_add_up(way: Way) -> None:
    way.mock.when(model="gpt-4o").when(message="a").reply("both")

    assert said(way, "b") != "both"
    assert said(way, "a") == "both"


def test_parameters_of_a_path(way: Way) -> None:
    way.mock.files.retrieve.when(file_id="file-a").reply(json={"id": "file-a", "object": "file", "filename": "mine"})

    assert way.call("files.retrieve", file_id="file-a").filename == "mine"


@pytest.mark.skipif(not hasattr(openai.resources.beta.Beta, "responses"), reason="this SDK has no beta.responses")
def test_the_beta_of_responses_is_a_route_and_speaks(way: Way) -> None:
    way.mock.beta.responses.create.reply("to the beta alone")
    way.mock.reply("to any", times=2)
    assert said(way, "Hi") == "to any"
    responses = [way.call("beta.responses.create", model="gpt-5", input="Hi") for _ in range(2)]
    assert [response.output[-1].content[0].text for response in responses] == ["to the beta alone", "to any"]
    assert len(way.mock.beta.responses.create.calls) == 2


def test_other_names_of_a_method_are_the_same_route(way: Way) -> None:
    way.mock.files.retrieve_content.reply(json="the content")
    assert way.call("files.content", file_id="file-1").text == '"the content"'


def test_a_loop_over_tools_in_one_line(way: Way) -> None:
    way.mock.script(user="weather", calls=tool_call("get_weather", city="Paris"), then="Take a hat.")
    asked = {"role": "user", "content": "The weather in Paris?"}

    first = way.chat(messages=[asked], tools=[WEATHER]).choices[0].message
    result = {"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": "24 degrees"}
    messages = [asked, first.to_dict(), result]

    assert said(way, messages=messages, tools=[WEATHER]) == "Take a hat."
    way.mock.assert_all_used()


def test_the_loop_goes_on_in_a_chain_of_responses(way: Way) -> None:
    way.mock.script(user="weather", calls=tool_call("get_weather", city="Paris"), then="Take a hat.")
    first = way.call("responses.create", model="gpt-4o", input="The weather?")
    output = {"type": "function_call_output", "call_id": first.output[0].call_id, "output": "24"}

    last = way.call("responses.create", model="gpt-4o", input=[output], previous_response_id=first.id)

    assert last.output_text == "Take a hat."


def test_a_text_and_calls_together(way: Way) -> None:
    way.mock.reply("One moment.", tool_call("f", x=1))

    message = way.chat().choices[0].message
    assert message.content == "One moment."
    assert message.tool_calls[0].function.name == "f"


def test_one_after_the_other(way: Way) -> None:
    way.mock.when(message="a").replies("one", tool_call("f", x=1), Answer(refusal="no"))

    assert said(way, "a") == "one"
    assert way.chat("a").choices[0].message.tool_calls[0].function.name == "f"
    assert way.chat("a").choices[0].message.refusal == "no"


class City(BaseModel):
    name: str


def test_an_object_is_a_structured_answer(way: Way) -> None:
    way.mock.reply(City(name="Rome"))
    way.mock.reply({"name": "Oslo"})
    request: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "A city"}]}

    for name in ("Rome", "Oslo"):
        parsed = way.do(lambda client: client.chat.completions.parse(**request, response_format=City))
        assert parsed.choices[0].message.parsed == City(name=name)


def test_an_object_that_does_not_fit_is_told_at_once(make_way: MakeWay) -> None:
    way = make_way()
    way.mock.always.reply({"nmae": "Oslo"})

    with pytest.raises(Exception, match="doesn't fit the schema") as caught:
        way.do(lambda client: client.responses.parse(model="gpt-4o", input="A city", text_format=City))
    assert "nmae" in str(caught.value)


def test_json_events_and_files_are_sent_as_they_are(way: Way, tmp_path: Any) -> None:
    (tmp_path / "said.mp3").write_bytes(b"ID3 not really")
    way.mock.models.retrieve.reply(json={"id": "mine", "object": "model", "created": 1, "owned_by": "me"})
    way.mock.audio.speech.create.reply(file=tmp_path / "said.mp3")
    way.mock.chat.completions.create.reply(
        events=[{"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}, "[DONE]"]
    )

    assert way.call("models.retrieve", model="anything").owned_by == "me"
    spoken = way.call("audio.speech.create", model="tts-1", voice="alloy", input="hi")
    assert spoken.content == b"ID3 not really"
    assert [chunk.id for chunk in way.chat(stream=True)] == ["x"]


def test_dirty_equals_objects_are_values(way: Way) -> None:
    dirty = pytest.importorskip("dirty_equals")
    way.mock.when(message=dirty.IsStr(min_length=3), temperature=dirty.IsFloat).reply("dirty")

    assert said(way, "ab", temperature=0.5) != "dirty"
    assert said(way, "abc", temperature=0.5) == "dirty"


ATOMS = st.sampled_from(["a", "b", "ab", contains("a"), contains("b"), regex("^a")])
MATCHERS = st.recursive(
    ATOMS.map(matcher_of),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a & b, inner, inner),
        st.builds(lambda a, b: a | b, inner, inner),
        st.builds(lambda a: ~a, inner),
    ),
    max_leaves=6,
)


@given(matcher=MATCHERS, other=MATCHERS, value=st.text("abc", max_size=3))
def test_matchers_combine_as_logic_does_and_say_why_not(matcher: Matcher, other: Matcher, value: str) -> None:
    assert (matcher & other)(value) == (matcher(value) and other(value))
    assert (matcher | other)(value) == (matcher(value) or other(value))
    assert (~matcher)(value) == (not matcher(value))
    assert matcher(value) or repr(value) in matcher.why_not(value)
