"""One growth at work: the rig, the memory of the station, the record, and what the steps share between them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from devices.errors import BadReply, Infeasible, LinkError, NotSettled, Refused
from devices.reading import Reading, Scalar
from devices.record import Record
from devices.rig import Rig
from devices.station.state import Move
from devices.station.station import Station
from devices.steps.draft import Draft, Setting

ROBOT_LIMIT = 600.0
"""Seconds after which a move that has not ended is an error (R31)."""


@dataclass
class Plasma:
    """The plasma that this growth has struck."""

    device: str
    faults: Mapping[int, str]
    """Codes of the supply that the asked parameters are to blame for, and not the supply: the reasons."""
    wears: str | None
    """The stock item, in a unit of energy, that the plasma uses up."""
    power: str
    """The channel that says how much power goes in."""
    seen: float
    """When the power was last read, in s of the rig's clock ..."""
    watts: float = 0.0
    """... how much it was ..."""
    joules: float = 0.0
    """... and the energy up to then."""


class Work:
    """What a step is given to work with. `key` names the growth; every act derives its own key from it."""

    def __init__(
        self, key: str, rig: Rig, station: Station, record: Record, parameters: Mapping[str, Any], every: float = 30.0
    ) -> None:
        self.key, self.rig, self.station, self.record, self.parameters = key, rig, station, record, parameters
        self.every = every
        """Seconds between two looks at everything that is written into the time series."""
        self.sample: str | None = None
        self.plasma: Plasma | None = None
        self.planned_plasma = 0.0
        """Seconds of plasma that the recipe plans, for the instrument's own timer."""
        self._environment = _environment(rig)
        self._looked = -float("inf")

    def draft(self, place: str) -> Draft:
        """The settings of the rig and the parameters, for the step at `place` of the recipe."""
        return Draft(self.rig.settings, self.parameters, place)

    # ---------------------------------------------------------------- setting, reading, waiting

    def apply(self, settings: Iterable[Setting]) -> None:
        """Set, one after the other. Raises what `Rig.apply` raises."""
        for setting in settings:
            self.rig.apply(setting.device, **{setting.channel: setting.value})

    def read(self, device: str, channel: str) -> Scalar:
        """One value, in the channel's unit."""
        return self.rig.read(device, channel)[channel].value

    def number(self, device: str, channel: str) -> float:
        """One value that is a number, in the channel's unit."""
        return float(self.read(device, channel))

    def until(self, condition: str | Callable[[], bool], limit: float, what: str) -> None:
        """Wait with a limit, and look at everything now and then. Raises NotSettled when the rig has been made safe."""
        if callable(condition):
            asked = condition

            def looked() -> bool:
                self.look()
                return asked()

            self.rig.until(looked, limit, what)
        else:
            self.rig.until(condition, limit, what)

    def wait(self, seconds: float) -> None:
        """Let time pass, with a look at the plasma in between. Raises Infeasible or NotSettled if it went out."""
        end = self.rig.now() + seconds
        while True:
            self.watch_plasma()
            self.look()
            left = end - self.rig.now()
            if left <= 0:
                return
            self.rig.sleep(min(left, self.rig.settings.clock.interval))

    def look(self) -> None:
        """Read everything for the time series, if the last look is long enough ago."""
        if self.rig.now() - self._looked < self.every:
            return
        self._looked = self.rig.now()
        for device, channels in self._environment.items():
            self.rig.read(device, *channels)

    # ---------------------------------------------------------------- plasma

    def watch_plasma(self) -> None:
        """Make sure that the plasma still burns, and count the energy. Raises Infeasible, NotSettled, or Tripped."""
        plasma = self.plasma
        if plasma is None:
            return
        readings = self.rig.read(plasma.device, "plasma", plasma.power)
        self.count_energy(plasma, float(readings[plasma.power].value))
        if not readings["plasma"].value:
            # the supply is asked why before it is made safe, which clears its memory
            error = self.went_out(plasma)
            self.rig.guard()  # an open door may have put it out since the last look: that is a trip, no fault
            self.rig.safe()
            raise error

    def count_energy(self, plasma: Plasma, watts: float) -> None:
        """Add the energy since the last look; the greater of both powers counts, for the plasma may have gone out."""
        now = self.rig.now()
        plasma.joules += max(watts, plasma.watts) * (now - plasma.seen)
        plasma.seen, plasma.watts = now, watts

    def went_out(self, plasma: Plasma) -> Infeasible | NotSettled:
        """Why the plasma that burnt does not burn any more."""
        code: float | None = None
        if "fault" in self.rig.settings.devices[plasma.device].resolved:
            code = self.number(plasma.device, "fault")
        said = "" if code is None else f"; its fault code is {code:g}"
        return blamed(plasma.faults, NotSettled(f"{plasma.device}: the plasma went out{said}", code))

    def wear(self) -> None:
        """Write down what the plasma used up, and forget the plasma."""
        plasma, self.plasma = self.plasma, None
        if plasma is None or plasma.wears is None:
            return
        self.station.use(f"{self.key}:{plasma.wears}", plasma.wears, plasma.joules / 3.6e6)

    # ---------------------------------------------------------------- moving

    def move(self, sample: str, target: str, act: str, robot: str) -> None:
        """Move a sample: committed, then done once, then written down as it was read back (R13, R15).

        Raises StationRefused with nothing sent, Refused if the robot will not, and the error of the device if the
        move failed; where nobody can know, the sample is lost, and a person is asked before the next growth.
        """
        move = self.station.begin_move(f"{self.key}:{act}", sample, target)
        try:
            self.rig.command(robot, "move", source=move.source, target=move.target)
        except Refused as error:
            self.station.cancel_move(move.key, str(error))
            raise
        except LinkError as error:
            if self.resolve(move, robot) != "target":
                raise
            self.record.about({f"note {move.key}": f"the answer was lost ({error}); the move was read back"})
            return
        self.until(lambda: self.robot_rests(robot), ROBOT_LIMIT, f"{robot}: {sample} to {target}")
        fault = self.robot_fault(robot)
        if fault is None:
            self.station.end_move(move.key)
        elif self.resolve(move, robot) != "target":
            raise NotSettled(f"{robot}: {sample} did not arrive at {target}: {fault}")

    def resolve(self, move: Move, robot: str) -> str:
        """Write down how a move ended whose end nobody saw: 'source', 'target', or 'lost'. Reads, never moves.

        While the robot cannot be read, the move stays open: raises the errors of its line.
        """
        try:
            self.until(lambda: self.robot_rests(robot), ROBOT_LIMIT, f"{robot}: to come to rest")
            holding = self.holding(robot)
            source, target = self.occupied(robot, move.source), self.occupied(robot, move.target)
        except NotSettled as error:
            self.station.lose(move.sample, f"move {move.key}: {error}")
            return "lost"
        if not holding and target and not source:
            self.station.end_move(move.key)
            return "target"
        if not holding and source and not target:
            self.station.cancel_move(move.key, "read back at the source")
            return "source"
        seen = [
            where for where, there in (("the gripper", holding), (move.source, source), (move.target, target)) if there
        ]
        self.station.lose(move.sample, f"move {move.key}: something is in {', '.join(seen) or 'no place it can be'}")
        return "lost"

    def robot_rests(self, robot: str) -> bool:
        """Whether it does not move."""
        return str(self.read(robot, "state")).split(maxsplit=1)[0].upper() != "MOVING"

    def robot_fault(self, robot: str) -> str | None:
        """What it says went wrong with its last move."""
        state = str(self.read(robot, "state"))
        return state if state.split(maxsplit=1)[0].upper() not in ("IDLE", "MOVING") else None

    def holding(self, robot: str) -> bool:
        """Whether something is in its gripper; a robot that cannot say has put it down."""
        if "holding" not in self.rig.settings.devices[robot].resolved:
            return False
        return bool(self.read(robot, "holding"))

    def occupied(self, robot: str, slot: str) -> bool:
        """Whether its sensor sees something in a slot. Raises BadReply if that is neither true nor false."""
        answer: object = self.rig.command(robot, "occupied", slot=slot)
        if not isinstance(answer, bool):
            raise BadReply(f"{robot}.occupied answers {answer!r}: say `gives: boolean` in the rig file")
        return answer


def blamed(faults: Mapping[int, str], error: NotSettled) -> Infeasible | NotSettled:
    """Who is to blame for a plasma that does not burn: the parameters, if the supply gave one of `faults`."""
    code = error.fault
    return Infeasible(faults[int(code)]) if code is not None and code in faults else error


def _environment(rig: Rig) -> dict[str, list[str]]:
    """The numbers that tell how a growth goes: everything a source, a heater, a gauge or a gas line can be asked."""
    told = {"plasma_source", "heater", "gas_line", "gauge"}
    chosen = {}
    for name, device in rig.settings.devices.items():
        if told & set(device.role):
            chosen[name] = [one.name for one in device.resolved.values() if one.holds == "number"]
    return chosen


def observed(record: Record) -> Callable[[str, Mapping[str, Reading]], None]:
    """What a rig's `observer` must be so that every reading reaches the record."""

    def note(device: str, readings: Mapping[str, Reading]) -> None:
        for channel, reading in readings.items():
            record.reading(device, channel, reading)

    return note
