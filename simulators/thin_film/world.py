"""One simulated laboratory behind all its instruments: what one of them does, the others see.

Nothing is integrated step by step. The state is that of the moment when something last happened, a command or an
event such as the end of a transfer; everything in between has a closed form, and a growing film is an integral from
that moment. So the laboratory is the same whether time comes in one step or in a thousand.
"""

from math import inf, isfinite
from typing import Any

import numpy as np

from simulators.thin_film import diffraction, probe
from simulators.thin_film.chamber import SputterChamber
from simulators.thin_film.deposit import gained
from simulators.thin_film.errors import RobotBusy, SourceEmpty, TargetOccupied, TransferBlocked, UnknownPlace
from simulators.thin_film.film import CONTINUOUS, SUBSTRATES, Film
from simulators.thin_film.growth import NO_PLASMA, scatter_of
from simulators.thin_film.materials import MATERIALS
from simulators.thin_film.rig_state import Move, RigState
from simulators.thin_film.sample import Sample
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.vessel import leads_into_chamber

TIMER = "timer"


class World(SputterChamber):
    """The laboratory. Setters act at once; time passes in `advance` only.

    `seed` decides the geometry of the probe, the scatter of every growth and the noise of every reading. Growths,
    readings and scans are numbered, so that an additional command of one instrument does not change the others'.
    """

    def __init__(self, settings: WorldSettings | None = None, seed: int = 0) -> None:
        super().__init__(settings or WorldSettings())
        self.seed = seed
        self._material = MATERIALS[self.settings.material]
        self._geometry = probe.geometry_factor(seed, self.settings.probe_setup, self.settings.probe_std)
        self._slots = frozenset(
            f"{place}/{number}" for place, count in self.settings.positions.items() for number in range(1, count + 1)
        )
        self._fill_cassette()

    # --- time --------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Seconds since the laboratory was built."""
        return self._state.now

    def advance(self, seconds: float) -> None:
        """Let time pass; what ends in between ends at its own moment. Raises ValueError for a negative time."""
        if not (isfinite(seconds) and seconds >= 0.0):
            raise ValueError(f"advance({seconds}): time only goes on.")
        end = self._state.now + seconds
        while (event := self._next_event()) <= end:
            self._happen(event)
        self._state.now = end

    # --- samples -----------------------------------------------------------------------------------------------------

    def places(self) -> dict[str, str | None]:
        """Every slot and the name of the sample in it."""
        lying = {sample.slot: sample.name for sample in self._state.samples.values()}
        return {slot: lying.get(slot) for slot in sorted(self._slots)}

    def occupied(self, slot: str) -> bool:
        """Whether a sample lies there. Raises UnknownPlace."""
        return self._at(slot) is not None

    @property
    def moving(self) -> bool:
        """Whether the arm moves."""
        return self._state.move is not None

    @property
    def holding(self) -> str | None:
        """The sample in the gripper."""
        return self._state.move.sample if self._state.move is not None else None

    def move(self, source: str, target: str) -> None:
        """Begin a transfer; it arrives as time passes. To and from the chamber it lets air into the chamber.

        Raises UnknownPlace, RobotBusy, SourceEmpty, TargetOccupied, TransferBlocked; then nothing moves.
        """
        state = self._state
        sample, there = self._at(source), self._at(target)
        if state.move is not None:
            raise RobotBusy(f"The arm is on its way to {state.move.target}.")
        if sample is None:
            raise SourceEmpty(f"{source} is empty.")
        if there is not None:
            raise TargetOccupied(f"{target} holds {there.name}.")
        if leads_into_chamber(source, target) and state.plasma:
            raise TransferBlocked("A plasma burns in the chamber.")
        self._close_segment()
        sample.slot = ""
        state.move = Move(sample.name, source, target, state.now + self.settings.move_time)
        self._settle()

    def put(self, slot: str, substrate: str, name: str | None = None) -> str:
        """A person puts a fresh substrate there; returns its name. Raises UnknownPlace, TargetOccupied, ValueError."""
        if substrate not in SUBSTRATES:
            raise ValueError(f"substrate {substrate!r} is not known. Known: {', '.join(SUBSTRATES)}.")
        if self._at(slot) is not None:
            raise TargetOccupied(f"{slot} is not empty.")
        name = name or f"s{len(self._state.samples) + 1}"
        if name in self._state.samples:
            raise ValueError(f"There is already a sample {name}.")
        self._close_segment()
        self._state.samples[name] = Sample(name, substrate, slot)
        self._settle()
        return name

    def take_away(self, slot: str) -> str:
        """A person takes the sample out of the laboratory; returns its name. Raises UnknownPlace, SourceEmpty."""
        sample = self._at(slot)
        if sample is None:
            raise SourceEmpty(f"{slot} is empty.")
        self._close_segment()
        sample.slot = "away"
        self._settle()
        return sample.name

    def film(self, name: str) -> Film | None:
        """What has truly grown on a sample; None for a bare substrate. Raises KeyError for an unknown name."""
        sample = self._state.samples[name]
        sums = self._sums_of(sample)
        if sums.get("thickness", 0.0) <= 0.0:
            return None
        scatter = scatter_of(self.seed, sample.growth, self.settings.scatter)
        return self._material.film(sums["thickness"], sums, scatter)

    def depositions(self, name: str) -> int:
        """How often a film was begun on a sample. Raises KeyError for an unknown name."""
        return self._state.samples[name].depositions

    # --- measurements ------------------------------------------------------------------------------------------------

    def probe_voltage(self, ampere: float) -> float | None:
        """One reading of the voltmeter of the probe in V, with offset and noise; None if the needles touch nothing.

        A film that is not continuous, or a bare substrate, is an open circuit: the compliance voltage.
        """
        sample = self._at("probe/1")
        if sample is None:
            return None
        self._state.readings += 1
        film = self.film(sample.name)
        if film is None or film.thickness < CONTINUOUS:
            return probe.COMPLIANCE if ampere > 0.0 else -probe.COMPLIANCE if ampere < 0.0 else 0.0
        chance = np.random.default_rng([self.seed, self._state.readings, 1])
        return float(probe.voltages(np.array([ampere]), film.sheet_resistance, self._geometry, chance)[0])

    def diffraction(self, start: float, stop: float, step: float) -> list[int] | None:
        """Counts of one scan, angles of 2 theta in degrees, both ends included; None if there is no sample.

        The sample is the one on the diffractometer, or on the probe in a laboratory without a place of its own.
        """
        slot = "diffractometer/1" if "diffractometer/1" in self._slots else "probe/1"
        sample = self._at(slot)
        if sample is None:
            return None
        self._state.scans += 1
        chance = np.random.default_rng([self.seed, self._state.scans, 2])
        angles = diffraction.scan_angles(start, stop, step)
        counts: list[int] = diffraction.scan_counts(angles, self.film(sample.name), chance).tolist()
        return counts

    # --- storing -----------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Everything, as plain JSON; looking changes nothing."""
        return {"settings": self.settings.model_dump(mode="json"), "seed": self.seed, "rig": self._state.to_json()}

    @classmethod
    def restore(cls, data: dict[str, Any]) -> "World":
        """The laboratory that was stored; it goes on as if nothing had been. Raises ValueError."""
        world = cls(WorldSettings.model_validate(data["settings"]), data["seed"])
        world._state = RigState.from_json(data["rig"])
        return world

    # --- inside ------------------------------------------------------------------------------------------------------

    def _at(self, slot: str) -> Sample | None:
        if slot not in self._slots:
            raise UnknownPlace(f"There is no place {slot}.")
        return next((sample for sample in self._state.samples.values() if sample.slot == slot), None)

    def _fill_cassette(self) -> None:
        places = self.settings.positions.get("cassette", 0)
        count = places if self.settings.loaded is None else min(self.settings.loaded, places)
        kinds = self.settings.substrates
        for number in range(1, count + 1):
            self.put(f"cassette/{number}", kinds[(number - 1) % len(kinds)])

    def _next_event(self) -> float:
        state = self._state
        times = [time for time in (state.stair, state.timer_ends) if time is not None]
        if state.move is not None:
            times.append(state.move.ends)
        if state.plasma:
            times.append(self._starves_at())
        return min(times, default=inf)

    def _happen(self, at: float) -> None:
        state = self._state
        starves = state.plasma and self._starves_at() <= at
        state.now = at
        self._close_segment()
        if state.move is not None and state.move.ends <= at:
            state.samples[state.move.sample].slot = state.move.target
            state.move = None
        if state.stair is not None and state.stair <= at:
            self._climb()
        if state.timer_ends is not None and state.timer_ends <= at:
            self._go_out(TIMER)
        elif starves:
            self._go_out(NO_PLASMA)
        self._settle()

    def _growing(self) -> Sample | None:
        if not self._state.shutter or self.power <= 0.0:
            return None
        return self._at("chamber/1")

    def _keep_film(self) -> None:
        sample = self._growing()
        if sample is not None:
            sample.sums = self._sums_of(sample)

    def _notice_film(self) -> None:
        sample = self._growing()
        if sample is not None and not self._state.film_begun:
            self._state.growths += 1
            sample.depositions += 1
            sample.growth = sample.growth or self._state.growths
        self._state.film_begun = sample is not None

    def _sums_of(self, sample: Sample) -> dict[str, float]:
        """What has grown on it until now."""
        if self._growing() is not sample or self._elapsed <= 0.0:
            return sample.sums
        mixture = np.array(self._state.mixture)
        added = gained(self._material, SUBSTRATES[sample.substrate], mixture, self._conditions, self._elapsed)
        return {name: sample.sums.get(name, 0.0) + more for name, more in added.items()}
