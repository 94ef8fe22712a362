"""The simulated laboratory of a station whose ports are `sim://`: it lives in the worker and outlives it in a file.

The file is written whenever a step has ended. A worker that was killed leaves the laboratory as it was at the end of
the last step, and the next one goes on from there.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from devices.station.settings import Positions
from devices.station.station import Station
from orchestrator.executors.durable import replace
from orchestrator.executors.errors import ExecutorError
from simulators.thin_film.faults import FaultSettings
from simulators.thin_film.settings import WorldSettings

if TYPE_CHECKING:
    from simulators.thin_film.clock import VirtualClock
    from simulators.thin_film.instruments.rack import Rack

VERSION = 1
HANDS = "simulated laboratory"
"""Who loads substrates in a laboratory without people."""


class LaboratorySettings(WorldSettings):
    """What is simulated behind `sim://` ports. How many samples fit where is said by the rig file."""

    seed: int = Field(default=0, ge=0)
    """Decides the geometry of the probe, the scatter of every growth and the noise of every reading."""
    fill: dict[str, str] = Field(default={"cassette": "glass"})
    """Which substrates lie at which place at the beginning, and after a refill."""
    refilled: bool = False
    """Whether simulated hands fill a place of fresh substrates again as soon as it is empty."""
    faults: FaultSettings | None = None
    """What goes wrong on the wires by itself."""

    def of_attempt(self, key: str) -> "LaboratorySettings":
        """The same with mishaps of its own: without this, the n-th exchange of every growth would go wrong alike."""
        if self.faults is None:
            return self
        seed = zlib.crc32(f"{self.faults.seed}:{key}".encode())
        return self.model_copy(update={"faults": self.faults.model_copy(update={"seed": seed})})

    def world(self, positions: Positions) -> WorldSettings:
        """The settings of the world behind a rig with these positions. Raises ValueError."""
        given = self.model_dump(exclude={"seed", "fill", "refilled", "faults", "positions"})
        return WorldSettings.model_validate({**given, "positions": dict(positions), "loaded": 0})


@dataclass
class Laboratory:
    """The instruments over their world, and the clock that moves it."""

    settings: LaboratorySettings
    rack: "Rack"
    clock: "VirtualClock"
    file: Path
    station: Station

    def save(self) -> None:
        """Write the laboratory down. Raises OSError."""
        content = {"version": VERSION, "now": self.clock.now(), "rack": self.rack.state()}
        replace(self.file, json.dumps(content))

    def follow(self) -> None:
        """Do with the simulated hands what the station's log says that people did: load samples, take them away."""
        world = self.rack.world
        with self.rack.lock:
            lying = {name: slot for slot, name in world.places().items() if name is not None}
            for sample in self.station.state().samples.values():
                if sample.standing == "removed" and sample.name in lying:
                    world.take_away(lying[sample.name])
                elif sample.fresh and sample.slot is not None and not world.occupied(sample.slot):
                    place = sample.slot.partition("/")[0]
                    substrate = self.settings.fill.get(place) or next(iter(self.settings.fill.values()))
                    if sample.name not in _known(world):
                        world.put(sample.slot, substrate, sample.name)

    def stock(self) -> None:
        """Load every place at the very beginning of a station; later, if so wanted, those that have become empty."""
        state = self.station.state()
        for place in self.settings.fill:
            lying = [state.at(slot) for slot in self.station.slots(place)]
            if not state.samples or (self.settings.refilled and not any(sample and sample.fresh for sample in lying)):
                self.station.refill(place, HANDS)
        self.follow()


def _known(world: Any) -> set[str]:
    return set(world.state()["rig"]["samples"])


def following(laboratory: Laboratory, asked: Callable[[], Any]) -> Callable[[], Any]:
    """`asked`, with a look at what people have done since."""
    length = -1

    def look() -> Any:
        nonlocal length
        now = laboratory.station.state().length
        if now != length:
            length = now
            laboratory.follow()
        return asked()

    return look


@contextmanager
def laboratory(
    settings: LaboratorySettings, host: str, station: Station, file: Path, patience: float = 0.0
) -> Iterator[Laboratory]:
    """The laboratory of a station, reachable at `sim://HOST/...` inside the `with`, for one process at a time.

    Raises ExecutorError if the laboratory in `file` was built with other settings, or is in use for longer than
    `patience` seconds.
    """
    from filelock import FileLock, Timeout

    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(file.with_suffix(".lock"), timeout=patience), _opened(settings, host, station, file) as found:
            yield found
    except Timeout as error:
        raise ExecutorError(f"the simulated laboratory in {file} is in use by another campaign") from error


@contextmanager
def _opened(settings: LaboratorySettings, host: str, station: Station, file: Path) -> Iterator[Laboratory]:
    import serial

    from simulators.thin_film.clock import VirtualClock
    from simulators.thin_film.instruments.rack import Rack
    from simulators.thin_film.ports import PACKAGE, registry
    from simulators.thin_film.world import World

    if PACKAGE not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append(PACKAGE)
    wanted = settings.world(station.positions)
    stored = _stored(file)
    if stored is None:
        rack, clock = Rack(World(wanted, settings.seed), settings.faults), VirtualClock()
    else:
        _require_same(stored["rack"]["world"], wanted, settings.seed, file)
        rack, clock = Rack.restored(stored["rack"], settings.faults), VirtualClock(stored["now"])
    clock.subscribe(rack.advance)
    found = Laboratory(settings, rack, clock, file, station)
    found.stock()
    found.save()
    with registry.connected(host, rack.wires):
        try:
            yield found
        finally:
            found.save()


def _stored(file: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(file.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ExecutorError(f"{file}, where the simulated laboratory is kept, cannot be read: {error}") from error
    if content.get("version") != VERSION:
        raise ExecutorError(f"{file} is a simulated laboratory of another version of Junkan. Move it away.")
    return content


def _require_same(stored: Mapping[str, Any], wanted: WorldSettings, seed: int, file: Path) -> None:
    built = WorldSettings.model_validate(stored["settings"])
    if (built, stored["seed"]) != (wanted, seed):
        raise ExecutorError(
            f"executor.world: the simulated laboratory in {file} was built with other settings. Give the station of "
            "this rig another name, or move that file away."
        )
