"""Operations without a handler: vaults, containers, evals, projects, and what else nobody told the mock of."""

from __future__ import annotations

import json
import re
from typing import Any

import openai
import pytest

from ..conftest import MakeWay, Way

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(autouse=True)
def admin_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-of-a-test")


def pages(way: Way, path: str, *arguments: Any, **named: Any) -> list[Any]:
    """All things of a list, page by page, as `after` leads on."""
    page = way.do(lambda client: _method(client, path)(*arguments, **named))
    if not page.has_next_page():
        return list(page.data)
    return [*page.data, *pages(way, path, *arguments, **{**named, **page.next_page_info().params})]


def _method(client: Any, path: str) -> Any:
    for name in path.split("."):
        client = getattr(client, name)
    return client


def test_what_is_made_is_found_changed_listed_and_deleted(way: Way) -> None:
    made = way.call("containers.create", name="box")
    assert re.fullmatch(r"cntr_[0-9a-f]{48}", made.id)
    assert (made.name, made.object, made.status) == ("box", "container", "running")

    assert way.call("containers.retrieve", container_id=made.id).to_dict() == made.to_dict()
    assert [each.id for each in pages(way, "containers.list")] == [made.id]
    assert way.call("containers.delete", container_id=made.id) is None
    assert pages(way, "containers.list") == []
    with pytest.raises(openai.NotFoundError):
        way.call("containers.retrieve", container_id=made.id)


def test_an_update_changes_what_is_found_later(way: Way) -> None:
    made = way.call("beta.agents.vaults.create", name="keys", metadata={"a": "b"})
    way.call("beta.agents.vaults.update", vault_id=made.id, name="locks")

    found = way.call("beta.agents.vaults.retrieve", vault_id=made.id)
    assert (found.name, found.metadata) == ("locks", {"a": "b"})


def test_a_field_that_does_not_fit_is_left_out(make_way: MakeWay) -> None:
    way = make_way(validate="off")
    way.mock.engine._tables.handlers.clear()
    made = way.call("containers.create", name="box", extra_body={"expires_after": "soon", "status": 7, "id": "mine"})

    assert made.status == "running"
    assert made.id.startswith("cntr_")
    assert made.expires_after is None


def test_the_same_request_makes_the_same_thing_under_another_id(make_way: MakeWay) -> None:
    def make(seed: int) -> list[dict[str, Any]]:
        way = make_way(seed=seed, clock="frozen", legacy="assistants")
        return [way.call("beta.assistants.create", model="gpt-4o").to_dict() for _ in range(2)]

    (first, second), again, other = make(1), make(1), make(2)
    assert first["id"] != second["id"]
    assert {**first, "id": ""} == {**second, "id": ""}
    assert again == [first, second]
    assert other[0]["id"] != first["id"]


def test_an_action_moves_the_status_and_tells_when(way: Way) -> None:
    project = way.call("admin.organization.projects.create", name="Search")
    archived = way.call("admin.organization.projects.archive", project_id=project.id)

    assert (project.status, project.archived_at) == ("active", None)
    assert archived.status == "archived"
    assert archived.archived_at is not None
    assert way.call("admin.organization.projects.retrieve", project_id=project.id).status == "archived"


def test_things_of_a_thing_are_apart_and_go_with_it(way: Way) -> None:
    first, second = (way.call("beta.agents.vaults.create", name=name) for name in "ab")
    auth = {"type": "static_bearer", "token": "t", "mcp_server_url": "https://example.com"}
    way.call("beta.agents.vaults.credentials.create", vault_id=first.id, name="c", auth=auth)

    assert len(pages(way, "beta.agents.vaults.credentials.list", first.id)) == 1
    assert pages(way, "beta.agents.vaults.credentials.list", second.id) == []
    way.call("beta.agents.vaults.delete", vault_id=first.id)
    assert not [each for each in way.mock.engine.store.collections() if first.id in each]
    with pytest.raises(openai.NotFoundError, match=f"No such vault object: {first.id}"):
        pages(way, "beta.agents.vaults.credentials.list", first.id)


def test_lists_filter_and_turn_round(way: Way) -> None:
    made = [way.call("containers.create", name=name).id for name in ("a", "b", "a")]

    assert [each.id for each in pages(way, "containers.list")] == made[::-1]
    assert [each.id for each in pages(way, "containers.list", order="asc", limit=2)] == made
    assert [each.id for each in pages(way, "containers.list", name="a")] == [made[2], made[0]]


def test_a_cursor_that_never_was_is_a_404(way: Way) -> None:
    way.mock.engine._tables.handlers.clear()
    with pytest.raises(openai.NotFoundError, match="No such container object: cntr_never"):
        pages(way, "containers.list", after="cntr_never")


@pytest.mark.parametrize(
    ("path", "key"),
    [("admin.organization.groups", "next"), ("admin.organization.certificates", "last_id")],
)
def test_other_envelopes_page_as_well(way: Way, path: str, key: str) -> None:
    body = {"name": "x"} if key == "next" else {"certificate": "-----BEGIN CERTIFICATE-----"}
    ids = [way.call(f"{path}.create", **body).id for _ in range(5)]
    raw = way.do(lambda client: _method(client, f"{path}.with_raw_response.list")(limit=2))

    assert json.loads(raw.content)[key] == ids[3]
    assert [each.id for each in pages(way, f"{path}.list", limit=2)] == ids[::-1]


def test_what_nobody_can_make_is_there_all_the_same(way: Way) -> None:
    users = pages(way, "admin.organization.users.list")

    assert len(users) == 3
    assert all(user.id.startswith("user-") and "@" in user.email for user in users)
    assert way.call("admin.organization.users.retrieve", user_id=users[0].id).email == users[0].email
    assert way.call("admin.organization.users.delete", user_id=users[0].id).deleted
    assert len(pages(way, "admin.organization.users.list")) == 2
    assert [each.type for each in pages(way, "admin.organization.audit_logs.list")] == ["user.deleted"]


def test_the_type_of_an_entry_in_the_audit_log_names_the_field_that_is_filled(way: Way) -> None:
    project = way.call("admin.organization.projects.create", name="P")
    way.call("admin.organization.projects.update", project_id=project.id, name="Q")
    way.call("admin.organization.invites.create", email="eve@example.com", role="reader")
    entries = [each.to_dict() for each in pages(way, "admin.organization.audit_logs.list")]

    assert len(entries) == 3
    for entry in entries:
        assert [name for name in entry if "." in name] == [entry["type"]]
        assert entry["actor"][entry["actor"]["type"]]
    assert entries == [each.to_dict() for each in pages(way, "admin.organization.audit_logs.list")]


def test_settings_are_there_once_and_change(way: Way) -> None:
    before = way.call("admin.organization.data_retention.retrieve")
    assert way.call("admin.organization.data_retention.retrieve") == before

    for kind in ("zero_data_retention", "modified_abuse_monitoring"):
        way.call("admin.organization.data_retention.update", retention_type=kind)
        assert way.call("admin.organization.data_retention.retrieve").type == kind
    project = way.call("admin.organization.projects.create", name="P")
    limits = "admin.organization.projects.spend_limit"
    way.call(f"{limits}.update", project_id=project.id, currency="USD", interval="month", threshold_amount=77)
    assert way.call(f"{limits}.retrieve", project_id=project.id).threshold_amount == 77
    assert way.call(f"{limits}.delete", project_id=project.id).deleted


def test_an_id_that_was_never_made_is_made_up_on_request(make_way: MakeWay) -> None:
    way = make_way(missing="synthesize", clock="frozen")
    found = way.call("beta.agents.vaults.retrieve", vault_id="vault_mine")

    assert found.id == "vault_mine"
    assert found == way.call("beta.agents.vaults.retrieve", vault_id="vault_mine")
    assert way.call("beta.agents.vaults.update", vault_id="vault_mine", name="locks").name == "locks"
    assert way.call("beta.agents.vaults.retrieve", vault_id="vault_mine").name == "locks"
    assert pages(way, "beta.agents.vaults.credentials.list", "vault_other") == []
    assert way.call("beta.agents.vaults.delete", vault_id="vault_other").id == "vault_other"


def test_usage_comes_in_buckets_by_the_page(way: Way) -> None:
    start, day = 1_730_419_200, 86_400
    call: dict[str, Any] = {"start_time": start, "end_time": start + 5 * day, "limit": 2, "group_by": ["model"]}
    first = way.call("admin.organization.usage.completions", **call)
    second = way.call("admin.organization.usage.completions", **call, page=first.next_page)
    third = way.call("admin.organization.usage.completions", **call, page=second.next_page)

    starts = [bucket.start_time for page in (first, second, third) for bucket in page.data]
    assert starts == [start + day * n for n in range(5)]
    assert (first.object, first.has_more, third.has_more, third.next_page) == ("page", True, False, None)
    assert [bucket.results for bucket in first.data] == [[], []]
    assert way.call("admin.organization.usage.completions", **call) == first


def test_a_role_is_given_to_a_group_by_the_ids_that_are_asked_for(way: Way) -> None:
    group = way.call("admin.organization.groups.create", name="G")
    given = way.call("admin.organization.groups.roles.create", group_id=group.id, role_id="role_01")

    assert (given.group.id, given.role.id) == (group.id, "role_01")
    assert [each.id for each in pages(way, "admin.organization.groups.roles.list", group.id)] == ["role_01"]
    assert way.call("admin.organization.groups.roles.delete", group_id=group.id, role_id="role_01").deleted


def test_a_beta_twin_is_found_under_strict_validation(way: Way) -> None:
    with pytest.raises(openai.NotFoundError):
        way.call("beta.responses.retrieve", response_id="resp_never")
