"""Every operation without a handler: it answers by what the catalog says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b

from ..answer import JSON
from ..call import Call, Refused
from ..catalog import Catalog
from ..forms import File
from ..ids import make_for
from ..models import SNAPSHOTS
from ..noise import Noise
from ..wire import Reply
from .base import Resource, Services
from .generic_actions import acted
from .generic_drafts import Age, Fill
from .generic_files import file_for
from .generic_kinds import Kept, Kind, Place, kinds_of
from .generic_missing import missing
from .generic_objects import Shape, given
from .generic_pages import buckets, envelope, many, wanted
from .generic_streams import Events

# The replies that are not 200.
STATUSES = {
    "POST /evals": 201,
    "POST /evals/{eval_id}/runs": 201,
    "POST /realtime/calls": 201,
}
# Collections that no operation fills have something in them all the same: these ids, or a few that are made up.
_FOUND: dict[str, tuple[str, ...]] = {"/models": tuple(dict.fromkeys((*SNAPSHOTS.values(), *SNAPSHOTS)))}
_FOUND_COUNT = 3
# The collection in which the store remembers which of them it has filled.
_FILLED = "/_filled"
_ONE = "one"


class Generic(Resource):
    """The resource of last resort."""

    def __init__(self, services: Services, catalog: Catalog) -> None:
        super().__init__(services)
        self._kinds = kinds_of(catalog)
        self._seed = str(services.options.seed)
        self._synthesizes = services.options.missing == "synthesize"
        self._events: dict[str, Events] = {}
        self._verbs: dict[str, Callable[[Call, Kind], JSON]] = {
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
            self._find(kind.parent, call.params)
        if kind.verb == "download":
            return self._download(call)
        result = self._verbs[kind.verb](call, kind)
        if _streams(call, kind):
            return self._stream(call, kind, result)
        status = STATUSES.get(call.operation.key, 200)
        if call.operation.binary is not None:
            return self._file(call, result, status)
        if kind.result is None:
            return Reply(status, self._write("application/json", call.noise, False), b"")
        return self.json(result, call.noise, status=status)

    # Things that are made, kept and found

    def _create(self, call: Call, kind: Kind) -> JSON:
        if kind.listed is None:
            item = self._made(call, kind, given(call.body), call.noise)
            return self._shown(kind.result, item, call)
        items = [
            self._made(call, kind, given(fields), call.noise, f" {number}")
            for number, fields in enumerate(many(call.body, kind.kept.thing))
        ]
        return envelope(call, items, [_key(kind.kept, item) for item in items], False)

    def _made(self, call: Call, kind: Kind, fields: dict[str, JSON], noise: Noise, salt: str = "") -> dict[str, JSON]:
        """A new thing, kept."""
        kept = kind.kept
        collection = kept.place.path(call.params)
        shape = kept.item or kind.listed or kind.result
        ordinal = self.store.count(collection) + 1
        fill = Fill(self.clock.time(), noise, ordinal)
        if shape is None:
            fields = {"id": make_for(kept.thing, noise)}
        item = self._object(shape, "new", call.key.hex() + salt, fill, {**call.params, **fields})
        named = call.body.get(kept.place.parameter)
        if isinstance(named, str):
            item[_key_field(kept, item)] = named
        key = _key(kept, item)
        with self.store.transaction():
            if "{" in collection:
                collection = self._make_way(call, kind, item)
            self.store.put(collection, key, item)
            if kept.content:
                self._keep_files(call, f"{collection}/{key}/content")
        return item

    def _make_way(self, call: Call, kind: Kind, item: dict[str, JSON]) -> str:
        """The collection of a thing that was made together with what it belongs to, as `POST /threads/runs` does."""
        params = {name: value for name, value in item.items() if isinstance(value, str)}
        above = self._kinds.above(kind.kept.place)
        id = params[above.place.parameter]
        parent = self._object(above.item, "new", call.key.hex(), self._fill_of(call), {"id": id})
        self.store.put(above.place.path(params), id, parent)
        return kind.kept.place.path(params)

    def _keep_files(self, call: Call, key: str) -> None:
        for value in call.body.values():
            file = value[0] if isinstance(value, list) and value else value
            if isinstance(file, File):
                self.store.put_file(key, file.content)
                return

    def _list(self, call: Call, kind: Kind) -> JSON:
        kept = kind.kept
        collection = kept.place.path(call.params)
        self._fill(kept, collection)
        shape = kind.listed
        asked = wanted(call, shape.names if shape is not None else frozenset())
        try:
            page = self.store.page(
                collection,
                limit=asked.limit,
                order=asked.order,
                after=asked.after,
                before=asked.before,
                where=asked.where or None,
            )
        except KeyError as error:
            if not self._synthesizes:
                raise Refused(missing(kept.thing, str(error.args[0]))) from None
            return envelope(call, [], [], False)
        items = [self._shown(shape, item, call) for item in page.items]
        return envelope(call, items, [_key(kept, item) for item in page.items], page.has_more)

    def _retrieve(self, call: Call, kind: Kind) -> JSON:
        return self._shown(kind.result, self._find(kind.kept, call.params), call)

    def _update(self, call: Call, kind: Kind) -> JSON:
        item = self._find(kind.kept, call.params)
        shape = kind.kept.item or kind.result
        if shape is not None:
            item = shape.laid(item, {**given(call.body), "updated_at": int(self.clock.time())})
        self._put(kind.kept, call.params, item)
        return self._shown(kind.result, item, call)

    def _delete(self, call: Call, kind: Kind) -> JSON:
        kept, result = kind.kept, kind.result
        item = self._find(kept, call.params)
        collection, key = kept.place.path(call.params), _key(kept, item)
        with self.store.transaction():
            self.store.delete(collection, key)
            self.store.delete_below(f"{collection}/{key}/")
        if result is None or (kept.item is not None and result.names == kept.item.names):
            return item
        if kind.parent is not None and kind.parent.item is not None and result.names == kind.parent.item.names:
            return self._find(kind.parent, call.params)
        named = call.params[kept.place.parameter]
        fields = {**call.params, "id": item.get("id", named)}
        return self._object(result, "new", call.key.hex(), self._fill_of(call), fields)

    def _act(self, call: Call, kind: Kind) -> JSON:
        item = self._find(kind.kept, call.params)
        shape = kind.kept.item
        if shape is not None:
            item = acted(shape, item, kind.action, int(self.clock.time()))
            item = shape.laid(item, given(call.body))
        self._put(kind.kept, call.params, item)
        return self._shown(kind.result, item, call)

    def _find(self, kept: Kept, params: Mapping[str, str]) -> dict[str, JSON]:
        """The thing that the path names. Raises Refused where there is none."""
        collection, id = kept.place.path(params), params[kept.place.parameter]
        item = self._kept(kept, collection, id)
        if item is None and not kept.made and kept.listed:
            self._fill(kept, collection)
            item = self._kept(kept, collection, id)
        if item is not None:
            return item
        # What can be neither made nor listed exists under any id: nobody could learn of one.
        if self._synthesizes or not (kept.made or kept.listed):
            return self._synthesized(kept, params, id)
        raise Refused(missing(kept.thing, id))

    def _kept(self, kept: Kept, collection: str, id: str) -> dict[str, JSON] | None:
        item = self.store.get(collection, id)
        if item is None and kept.item is not None and {"id", kept.place.parameter} <= kept.item.names:
            # Kept by its id and named by another field, as versions of a skill are.
            found = self.store.page(collection, limit=1, where={kept.place.parameter: id}).items
            item = found[0] if found else None
        return item

    def _synthesized(self, kept: Kept, params: Mapping[str, str], id: str) -> dict[str, JSON]:
        place = f"{kept.place.path(params)}/{id}"
        item = self._object(kept.item, "found", place, self._fill_at(place), params)
        item[_key_field(kept, item)] = id
        return item

    def _put(self, kept: Kept, params: Mapping[str, str], item: dict[str, JSON]) -> None:
        self.store.put(kept.place.path(params), _key(kept, item), item)

    def _fill(self, kept: Kept, collection: str) -> None:
        """Put something in a collection that no operation fills, once."""
        if kept.made or self.store.get(_FILLED, collection) is not None:
            return
        known = _FOUND.get(collection)
        with self.store.transaction():
            self.store.put(_FILLED, collection, {})
            for number in range(len(known) if known else _FOUND_COUNT):
                place = f"{collection} {number}"
                item = self._object(kept.item, "found", place, self._fill_at(place), {})
                if known:
                    item["id"] = known[number]
                self.store.put(collection, _key(kept, item) or place, item)

    # What there is one of, and what isn't kept

    def _look(self, call: Call, kind: Kind) -> JSON:
        return self._single(call, kind)

    def _set(self, call: Call, kind: Kind) -> JSON:
        if kind.result is None:
            return None
        # `retention_type` sets what is read as `type`.
        short = {name.rpartition("_")[2]: value for name, value in call.body.items()}
        value = kind.result.laid(self._single(call, kind), {**short, **given(call.body)})
        self.store.put(kind.kept.place.path(call.params), _ONE, value)
        return value

    def _clear(self, call: Call, kind: Kind) -> JSON:
        self.store.delete(kind.kept.place.path(call.params), _ONE)
        return self._object(kind.result, "new", call.key.hex(), self._fill_of(call), call.params)

    def _single(self, call: Call, kind: Kind) -> JSON:
        path = kind.kept.place.path(call.params)
        kept = self.store.get(path, _ONE)
        if kept is not None:
            return self._shown(kind.result, kept, call)
        if kind.result is None:
            return None
        return self._object(kind.result, "rich", path, self._fill_at(path), call.params)

    def _report(self, call: Call, kind: Kind) -> JSON:
        path, shape = call.operation.path, kind.listed

        def bucket(start: int, end: int) -> JSON:
            place = f"{path} {start}"
            made = self._object(shape, "rich", place, self._fill_at(place), {})
            return {**made, "start_time": start, "end_time": end}

        return buckets(call, self.clock.time(), bucket)

    def _make(self, call: Call, kind: Kind) -> JSON:
        if kind.listed is None or call.operation.page is None:
            if kind.result is None:
                return None
            return self._object(kind.result, "rich", call.key.hex(), self._fill_of(call), given(call.body))
        items = []
        for number, fields in enumerate(many(call.body, kind.kept.thing)):
            seed = f"{call.key.hex()} {number}"
            items.append(self._object(kind.listed, "rich", seed, self._fill_of(call), fields))
        return envelope(call, items, [], False)

    # Streams and files

    def _stream(self, call: Call, kind: Kind, result: JSON) -> Reply:
        key = call.operation.key
        events = self._events.get(key)
        if events is None:
            events = self._events[key] = Events(call.operation.stream_schema() or {})
        fill = Fill(self.clock.time(), call.noise, known=_known(call, kind, result), one_each=True)
        return self.events(events.chunks(call, fill, result), call.noise)

    def _download(self, call: Call) -> Reply:
        kept = self.store.open_file(Place(call.operation.path).path(call.params))
        if kept is None:
            return self._file(call, None, 200)
        with kept:
            content = kept.read()
        return Reply(200, self._write("application/octet-stream", call.noise, False), content)

    def _file(self, call: Call, result: JSON, status: int) -> Reply:
        media, content = file_for(call)
        headers = self._write(media, call.noise, False)
        if status == 201 and isinstance(result, dict):
            headers.append(("location", f"/v1{call.operation.path}/{result.get('id')}"))
        return Reply(status, headers, content)

    # Objects

    def _shown(self, shape: Shape | None, item: dict[str, JSON], call: Call) -> JSON:
        """A kept thing as an operation gives it: as it is, or what else the operation says laid under it."""
        if shape is None or shape.valid(item):
            return item
        known = {**call.params, **call.body}
        value = self._object(shape, "new", call.key.hex(), self._fill_of(call), {**known, **item})
        for name, field in value.items():
            if isinstance(field, dict) and "id" in field and isinstance(known.get(f"{name}_id"), str):
                field["id"] = known[f"{name}_id"]
        return value

    def _object(
        self, shape: Shape | None, age: Age, seed: str, fill: Fill, fields: Mapping[str, JSON]
    ) -> dict[str, JSON]:
        """An object over which fields are laid."""
        if shape is None:
            return {"id": fields["id"]} if "id" in fields else {}
        shape = shape.variant(fields)
        value = shape.laid(shape.make(age, f"{self._seed} {seed}", fill), fields)
        return value if isinstance(value, dict) else {}

    def _fill_of(self, call: Call) -> Fill:
        return Fill(self.clock.time(), call.noise)

    def _fill_at(self, place: str) -> Fill:
        """Fills what exists without having been made: with the same ids whenever it is looked at."""
        key = blake2b(f"{self._seed} {place}".encode(), digest_size=32).digest()
        return Fill(self.clock.time(), Noise(key))


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
    return known | {f"{above.thing}": call.params[above.place.parameter] for above in (kind.parent,) if above}


def _key(kept: Kept, item: Mapping[str, JSON]) -> str:
    """What a thing is kept under."""
    return str(item.get("id") or item.get(kept.place.parameter) or "")


def _key_field(kept: Kept, item: Mapping[str, JSON]) -> str:
    """The field that holds the id by which paths name a thing."""
    shape = kept.item
    return kept.place.parameter if shape is not None and kept.place.parameter in shape.names else "id"
