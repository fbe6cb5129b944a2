"""Every operation without a handler: it answers by what the catalog says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..answer import JSON
from ..call import Call, Refused
from ..catalog import Catalog
from ..forms import File
from ..ids import make_for
from ..wire import Reply
from .base import Resource, Services
from .generic_actions import acted
from .generic_drafts import Fill
from .generic_files import file_for
from .generic_keeping import Keeping, key_of, naming_field, path_of
from .generic_kinds import Kind, Place, Verb, kinds_of
from .generic_making import Item, Maker
from .generic_missing import missing
from .generic_objects import given
from .generic_pages import buckets, envelope, many, wanted

# The id under which what there is one of is kept.
_ONE = "one"


class Generic(Resource):
    """The resource of last resort."""

    def __init__(self, services: Services, catalog: Catalog) -> None:
        super().__init__(services)
        self._kinds = kinds_of(catalog)
        self._maker = Maker(str(services.options.seed), services.clock)
        self._keeping = Keeping(services.store, self._maker, synthesizes=services.options.missing == "synthesize")
        self._verbs: dict[Verb, Callable[[Call, Kind], JSON]] = {
            "create": self._create,
            "list": self._list,
            "retrieve": self._retrieve,
            "update": self._update,
            "delete": self._delete,
            "act": self._act,
            "look": self._look,
            "set": self._set,
            "clear": self._clear,
            "report": self._report,
            "make": self._make,
        }

    def answer(self, call: Call) -> Reply:
        """The reply to a call of any operation. Raises Refused where what it is about doesn't exist."""
        kind = self._kinds.of(call.operation)
        if kind.parent is not None:
            self._keeping.require(kind.parent, call.params)
        if kind.verb == "download":
            return self._download(call)
        result = self._verbs[kind.verb](call, kind)
        if _streams(call, kind):
            return self._stream(call, kind, result)
        status = call.operation.status
        if call.operation.binary is not None:
            return self._file(call, result, status)
        if kind.result is None:
            return Reply(status, self._write("application/json", call.noise, False), b"")
        return self.json(result, call.noise, status=status)

    # Things that are made, kept and found

    def _create(self, call: Call, kind: Kind) -> JSON:
        if kind.listed is None:
            return self._maker.shown(kind.result, self._created(call, kind, given(call.body), 0), call)
        each = enumerate(many(call.body, kind.kept.thing))
        items = [self._created(call, kind, given(fields), number) for number, fields in each]
        return envelope(call, items, [key_of(kind.kept, item) for item in items], False)

    def _created(self, call: Call, kind: Kind, fields: dict[str, JSON], number: int) -> Item:
        """A new thing, kept."""
        kept = kind.kept
        shape = kept.item or kind.listed or kind.result
        if shape is None:
            fields = {"id": make_for(kept.thing, call.noise)}
        params: Mapping[str, str] = call.params
        ordinal = self.store.count(kept.place.path(params)) + 1
        item = self._maker.made(shape, call, {**params, **fields}, number=number, ordinal=ordinal)
        named = call.body.get(kept.place.parameter)
        if isinstance(named, str):
            item[naming_field(kept)] = named
        with self.store.transaction():
            if "{" in kept.place.path(params):
                params = self._make_way(call, kind, item)
            self._keeping.put(kept, params, item)
            if kept.content:
                self._keep_file(call, f"{path_of(kept, params, item)}/content")
        return item

    def _make_way(self, call: Call, kind: Kind, item: Item) -> dict[str, str]:
        """Make what a thing belongs to, where both are made together, as by `POST /threads/runs`; what names it."""
        params = {name: value for name, value in item.items() if isinstance(value, str)}
        above = self._kinds.above(kind.kept.place)
        parent = self._maker.made(above.item, call, {"id": params[above.place.parameter]})
        self._keeping.put(above, params, parent)
        return params

    def _keep_file(self, call: Call, key: str) -> None:
        for value in call.body.values():
            file = value[0] if isinstance(value, list) and value else value
            if isinstance(file, File):
                self.store.put_file(key, file.content)
                return

    def _list(self, call: Call, kind: Kind) -> JSON:
        kept, shape = kind.kept, kind.listed
        self._keeping.stock(kept, call.params)
        asked = wanted(call, shape.names if shape is not None else frozenset())
        try:
            page = self.store.page(
                kept.place.path(call.params),
                limit=asked.limit,
                order=asked.order,
                after=asked.after,
                before=asked.before,
                where=asked.where or None,
            )
        except KeyError:
            if not self._keeping.synthesizes:
                raise Refused(missing(kept.thing, asked.cursor)) from None
            return envelope(call, [], [], False)
        items = [self._maker.shown(shape, item, call) for item in page.items]
        return envelope(call, items, [key_of(kept, item) for item in page.items], page.has_more)

    def _retrieve(self, call: Call, kind: Kind) -> JSON:
        return self._maker.shown(kind.result, self._keeping.find(kind.kept, call.params), call)

    def _update(self, call: Call, kind: Kind) -> JSON:
        item = self._keeping.find(kind.kept, call.params)
        shape = kind.kept.item or kind.result
        if shape is not None:
            item = shape.laid(item, {**given(call.body), "updated_at": self._maker.now()})
        self._keeping.put(kind.kept, call.params, item)
        return self._maker.shown(kind.result, item, call)

    def _delete(self, call: Call, kind: Kind) -> JSON:
        kept, result = kind.kept, kind.result
        item = self._keeping.find(kept, call.params)
        self._keeping.delete(kept, call.params, item)
        if result is None or (kept.item is not None and result.names == kept.item.names):
            return item
        if kind.parent is not None and kind.parent.item is not None and result.names == kind.parent.item.names:
            return self._keeping.find(kind.parent, call.params)
        id = item.get("id", call.params[kept.place.parameter])
        return self._maker.made(result, call, {**call.params, "id": id})

    def _act(self, call: Call, kind: Kind) -> JSON:
        item = self._keeping.find(kind.kept, call.params)
        shape = kind.kept.item
        if shape is not None:
            item = shape.laid(acted(shape, item, kind.action, self._maker.now()), given(call.body))
        self._keeping.put(kind.kept, call.params, item)
        return self._maker.shown(kind.result, item, call)

    # What there is one of, and what isn't kept

    def _look(self, call: Call, kind: Kind) -> JSON:
        path = kind.kept.place.path(call.params)
        kept = self.store.get(path, _ONE)
        if kept is not None:
            return self._maker.shown(kind.result, kept, call)
        return self._maker.found(kind.result, path, call.params, "rich")

    def _set(self, call: Call, kind: Kind) -> JSON:
        if kind.result is None:
            return None
        # `retention_type` sets what is read as `type`.
        short = {name.rpartition("_")[2]: value for name, value in call.body.items()}
        value = kind.result.laid(self._look(call, kind), {**short, **given(call.body)})
        self.store.put(kind.kept.place.path(call.params), _ONE, value)
        return value

    def _clear(self, call: Call, kind: Kind) -> JSON:
        self.store.delete(kind.kept.place.path(call.params), _ONE)
        return self._maker.made(kind.result, call, call.params)

    def _report(self, call: Call, kind: Kind) -> JSON:
        def bucket(start: int, end: int) -> Item:
            made = self._maker.found(kind.listed, f"{call.operation.path} {start}", {}, "rich")
            return {**made, "start_time": start, "end_time": end}

        return buckets(call, self._maker.now(), bucket)

    def _make(self, call: Call, kind: Kind) -> JSON:
        if call.operation.page is None:
            return self._maker.made(kind.result, call, given(call.body), age="rich")
        each = enumerate(many(call.body, kind.kept.thing))
        items = [self._maker.made(kind.listed, call, fields, age="rich", number=number) for number, fields in each]
        return envelope(call, items, [], False)

    # Streams and files

    def _stream(self, call: Call, kind: Kind, result: JSON) -> Reply:
        events = self._kinds.events(call.operation)
        fill = Fill(self._maker.now(), call.noise, known=_known(call, kind, result), one_each=True)
        return self.events(events.chunks(call, fill, result), call.noise)

    def _download(self, call: Call) -> Reply:
        kept = self.store.open_file(Place(call.operation.path).path(call.params))
        return self._file(call, None, 200) if kept is None else self.from_file(kept, call.noise)

    def _file(self, call: Call, result: JSON, status: int) -> Reply:
        media, content = file_for(call)
        headers = self._write(media, call.noise, False)
        if status == 201 and isinstance(result, dict):
            headers.append(("location", f"/v1{call.operation.path}/{result.get('id')}"))
        return Reply(status, headers, content)


def _streams(call: Call, kind: Kind) -> bool:
    if call.operation.stream is None:
        return False
    asked = call.body.get("stream") or call.query.get("stream")
    return bool(asked) or (kind.result is None and call.operation.binary is None)


def _known(call: Call, kind: Kind, result: JSON) -> dict[str, str]:
    """The ids of things that a call and its result speak of, by the things' names."""
    fields = {**(result if isinstance(result, dict) else {}), **call.params}
    known = {name[:-3]: id for name, id in fields.items() if name.endswith("_id") and isinstance(id, str)}
    if isinstance(fields.get("id"), str):
        thing = kind.kept.thing
        known |= {thing: fields["id"], thing.rpartition(".")[2]: fields["id"]}
    if kind.parent is not None:
        known[kind.parent.thing] = call.params[kind.parent.place.parameter]
    return known
