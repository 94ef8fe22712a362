"""A growth: one recipe at the parameters of one trial, on one rig, on one substrate.

    prepare --> reconcile --> begin --> steps --> end            every act is committed before it is done

However it ends, the outcome says who is to blame: `Infeasible` the physics, `Interrupted` a person, any other
DeviceError an instrument. Nothing is repeated here: whoever wants another try starts another growth.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from devices.clock import Clock, RealClock
from devices.errors import DeviceError, Infeasible, Interrupted, RigRefused, Tripped
from devices.plan import plan
from devices.preparation import prepare
from devices.questions import POLL, Questions
from devices.recipe import Recipe, planned_plasma
from devices.reconciliation import bring_home, reconcile, settle_moves, working_places
from devices.record import Record
from devices.rig import Rig
from devices.station.log import LogUnreachable
from devices.station.settings import place_of
from devices.station.station import Station
from devices.steps.step import Step
from devices.steps.strike import Strike
from devices.steps.work import Work, observed
from devices.stop_level import StopLevel


@dataclass(frozen=True)
class Grown:
    """A growth that came to its end. Its measurements are in the record."""

    sample: str | None
    began: float
    ended: float
    """Seconds of the rig's clock."""
    warnings: tuple[str, ...]


class Growth:
    """Runs a recipe. `people` is the clock that people live by, `patience` how many s of it a question may stand.

    Constructing it ties the rig to the station: requests, trips and readings find their way.
    """

    def __init__(
        self,
        key: str,
        recipe: Recipe,
        parameters: Mapping[str, Any],
        rig: Rig,
        station: Station,
        record: Record,
        people: Clock | None = None,
        patience: float = 0.0,
    ) -> None:
        self._key, self._recipe, self._rig, self._station, self._record = key, recipe, rig, station, record
        self._given = dict(parameters)
        self._level = StopLevel.GO
        self._people = people if people is not None else RealClock()
        self._questions = Questions(station, self._people, patience)
        rig.observer = observed(record)
        rig.requested = self._requested
        rig.on_trip = station.trip
        rig.latched = self._latched
        rig.on_unsafe = self._unsafe

    def prepare(self) -> tuple[str, ...]:
        """The dry run, then everything that people must clear; before the rig is connected. Returns warnings.

        Raises OutsideLimits (nothing may move: R1), Infeasible if the interlocks say so beforehand, Interrupted,
        NeedsPerson.
        """
        dry = plan(self._recipe, self._rig.settings, self._given)
        dry.require()
        if dry.reasons:
            raise Infeasible(dry.reasons[0])
        return prepare(self._station, self._recipe, self._rig.settings, self._given, self._questions)

    def run(self) -> Grown:
        """Do it, on a connected rig. Raises Infeasible, Interrupted, NeedsPerson, and other DeviceErrors.

        Whatever is raised, the rig is safe; after Infeasible and after a stop the sample was brought home as well.
        """
        warnings = self.prepare()
        began = self._rig.now()
        work = Work(self._key, self._rig, self._station, self._record, self._recipe.filled(self._given))
        self._questions.between = self._rig.guard
        try:
            self._hold()
            reconcile(work, self._recipe, self._questions)
        except (DeviceError, RigRefused) as error:
            self._make_safe_after(error)
            raise
        self._station.begin_growth(self._key, self._recipe.recipe, self._given)
        self._record.about(self._facts(warnings))
        self._do(work)
        with suppress(LogUnreachable):  # what was measured counts all the same
            self._station.end_growth(self._key, "completed")
        return Grown(work.sample, began, self._rig.now(), warnings)

    # ---------------------------------------------------------------- the steps

    def _do(self, work: Work) -> None:
        try:
            self._steps(work)
        except Infeasible as error:
            self._finish(work, "infeasible", error)
            raise
        except Interrupted as error:
            if error.level == StopLevel.STOP:
                self._finish(work, "cancelled", error)
            else:
                self._abandon(work, "cancelled", error)
            raise
        except (DeviceError, RigRefused) as error:
            self._abandon(work, "fault", error)
            raise

    def _steps(self, work: Work) -> None:
        planned = planned_plasma(self._recipe, self._rig.settings, self._given)
        for place, step in self._recipe.placed():
            if work.plasma is None:
                self._hold()
            if isinstance(step, Strike):
                work.planned_plasma = planned[place]
            self._one(work, place, step)

    def _one(self, work: Work, place: str, step: Step) -> None:
        draft, began = work.draft(place), self._rig.now()
        intent = step.intend(draft)
        content: dict[str, Any] = {
            "asked": step.model_dump(mode="json", by_alias=True, exclude_unset=True),
            "settings": {f"{each.device}.{each.channel}": each.value for each in intent.settings},
            "outcome": "done",
        }
        try:
            step.do(work, draft)
        except (DeviceError, Infeasible, RigRefused) as error:
            content["outcome"] = str(error)
            raise
        finally:
            self._record.step(place, began, self._rig.now(), content)

    def _hold(self) -> None:
        """A pause is held here, where nothing burns and nothing is in the robot's hand (R10)."""
        while self._requested() is StopLevel.PAUSE:
            self._people.sleep(POLL)
            self._rig.guard()

    # ---------------------------------------------------------------- the ends

    def _finish(self, work: Work, outcome: Literal["infeasible", "cancelled"], error: Exception) -> None:
        """Make safe, bring the sample home, and write the outcome down: it stands even if the way home fails."""
        self._make_safe_after(error)
        try:
            work.wear()
            with self._rig.finishing():
                self._bring_home(work)
        except (DeviceError, RigRefused) as failure:
            self._make_safe_after(failure)
            self._record.about({"left behind": str(failure)})
        self._end(outcome, error)

    def _bring_home(self, work: Work) -> None:
        """The sample of this growth, from wherever it stands or was being moved to."""
        settle_moves(work, self._recipe)
        sample = self._station.state().sample_of(self._key)
        places = working_places(work, self._recipe)
        if sample is not None and sample.slot is not None and place_of(sample.slot) in places:
            bring_home(work, self._recipe, sample)

    def _abandon(self, work: Work, outcome: Literal["cancelled", "fault"], error: Exception) -> None:
        """Make safe, leave everything where it is, and write the outcome down; the next growth reconciles."""
        self._make_safe_after(error)
        with suppress(LogUnreachable):
            work.wear()
        self._end(outcome, error)

    def _end(self, outcome: Literal["infeasible", "cancelled", "fault"], error: Exception) -> None:
        """Write the outcome down; if that cannot be, the next growth will find that this one died."""
        with suppress(LogUnreachable):
            self._station.end_growth(self._key, outcome, str(error))

    def _make_safe_after(self, error: Exception) -> None:
        """Not after a trip or an interruption: the rig is safe then, and perhaps somebody else's already (R12)."""
        if not isinstance(error, Tripped | Interrupted):
            self._rig.safe()

    # ---------------------------------------------------------------- ties

    def _requested(self) -> StopLevel:
        """What people ask for; what was last known, while the log cannot be read: the lease bounds how long."""
        with suppress(LogUnreachable):
            self._level = StopLevel(self._station.state().request.level)
        return self._level

    def _latched(self) -> str | None:
        trip = self._station.state().trip
        return None if trip is None else f"{trip.interlock}: {trip.reason}"

    def _unsafe(self, left: list[str]) -> None:
        self._record.about({"left unsafe": left})

    def _facts(self, warnings: tuple[str, ...]) -> dict[str, Any]:
        """What the record must hold to repeat the growth, and to judge it later (R16)."""
        recipe = self._recipe.model_dump(mode="json", by_alias=True, exclude_unset=True)
        rig = self._rig.settings.model_dump(mode="json", by_alias=True)
        calibrations = {
            name: {"id": one.id, "value": one.value, "std": one.std, "unit": one.unit, "by": one.by}
            | {"measured": one.measured.isoformat() if one.measured else None, "valid_days": one.valid_days}
            for name, one in self._station.state().calibrations.items()
        }
        return {
            "key": self._key,
            "asked": self._given,
            "recipe": recipe,
            "station": self._rig.settings.station,
            "calibrations": calibrations,
            "warnings": list(warnings),
            "hashes": {"recipe": _hash(recipe), "rig": _hash(rig)},
        }


def _hash(data: object) -> str:
    """SHA-256 of the data as JSON with sorted keys: what was meant, not how its file was laid out."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()
