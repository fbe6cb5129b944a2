"""How things that take time go on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock.advance import advance_of
from openai_api_mock.clock import FrozenClock
from openai_api_mock.errors import UsageError
from openai_api_mock.jobs import Job, Jobs, Later, Work
from openai_api_mock.state import MemoryStore, Store, open_store

STAGES = ("validating", "in_progress", "finalizing", "completed")
LINES = 100


class Lines:
    """Counts lines while it is in progress, one piece each, and remembers its stages."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.before_line: Callable[[int], object] = lambda line: None

    def work(self, job: Job, share: float) -> Work:
        if job.status == "in_progress":
            thing = self.thing(job)
            while thing["lines"] < int(share * LINES):
                self.before_line(thing["lines"])
                thing["lines"] += 1
                self.store.put("/things", "a", thing)
                yield
            if thing.get("bad"):
                return ("failed",)
        return None

    def enter(self, job: Job, stage: str, at: float) -> None:
        thing = self.thing(job)
        self.store.put("/things", "a", {**thing, "stages": [*thing["stages"], stage], "at": [*thing["at"], at]})

    def thing(self, job: Job) -> dict:  # type: ignore[type-arg]
        found = self.store.get(job.collection, job.object_id)
        assert found is not None
        return found


class Place:
    """Jobs with one thing that takes time."""

    def __init__(self, advance: str, store: Store | None = None, **thing: object) -> None:
        self.store = store or MemoryStore()
        self.clock = FrozenClock()
        self.kind = Lines(self.store)
        self.jobs = Jobs(self.store, self.clock)
        self.jobs.furnish({"things": self.kind}, advance_of(advance))
        if self.store.get("/things", "a") is None:
            self.store.put("/things", "a", {"id": "a", "lines": 0, "stages": ["validating"], "at": [], **thing})

    def begin(self, **options: float) -> Place:
        self.jobs.begin("things", "/things/a", STAGES, **options)  # type: ignore[arg-type]
        return self

    def look(self) -> str:
        self.jobs.look("/things/a")
        return self.status

    @property
    def thing(self) -> dict:  # type: ignore[type-arg]
        found = self.store.get("/things", "a")
        assert found is not None
        return found

    @property
    def status(self) -> str:
        return str(self.thing["stages"][-1])


def test_the_next_look_finds_it_done() -> None:
    place = Place("now").begin()
    assert place.status == "validating"
    assert place.look() == "completed"
    assert place.thing["stages"] == list(STAGES)
    assert place.thing["lines"] == LINES
    assert not place.jobs.any()


def test_polls_spread_the_stages_and_the_work() -> None:
    place = Place("polls:4").begin()
    seen = [(place.look(), place.thing["lines"]) for _ in range(4)]
    assert seen == [("validating", 0), ("in_progress", 50), ("finalizing", 100), ("completed", 100)]


def test_time_spreads_them_and_says_when_each_was_entered() -> None:
    place = Place("30s").begin()
    began = place.clock.time()
    assert place.jobs.run_due() == 10
    place.clock.advance(15)
    assert (place.look(), place.thing["lines"]) == ("in_progress", 50)
    place.clock.advance(100)
    assert place.look() == "completed"
    assert place.thing["at"] == [began + 10, began + 20, began + 30]


def test_a_list_is_no_poll_but_shows_what_is_due() -> None:
    place = Place("polls:2").begin()
    place.jobs.look_below("/things")
    assert place.status == "validating"
    place = Place("now").begin()
    place.jobs.look_below("/things")
    assert place.status == "completed"


def test_by_hand_nothing_happens_otherwise() -> None:
    place = Place("manual").begin()
    place.clock.advance(1e6)
    assert place.look() == "validating"
    assert place.jobs.advance("things", "a") == 1
    assert place.status == "in_progress"
    with pytest.raises(UsageError, match=r"'validating'.*finalizing, completed"):
        place.jobs.advance("things", "a", "validating")
    place.jobs.advance("things", "a", "completed")
    assert place.thing["stages"] == list(STAGES)
    assert place.jobs.advance("things", "a") == 0


def test_it_can_be_told_to_fail() -> None:
    place = Place("manual").begin()
    place.jobs.fail("things", "a", code="gone", message="It is gone.")
    assert place.thing["stages"] == ["validating", "failed"]
    assert not place.jobs.any()


def test_work_can_take_another_way() -> None:
    place = Place("now", bad=True).begin()
    assert place.look() == "failed"
    assert place.thing["stages"] == ["validating", "in_progress", "failed"]


def test_a_turn_in_the_middle_of_work_stops_it_there() -> None:
    place = Place("now").begin()

    def cancel(line: int) -> None:
        if line == 40:
            place.jobs.turn("/things/a", ("cancelling", "cancelled"))

    place.kind.before_line = cancel
    assert place.look() == "in_progress"
    assert place.thing["lines"] == 41
    assert place.look() == "cancelled"
    assert place.thing["stages"] == ["validating", "in_progress", "cancelling", "cancelled"]


def test_what_isnt_over_by_its_deadline_expires() -> None:
    place = Place("manual")
    place.begin(deadline=place.clock.time() + 60)
    assert place.jobs.run_due() == 60
    place.clock.advance(60)
    assert place.look() == "expired"
    assert not place.jobs.any()


def test_a_server_does_a_piece_at_a_time() -> None:
    place = Place("now").begin()
    place.jobs.patience = 30
    assert (place.look(), place.thing["lines"]) == ("in_progress", 30)
    assert place.jobs.run_due(60) == 0
    assert place.thing["lines"] == 90
    assert place.jobs.run_due(60) is None
    assert place.status == "completed"


@pytest.mark.parametrize("look", [Place.look, lambda place: place.jobs.look_below("/things")])
def test_what_nobody_has_looked_at_can_be_left_alone_but_not_what_was_begun(look: Callable[[Place], object]) -> None:
    place = Place("now").begin()
    assert place.jobs.run_due(unasked=False) is None
    assert place.status == "validating"
    place.jobs.patience = 30
    look(place)
    assert place.thing["lines"] == 30
    place.jobs.run_due(unasked=False)
    assert place.status == "completed"


def test_unfinished_work_goes_on_in_the_next_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    first = Place("now", open_store(url)).begin()
    first.jobs.run_due(50)
    assert first.thing["lines"] == 50
    first.store.close()
    second = Place("now", open_store(url))
    second.jobs.run_due(1000)
    assert second.status == "completed"
    assert second.thing["lines"] == LINES
    second.store.close()


class Breaks:
    """Fails at a line, as often as it is told to."""

    def __init__(self, place: Place, times: int, line: int = 40) -> None:
        self.left = times
        self.line = line
        self.tries = 0
        place.kind.before_line = self

    def __call__(self, line: int) -> None:
        if line == self.line and self.left:
            self.left -= 1
            self.tries += 1
            raise OSError("the disk is full")


def told(caplog: pytest.LogCaptureFixture) -> int:
    return sum("/things/a can't go on" in record.getMessage() for record in caplog.records)


def test_what_breaks_is_tried_again_later_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    place = Place("now").begin()
    breaks = Breaks(place, times=4)
    assert place.jobs.run_due() == pytest.approx(1)
    assert place.jobs.run_due() == pytest.approx(1)
    assert breaks.tries == 1
    waits = []
    for _ in range(3):
        place.clock.advance(60)
        waits.append(place.jobs.run_due())
    assert waits == pytest.approx([2, 4, 8])
    assert (breaks.tries, told(caplog)) == (4, 1)
    assert "OSError: the disk is full" in caplog.text
    assert (place.status, place.thing["lines"]) == ("in_progress", 40)
    place.clock.advance(8)
    assert place.jobs.run_due() is None
    assert place.status == "completed"
    assert place.thing["stages"] == list(STAGES)
    assert place.thing["lines"] == LINES


def test_who_looks_is_told_once_and_then_shown_it_as_it_stands(caplog: pytest.LogCaptureFixture) -> None:
    for worker, later in ((False, 0), (True, 0), (True, 1)):
        place = Place("now").begin()
        breaks = Breaks(place, times=2 + later)
        if worker:
            place.jobs.run_due()
            place.clock.advance(later)
        with pytest.raises(OSError, match="the disk is full"):
            place.look()
        assert place.look() == "in_progress"
        assert breaks.tries == 1 + later
        place.clock.advance(1 + later)
        assert place.look() == "in_progress"
        assert breaks.tries == 2 + later
        place.clock.advance(10)
        assert place.look() == "completed"
        assert place.thing["lines"] == LINES


def test_who_takes_it_on_again_is_not_stopped_by_the_error_of_before() -> None:
    """As where a callable that answers a line of a batch asks for the batch."""
    place = Place("now").begin()
    Breaks(place, times=1)
    place.jobs.run_due()
    place.clock.advance(1)
    seen: list[str] = []
    place.kind.before_line = lambda line: seen.append(place.look())
    assert place.jobs.run_due() is None
    assert seen == ["in_progress"] * (LINES - 40)


def test_another_error_is_news(caplog: pytest.LogCaptureFixture) -> None:
    place = Place("now").begin()
    Breaks(place, times=1)
    with pytest.raises(OSError, match="full"):
        place.look()
    place.clock.advance(1)

    def fail(line: int) -> None:
        raise ZeroDivisionError

    place.kind.before_line = fail
    with pytest.raises(ZeroDivisionError):
        place.look()


def test_a_list_and_a_change_go_on_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    place = Place("now").begin()
    Breaks(place, times=1)
    place.jobs.look_below("/things")
    assert (place.status, told(caplog)) == ("in_progress", 1)
    place = Place("10s").begin()
    Breaks(place, times=1)
    place.clock.advance(10)
    place.jobs.catch_up("/things/a")
    assert (place.status, told(caplog)) == ("in_progress", 2)


@pytest.mark.parametrize("way", ["turn", "advance", "fail"])
def test_what_broke_can_take_another_way_at_once(way: str) -> None:
    place = Place("now").begin()
    Breaks(place, times=1)
    place.jobs.run_due()
    if way == "turn":
        place.jobs.turn("/things/a", ("cancelled",))
        place.kind.before_line = lambda line: None
        assert place.jobs.run_due() is None
        assert place.status == "cancelled"
    elif way == "advance":
        place.jobs.advance("things", "a", "completed")
        assert place.status == "completed"
    else:
        place.jobs.fail("things", "a", code="gone", message="It is gone.")
        assert place.status == "failed"


@pytest.mark.parametrize("stage", ["in_progress", "completed"])
def test_a_stage_that_cant_be_entered_is_entered_later(stage: str, caplog: pytest.LogCaptureFixture) -> None:
    """All of it or nothing: what is told of a stage is kept with it, and the job goes with its last."""
    place = Place("now").begin()
    told_of: list[str] = []

    def entered(job: Job, entered: str, at: float) -> None:
        told_of.append(entered)
        if entered == stage and told_of.count(stage) < 3:
            raise OSError("the disk is full")

    place.jobs.on_entered = entered
    for _ in range(2):
        place.jobs.run_due()
        assert place.jobs.find("/things/a") is not None
        assert place.status == STAGES[STAGES.index(stage) - 1]
        place.clock.advance(60)
    assert place.jobs.run_due() is None
    assert place.thing["stages"] == list(STAGES)
    assert place.thing["lines"] == LINES
    assert told(caplog) == 1


def test_what_ended_while_it_was_broken_is_forgotten() -> None:
    place = Place("now").begin()
    Breaks(place, times=1)
    place.jobs.run_due()
    place.jobs.end("/things/a")
    assert place.jobs.run_due() is None
    place.begin()
    assert place.look() == "completed"


def test_many_threads_take_each_stage_once() -> None:
    place = Place("now").begin()
    threads = [threading.Thread(target=place.look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert place.thing["stages"] == list(STAGES)
    assert place.thing["lines"] == LINES


@given(
    st.sampled_from(("now", "polls:3", "7s", "manual")),
    st.lists(st.one_of(st.sampled_from(("look", "list", "due", "hand")), st.floats(0, 9)), max_size=20),
)
def test_stages_are_entered_in_order_and_lines_counted_once(advance: str, deeds: list[str | float]) -> None:
    place = Place(advance).begin()
    for deed in deeds:
        if deed == "look":
            place.look()
        elif deed == "list":
            place.jobs.look_below("/things")
        elif deed == "due":
            place.jobs.run_due(7)
        elif deed == "hand":
            place.jobs.advance("things", "a")
        else:
            place.clock.advance(float(deed))
        stages = place.thing["stages"]
        assert stages == list(STAGES[: len(stages)])
        assert place.thing["lines"] <= LINES
        assert place.jobs.any() == (stages[-1] != "completed")
        if len(stages) > 2:
            assert place.thing["lines"] == LINES


@pytest.mark.parametrize("text", ["polls:0", "polls:x", "10", "10 years", "", "soon"])
def test_what_cant_be_understood_says_what_can(text: str) -> None:
    with pytest.raises(UsageError, match="polls:3"):
        advance_of(text)


def test_what_was_over_before_its_deadline_hasnt_expired_though_nobody_looked() -> None:
    for advance in ("now", "10s"):
        place = Place(advance)
        place.begin(deadline=place.clock.time() + 60)
        place.clock.advance(3600)
        assert place.look() == "completed"


def test_what_was_done_by_the_deadline_is_done_before_it_expires() -> None:
    place = Place("90s")
    began = place.clock.time()
    place.begin(deadline=began + 45)
    place.clock.advance(3600)
    assert place.look() == "expired"
    assert place.thing["lines"] == 50
    assert place.thing["at"] == [began + 30, began + 45]


def test_time_alone_catches_up_with_what_is_about_to_change() -> None:
    for advance, status in (("now", "validating"), ("polls:1", "validating"), ("10s", "completed")):
        place = Place(advance).begin()
        place.clock.advance(20)
        place.jobs.catch_up("/things/a")
        assert place.status == status


def test_who_takes_a_job_on_sees_it_as_it_stands_when_asked_for_it_meanwhile() -> None:
    place = Place("now").begin()
    seen: list[tuple[str, int]] = []
    place.kind.before_line = lambda line: seen.append((place.look(), place.thing["lines"]))
    assert place.look() == "completed"
    assert seen == [("in_progress", line) for line in range(LINES)]


def test_nobody_waits_for_whoever_is_away() -> None:
    place = Place("now").begin()
    seen: list[str] = []

    def ask_from_elsewhere(line: int) -> None:
        if line == 10:
            with place.jobs.turns.away():
                other = threading.Thread(target=lambda: seen.append(place.look()))
                other.start()
                other.join(10)

    place.kind.before_line = ask_from_elsewhere
    assert place.look() == "completed"
    assert seen == ["in_progress"]


def test_a_piece_that_cant_be_done_here_is_left_to_the_next() -> None:
    place = Place("now").begin()

    def not_here(line: int) -> None:
        if line == 10:
            place.kind.before_line = lambda line: None
            raise Later

    place.kind.before_line = not_here
    assert (place.look(), place.thing["lines"]) == ("in_progress", 10)
    assert place.look() == "completed"
