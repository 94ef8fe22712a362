"""Two flow controllers, the gauge, the pump, the shutter and the contacts of door and water, behind one port."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from simulators.thin_film.instruments.line_instrument import (
    UNKNOWN,
    LineInstrument,
    RefusedLine,
    none,
    number,
    one,
    switch,
)
from simulators.thin_film.world import World


class GasController(LineInstrument):
    """`AR 20.00` and `O2 1.500` set flows in sccm, `PUMP 1`, `SHUTTER 0` switch; each is answered `OK` or `ERR n text`.

    `AR?`, `O2?` give the setpoints, `AR:FLOW?`, `O2:FLOW?` what flows, `P?` the gauge in Pa. `O2:P 7.0E-03` lets the
    oxygen flow follow a partial pressure in Pa until the next `O2`; `O2:P?` tells the pressure. `VALVE 0` closes the
    chamber off. `PUMP?`, `VALVE?` and `SHUTTER?` (1 is open) give what was set, `DOOR?` and `WATER?` the contacts:
    1 is closed, 1 is flowing.
    """

    IDENTITY: ClassVar[str] = "JUNKAN,GAS-2,0001,1.0"
    GASES: ClassVar[Mapping[str, tuple[str, float]]] = {"AR": ("argon", 200.0), "O2": ("oxygen", 20.0)}
    HIGHEST_OXYGEN = 1.0
    TROUBLES: ClassVar[Mapping[str, str]] = {
        "frozen": "the gauge shows for ever what it showed",
        "stuck_shutter": "the shutter does not move, though the command is acknowledged",
        "stuck_valve": "flows stay as they are, though the command is acknowledged",
    }
    KEPT: ClassVar[tuple[str, ...]] = ("shown", "asked", "regulating")

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self.shown = 0.0
        self.asked = {gas: world.flow(gas) for gas, _ in self.GASES.values()}
        self.regulating = False
        self._queries: Mapping[str, Callable[[], str]] = {
            "AR?": lambda: f"{self.asked['argon']:.4f}",
            "O2?": lambda: f"{world.flow('oxygen') if self.regulating else self.asked['oxygen']:.4f}",
            "AR:FLOW?": lambda: f"{world.flow('argon'):.4f}",
            "O2:FLOW?": lambda: f"{world.flow('oxygen'):.4f}",
            "O2:P?": lambda: f"{world.oxygen_pressure:.4E}",
            "P?": lambda: f"{self._pressure():.4E}",
            "PUMP?": lambda: _bit(world.pump),
            "VALVE?": lambda: _bit(world.valve),
            "SHUTTER?": lambda: _bit(world.shutter),
            "DOOR?": lambda: _bit(world.door_closed),
            "WATER?": lambda: _bit(world.water),
        }
        self._settings: Mapping[str, Callable[[str], None]] = {
            "AR": lambda text: self._flow("AR", text),
            "O2": lambda text: self._flow("O2", text),
            "O2:P": self._regulate,
            "PUMP": lambda text: world.set_pump(switch(text)),
            "VALVE": lambda text: world.set_valve(switch(text)),
            "SHUTTER": self._shutter,
        }

    def trouble(self, name: str, present: bool) -> None:
        """A frozen gauge keeps what it shows at this moment."""
        self.shown = self._pressure()
        super().trouble(name, present)

    def power_up(self) -> None:
        """Gas and shutter close; the pump and its valve are on a circuit of their own."""
        super().power_up()
        for word in self.GASES:
            self._flow(word, "0")
        self._world.set_shutter(False)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember."""
        super().restore(state)
        self.asked = dict(self.asked)

    def _obey(self, command: str, arguments: list[str]) -> str:
        if command in self._queries:
            none(arguments)
            return self._queries[command]()
        if command not in self._settings:
            raise RefusedLine(UNKNOWN, "unknown command")
        self._settings[command](one(arguments))
        return "OK"

    def _flow(self, word: str, text: str) -> None:
        gas, highest = self.GASES[word]
        flow = number(text, 0.0, highest)
        self.asked[gas] = flow
        if gas == "oxygen":
            self.regulating = False
        if "stuck_valve" not in self._troubles:
            self._world.set_flow(gas, flow)

    def _regulate(self, text: str) -> None:
        pascal = number(text, 0.0, self.HIGHEST_OXYGEN)
        self.regulating = True
        if "stuck_valve" not in self._troubles:
            self._world.set_oxygen_pressure(pascal)

    def _shutter(self, text: str) -> None:
        opened = switch(text)
        if "stuck_shutter" not in self._troubles:
            self._world.set_shutter(opened)

    def _pressure(self) -> float:
        return self.shown if "frozen" in self._troubles else self._world.pressure


def _bit(value: bool) -> str:
    return "1" if value else "0"
