"""Agents, the environments that they run in, their automations, and vaults."""

from __future__ import annotations

import base64
import json
from typing import Any

import openai
import pytest
from openai._models import validate_type
from openai.types.beta import Agent
from openai.types.beta.agents import Automation, EnvironmentInfo, Vault
from openai.types.beta.agents.automations import AutomationInvocation
from openai.types.beta.agents.environments import EnvironmentFile, EnvironmentTemplate
from openai.types.beta.agents.sessions import SessionArtifact
from openai.types.beta.agents.vaults import Credential

from ..conftest import MakeWay, Way
from .agents import NOWHERE, SESSIONS, WEATHER, begin, look, message, send, texts

ENVIRONMENTS = "beta.agents.environments."
AUTOMATIONS = "beta.agents.automations."
VAULTS = "beta.agents.vaults."
HOSTED = {"type": "openai_hosted"}
SECRET = "s3cret-of-a-test"

_TYPES: dict[str, Any] = {
    "agent": Agent,
    "agent.automation": Automation,
    "agent.automation.invocation": AutomationInvocation,
    "agent.environment": EnvironmentInfo,
    "agent.environment.file": EnvironmentFile,
    "agent.environment.template": EnvironmentTemplate,
    "agent.session.artifact": SessionArtifact,
    "vault": Vault,
    "vault.credential": Credential,
}


def call(way: Way, path: str, /, **given: Any) -> Any:
    """What is answered, which is strictly what the SDK's types have it be and tells no secret."""
    answered = way.call(path, **given)
    for thing in getattr(answered, "data", None) or [answered]:
        if getattr(thing, "object", None) in _TYPES:
            validate_type(type_=_TYPES[thing.object], value=thing.to_dict())
            assert SECRET not in json.dumps(thing.to_dict())
    return answered


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# Agents


def test_an_agent_has_the_defaults_that_are_documented(way: Way) -> None:
    agent = call(way, "beta.agents.create", model="gpt-4o")
    assert (agent.name, agent.instructions, agent.metadata, agent.tools) == (None, None, {}, [])
    assert (agent.service_tier, agent.text.verbosity, agent.text.format.type) == ("auto", "medium", "text")
    assert (agent.multi_agent.enabled, agent.multi_agent.max_concurrent_subagents) == (False, None)
    assert (agent.reasoning.effort, agent.compaction.async_, agent.experimental.time_awareness) == (None, False, False)
    assert call(way, "beta.agents.retrieve", agent_id=agent.id).to_dict() == agent.to_dict()


def test_an_agent_is_updated_field_by_field(way: Way) -> None:
    tools = [WEATHER, {"type": "web_search"}, {"type": "tool_search"}, {"type": "programmatic_tool_calling"}]
    agent = call(way, "beta.agents.create", model="gpt-5", name="Clerk", metadata={"a": "b"}, tools=tools,
                 multi_agent={"enabled": True}, reasoning={"effort": "low"})  # fmt: skip
    assert agent.multi_agent.max_concurrent_subagents == 6
    assert [tool.type for tool in agent.tools] == [tool["type"] for tool in tools]
    updated = call(way, "beta.agents.update", agent_id=agent.id, name=None, reasoning=None, metadata=None)
    assert (updated.name, updated.reasoning.effort, updated.metadata) == (None, None, {})
    assert (updated.model, len(updated.tools), updated.multi_agent.enabled) == ("gpt-5", 4, True)
    assert call(way, "beta.agents.update", agent_id=agent.id, tools=None).tools == []


def test_what_a_tools_server_is_told_of_is_not_shown(way: Way) -> None:
    transport = {"type": "http", "server_url": "https://bank.example"}
    tool = {"type": "mcp", "server_label": "bank", "transport": transport}
    agent = call(way, "beta.agents.create", model="gpt-4o", tools=[tool])
    (shown,) = agent.tools
    assert (shown.connection_origin, shown.required, shown.request_metadata) == ("service", False, {})
    secret = {**tool, "transport": {**transport, "headers": {"authorization": SECRET}}}
    session = begin(way, agent={"model": "gpt-4o", "tools": [secret]})
    assert SECRET not in json.dumps(session.to_dict())


def test_agents_are_listed_and_deleted(way: Way) -> None:
    first, second = (call(way, "beta.agents.create", model="gpt-4o") for _ in range(2))
    assert [each.id for each in call(way, "beta.agents.list").data] == [second.id, first.id]
    assert [each.id for each in call(way, "beta.agents.list", after=second.id).data] == [first.id]
    session = begin(way, agent={}, agent_id=first.id)
    gone = way.call("beta.agents.delete", agent_id=first.id)
    assert (gone.object, gone.deleted) == ("agent.deleted", True)
    assert look(way, session).agent.id == first.id
    for path in ("retrieve", "update", "delete"):
        with pytest.raises(openai.NotFoundError, match=first.id):
            way.call(f"beta.agents.{path}", agent_id=first.id)


@pytest.mark.parametrize("limit", [-1, 0, 101])
def test_lists_have_limits(way: Way, limit: int) -> None:
    for path in ("beta.agents.list", SESSIONS + "list", VAULTS + "list"):
        with pytest.raises(openai.BadRequestError, match="limit"):
            way.call(path, limit=limit)


def test_a_session_lays_what_it_is_given_over_its_agent(way: Way) -> None:
    agent = call(way, "beta.agents.create", model="gpt-4o", name="Clerk", instructions="Be kind.", tools=[WEATHER])
    way.mock.when(system="Be brief.").reply("Ahoy!")
    session = begin(way, agent={"instructions": "Be brief."}, agent_id=agent.id)
    assert (session.agent.id, session.agent.name) == (agent.id, "Clerk")
    assert [tool.name for tool in session.agent.tools] == ["get_weather"]
    call(way, "beta.agents.update", agent_id=agent.id, name="Captain")
    assert look(way, session).agent.name == "Clerk"
    assert texts(way, session)[-1] == ("assistant", "Ahoy!")


# Environments


def test_an_environment_gets_ready_ahead_of_its_session(way: Way) -> None:
    file = {"type": "inline", "path": "/workspace/a.txt", "data": in_base64("Hello")}
    given = {**HOSTED, "files": [file], "env": {"KEY": SECRET}, "setup_commands": [{"command": SECRET}]}
    made = call(way, ENVIRONMENTS + "create", environment=given, idempotency_key="once")
    assert call(way, ENVIRONMENTS + "create", environment=given, idempotency_key="once").id == made.id
    assert (made.status, made.files[0].size_bytes) == ("pending", 5)
    assert call(way, ENVIRONMENTS + "retrieve", environment_id=made.id).status == "ready"
    session = begin(way, None, environment={**HOSTED, "environment_id": made.id})
    assert (session.status, session.environment.id, session.environment.container_size) == ("idle", made.id, "medium")
    assert [each.status for each in call(way, ENVIRONMENTS + "list").data] == ["connected"]
    with pytest.raises(openai.BadRequestError, match="attached to another session"):
        begin(way, None, environment={**HOSTED, "environment_id": made.id})
    way.call(SESSIONS + "delete", session_id=session.id)
    assert call(way, ENVIRONMENTS + "retrieve", environment_id=made.id).status == "disconnected"


def test_one_that_was_made_ahead_is_taken_as_it_is(way: Way) -> None:
    made = call(way, ENVIRONMENTS + "create", environment=HOSTED)
    with pytest.raises(openai.BadRequestError, match=r"'environment\.packages'"):
        begin(way, None, environment={**HOSTED, "environment_id": made.id, "packages": {"python": ["httpx"]}})
    with pytest.raises(openai.NotFoundError, match="environment_none"):
        begin(way, None, environment={**HOSTED, "environment_id": "environment_none"})


def test_an_environment_may_fail_to_get_ready(way: Way) -> None:
    made = call(way, ENVIRONMENTS + "create", environment=HOSTED)
    way.mock.beta.agents.environments.fail(made.id)
    assert call(way, ENVIRONMENTS + "retrieve", environment_id=made.id).status == "failed"
    with pytest.raises(openai.BadRequestError, match="is failed"):
        begin(way, None, environment={**HOSTED, "environment_id": made.id})


def test_files_are_listed_by_path_page_by_page(way: Way) -> None:
    session = begin(way, None, environment=HOSTED)
    id = session.environment.id
    uploaded = way.call("files.create", file=("b.txt", b"from a file"), purpose="user_data")
    for given in (
        {"type": "inline", "path": "/workspace/docs/a.txt", "data": in_base64("one")},
        {"type": "file_id", "path": "/workspace/docs/b.txt", "file_id": uploaded.id},
        {"type": "inline", "path": "/workspace/c.txt", "data": in_base64("three")},
    ):
        call(way, ENVIRONMENTS + "files.create", environment_id=id, **given)
    listed = call(way, ENVIRONMENTS + "files.list", environment_id=id, order="asc", limit=2)
    assert [(each.path, each.size_bytes) for each in listed.data] == [
        ("/workspace/c.txt", 5), ("/workspace/docs/a.txt", 3),
    ]  # fmt: skip
    rest = call(way, ENVIRONMENTS + "files.list", environment_id=id, order="asc", limit=2, page=listed.next)
    assert [each.path for each in rest.data] == ["/workspace/docs/b.txt"]
    assert rest.has_more is False
    below = call(way, ENVIRONMENTS + "files.list", environment_id=id, path="/workspace/docs")
    assert [each.path for each in below.data] == ["/workspace/docs/b.txt", "/workspace/docs/a.txt"]


@pytest.mark.parametrize(
    "path", ["/tmp/a", "/workspace", "/workspace/../a", "/workspace/outputs", "/workspace/.codex/a"]
)
def test_a_file_goes_nowhere_but_into_the_workspace(way: Way, path: str) -> None:
    session = begin(way, None, environment=HOSTED)
    with pytest.raises(openai.BadRequestError, match="under /workspace"):
        way.call(ENVIRONMENTS + "files.create", environment_id=session.environment.id, type="inline", path=path,
                 data=in_base64("x"))  # fmt: skip


def test_a_file_that_was_never_uploaded_is_refused(way: Way) -> None:
    session = begin(way, None, environment=HOSTED)
    with pytest.raises(openai.NotFoundError, match="file-none"):
        way.call(ENVIRONMENTS + "files.create", environment_id=session.environment.id, type="file_id",
                 path="/workspace/a", file_id="file-none")  # fmt: skip


def test_what_lies_in_the_outputs_is_published_once_by_a_turn(way: Way) -> None:
    session = begin(way, None, environment=HOSTED)
    put = {"environment_id": session.environment.id, "type": "inline", "path": "/workspace/outputs/report.md"}
    call(way, ENVIRONMENTS + "files.create", **put, data=in_base64("# One"))
    for text in ("Go", "Again"):
        send(way, session, message(text))
        look(way, session)
    (artifact,) = call(way, SESSIONS + "artifacts.list", session_id=session.id).data
    assert (artifact.path, artifact.size_bytes) == ("/workspace/outputs/report.md", 5)
    call(way, ENVIRONMENTS + "files.create", **put, data=in_base64("# Two"))
    named = {"artifact_id": artifact.id, "session_id": session.id}
    assert way.call(SESSIONS + "artifacts.content", **named).content == b"# One"
    assert call(way, SESSIONS + "artifacts.retrieve", **named).to_dict() == artifact.to_dict()
    assert way.call(SESSIONS + "artifacts.delete", **named).deleted
    with pytest.raises(openai.NotFoundError, match=artifact.id):
        way.call(SESSIONS + "artifacts.retrieve", **named)


def test_a_template_is_applied_afresh_and_tells_no_secret(way: Way) -> None:
    file = {"type": "inline", "path": "/workspace/a.txt", "data": in_base64("Hello")}
    template = call(
        way, ENVIRONMENTS + "templates.create", name="Basic", files=[file], packages={"python": ["httpx"]},
        env={"KEY": SECRET}, setup_commands=[{"command": SECRET}], network={"access": "restricted"},
    )  # fmt: skip
    assert (template.name, template.files[0].size_bytes, template.packages.python) == ("Basic", 5, ["httpx"])
    by = {**HOSTED, "environment_template_id": template.id}
    session = begin(way, None, environment=by)
    assert (session.environment.packages.python, session.environment.network.access) == (["httpx"], "restricted")
    with pytest.raises(openai.BadRequestError, match="can't broaden"):
        begin(way, None, environment={**by, "network": {"access": "enabled"}})
    named = {"environment_template_id": template.id}
    updated = call(way, ENVIRONMENTS + "templates.update", **named, name=None, packages={"npm": ["zod"]})
    assert (updated.name, updated.packages.python, updated.packages.npm) == (None, [], ["zod"])
    assert len(updated.files) == 1
    assert way.call(ENVIRONMENTS + "templates.delete", **named).deleted
    with pytest.raises(openai.NotFoundError, match=template.id):
        begin(way, None, environment=by)


def test_one_that_the_application_hosts_connects_at_once(way: Way) -> None:
    session = begin(way, environment={"type": "self_hosted", "workspace_directory": "/srv/app"})
    assert session.environment.workspace_directory == "/srv/app"
    assert look(way, session).status == "idle"
    assert call(way, ENVIRONMENTS + "retrieve", environment_id=session.environment.id).type == "self_hosted"


# Automations


def new_session(text: str = "Good morning!") -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {
        "type": "new_session", "agent": {"model": "gpt-4o", "tools": [WEATHER]}, "environment": NOWHERE,
        "input": [{"role": "user", "content": content}],
    }  # fmt: skip


def daily(way: Way, target: dict[str, Any] | None = None) -> Any:
    return call(way, AUTOMATIONS + "create", type="periodic", name="Daily", expression="0 9 * * *", timezone="UTC",
                target=target or new_session())  # fmt: skip


def test_an_invocation_makes_a_session(way: Way) -> None:
    automation = daily(way)
    assert (automation.status, automation.target.agent.model) == ("active", "gpt-4o")
    way.mock.when(message="Good morning!").reply("Is it?")
    queued = call(way, AUTOMATIONS + "invocations.create", automation_id=automation.id)
    assert (queued.status, queued.session_id, queued.source.type) == ("queued", None, "manual")
    skipped = call(way, AUTOMATIONS + "invocations.create", automation_id=automation.id)
    assert (skipped.status, skipped.skip_reason) == ("skipped", "pending_delivery")
    done = call(way, AUTOMATIONS + "invocations.retrieve", invocation_id=queued.id, automation_id=automation.id)
    assert done.status == "completed"
    session = way.call(SESSIONS + "retrieve", session_id=done.session_id)
    assert texts(way, session) == [("user", "Good morning!"), ("assistant", "Is it?")]
    listed = call(way, AUTOMATIONS + "invocations.list", automation_id=automation.id).data
    assert [each.id for each in listed] == [skipped.id, queued.id]


def test_an_invocation_speaks_to_a_session_that_there_is(way: Way) -> None:
    session = look(way, begin(way))
    automation = daily(way, {"type": "existing_session", "session_id": session.id, "instructions": "Wake up!"})
    invoked = call(way, AUTOMATIONS + "invocations.create", automation_id=automation.id)
    named = {"invocation_id": invoked.id, "automation_id": automation.id}
    assert call(way, AUTOMATIONS + "invocations.retrieve", **named).status == "completed"
    look(way, session)
    assert texts(way, session)[-2] == ("user", "Wake up!")
    assert [each.id for each in call(way, AUTOMATIONS + "list", session_id=session.id).data] == [automation.id]


def test_a_session_that_has_failed_pauses_its_automation(way: Way) -> None:
    session = begin(way)
    way.mock.beta.agents.sessions.fail(session.id)
    automation = daily(way, {"type": "existing_session", "session_id": session.id, "instructions": "Wake up!"})
    invoked = call(way, AUTOMATIONS + "invocations.create", automation_id=automation.id)
    named = {"invocation_id": invoked.id, "automation_id": automation.id}
    done = call(way, AUTOMATIONS + "invocations.retrieve", **named)
    assert (done.status, session.id in done.error.message) == ("failed", True)
    paused = call(way, AUTOMATIONS + "retrieve", automation_id=automation.id)
    assert (paused.status, paused.pause_reason) == ("paused", "target_session_failed")


def test_it_is_paused_resumed_updated_and_deleted(way: Way) -> None:
    automation = daily(way)
    named = {"automation_id": automation.id}
    assert call(way, AUTOMATIONS + "pause", **named).status == "paused"
    with pytest.raises(openai.BadRequestError, match="is paused"):
        way.call(AUTOMATIONS + "pause", **named)
    assert call(way, AUTOMATIONS + "resume", **named).status == "active"
    assert call(way, AUTOMATIONS + "update", **named, expression="0 8 * * *").expression == "0 8 * * *"
    with pytest.raises(openai.BadRequestError, match="one-time"):
        way.call(AUTOMATIONS + "update", **named, run_at=4_000_000_000)
    aim = {"type": "existing_session", "session_id": begin(way).id, "instructions": "x"}
    with pytest.raises(openai.BadRequestError, match=r"target\.type"):
        way.call(AUTOMATIONS + "update", **named, target=aim)
    assert way.call(AUTOMATIONS + "delete", **named).deleted
    with pytest.raises(openai.NotFoundError, match=automation.id):
        way.call(AUTOMATIONS + "retrieve", **named)


def test_a_one_time_automation_is_delivered_when_its_time_has_come(make_way: MakeWay) -> None:
    way = make_way(clock="frozen")
    now = int(way.mock.clock.time())
    automation = call(way, AUTOMATIONS + "create", type="once", name="Later", run_at=now + 60, target=new_session())
    named = {"automation_id": automation.id}
    assert call(way, AUTOMATIONS + "invocations.list", **named).data == []
    way.mock.clock.advance(61)
    (invocation,) = call(way, AUTOMATIONS + "invocations.list", **named).data
    assert (invocation.status, invocation.scheduled_at, invocation.source.type) == ("completed", now + 60, "automation")
    assert call(way, AUTOMATIONS + "retrieve", **named).status == "completed"
    with pytest.raises(openai.BadRequestError, match="future Unix timestamp"):
        way.call(AUTOMATIONS + "create", type="once", name="Earlier", run_at=now, target=new_session())


def test_a_periodic_automation_is_delivered_each_time(make_way: MakeWay) -> None:
    way = make_way(clock="frozen")
    automation = daily(way)
    named = {"automation_id": automation.id}
    way.mock.clock.advance(3 * 86_400)
    found = call(way, AUTOMATIONS + "invocations.list", **named).data
    assert [each.status for each in found] == ["completed"] * 3
    assert {each.scheduled_at % 86_400 for each in found} == {9 * 3600}
    assert len({each.session_id for each in found}) == 3
    assert call(way, AUTOMATIONS + "retrieve", **named).status == "active"
    call(way, AUTOMATIONS + "pause", **named)
    way.mock.clock.advance(3 * 86_400)
    call(way, AUTOMATIONS + "resume", **named)
    assert len(call(way, AUTOMATIONS + "invocations.list", **named).data) == 3
    call(way, AUTOMATIONS + "update", **named, expression="0 * * * *")
    way.mock.clock.advance(3600)
    assert len(call(way, AUTOMATIONS + "invocations.list", **named).data) == 4


def test_what_is_due_while_a_delivery_is_pending_is_skipped(make_way: MakeWay) -> None:
    way = make_way(clock="frozen", advance="manual")
    automation = daily(way)
    way.mock.clock.advance(3 * 86_400)
    found = call(way, AUTOMATIONS + "invocations.list", automation_id=automation.id).data
    assert [each.status for each in found] == ["skipped", "skipped", "queued"]


@pytest.mark.parametrize(
    ("expression", "timezone", "says"),
    [("0 9 * *", "UTC", "five fields"), ("60 9 * * *", "UTC", "from 0 to 59"), ("0 9 * * *", "Atlantis", "timezone")],
)
def test_what_is_no_schedule_is_refused(way: Way, expression: str, timezone: str, says: str) -> None:
    with pytest.raises(openai.BadRequestError, match=says):
        way.call(AUTOMATIONS + "create", type="periodic", name="x", expression=expression, timezone=timezone,
                 target=new_session())  # fmt: skip


# Vaults


def test_a_vaults_secrets_never_come_back(way: Way) -> None:
    vault = call(way, VAULTS + "create", name="  Team  ", metadata={"team": "a"})
    assert vault.name == "Team"
    of = {"vault_id": vault.id}
    auths: list[Any] = [
        {"type": "static_bearer", "mcp_server_url": "https://bank.example", "token": SECRET},
        {
            "type": "mcp_oauth", "mcp_server_url": "https://bank.example", "access_token": SECRET,
            "expires_at": "2027-01-01T00:00:00Z",
            "refresh": {
                "client_id": "me", "refresh_token": SECRET, "token_endpoint": "https://bank.example/token",
                "token_endpoint_auth": {"type": "client_secret_basic", "client_secret": SECRET},
            },
        },
        {
            "type": "environment_variable", "secret_name": "KEY", "secret_value": SECRET,
            "networking": {"type": "limited", "allowed_hosts": ["API.example"]},
        },
    ]  # fmt: skip
    bearer, oauth, variable = (
        call(way, VAULTS + "credentials.create", **of, name=auth["type"], auth=auth) for auth in auths
    )
    assert variable.auth.networking.allowed_hosts == ["api.example"]
    assert (oauth.auth.refresh.client_id, oauth.auth.refresh.token_endpoint_auth.type) == ("me", "client_secret_basic")
    new = {"type": "mcp_oauth", "access_token": SECRET}
    rotated = call(way, VAULTS + "credentials.update", **of, credential_id=oauth.id, auth=new)
    assert (rotated.auth.expires_at, rotated.auth.mcp_server_url) == (None, "https://bank.example")
    with pytest.raises(openai.BadRequestError, match=r"auth\.type"):
        way.call(VAULTS + "credentials.update", **of, credential_id=bearer.id, auth=new)
    listed = call(way, VAULTS + "credentials.list", **of, status="active").data
    assert [each.id for each in listed] == [variable.id, oauth.id, bearer.id]
    assert call(way, VAULTS + "credentials.list", **of, status="archived").data == []
    assert way.call(VAULTS + "credentials.delete", **of, credential_id=bearer.id).deleted
    with pytest.raises(openai.NotFoundError, match=bearer.id):
        way.call(VAULTS + "credentials.retrieve", **of, credential_id=bearer.id)
    session = begin(way, vault_ids=[vault.id])
    assert session.vault_ids == [vault.id]


def test_vaults_are_found_changed_and_deleted(way: Way) -> None:
    first, second = (call(way, VAULTS + "create", metadata={"team": team}) for team in "ab")
    assert [each.id for each in call(way, VAULTS + "list", metadata={"team": "a"}).data] == [first.id]
    changed = call(way, VAULTS + "update", vault_id=second.id, name="Second", metadata={})
    assert (changed.name, changed.metadata) == ("Second", {})
    with pytest.raises(openai.BadRequestError, match="256"):
        way.call(VAULTS + "update", vault_id=second.id, name=" ")
    gone = way.call(VAULTS + "delete", vault_id=second.id)
    assert (gone.object, gone.deleted) == ("vault.deleted", True)
    with pytest.raises(openai.NotFoundError, match=second.id):
        way.call(VAULTS + "credentials.list", vault_id=second.id)
