"""Which simulated stations there are in this process."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from simulators.thin_film.wire import Wire

_stations: dict[str, Mapping[str, Wire]] = {}


def connect(station: str, wires: Mapping[str, Wire]) -> None:
    """Let `sim://station/NAME` lead to these wires. Raises ValueError if there is a station of that name."""
    if station in _stations:
        raise ValueError(f"The simulated station {station!r} is connected already.")
    _stations[station] = wires


def disconnect(station: str) -> None:
    """Let the station go, if it is there."""
    _stations.pop(station, None)


@contextmanager
def connected(station: str, wires: Mapping[str, Wire]) -> Iterator[None]:
    """The station is there inside the `with`."""
    connect(station, wires)
    try:
        yield
    finally:
        disconnect(station)


def wire_at(station: str, instrument: str) -> Wire:
    """Raises KeyError, with what there is."""
    if station not in _stations:
        raise KeyError(f"no simulated station {station!r} in this process; there are: {', '.join(_stations) or 'none'}")
    wires = _stations[station]
    if instrument not in wires:
        raise KeyError(f"the station {station!r} has no {instrument!r}; it has: {', '.join(wires)}")
    return wires[instrument]
