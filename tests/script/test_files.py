"""Rule files: the same language in YAML, JSON and TOML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock import OpenAIMock, UsageError
from openai_api_mock.catalog import Catalog
from openai_api_mock.options import options_from
from openai_api_mock.script import templates
from openai_api_mock.script.document import Document
from openai_api_mock.script.files import rules_of

from ..conftest import MakeWay, Way

YAML = """\
rules:
  - when:
      message: {contains: weather, not: {contains: Rome}}
      model: gpt-4o
    reply:
      tool_calls: {get_weather: {city: Paris}}
  - endpoint: chat.completions.create
    when: {message: {any_of: [a, {regex: "^b+$"}]}}
    reply: One of them.
    times: 2
  - when: {message: {all: [{contains: x}, {contains: Y, ignore_case: true}]}}
    replies: [first, {refusal: No.}]
  - when: {message: chunks}
    reply: {stream: ["Take ", a hat.]}
  - when: {message: slow down}
    fail: {status: 429, message: Slow down., retry_after: 0.01}
  - endpoint: models.retrieve
    when: {model: mine}
    reply: {json: {id: mine, object: model, created: 1, owned_by: me}}
    always: true
"""
TOML = """\
[[rules]]
reply.tool_calls.get_weather.city = "Paris"
[rules.when]
message = { contains = "weather", not = { contains = "Rome" } }
model = "gpt-4o"
[[rules]]
endpoint = "chat.completions.create"
when = { message = { any_of = ["a", { regex = "^b+$" }] } }
reply = "One of them."
times = 2
[[rules]]
when = { message = { all = [{ contains = "x" }, { contains = "Y", ignore_case = true }] } }
replies = ["first", { refusal = "No." }]
[[rules]]
when.message = "chunks"
reply.stream = ["Take ", "a hat."]
[[rules]]
when.message = "slow down"
fail = { status = 429, message = "Slow down.", retry_after = 0.01 }
[[rules]]
endpoint = "models.retrieve"
when.model = "mine"
reply.json = { id = "mine", object = "model", created = 1, owned_by = "me" }
always = true
"""


def written(folder: Path, kind: str) -> Path:
    import yaml

    path = folder / f"rules.{kind}"
    path.write_text({"yaml": YAML, "toml": TOML, "json": json.dumps(yaml.safe_load(YAML), indent=1)}[kind])
    return path


@pytest.mark.parametrize("kind", ["yaml", "json", "toml"])
def test_a_file_says_what_python_would(make_way: MakeWay, tmp_path: Path, kind: str) -> None:
    way = make_way(script=written(tmp_path, kind))

    def said(text: str) -> Any:
        return way.chat(text).choices[0].message

    assert said("the weather?").tool_calls[0].function.arguments == '{"city":"Paris"}'
    assert [said("a").content, said("bb").content] == ["One of them."] * 2
    assert said("xy").content == "first"
    assert said("xy").refusal == "No."
    assert [c.choices[0].delta.content for c in way.chat("chunks", stream=True)][1:3] == ["Take ", "a hat."]
    assert said("slow down").content
    assert [attempt.status for attempt in way.mock.calls.last.attempts] == [429, 200]
    assert way.call("models.retrieve", model="mine").owned_by == "me"
    way.mock.assert_all_used()


def test_an_answer_may_break_off_and_errors_have_names(make_way: MakeWay, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "rules:\n- {reply: {text: Half a, error: {status: 500, message: Sorry.}}}\n- {fail: insufficient_quota}\n"
        "- reply: {text: Found., items: [{type: web_search_call, action: {type: search, query: x}}]}\n"
    )
    way = make_way(script=tmp_path / "rules.yaml")

    with pytest.raises(Exception, match=r"Sorry\."):
        way.call("responses.create", model="gpt-4o", input="a", stream=True)
    with pytest.raises(Exception, match="exceeded your current quota"):
        way.do(lambda client: client.with_options(max_retries=0).responses.create(model="gpt-4o", input="a"))
    response = way.call("responses.create", model="gpt-4o", input="a", tools=[{"type": "web_search"}])
    assert [item.type for item in response.output] == ["web_search_call", "message"]


def test_several_files_in_order_and_all_for_ever(make_way: MakeWay, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("always: true\nrules:\n- {when: {message: a}, reply: from a}\n")
    (tmp_path / "b.yaml").write_text("- {reply: from b}\n")
    way = make_way(script=[tmp_path / "a.yaml", str(tmp_path / "b.yaml")])

    assert [way.chat(text).choices[0].message.content for text in "aab"] == ["from a", "from a", "from b"]


def test_a_reset_reads_the_files_anew(make_way: MakeWay, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("rules: [{reply: one}]")
    way = make_way(script=path)
    path.write_text("rules: [{reply: two}]")

    way.mock.reset()
    assert way.chat().choices[0].message.content == "two"


def test_files_that_a_rule_names_are_beside_it(make_way: MakeWay, tmp_path: Path) -> None:
    (tmp_path / "said.mp3").write_bytes(b"ID3 not really")
    (tmp_path / "rules.yaml").write_text("rules: [{endpoint: audio.speech.create, reply: {file: said.mp3}}]")
    way = make_way(script=tmp_path / "rules.yaml")

    assert way.call("audio.speech.create", model="tts-1", voice="alloy", input="hi").content == b"ID3 not really"


def test_templates_are_filled_in_by_the_request(make_way: MakeWay, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    (tmp_path / "rules.yaml").write_text(
        "rules:\n"
        "- when: {message: {contains: tool}}\n"
        "  reply: {tool_calls: {look_up: {key: '{{ message }}'}}}\n"
        "- reply: >-\n"
        "    Hello {{ message | upper }}, {{ body.messages | length }} of {{ model }} by {{ headers['x-user'] }}\n"
    )
    way = make_way(script=tmp_path / "rules.yaml")

    assert way.chat("a tool").choices[0].message.tool_calls[0].function.arguments == '{"key":"a tool"}'
    answer = way.chat("bob", extra_headers={"x-user": "7"}).choices[0].message.content
    assert answer == "Hello BOB, 1 of gpt-4o by 7"


def test_a_template_that_asks_for_what_is_not_there_is_told(make_way: MakeWay, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    (tmp_path / "rules.yaml").write_text(
        "rules:\n- {reply: 'You are {{ user }}'}\n- {reply: '{{ ().__class__.__mro__ }}'}"
    )
    way = make_way(script=tmp_path / "rules.yaml")

    with pytest.raises(Exception, match="'user' is undefined"):
        way.chat()
    with pytest.raises(Exception, match="unsafe"):
        way.chat()


FAULTS = [
    ("rules:\n- reply: a\n  tmies: 2\n", "3", "rules[0].tmies: there is no 'tmies' here. Did you mean 'times'?"),
    ("rules:\n- when:\n    mesage: a\n  reply: a\n", "3", "rules[0].when.mesage", "Did you mean 'message'?"),
    (
        "rules:\n- when:\n    message:\n      contians: a\n  reply: a\n",
        "4",
        "no matcher 'contians'. Did you mean 'contains'?",
    ),
    (
        "rules:\n- reply: a\n- endpoint: chat.completion.create\n  reply: a\n",
        "3",
        "Did you mean 'chat.completions.create'?",
    ),
    ("rules:\n- reply:\n    txt: a\n", "3", "rules[0].reply.txt", "Did you mean 'text'?"),
    ("rules:\n- reply:\n    status: soon\n    json: 1\n", "3", "rules[0].reply.status: expected `int"),
    ("rules:\n- fail: 200\n", "2", "rules[0].fail", "400 to 599"),
    ("rules:\n- fail: 500\n  reply: a\n", "2", "one of reply, replies and fail; this has reply and fail"),
    ("rules:\n- when: {message: {regex: '('}}\n  reply: a\n", "2", "rules[0].when.message.regex"),
    ("rules:\n- {replies: [a, b], times: 2}\n", "2", "answers once"),
    ("rules:\n- {reply: a, times: 0}\n", "2", "rules[0].times"),
    ("rules:\n- {reply: {text: a, json: 1}}\n", "2", "a reply has one of"),
    ("rules:\n- {reply: {file: none.mp3}}\n", "2", "there is no such file"),
    ("rules:\n- reply: a\n  reply: b\n", "3", "'reply' is there twice"),
    ("rules: [\n", "2", "rules.yaml"),
    ("rulse: []\n", "1", "Did you mean 'rules'?"),
    ("conversation:\n- usr: hi\n", "2", "nobody is called 'usr'. Did you mean 'user'?"),
    ("conversation:\n- assistant: hi\n", "2", "speaks before the assistant"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[2])
def test_a_fault_names_file_line_field_and_the_nearest_word(tmp_path: Path, fault: tuple[str, ...]) -> None:
    content, line, *told = fault
    (tmp_path / "rules.yaml").write_text(content)

    with pytest.raises(UsageError) as caught:
        OpenAIMock(options_from({"script": tmp_path / "rules.yaml"}))
    assert f"rules.yaml:{line}: " in str(caught.value)
    for words in told:
        assert words in str(caught.value)


LEAVES = st.sampled_from([None, True, 0, 1, 429, 1.5, "", "a", "{{ message }}", "chat.completions.create", "("])
NAMES = [
    "rules",
    "conversation",
    "always",
    "when",
    "reply",
    "replies",
    "fail",
    "times",
    "id",
    "endpoint",
    "message",
    "at",
]
NAMES += ["contains", "any_of", "not", "text", "tool_calls", "stream", "json", "status", "user", "assistant", "error"]
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)
RULES = st.dictionaries(st.sampled_from(NAMES[3:10]), VALUES, min_size=1, max_size=3)


@given(rules=st.lists(RULES, max_size=2) | VALUES)
def test_whatever_is_in_a_file_it_is_understood_or_told(rules: object) -> None:
    document = Document("rules.yaml", {"rules": rules}, None)
    try:
        told = {str(rule.made_at) for rule in rules_of(document, Catalog.load())}
    except UsageError as error:
        told = {str(error).partition(": ")[0]}
    assert told <= {"rules.yaml"}


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("r.json", '{"rules": [\n {"reply": "a"},\n {"reply": "b",\n  "when": {"a\\nb": 1}}\n]}', 4),
        ("r.json", '{"rules": [\n {"reply": "a"\n "b"]}', 3),
        ("r.yaml", "- reply: a\n- reply: b\n  tmies: 1\n", 3),
        ("r.toml", '[[rules]]\nreply = "a"\n[[rules]]\nreply = "b"\nwhen.mesage = "a"\n', 5),
        ("r.toml", '[[rules]]\nreply = a\n', 2),
    ],
)  # fmt: skip
def test_every_language_names_lines(tmp_path: Path, name: str, content: str, line: int) -> None:
    (tmp_path / name).write_text(content)

    with pytest.raises(UsageError, match=rf"{name}:{line}: "):
        OpenAIMock(options_from({"script": tmp_path / name}))


def test_a_template_with_a_mistyped_name_is_told_before_it_is_needed(tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    for text, told in (
        ("{{ mesage }}", "Did you mean 'message'?"),
        ("{{ message.content[0] }} {{ mesage | upper }}", "Did you mean 'message'?"),
        ("{{ message", "is none"),
        ("{{ message | uper }}", "has no filter 'uper'. Did you mean 'upper'?"),
        ("{% if message is strin %}a{% endif %}", "has no test 'strin'. Did you mean 'string'?"),
    ):
        (tmp_path / "rules.yaml").write_text(f"rules:\n- reply: 'Hi {text}'\n")
        with pytest.raises(UsageError) as caught:
            OpenAIMock(options_from({"script": tmp_path / "rules.yaml"}))
        assert "rules.yaml:2: rules[0].reply: " in str(caught.value)
        assert told in str(caught.value)


@given(
    text=st.lists(
        st.sampled_from(["{{", "}}", " ", "message", "body", ".a", "[0]", "['x-y']", "{%", "not", "|upper", "{#", "}"]),
        max_size=9,
    ).map("".join)
)
def test_a_template_names_what_jinja_says_it_does(text: str) -> None:
    """Whether or not its parser is asked."""
    pytest.importorskip("jinja2")
    by_jinja = _names_or_none(lambda text: templates._parsed(text)[1], text)
    here = _names_or_none(templates._names, text)
    assert not templates.has_template(text) or here == by_jinja


def _names_or_none(names: Any, text: str) -> Any:
    try:
        return names(text)
    except UsageError:
        return None


def test_yaml_says_what_it_looks_like(way: Way, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "rules:\n"
        + "".join(f"- {{when: {{message: {word}}}, reply: r}}\n" for word in ("no", "12:30", "2024-01-01", "010"))
    )
    way.mock.conversation(tmp_path / "rules.yaml")

    for text in ("no", "12:30", "2024-01-01", "010"):
        assert way.chat(text).choices[0].message.content == "r"


TALK = """\
conversation:
  - system: brief
  - user: weather in Paris
  - assistant: {tool_calls: {get_weather: {city: Paris}}}
  - tool: {contains: "24"}
  - assistant: Take a hat.
  - user: Thanks
  - assistant: {fail: 500}
  - assistant: You're welcome.
"""
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}]


def talk(way: Way, result: str) -> list[Any]:
    messages: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "The weather in Paris?"},
    ]

    def ask() -> Any:
        message = way.chat(messages=messages, tools=TOOLS).choices[0].message
        messages.append(message.to_dict())
        return message

    call = ask().tool_calls[0]
    messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    said = [ask().content]
    messages.append({"role": "user", "content": "Thanks!"})
    return [*said, ask().content]


def test_a_conversation_is_played_and_asserted_from_one_file(way: Way, tmp_path: Path) -> None:
    (tmp_path / "talk.yaml").write_text(TALK)
    conversation = way.mock.conversation(tmp_path / "talk.yaml")

    assert not conversation.followed
    assert talk(way, "24 degrees") == ["Take a hat.", "You're welcome."]
    conversation.assert_followed()
    way.mock.assert_all_used()


def test_a_conversation_that_went_another_way_says_where(way: Way, tmp_path: Path) -> None:
    (tmp_path / "talk.yaml").write_text(TALK)
    conversation = way.mock.conversation(tmp_path / "talk.yaml")

    assert talk(way, "unknown")[0] != "Take a hat."
    with pytest.raises(AssertionError) as caught:
        conversation.assert_followed()
    assert "answer 2 of 4 was never asked for" in str(caught.value)
    assert "talk.yaml:6" in str(caught.value)
    assert "✗ tool_result  wanted contains('24')" in str(caught.value)
    assert "got 'unknown'" in str(caught.value)
