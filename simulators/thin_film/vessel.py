"""A vessel that is pumped and heated, and the gas that flows through it.

Nothing is integrated step by step. The state is that of the moment when something last happened; everything in
between has a closed form, and a growing film is an integral from that moment. So the vessel is the same whether time
comes in one step or in a thousand.
"""

from math import exp

from simulators.thin_film.berg import BOLTZMANN, GAS_TEMPERATURE, MOLECULES_PER_SCCM
from simulators.thin_film.rig_state import RigState
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.vacuum import ATMOSPHERE, Residual

PASCAL_M3_PER_SCCM = MOLECULES_PER_SCCM * BOLTZMANN * GAS_TEMPERATURE
"""Pressure times volume that a flow of one sccm brings every second."""


class Vessel:
    """Setters act at once; time passes elsewhere. What burns and grows inside overrides `_flow_for`, `_settled_oxygen`,
    `_spend` and `_follow`.
    """

    def __init__(self, settings: WorldSettings) -> None:
        self.settings = settings
        room = settings.room_temperature
        self._state = RigState(temperature=room, setpoint=room, wear=[0.0] * len(settings.guns))

    # --- gas and vacuum ----------------------------------------------------------------------------------------------

    @property
    def pressure(self) -> float:
        """Total pressure in Pa."""
        return self._residual().after(self._elapsed) + self._gas_pressure

    @property
    def oxygen_pressure(self) -> float:
        """Partial pressure of the oxygen that is let in, in Pa."""
        return self._state.oxygen_pressure

    def flow(self, gas: str) -> float:
        """What flows now, in sccm: `argon` or `oxygen`. Raises ValueError for another gas."""
        state = self._state
        if gas == "oxygen" and state.wanted_oxygen is not None:
            return self._flow_for(state.wanted_oxygen)
        return {"argon": state.argon, "oxygen": state.oxygen}[_gas(gas)]

    def set_flow(self, gas: str, sccm: float) -> None:
        """Let `argon` or `oxygen` flow; which oxygen pressure that gives depends on what went before."""
        require(sccm, 0.0, 500.0, "a flow in sccm")
        self._close_segment()
        if _gas(gas) == "argon":
            self._state.argon = sccm
        else:
            self._state.oxygen, self._state.wanted_oxygen = sccm, None
        self._settle()

    def set_oxygen_pressure(self, pascal: float) -> None:
        """Have the gas controller hold an oxygen pressure by its flow, as a fast one can even between the turning
        points. A following `set_flow("oxygen", ...)` ends it.
        """
        require(pascal, 0.0, 3.0, "an oxygen pressure in Pa")
        self._close_segment()
        self._state.wanted_oxygen = pascal
        self._settle()

    @property
    def pump(self) -> bool:
        """Whether the pump runs."""
        return self._state.pump

    def set_pump(self, running: bool) -> None:
        """Start or stop the pump."""
        self._change_pumping(pump=running)

    @property
    def valve(self) -> bool:
        """Whether the valve between pump and chamber is open."""
        return self._state.valve

    def set_valve(self, is_open: bool) -> None:
        """Open the valve to the pump, or close the chamber off: then its pressure rises by its leak."""
        self._change_pumping(valve=is_open)

    def set_leak(self, factor: float) -> None:
        """Let the chamber leak `factor` times as much as it should; its base pressure rises with it."""
        require(factor, 0.0, 1e6, "a factor")
        self._change(leak=factor)

    # --- heater ------------------------------------------------------------------------------------------------------

    @property
    def temperature(self) -> float:
        """Of the substrate in the chamber, in C."""
        state = self._state
        return state.setpoint + (state.temperature - state.setpoint) * exp(-self._elapsed / self.settings.heater_time)

    @property
    def setpoint(self) -> float:
        """What the heater was told, in C."""
        return self._state.setpoint

    @property
    def heater_output(self) -> float:
        """Share of its power that the heater takes, 0 to 1."""
        room = self.settings.room_temperature
        return (self._state.setpoint - room) / (900.0 - room)

    def set_heater(self, celsius: float) -> None:
        """Heat towards a temperature; below the room's it is simply off."""
        require(celsius, -273.0, 900.0, "a temperature in C")
        self._close_segment()
        self._state.setpoint = max(celsius, self.settings.room_temperature)

    # --- inside ------------------------------------------------------------------------------------------------------

    @property
    def _elapsed(self) -> float:
        return self._state.now - self._state.since

    @property
    def _pumped(self) -> bool:
        return self._state.pump and self._state.valve and not self._open_to_air

    @property
    def _open_to_air(self) -> bool:
        move = self._state.move
        return move is not None and leads_into_chamber(move.source, move.target)

    @property
    def _gas_pressure(self) -> float:
        """Of the gases that flow through a pumped chamber, in Pa."""
        if not self._pumped:
            return 0.0
        return self._state.argon * self.settings.pascal_per_sccm + self._state.oxygen_pressure

    def _residual(self) -> Residual:
        state, settings = self._state, self.settings
        inflow = (state.argon + self.flow("oxygen")) * PASCAL_M3_PER_SCCM / settings.volume
        floor, rise = settings.floor_pressure * state.leak, settings.leak_rate * state.leak + inflow
        return Residual(state.residual, self._pumped, self._open_to_air, floor, rise)

    def _change(self, **values: bool | float) -> None:
        self._close_segment()
        for name, value in values.items():
            setattr(self._state, name, value)
        self._settle()

    def _change_pumping(self, **values: bool) -> None:
        """The gas in the chamber is the same before and after: what the lines hold becomes residual, or the reverse."""
        self._close_segment()
        total = self._state.residual + self._gas_pressure
        for name, value in values.items():
            setattr(self._state, name, value)
        if not self._open_to_air:
            self._state.residual = max(total - self._gas_pressure, self.settings.floor_pressure * self._state.leak)
        self._settle()

    def _close_segment(self) -> None:
        """Make now the moment that all values belong to."""
        state, elapsed = self._state, self._elapsed
        if elapsed > 0.0:
            self._spend(elapsed)
            state.residual, state.temperature = self._residual().after(elapsed), self.temperature
        state.since = state.now

    def _settle(self) -> None:
        """Let gas, plasma and film follow what has changed."""
        if self._pumped:
            self._state.oxygen_pressure = self._settled_oxygen()
        if self._open_to_air:
            self._state.residual = ATMOSPHERE
        self._follow()

    def _flow_for(self, pressure: float) -> float:
        """The flow in sccm that holds an oxygen pressure in Pa when nothing but the pump takes oxygen."""
        return pressure * self.settings.pumping_speed / PASCAL_M3_PER_SCCM

    def _settled_oxygen(self) -> float:
        """The oxygen pressure in Pa that the gas line holds."""
        state = self._state
        if state.wanted_oxygen is not None:
            return state.wanted_oxygen
        return state.oxygen * PASCAL_M3_PER_SCCM / self.settings.pumping_speed

    def _spend(self, seconds: float) -> None:
        """Keep what the time since the last event has worn and grown."""

    def _follow(self) -> None:
        """Let plasma and film follow the gas."""


def leads_into_chamber(source: str, target: str) -> bool:
    """Whether a transfer opens the chamber."""
    return source.startswith("chamber/") or target.startswith("chamber/")


def _gas(name: str) -> str:
    if name not in ("argon", "oxygen"):
        raise ValueError(f"gas {name!r} is not known: argon or oxygen.")
    return name


def require(value: float, low: float, high: float, what: str) -> None:
    """Raises ValueError for a number that makes no sense."""
    if not low <= value <= high:
        raise ValueError(f"{value} is not {what} between {low:g} and {high:g}.")
