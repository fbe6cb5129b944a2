"""What Azure makes of the API's replies: its own headers, what its content filter found, and its gateway's errors.

As recorded and quoted from real replies: keys in alphabetical order; a stream's first chunk tells what the filter found
in the prompt, and has nothing else. The filter finds nothing, unless a script says that it cut the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from math import ceil
from urllib.parse import parse_qs

import msgspec

from .answer import JSON
from .errors import APIError
from .journal import Entry
from .stream.sse import DONE
from .wire import Headers, Reply, Stream

FILTERED = frozenset(("chat.completions.create", "completions.create"))
"""The operations whose prompts and answers are filtered."""

_SAFE = {"filtered": False, "severity": "safe"}
_CUT = {"filtered": True, "severity": "medium"}
_UNSEEN = {"detected": False, "filtered": False}
_SEVERITIES = {"hate": _SAFE, "self_harm": _SAFE, "sexual": _SAFE, "violence": _SAFE}
_OF_PROMPT = {**_SEVERITIES, "jailbreak": _UNSEEN}
_OF_ANSWER = {**_SEVERITIES, "protected_material_code": _UNSEEN, "protected_material_text": _UNSEEN}

_encode = msgspec.json.Encoder(order="sorted").encode
# The one place where keys aren't sorted.
_PROMPT = msgspec.Raw(b'[{"prompt_index":0,"content_filter_results":%b}]' % _encode(_OF_PROMPT))
_FIRST_CHUNK = b'{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":%b}' % _PROMPT

_DENIED = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
    "active subscription and use a correct regional API endpoint for your resource."
)
_NO_DEPLOYMENT = (
    "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, "
    "please wait a moment and try again."
)
_TOO_MANY = (
    "Requests to the {operation} Operation under Azure OpenAI API version {version} have exceeded call rate limit of "
    "your current OpenAI S0 pricing tier.{wait} Please go here: https://aka.ms/oai/quotaincrease if you would like to "
    "further increase the default rate limit."
)
# How the API's message begins: the status, code and message of Azure's gateway, which refuses before the API is asked.
_GATEWAY = {
    "You didn't provide an API key.": (401, "401", _DENIED),
    "Incorrect API key provided": (401, "401", _DENIED),
    "Invalid URL": (404, "404", "Resource not found"),
    "The model `": (404, "DeploymentNotFound", _NO_DEPLOYMENT),
    "The requested model '": (404, "DeploymentNotFound", _NO_DEPLOYMENT),
    "Rate limit reached": (429, "429", _TOO_MANY),
}

_OPENAIS_OWN = re.compile(r"(openai|cf|access-control)-.*|server|alt-svc|x-request-id|strict-transport-security")
_DURATION = re.compile(r"([\d.]+)(ms|h|m|s)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def worded(error: APIError, entry: Entry) -> APIError:
    """The error in Azure's words, where its gateway would have answered."""
    for beginning, (status, code, message) in _GATEWAY.items():
        if error.message.startswith(beginning):
            text = message.format(operation=_operation(entry), version=_version(entry), wait=_wait(error))
            return msgspec.structs.replace(error, status=status, code=code, message=text, gateway=True)
    return error


def dressed(reply: Reply, entry: Entry) -> Reply:
    """The reply as Azure would send it."""
    body = reply.body
    if reply.status == 200 and entry.operation in FILTERED:
        body = Stream(list(_chunks(body.chunks))) if isinstance(body, Stream) else _encode(_whole(body))
    elif reply.status >= 400 and isinstance(body, bytes):
        body = msgspec.json.format(body, indent=-1)
    return Reply(reply.status, _headers(reply.headers), body, reply.delay, file=reply.file)


def _whole(body: bytes) -> JSON:
    value = msgspec.json.decode(body)
    for choice in value["choices"]:
        choice["content_filter_results"] = _found(choice, choice.get("message") or choice)
    value["prompt_filter_results"] = _PROMPT
    return value


def _chunks(chunks: Sequence[bytes]) -> Iterator[bytes]:
    yield b"data: %b\n\n" % _FIRST_CHUNK
    for chunk in chunks:
        yield chunk if chunk == DONE else b"data: %b\n\n" % _encode(_chunk(chunk))


def _chunk(chunk: bytes) -> JSON:
    value = msgspec.json.decode(chunk[len(b"data: ") :])
    for choice in value.get("choices", ()):  # an error, which a stream may end in, has none
        choice["content_filter_results"] = _found(choice, choice.get("delta", choice))
    return value


def _found(choice: dict[str, JSON], said: dict[str, JSON]) -> dict[str, JSON]:
    """What the filter found: in words alone, and nothing where none are said."""
    if choice["finish_reason"] == "content_filter":
        return {**_OF_ANSWER, "violence": _CUT}
    return _OF_ANSWER if any(said.get(name) for name in ("content", "refusal", "text")) else {}


def _headers(headers: Headers) -> Headers:
    """Ids are UUIDs here, made of the API's own; times are whole numbers."""
    given = dict(headers)
    made = given.get("x-request-id", "")
    kept = [(name, _whole_seconds(name, value)) for name, value in headers if not _OPENAIS_OWN.fullmatch(name)]
    head: Headers = [
        ("apim-request-id", _uuid(blake2b(made.encode(), digest_size=16).hexdigest())),
        ("x-request-id", _uuid(made.removeprefix("req_"))),
        ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
        ("x-ms-region", "East US"),
    ]
    if "x-ratelimit-limit-requests" in given:
        took = given.get("openai-processing-ms", "0")
        head += [
            ("azureml-model-session", "d001-20251120000000"),
            ("azureml-served-by-cluster", "openai-api-mock"),
            ("cmp-upstream-response-duration", took),
            ("ms-azureml-model-time", took),
            ("x-ms-rai-invoked", "true"),
        ]
    return kept + head


def _whole_seconds(name: str, value: str) -> str:
    if not name.startswith("x-ratelimit-reset-"):
        return value
    return str(ceil(sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(value))))


def _uuid(hexadecimal: str) -> str:
    return "-".join((hexadecimal[:8], *(hexadecimal[at : at + 4] for at in (8, 12, 16)), hexadecimal[20:]))


def _operation(entry: Entry) -> str:
    """Azure's name of an operation: `ChatCompletions_Create`."""
    *names, verb = (entry.operation or "").split(".")
    return f"{''.join(name.title() for name in names)}_{verb.title()}"


def _version(entry: Entry) -> str:
    return parse_qs(entry.query).get("api-version", ["v1"])[-1]


def _wait(error: APIError) -> str:
    seconds = dict(error.headers).get("retry-after")
    return f" Please retry after {seconds} second{'' if seconds == '1' else 's'}." if seconds else ""
