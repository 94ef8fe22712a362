"""Who keeps what a growth does and measures: handed in, so that this room knows no file format."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from devices.reading import Reading


class Record(Protocol):
    """The record of one growth. Everything handed over is plain data; times are seconds of the rig's clock."""

    def about(self, facts: Mapping[str, Any]) -> None:
        """What is known of the growth: what was asked, recipe, sample, calibrations, hashes. JSON; may come again."""
        ...

    def reading(self, device: str, channel: str, reading: Reading) -> None:
        """One reading of the time series."""
        ...

    def step(self, name: str, began: float, ended: float, content: Mapping[str, Any]) -> None:
        """A step is over, done or not; `content` is JSON."""
        ...

    def measurement(
        self,
        name: str,
        columns: Mapping[str, Sequence[float]],
        units: Mapping[str, str],
        about: Mapping[str, Any],
    ) -> None:
        """Raw data: columns of equal length."""
        ...


class MemoryRecord:
    """A record that ends with its process: for tests, and for a rig that is driven by hand."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}
        self.readings: list[tuple[str, str, Reading]] = []
        self.steps: list[tuple[str, float, float, Mapping[str, Any]]] = []
        self.measurements: dict[str, tuple[Mapping[str, Sequence[float]], Mapping[str, str], Mapping[str, Any]]] = {}

    def about(self, facts: Mapping[str, Any]) -> None:
        """Keep the facts."""
        self.facts.update(facts)

    def reading(self, device: str, channel: str, reading: Reading) -> None:
        """Keep the reading."""
        self.readings.append((device, channel, reading))

    def step(self, name: str, began: float, ended: float, content: Mapping[str, Any]) -> None:
        """Keep the step."""
        self.steps.append((name, began, ended, content))

    def measurement(
        self,
        name: str,
        columns: Mapping[str, Sequence[float]],
        units: Mapping[str, str],
        about: Mapping[str, Any],
    ) -> None:
        """Keep the raw data."""
        self.measurements[name] = (columns, units, about)
