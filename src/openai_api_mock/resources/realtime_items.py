"""A Realtime session's conversation: its items in order."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..answer import JSON
from ..call import Refused
from ..content import dicts
from ..voice.format import Format
from ..voice.messages import Event, bytes_of
from ..wordings import refusal
from .realtime_settings import Settings

Item = dict[str, Any]


class Items:
    """The items of one session. What the client does to them gives the events that tell of it, or raises Refused."""

    def __init__(
        self,
        make_id: Callable[[str], str],
        hear: Callable[[bytes, int], str],
        settings: Callable[[], Settings],
    ) -> None:
        self.all: list[Item] = []
        self._make_id = make_id
        self._hear = hear
        self._settings = settings
        self._heard: dict[str, str] = {}
        """What was understood of spoken items, by their ids."""
        self._sound: dict[str, bytes] = {}
        """The user's samples, by the ids of their items."""

    @property
    def last(self) -> str | None:
        """The id of the item at the end."""
        return self.all[-1]["id"] if self.all else None

    def add(self, item: Item, after: str | None = None) -> str | None:
        """Put an item behind another, or at the end; "root" is before all. The id of the item that it follows."""
        if after is not None and after != "root" and self._index(after) is None:
            raise Refused(refusal("realtime_previous_item", id=after))
        at = len(self.all) if after is None else 0 if after == "root" else (self._index(after) or 0) + 1
        self.all.insert(at, item)
        return self.all[at - 1]["id"] if at else None

    def put(self, items: Sequence[Item], response: Sequence[Item]) -> None:
        """Have these in the place of the items of a response."""
        replaced = {item["id"] for item in response}
        self.all = [item for item in self.all if item["id"] not in replaced] + list(items)

    def hear(self, id: str, sound: bytes, rate: int) -> str:
        """Keep the 16-bit samples of a user's item; what they say, if they say anything."""
        self._sound[id] = sound
        self._heard[id] = text = self._hear(sound, rate)
        return text

    # What the client does

    def create(self, event: Event) -> list[Event]:
        given = event["item"]
        id = given.get("id") or self._make_id("item_")
        if self._index(id) is not None:
            raise Refused(refusal("realtime_item_exists", id=id))
        item = made(given, id)
        previous = self.add(item, event.get("previous_item_id"))
        if item["type"] == "message" and item.get("role") == "user":
            form = Format(self._settings()["audio"]["input"]["format"])
            given = [bytes_of(part.get("audio")) for part in item["content"]]
            sound = b"".join(form.decoded(data) for data in given if data is not None)
            if sound:
                self.hear(id, sound, form.rate)
        return added(item, previous)

    def retrieve(self, event: Event) -> list[Event]:
        item = self._find(event["item_id"], "retrieving")
        sound = self._sound.get(item["id"])
        if sound is not None:
            audio = base64.b64encode(sound).decode()
            item = {**item, "content": [{**part, "audio": audio} for part in item["content"]]}
        return [{"type": "conversation.item.retrieved", "item": item}]

    def delete(self, event: Event) -> list[Event]:
        item = self._find(event["item_id"], "deleting")
        self.all.remove(item)
        self._heard.pop(item["id"], None)
        self._sound.pop(item["id"], None)
        return [{"type": "conversation.item.deleted", "item_id": item["id"]}]

    def truncate(self, event: Event) -> list[Event]:
        """What the user didn't hear of an answer is forgotten, by the word."""
        item = self._find(event["item_id"], "truncating")
        part = next((p for p in item.get("content", ()) if p.get("type") == "output_audio"), None)
        if part is None:
            raise Refused(refusal("realtime_no_audio", id=item["id"]))
        from ..generate.speech import seconds_of  # with the first that is truncated: few are

        words = part["transcript"].split()
        lasts = round(1000 * seconds_of(part["transcript"], float(self._settings()["audio"]["output"]["speed"])))
        end = int(event["audio_end_ms"])
        if end > lasts:
            raise Refused(refusal("realtime_too_short", lasts=lasts, end=end))
        part["transcript"] = " ".join(words[: len(words) * end // lasts])
        told = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
        return [{"type": "conversation.item.truncated", **told}]

    def _find(self, id: str, does: str) -> Item:
        index = self._index(id)
        if index is None:
            raise Refused(refusal("realtime_no_item", does=does, id=id))
        return self.all[index]

    def _index(self, id: str) -> int | None:
        return next((index for index, item in enumerate(self.all) if item["id"] == id), None)

    def asked(self, items: Sequence[Item] | None = None) -> list[Item]:
        """The items as a request's input has them: what was spoken stands there as text too."""
        return [self._asked(item) for item in (self.all if items is None else items)]

    def _asked(self, item: Item) -> Item:
        heard = self._heard.get(item["id"])
        parts = [_part(part, heard) for part in dicts(item.get("content"))]
        return {**item, "content": parts} if item["type"] == "message" else item


def made(given: Mapping[str, JSON], id: str) -> Item:
    """An item as the API keeps it."""
    item: Item = {"id": id, "type": given["type"], "status": "completed"}
    item |= {name: value for name, value in given.items() if value is not None and name not in item}
    if given["type"] == "message":
        item["content"] = [{**_USUAL.get(part.get("type"), {}), **part} for part in dicts(given.get("content"))]
    item.pop("object", None)
    return item


_USUAL: dict[object, Item] = {"input_audio": {"transcript": None}, "input_image": {"detail": "auto"}}


def shown(item: Item) -> Item:
    """The item without its samples, which only `conversation.item.retrieve` gives."""
    if item["type"] != "message":
        return item
    parts = [{name: value for name, value in part.items() if name != "audio"} for part in item["content"]]
    return {**item, "content": parts}


def _part(part: Item, heard: str | None) -> Item:
    said = part.get("transcript") or heard
    kept = {name: value for name, value in part.items() if name != "audio"}
    return {**kept, "text": said} if part.get("type") in ("input_audio", "output_audio") and said else kept


def added(item: Item, previous: str | None) -> list[Event]:
    """The events of an item that came into the conversation whole."""
    told = {"previous_item_id": previous, "item": shown(item)}
    return [{"type": f"conversation.item.{how}", **told} for how in ("added", "done")]
