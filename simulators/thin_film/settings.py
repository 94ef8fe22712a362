"""What a simulated laboratory is made of, checked once at the door."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from simulators.thin_film.berg import TARGETS
from simulators.thin_film.film import SUBSTRATES
from simulators.thin_film.probe import SYSTEMATIC

Place = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
MaterialName = Literal["niobium_titanate", "lithium_cobaltate", "mixed_oxide"]
NATURAL_TARGET: Mapping[str, str] = {"niobium_titanate": "ceramic"}
"""What is sputtered where the file does not say; the other materials have a target of their own name."""


class WorldSettings(BaseModel):
    """The chamber, the robot and what lies in its cassette. Defaults are those of the flagship campaign."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    material: MaterialName = "niobium_titanate"
    targets: tuple[str, ...] = ()
    """In the order of the guns; the first is in use at the beginning. Empty: the natural one of the material."""
    positions: Mapping[Place, PositiveInt] = {"cassette": 10, "chamber": 1, "probe": 1, "store": 200}
    """Places and how many samples fit: `cassette: 10` has the slots cassette/1 ... cassette/10. Only chamber and probe
    must be there. A place called diffractometer is where scans are taken; without one they are taken on the probe."""
    substrates: tuple[str, ...] = ("glass",)
    """What lies in the slots of the cassette, if there is one, repeated until it is full."""
    loaded: int | None = Field(default=None, ge=0)
    """How many slots of the cassette are filled at the beginning; all of them by default."""

    scatter: NonNegativeFloat = 0.03
    """Run-to-run scatter of a film, as a standard deviation of the decadic logarithm of its resistivity."""
    probe_std: NonNegativeFloat = SYSTEMATIC
    """Relative standard deviation of the geometry of a probe set-up; 0 for a perfect probe."""
    probe_setup: int = Field(default=0, ge=0)
    """Which set-up of the probe: another number is another geometry."""
    rate_loss_per_kwh: NonNegativeFloat = 0.0
    """Share of the growth rate that a target loses with every kWh it has taken. 0: targets do not wear."""

    hardware_interlock: bool = True
    """Whether an opened door or missing water cuts the plasma without any computer. It always forbids to strike."""
    pumping_speed: PositiveFloat = 0.05
    """For oxygen in m3/s: it decides whether there is hysteresis. Argon is described by `pascal_per_sccm`, a
    calibration of the whole chamber: 0.0125 Pa per sccm would be 0.15 m3/s, and both numbers are used as published."""
    pascal_per_sccm: PositiveFloat = 0.0125
    volume: PositiveFloat = 0.05
    """Of the chamber in m3: how fast its pressure rises when it is not pumped."""
    leak_rate: NonNegativeFloat = 6e-5
    """Pressure rise of the closed chamber without gas, leak and outgassing together, in Pa/s."""
    floor_pressure: PositiveFloat = 2e-5
    """The lowest pressure in Pa that the pump reaches."""
    heater_time: PositiveFloat = 180.0
    """Time constant of the heater in s."""
    room_temperature: float = 25.0
    move_time: PositiveFloat = 90.0
    """What a transfer takes, in s."""

    @model_validator(mode="after")
    def _known(self) -> "WorldSettings":
        for what, names, known in (("target", self.targets, TARGETS), ("substrate", self.substrates, SUBSTRATES)):
            for name in names:
                if name not in known:
                    raise ValueError(f"{what} {name!r} is not known. Known: {', '.join(known)}.")
        if not self.substrates:
            raise ValueError("substrates: at least one is needed.")
        missing = [place for place in ("chamber", "probe") if place not in self.positions]
        if missing:
            raise ValueError(f"positions: {', '.join(missing)} missing.")
        return self

    @property
    def guns(self) -> tuple[str, ...]:
        """The targets in the order of the guns."""
        return self.targets or (NATURAL_TARGET.get(self.material, self.material),)
