"""The units of a rig file. SI inside: a value is converted once where it enters, and once where it leaves.

A table of its own because the units of vacuum technology (mTorr, sccm, ohm per square) are missing elsewhere.
"""

import difflib
from dataclasses import dataclass

STANDARD_PRESSURE = 101325.0
STANDARD_TEMPERATURE = 273.15
GAS_CONSTANT = 8.31446261815324
TORR = STANDARD_PRESSURE / 760
SCCM = STANDARD_PRESSURE * 1e-6 / 60 / (GAS_CONSTANT * STANDARD_TEMPERATURE)
"""One standard cubic centimetre per minute in mol/s, at 0 degrees C and 101325 Pa (SEMI E12)."""


@dataclass(frozen=True)
class Unit:
    """What one `symbol` is: `value_si = value * factor + offset`."""

    symbol: str
    dimension: str
    factor: float
    offset: float = 0.0


_DIMENSIONS: dict[str, dict[str, float]] = {
    "power": {"W": 1.0, "mW": 1e-3, "kW": 1e3},
    "voltage": {"V": 1.0, "mV": 1e-3, "uV": 1e-6, "kV": 1e3},
    "current": {"A": 1.0, "mA": 1e-3, "uA": 1e-6, "nA": 1e-9},
    "resistance": {"ohm": 1.0, "mohm": 1e-3, "kohm": 1e3, "Mohm": 1e6},
    "sheet resistance": {"ohm/sq": 1.0, "kohm/sq": 1e3, "Mohm/sq": 1e6},
    "resistivity": {"ohm m": 1.0, "ohm cm": 1e-2, "uohm cm": 1e-8},
    "pressure": {"Pa": 1.0, "mPa": 1e-3, "hPa": 100.0, "kPa": 1e3, "mbar": 100.0, "bar": 1e5, "Torr": TORR}
    | {"mTorr": TORR * 1e-3},
    "flow": {"mol/s": 1.0, "sccm": SCCM, "slm": SCCM * 1e3, "molecules/s": 1 / 6.02214076e23},
    "leak rate": {"Pa m3/s": 1.0, "mbar l/s": 0.1},
    "rise of pressure": {"Pa/s": 1.0, "Pa/min": 1 / 60},
    "time": {"s": 1.0, "ms": 1e-3, "us": 1e-6, "min": 60.0, "h": 3600.0, "d": 86400.0},
    "length": {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "nm": 1e-9, "angstrom": 1e-10},
    "area": {"m2": 1.0, "cm2": 1e-4, "mm2": 1e-6},
    "speed": {"m/s": 1.0, "mm/s": 1e-3, "nm/s": 1e-9, "nm/min": 1e-9 / 60, "angstrom/s": 1e-10},
    "angle": {"rad": 1.0, "deg": 0.017453292519943295},
    "energy": {"J": 1.0, "Wh": 3600.0, "kWh": 3.6e6},
    "frequency": {"Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "rpm": 1 / 60},
    "rate of heating": {"K/s": 1.0, "K/min": 1 / 60, "C/min": 1 / 60},
    "number": {"": 1.0, "1": 1.0, "%": 1e-2, "counts": 1.0, "pieces": 1.0},
    "count rate": {"counts/s": 1.0},
    "truth": {"bool": 1.0},
    "text": {"text": 1.0},
}

_UNITS: dict[str, Unit] = {
    symbol: Unit(symbol, dimension, factor)
    for dimension, symbols in _DIMENSIONS.items()
    for symbol, factor in symbols.items()
} | {"K": Unit("K", "temperature", 1.0), "C": Unit("C", "temperature", 1.0, STANDARD_TEMPERATURE)}


class UnknownUnit(ValueError):
    """A unit that is not in the table. The message says what was perhaps meant."""


def unit(symbol: str) -> Unit:
    """The unit of that symbol. Raises UnknownUnit."""
    try:
        return _UNITS[symbol]
    except (KeyError, TypeError):
        raise UnknownUnit(_unknown(str(symbol))) from None


def dimension(symbol: str) -> str:
    """What a unit measures, such as `pressure`. Raises UnknownUnit."""
    return unit(symbol).dimension


def to_si(value: float, symbol: str) -> float:
    """`value`, which is in that unit, in the SI unit of its dimension (C becomes K, sccm mol/s). Raises UnknownUnit."""
    known = unit(symbol)
    return value * known.factor + known.offset


def from_si(value: float, symbol: str) -> float:
    """`value`, which is in SI, in that unit. Raises UnknownUnit."""
    known = unit(symbol)
    return (value - known.offset) / known.factor


def difference_to_si(value: float, symbol: str) -> float:
    """A tolerance or an uncertainty in that unit, in SI: half a degree C is half a kelvin. Raises UnknownUnit."""
    return value * unit(symbol).factor


def convert(value: float, given: str, wanted: str) -> float:
    """`value` from one unit into another of the same dimension. Raises UnknownUnit, also if the dimensions differ."""
    if given == wanted:
        return value
    if dimension(given) != dimension(wanted):
        raise UnknownUnit(f"{given!r} measures {dimension(given)} and {wanted!r} {dimension(wanted)}: use one of both")
    return from_si(to_si(value, given), wanted)


def known_units() -> tuple[str, ...]:
    """All symbols, in the order of their dimensions."""
    return tuple(_UNITS)


def _unknown(symbol: str) -> str:
    by_lower = {known.lower(): known for known in _UNITS}
    near = difflib.get_close_matches(symbol.lower(), by_lower, n=1, cutoff=0.5)
    meant = f" Did you mean {by_lower[near[0]]!r}?" if near else ""
    return f"the unit {symbol!r} is not known.{meant} Known: {', '.join(filter(None, _UNITS))}."
