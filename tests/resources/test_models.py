"""Models: listed, found, and deleted where they were fine-tuned."""

from __future__ import annotations

import time

import openai
import pytest

from openai_api_mock.models import CREATED, LATELY, SNAPSHOTS, created

from ..conftest import MakeWay, Way

TUNED = "ft:gpt-4o-mini-2024-07-18:acme::a1b2c3d4"


def models(way: Way) -> dict[str, openai.types.Model]:
    return {model.id: model for model in way.call("models.list").data}


def test_the_apis_own_are_listed_with_their_owner_and_day(way: Way) -> None:
    listed = models(way)

    assert set(listed) == set(CREATED)
    assert listed["gpt-4o"].to_dict() == {
        "id": "gpt-4o", "object": "model", "created": 1715367049, "owned_by": "system", "shutdown_date": None,
    }  # fmt: skip
    assert (listed["gpt-4"].owned_by, listed["whisper-1"].owned_by) == ("openai", "openai-internal")
    assert way.call("models.retrieve", model="gpt-4o") == listed["gpt-4o"]


def test_a_model_is_as_old_as_its_list_or_its_name_says() -> None:
    assert created("gpt-5.4-mini") == created("gpt-5.4-mini-2026-03-17") == 1773705600
    assert created("gpt-5.6-sol") == LATELY


def test_every_name_that_stands_for_a_snapshot_is_listed() -> None:
    dated = {name for name in SNAPSHOTS.values() if "-20" in name}
    assert {*SNAPSHOTS, *dated} <= set(CREATED)


def test_an_unknown_one_is_not_found_and_not_deleted(way: Way) -> None:
    for method in ("models.retrieve", "models.delete"):
        for name in ("gpt-99", TUNED):
            with pytest.raises(openai.NotFoundError) as caught:
                way.call(method, model=name)
            assert caught.value.body == {
                "message": f"The model '{name}' does not exist", "type": "invalid_request_error", "param": "model",
                "code": "model_not_found",
            }  # fmt: skip


def test_a_base_model_is_not_for_the_user_to_delete(make_way: MakeWay) -> None:
    way = make_way(models=["my-deployment"])
    for name in ("whisper-1", "my-deployment"):
        with pytest.raises(openai.PermissionDeniedError, match=r"Missing scopes: api\.delete"):
            way.call("models.delete", model=name)
        assert name in models(way)


def test_what_the_option_names_is_known_until_it_is_deleted(make_way: MakeWay) -> None:
    way = make_way(models=[TUNED])
    tuned = models(way)[TUNED]
    assert (tuned.owned_by, abs(tuned.created - time.time()) < 60) == ("org-openai-api-mock", True)
    assert way.chat(model=TUNED).model == TUNED

    assert way.call("models.delete", model=TUNED).to_dict() == {"id": TUNED, "object": "model", "deleted": True}

    way.mock.engine.seed(1)
    assert TUNED not in models(way)
    with pytest.raises(openai.NotFoundError):
        way.chat(model=TUNED)


def test_a_tuned_model_that_nobody_made_is_unknown_where_models_must_be_known(make_way: MakeWay) -> None:
    way = make_way(models="known")
    with pytest.raises(openai.NotFoundError):
        way.chat(model=TUNED)
    assert make_way().chat(model=TUNED).model == TUNED


def test_a_made_up_one_is_found_where_they_are_synthesized(make_way: MakeWay) -> None:
    way = make_way(missing="synthesize")
    assert way.call("models.retrieve", model="gpt-99").id == "gpt-99"
    assert way.call("models.delete", model=TUNED).deleted
