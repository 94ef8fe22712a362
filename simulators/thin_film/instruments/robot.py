"""The arm that carries samples. It has no eyes for what a sample is called, only for whether one is there."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from simulators.thin_film import errors
from simulators.thin_film.instruments.line_instrument import UNKNOWN, LineInstrument, RefusedLine, none, one
from simulators.thin_film.world import World

CODES: Mapping[type[errors.WorldError], int] = {
    errors.UnknownPlace: 2,
    errors.SourceEmpty: 3,
    errors.TargetOccupied: 4,
    errors.RobotBusy: 5,
    errors.TransferBlocked: 7,
}
JAMMED = 8


class Robot(LineInstrument):
    """`MOVE source target` is answered `OK` at once, and then the arm moves; or `ERR n text`, and it does not.

    `MOVING?`, `HOLDING?` and `OCCUPIED? slot` answer 1 or 0; `FAULT?` the code of the last move, 0 if none; `STATE?` is
    IDLE, MOVING or FAULT n; `PLACES?` all slots; `LAST?` the number of moves begun since power-up, with the last one:
    whoever lost an answer reads there whether the arm heard him.
    """

    IDENTITY: ClassVar[str] = "JUNKAN,ARM-6,0001,1.0"
    TROUBLES: ClassVar[Mapping[str, str]] = {"jammed": "a move is acknowledged and then does not begin"}
    KEPT: ClassVar[tuple[str, ...]] = ("moves", "last", "fault")

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self.moves = 0
        self.last: list[str] = []
        self.fault = 0
        self._queries: Mapping[str, Callable[[], str]] = {
            "STATE?": self._state,
            "MOVING?": lambda: "1" if world.moving else "0",
            "HOLDING?": lambda: "1" if world.holding is not None else "0",
            "FAULT?": lambda: str(self.fault),
            "PLACES?": lambda: " ".join(world.places()),
            "LAST?": lambda: " ".join([str(self.moves), *self.last, self._state()]),
        }

    def power_up(self) -> None:
        """The count begins again. The gripper holds what it holds."""
        super().power_up()
        self.moves, self.last, self.fault = 0, [], 0

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember."""
        super().restore(state)
        self.last = list(self.last)

    def _obey(self, command: str, arguments: list[str]) -> str:
        if command == "MOVE":
            return self._move(arguments)
        if command == "OCCUPIED?":
            return self._occupied(one(arguments))
        if command not in self._queries:
            raise RefusedLine(UNKNOWN, "unknown command")
        none(arguments)
        return self._queries[command]()

    def _state(self) -> str:
        if self._world.moving:
            return "MOVING"
        return f"FAULT {self.fault}" if self.fault else "IDLE"

    def _move(self, arguments: list[str]) -> str:
        if len(arguments) != 2:
            raise RefusedLine(UNKNOWN, "two places expected")
        source, target = arguments
        if "jammed" in self._troubles:
            self._begun(source, target, JAMMED)
            return "OK"
        try:
            self._world.move(source, target)
        except errors.WorldError as refused:
            raise RefusedLine(CODES.get(type(refused), JAMMED), str(refused).rstrip(".")) from None
        self._begun(source, target, 0)
        return "OK"

    def _begun(self, source: str, target: str, fault: int) -> None:
        self.moves += 1
        self.last, self.fault = [source, target], fault

    def _occupied(self, place: str) -> str:
        try:
            return "1" if self._world.occupied(place) else "0"
        except errors.UnknownPlace as refused:
            raise RefusedLine(CODES[errors.UnknownPlace], str(refused).rstrip(".")) from None
