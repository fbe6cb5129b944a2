"""Videos: jobs whose result is a small real MP4 file. The API has shut them down (openai 3.54, videos.py: "permanently
shut down on September 24, 2026"), so they are there with the option `legacy="videos"` alone."""

from __future__ import annotations

from hashlib import blake2b

from ..advance import advance_of
from ..call import Call, Refused
from ..errors import APIError
from ..forms import File
from ..generate.media import MEDIA_TYPES
from ..generate.media_archives import mp4
from ..generate.pictures import Picture, render
from ..ids import make_for
from ..jobs import Job, Kind, Work
from ..state import Store
from ..wire import Reply
from .base import Resource, operation

VIDEOS, CHARACTERS = "/videos", "/videos/characters"
KIND = "videos"
STAGES = ("queued", "in_progress", "completed")
USUAL_MODEL, USUAL_SECONDS, USUAL_SIZE = "sora-2", "4", "720x1280"
ASSETS_LAST = 3600
"""Seconds for which what was made can be downloaded."""
FORMS = {"video": "mp4", "thumbnail": "webp", "spritesheet": "jpeg"}
SHEET = 4
"""How many times smaller each side of a picture on a sprite sheet is."""

# None was found quoted.
_NO_VIDEO = "Video with id '{id}' not found."
_NO_CHARACTER = "Character with id '{id}' not found."
_NOT_READY = "Video is not ready yet, use GET /v1/videos/{id} to check status."
_OVER = "The assets of video '{id}' have expired."

Item = dict[str, object]


class Videos(Resource):
    """`/videos`."""

    def job_kinds(self) -> dict[str, Kind]:
        return {KIND: Rendering(self.store)}

    @operation("POST /videos")
    def create(self, call: Call) -> Reply:
        body = call.body
        return self._begin(call, model=body.get("model"), seconds=body.get("seconds"), size=body.get("size"))

    @operation("POST /videos/{video_id}/remix")
    def remix(self, call: Call) -> Reply:
        source = self._found(call)
        like = {name: source[name] for name in ("model", "seconds", "size")}
        return self._begin(call, **like, remixed_from_video_id=source["id"])

    @operation("POST /videos/edits")
    def edit(self, call: Call) -> Reply:
        source = self._source(call)
        return self._begin(call, **{name: source[name] for name in ("model", "seconds", "size") if name in source})

    @operation("POST /videos/extensions")
    def extend(self, call: Call) -> Reply:
        source = self._source(call)
        like = {name: source[name] for name in ("model", "size") if name in source}
        return self._begin(call, **like, seconds=call.body.get("seconds"))

    @operation("GET /videos")
    def list(self, call: Call) -> Reply:
        self.jobs.look_below(VIDEOS)
        listed = self.stored(call, VIDEOS, lambda id: APIError(404, _NO_VIDEO.format(id=id)))
        return self.json(listed, call.noise)

    @operation("GET /videos/{video_id}")
    def retrieve(self, call: Call) -> Reply:
        self.jobs.look(f"{VIDEOS}/{call.params['video_id']}")
        found = self._found(call)
        reply = self.json(found, call.noise)
        if found["status"] in STAGES[:-1]:
            reply.headers.append(("openai-poll-after-ms", str(advance_of(self.options.advance).poll_after)))
        return reply

    @operation("DELETE /videos/{video_id}")
    def delete(self, call: Call) -> Reply:
        id = str(self._found(call)["id"])
        with self.store.transaction():
            self.jobs.end(f"{VIDEOS}/{id}")
            self.store.delete(VIDEOS, id)
        return self.json({"id": id, "object": "video.deleted", "deleted": True}, call.noise)

    @operation("GET /videos/{video_id}/content")
    def content(self, call: Call) -> Reply:
        self.jobs.look(f"{VIDEOS}/{call.params['video_id']}")
        found = self._found(call)
        if found["status"] != "completed":
            raise Refused(APIError(404, _NOT_READY.format(id=found["id"])))
        expires = found["expires_at"]
        if isinstance(expires, int) and expires <= self.clock.time():
            raise Refused(APIError(404, _OVER.format(id=found["id"])))
        variant = str(call.query.get("variant") or "video")
        headers = self._write(MEDIA_TYPES[FORMS[variant]], call.noise, False)
        return Reply(200, headers, rendered(found, variant))

    @operation("POST /videos/characters")
    def create_character(self, call: Call) -> Reply:
        made: Item = {
            "id": make_for("character", call.noise),
            "object": "character",
            "created_at": int(self.clock.time()),
            "name": call.body.get("name"),
        }
        self.store.put(CHARACTERS, str(made["id"]), made)
        return self.json(made, call.noise)

    @operation("GET /videos/characters/{character_id}")
    def retrieve_character(self, call: Call) -> Reply:
        id = call.params["character_id"]
        found = self.store.get(CHARACTERS, id)
        if found is None and self.options.missing == "404":
            raise Refused(APIError(404, _NO_CHARACTER.format(id=id)))
        now = int(self.clock.time())
        return self.json(found or {"id": id, "object": "character", "created_at": now, "name": "Example"}, call.noise)

    def _begin(self, call: Call, **given: object) -> Reply:
        made = {**self._new(make_for("video", call.noise)), **{name: each for name, each in given.items() if each}}
        made["prompt"] = call.body.get("prompt")
        with self.store.transaction():
            self.store.put(VIDEOS, str(made["id"]), made)
            self.jobs.begin(KIND, f"{VIDEOS}/{made['id']}", STAGES)
        return self.json(made, call.noise)

    def _new(self, id: str) -> Item:
        return {
            "id": id,
            "object": "video",
            "created_at": int(self.clock.time()),
            "completed_at": None,
            "expires_at": None,
            "error": None,
            "model": USUAL_MODEL,
            "progress": 0,
            "prompt": None,
            "remixed_from_video_id": None,
            "seconds": USUAL_SECONDS,
            "size": USUAL_SIZE,
            "status": STAGES[0],
        }

    def _found(self, call: Call, id: str | None = None) -> Item:
        id = id or call.params["video_id"]
        found = self.store.get(VIDEOS, id)
        if found is None and self.options.missing == "404":
            raise Refused(APIError(404, _NO_VIDEO.format(id=id)))
        return found or {**self._new(id), "status": "completed", "progress": 100}

    def _source(self, call: Call) -> Item:
        """The video that another is made of; of an uploaded one nothing is known."""
        video = call.body.get("video")
        if isinstance(video, File) or not isinstance(video, dict):
            return {}
        return self._found(call, str(video.get("id")))


class Rendering:
    """What happens to a video while it is made: its progress goes on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def work(self, job: Job, share: float) -> Work:
        found = self._store.get(VIDEOS, job.object_id)
        if found is not None and job.status == "in_progress" and share < 1:
            self._store.put(VIDEOS, job.object_id, {**found, "progress": int(100 * share)})
            yield
        return None

    def enter(self, job: Job, stage: str, at: float) -> None:
        found = self._store.get(VIDEOS, job.object_id)
        if found is None:
            return
        found["status"] = stage
        if stage == "completed":
            found |= {"progress": 100, "completed_at": int(at), "expires_at": int(at) + ASSETS_LAST}
        elif stage == "failed":
            found["error"] = dict(job.failure or {})
        self._store.put(VIDEOS, job.object_id, found)


def rendered(video: Item, variant: str) -> bytes:
    """The file of a video: the video itself, a picture of it, or a sheet of small ones."""
    width, height = (int(side) for side in str(video["size"]).split("x"))
    if variant == "spritesheet":
        width, height = width // SHEET, height // SHEET
    look = blake2b(str(video["id"]).encode(), digest_size=16).digest()
    picture = Picture(str(video["prompt"] or ""), width, height, look)
    if variant == "video":
        return mp4(render(picture, "png"), width, height, int(str(video["seconds"])))
    return render(picture, "webp" if variant == "thumbnail" else "jpeg")
