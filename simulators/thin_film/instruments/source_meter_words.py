"""What a Keithley 2400 understands: its settings with their limits, its words, its mistakes.

After the "2400 Series SourceMeter User's Manual", chapter 18; only what concerns one source and one measurement.
"""

from collections.abc import Mapping

from simulators.thin_film.instruments import scpi

NUMBERS: Mapping[str, tuple[float, float, float]] = {
    "SOUR:CURR": (0, -1.05, 1.05),
    "SOUR:VOLT": (0, -210, 210),
    "SOUR:CURR:RANG": (1.05e-4, -1.05, 1.05),
    "SOUR:VOLT:RANG": (21, -210, 210),
    "SOUR:DEL": (0, 0, 999.9999),
    "SENS:CURR:PROT": (1.05e-4, -1.05, 1.05),
    "SENS:VOLT:PROT": (21, -210, 210),
    "SENS:CURR:RANG": (1.05e-4, -1.05, 1.05),
    "SENS:VOLT:RANG": (21, -210, 210),
    "SENS:RES:RANG": (2.1e5, 0, 2.1e8),
    "SENS:CURR:NPLC": (1, 0.01, 10),
    "SENS:VOLT:NPLC": (1, 0.01, 10),
    "SENS:RES:NPLC": (1, 0.01, 10),
    "SENS:AVER:COUN": (10, 1, 100),
    "SYST:LFR": (50, 50, 60),
    "TRIG:COUN": (1, 1, 2500),
    "TRIG:DEL": (0, 0, 999.9999),
    "ARM:COUN": (1, 1, 2500),
}
"""Default, lowest, highest."""
SWITCHES: Mapping[str, bool] = {
    "SOUR:CURR:RANG:AUTO": True, "SOUR:VOLT:RANG:AUTO": True, "SOUR:DEL:AUTO": True, "SOUR:CLE:AUTO": False,
    "SENS:CURR:RANG:AUTO": True, "SENS:VOLT:RANG:AUTO": True, "SENS:RES:RANG:AUTO": True,
    "SENS:AVER": False, "SYST:RSEN": False, "SYST:AZER": True, "SYST:LFR:AUTO": True, "DISP:ENAB": True,
    "SENS:FUNC:CONC": True,
}  # fmt: skip
CHOICES: Mapping[str, tuple[str, ...]] = {
    "SOUR:FUNC": ("VOLT", "CURR"),
    "SENS:RES:MODE": ("MAN", "AUTO"),
    "SENS:AVER:TCON": ("REP", "MOV"),
    "OUTP:SMOD": ("NORM", "HIMP", "ZERO", "GUAR"),
    "ROUT:TERM": ("FRON", "REAR"),
    "TRIG:SOUR": ("IMM", "TLIN"),
    "ARM:SOUR": ("IMM", "TLIN", "TIM", "MAN", "BUS"),
    "FORM": ("ASC",),
}
ALIASES: Mapping[str, str] = {
    "SOUR:CURR:VLIM": "SENS:VOLT:PROT",
    "SOUR:VOLT:ILIM": "SENS:CURR:PROT",
    "SENS:RES:RSEN": "SYST:RSEN",
}
"""What a 2450 calls differently, the other set of words that drivers use for this family."""
IGNORED = frozenset(
    (
        "*OPC",
        "*ESE",
        "*SRE",
        "SENS:FUNC:ALL",
        "ABOR",
        "INIT",
        "TRIG:CLE",
        "SYST:BEEP",
        "STAT:PRES",
    )
)
"""Taken, and of no consequence here."""
ELEMENTS = ("VOLT", "CURR", "RES", "TIME", "STAT")
WORDS = scpi.Vocabulary(
    """
    SOURCE SENSE SYSTEM OUTPUT FORMAT READ MEASURE CONFIGURE FETCH INITIATE ABORT TRIGGER ARM ROUTE DISPLAY STATUS
    CURRENT VOLTAGE RESISTANCE FUNCTION LEVEL IMMEDIATE AMPLITUDE RANGE AUTO PROTECTION VLIMIT ILIMIT NPLCYCLES AVERAGE
    COUNT TCONTROL STATE DELAY CLEAR RSENSE AZERO LFREQUENCY ERROR NEXT VERSION BEEPER SMODE MODE ELEMENTS DATA ALL
    TERMINALS ENABLE CONCURRENT TIME PRESET
    """,
    """
    OUTP:STAT SOUR:FUNC:MODE SOUR:CURR:LEV SOUR:CURR:LEV:IMM SOUR:CURR:LEV:IMM:AMPL SOUR:VOLT:LEV SOUR:VOLT:LEV:IMM
    SOUR:VOLT:LEV:IMM:AMPL SENS:VOLT:PROT:LEV SENS:CURR:PROT:LEV SENS:AVER:STAT SYST:ERR:NEXT SYST:AZER:STAT
    SYST:BEEP:IMM FORM:DATA INIT:IMM
    """,
)
ERRORS: Mapping[int, str] = {
    0: "No error", -113: "Undefined header", -109: "Missing parameter", -108: "Parameter not allowed",
    -104: "Data type error", -222: "Parameter data out of range", -224: "Illegal parameter value",
    -350: "Queue overflow", 803: "Not permitted with OUTPUT off",
}  # fmt: skip
