"""The organization: keys that work, what goes with what is deleted, audit logs, usage and costs."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import OpenAI

from openai_api_mock import OpenAIMock, UsageError, mock_openai
from openai_api_mock.clock import NEW_YEAR, FrozenClock
from tests.conftest import MakeWay, Way

pytestmark = pytest.mark.skipif(not openai.VERSION.startswith("3."), reason="older SDKs have less of the organization")

ROOT = "admin.organization"
START = int(NEW_YEAR)
PRICES = {"gpt-4o": {"input": 2.5, "output": 10, "cached": 1.25}, "text-embedding-3-small": {"input": 0.02}}


@pytest.fixture(autouse=True)
def admin_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-mine")


@pytest.fixture
def org(make_way: MakeWay) -> Way:
    return make_way(clock=FrozenClock())


def call(way: Way, path: str, **arguments: Any) -> Any:
    return way.call(f"{ROOT}.{path}", **arguments)


def key_of_service_account(way: Way, name: str = "bot") -> tuple[Any, Any, Any]:
    project = call(way, "projects.create", name="Rockets")
    account = call(way, "projects.service_accounts.create", project_id=project.id, name=name)
    key = call(
        way, "projects.service_accounts.api_keys.create", service_account_id=account.id, project_id=project.id, name="k"
    )
    return project, account, key


# Keys


def test_a_keys_value_is_shown_once(org: Way) -> None:
    project, account, key = key_of_service_account(org)

    [shown] = call(org, "projects.api_keys.list", project_id=project.id).data
    assert key.value.startswith("sk-svcacct-")
    assert (shown.id, shown.name, shown.owner.service_account.id) == (key.id, "k", account.id)
    assert shown.redacted_value == f"{key.value[:10]}...{key.value[-4:]}"
    assert key.value not in str(call(org, "projects.api_keys.retrieve", project_id=project.id, api_key_id=key.id))
    assert key.value not in str(list(org.mock.engine.store.page("/_keys", limit=10).items))
    admin = call(org, "admin_api_keys.create", name="all")
    assert admin.value not in str(call(org, "admin_api_keys.retrieve", key_id=admin.id).to_dict())


def models(key: str, server: Way) -> int:
    """The status of a call with that key."""
    try:
        with OpenAI(api_key=key, base_url=server.client.base_url, max_retries=0) as client:
            client.models.list()
    except openai.APIStatusError as error:
        return error.status_code
    return 200


ENDS: dict[str, Any] = {
    "deleted": lambda way, project, account, key: call(
        way, "projects.api_keys.delete", project_id=project.id, api_key_id=key.id
    ),
    "its account deleted": lambda way, project, account, key: call(
        way, "projects.service_accounts.delete", project_id=project.id, service_account_id=account.id
    ),
    "its project archived": lambda way, project, account, key: call(way, "projects.archive", project_id=project.id),
}


@pytest.mark.parametrize("auth", [("sk-mine",), True])
@pytest.mark.parametrize("end", ENDS)
def test_a_key_works_until_it_ends(monkeypatch: pytest.MonkeyPatch, make_way: MakeWay, end: str, auth: Any) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    way = make_way(auth=auth)
    if way.name == "server":
        way.client = way.client.with_options(api_key="sk-mine")
    project, account, key = key_of_service_account(way)

    assert models(key.value, way) == 200
    assert models("sk-another-key-of-somebody", way) == (200 if auth is True else 401)
    ENDS[end](way, project, account, key)
    assert models(key.value, way) == 401


def test_an_admin_key_works_until_it_is_deleted_or_expires(monkeypatch: pytest.MonkeyPatch, make_way: MakeWay) -> None:
    clock = FrozenClock()
    way = make_way(auth="sk-mine", clock=clock)
    if way.name == "server":
        way.client = way.client.with_options(api_key="sk-mine")
    key = call(way, "admin_api_keys.create", name="a")
    short = call(way, "admin_api_keys.create", name="b", expires_in_seconds=60)

    assert (models(key.value, way), models(short.value, way)) == (200, 200)
    clock.advance(60)
    assert (models(key.value, way), models(short.value, way)) == (200, 401)
    call(way, "admin_api_keys.delete", key_id=key.id)
    assert models(key.value, way) == 401


# What goes with what


def test_a_deleted_user_is_gone_from_projects_and_groups(org: Way) -> None:
    user, other = call(org, "users.list").data[:2]
    project = call(org, "projects.create", name="Rockets").id
    group = call(org, "groups.create", name="Crew").id
    for each in (user, other):
        call(org, "projects.users.create", project_id=project, user_id=each.id, role="member")
        call(org, "groups.users.create", group_id=group, user_id=each.id)
    call(org, "users.delete", user_id=user.id)

    assert [each.id for each in call(org, "projects.users.list", project_id=project).data] == [other.id]
    with pytest.raises(openai.NotFoundError):
        call(org, "projects.users.retrieve", project_id=project, user_id=user.id)
    assert user.id not in [each.id for each in call(org, "users.list").data]
    assert user.id not in str(call(org, "groups.users.list", group_id=group).data)


def test_an_archived_project_is_listed_for_who_asks(org: Way) -> None:
    kept, gone = (call(org, "projects.create", name=name).id for name in "ab")
    call(org, "projects.archive", project_id=gone)

    assert [each.id for each in call(org, "projects.list").data] == [kept]
    assert [each.id for each in call(org, "projects.list", include_archived=True).data] == [gone, kept]


def test_keys_are_made_where_there_is_an_account(org: Way) -> None:
    project = call(org, "projects.create", name="Rockets").id
    with pytest.raises(openai.NotFoundError, match="No such service account object: svc_x"):
        call(org, "projects.service_accounts.api_keys.create", service_account_id="svc_x", project_id=project)
    with pytest.raises(openai.NotFoundError, match="No such project object: proj_x"):
        call(org, "projects.api_keys.list", project_id="proj_x")


# Audit logs


def test_what_is_done_stands_in_the_audit_logs(org: Way) -> None:
    clock = org.mock.clock
    assert call(org, "audit_logs.list").data == []
    project = call(org, "projects.create", name="Rockets")
    clock.advance(10)
    call(org, "projects.update", project_id=project.id, name="Boosters")
    invite = call(org, "invites.create", email="eve@example.com", role="reader")
    clock.advance(10)
    call(org, "projects.archive", project_id=project.id)

    logs = call(org, "audit_logs.list").data
    assert [(log.type, log.effective_at - START) for log in logs] == [
        ("project.archived", 20), ("invite.sent", 10), ("project.updated", 10), ("project.created", 0),
    ]  # fmt: skip
    archived, sent, updated, created = logs
    assert (created.project_created.id, created.project_created.data.name) == (project.id, "Rockets")
    assert updated.project_updated.changes_requested.title == "Boosters"
    assert (updated.project.id, updated.project.name) == (project.id, "Boosters")
    assert (sent.invite_sent.id, sent.invite_sent.data.email) == (invite.id, "eve@example.com")
    assert archived.actor.api_key.id.startswith("key_")


def test_audit_logs_are_filtered_and_paged(org: Way) -> None:
    clock = org.mock.clock
    ids = []
    for name in "abc":
        ids.append(call(org, "projects.create", name=name).id)
        clock.advance(10)
    call(org, "projects.archive", project_id=ids[0])

    def found(**query: Any) -> list[tuple[str, Any]]:
        logs = call(org, "audit_logs.list", **query).data
        return [(log.type, (log.project_created or log.project_archived).id) for log in logs]

    assert found(event_types=["project.archived"]) == [("project.archived", ids[0])]
    assert found(resource_ids=[ids[0]]) == [("project.archived", ids[0]), ("project.created", ids[0])]
    assert found(effective_at={"gte": START + 10, "lt": START + 20}) == [("project.created", ids[1])]
    assert found(effective_at={"gt": START + 20}) == [("project.archived", ids[0])]
    assert found(actor_ids=["key_of_nobody"]) == []
    actor = call(org, "audit_logs.list").data[0].actor.api_key.id
    assert len(found(actor_ids=[actor])) == 4
    first = call(org, "audit_logs.list", limit=3)
    assert (len(first.data), first.has_more) == (3, True)
    assert found(after=first.data[-1].id) == [("project.created", ids[0])]


# Usage and costs


def spend(way: Way, model: str = "gpt-4o", **arguments: Any) -> Any:
    return way.chat("How much is it?", model=model, **arguments).usage


def results(page: Any) -> list[Any]:
    return [result for bucket in page.data for result in bucket.results]


def test_usage_is_the_sum_of_what_replies_said(org: Way) -> None:
    clock = org.mock.clock
    first = spend(org)
    clock.advance(60)
    second = spend(org, stream=False)
    org.chat("Streamed?", stream=True)
    response = org.call("responses.create", model="gpt-4o", input="And that?").usage
    org.call("embeddings.create", model="text-embedding-3-small", input="one two three")

    page = call(org, "usage.completions", start_time=START, bucket_width="1m")
    assert [bucket.start_time - START for bucket in page.data] == [0, 60]
    one, other = results(page)
    assert (one.input_tokens, one.output_tokens, one.num_model_requests) == (
        first.prompt_tokens, first.completion_tokens, 1,
    )  # fmt: skip
    assert other.num_model_requests == 3
    assert other.input_tokens > second.prompt_tokens + response.input_tokens
    [embedded] = results(call(org, "usage.embeddings", start_time=START))
    assert (embedded.input_tokens, embedded.num_model_requests) == (3, 1)


def test_what_failed_used_nothing(org: Way) -> None:
    org.mock.chat.completions.create.fail(400)
    with pytest.raises(openai.BadRequestError):
        spend(org)
    assert results(call(org, "usage.completions", start_time=START)) == []


def test_every_kind_of_use_has_its_report(org: Way) -> None:
    org.call("moderations.create", input="Is this good?")
    org.call("images.generate", model="gpt-image-1", prompt="A cat", size="1024x1024", n=2)
    speech = org.call("audio.speech.create", model="tts-1", voice="alloy", input="Hello there!")
    org.call("audio.transcriptions.create", model="whisper-1", file=("a.mp3", speech.content))
    org.call("responses.create", model="gpt-4o", input="Search the web for cats", tools=[{"type": "web_search"}])

    def one(report: str, **query: Any) -> Any:
        [result] = results(call(org, f"usage.{report}", start_time=START, **query))
        return result

    assert one("moderations").num_model_requests == 1
    images = one("images", group_by=["size", "source"])
    assert (images.images, images.size, images.source) == (2, "1024x1024", "image.generation")
    assert one("audio_speeches").characters == len("Hello there!")
    assert one("audio_transcriptions").seconds >= 1
    assert one("web_search_calls").num_requests == 1
    assert results(call(org, "usage.file_search_calls", start_time=START)) == []


def test_what_no_model_is_called_does_not_spoil_the_rest(make_way: MakeWay) -> None:
    way = make_way(validate="off", clock=FrozenClock())
    way.call("embeddings.create", model="text-embedding-3-small", input="a")
    way.call("embeddings.create", model=["what?"], input="a")

    used = results(call(way, "usage.embeddings", start_time=START, group_by=["model"]))
    assert {result.model: result.num_model_requests for result in used} == {
        "text-embedding-3-small": 1, "['what?']": 1,
    }  # fmt: skip


def test_it_is_grouped_and_filtered(org: Way) -> None:
    project, _, key = key_of_service_account(org)
    mine = org.client.with_options(api_key=key.value)
    org.do(lambda client: mine.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}]))
    spend(org)
    spend(org, "gpt-4o-mini", service_tier="flex")

    def grouped(*fields: str, **query: Any) -> list[tuple[Any, ...]]:
        page = call(org, "usage.completions", start_time=START, group_by=list(fields), **query)
        return [(*(getattr(each, name) for name in fields), each.num_model_requests) for each in results(page)]

    assert grouped("model") == [("gpt-4o", 2), ("gpt-4o-mini", 1)]
    assert grouped("project_id") == [(None, 2), (project.id, 1)]
    assert grouped("project_id", project_ids=[project.id]) == [(project.id, 1)]
    assert (key.id, 1) in grouped("api_key_id")
    assert grouped("model", models=["gpt-4o-mini"]) == [("gpt-4o-mini", 1)]
    assert grouped("service_tier", "batch") == [("default", False, 2), ("flex", False, 1)]
    [whole] = results(call(org, "usage.completions", start_time=START))
    assert (whole.num_model_requests, whole.model, whole.project_id) == (3, None, None)


def test_buckets_are_paged(org: Way) -> None:
    clock = org.mock.clock
    for _ in range(3):
        spend(org)
        clock.advance(3600)

    first = call(org, "usage.completions", start_time=START, bucket_width="1h", limit=2)
    assert (len(first.data), first.has_more) == (2, True)
    second = call(org, "usage.completions", start_time=START, bucket_width="1h", limit=2, page=first.next_page)
    assert (len(second.data), second.has_more, second.next_page) == (2, False, None)
    assert sum(each.num_model_requests for each in [*results(first), *results(second)]) == 3
    assert len(call(org, "usage.completions", start_time=START - 10**6, bucket_width="1h", limit=999).data) == 168


def test_costs_follow_from_usage_by_the_prices_that_are_given(make_way: MakeWay) -> None:
    way = make_way(clock=FrozenClock(), prices=PRICES)
    used = [spend(way), spend(way, "gpt-4o-2024-08-06"), spend(way)]
    spend(way, "gpt-4.1")  # has no price
    way.call("embeddings.create", model="text-embedding-3-small", input="one two three")

    [whole] = results(call(way, "usage.costs", start_time=START))
    tokens = [sum(getattr(each, name) for each in used) for name in ("prompt_tokens", "completion_tokens")]
    assert whole.amount.currency == "usd"
    assert whole.amount.value == pytest.approx((tokens[0] * 2.5 + tokens[1] * 10 + 3 * 0.02) / 1e6)
    items = {
        each.line_item: each for each in results(call(way, "usage.costs", start_time=START, group_by=["line_item"]))
    }
    assert items["gpt-4o, output_tokens"].quantity == used[0].completion_tokens + used[2].completion_tokens
    assert "gpt-4.1, input_tokens" not in items
    assert sum(each.amount.value for each in items.values()) == pytest.approx(whole.amount.value)
    some = results(call(way, "usage.costs", start_time=START, line_items=["text-embedding-3-small, input_tokens"]))
    assert [each.amount.value for each in some] == [pytest.approx(3 * 0.02 / 1e6)]


def test_without_prices_nothing_costs_anything(org: Way) -> None:
    spend(org)
    assert results(call(org, "usage.costs", start_time=START)) == []


@pytest.mark.parametrize("prices", [{"gpt-4o": 3}, {"gpt-4o": {"in": 3}}, "gpt-4o=3", 7])
def test_prices_that_cannot_be_are_told(prices: object) -> None:
    with pytest.raises(UsageError, match="dollars for a million tokens"):
        mock_openai(prices=prices)


def test_a_reset_forgets_what_was_used(openai_mock: OpenAIMock) -> None:
    with OpenAI() as client:
        client.embeddings.create(model="text-embedding-3-small", input="a")
        openai_mock.reset()
        assert results(client.admin.organization.usage.embeddings(start_time=0)) == []


Calls = st.lists(
    st.tuples(
        st.sampled_from(("gpt-4o", "gpt-5", "o3")), st.sampled_from(("", "proj_a", "proj_b")), st.integers(0, 9000)
    ),
    max_size=12,
)


@settings(max_examples=30, deadline=None)
@given(Calls, st.sampled_from(("1m", "1h", "1d")), st.sampled_from((1, 3, 20_000)))
def test_nothing_that_was_used_is_lost(calls: list[tuple[str, str, int]], width: str, most: int) -> None:
    """However it is bucketed, grouped and paged, and however coarse the ledger had to become."""
    clock = FrozenClock()
    with pytest.MonkeyPatch.context() as patch, mock_openai(clock=clock) as mock, OpenAI() as client:
        patch.setattr("openai_api_mock.ledger.MOST", most)
        total = 0
        for model, project, seconds in calls:
            headers = {"OpenAI-Project": project} if project else {}
            made = client.responses.create(model=model, input="hi", extra_headers=headers)
            assert made.usage is not None
            total += made.usage.total_tokens
            clock.advance(seconds)
        assert len(mock.engine.ledger._sums) <= most + 2  # all that is joined is still by day

        usage: Any = client.admin.organization.usage.completions
        found, page, day = 0, "", START - START % 86_400
        while True:
            given: dict[str, str] = {"page": page} if page else {}
            reply = usage(
                start_time=day,
                bucket_width=width,
                group_by=["model", "project_id"],
                **given,
            )
            found += sum(each.input_tokens + each.output_tokens for each in results(reply))
            page = reply.next_page
            if not page:
                break
        assert found == total
