"""The engine: a request in, a reply out, and the only place where the order of things is written."""

from __future__ import annotations

import inspect
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from . import azure, errors
from .admission import Admission
from .advance import advance_of
from .answer import Answer
from .asking import Asking
from .call import Answered, Call, MadeUp, Refused
from .catalog import Catalog, Match
from .clock import clock_of
from .errors import APIError, CallbackFailed, MockError, UnscriptedCall, UsageError
from .faults.answer import spoil
from .faults.chance import fail_by_chance
from .files import Files
from .generate.answers import Generator
from .generate.templates import OF_MEDIA, TEMPLATES
from .generate.tokens import Tokenizers
from .headers import HeaderWriter
from .jobs import Jobs
from .journal import Entry, Journal
from .keys import Keys
from .ledger import Ledger
from .limits.meters import Meters
from .noise import Noise, digest
from .options import Options, options_from
from .resources import RESOURCES
from .resources.base import BESIDE, Services
from .resources.generic import Generic
from .resources.tables import Tables
from .retrieval.stores import VectorStores
from .script.conditions import SPEAKING
from .script.endpoints import Endpoints, content_of
from .script.faults import go_wrong, rules_of_faults
from .script.files import rules_of_files
from .script.report import unscripted
from .script.rules import STRICT, Ask, Change, Fail, Rule, Say, Script, Send
from .script.sending import laid_over
from .script.templates import Template
from .state import begin_run, open_store
from .stream.schedule import Schedule
from .webhooks.outbox import Outbox
from .wire import Pending, Reply, Request, Session, Stream

logger = logging.getLogger("openai_api_mock")


Give = Callable[[Call, Any], Reply | Pending]
"""What makes a reply of what was waited for."""
FURTHER = 1 << 32
"""How far the counts of equal requests lie apart in engines that share a store, so that none makes another's ids."""


class Engine:
    """Answers like the OpenAI API. Pure: it never waits and does no input or output; front ends do.

    `handle` may be called from any thread.
    """

    def __init__(self, options: Options) -> None:
        self.options_at_first = options
        self.clock = clock_of(options.clock)
        self.catalog = Catalog.load()
        self.script = Script(lambda: [*rules_of_faults(options.faults), *rules_of_files(options.script, self.catalog)])
        self.endpoints = Endpoints()
        self.journal = Journal(options.journal_bytes)
        self.schedule = Schedule(self.clock)
        self.store = open_store(options.store)
        self.keys = Keys(self.store, self.clock)
        self._admission = Admission(self.catalog, self.endpoints, self.keys, options)
        self.ledger = Ledger(self.clock)
        self._first = FURTHER * (begin_run(self.store) if options.store else 0) - 1
        self.jobs = Jobs(self.store, self.clock)
        self.webhooks = Outbox(self.store, self.clock, self.jobs, options.webhooks, options.webhook_hosts)
        self.jobs.on_entered = self.webhooks.happened
        self.inside = Asking(self._say_in_frames, self.refusal, self.jobs.turns.away)
        self.files = Files(self.store, self.clock)
        self.limits = Meters(self.clock, options.limits)
        self.lines: dict[str, Any] = {}
        self.vectors = VectorStores(self.store, self.files, self.clock, self.jobs)
        self._headers = HeaderWriter()
        self._made: dict[bytes, int] = {}
        self._lock = threading.Lock()
        self._furnish(options)

    def _furnish(self, options: Options) -> None:
        """Make anew what answers by the options. What lasts is in the store: resources have only caches."""
        style = options.answers
        if options.templates and style != "fixed":
            raise UsageError(f"templates are what answers='fixed' says; here, answers={style!r}")
        if options.pace is not None and options.chunk_delay:
            raise UsageError(f"pace says when chunks are due, and so does chunk_delay={options.chunk_delay}: say one")
        self.options = options
        self.schedule.furnish(options.latency, options.chunk_delay, options.pace)
        self._fallback = Ask(style) if callable(style) else None
        self.templates: dict[str, Answer | None] = {**TEMPLATES, **options.templates}
        tokenizers = Tokenizers(options.tokens)
        tokenizers.preload()
        generator = Generator("lorem" if callable(style) else style, options.length, tokenizers, self.templates)
        services = Services(
            self.clock, generator, tokenizers, self._headers, options, self.store, self.jobs, self.files, self.vectors,
            self.inside, self.schedule, self.webhooks, self.ledger, self.keys, self.limits, self.lines,
        )  # fmt: skip
        self._tables = Tables([resource(services) for resource in RESOURCES])
        self.jobs.furnish(self._tables.kinds, advance_of(options.advance))
        self._generic = Generic(services, self.catalog)
        self._seed = str(options.seed)

    # Between requests

    def template(self, name: str, answer: object) -> None:
        """Put an answer in a template's place. Raises UsageError where it can't be."""
        self._furnish(options_from({"templates": {**self.options.templates, name: answer}}, base=self.options))

    def seed(self, seed: object) -> None:
        """Go on as if newly made with this seed; scripts, calls and what is kept stay."""
        options = options_from({"seed": seed}, base=self.options)
        with self._lock:
            self._made.clear()
        self._furnish(options)

    def pace(self, pace: object) -> None:
        """Answer at this pace from here on. Raises UsageError where it can't be."""
        self._furnish(options_from({"pace": pace}, base=self.options))

    def limit(self, limits: object) -> None:
        """Go by these limits from here on, as if nothing had been used. Raises UsageError where they can't be."""
        self.options = options_from({"limits": limits}, base=self.options)
        self.limits.set(self.options.limits)

    def reset(self) -> None:
        """Be as if newly made: without scripts, calls, endpoints and all that was kept."""
        self.script.clear()
        self.endpoints.clear()
        self.inside.forget()
        self.store.delete_below("")
        self.webhooks.clear()
        self.ledger.clear()
        self.lines.clear()
        with self._lock:
            self.journal.clear()
            self._made.clear()
        self.limits.set(self.options_at_first.limits)
        self._furnish(self.options_at_first)

    def close(self) -> None:
        """Let go of files and connections. The next request opens them again."""
        self.inside.forget()
        self.store.close()

    # The way of a request

    def handle(self, request: Request) -> Reply | Pending:
        """The reply to a request, or what to await for it.

        Raises UnscriptedCall where the mock is strict and nothing was scripted, and CallbackFailed where a user's
        callable raised; `refusal` gives the reply that says the same on the wire.
        """
        if request.path.startswith(BESIDE):
            return self._beside(request)
        entry, call = self._begin(request), None
        try:
            call = self._admission.understand(request, entry)
            self._admission.authorize(request)
            if self.limits.limits is not None:
                self.limits.admit(call)
            self._admission.validate(call)
            rule = self._take(call)
            return self._respond(call, rule)
        except Refused as refused:
            return self._refused(entry, refused.error)
        except Answered as answered:
            return self._finish(entry, answered.reply)
        except Exception as error:
            objection = None if call is None or isinstance(error, MockError) else self._admission.objection(call)
            if objection is not None:
                return self._refused(entry, objection)
            self._gave_up(entry, error)
            raise

    def connect(self, request: Request) -> Session | Reply:
        """The conversation over a WebSocket, or the reply that refuses its handshake."""
        found = self.catalog.find("GET", request.path, request.query, websocket=True)
        if not isinstance(found, Match):
            return self.error(errors.invalid_url("WEBSOCKET", request.path))
        opener = self._tables.sockets.get(found.operation.key)
        if opener is None:
            return self.error(errors.no_websocket(found.operation.key))
        try:
            self._admission.authorize(request)
            return opener(request, self._say_in_frames)
        except Refused as refused:
            return self.error(refused.error)

    def _say_in_frames(self, request: Request) -> Reply | Pending:
        """`handle` for sessions and jobs, which have no way to raise."""
        try:
            return self.handle(request)
        except Exception as error:
            return self.refusal(error)

    def _beside(self, request: Request) -> Reply:
        """What a reply named by URL. That is no call of the API: it takes no key, and the journal doesn't have it."""
        page = self._tables.pages.get(request.path.removeprefix(BESIDE).partition("/")[0])
        if page is None:
            return self.error(errors.invalid_url(request.method, request.path))
        if request.method not in ("GET", "HEAD"):
            return self.error(errors.wrong_method(request.method, request.path))
        return page(request)

    def _begin(self, request: Request) -> Entry:
        with self._lock:
            return self.journal.begin(request, self.clock.time())

    def _take(self, call: Call) -> Rule | None:
        key = call.identify(self._seed, fixed=self.options.answers == "fixed")
        with self._lock:
            call.nth = self._made[key] = self._made.get(key, self._first) + 1
            if self.options.include_errors:
                # Before the script is asked, so that what is scripted is for a later try.
                fail_by_chance(call, self.options.include_errors)
            if self.script.faulty or self.options.fault_header:
                go_wrong(call, self.script.faulty, by_header=self.options.fault_header, now=self.clock.time())
            rule = self.script.take(call)
            if rule is not None:
                call.entry.rule, call.pace = str(rule), rule.pace
            elif call.endpoint is None and self._is_strict_about(call):
                raise unscripted(call, self.script, self.journal)
        return rule

    def _respond(self, call: Call, rule: Rule | None) -> Reply | Pending:
        if rule is None and call.endpoint is not None:
            return self._ask(call, call.endpoint, self._send)
        outcome = rule.outcome if rule is not None else self._fallback if call.operation.key in SPEAKING else None
        if isinstance(outcome, Template):
            outcome = outcome.fill(call)
        if isinstance(outcome, Fail):
            raise Refused(outcome.error.about(str(call.body.get("model") or "requests")))
        if isinstance(outcome, Send):
            call.chunk_delay = outcome.chunk_delay
            return self._finish(call.entry, self._sent(call, outcome), call)
        if isinstance(outcome, Ask):
            return self._ask(call, outcome.callback, self._say)
        if isinstance(outcome, Change):
            call.fields = outcome.fields
        elif isinstance(outcome, Say):
            call.answer, call.chunk_delay = outcome.answer, outcome.chunk_delay
        elif self.options.answers == "fixed":
            call.answer = self.templates.get(OF_MEDIA.get(call.operation.key, ""))
        return self._render(call)

    def _render(self, call: Call) -> Reply | Pending:
        handler = self._tables.handlers.get(call.operation.key, self._generic.answer)
        try:
            reply = handler(call)
        except MadeUp:
            reply = self._generic.answer(call)
        if isinstance(reply, Pending):
            resume = reply.resume
            return self._wait_for(call, handler, lambda call, value: self._dress(call, resume(value)), reply.awaitable)
        return self._dress(call, reply)

    def _dress(self, call: Call, reply: Reply) -> Reply:
        self._tables.follow(call, reply)
        if call.fields is not None:
            reply = laid_over(reply, call.fields)
        if call.entry.azure:
            reply = azure.dressed(reply, call.entry)
        return self._finish(call.entry, reply, call)

    def _finish(self, entry: Entry, reply: Reply, call: Call | None = None) -> Reply:
        reply = self.schedule.apply(reply, call)
        if entry.ticket is not None:
            self.limits.settle(entry, reply, None if call is None else call.usage)
        if call is not None:
            self.ledger.add(call, reply)
        if entry.faults:
            spoil(reply, entry.faults)
        entry.delay = reply.delay
        if self.jobs.begun:
            self.jobs.tell()
        self.journal.end(entry, reply.status, reply.body)
        if self.options.log_requests:
            logger.info("%s %s -> %d", entry.method, entry.path, reply.status)
        return reply

    def _gave_up(self, entry: Entry, error: Exception) -> None:
        """The mock raises instead of answering."""
        entry.error = error
        self.limits.drop(entry)

    def _refused(self, entry: Entry, error: APIError) -> Reply:
        if not entry.azure:
            return self._finish(entry, self.error(error, entry))
        return self._finish(entry, azure.dressed(self.error(azure.worded(error, entry), entry), entry))

    def _sent(self, call: Call, sent: Send) -> Reply:
        """What a script gave to be sent as it is."""
        body = sent.body
        reply = self._reply(sent.status, sent.content_type, body if isinstance(body, bytes) else b"", call.noise)
        if isinstance(body, tuple):
            reply.body = Stream(body)
        return reply

    # What a user's callable says

    def _ask(self, call: Call, callback: Callable[[Call], Any], give: Give) -> Reply | Pending:
        try:
            said = callback(call)
        except Exception as error:
            raise CallbackFailed.by(callback, error) from error
        if inspect.isawaitable(said):
            return self._wait_for(call, callback, give, said)
        return give(call, said)

    def _wait_for(
        self,
        call: Call,
        callback: Callable[..., Any],
        give: Give,
        said: Awaitable[Any],
    ) -> Pending:
        def resume(value: object) -> Reply:
            try:
                reply = give(call, value)
                if isinstance(reply, Pending):
                    raise UsageError(f"{call.operation.key} can't be left to the mock by a coroutine")
                return reply
            except Refused as refused:
                return self._refused(call.entry, refused.error)
            except Exception as error:
                self._gave_up(call.entry, error)
                raise

        def fail(error: BaseException) -> CallbackFailed:
            failed = CallbackFailed.by(callback, error)
            self._gave_up(call.entry, failed)
            return failed

        if call.entry.ticket is not None:
            said = self.limits.watched(call.entry, said)
        return Pending(said, resume, fail)

    def _say(self, call: Call, said: object) -> Reply | Pending:
        if isinstance(said, APIError):
            raise Refused(said)
        call.answer = None if said is None else Answer.of(said)
        return self._render(call)

    def _send(self, call: Call, said: object) -> Reply:
        """What a user's own endpoint gave."""
        return self._finish(call.entry, self._reply(*content_of(said), call.noise))

    # Errors

    def refusal(self, error: Exception) -> Reply:
        """What a front end that can't raise sends instead: 404 for an unscripted call, 500 for what went wrong here.

        Neither is retried by the SDK.
        """
        unmatched = isinstance(error, UnscriptedCall)
        return self.error(
            APIError(
                404 if unmatched else 500,
                str(error) or type(error).__name__,
                "invalid_request_error" if unmatched else "server_error",
                code="mock_no_match" if unmatched else "mock_failed",
                headers=(("x-should-retry", "false"),),
            )
        )

    def error(self, error: APIError, entry: Entry | None = None) -> Reply:
        """The reply that says this error, to a call."""
        written = error.written()
        key = digest(self._seed.encode(), written, *(entry.asked if entry is not None else ()))
        with self._lock:
            number = self._made[key] = self._made.get(key, 0) + 1
        noise = Noise(b"%b refused %d" % (key, number))
        reply = self._reply(error.status, "application/json", written, noise)
        reply.headers += error.headers
        return reply

    def _reply(self, status: int, content_type: str, body: bytes, noise: Noise) -> Reply:
        """A reply that no model took part in."""
        headers = self._headers.write(content_type, noise, self.clock.time(), of_model=False)
        return Reply(status, headers, body)

    def _is_strict_about(self, call: Call) -> bool:
        strict = self.options.strict
        return (strict == "all" and bool(call.operation.sdk)) or (strict is True and call.operation.key in STRICT)
