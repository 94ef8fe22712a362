"""What may happen next at a station: pure functions from a state to the events that an act would write.

Each returns the events to append, none if the act was already done by the same key, and raises StationRefused if the
act must not be. Nothing here writes, waits, or looks at a clock.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from devices.errors import AlreadyAnswered, StationRefused
from devices.station import events as e
from devices.station.settings import CalibrationSettings, StockSettings, slots_at, slots_of
from devices.station.state import Prompt, Sample, StationState

Facts: TypeAlias = Sequence[e.Fact]


# ---------------------------------------------------------------- samples


def load_sample(
    state: StationState, slots: Sequence[str], sample: str, slot: str, by: str, parent: str | None, note: str
) -> Facts:
    """A person puts a new sample into an empty slot."""
    _require_slot(slots, slot)
    known = state.samples.get(sample)
    if known is not None:
        raise StationRefused(f"sample {sample!r} is known already ({_where(known)}); give the new one another name")
    _require_empty(state, slot)
    return [e.SampleLoaded(sample=sample, slot=slot, by=by, parent=parent, note=note)]


def refill(state: StationState, slots: Sequence[str], by: str, note: str) -> Facts:
    """A person put a fresh sample into every empty slot; they are called s1, s2, ... on from the last."""
    numbers = (int(name[1:]) for name in state.samples if name[0] == "s" and name[1:].isdigit())
    number = max(numbers, default=0)
    empty = [slot for slot in slots if state.standing(slot) == "empty"]
    return [
        e.SampleLoaded(sample=f"s{number + position}", slot=slot, by=by, note=note)
        for position, slot in enumerate(empty, start=1)
    ]


def remove_sample(state: StationState, sample: str, by: str, note: str) -> Facts:
    """A person takes a sample away, or says that a lost one is gone for good."""
    known = _sample(state, sample)
    if known.standing == "removed":
        return []
    if known.standing == "moving":
        raise StationRefused(f"sample {sample!r} is being moved; wait for the robot, or say first where it is (found)")
    return [e.SampleRemoved(sample=sample, by=by, note=note)]


def take_sample(state: StationState, slots: Sequence[str], key: str) -> Facts:
    """A growth gets the first fresh sample of `slots`; the same growth always gets the same one."""
    if state.sample_of(key) is not None:
        return []
    for slot in slots:
        sample = state.at(slot)
        if sample is not None and sample.fresh and state.standing(slot) == "occupied":
            return [e.SampleTaken(key=key, sample=sample.name)]
    raise StationRefused(f"no fresh sample in {', '.join(slots)}: load some")


def release(state: StationState, sample: str) -> Facts:
    """The growth that took a sample ended before the robot touched it."""
    known = _sample(state, sample)
    if known.growth is None:
        return []
    if known.moved or known.coated or known.standing != "here":
        raise StationRefused(f"sample {sample!r} is no longer fresh: it was {'coated' if known.coated else 'moved'}")
    return [e.SampleReleased(sample=sample)]


def lose(state: StationState, sample: str, reason: str) -> Facts:
    """Nobody knows where a sample is."""
    known = _sample(state, sample)
    if known.standing in ("lost", "removed"):
        return []
    return [e.SampleLost(sample=sample, reason=reason)]


def find(state: StationState, slots: Sequence[str], sample: str, slot: str, by: str, note: str) -> Facts:
    """A person says where a lost sample is, or one that a dead process was moving."""
    _require_slot(slots, slot)
    known = _sample(state, sample)
    if known.standing == "here" and known.slot == slot:
        return []
    if known.standing == "here":
        raise StationRefused(
            f"sample {sample!r} is not lost: {_where(known)}. To correct that, say first that it is lost"
        )
    occupant = state.at(slot)
    if occupant is not None:
        raise StationRefused(f"{slot} holds sample {occupant.name!r}; say first where that one is")
    others = [each.name for each in state.samples.values() if slot in each.suspects and each.name != sample]
    if others:
        raise StationRefused(f"{slot} may hold sample {others[0]!r}, which is lost; say first where that one is")
    return [e.SampleFound(sample=sample, slot=slot, by=by, note=note)]


# ---------------------------------------------------------------- moves


def begin_move(state: StationState, slots: Sequence[str], key: str, sample: str, target: str) -> Facts:
    """Commit to a move: the source holds the sample, the target is empty, and both are locked from here on."""
    _require_slot(slots, target)
    done = state.moves.get(key)
    if done is not None:
        raise StationRefused(
            f"move {key} of sample {done.sample!r} was begun before ({done.standing}); it is not repeated"
        )
    known = _sample(state, sample)
    if known.slot is None:
        raise StationRefused(f"sample {sample!r} cannot be moved: {_where(known)}")
    if known.slot == target:
        raise StationRefused(f"sample {sample!r} is in {target} already")
    _require_empty(state, target)
    return [e.MoveBegun(key=key, sample=sample, source=known.slot, target=target)]


def end_move(state: StationState, key: str) -> Facts:
    """The sample is at the target."""
    return [e.MoveEnded(key=key)] if _open_move(state, key, "ended") else []


def cancel_move(state: StationState, key: str, reason: str) -> Facts:
    """The sample never left the source."""
    return [e.MoveCancelled(key=key, reason=reason)] if _open_move(state, key, "cancelled") else []


def _open_move(state: StationState, key: str, wanted: str) -> bool:
    move = state.moves.get(key)
    if move is None:
        raise StationRefused(f"move {key} was never begun")
    if move.standing not in ("begun", wanted):
        raise StationRefused(f"move {key} is {move.standing} already, and cannot be {wanted}")
    return move.standing == "begun"


# ---------------------------------------------------------------- growths and depositions


def begin_growth(state: StationState, key: str, recipe: str, parameters: Mapping[str, Any]) -> Facts:
    """An attempt begins, once: an attempt that died is answered by a new attempt with another key."""
    if key in state.growths:
        raise StationRefused(f"growth {key} was begun before; a growth is never repeated, start a new attempt")
    return [e.GrowthBegun(key=key, recipe=recipe, parameters=dict(parameters))]


def end_growth(state: StationState, key: str, outcome: Any, reason: str) -> Facts:
    """An attempt is over."""
    growth = state.growths.get(key)
    if growth is None:
        raise StationRefused(f"growth {key} was never begun")
    return [] if growth.outcome is not None else [e.GrowthEnded(key=key, outcome=outcome, reason=reason)]


def begin_deposition(state: StationState, slots: Sequence[str], key: str, sample: str) -> Facts:
    """Commit to coat a sample that stands in the chamber and was never coated."""
    known = _sample(state, sample)
    if known.coated:
        raise StationRefused(f"sample {sample!r} was coated before; a substrate is never coated twice")
    if known.growth != key:
        raise StationRefused(f"sample {sample!r} belongs to {known.growth or 'no growth'}, not to {key}")
    if known.slot not in slots:
        raise StationRefused(f"sample {sample!r} is not in {', '.join(slots)} but {_where(known)}")
    return [e.DepositionBegun(key=key, sample=sample)]


def end_deposition(state: StationState, key: str, complete: bool, reason: str) -> Facts:
    """The shutter is closed again."""
    begun = state.depositions.get(key)
    if begun is None:
        raise StationRefused(f"deposition {key} was never begun")
    return [] if begun.standing != "begun" else [e.DepositionEnded(key=key, complete=complete, reason=reason)]


# ---------------------------------------------------------------- people


def trip(state: StationState, interlock: str, reason: str) -> Facts:
    """An interlock opened; the first trip is the one that is kept until its reset."""
    return [] if state.trip is not None else [e.TripLatched(interlock=interlock, reason=reason)]


def reset(state: StationState, by: str, note: str) -> Facts:
    """A person says that it is safe again, and why."""
    if state.trip is None:
        raise StationRefused("no trip is latched: there is nothing to reset")
    _require_note(note, "reset a trip")
    return [e.TripReset(by=by, note=note)]


def ask(
    state: StationState, key: str, question: str, choices: Sequence[str], subject: Any = "", name: str = ""
) -> Facts:
    """Put a question; the same key is asked once."""
    if key in state.prompts:
        return []
    if not choices:
        raise StationRefused(f"prompt {key} has no choices")
    return [e.PromptAsked(key=key, question=question, choices=tuple(choices), subject=subject, name=name)]


def withdraw(state: StationState, key: str) -> Facts:
    """What was asked has been settled in another way."""
    prompt = state.prompts.get(key)
    if prompt is None or prompt.answer is not None or prompt.withdrawn:
        return []
    return [e.PromptWithdrawn(key=key)]


def answer(state: StationState, positions: Mapping[str, int], key: str, choice: str, by: str, note: str) -> Facts:
    """The first answer holds, with all that it does by itself. Raises AlreadyAnswered for every later one."""
    prompt = state.prompts.get(key)
    if prompt is None:
        waiting = ", ".join(each.key for each in state.open_prompts) or "none"
        raise StationRefused(f"there is no prompt {key!r}; waiting for an answer: {waiting}")
    if prompt.answer is not None:
        raise AlreadyAnswered(f"prompt {key} was answered before by {prompt.by}: {prompt.answer}")
    if prompt.withdrawn:
        raise AlreadyAnswered(f"prompt {key} needs no answer any more: it was settled in another way")
    if choice not in prompt.choices:
        raise StationRefused(f"{choice!r} is no answer to prompt {key}; choose from {', '.join(prompt.choices)}")
    return [
        e.PromptAnswered(key=key, choice=choice, by=by, note=note),
        *_follows(state, positions, prompt, choice, by, note),
    ]


def _follows(
    state: StationState, positions: Mapping[str, int], prompt: Prompt, choice: str, by: str, note: str
) -> Facts:
    """What an answer does by itself."""
    name, slots = prompt.name, slots_of(positions)
    facts: Facts = []
    match prompt.subject, choice:
        case "refill", "refilled":
            facts = refill(state, slots_at(positions, name), by, note)
        case "emptied", "emptied":
            gone = [state.at(slot) for slot in slots_at(positions, name)]
            facts = [e.SampleRemoved(sample=sample.name, by=by, note=note) for sample in gone if sample is not None]
        case "where", "removed":
            facts = [e.SampleRemoved(sample=name, by=by, note=note)]
        case "where", slot if slot in slots:
            facts = find(state, slots, name, slot, by, note)
        case "new", "replaced":
            facts = [e.StockCounted(item=name, level=0.0, by=by, note=note)]
        case "trip", "reset":
            facts = reset(state, by, note)
        case "stale", "allow":
            facts = allow_stale(state, name, 1.0, by, note)
    return facts


def request(state: StationState, level: e.Level, by: str, note: str) -> Facts:
    """Ask for pause, stop, emergency, or to go on."""
    return [] if state.request.level == level else [e.LevelRequested(level=level, by=by, note=note)]


# ---------------------------------------------------------------- stock and calibrations


def count(stock: Mapping[str, StockSettings], item: str, level: float, by: str, note: str) -> Facts:
    """A person says how much of an item there is (at_least), or how much was used (at_most: 0 for a new target)."""
    settings = _stock(stock, item)
    if settings.fresh_at is not None:
        raise StationRefused(f"{item} are counted by themselves (fresh samples in {settings.fresh_at}): load samples")
    return [e.StockCounted(item=item, level=level, by=by, note=note)]


def use(state: StationState, stock: Mapping[str, StockSettings], key: str, item: str, amount: float) -> Facts:
    """Something was used up; the same key is counted once."""
    if key in state.uses:
        return []
    settings = _stock(stock, item)
    return [e.StockUsed(key=key, item=item, amount=-amount if settings.at_least is not None else amount)]


def calibrate(known: Mapping[str, CalibrationSettings], fact: e.Calibrated) -> Facts:
    """A new value, which holds from now on."""
    if known and fact.name not in known:
        raise StationRefused(f"the rig file has no calibration {fact.name!r}; it has {', '.join(known)}")
    return [fact]


def allow_stale(state: StationState, name: str, days: float, by: str, note: str) -> Facts:
    """A person lets growths run on a stale calibration, and says why."""
    if name not in state.calibrations:
        raise StationRefused(f"there is no calibration {name!r} yet: calibrate")
    _require_note(note, "use a stale calibration")
    return [e.StaleAllowed(name=name, days=days, by=by, note=note)]


def taken_over(state: StationState, known: Mapping[str, CalibrationSettings]) -> Facts:
    """Calibrations of the rig file that the station has not seen yet, or that were changed in the file."""
    facts = []
    for name, settings in known.items():
        if settings.value is None:
            continue
        fact = e.Calibrated(
            name=name,
            value=settings.value,
            std=settings.std,
            unit=settings.unit,
            measured=_midnight(settings),
            valid_days=settings.valid_days,
            by="rig file",
        )
        holds = state.calibrations.get(name)
        if holds is None or (holds.by == "rig file" and not _same(holds, fact)):
            facts.append(fact)
    return facts


def _midnight(settings: CalibrationSettings) -> datetime | None:
    day = settings.measured
    return None if day is None else datetime.fromisoformat(f"{day.isoformat()}T00:00:00+00:00")


def _same(holds: Any, fact: e.Calibrated) -> bool:
    same_day = fact.measured is None or fact.measured == holds.measured
    return same_day and (holds.value, holds.std, holds.unit, holds.valid_days) == (
        fact.value,
        fact.std,
        fact.unit,
        fact.valid_days,
    )


# ---------------------------------------------------------------- what stands in the way of a growth


def level_of(state: StationState, item: str, settings: StockSettings, positions: Mapping[str, int]) -> float:
    """How much of an item there is, or was used."""
    if settings.fresh_at is None:
        return state.levels.get(item, 0.0)
    samples = [state.at(slot) for slot in slots_at(positions, settings.fresh_at)]
    return float(sum(sample is not None and sample.fresh for sample in samples))


def used_up(state: StationState, stock: Mapping[str, StockSettings], positions: Mapping[str, int]) -> dict[str, str]:
    """Item -> why a growth must not begin."""
    short = {}
    for item, settings in stock.items():
        level = level_of(state, item, settings, positions)
        if settings.runs_out(level):
            relation = "at least" if settings.at_least is not None else "less than"
            short[item] = f"{item}: {level:g} {settings.unit}, a growth needs {relation} {settings.bound:g}"
    return short


def stale(
    state: StationState, known: Mapping[str, CalibrationSettings], now: datetime
) -> tuple[dict[str, str], dict[str, str]]:
    """Calibration -> why it forbids a growth, and calibration -> what a growth should only be warned of."""
    refusals: dict[str, str] = {}
    warnings: dict[str, str] = {}
    for name, settings in known.items():
        calibration = state.calibrations.get(name)
        if calibration is None:
            refusals[name] = f"calibration {name} has no value: calibrate"
        elif calibration.stale(now):
            since = f"{calibration.valid_days:g} days since {calibration.measured:%Y-%m-%d}"
            lenient = settings.on_stale == "warn" or calibration.allowed(now)
            text = f"calibration {name} ({calibration.id}) has expired: it was valid for {since}"
            (warnings if lenient else refusals)[name] = text
    return refusals, warnings


# ---------------------------------------------------------------- parts


def _sample(state: StationState, sample: str) -> Sample:
    if sample not in state.samples:
        raise StationRefused(f"there is no sample {sample!r} at this station")
    return state.samples[sample]


def _where(sample: Sample) -> str:
    if sample.slot is not None:
        return f"it is in {sample.slot}"
    suspects = f", perhaps in {' or '.join(sample.suspects)}" if sample.suspects else ""
    return {"moving": "it is being moved", "lost": "it is lost", "removed": "it was removed", "here": ""}[
        sample.standing
    ] + suspects


def _require_slot(slots: Sequence[str], slot: str) -> None:
    if slot not in slots:
        places = Counter(each.rpartition("/")[0] for each in slots)  # a store may have hundreds
        known = ", ".join(
            f"{place}/1" + (f" .. {place}/{count}" if count > 1 else "") for place, count in places.items()
        )
        raise StationRefused(f"the station has no slot {slot!r}; it has {known}")


def _require_empty(state: StationState, slot: str) -> None:
    standing = state.standing(slot)
    if standing == "locked":
        names = ", ".join(each.name for each in state.samples.values() if slot in each.suspects)
        raise StationRefused(f"{slot} is locked: sample {names} may be there")
    if standing == "occupied":
        occupant = state.at(slot)
        raise StationRefused(f"{slot} is occupied by sample {occupant.name if occupant else ''!r}")


def _require_note(note: str, what: str) -> None:
    if not note.strip():
        raise StationRefused(f"to {what}, say why in a note")


def _stock(stock: Mapping[str, StockSettings], item: str) -> StockSettings:
    if item not in stock:
        raise StationRefused(f"the rig file has no stock {item!r}; it has {', '.join(stock) or 'none'}")
    return stock[item]
