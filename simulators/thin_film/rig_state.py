"""Everything a simulated laboratory is at the moment when something last happened to it; plain data."""

from dataclasses import asdict, dataclass, field
from typing import Any

from simulators.thin_film.sample import Sample
from simulators.thin_film.vacuum import ATMOSPHERE

VERSION = 1


@dataclass
class Move:
    """A transfer that is under way; `ends` on the laboratory's clock, s."""

    sample: str
    source: str
    target: str
    ends: float


@dataclass
class RigState:
    """Times in s on the laboratory's clock, pressures in Pa, flows in sccm, powers in W, temperatures in C."""

    now: float = 0.0
    since: float = 0.0
    """When something last happened: all values below belong to that moment."""
    argon: float = 0.0
    oxygen: float = 0.0
    wanted_oxygen: float | None = None
    """Oxygen pressure that the gas controller holds instead of a flow."""
    residual: float = ATMOSPHERE
    pump: bool = False
    valve: bool = True
    leak: float = 1.0
    temperature: float = 25.0
    setpoint: float = 25.0
    plasma: bool = False
    outage: str = ""
    """Why the plasma went out, or did not strike; empty if nobody but the operator switched it off."""
    setting: float = 0.0
    """The power that is asked for."""
    power: float = 0.0
    """The power that is delivered; 0 without a plasma."""
    ramp: float = 0.0
    """Seconds that the supply takes to reach its setting."""
    stair: float | None = None
    """When the power next changes by a watt."""
    stair_time: float = 0.0
    timer: float = 0.0
    """Seconds after which the supply switches off by itself; 0 for never."""
    timer_ends: float | None = None
    gun: int = 0
    shutter: bool = False
    door_closed: bool = True
    water: bool = True
    mixture: list[float] = field(default_factory=lambda: [1.0, 1.0, 1.0])
    oxygen_pressure: float = 0.0
    coverage: float = 1.0
    wear: list[float] = field(default_factory=list)
    """Energy that each target has taken, kWh."""
    samples: dict[str, Sample] = field(default_factory=dict)
    move: Move | None = None
    film_begun: bool = False
    """Whether a film grows now."""
    growths: int = 0
    readings: int = 0
    scans: int = 0
    unsafe_seconds: float = 0.0
    """With a burning plasma and an open door or no water."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "RigState":
        """The state that was written. Raises ValueError for another version of the simulator."""
        content = dict(data)
        if content.pop("version", None) != VERSION:
            raise ValueError(f"This is not the state of a laboratory of version {VERSION}.")
        samples = {name: Sample(**one) for name, one in content.pop("samples").items()}
        move = content.pop("move")
        return cls(**content, samples=samples, move=Move(**move) if move else None)
