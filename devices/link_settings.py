"""How a line to an instrument is set, and how long its answers are waited for."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class PortSettings(BaseModel):
    """How the bytes travel. Terminal servers and simulated ports ignore the first four."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    baudrate: int = Field(9600, gt=0)
    bytesize: Literal[5, 6, 7, 8] = 8
    parity: Literal["N", "E", "O", "M", "S"] = "N"
    stopbits: Literal[1, 2] = 1
    xonxoff: bool = False
    rtscts: bool = False
    timeout: float = Field(0.5, gt=0, le=600)
    """Seconds without a byte after which an answer is missing, or cut off."""
    exclusive: bool = True
    """False only for the guardian, whose predecessor is dead while a child of it may still hold the lock."""


class LinkSettings(PortSettings):
    """How long a link waits, and how often it asks again. Seconds of the clock on the wall."""

    quiet: float = Field(1.0, ge=0)
    """Silence that ends the quarantine after a missing or a bad answer. Longer than the instrument's slowest answer."""
    longest_quarantine: float = Field(10.0, gt=0)
    """A line that is not silent by then is not a line to this instrument."""
    gap: float | None = Field(None, ge=0)
    """Wait for a byte too many behind an answer of fixed length; by default 3.5 characters at the baud rate."""
    settle: float = Field(0.0, ge=0)
    """Wait after opening: some instruments start anew when their port is opened."""
    retries: int = Field(2, ge=0)
    """How often a read is asked again after a missing or a bad answer."""
    patience: float = Field(5.0, ge=0)
    """How long a read waits for a lost port to come back. Meanwhile an interlock that asks it waits as well."""
    longest_answer: int = Field(2**20, gt=0)
    """Bytes; more are noise."""
    longest_wait: float = Field(120.0, gt=0)
    """Seconds that a whole answer may take, however steadily its bytes arrive."""
