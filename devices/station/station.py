"""The memory of a station as a person or a growth uses it: every act reads the log, decides, and appends.

If somebody else appends first, the act reads again and decides again, so a decision never rests on an old state. Every
act of a growth carries a key, and is written once however often it is tried.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from devices.errors import StationRefused
from devices.station import decisions
from devices.station import events as e
from devices.station.log import Conflict, StationLog, utc_now
from devices.station.settings import CalibrationSettings, Positions, StockSettings, slots_at, slots_of
from devices.station.state import Move, Prompt, Sample, StationState, fold

_TRIES = 10_000
"""A conflict means that somebody else got on, so this many in a row mean a log that is broken."""


@dataclass(frozen=True)
class Readiness:
    """What stands in the way of a growth. A person can clear each of `refusals`; `warnings` go into the record."""

    refusals: tuple[str, ...]
    used_up: Mapping[str, str]
    """Stock item -> what is short."""
    warnings: tuple[str, ...]


class Station:
    """One station: its log, and what its rig file says of positions, stock and calibrations."""

    def __init__(
        self,
        log: StationLog,
        positions: Positions,
        stock: Mapping[str, StockSettings] | None = None,
        calibrations: Mapping[str, CalibrationSettings] | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.positions, self.stock, self.calibrations = positions, dict(stock or {}), dict(calibrations or {})
        self._log, self._now = log, now
        self._slots = slots_of(positions)
        self._lock = threading.Lock()
        self._state = StationState()

    def state(self) -> StationState:
        """Everything that is known now. Reads what was appended since the last look."""
        with self._lock:
            news = self._log.since(self._state.length)
            if news:
                self._state = fold(self._state, news)
            return self._state

    def slots(self, place: str) -> tuple[str, ...]:
        """The slots of a place. Raises StationRefused if the rig file has no such place."""
        if place not in self.positions:
            raise StationRefused(f"the station has no place {place!r}; it has {', '.join(self.positions)}")
        return slots_at(self.positions, place)

    def _act(self, decide: Callable[[StationState], Sequence[e.Fact]]) -> StationState:
        for _ in range(_TRIES):
            state = self.state()
            facts = decide(state)
            if not facts:
                return state
            try:
                self._log.append(state.length, *(fact.event() for fact in facts))
            except Conflict:
                continue
            return self.state()
        raise StationRefused(f"the log of the station gave {_TRIES} conflicts in a row")

    # ---------------------------------------------------------------- samples

    def load_sample(self, sample: str, slot: str, by: str, parent: str | None = None, note: str = "") -> Sample:
        """Write down that a person put a new sample into an empty slot. Raises StationRefused."""
        state = self._act(lambda s: decisions.load_sample(s, self._slots, sample, slot, by, parent, note))
        return state.samples[sample]

    def refill(self, place: str, by: str, note: str = "") -> tuple[Sample, ...]:
        """Write down that a person put a fresh sample into every empty slot of a place; they are numbered on."""
        before = self.state().samples.keys()
        state = self._act(lambda s: decisions.refill(s, self.slots(place), by, note))
        return tuple(sample for name, sample in state.samples.items() if name not in before)

    def remove_sample(self, sample: str, by: str, note: str = "") -> None:
        """Write down that a person took a sample away. Raises StationRefused."""
        self._act(lambda s: decisions.remove_sample(s, sample, by, note))

    def take_sample(self, key: str, place: str) -> Sample:
        """The sample that belongs to the growth `key`: the first fresh one at `place`. Raises StationRefused."""
        state = self._act(lambda s: decisions.take_sample(s, self.slots(place), key))
        sample = state.sample_of(key)
        assert sample is not None
        return sample

    def release(self, sample: str) -> None:
        """The growth that took a sample ended before the robot touched it: it is fresh again. Raises StationRefused."""
        self._act(lambda s: decisions.release(s, sample))

    def lose(self, sample: str, reason: str) -> None:
        """Write down that nobody knows where a sample is; the slots where it may be are locked."""
        self._act(lambda s: decisions.lose(s, sample, reason))

    def find(self, sample: str, slot: str, by: str, note: str = "") -> None:
        """Write down where a person found a sample. Raises StationRefused if something else is known to be there."""
        self._act(lambda s: decisions.find(s, self._slots, sample, slot, by, note))

    def begin_move(self, key: str, sample: str, target: str) -> Move:
        """Commit to a move before the robot hears of it. Raises StationRefused: source empty, target not free."""
        return self._act(lambda s: decisions.begin_move(s, self._slots, key, sample, target)).moves[key]

    def end_move(self, key: str) -> None:
        """The sample is at the target."""
        self._act(lambda s: decisions.end_move(s, key))

    def cancel_move(self, key: str, reason: str) -> None:
        """The sample never left the source."""
        self._act(lambda s: decisions.cancel_move(s, key, reason))

    # ---------------------------------------------------------------- growths

    def begin_growth(self, key: str, recipe: str, parameters: Mapping[str, Any]) -> None:
        """Commit to an attempt. Raises StationRefused if this very attempt was begun before."""
        self._act(lambda s: decisions.begin_growth(s, key, recipe, parameters))

    def end_growth(
        self, key: str, outcome: Literal["completed", "infeasible", "fault", "cancelled", "died"], reason: str = ""
    ) -> None:
        """The attempt is over."""
        self._act(lambda s: decisions.end_growth(s, key, outcome, reason))

    def begin_deposition(self, key: str, sample: str, place: str) -> None:
        """Commit to coat a sample before the shutter opens. Raises StationRefused if it was ever coated."""
        self._act(lambda s: decisions.begin_deposition(s, self.slots(place), key, sample))

    def end_deposition(self, key: str, complete: bool, reason: str = "") -> None:
        """The shutter is closed again."""
        self._act(lambda s: decisions.end_deposition(s, key, complete, reason))

    # ---------------------------------------------------------------- people

    def trip(self, interlock: str, reason: str) -> None:
        """Latch a trip."""
        self._act(lambda s: decisions.trip(s, interlock, reason))

    def reset(self, by: str, note: str) -> None:
        """A person resets the trip and says why. Raises StationRefused if nothing is latched, or without a note."""
        self._act(lambda s: decisions.reset(s, by, note))

    def ask(
        self,
        key: str,
        question: str,
        choices: Sequence[str],
        subject: Literal["", "refill", "emptied", "where", "new", "trip", "stale"] = "",
        name: str = "",
    ) -> Prompt:
        """Put a question before whoever is there; the same key is asked once. Returns it, perhaps answered.

        `subject` and `name` say what an answer does by itself: see `events.PromptAsked`.
        """
        return self._act(lambda s: decisions.ask(s, key, question, choices, subject, name)).prompts[key]

    def withdraw(self, key: str) -> None:
        """What was asked has been settled in another way."""
        self._act(lambda s: decisions.withdraw(s, key))

    def answer(self, key: str, choice: str, by: str, note: str = "") -> Prompt:
        """Answer a prompt. Raises AlreadyAnswered if somebody was faster, StationRefused if it is no answer."""
        return self._act(lambda s: decisions.answer(s, self.positions, key, choice, by, note)).prompts[key]

    def request(self, level: e.Level, by: str, note: str = "") -> None:
        """Ask for pause, stop or emergency, or let the station go on."""
        self._act(lambda s: decisions.request(s, level, by, note))

    # ---------------------------------------------------------------- stock and calibrations

    def count(self, item: str, level: float, by: str, note: str = "") -> None:
        """A person says how much is left (at_least) or was used (at_most). Raises StationRefused."""
        self._act(lambda _: decisions.count(self.stock, item, level, by, note))

    def use(self, key: str, item: str, amount: float) -> None:
        """Something was used up, counted once per key. Raises StationRefused if there is no such item."""
        self._act(lambda s: decisions.use(s, self.stock, key, item, amount))

    def level(self, item: str) -> float:
        """How much of an item is left, or was used."""
        return decisions.level_of(self.state(), item, self.stock[item], self.positions)

    def calibrate(
        self,
        name: str,
        value: float,
        by: str,
        std: float | None = None,
        unit: str | None = None,
        valid_days: float | None = None,
        note: str = "",
    ) -> str:
        """Write down a new value of a calibration, measured now; returns its id. Raises StationRefused."""
        settings = self.calibrations.get(name, CalibrationSettings())
        fact = e.Calibrated(
            name=name,
            value=value,
            std=std,
            unit=settings.unit if unit is None else unit,
            valid_days=settings.valid_days if valid_days is None else valid_days,
            by=by,
            note=note,
        )
        return self._act(lambda _: decisions.calibrate(self.calibrations, fact)).calibrations[name].id

    def allow_stale(self, name: str, days: float, by: str, note: str) -> None:
        """Let growths run on a stale calibration for some days. Raises StationRefused without a note."""
        self._act(lambda s: decisions.allow_stale(s, name, days, by, note))

    def take_over_calibrations(self) -> None:
        """Write down the calibrations of the rig file that the station has not seen yet."""
        self._act(lambda s: decisions.taken_over(s, self.calibrations))

    def stale_calibrations(self) -> dict[str, str]:
        """Calibration -> why a growth must not begin with it."""
        return decisions.stale(self.state(), self.calibrations, self._now())[0]

    def readiness(self) -> Readiness:
        """What stands in the way of a growth: a latched trip, what is used up, stale calibrations."""
        state = self.state()
        stale, warnings = decisions.stale(state, self.calibrations, self._now())
        refusals = list(stale.values())
        if state.trip is not None:
            refusals.insert(
                0, f"a trip is latched: {state.trip.interlock}: {state.trip.reason}; a person must reset it"
            )
        return Readiness(
            tuple(refusals), decisions.used_up(state, self.stock, self.positions), tuple(warnings.values())
        )
