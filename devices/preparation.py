"""Before a growth: everything that stands in its way, and that a person can clear. No device is opened."""

from collections.abc import Mapping
from typing import Any

from devices.errors import Interrupted
from devices.questions import Questions
from devices.recipe import Recipe
from devices.rig_settings import RigSettings
from devices.station.station import Station
from devices.steps.draft import Draft
from devices.steps.load import Load
from devices.steps.store import Store
from devices.stop_level import StopLevel


def prepare(
    station: Station, recipe: Recipe, rig: RigSettings, parameters: Mapping[str, Any], questions: Questions
) -> tuple[str, ...]:
    """Ask people until nothing stands in the way; returns what they should only be warned of.

    Raises Interrupted if a stop was asked for and nobody let the station go on, NeedsPerson if nobody answers.
    """
    _heard(station)
    station.take_over_calibrations()
    _trip(station, questions)
    _calibrations(station, questions)
    for place in _places(recipe, rig, parameters, Load, "from"):
        _samples(station, place, questions)
    for place in _places(recipe, rig, parameters, Store, "to"):
        _room(station, place, questions)
    _stock(station, questions)
    return station.readiness().warnings


def _heard(station: Station) -> None:
    request = station.state().request
    if request.level in (StopLevel.STOP, StopLevel.EMERGENCY):
        raise Interrupted(
            f"{request.level} was asked for by {request.by}; nothing begins until somebody lets the station go on",
            request.level,
        )


def _trip(station: Station, questions: Questions) -> None:
    trip = station.state().trip
    if trip is not None:
        question = f"A trip is latched: {trip.interlock}: {trip.reason}. Find the cause; reset it with a note"
        questions.settle("trip", question, ["reset"], lambda: station.state().trip is None, "trip", trip.interlock)


def _calibrations(station: Station, questions: Questions) -> None:
    for name, reason in station.stale_calibrations().items():

        def settled(name: str = name) -> bool:
            return name not in station.stale_calibrations()

        has_value = name in station.state().calibrations
        question = f"{reason}. Calibrate" + (", or allow it for a day with a note" if has_value else "")
        choices = ["calibrated", "allow"] if has_value else ["calibrated"]
        while not settled():
            questions.settle(f"calibration:{name}", question, choices, settled, "stale", name)


def _samples(station: Station, place: str, questions: Questions) -> None:
    def there() -> bool:
        state = station.state()
        return any(sample is not None and sample.fresh for sample in map(state.at, station.slots(place)))

    question = f"Out of substrates: no fresh sample in {place}. Put one into every empty slot (refilled), or load some"
    while not there():
        questions.settle(f"samples:{place}", question, ["refilled", "loaded"], there, "refill", place)


def _room(station: Station, place: str, questions: Questions) -> None:
    def free() -> bool:
        state = station.state()
        return any(state.standing(slot) == "empty" for slot in station.slots(place))

    while not free():
        questions.settle(
            f"room:{place}", f"{place} is full: take the samples away", ["emptied"], free, "emptied", place
        )


def _stock(station: Station, questions: Questions) -> None:
    while short := station.readiness().used_up:
        [(item, reason), *_] = short.items()
        settings = station.stock[item]

        def settled(item: str = item) -> bool:
            return item not in station.readiness().used_up

        if settings.fresh_at is not None:
            question = f"Out of {reason}. Put a fresh one into every empty slot of {settings.fresh_at} (refilled)"
            questions.settle(f"stock:{item}", question, ["refilled", "loaded"], settled, "refill", settings.fresh_at)
        elif settings.at_most is not None:
            question = f"Used up: {reason}. Replace it, or count what was used"
            questions.settle(f"stock:{item}", question, ["replaced", "counted"], settled, "new", item)
        else:
            question = f"Out of {reason}. Refill, and count what there is"
            questions.settle(f"stock:{item}", question, ["counted"], settled)


def _places(
    recipe: Recipe, rig: RigSettings, parameters: Mapping[str, Any], kind: type[Load | Store], key: str
) -> list[str]:
    """The places that the steps of one kind name."""
    known = recipe.filled(parameters)
    places = []
    for place, step in recipe.placed():
        if isinstance(step, Load | Store) and isinstance(step, kind):
            formula = step.source if isinstance(step, Load) else step.target
            places.append(Draft(rig, known, place).word(formula, rig.positions, key))
    return places
