"""Whether a request may come in: what it asks for, whose key it has, and whether the API would take it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from . import errors
from .body import body_of
from .call import Call, Refused
from .catalog import Catalog, Match, WrongMethod, validate
from .catalog.beyond import beyond_or
from .catalog.faults import Fault
from .catalog.forms import query_values
from .catalog.lookup import Found
from .catalog.newer import NewerSdk
from .catalog.validation import integers
from .errors import APIError
from .journal import Entry
from .keys import Keys, key_in
from .options import Legacy, Options, keys_of
from .script.endpoints import Endpoints
from .wire import Request

LEGACY: Mapping[Legacy, tuple[str, ...]] = {"assistants": ("/assistants", "/threads"), "videos": ("/videos",)}
"""What the API has shut down, by the beginnings of its paths."""


class Admission:
    """Each of its methods raises Refused where the request goes no further."""

    def __init__(self, catalog: Catalog, endpoints: Endpoints, issued: Keys, options: Options) -> None:
        self._catalog = catalog
        self._elsewhere = beyond_or(NewerSdk(catalog))
        self._endpoints = endpoints
        self._keys = keys_of(options.auth)
        self._issued = issued
        self._mode = options.validate
        gone = tuple(prefix for what, prefixes in LEGACY.items() if what not in options.legacy for prefix in prefixes)
        self._gone = frozenset(each.key for each in catalog.operations if each.path.startswith(gone)) if gone else ()

    def understand(self, request: Request, entry: Entry) -> Call:
        """The call that it is."""
        own = self._endpoints.find(request.method, request.path)
        if request.method == "WEBSOCKET":
            found = self._catalog.find("GET", request.path, request.query, websocket=True)
        else:
            miss = None if own else self._elsewhere
            found = self._catalog.find(request.method, request.path, request.query, miss=miss)
        if isinstance(found, Match):
            entry.operation = found.operation.sdk or None
        if own is not None:
            return _own_call(request, *own, found, entry)
        if isinstance(found, WrongMethod):
            raise Refused(errors.wrong_method(request.method, request.path))
        if not isinstance(found, Match) or found.operation.key in self._gone:
            raise Refused(errors.invalid_url(request.method, request.path))
        query = query_values(found.operation, request.query) if request.query else {}
        body = body_of(request, found.operation)
        if found.deployment is not None:
            body.setdefault("model", found.deployment)
        return Call(request, found.operation, found.path_params, query, body, entry, found.deployment)

    def authorize(self, request: Request) -> None:
        """Let in who has a key that is taken. Who opened a connection is asked no more, be the key over by then."""
        if self._keys is None or request.batch is not None or request.turn is not None:
            return
        key = key_of(request)
        if not key:
            raise Refused(errors.NO_KEY)
        made = self._issued.find(key)
        if made is not None and self._issued.is_good(made):
            return
        if made is not None or (self._keys and key not in self._keys):
            raise Refused(errors.wrong_key(key))

    def validate(self, call: Call) -> None:
        """Let in what the API would take."""
        if call.endpoint is not None:
            return
        for name, value in call.body.items():
            if type(value) is float and value.is_integer() and name in integers(call.operation):
                call.body[name] = int(value)
        if self._mode == "off":
            return
        if call.operation.key in errors.ASKS_FOR_MODEL and not call.body.get("model"):
            raise Refused(errors.NO_MODEL)
        try:
            fault = validate(call.operation, call.body, call.query, mode=self._mode)
        except RecursionError:
            raise Refused(errors.BAD_JSON) from None
        if fault is not None:
            raise Refused(_error_of(fault))

    def objection(self, call: Call) -> APIError | None:
        """What the API would have refused of a call that was let in all the same, and then couldn't be answered."""
        if self._mode == "strict" or call.endpoint is not None:
            return None
        with suppress(RecursionError):
            fault = validate(call.operation, call.body, call.query)
            return None if fault is None else _error_of(fault)
        return errors.BAD_JSON


def _error_of(fault: Fault) -> APIError:
    return APIError(fault.status, fault.message, fault.type, fault.param, fault.code)


def key_of(request: Request) -> str:
    """The API key that a request came with; "" where there is none."""
    return key_in(request.headers)


def _own_call(request: Request, own: Match, handler: Callable[[Call], Any], found: Found, entry: Entry) -> Call:
    """A call of a user's own endpoint, which may stand in the place of one of the API's."""
    operation = found.operation if isinstance(found, Match) else own.operation
    try:
        body = body_of(request, operation)
    except Refused:  # it may take what the API doesn't
        body = {}
    query = query_values(operation, request.query)
    call = Call(request, operation, own.path_params, query, body, entry, own.deployment)
    call.endpoint = handler
    return call
