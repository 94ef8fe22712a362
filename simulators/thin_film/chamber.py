"""The sputter chamber: a vessel with a plasma in it, a target that it eats, a shutter, a door and cooling water."""

from math import inf

import numpy as np

from simulators.thin_film.berg import TARGETS, Chamber, Target, settled_pressure, steady_state
from simulators.thin_film.deposit import deposition_at
from simulators.thin_film.elementary import Array
from simulators.thin_film.film import Deposition
from simulators.thin_film.growth import ARCING, ARCS_ABOVE_COVERAGE, ARCS_ABOVE_POWER, NO_PLASMA, STRIKES_ABOVE
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.vacuum import time_to
from simulators.thin_film.vessel import Vessel, require

STRIKES_BELOW = 50.0
"""Total pressure in Pa above which no plasma strikes."""
DOOR, WATER = "door open", "no water"
JOULE_PER_KWH = 3.6e6


class SputterChamber(Vessel):
    """Whoever owns the samples overrides `_keep_film` and `_notice_film`."""

    def __init__(self, settings: WorldSettings) -> None:
        super().__init__(settings)
        self._chamber = Chamber(pumping_speed=settings.pumping_speed)

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
        require(watts, 0.0, 1000.0, "a power in W")
        self._close_segment()
        self._state.setting = watts
        if self._state.plasma:
            self._begin_ramp()
            self._settle()

    def set_ramp(self, seconds: float) -> None:
        """How long a change of the power takes."""
        require(seconds, 0.0, 1e4, "a ramp in s")
        self._state.ramp = seconds

    def set_timer(self, seconds: float) -> None:
        """How long the next plasma burns at most; 0 for no limit. A plasma that burns already keeps its own."""
        require(seconds, 0.0, 1e6, "a time in s")
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

    # --- shutter, door, water ---------------------------------------------------------------------------------------

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

    @property
    def unsafe_seconds(self) -> float:
        """How long a plasma has burned with the door open or without water, so far."""
        return self._state.unsafe_seconds + (self._elapsed if self._unsafe else 0.0)

    # --- inside ------------------------------------------------------------------------------------------------------

    @property
    def _unsafe(self) -> bool:
        return self._state.plasma and not (self._state.door_closed and self._state.water)

    def _target(self) -> Target:
        return TARGETS[self.target]

    def _flow_for(self, pressure: float) -> float:
        if self.power > 0.0 and pressure > 0.0:
            return steady_state(pressure, self.power, self._target(), self._chamber).flow
        return super()._flow_for(pressure)

    def _settled_oxygen(self) -> float:
        state = self._state
        if self.power > 0.0 and state.wanted_oxygen is None:
            return settled_pressure(state.oxygen, self.power, self._target(), state.coverage, self._chamber)
        return super()._settled_oxygen()

    def _spend(self, seconds: float) -> None:
        state = self._state
        self._keep_film()
        state.unsafe_seconds = self.unsafe_seconds
        state.wear[state.gun] += self.power * seconds / JOULE_PER_KWH

    def _follow(self) -> None:
        state = self._state
        if self.power > 0.0:
            state.coverage = steady_state(state.oxygen_pressure, self.power, self._target(), self._chamber).coverage
        elif state.oxygen_pressure > 0.0 or self._open_to_air:
            state.coverage = 1.0
        reason = self._reason_to_go_out() if state.plasma else ""
        if reason:
            self._go_out(reason)
        self._notice_film()

    def _keep_film(self) -> None:
        """Add what has grown since the last event to the film in the chamber."""

    def _notice_film(self) -> None:
        """Note whether a film has begun or ended."""

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
