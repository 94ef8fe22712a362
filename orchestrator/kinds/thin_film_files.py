"""The rig file and the recipe file of a station, read strictly, checked by themselves and with each other."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from devices.errors import OutsideLimits, RigRefused
from devices.ports import canonical
from devices.recipe import Recipe, check_recipe, load_recipe
from devices.rig_settings import RigSettings, complaints
from orchestrator.campaign.companion import Companion, read_companion
from orchestrator.campaign.errors import CampaignFileError, Problem

_PLACE = re.compile(r"[a-z][\w.]*(?=: )")
SIMULATED = "sim://"


@dataclass(frozen=True)
class StationFiles:
    """A rig and what is to be done with it."""

    rig: Companion[RigSettings]
    recipe: Companion[Recipe]

    @property
    def is_simulated(self) -> bool:
        """Whether every port leads to an instrument that lives in the process that drives it."""
        return is_simulated(self.rig.content)

    def plain(self) -> dict[str, Any]:
        """Both files as JSON: what a worker is given, so that a file which changes in between changes nothing."""
        return {"rig": self.rig.document.root.plain(), "recipe": self.recipe.document.root.plain()}


def is_simulated(rig: RigSettings) -> bool:
    """Whether every port of the rig is `sim://`."""
    return all(canonical(device.port).startswith(SIMULATED) for device in rig.devices.values())


def simulated_host(rig: RigSettings) -> str:
    """The one station that the `sim://` ports name. Raises RigRefused if they name several."""
    hosts = {urlsplit(canonical(device.port)).netloc: name for name, device in rig.devices.items()}
    if len(hosts) > 1:
        first, *others = hosts
        raise RigRefused(
            f"devices.{hosts[others[0]]}.port", f"names another simulated station than '{first}': use one for all"
        )
    return next(iter(hosts))


def read_files(rig_file: Path, recipe_file: Path) -> StationFiles:
    """Both files. Raises CampaignFileError with everything that is wrong, at its line; nothing is opened."""
    rig = read_rig(rig_file)
    recipe = read_companion(recipe_file, Recipe)
    with recipe.refusals():
        load_recipe(recipe.document.root.plain())
    try:
        check_recipe(recipe.content, rig.content)
    except (RigRefused, OutsideLimits) as error:
        refuse(recipe, error)
    return StationFiles(rig, recipe)


def read_rig(file: Path) -> Companion[RigSettings]:
    """The rig file. Raises CampaignFileError."""
    rig = read_companion(file, RigSettings)
    problems: list[Problem] = []
    for complaint in complaints(rig.content):
        problems += rig.problem(complaint.place, complaint.message).problems
    problems += _clock_problems(rig)
    if is_simulated(rig.content):
        with rig.refusals():
            simulated_host(rig.content)
    if problems:
        raise CampaignFileError(problems)
    return rig


def refuse(companion: Companion[Any], error: Exception) -> NoReturn:
    """Raise `error` as one with file and line, if it says where in the file it comes from."""
    place, message = getattr(error, "place", None), getattr(error, "message", str(error))
    if not isinstance(place, str):
        found = _PLACE.match(str(error))
        place, message = (found.group(), str(error)[found.end() + 2 :]) if found else ("", str(error))
    raise companion.problem(place, message) from error


def _clock_problems(rig: Companion[RigSettings]) -> tuple[Problem, ...]:
    """Simulated instruments of this process live on a virtual clock, and real ones never do."""
    kind = rig.content.clock.kind
    if is_simulated(rig.content) == (kind == "virtual"):
        return ()
    advice = (
        "ports that are sim:// are simulated in the process that drives them, which needs `clock: {kind: virtual}`."
        if kind == "real"
        else "a virtual clock is for rigs whose ports are all sim://. Write `clock: {kind: real}`."
    )
    return rig.problem("clock", advice).problems
