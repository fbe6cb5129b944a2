"""Schemathesis over the mock's own document: no 5xx, no hang and no answer that breaks the document, whatever is asked.

    python scripts/fuzz.py [--seconds 60] [--seed 1]

Installs Schemathesis into an environment of its own (.venv-fuzz), starts the server on loopback, and sends well-formed
and ill-formed requests to all operations: wrong types, huge numbers, deep nesting, invalid bytes, wrong content types.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

from openai_api_mock import Options
from openai_api_mock.catalog import Catalog
from openai_api_mock.engine import Engine
from openai_api_mock.server.loopback import Loopback

ROOT = Path(__file__).parent.parent
BUILD = ROOT / ".build"
ENVIRONMENT = ROOT / ".venv-fuzz"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if sys.version_info < (3, 11):
        print("Schemathesis needs Python 3.11 or newer: not run")
        return 0
    BUILD.mkdir(exist_ok=True)
    document = BUILD / "fuzz.json"
    document.write_text(json.dumps(with_framed_events(as_recorded(json.loads(Catalog.load().openapi())))))
    loopback = Loopback(Engine(Options()))
    try:
        return subprocess.run(
            [
                *(installed(), "run", str(document), "--url", loopback.url() + "/v1", "--checks", CHECKS),
                *("--phases", "coverage,fuzzing", "--max-examples", "5", "--seed", str(arguments.seed)),
                *("--max-time", str(arguments.seconds), "--request-timeout", "15", "--no-shrink", "--no-color"),
                *("--continue-on-failure", "--warnings", "off"),
            ],
            cwd=BUILD,
            check=False,
        ).returncode
    finally:
        loopback.stop()


def with_framed_events(document: dict[str, Any]) -> dict[str, Any]:
    """The document with schemas of events as Schemathesis reads them: `{"event": name, "data": text}`.

    The document's are about what is in the data, as OpenAI's own are. The assistants' name the event too.
    """
    components = document["components"]["schemas"]

    def framed(schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = components[schema["$ref"].rpartition("/")[2]]
        if "anyOf" in schema:
            return {"anyOf": [framed(branch) for branch in schema["anyOf"]]}
        fields = schema["properties"]
        named = {"event", "data"} <= fields.keys()
        content = fields["data"] if named else schema
        data = {"type": "string", "contentMediaType": "application/json", "contentSchema": content}
        properties = {"data": data, **({"event": fields["event"]} if named else {})}
        return {"type": "object", "properties": properties, "required": ["data"]}

    done = {"type": "object", "properties": {"data": {"const": "[DONE]"}}, "required": ["data"]}
    for item in document["paths"].values():
        for operation in item.values():
            for response in operation["responses"].values():
                events = response.get("content", {}).get("text/event-stream")
                if events is not None:
                    events["schema"] = {"anyOf": [done, framed(events["schema"])]}
    return document


def as_recorded(document: dict[str, Any]) -> dict[str, Any]:
    """The document less what a recording shows the SDK's types to be wrong about."""
    # A compaction keeps the user's messages, which the type of its output, items of a model, has no place for.
    schemas = document["components"]["schemas"]
    schemas["CompactedResponse"]["properties"]["output"] = {"type": "array"}
    # An eval's run has null for its error until it fails, as in the documentation's examples.
    schemas["EvalAPIError"]["type"] = ["object", "null"]
    # An embedding is base64 where `encoding_format` asks for that (recorded), and the SDK decodes it.
    vector = schemas["Embedding"]["properties"]
    vector["embedding"] = {"anyOf": [vector["embedding"], {"type": "string"}]}
    # Files are uploaded for evals, and come back so; the type of what comes back doesn't know that purpose.
    schemas["FileObject"]["properties"]["purpose"]["enum"].append("evals")
    # An eval's source comes back as it was given; requests may have any metadata, replies would have texts alone.
    logs = [f"eval_{name}_response.DataSourceConfigLogs" for name in ("create", "list", "retrieve", "update")]
    for name in (*logs, "EvalStoredCompletionsDataSourceConfig"):
        schemas[name]["properties"]["metadata"] = {}
    # A stream of legacy completions has the type of whole ones, and null for the reason until there is one.
    chunk, choice = deepcopy(schemas["Completion"]), deepcopy(schemas["CompletionChoice"])
    choice["properties"]["finish_reason"] = {"anyOf": [choice["properties"]["finish_reason"], {"type": "null"}]}
    chunk["properties"]["choices"]["items"] = choice
    streamed = document["paths"]["/completions"]["post"]["responses"]["200"]["content"]["text/event-stream"]
    streamed["schema"] = chunk
    # The SDK's docstring has it that "HTTP 202 confirms acceptance" of a session's events; its types know no statuses.
    sent = document["paths"]["/agents/sessions/{session_id}/events"]["post"]
    sent["responses"]["202"] = {"description": ""}
    return document


def installed() -> str:
    """Schemathesis' command."""
    command = ENVIRONMENT / "bin" / "schemathesis"
    if not command.exists():
        uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(ENVIRONMENT)], check=True)
        python = str(ENVIRONMENT / "bin" / "python")
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "schemathesis>=4.32,<5"], check=True)
    return str(command)


if __name__ == "__main__":
    sys.exit(main())
