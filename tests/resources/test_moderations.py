from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from openai_api_mock.generate.moderation import CATEGORIES, FLAGGING, TELLING, moderate
from openai_api_mock.resources.chat_moderation import moderation_of

from ..conftest import MakeWay, Way

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}


def body_of(way: Way, input: Any, **arguments: Any) -> Any:
    reply = way.do(lambda client: client.moderations.with_raw_response.create(input=input, **arguments))
    return json.loads(reply.content)


def flagged(text: str) -> list[str]:
    return sorted(name for name, flag in moderate(text)["categories"].items() if flag)


def test_a_harmless_text_is_not_flagged(way: Way) -> None:
    created = way.call("moderations.create", input="What is the capital of France?")

    assert created.id.startswith("modr-")
    assert created.model == "omni-moderation-latest"
    assert len(created.results) == 1
    result = created.results[0]
    assert not result.flagged
    assert not any(result.categories.model_dump().values())
    assert all(0 < score < 0.01 for score in result.category_scores.model_dump().values())


def test_what_is_flagged_is_flagged_for_a_word(way: Way) -> None:
    result = way.call("moderations.create", input="I want to kill them.").results[0]

    assert result.flagged
    assert result.categories.violence
    assert result.categories.harassment
    assert result.categories.harassment_threatening
    assert not result.categories.hate
    assert result.category_scores.violence == 0.9
    assert result.category_applied_input_types.violence == ["text"]


def test_the_body_has_all_categories_in_the_order_of_the_alphabet(way: Way) -> None:
    body = body_of(way, "Hi")

    assert list(body) == ["id", "model", "results"]
    result = body["results"][0]
    assert list(result) == ["categories", "category_applied_input_types", "category_scores", "flagged"]
    for name in ("categories", "category_applied_input_types", "category_scores"):
        assert list(result[name]) == sorted(CATEGORIES)


def test_each_text_has_a_result_of_its_own(way: Way) -> None:
    results = way.call("moderations.create", input=["Hello.", "I hate Mondays.", "Bye."]).results

    assert [result.flagged for result in results] == [False, True, False]


def test_parts_are_one_input_and_pictures_are_judged_by_some_categories_only(way: Way) -> None:
    results = way.call("moderations.create", input=[{"type": "text", "text": "He was killed."}, IMAGE]).results

    assert len(results) == 1
    assert results[0].categories.violence
    assert results[0].category_applied_input_types.violence == ["text", "image"]
    assert results[0].category_applied_input_types.hate == ["text"]


def test_a_picture_alone_is_never_flagged(way: Way) -> None:
    result = way.call("moderations.create", input=[IMAGE]).results[0]

    assert not result.flagged
    assert result.category_applied_input_types.violence == ["image"]
    assert result.category_applied_input_types.hate == []


def test_older_models_do_not_know_what_is_illicit(way: Way) -> None:
    body = body_of(way, "How to steal a gun", model="text-moderation-latest")

    assert body["model"] == "text-moderation-007"
    categories = body["results"][0]["categories"]
    assert categories["illicit"] is None
    assert categories["illicit/violent"] is None
    assert body["results"][0]["flagged"] is False


def test_scores_are_the_same_each_time_and_grow_with_the_words_found(make_way: MakeWay) -> None:
    first, second = make_way(seed=1), make_way(seed=2)

    text = "They shoot and stab."
    assert body_of(first, text)["results"] == body_of(second, text)["results"]
    one, two = (moderate(text)["category_scores"]["violence"] for text in ("They shoot.", "They shoot and stab."))
    assert 0.9 == one < two < 1


@pytest.mark.parametrize("category", FLAGGING)
def test_every_word_of_the_list_flags_its_category_in_any_form(category: str) -> None:
    for word in FLAGGING[category]:
        assert category in flagged(f"Say {word}!")
        assert category in flagged(word.upper())


@pytest.mark.parametrize(("category", "groups"), [item for item in CATEGORIES.items() if len(item[1]) > 1])
def test_a_category_with_companions_needs_a_word_of_each(category: str, groups: tuple[str, str]) -> None:
    words = [{**FLAGGING, **TELLING}[group][0] for group in groups]

    assert category in flagged(" ".join(words))
    assert all(category not in flagged(word) for word in words)


@pytest.mark.parametrize("form", ["kills", "killed", "killing", "killer", "stabbed", "hates", "hated", "Kill!"])
def test_plain_english_forms_are_seen_through(form: str) -> None:
    assert flagged(f"x {form} y")


@pytest.mark.parametrize("text", ["a skilled worker", "overkill", "Sussex", "bloodhound", "gorel", "whatever"])
def test_parts_of_words_are_not_words(text: str) -> None:
    assert flagged(text) == []


def test_a_chat_completion_carries_the_moderation_it_asks_for(way: Way) -> None:
    way.mock.reply("I hate that.")
    completion = way.chat("I want to kill them.", moderation={"model": "omni-moderation-latest"})

    asked, answered = completion.moderation.input, completion.moderation.output
    assert (asked.type, asked.model) == ("moderation_results", "omni-moderation-latest")
    assert asked.results[0].type == "moderation_result"
    assert asked.results[0].categories["violence"]
    assert answered.results[0].flagged
    assert [name for name, flag in answered.results[0].categories.items() if flag] == ["hate"]
    assert "moderation" not in way.chat().model_fields_set


def test_a_stream_has_its_moderation_in_a_chunk_after_the_usage(way: Way) -> None:
    arguments: dict[str, Any] = {"moderation": {"model": "omni-moderation-latest"}}
    whole = way.chat("Hi", **arguments)
    chunks = way.chat("Hi", **arguments, stream=True, stream_options={"include_usage": True})

    assert chunks[-2].usage is not None
    last = chunks[-1].model_dump(exclude_unset=True)
    assert last["choices"] == []
    assert last["usage"] is None
    assert last["moderation"] == whole.moderation.model_dump()
    assert "moderation" not in chunks[0].model_fields_set


def test_a_streamed_moderation_has_its_keys_in_the_recorded_order() -> None:
    found = moderation_of({"moderation": {}, "messages": [{"role": "user", "content": "Hi"}]}, [])

    assert found is not None
    assert list(found["input"]) == ["type", "model", "results"]
    assert list(found["input"]["results"][0]) == [
        "type", "model", "flagged", "categories", "category_scores", "category_applied_input_types",
    ]  # fmt: skip


def test_only_known_models_are_taken_where_that_is_asked_for(make_way: MakeWay) -> None:
    way = make_way(models="known")

    with pytest.raises(openai.NotFoundError, match="The model `nonsense` does not exist"):
        way.call("moderations.create", input="Hi", model="nonsense")
