"""Files of other mocks as rules of this one: CopilotKit's aimock, npm's openai-api-mock, and mock-llm.

What can't be said here is left out and noted, rather than said otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from ..catalog import Catalog, Match
from ..errors import UsageError
from .document import Document
from .imports_completion import reply_in

Rule = dict[str, Any]
Imported = tuple[dict[str, Any], list[str]]
"""A file of rules, and what was left out."""


class CannotSay(Exception):
    """This has no counterpart here."""


def imported(document: Document, catalog: Catalog) -> Imported:
    """The file as rules. Raises UsageError where it is of none of the three kinds."""
    value = document.value
    if isinstance(value, dict) and isinstance(value.get("fixtures"), list):
        return _all(value["fixtures"], "fixtures", _of_aimock)
    if isinstance(value, dict) and isinstance(value.get("rules"), list):
        # There, the last that matches answers.
        return _all(value["rules"], "rules", lambda rule: _of_mock_llm(rule, catalog), reverse=True)
    if isinstance(value, dict) and value and value.keys() <= TEMPLATES.keys():
        return _all([(name, value[name]) for name in TEMPLATES if name in value], "templates", _of_npm)
    raise UsageError(
        f"{document.name} is of no mock that is known: aimock's has fixtures, mock-llm's has rules, and npm's "
        f"openai-api-mock has {', '.join(TEMPLATES)}"
    )


def _all(given: list[Any], what: str, convert: Callable[[Any], Rule], reverse: bool = False) -> Imported:
    rules: list[tuple[float, Rule]] = []
    notes = []
    for number, each in enumerate(given):
        try:
            rules.append((_turn(each), convert(each)))
        except CannotSay as error:
            notes.append(f"{what}[{number}] was left out: {error}")
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            notes.append(f"{what}[{number}] was left out: it isn't as expected ({type(error).__name__}: {error})")
    if reverse:
        rules.reverse()
    # Those that count requests, in the order in which they do.
    in_turn = iter(sorted((rule for rule in rules if rule[0] >= 0), key=lambda rule: rule[0]))
    return {"always": True, "rules": [next(in_turn)[1] if turn >= 0 else rule for turn, rule in rules]}, notes


def _turn(given: Any) -> float:
    """The number of the request that it answers; -1: of any."""
    if not isinstance(given, dict):
        return -1
    match = given.get("match")
    turn = match.get("sequenceIndex") if isinstance(match, dict) else given.get("sequence")
    return -1 if turn is None else float(turn)


# CopilotKit's aimock

_ENDPOINTS = {
    "chat": None,
    "embedding": "embeddings.create",
    "image": "images.generate",
    "transcription": "audio.transcriptions.create",
    "translation": "audio.translations.create",
}
_CONDITIONS: dict[str, Callable[[Any], Rule]] = {
    "userMessage": lambda text: {"message": {"contains": text}},
    "systemMessage": lambda text: {
        "system": {"contains": text} if isinstance(text, str) else {"all": [{"contains": each} for each in text]}
    },
    "inputText": lambda text: {"input": {"contains": text}},
    "toolName": lambda name: {"offers_tool": name},
    "toolCallId": lambda id: {"at": {"messages[-1].tool_call_id": id}},
    "toolResultContains": lambda text: {"tool_result": {"contains": text}},
    "model": lambda name: {"model": {"regex": rf"^{re.escape(name)}(-\d.*)?$"}},
    "responseFormat": lambda kind: {"at": {"response_format.type": kind}},
    "turnIndex": lambda count: {"answers": count},
    "hasToolResult": lambda has: {"tool_result": {"not": None} if has else None},
}
_OVERRIDES = frozenset(("id", "created", "model", "systemFingerprint", "role", "provider", "nativeFinishReason"))
"""What the mock makes by itself."""


def _of_aimock(fixture: Rule) -> Rule:
    match, response = dict(fixture["match"]), fixture["response"]
    beyond = {"chaos", "truncateAfterChunks", "disconnectAfterMs"} & {k for k, v in fixture.items() if v is not None}
    if beyond:
        raise CannotSay(f"{', '.join(sorted(beyond))} has no counterpart in a rule")
    rule: Rule = {}
    kind = match.pop("endpoint", None) or ("embedding" if "inputText" in match else "chat")
    if kind not in _ENDPOINTS:
        raise CannotSay(f"the endpoint {kind!r}")
    if _ENDPOINTS[kind]:
        rule["endpoint"] = _ENDPOINTS[kind]
    index = match.pop("sequenceIndex", None)
    when: Rule = {}
    for name, value in match.items():
        if name not in _CONDITIONS:
            raise CannotSay(f"match.{name} has no counterpart")
        for field, matcher in _CONDITIONS[name](value).items():
            if field == "at":
                matcher = {**when.get("at", {}), **matcher}
            elif field in when:
                matcher = {"all": [when[field], matcher]}
            when[field] = matcher
    if when:
        rule["when"] = when
    rule.update(_aimocks_response(response))
    delay = (fixture.get("streamingProfile") or {}).get("tps")
    if delay and "reply" in rule:
        rule["reply"] = {**rule["reply"], "chunk_delay": round(1 / delay, 4)}
    return {**rule, "times": 1} if index is not None else rule


def _aimocks_response(response: Rule) -> Rule:
    if "error" in response:
        error = {name: value for name, value in response["error"].items() if value is not None}
        error = {name: error[name] for name in ("message", "type", "param", "code") if name in error}
        after = {"retry_after": response["retryAfter"]} if response.get("retryAfter") is not None else {}
        return {"fail": {"status": response.get("status") or 500, **error, **after}}
    if "embedding" in response:
        data = [{"object": "embedding", "index": 0, "embedding": response["embedding"]}]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return _json({"object": "list", "data": data, "model": "text-embedding-3-small", "usage": usage})
    if "image" in response or "images" in response:
        images = response.get("images") or [response["image"]]
        names = {"url": "url", "b64Json": "b64_json", "revisedPrompt": "revised_prompt"}
        data = [{names[name]: value for name, value in image.items() if name in names} for image in images]
        return _json({"created": 1_767_225_600, "data": data})
    if "transcription" in response:
        return _json(response["transcription"])
    reply: Rule = {}
    for name, value in response.items():
        if name == "content" and value is not None:
            reply["text"] = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        elif name == "toolCalls":
            reply["tool_calls"] = [
                {key: call[key] for key in ("name", "arguments", "id") if call.get(key) is not None} for call in value
            ]
        elif name in ("reasoning", "refusal"):
            reply[name] = value
        elif name == "finishReason":
            reply["finish_reason"] = value
        elif name == "usage":
            count = {"input": ("prompt_tokens", "input_tokens"), "output": ("completion_tokens", "output_tokens")}
            reply["usage"] = {
                ours: next((value[their] for their in theirs if their in value), 0) for ours, theirs in count.items()
            }
        elif name not in _OVERRIDES:
            raise CannotSay(f"response.{name} has no counterpart")
    if not reply:
        raise CannotSay("it says nothing")
    return {"reply": _braces(reply)}


def _json(value: Any, status: int = 200) -> Rule:
    return {"reply": {"json": _braces(value), **({"status": status} if status != 200 else {})}}


def _braces(value: Any) -> Any:
    """Texts that would be templates here, and weren't there."""
    if isinstance(value, dict):
        return {name: _braces(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_braces(each) for each in value]
    if isinstance(value, str) and ("{{" in value or "{%" in value):
        return "{% raw %}" + value + "{% endraw %}"
    return value


# npm's openai-api-mock: what `getResponseTemplates()` and `createResponseTemplate()` give

TEMPLATES = {
    "TOOL_CALL": ("chat.completions.create", {"at": {"tools": {"not": None}}}),
    "FUNCTION_CALL": ("chat.completions.create", {"at": {"functions": {"not": None}}}),
    "SIMPLE_CHAT": ("chat.completions.create", {}),
    "IMAGE_GENERATION": ("images.generate", {}),
    "EMBEDDING": ("embeddings.create", {}),
}
"""Its templates in the order in which it looks for one, and which requests get them."""


def _of_npm(template: tuple[str, Rule]) -> Rule:
    name, response = template
    endpoint, when = TEMPLATES[name]
    said = reply_in(response)
    rule: Rule = {"endpoint": endpoint, **({"when": when} if when else {})}
    return {**rule, **(_json(response) if said is None or name == "FUNCTION_CALL" else {"reply": _braces(said)})}


# mock-llm

_CONTAINS = re.compile(r"contains\(([\w.\[\]\-]+)(?: \|\| '')?, ?['\"`]+(.*?)['\"`]+\)")
_EQUALS = re.compile(r"([\w.\[\]\-]+) ?== ?['\"`]+(.*?)['\"`]+")
_QUERY = re.compile(r"\{\{jmes request (.+?)\}\}")


def _of_mock_llm(given: Rule, catalog: Catalog) -> Rule:
    path = str(given["path"]).removeprefix("^").removesuffix("$")
    found = catalog.find(str(given.get("method") or "POST").upper(), path)
    if not isinstance(found, Match):
        raise CannotSay(f"the API has no {given.get('method') or 'POST'} {path}")
    rule: Rule = {"endpoint": found.operation.sdk}
    conditions = [part.strip() for part in str(given.get("match") or "@").split("&&")]
    at = dict(_condition(part) for part in conditions if part != "@")
    headers = {name.removeprefix("headers."): at.pop(name) for name in list(at) if name.startswith("headers.")}
    when = {name: value for name, value in (("at", at), ("header", headers)) if value}
    if when:
        rule["when"] = when
    rule.update(_mock_llms_response(given["response"]))
    return {**rule, "times": 1} if given.get("sequence") is not None else rule


def _condition(expression: str) -> tuple[str, Any]:
    contains, equals = _CONTAINS.fullmatch(expression), _EQUALS.fullmatch(expression)
    if contains:
        return contains[1].removeprefix("body."), {"contains": contains[2]}
    if equals:
        return equals[1].removeprefix("body."), equals[2]
    raise CannotSay(f"the condition {expression!r} has no counterpart; contains(...) and == have")


def _mock_llms_response(response: Rule) -> Rule:
    status, content = int(response.get("status") or 200), str(response["content"])
    content = content.replace("{{timestamp}}", "1767225600000")
    content = _QUERY.sub(lambda query: "{{ " + query[1].strip() + " }}", content)
    try:
        body = msgspec.json.decode(content)
    except msgspec.DecodeError:
        raise CannotSay("its content is no JSON before its templates are filled in") from None
    error = body.get("error") if isinstance(body, dict) else None
    if status >= 400 and isinstance(error, dict):
        words = {name: error[name] for name in ("message", "type", "param", "code") if error.get(name) is not None}
        return {"fail": {"status": status, **words}}
    said = reply_in(body) if status == 200 else None
    return {"reply": said if said is not None else {"json": body, **({"status": status} if status != 200 else {})}}
