"""From method and path to operation."""

from __future__ import annotations

import subprocess
import sys

import pytest

from openai_api_mock.catalog import Catalog, Match, NoPath, WrongMethod


def key(catalog: Catalog, method: str, path: str, query: str = "", *, websocket: bool = False) -> str:
    found = catalog.find(method, path, query, websocket=websocket)
    assert isinstance(found, Match), found
    return found.operation.key


@pytest.mark.parametrize(
    ("path", "deployment", "azure"),
    [
        ("/v1/chat/completions", None, False),
        ("/chat/completions", None, False),
        ("/openai/v1/chat/completions", None, True),
        ("/openai/chat/completions?api-version=2024-10-21", None, True),
        ("/openai/deployments/mine/chat/completions?api-version=2024-10-21", "mine", True),
        ("/openai/deployments/a%2Fb/chat/completions", "a/b", True),
    ],
)
def test_finds_an_operation_in_every_form_of_its_path(
    catalog: Catalog, path: str, deployment: str | None, azure: bool
) -> None:
    found = catalog.find("POST", path)
    assert isinstance(found, Match)
    assert (found.operation.key, found.deployment, found.azure) == ("POST /chat/completions", deployment, azure)


def test_names_the_deployment_in_the_query_of_azures_websocket(catalog: Catalog) -> None:
    found = catalog.find("GET", "/openai/realtime", "api-version=x&deployment=mine", websocket=True)
    assert isinstance(found, Match)
    assert (found.operation.key, found.deployment) == ("WEBSOCKET /realtime", "mine")


def test_names_the_parameters_of_the_path(catalog: Catalog) -> None:
    found = catalog.find("GET", "/v1/threads/thread_1/runs/run_2/steps/step_3")
    assert isinstance(found, Match)
    assert found.path_params == {"thread_id": "thread_1", "run_id": "run_2", "step_id": "step_3"}


def test_decodes_parameters_after_splitting_the_path(catalog: Catalog) -> None:
    found = catalog.find("GET", "/v1/models/org%2Fft%3Agpt")
    assert isinstance(found, Match)
    assert found.path_params == {"model": "org/ft:gpt"}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/v1/videos/characters", "POST /videos/characters"),
        ("GET", "/v1/videos/video_1", "GET /videos/{video_id}"),
        ("GET", "/v1/videos/characters/c_1", "GET /videos/characters/{character_id}"),
        ("GET", "/v1/videos/video_1/content", "GET /videos/{video_id}/content"),
        ("POST", "/v1/threads/runs", "POST /threads/runs"),
        ("POST", "/v1/responses/compact", "POST /responses/compact"),
        ("POST", "/v1/responses/compact/cancel", "POST /responses/{response_id}/cancel"),
        ("GET", "/v1/agents/environments/templates", "GET /agents/environments/templates"),
        ("GET", "/v1/agents/environments/env_1", "GET /agents/environments/{environment_id}"),
        ("POST", "/v1/organization/certificates/activate", "POST /organization/certificates/activate"),
        ("POST", "/v1/organization/certificates/cert_1", "POST /organization/certificates/{certificate_id}"),
        ("GET", "/v1/fine_tuning/jobs/ftjob-1", "GET /fine_tuning/jobs/{fine_tuning_job_id}"),
        # The more specific path hasn't this method, the other has.
        ("GET", "/v1/videos/characters", "GET /videos/{video_id}"),
    ],
)
def test_prefers_the_most_specific_path(catalog: Catalog, method: str, path: str, expected: str) -> None:
    assert key(catalog, method, path) == expected


def test_the_query_selects_the_beta_twin(catalog: Catalog) -> None:
    assert key(catalog, "POST", "/v1/responses?beta=true") == "POST /responses?beta=true"
    assert key(catalog, "POST", "/v1/responses", "a=1&beta=true") == "POST /responses?beta=true"
    assert key(catalog, "POST", "/v1/responses?beta=false") == "POST /responses"
    assert key(catalog, "POST", "/v1/files?beta=true") == "POST /files"


def test_an_upgrade_finds_websockets_and_nothing_else_does(catalog: Catalog) -> None:
    assert key(catalog, "GET", "/v1/responses", websocket=True) == "WEBSOCKET /responses"
    assert isinstance(catalog.find("GET", "/v1/responses"), WrongMethod)
    assert isinstance(catalog.find("GET", "/v1/realtime"), NoPath)
    assert isinstance(catalog.find("GET", "/v1/files", websocket=True), NoPath)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/foo",
        "/v1",
        "/",
        "",
        "files",
        "/v1/v1/files",
        "/v1/files/a/b/c",
        "/v1/files/",
        "/v1//files",
        "/v1/threads//runs",
        "/v1/chat",
        "/openai",
        "/openai/deployments/mine",
        "/v2/files",
    ],
)
def test_an_unknown_path_is_no_path(catalog: Catalog, path: str) -> None:
    assert catalog.find("GET", path) == NoPath("GET", path)


def test_a_wrong_method_says_which_are_right(catalog: Catalog) -> None:
    assert catalog.find("PUT", "/v1/files") == WrongMethod("PUT", "/v1/files", ("GET", "POST"))
    assert catalog.find("POST", "/v1/models") == WrongMethod("POST", "/v1/models", ("GET",))


def test_methods_may_be_written_small(catalog: Catalog) -> None:
    assert key(catalog, "get", "/v1/models") == "GET /models"
    assert isinstance(catalog.find("put", "/v1/models"), WrongMethod)


def test_every_operation_is_found_by_its_own_path(catalog: Catalog) -> None:
    for operation in catalog.operations:
        path = "/v1" + "/".join(f"x{part}" if part.startswith("{") else part for part in operation.path.split("/"))
        assert key(catalog, operation.method, path, websocket=operation.websocket) == operation.key


def test_a_miss_is_asked_for_a_further_catalog(catalog: Catalog) -> None:
    asked: list[tuple[str, str]] = []

    def miss(method: str, path: str) -> Catalog | None:
        asked.append((method, path))
        return None

    assert isinstance(catalog.find("GET", "/v1/files/f", miss=miss), Match)
    assert asked == []
    assert isinstance(catalog.find("GET", "/openai/v1/things/t?x=1", miss=miss), NoPath)
    assert asked == [("GET", "/things/t")]


def test_importing_the_catalog_imports_no_heavy_library() -> None:
    code = (
        "import sys, openai_api_mock.catalog as c; c.Catalog.load();"
        "print([m for m in ('openai', 'pydantic', 'jsonschema_rs', 'platformdirs') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
