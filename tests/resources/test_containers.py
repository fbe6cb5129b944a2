"""Containers and their files, and skills."""

from __future__ import annotations

import io
import re
from typing import Any
from zipfile import ZipFile

import openai
import pytest

from openai_api_mock.clock import FrozenClock

from ..conftest import MakeWay, Way

MANIFEST = "---\nname: {}\ndescription: Says it loudly.\n---\nShout.\n"


def test_a_container_runs_until_nobody_has_used_it_for_its_minutes(make_way: MakeWay) -> None:
    clock = FrozenClock()
    way = make_way(clock=clock)
    box = way.call("containers.create", name="box", expires_after={"anchor": "last_active_at", "minutes": 10})
    assert re.fullmatch(r"cntr_[0-9a-f]{48}", box.id)
    assert (box.status, box.memory_limit, box.expires_after.minutes) == ("running", "1g", 10)
    clock.advance(540)
    file = way.call("containers.files.create", container_id=box.id, file=("note.txt", b"Take a hat."))
    clock.advance(599)
    used = way.call("containers.retrieve", container_id=box.id)
    assert (used.status, used.last_active_at) == ("running", box.created_at + 540)
    clock.advance(1)
    assert way.call("containers.retrieve", container_id=box.id).status == "expired"
    assert [each.status for each in way.call("containers.list").data] == ["expired"]
    with pytest.raises(openai.BadRequestError, match=r"Container is expired\."):
        way.call("containers.files.retrieve", container_id=box.id, file_id=file.id)


def test_files_come_by_upload_or_as_copies(way: Way) -> None:
    source = way.call("files.create", file=("data.csv", b"a,b"), purpose="assistants").id
    box = way.call("containers.create", name="box", file_ids=[source]).id
    uploaded = way.call("containers.files.create", container_id=box, file=("note.txt", b"Take a hat."))
    way.call("containers.files.create", container_id=box, file_id=source)
    files = way.call("containers.files.list", container_id=box, order="asc").data
    assert [(each.path, each.bytes, each.source) for each in files] == [
        ("/mnt/data/data.csv", 3, "user"), ("/mnt/data/note.txt", 11, "user"), ("/mnt/data/data.csv", 3, "user"),
    ]  # fmt: skip
    way.call("files.delete", file_id=source)
    content = "containers.files.content.retrieve"
    assert way.call(content, container_id=box, file_id=files[0].id).content == b"a,b"
    assert way.call("containers.files.delete", container_id=box, file_id=uploaded.id) is None
    with pytest.raises(openai.NotFoundError, match=f"File {uploaded.id} not found on container {box}."):
        way.call(content, container_id=box, file_id=uploaded.id)


def test_the_container_of_a_code_interpreter_can_be_looked_into(way: Way) -> None:
    source = way.call("files.create", file=("data.csv", b"a,b"), purpose="assistants").id
    tool = {"type": "code_interpreter", "container": {"type": "auto", "file_ids": [source]}}
    response = way.call("responses.create", model="gpt-4.1", input="Run some python code", tools=[tool])
    id = response.output[0].container_id
    assert way.call("containers.retrieve", container_id=id).status == "running"
    assert [each.path for each in way.call("containers.files.list", container_id=id).data] == ["/mnt/data/data.csv"]
    again = way.call(
        "responses.create", model="gpt-4.1", input="Run it again", tools=[{"type": "code_interpreter", "container": id}]
    )
    assert again.output[0].container_id == id


def zipped(**files: str) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return out.getvalue()


def described(skill: Any) -> tuple[str, str, str]:
    return skill.name, skill.default_version, skill.latest_version


def test_a_skill_has_versions_of_which_one_is_the_default(way: Way) -> None:
    first = zipped(shout__SKILL_md=MANIFEST.format("shout"), shout__a_txt="A")
    skill = way.call("skills.create", files=("shout.zip", first))
    assert re.fullmatch(r"skill_[0-9a-f]{48}", skill.id)
    assert described(skill) == ("shout", "1", "1")
    assert skill.description == "Says it loudly."
    assert way.call("skills.content.retrieve", skill_id=skill.id).content == first

    texts = [("yell/SKILL.md", MANIFEST.format("yell").encode()), ("yell/run.py", b"print('A')")]
    second = way.call("skills.versions.create", skill_id=skill.id, files=texts)
    assert (second.version, second.name, second.skill_id) == ("2", "yell", skill.id)
    assert described(way.call("skills.retrieve", skill_id=skill.id)) == ("shout", "1", "2")
    assert described(way.call("skills.update", skill_id=skill.id, default_version="2")) == ("yell", "2", "2")
    with ZipFile(io.BytesIO(way.call("skills.content.retrieve", skill_id=skill.id).content)) as archive:
        assert archive.namelist() == ["yell/SKILL.md", "yell/run.py"]
    content = "skills.versions.content.retrieve"
    assert way.call(content, skill_id=skill.id, version="1").content == first

    assert [each.version for each in way.call("skills.versions.list", skill_id=skill.id).data] == ["2", "1"]
    deleted = way.call("skills.versions.delete", skill_id=skill.id, version="2")
    assert (deleted.deleted, deleted.version) == (True, "2")
    assert described(way.call("skills.retrieve", skill_id=skill.id)) == ("shout", "1", "2")
    with pytest.raises(openai.NotFoundError, match="Version '2'"):
        way.call("skills.versions.retrieve", skill_id=skill.id, version="2")
    with pytest.raises(openai.BadRequestError, match="only version"):
        way.call("skills.versions.delete", skill_id=skill.id, version="1")
    assert way.call("skills.delete", skill_id=skill.id).object == "skill.deleted"
    with pytest.raises(openai.NotFoundError, match=f"Skill with id '{skill.id}' not found."):
        way.call("skills.content.retrieve", skill_id=skill.id)


@pytest.mark.parametrize(("files", "message"), [
    ([("a/run.py", b"print()")], "exactly one SKILL.md"),
    ([("a/SKILL.md", b"Shout."), ("b/SKILL.md", b"Shout.")], "exactly one SKILL.md"),
    ([("a/SKILL.md", b"Shout.")], "front matter"),
    ([("skill.zip", b"PK no archive")], "exactly one SKILL.md"),
])  # fmt: skip
def test_what_is_no_skill_is_refused(way: Way, files: list[tuple[str, bytes]], message: str) -> None:
    with pytest.raises(openai.BadRequestError, match=message):
        way.call("skills.create", files=files)
