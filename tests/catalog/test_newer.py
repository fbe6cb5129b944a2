"""A path that the catalog lacks is looked for in the installed SDK."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openai_api_mock.catalog import Catalog, Match, NoPath, WrongMethod, newer, validate
from openai_api_mock.catalog.newer import NewerSdk


@pytest.fixture(scope="module")
def behind() -> Catalog:
    """A catalog of an earlier SDK, which had no decisions and couldn't delete models."""
    document: dict[str, Any] = json.loads(Catalog.load().openapi())
    document["info"]["version"] = "3.50.0"
    del document["paths"]["/decisions"], document["paths"]["/models/{model}"]["delete"]
    return Catalog.from_document(json.dumps(document).encode())


def test_finds_an_operation_that_only_the_installed_sdk_has(behind: Catalog, tmp_path: Path) -> None:
    found = behind.find("POST", "/v1/decisions", miss=NewerSdk(behind, tmp_path))
    assert isinstance(found, Match)
    assert found.operation.key == "POST /decisions"
    fault = validate(found.operation, {})
    assert fault is not None
    assert fault.code == "missing_required_parameter"


def test_finds_a_method_that_only_the_installed_sdk_has(behind: Catalog, tmp_path: Path) -> None:
    miss = NewerSdk(behind, tmp_path)
    found = behind.find("DELETE", "/openai/v1/models/m%2Fn", miss=miss)
    assert isinstance(found, Match)
    assert (found.path_params, found.azure) == ({"model": "m/n"}, True)
    assert isinstance(behind.find("PUT", "/v1/models/m", miss=miss), WrongMethod)


def test_remembers_what_it_extracted(behind: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    behind.find("POST", "/v1/decisions", miss=NewerSdk(behind, tmp_path))

    def fail() -> list[str]:
        raise AssertionError("the SDK was read again")

    monkeypatch.setattr(newer, "_keys", fail)
    assert isinstance(behind.find("POST", "/v1/decisions", miss=NewerSdk(behind, tmp_path)), Match)
    assert isinstance(behind.find("POST", "/v1/nothing", miss=NewerSdk(behind, tmp_path)), NoPath)


def test_a_damaged_cache_is_made_again(behind: Catalog, tmp_path: Path) -> None:
    behind.find("POST", "/v1/nothing", miss=NewerSdk(behind, tmp_path))
    (file,) = tmp_path.iterdir()
    file.write_text("{")
    assert isinstance(behind.find("POST", "/v1/decisions", miss=NewerSdk(behind, tmp_path)), Match)


def test_a_cache_that_cant_be_written_does_no_harm(behind: Catalog, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert isinstance(behind.find("POST", "/v1/decisions", miss=NewerSdk(behind, tmp_path / "file")), Match)


def test_the_sdk_of_the_catalog_is_not_read(catalog: Catalog, tmp_path: Path) -> None:
    assert isinstance(catalog.find("POST", "/v1/nothing", miss=NewerSdk(catalog, tmp_path)), NoPath)
    assert list(tmp_path.iterdir()) == []


def test_whatever_goes_wrong_the_path_is_unknown(
    behind: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> list[str]:
        raise SyntaxError("an SDK of the far future")

    monkeypatch.setattr(newer, "_keys", fail)
    assert isinstance(behind.find("POST", "/v1/decisions", miss=NewerSdk(behind, tmp_path)), NoPath)
