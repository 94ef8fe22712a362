"""The instruments that PyMeasure drives for us: a closed table of what is known of each, checked before a port opens.

PyMeasure accepts `supply.setpiont = 3` in silence, has the instrument's range where it has one, and turns some garbled
answers into plausible values (a DCXS that answers anything but `1` is "off"). So the table says which properties
exist, what they hold, in which unit and range, and what an answer looks like.

Left out on purpose: the RF supply T&C CXN, whose setpoint PyMeasure 0.16 sends as UTF-8 text, so that every value with
a byte above 127 becomes two bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from devices.channel import Native
from devices.channel_settings import Holds
from devices.reply import Reply, Terminated

NUMBER = rb"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?(\s*,[^,]*)*\s*"
"""A number, or a list that begins with one, alone in its line."""


@dataclass(frozen=True)
class Attribute:
    """One property of an instrument. `unit`, `low`, `high` and `step` are the instrument's own."""

    holds: Holds = "number"
    unit: str | None = ""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    settable: bool = False
    choices: tuple[str, ...] | None = None
    answer: bytes | None = None
    """What the bytes of the answer must match; by default a number must look like one."""
    bits: int | None = None
    """The answer is one byte of so many switches; PyMeasure's own decoding loses the bytes that are blanks."""
    only_while_off: str | None = None
    """The boolean property that must be false while this one is set."""
    parts: tuple[tuple[str, float], ...] = ()
    """Not a property, but several: (name, what one of it is worth), the largest first."""
    switched_by: tuple[str, str] | None = None
    """Set by calling one of two methods: for true, for false."""
    unit_of_display: bool = False
    """The instrument answers in the unit that it is set to, see `Model.display`."""

    @property
    def native(self) -> Native:
        """What a channel may rely on."""
        return Native(self.holds, self.unit, self.low, self.high, self.step, settable=self.settable)


@dataclass(frozen=True)
class Model:
    """One instrument: the class in PyMeasure, its line, its properties, its methods that may be commands."""

    vendor: str
    name: str
    module: str
    attributes: Mapping[str, Attribute]
    write_end: str = ""
    read_end: str = ""
    frame: Reply | None = None
    """The shape of a whole answer, if PyMeasure reads it in pieces; else the end mark, or the size that it asks for."""
    link: Mapping[str, Any] = field(default_factory=dict)
    identity: str | None = None
    """The property that tells instruments apart."""
    identity_answer: bytes = rb"[\x20-\x7e]+"
    methods: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments that the rig file may give, with their defaults."""
    required: Mapping[str, str] = field(default_factory=dict)
    """Properties that must have this value, else the units of the others are wrong."""
    display: Mapping[str, str] = field(default_factory=dict)
    """What the property `unit` says -> the unit as we write it."""
    timer: str | None = None
    """The property that is the instrument's own switch-off timer."""


@dataclass(frozen=True)
class Counted(Reply):
    """An Inficon answer: `!`, length + 35, so many bytes, two of CRC (SQM-160 manual 074-511-P1, chapter 6)."""

    def excess(self, received: bytes | bytearray) -> int | None:
        """Bytes behind the frame; a wrong beginning counts as whole, and its reader refuses it."""
        if len(received) < 2:
            return None
        size = received[1] - 35
        if received[0] != ord("!") or size <= 0:
            return 0
        return None if len(received) < size + 4 else len(received) - size - 4

    def content(self, received: bytes) -> bytes:
        """All of it."""
        return received


def _switch(**more: Any) -> Attribute:
    return Attribute("boolean", None, **more)


def _whole(digits: int, unit: str, high: float | None = None, **more: Any) -> Attribute:
    """A number in a fixed count of decimal digits; settable if it has an upper end."""
    low = None if high is None else more.pop("low", 0.0)
    step = None if high is None else 1.0
    return Attribute("number", unit, low, high, step, settable=high is not None, answer=rb"\d{%d}" % digits, **more)


_OFF: dict[str, Any] = {"only_while_off": "enabled"}
DCXS = Model(
    "aja",
    "DCXS",
    "aja",
    {
        "enabled": _switch(settable=True, answer=rb"[01]"),
        "setpoint": _whole(4, "W", 1000),
        "power": _whole(4, "W"),
        "voltage": _whole(4, "V"),
        "current": _whole(4, "mA"),
        "fault_code": _whole(1, ""),
        "ramp_time": _whole(2, "s", 99, **_OFF),
        "shutter_delay": _whole(2, "s", 99, **_OFF),
        "deposition_time_min": _whole(3, "min", 999, **_OFF),
        "deposition_time_sec": _whole(2, "s", 59, **_OFF),
        "deposition_time": Attribute(
            "number", "s", 0, 59999, 1, settable=True,
            parts=(("deposition_time_min", 60), ("deposition_time_sec", 1)), **_OFF,
        ),
        "remaining_deposition_time_min": _whole(3, "min"),
        "remaining_deposition_time_sec": _whole(2, "s"),
        "remaining_deposition_time": Attribute(
            "number", "s", parts=(("remaining_deposition_time_min", 60), ("remaining_deposition_time_sec", 1))
        ),
        "shutter_state": _switch(answer=rb"[\x00-\x1f]", bits=5),
        "active_gun": _whole(1, "", 5, low=1.0),
        "material": Attribute("text", None, answer=rb"[\x20-\x7e]{8}"),
        "regulation_mode": Attribute("text", None, answer=rb"[012]"),
        "software_version": Attribute("text", None, answer=rb"[\x20-\x7e]{5}"),
    },
    link={"baudrate": 38400},
    identity="id",
    identity_answer=rb"[\x20-\x7e]{9}",
    required={"regulation_mode": "power"},
    timer="deposition_time",
)  # fmt: skip

_SCPI_SWITCH = rb"[01]"
_CURRENT = Attribute("number", "A", -1.05, 1.05, settable=True)
_VOLTAGE = Attribute("number", "V", -210, 210, settable=True)
_CYCLES = Attribute("number", "", 0.01, 10, settable=True)
_SCPI: dict[str, Any] = {"write_end": "\n", "read_end": "\n", "identity": "id"}
_SOURCE_MODE = Attribute("text", None, settable=True, choices=("current", "voltage"), answer=rb"\"?(CURR|VOLT)\"?")

KEITHLEY_2400 = Model(
    "keithley",
    "Keithley2400",
    "keithley",
    {
        "source_enabled": _switch(settable=True, answer=_SCPI_SWITCH),
        "source_mode": _SOURCE_MODE,
        "source_current": _CURRENT,
        "source_current_range": _CURRENT,
        "source_voltage": _VOLTAGE,
        "source_voltage_range": _VOLTAGE,
        "compliance_voltage": _VOLTAGE,
        "compliance_current": _CURRENT,
        "source_delay": Attribute("number", "s", 0, 999.9999, settable=True),
        "voltage": Attribute(unit="V"),
        "voltage_range": _VOLTAGE,
        "voltage_nplc": _CYCLES,
        "current": Attribute(unit="A"),
        "current_range": _CURRENT,
        "current_nplc": _CYCLES,
        "resistance": Attribute(unit="ohm"),
        "wires": Attribute("number", "", 2, 4, 2, settable=True),
        "auto_zero_enabled": _switch(settable=True, answer=_SCPI_SWITCH),
    },
    **_SCPI,
)
KEITHLEY_2450 = Model(
    "keithley",
    "Keithley2450",
    "keithley",
    {
        "source_enabled": _switch(settable=True, answer=_SCPI_SWITCH, switched_by=("enable_source", "disable_source")),
        "source_mode": _SOURCE_MODE,
        "source_current": _CURRENT,
        "source_current_range": _CURRENT,
        "source_voltage": _VOLTAGE,
        "compliance_voltage": _VOLTAGE,
        "compliance_current": _CURRENT,
        "voltage": Attribute(unit="V"),
        "voltage_range": _VOLTAGE,
        "voltage_nplc": _CYCLES,
        "current": Attribute(unit="A"),
        "current_nplc": _CYCLES,
        "resistance": Attribute(unit="ohm"),
        "wires": Attribute("number", "", 2, 4, 2, settable=True),
    },
    **_SCPI,
)
KEITHLEY_2182 = Model(
    "keithley", "Keithley2182", "keithley", {"voltage": Attribute(unit="V"), "voltage_nplc": _CYCLES}, **_SCPI
)

_LAKESHORE: dict[str, Any] = {
    "write_end": "\r\n",
    "read_end": "\r\n",
    "link": {"baudrate": 9600, "bytesize": 7, "parity": "O"},
    "identity": "id",
}


def _thermometers(*inputs: str) -> dict[str, Attribute]:
    kinds = {"kelvin": Attribute(unit="K"), "celsius": Attribute(unit="C")}
    return {f"input_{one}.{kind}": attribute for one in inputs for kind, attribute in kinds.items()}


_RANGE = Attribute("text", None, settable=True, choices=("off", "low", "medium", "high"), answer=rb"[0-3]")
_PER_CENT = Attribute("number", "%", 0, 100, settable=True)
LAKESHORE_3XX = Model(
    "lakeshore",
    "LakeShore3xx",
    "lakeshore",
    _thermometers("A", "B", "C", "D")
    | {
        f"output_{one}.{name}": attribute
        for one in (1, 2, 3, 4)
        for name, attribute in {
            "setpoint": Attribute(unit=None, settable=True),
            "range": _RANGE,
            "mout": _PER_CENT,
            "output": Attribute(unit="%"),
        }.items()
    },
    **_LAKESHORE,
)
LAKESHORE_224 = Model(
    "lakeshore",
    "LakeShore224",
    "lakeshore",
    _thermometers("A", "B", "C1", "C2", "C3", "C4", "C5", "D1", "D2", "D3", "D4", "D5"),
    **_LAKESHORE | {"link": {"baudrate": 57600, "bytesize": 7, "parity": "O"}},
)

_MKS_ANSWER = rb"@\d{3}ACK[+-]?\d+\.?\d*(E[+-]?\d+)?;FF"
_MKS: dict[str, Any] = {
    "write_end": ";FF",
    "read_end": ";",
    "frame": Terminated(b";FF"),
    "options": {"address": 253},
    "display": {"TORR": "Torr", "mBAR": "mbar", "MBAR": "mbar", "PASCAL": "Pa"},
}
_MKS_PRESSURE = Attribute("number", None, answer=_MKS_ANSWER, unit_of_display=True)
MKS_937B = Model(
    "mksinst",
    "MKS937B",
    "mksinst.mks937b",
    {f"ch_{one}.pressure": _MKS_PRESSURE for one in range(1, 7)},
    identity="serial",
    **_MKS,
)
MKS_974B = Model(
    "mksinst",
    "MKS974B",
    "mksinst.mks974b",
    dict.fromkeys(("pressure", "pirani_pressure", "piezo_pressure", "coldcathode_pressure"), _MKS_PRESSURE)
    | {"temperature": Attribute("number", "C", answer=_MKS_ANSWER)},
    identity="serial_number",
    **_MKS,
)

SMARTLINE_V1 = Model(
    "thyracont",
    "SmartlineV1",
    "thyracont.smartline_v1",
    {
        "pressure": Attribute("number", "mbar", answer=rb"\d{3}M\d{6}.\r"),
        "cathode_enabled": _switch(settable=True, answer=rb"\d{3}I[01].\r"),
    },
    write_end="\r",
    read_end="\r",
    identity="device_type",
    options={"address": 1},
)
SMARTLINE_V2 = Model(
    "thyracont",
    "SmartlineV2",
    "thyracont.smartline_v2",
    {"pressure": Attribute("number", "mbar", answer=rb"\d{3}1MV\d\d[0-9.eE+-]+.\r")},
    write_end="\r",
    read_end="\r",
    link={"baudrate": 115200},
    identity="product_name",
    options={"address": 1},
)

_CRYSTAL = {
    "rate": Attribute(unit="angstrom/s", answer=rb"(?s).*"),
    "thickness": Attribute(unit="angstrom", answer=rb"(?s).*"),
    "frequency": Attribute(unit="Hz", answer=rb"(?s).*"),
    "crystal_life": Attribute(unit="%", answer=rb"(?s).*"),
}
SQM_160 = Model(
    "inficon",
    "SQM160",
    "inficon",
    {f"sensor_{one}.{name}": attribute for one in range(1, 7) for name, attribute in _CRYSTAL.items()}
    | {"average_rate": _CRYSTAL["rate"], "average_thickness": _CRYSTAL["thickness"]},
    frame=Counted(),
    link={"baudrate": 19200},
    identity="firmware_version",
    identity_answer=rb"(?s).+",
    methods=("reset_thickness_rate", "reset_time"),
)

_FLOW = Attribute("number", None, 0, 100, 0.1, settable=True)
ROD_4 = Model(
    "proterial",
    "ROD4",
    "proterial",
    {f"ch_{one}.setpoint": _FLOW for one in range(1, 5)}
    | {f"ch_{one}.actual_flow": Attribute(unit=None) for one in range(1, 5)},
    write_end="\r",
    read_end="\r",
)

MODELS: Mapping[str, Mapping[str, Model]] = {
    vendor: {model.name: model for model in models}
    for vendor, models in {
        "aja": (DCXS,),
        "inficon": (SQM_160,),
        "keithley": (KEITHLEY_2400, KEITHLEY_2450, KEITHLEY_2182),
        "lakeshore": (LAKESHORE_3XX, LAKESHORE_224),
        "mksinst": (MKS_937B, MKS_974B),
        "proterial": (ROD_4,),
        "thyracont": (SMARTLINE_V1, SMARTLINE_V2),
    }.items()
}
"""By vendor and name. `ROD4` speaks per cent of full scale: give its channels `unit: sccm` and `scale: FULL / 100`."""
