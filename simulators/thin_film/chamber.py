"""The chamber and what is bolted to it: gas, pump, heater, plasma, shutter, door and water, sharing one state.

Nothing is integrated step by step. The state is that of the moment when something last happened; everything in
between has a closed form, and a growing film is an integral from that moment. So the chamber is the same whether time
comes in one step or in a thousand.
"""

from math import exp, inf

import numpy as np

from simulators.thin_film.berg import (
    BOLTZMANN,
    GAS_TEMPERATURE,
    MOLECULES_PER_SCCM,
    TARGETS,
    Chamber,
    Target,
    pressure_without_plasma,
    settled_pressure,
    steady_state,
)
from simulators.thin_film.deposit import deposition_at
from simulators.thin_film.elementary import Array
from simulators.thin_film.film import Deposition
from simulators.thin_film.growth import ARCING, ARCS_ABOVE_COVERAGE, ARCS_ABOVE_POWER, NO_PLASMA, STRIKES_ABOVE
from simulators.thin_film.rig_state import RigState
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.vacuum import ATMOSPHERE, Residual, time_to

STRIKES_BELOW = 50.0
"""Total pressure in Pa above which no plasma strikes."""
DOOR, WATER = "door open", "no water"
JOULE_PER_KWH = 3.6e6


class SputterChamber:
    """Setters act at once, and time passes elsewhere.

    Whoever owns the samples overrides `_keep_film` and `_notice_film`."""

    def __init__(self, settings: WorldSettings) -> None:
        self.settings = settings
        room = settings.room_temperature
        self._chamber = Chamber(pumping_speed=settings.pumping_speed)
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
        _require(sccm, 0.0, 500.0, "a flow in sccm")
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
        _require(pascal, 0.0, 3.0, "an oxygen pressure in Pa")
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
        _require(celsius, -273.0, 900.0, "a temperature in C")
        self._close_segment()
        self._state.setpoint = max(celsius, self.settings.room_temperature)

    # --- plasma ------------------------------------------------------------------------------------------------------

    @property
    def plasma(self) -> bool:
        """Whether the output of the supply is on and a plasma burns."""
        return self._state.plasma

    @property
    def outage(self) -> str:
        """Why the plasma went out by itself or did not strike: 'door open', 'no water', 'no plasma' (too little gas),
        'arcing on a poisoned target', 'timer'; empty after an operator's own command.
        """
        return self._state.outage

    @property
    def power(self) -> float:
        """What the supply delivers, in W."""
        return self._state.power if self._state.plasma else 0.0

    @property
    def voltage(self) -> float:
        """Of the discharge, in V."""
        return self._chamber.voltage if self.power > 0.0 else 0.0

    @property
    def current(self) -> float:
        """Of the discharge, in A."""
        return self.power / self._chamber.voltage

    @property
    def coverage(self) -> float:
        """Which share of the target is oxidised, 0 to 1."""
        return self._state.coverage

    @property
    def timer_left(self) -> float:
        """Seconds until the supply switches off by itself; the set time while it is off, 0 without a timer."""
        ends = self._state.timer_ends
        return self._state.timer if ends is None else ends - self._state.now

    def set_power(self, watts: float) -> None:
        """Ask for a power; with a ramp it is reached in steps of a watt."""
        _require(watts, 0.0, 1000.0, "a power in W")
        self._close_segment()
        self._state.setting = watts
        if self._state.plasma:
            self._begin_ramp()
            self._settle()

    def set_ramp(self, seconds: float) -> None:
        """How long a change of the power takes."""
        _require(seconds, 0.0, 1e4, "a ramp in s")
        self._state.ramp = seconds

    def set_timer(self, seconds: float) -> None:
        """How long the next plasma burns at most; 0 for no limit. A plasma that burns already keeps its own."""
        _require(seconds, 0.0, 1e6, "a time in s")
        self._state.timer = seconds

    def strike(self) -> bool:
        """Switch the supply on. False if nothing strikes: door, water, gas, or a target that arcs; see `outage`."""
        if self._state.plasma:
            return True
        self._close_segment()
        state = self._state
        state.outage = self._reason_against()
        if state.outage:
            return False
        state.plasma, state.power = True, 0.0
        state.timer_ends = state.now + state.timer if state.timer > 0.0 else None
        self._begin_ramp()
        self._settle()
        return state.plasma

    def quench(self) -> None:
        """Switch the supply off."""
        self._close_segment()
        self._go_out("")

    @property
    def target(self) -> str:
        """The name of the target in use."""
        return self.settings.guns[self._state.gun]

    def select_gun(self, number: int) -> None:
        """Use gun 1, 2, ... Raises ValueError if there is none, or if a plasma burns."""
        if not 1 <= number <= len(self.settings.guns):
            raise ValueError(f"There is no gun {number}; there are {len(self.settings.guns)}.")
        if self._state.plasma:
            raise ValueError("The gun cannot be changed while a plasma burns.")
        self._close_segment()
        if number - 1 != self._state.gun:
            self._state.gun, self._state.coverage = number - 1, 1.0
            self._settle()

    @property
    def wear(self) -> float:
        """Energy that the target in use has taken, in kWh."""
        return self._state.wear[self._state.gun] + self.power * self._elapsed / JOULE_PER_KWH

    def set_mixture(self, *shares: float) -> None:
        """Shares of the materials that are sputtered together, in the order of the material; they need not sum to 1."""
        if len(shares) != 3 or min(shares) < 0.0 or not 0.0 < sum(shares) < inf:
            raise ValueError(f"{shares}: three shares are needed, none negative and not all zero.")
        self._close_segment()
        self._state.mixture = [float(share) for share in shares]

    # --- shutter, door, water, leak ----------------------------------------------------------------------------------

    @property
    def shutter(self) -> bool:
        """Whether the shutter is open."""
        return self._state.shutter

    def set_shutter(self, is_open: bool) -> None:
        """Open or close the shutter in front of the substrate."""
        self._change(shutter=is_open)

    @property
    def door_closed(self) -> bool:
        """Whether the door of the cabinet is closed. It is no vacuum door: opening it lets nobody's air in."""
        return self._state.door_closed

    def set_door(self, closed: bool) -> None:
        """Open or close the door. With the hardware interlock an open door cuts the plasma."""
        self._change(door_closed=closed)

    @property
    def water(self) -> bool:
        """Whether the cooling water flows."""
        return self._state.water

    def set_water(self, flowing: bool) -> None:
        """Let the water flow or fail."""
        self._change(water=flowing)

    def set_leak(self, factor: float) -> None:
        """Let the chamber leak `factor` times as much as it should; its base pressure rises with it."""
        _require(factor, 0.0, 1e6, "a factor")
        self._change(leak=factor)

    @property
    def unsafe_seconds(self) -> float:
        """How long a plasma has burned with the door open or without water, so far."""
        return self._state.unsafe_seconds + (self._elapsed if self._unsafe else 0.0)

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
    def _unsafe(self) -> bool:
        return self._state.plasma and not (self._state.door_closed and self._state.water)

    @property
    def _gas_pressure(self) -> float:
        """Of the gases that flow through a pumped chamber, in Pa."""
        if not self._pumped:
            return 0.0
        return self._state.argon * self.settings.pascal_per_sccm + self._state.oxygen_pressure

    def _residual(self) -> Residual:
        state, settings = self._state, self.settings
        inflow = (state.argon + state.oxygen) * MOLECULES_PER_SCCM * BOLTZMANN * GAS_TEMPERATURE / settings.volume
        floor, rise = settings.floor_pressure * state.leak, settings.leak_rate * state.leak + inflow
        return Residual(state.residual, self._pumped, self._open_to_air, floor, rise)

    def _target(self) -> Target:
        return TARGETS[self.target]

    def _flow_for(self, pressure: float) -> float:
        if self.power > 0.0 and pressure > 0.0:
            return steady_state(pressure, self.power, self._target(), self._chamber).flow
        return pressure / pressure_without_plasma(1.0, self._chamber)

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
            self._keep_film()
            residual, temperature = self._residual().after(elapsed), self.temperature
            state.wear[state.gun] += self.power * elapsed / JOULE_PER_KWH
            state.unsafe_seconds = self.unsafe_seconds
            state.residual, state.temperature = residual, temperature
        state.since = state.now

    def _settle(self) -> None:
        """Let target, plasma and film follow what has changed."""
        self._settle_target()
        if self._state.plasma:
            reason = self._reason_to_go_out()
            if reason:
                self._go_out(reason)
        if self._open_to_air:
            self._state.residual = ATMOSPHERE
        self._notice_film()

    def _keep_film(self) -> None:
        """Add what has grown since the last event to the film in the chamber."""

    def _notice_film(self) -> None:
        """Note whether a film has begun or ended."""

    def _settle_target(self) -> None:
        state = self._state
        if self._pumped:
            state.oxygen_pressure = self._settled_oxygen()
        if self.power > 0.0:
            oxygen = state.oxygen_pressure
            steady = steady_state(oxygen, self.power, self._target(), self._chamber)
            state.coverage = steady.coverage
        elif state.oxygen_pressure > 0.0 or self._open_to_air:
            state.coverage = 1.0

    def _settled_oxygen(self) -> float:
        state = self._state
        if state.wanted_oxygen is not None:
            return state.wanted_oxygen
        if self.power > 0.0:
            return settled_pressure(state.oxygen, self.power, self._target(), state.coverage, self._chamber)
        return pressure_without_plasma(state.oxygen, self._chamber)

    def _reason_against(self) -> str:
        """Why no plasma strikes."""
        if not self._state.door_closed:
            return DOOR
        if not self._state.water:
            return WATER
        return "" if STRIKES_ABOVE <= self.pressure <= STRIKES_BELOW else NO_PLASMA

    def _reason_to_go_out(self) -> str:
        if self.settings.hardware_interlock and self._unsafe:
            return WATER if self._state.door_closed else DOOR
        if self.pressure < STRIKES_ABOVE:
            return NO_PLASMA
        arcs = self._state.coverage > ARCS_ABOVE_COVERAGE and self.power > ARCS_ABOVE_POWER
        return ARCING if arcs else ""

    def _go_out(self, reason: str) -> None:
        state = self._state
        state.plasma, state.power, state.outage = False, 0.0, reason
        state.stair = state.timer_ends = None
        self._settle()

    def _begin_ramp(self) -> None:
        state = self._state
        change = abs(state.setting - state.power)
        if state.ramp <= 0.0 or change == 0.0:
            state.power, state.stair = state.setting, None
            return
        state.stair_time = state.ramp / change
        state.stair = state.now + state.stair_time

    def _climb(self) -> None:
        """One watt further: supplies of this kind know whole watts, and the target follows each of them."""
        state = self._state
        left = state.setting - state.power
        if abs(left) <= 1.0:
            state.power, state.stair = state.setting, None
        else:
            state.power += 1.0 if left > 0.0 else -1.0
            state.stair = (state.stair or state.now) + state.stair_time

    def _starves_at(self) -> float:
        """When a plasma that burns in residual gas goes out because the pump takes it away."""
        lacking = STRIKES_ABOVE - self._gas_pressure
        if lacking <= 0.0 or not self._pumped:
            return inf
        residual = self._residual()
        return self._state.since + time_to(lacking, residual.start, residual.floor)

    def _conditions(self, times: Array) -> Deposition[Array]:
        """What a film grows under at times in s since the last event."""
        state, settings = self._state, self.settings
        pressure = self._residual().during(times) + self._gas_pressure
        temperature = state.setpoint + (state.temperature - state.setpoint) * np.exp(-times / settings.heater_time)
        worn = state.wear[state.gun] + self.power / JOULE_PER_KWH * times
        efficiency = np.maximum(1.0 - settings.rate_loss_per_kwh * worn, 0.0)
        target, oxygen = self._target(), state.oxygen_pressure
        flux = steady_state(oxygen, self.power, target, self._chamber).flux
        return deposition_at(oxygen, pressure, self.power, temperature, flux, efficiency, target.dopant)


def leads_into_chamber(source: str, target: str) -> bool:
    """Whether a transfer opens the chamber."""
    return source.startswith("chamber/") or target.startswith("chamber/")


def _gas(name: str) -> str:
    if name not in ("argon", "oxygen"):
        raise ValueError(f"gas {name!r} is not known: argon or oxygen.")
    return name


def _require(value: float, low: float, high: float, what: str) -> None:
    if not low <= value <= high:
        raise ValueError(f"{value} is not {what} between {low:g} and {high:g}.")
