"""What holds for all things that are made and kept, whatever is done to them in whatever order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from openai_api_mock import mock_openai

_LEFT_OUT: tuple[Literal["Cc", "Cf", "Cn", "Co", "Cs"], ...] = ("Cc", "Cf", "Cn", "Co", "Cs")
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=_LEFT_OUT), min_size=1, max_size=20)


class Containers(RuleBasedStateMachine):
    """Two clients of one mock, and what they should see."""

    @initialize()
    def start(self) -> None:
        self.mock = mock_openai()
        self.clients = [openai.OpenAI(), openai.OpenAI()]
        self.made: dict[str, str] = {}
        self.gone: list[str] = []

    def teardown(self) -> None:
        if hasattr(self, "mock"):
            self.mock.close()

    @rule(who=st.integers(0, 1), name=NAMES)
    def create(self, who: int, name: str) -> None:
        made = self.clients[who].containers.create(name=name)
        assert made.id not in self.made
        self.made[made.id] = name

    @rule(who=st.integers(0, 1), at=st.integers(0, 99))
    def delete(self, who: int, at: int) -> None:
        if self.made:
            id = list(self.made)[at % len(self.made)]
            self.clients[who].containers.delete(id)
            del self.made[id]
            self.gone.append(id)

    @rule(who=st.integers(0, 1), limit=st.integers(1, 5), order=st.sampled_from(["asc", "desc"]))
    def pages_make_the_whole(self, who: int, limit: int, order: Any) -> None:
        found = [each.id for each in self.clients[who].containers.list(limit=limit, order=order)]
        assert found == list(self.made)[:: 1 if order == "asc" else -1]

    @invariant()
    def what_was_made_is_found(self) -> None:
        for who, (id, name) in enumerate(getattr(self, "made", {}).items()):
            found = self.clients[who % 2].containers.retrieve(id)
            assert (found.id, found.name) == (id, name)

    @invariant()
    def what_was_deleted_is_gone(self) -> None:
        for id in getattr(self, "gone", [])[-2:]:
            with pytest.raises(openai.NotFoundError):
                self.clients[0].containers.retrieve(id)
            with pytest.raises(openai.NotFoundError):
                self.clients[1].containers.delete(id)


TestContainers = Containers.TestCase
TestContainers.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)


@given(names=st.lists(NAMES, max_size=12), limit=st.integers(1, 15), before=st.integers(0, 11))
@settings(max_examples=25, deadline=None)
def test_what_lies_before_and_after_a_thing_is_all_the_rest(names: list[str], limit: int, before: int) -> None:
    with mock_openai(legacy="assistants"):
        client = openai.OpenAI()
        thread = client.post("/threads", body={}, cast_to=object)["id"]  # type: ignore[index]  # JSON
        path = f"/threads/{thread}/messages"
        ids = [_id(client.post(path, body={"role": "user", "content": name}, cast_to=object)) for name in names]
        if not ids:
            return
        at = ids[before % len(ids)]
        newer = _listed(client, f"{path}?before={at}&limit=100")
        older = _listed(client, f"{path}?after={at}&limit=100")
        assert [*newer, at, *older] == ids[::-1]
        assert _listed(client, f"{path}?limit={limit}") == ids[::-1][:limit]


def test_many_clients_at_once_lose_nothing() -> None:
    with mock_openai() as mock, ThreadPoolExecutor(8) as pool:
        client = openai.OpenAI()
        made = list(pool.map(lambda n: client.containers.create(name=f"box {n % 5}").id, range(80)))

        assert len(set(made)) == 80
        assert {each.id for each in client.containers.list(limit=7)} == set(made)
        list(pool.map(client.containers.delete, made))
        assert mock.engine.store.count("/containers") == 0


def _id(value: Any) -> str:
    return str(value["id"])


def _listed(client: openai.OpenAI, path: str) -> list[str]:
    page: Any = client.get(path, cast_to=object)
    return [_id(item) for item in page["data"]]
