"""The dry run: a whole recipe at the parameters of a trial against limits and interlocks. No device is opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from devices.condition import ChannelName
from devices.errors import OutsideLimits, RigRefused
from devices.interlock import InterlockSettings
from devices.reading import Reading
from devices.recipe import Recipe
from devices.rig_settings import RigSettings
from devices.steps.draft import Draft, Intent, Setting


@dataclass(frozen=True)
class Plan:
    """What a growth would do. `refusals` is everything that forbids it; without any, it may begin."""

    lines: tuple[str, ...]
    """For people, one per setting or wait, in their order."""
    settings: tuple[Setting, ...]
    refusals: tuple[str, ...]
    infeasible: tuple[str, ...] = ()
    """What the interlocks would say of the parameters, where that is known beforehand: lines for people, and ..."""
    reasons: tuple[str, ...] = ()
    """... the reason in the rig file for each of them."""
    seconds_of_plasma: float = 0.0

    def require(self) -> None:
        """Raises OutsideLimits with everything that forbids the growth (R1)."""
        if self.refusals:
            raise OutsideLimits("\n".join(self.refusals))


def plan(recipe: Recipe, rig: RigSettings, parameters: Mapping[str, Any]) -> Plan:
    """Work out every step, whatever is wrong with others, and compare it with limits and interlocks (R1, R2, R22)."""
    try:
        known = recipe.filled(parameters)
    except RigRefused as error:
        return Plan((), (), (str(error),))
    lines: list[str] = []
    settings: list[Setting] = []
    refusals: list[str] = []
    infeasible: dict[str, str] = {}
    plasma = 0.0
    for place, step in recipe.placed():
        try:
            intent = step.intend(Draft(rig, known, place))
        except (RigRefused, OutsideLimits) as error:
            refusals.append(str(error))
            lines.append(f"{place}: REFUSED")
            continue
        plasma += intent.plasma
        lines += _lines(place, intent)
        for setting in intent.settings:
            settings.append(setting)
            for name, interlock in rig.interlocks.items():
                _judge(name, interlock, settings, lines, refusals, infeasible)
    always = [
        f"interlock {name}: {interlock.need}{f' while {interlock.during}' if interlock.during else ', always'}"
        for name, interlock in rig.interlocks.items()
        if interlock.is_polled()
    ]
    return Plan(
        (*lines, *always), tuple(settings), tuple(refusals), tuple(infeasible), tuple(infeasible.values()), plasma
    )


def _lines(place: str, intent: Intent) -> list[str]:
    said = [f"{place}: {each}" for each in (*intent.before, *intent.words, *intent.after)]
    return said or [f"{place}: nothing to set"]


def _judge(
    name: str,
    interlock: InterlockSettings,
    settings: list[Setting],
    lines: list[str],
    refusals: list[str],
    infeasible: dict[str, str],
) -> None:
    """Compare the last of `settings` with an interlock, as far as its channels were set before."""
    last = settings[-1]
    known = {ChannelName(each.device, each.channel): Reading(each.value, each.unit, at=0.0) for each in settings}
    if ChannelName(last.device, last.channel) not in (interlock.before or {}):
        return
    asked, units = {last.channel: last.value}, {last.channel: last.unit}
    try:
        forbidden = interlock.forbids(last.device, asked, units, lambda channel: known[channel])
    except KeyError:
        lines.append(f"{last.place}: interlock {name}: {interlock.need} is looked at before {last}")
        return
    if forbidden and interlock.infeasible is not None:
        infeasible[f"{last.place}: {last}: interlock {name}: {interlock.infeasible}"] = interlock.infeasible
    elif forbidden:
        refusals.append(f"{last.place}: {last} is not allowed by the interlock '{name}': it needs {interlock.need}")
