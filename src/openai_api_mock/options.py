"""What can be set, for `mock_openai(...)`, the pytest marker and the server alike: one table, checked in one place."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec

from .advance import advance_of
from .answer import Answer
from .clock import Clock, clock_of
from .errors import UsageError
from .faults import Planned, faults_of
from .generate.templates import TEMPLATES
from .limits.spec import Limits, limits_of
from .prices import Price, prices_of
from .stream.pace import Pace, pace_of
from .webhooks.endpoints import Webhook, webhooks_of

Seconds = Annotated[float, msgspec.Meta(ge=0, description="seconds, 0 or more")]
Length = (
    Annotated[int, msgspec.Meta(ge=1)] | tuple[Annotated[int, msgspec.Meta(ge=1)], Annotated[int, msgspec.Meta(ge=1)]]
)
Auth = bool | str | tuple[str, ...]
Legacy = Literal["assistants", "videos"]
Named = Literal["lorem", "echo", "fixed"]

GATE = "OPENAI_API_MOCK_ENV"
"""Where this variable is set, mocks that aren't forced are active only if it says one of `OPEN`."""
OPEN = ("development", "test")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Every option, with its default."""

    seed: int | str = 0
    """What generated answers and ids depend on, besides the request."""
    base_urls: tuple[str, ...] = ()
    """Further base URLs that are answered by the mock, besides api.openai.com, Azure's and OPENAI_BASE_URL."""
    strict: bool | Literal["all"] = False
    """True: a call that nothing scripted fails, for every endpoint that speaks, embeds or makes media; "all": for the
    rest too."""
    script: tuple[str, ...] = ()
    """Files of rules and conversations: YAML, JSON or TOML."""
    latency: Seconds = 0.0
    """Seconds before the first byte of every reply."""
    chunk_delay: Seconds = 0.0
    """Seconds before every chunk of a stream, the first and `[DONE]` included."""
    pace: Pace | None = None
    """How fast models are: "realistic", "ttft=300ms,itl=20ms", a mapping of these, or a Pace."""
    audio_pace: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """How fast the audio of a Realtime session leaves: 1 is as fast as it is spoken, 4 four times that, 0 at once."""
    answers: Named | Callable[..., Any] = "lorem"
    """What is said when nothing is scripted: prose, the user's last message, one fixed sentence, or what a callable of
    the call returns (a string, a tool call, an Answer; it may be async)."""
    templates: Mapping[str, Answer] = {}
    """What is said under answers="fixed", by the names in `generate.templates`, in the place of what they say."""
    length: Length = (20, 60)
    """Tokens of a generated text: exactly, or from a to b."""
    tokens: Literal["exact", "estimate"] = "exact"
    """How tokens are counted: by OpenAI's vocabularies, or one for every four bytes, for which nothing is loaded."""
    auth: Auth = False
    """True: some API key must be sent; a string or several: one of these. False: no key is asked for."""
    validate: Literal["strict", "lenient", "off"] = "strict"
    """Whether requests are held against the API's parameters: all, all but unknown ones, or not."""
    models: Literal["any", "known"] | tuple[str, ...] = "any"
    """Whether any model's name is taken, only those of the API's models, or those and these: fine-tuned ones, Azure's
    deployments."""
    missing: Literal["404", "synthesize"] = "404"
    """What an id that was never made gets: the API's 404, or a plausible object made on the spot."""
    legacy: tuple[Legacy, ...] = ()
    """What the API has shut down and answers all the same: "assistants", "videos". Off, it gets the 404 of an unknown
    URL."""
    store: str | None = None
    """Where what is made is kept: None or "memory://", gone with the mock, or "sqlite:///state.db", a file."""
    advance: str = "now"
    """How what takes time goes on, such as a batch: "now" (the first look after it was made finds it done), "polls:3"
    (the third does), "10s" (when that much time has passed), "manual" (by `openai_mock.batches.advance(id)` alone)."""
    webhooks: tuple[Webhook, ...] = ()
    """Who is told of events, such as a batch's end: URLs, with secrets and the types that they want."""
    webhook_hosts: tuple[str, ...] = ()
    """Other machines that webhooks may be sent to. Without it, they go to this machine alone."""
    prices: Mapping[str, Price] = {}
    """Dollars for a million tokens, by model: what costs are made of."""
    clock: str | Clock = "real"
    """"real", "instant" (nobody waits), "frozen" (nor does time pass), "scaled:60" (it runs sixty times as fast),
    "manual" (it goes on by `openai_mock.clock.advance(30)` alone), or a clock of your own."""
    error_events: Literal["nested", "flat"] = "nested"
    """How a response's stream tells of an error: as the API really sends it, or as its specification has it."""
    separate_chunks: bool = False
    """Write every chunk of a stream by itself, even those that are due at the same instant."""
    include_errors: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    """The share of calls, from 0 to 1, that fail by one of the API's transient errors: 429, 500 or 503. Which do
    depends on the seed, the request, and how often it was made before."""
    limits: Limits | None = None
    """How many requests and tokens are let in: "rpm=60,tpm=10000", a tier such as "tier-1", or a mapping by model, with
    quotas and concurrency: {"gpt-4o": {"rpm": 500}, "*": {"rpm": 60}, "per": "key"}. Beyond them, calls get a 429."""
    faults: tuple[Planned, ...] = ()
    """What goes wrong on purpose, for every call: "connection_reset:every=3", several in a row or in a list."""
    fault_header: bool = False
    """Whether a request may ask for faults by its header `X-Mock-Fault: cut:bytes=100`."""
    force: bool = False
    """Active whatever OPENAI_API_MOCK_ENV says. Without it, a mock is active where that variable isn't set, or says
    development or test."""
    allow_network: bool = True
    """False: calls to any other host are refused too."""
    log_requests: bool = False
    """Log every call, through the logger `openai_api_mock`."""
    control_token: str | None = None
    """Who sends it in the header X-Mock-Token may use a server's control API, from anywhere; None: this machine may."""
    journal_bytes: Annotated[int, msgspec.Meta(ge=0)] = 16 * 1024 * 1024
    """Bytes of request and reply bodies that the journal keeps; beyond, it lets go of the oldest and says so."""


DEFAULTS = Options()
NAMES = Options.__struct_fields__


def options_from(given: Mapping[str, object], *, base: Options = DEFAULTS, text: bool = False) -> Options:
    """`base` with these changes. Raises UsageError on a name or value that can't be.

    `text` is for values that come as strings (an environment, an ini file): "0.2" is then a number, "true" a bool.
    """
    changes = {name: _checked(name, value, text) for name, value in given.items()}
    return msgspec.structs.replace(base, **changes)


def keys_of(auth: Auth) -> frozenset[str] | None:
    """The keys that are taken; none at all means any; None: no key is asked for."""
    if isinstance(auth, bool):
        return frozenset() if auth else None
    return frozenset((auth,) if isinstance(auth, str) else auth)


def _checked(name: str, value: object, text: bool) -> object:
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(sorted(NAMES))}."
        raise UsageError(f"there is no option {name!r}.{hint}")
    if name == "answers" and callable(value):
        return value
    if name == "clock":
        clock_of(value)
        return value
    if name == "pace":
        return None if value is None else pace_of(value)
    if name == "templates":
        return _templates(value)
    if name == "limits":
        return limits_of(value)
    if name == "prices":
        return prices_of(value)
    if name == "webhooks":
        return webhooks_of(value)
    if name == "faults":
        return faults_of(value)
    if name == "advance":
        advance_of(value)
    if name == "script" and isinstance(value, (Path, str)):
        value = [part.strip() for part in str(value).split(",")] if text else [value]
    if name == "legacy" and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list):
        value = tuple(str(part) if isinstance(part, Path) else part for part in value)
    if text and isinstance(value, str):
        value = _from_text(name, value)
    if name == "length" and isinstance(value, tuple) and len(value) == 2 and value[0] > value[1]:
        raise UsageError(f"length={value!r}: the first number may not be the greater one")
    try:
        return msgspec.convert(value, _TYPES[name], strict=not text)
    except msgspec.ValidationError as error:
        wanted = "it takes True or False" if _TYPES[name] is bool else error
        raise UsageError(f"{name}={value!r} can't be: {_WANTED.get(name) or wanted}") from None


def _templates(value: object) -> dict[str, Answer]:
    with suppress(msgspec.DecodeError):
        value = msgspec.json.decode(value) if isinstance(value, str) else value
    if not isinstance(value, Mapping):
        raise UsageError(f"templates={value!r} can't be: it takes a mapping of names to answers, {{'chat': 'Hello!'}}")
    unknown = [name for name in value if name not in TEMPLATES]
    if unknown:
        raise UsageError(f"there is no template {unknown[0]!r}; there are {_list(tuple(TEMPLATES))}")
    return {name: Answer.of(said) for name, said in value.items()}


def _from_text(name: str, value: str) -> object:
    if name in ("base_urls", "auth", "models", "webhook_hosts") and "," in value:
        return tuple(part.strip() for part in value.split(","))
    if name in ("base_urls", "webhook_hosts") or (name == "models" and value not in ("any", "known")):
        return (value,)
    if name == "seed" and value.removeprefix("-").isdecimal():
        return int(value)
    if name == "length" and "," in value:
        return tuple(int(part) if part.strip().isdigit() else part for part in value.split(","))
    if name in ("strict", "auth") and value.lower() in ("true", "false", "1", "0"):
        return value.lower() in ("true", "1")
    return value


def _list(names: Mapping[str, object] | tuple[str, ...]) -> str:
    return ", ".join(repr(name) for name in names)


_TYPES: dict[str, Any] = {
    **get_type_hints(Options, include_extras=True),
    "answers": Named,
    "length": int | tuple[int, int],
}
_WANTED = {
    "answers": f"it takes {_list(get_args(Named))}, or a callable of the call",
    "length": "it takes a number of tokens, or two: (fewest, most)",
    "latency": "it takes seconds, 0 or more",
    "chunk_delay": "it takes seconds, 0 or more",
    "validate": "it takes 'strict', 'lenient' or 'off'",
    "models": "it takes 'any', 'known', or names in a list",
    "tokens": "it takes 'exact' or 'estimate'",
    "missing": "it takes '404' or 'synthesize'",
    "error_events": "it takes 'nested' or 'flat'",
    "strict": "it takes True, False or 'all'",
    "auth": "it takes True, False, a key, or several keys",
    "base_urls": "it takes URLs in a list",
    "webhook_hosts": "it takes names of hosts in a list",
    "script": "it takes the path of a file of rules, or several",
    "legacy": f"it takes {_list(get_args(Legacy))}, or several in a list",
    "include_errors": "it takes the share of calls that fail, from 0 to 1: 0.05 is one in twenty",
}
