"""What a rig needs of its devices and of its journal."""

from typing import Any, Protocol

from devices.reading import Reading, Scalar
from devices.settings import DeviceSettings


class RigDevice(Protocol):
    """What a rig needs of a device; `devices.device.Device` is one."""

    @property
    def settings(self) -> DeviceSettings:
        """What the rig file says of it."""
        ...

    def connect(self) -> None:
        """Open its port and make sure that the right instrument answers."""
        ...

    def release(self) -> None:
        """Give the port back without a word to the instrument."""
        ...

    def read(self, *names: str) -> dict[str, Reading]:
        """Read channels, in their units."""
        ...

    def check(self, **settings: Scalar) -> None:
        """Compare settings with the limits; moves nothing."""
        ...

    def apply(self, **settings: Scalar) -> dict[str, Reading]:
        """Check, set, read back; returns what was read back."""
        ...

    def command(self, name: str, **arguments: Scalar) -> Any:
        """Do something that is not a setting; never repeated."""
        ...

    def safe(self, *names: str) -> list[str]:
        """Give channels their safe values; returns what could not be done, never raises."""
        ...

    def arm_timer(self, seconds: float) -> None:
        """Have the instrument switch its output off by itself after that time."""
        ...


class RigJournal(Protocol):
    """What a rig needs of the journal of its run; `devices.journal.FileJournal` is one."""

    def failed(self, at: float, device: str, message: str) -> None:
        """Write down what went wrong."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...
