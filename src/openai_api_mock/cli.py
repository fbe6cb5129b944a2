"""The command `openai-api-mock`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Optional

from .errors import MockError, UsageError

try:
    import typer
except ImportError:
    sys.exit("The command needs the `server` extra: pip install 'openai-api-mock[server]'")

app = typer.Typer(
    name="openai-api-mock",
    help="The OpenAI API as a local server.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Flag = Optional[str]  # noqa: UP045  # typer evaluates annotations, and 3.10 is supported


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        from ._version import __version__

        typer.echo(f"openai-api-mock {__version__}")
        raise typer.Exit


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is every network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes any that is free.")] = 4010,
    config: Annotated[Optional[Path], typer.Option(help="File of options; else ./openai-api-mock.yaml.")] = None,  # noqa: UP045
    seed: Annotated[Flag, typer.Option(help="What generated answers depend on, besides the request.")] = None,
    answers: Annotated[Flag, typer.Option(help="lorem, echo or fixed.")] = None,
    length: Annotated[Flag, typer.Option(help="Tokens of a generated text: 30, or 20,60.")] = None,
    script: Annotated[Optional[list[str]], typer.Option(help="File of rules; may be given more than once.")] = None,  # noqa: UP045
    templates: Annotated[Flag, typer.Option(help='What answers=fixed says: {"chat": "Hello!"}.')] = None,
    include_errors: Annotated[Flag, typer.Option(help="Share of calls that fail, by 429, 500 or 503.")] = None,
    limits: Annotated[Flag, typer.Option(help="Rate limits: rpm=60,tpm=10000, tier-1, or JSON by model.")] = None,
    faults: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--fault", "--faults", help="What goes wrong: cut:bytes=100,every=3; several are taken."),
    ] = None,
    fault_header: Annotated[Flag, typer.Option(help="true: requests may ask for faults by X-Mock-Fault.")] = None,
    tokens: Annotated[Flag, typer.Option(help="exact or estimate: how tokens are counted.")] = None,
    latency: Annotated[Flag, typer.Option(help="Seconds before the first byte.")] = None,
    chunk_delay: Annotated[Flag, typer.Option(help="Seconds before every chunk of a stream.")] = None,
    pace: Annotated[Flag, typer.Option(help="realistic, or ttft=300ms,itl=20ms: how fast models are.")] = None,
    auth: Annotated[Flag, typer.Option(help="true: some key is asked for; or the keys that are right.")] = None,
    strict: Annotated[Flag, typer.Option(help="true or all: refuse what nothing scripted.")] = None,
    validate: Annotated[Flag, typer.Option(help="strict, lenient or off.")] = None,
    models: Annotated[Flag, typer.Option(help="any, known, or names besides those that are known.")] = None,
    missing: Annotated[Flag, typer.Option(help="404 or synthesize: what an unknown id gets.")] = None,
    store: Annotated[Flag, typer.Option(help="Where things are kept: memory:// or sqlite:///state.db.")] = None,
    clock: Annotated[Flag, typer.Option(help="real, instant, frozen, manual, or scaled:60.")] = None,
    error_events: Annotated[Flag, typer.Option(help="Errors in a response's stream: nested or flat.")] = None,
    separate_chunks: Annotated[Flag, typer.Option(help="true: one write for each chunk.")] = None,
    log_requests: Annotated[Flag, typer.Option(help="true: log every call.")] = None,
    control_token: Annotated[Flag, typer.Option(help="Opens the control API to other machines that have it.")] = None,
    legacy: Annotated[
        Flag, typer.Option(help="What the API has shut down and answers all the same: assistants, videos.")
    ] = None,
    advance: Annotated[Flag, typer.Option(help="How batches and the like go on: now, polls:3, 10s or manual.")] = None,
    audio_pace: Annotated[Flag, typer.Option(help="How fast Realtime audio leaves; 1: as it is spoken.")] = None,
    webhooks: Annotated[
        Flag, typer.Option(help='Who is told of events: URLs, or [{"url": ..., "secret": ...}].')
    ] = None,
    webhook_hosts: Annotated[Flag, typer.Option(help="Other machines that webhooks may be sent to.")] = None,
    prices: Annotated[Flag, typer.Option(help='Dollars for a million tokens: {"gpt-5": {"input": 1, ...}}.')] = None,
    journal_bytes: Annotated[Flag, typer.Option(help="Bytes of bodies that the journal keeps.")] = None,
) -> None:
    """Answer like the OpenAI API on a local port.

    Options come from flags, then OPENAI_API_MOCK_* in the environment, then openai-api-mock.yaml.
    """
    from . import settings
    from .engine import Engine
    from .server.run import serve as run

    flags = {
        "seed": seed,
        "answers": answers,
        "length": length,
        "script": script or None,
        "templates": templates,
        "include_errors": include_errors,
        "limits": limits,
        "faults": faults or None,
        "fault_header": fault_header,
        "tokens": tokens,
        "latency": latency,
        "chunk_delay": chunk_delay,
        "pace": pace,
        "auth": auth,
        "strict": strict,
        "validate": validate,
        "models": models,
        "missing": missing,
        "store": store,
        "clock": clock,
        "error_events": error_events,
        "separate_chunks": separate_chunks,
        "log_requests": log_requests,
        "control_token": control_token,
        "legacy": legacy,
        "advance": advance,
        "audio_pace": audio_pace,
        "webhooks": webhooks,
        "webhook_hosts": webhook_hosts,
        "prices": prices,
        "journal_bytes": journal_bytes,
    }
    options = settings.load(config, os.environ, flags)
    if options.log_requests:
        import logging

        logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    run(Engine(options), host, port, announce=_announce, tell=_tell)


@app.command(context_settings={"allow_interspersed_args": False})
def probe(
    command: Annotated[Optional[list[str]], typer.Argument(help="A program and what it is given.")] = None,  # noqa: UP045
    url: Annotated[Flag, typer.Option(help="A gateway's endpoint, whose upstream is http://127.0.0.1:PORT/v1.")] = None,
    port: Annotated[int, typer.Option(help="Port of the server of ours; 0 takes any that is free.")] = 0,
    body: Annotated[Flag, typer.Option(help="What the gateway is asked: JSON.")] = None,
    fault: Annotated[Optional[list[str]], typer.Option(help="A fault, rather than all; may be given again.")] = None,  # noqa: UP045
    timeout: Annotated[float, typer.Option(help="Seconds that one trial may take.")] = 30.0,
    script: Annotated[Optional[list[str]], typer.Option(help="File of rules; may be given more than once.")] = None,  # noqa: UP045
    config: Annotated[Optional[Path], typer.Option(help="File of options; else ./openai-api-mock.yaml.")] = None,  # noqa: UP045
    json: Annotated[Optional[Path], typer.Option(help="Write the verdict there as JSON.")] = None,  # noqa: UP045
    junit: Annotated[Optional[Path], typer.Option(help="Write the verdict there as JUnit's XML.")] = None,  # noqa: UP045
) -> None:
    """Put a client to faults: `probe -- python agent.py` runs it once for each, with OPENAI_BASE_URL set.

    With --url, a gateway is asked instead. Fails where the client did what it shouldn't.
    """
    import msgspec

    from . import probe as probing
    from . import settings

    if (not command) == (not url):
        raise UsageError("probe takes a command, `probe -- python agent.py`, or the --url of a gateway")
    if url and not port:
        raise UsageError("probe --url needs the --port of the server that is the gateway's upstream")
    options = settings.load(config, os.environ, {"script": script or None})
    try:
        asked = None if body is None else msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise UsageError(f"--body is no JSON: {error}") from None
    client = probing.gateway(url, asked) if url else probing.command(command or ())
    report = probing.probe(client, options, fault or None, timeout=timeout, port=port, tell=_tell)
    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(report.to_dict()), indent=2) + b"\n")
    if junit is not None:
        junit.write_text(report.to_junit(), encoding="utf-8")
    typer.echo(str(report))
    if not report.ok:
        raise typer.Exit(1)


@app.command()
def endpoints(
    filter: Annotated[Flag, typer.Option(help="Only those whose method, path or SDK method holds this.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="As a page of documentation.")] = False,
) -> None:
    """List all operations: method, path, SDK method, stream, and who answers."""
    from . import coverage

    rows = coverage.rows(filter or "")
    typer.echo(coverage.markdown(rows) if markdown else coverage.table(rows))


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Files of rules and conversations.")],
    request: Annotated[Optional[Path], typer.Option(help="A request, or its body: JSON, YAML or TOML.")] = None,  # noqa: UP045
) -> None:
    """Say what is wrong with rules; with a request, which would answer it, and why the others wouldn't."""
    from .catalog import Catalog
    from .script import check
    from .script.document import read
    from .script.files import rules_of_files

    catalog = Catalog.load()
    rules = rules_of_files(files, catalog)
    typer.echo(check.summary(rules) if request is None else check.told(check.call_in(read(request), catalog), rules))


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="Fixtures of aimock, templates of npm's openai-api-mock, or mock-llm's file.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write the rules; else printed.")
    ] = None,
) -> None:
    """Make a file of rules of another mock's file; what can't be said is left out, and noted."""
    import yaml

    from .catalog import Catalog
    from .script.document import Document, read
    from .script.files import rules_of
    from .script.imports import imported

    catalog = Catalog.load()
    rules, notes = imported(read(file), catalog)
    rules_of(Document(str(file), rules, file.parent), catalog)  # what isn't understood is told here, not later
    text = yaml.safe_dump(rules, sort_keys=False, allow_unicode=True, width=120)
    typer.echo(text, nl=False) if output is None else output.write_text(text, encoding="utf-8")
    for note in notes:
        typer.echo(f"openai-api-mock: {file}: {note}", err=True)


@app.command()
def schema() -> None:
    """Print the JSON Schema of files of rules, for editors."""
    from .catalog import Catalog
    from .script import schema

    typer.echo(schema.text(Catalog.load()), nl=False)


catalog = typer.Typer(help="The catalog of operations, and the SDK it comes from.", no_args_is_help=True)
app.add_typer(catalog, name="catalog")


@catalog.command()
def build(
    output: Annotated[Path, typer.Argument(help="Where to write it: openapi.json.gz.")],
) -> None:
    """Build the document from the installed openai package."""
    import openai

    from .catalog.extract import build as extract
    from .catalog.extract import compressed

    content = compressed(extract(openai))
    output.write_bytes(content)
    typer.echo(f"{output}: openai {openai.__version__}, {len(content)} bytes")


@catalog.command()
def diff() -> None:
    """Say what the installed openai package has and the catalog lacks, and the other way round; fails if anything."""
    import json

    import openai

    from .catalog import Catalog
    from .catalog.diff import diff as compare

    shipped = Catalog.load()
    differences = compare(json.loads(shipped.openapi()), openai)
    for difference in differences:
        typer.echo(str(difference))
    typer.echo(f"catalog of openai {shipped.version}, installed {openai.__version__}: {len(differences)} differences")
    if differences:
        raise typer.Exit(1)


def _announce(url: str) -> None:
    body = '{"model":"gpt-4o","messages":[{"role":"user","content":"Hello!"}],"stream":true}'
    typer.echo(
        f"openai-api-mock answers on {url}\n\n"
        f"  export OPENAI_BASE_URL={url}/v1\n\n"
        f"  curl -N {url}/v1/chat/completions -H 'content-type: application/json' -d '{body}'\n\n"
        "Stop it with Ctrl-C."
    )
    sys.stdout.flush()


def _tell(words: str) -> None:
    typer.echo(f"openai-api-mock: {words}", err=True)


def main() -> None:
    """Run the command; what is wrong with its options is told in one line."""
    try:
        app()
    except MockError as error:
        typer.echo(f"openai-api-mock: {error}", err=True)
        sys.exit(2)
