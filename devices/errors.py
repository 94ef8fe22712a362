"""What can go wrong between this program and an instrument.

The four errors of a link say what is known of an exchange: nothing else ever comes out of one but a checked answer.
"""


class DeviceError(Exception):
    """Anything that an instrument, its wire or its rig can do wrong. The message names the device."""


class LinkError(DeviceError):
    """An exchange of bytes that did not give a checked answer."""


class Disconnected(LinkError):
    """The port is absent, unplugged, or in somebody else's hands."""


class NoReply(LinkError):
    """Nothing came back within the time limit. The instrument may or may not have done what it was told."""


class BadReply(LinkError):
    """Something came back that cannot be an answer: cut off, garbled, too long, not a number."""


class Refused(LinkError):
    """The instrument answered that it will not, or it is not the instrument that was expected."""


class NotSettled(DeviceError):
    """A setting was not read back within its tolerance, or a condition was not met within its time limit."""

    def __init__(self, message: str, fault: float | None = None) -> None:
        self.fault = fault
        """The fault code that the instrument gave, if it has one: being made safe may clear it."""
        super().__init__(message)


class OutsideLimits(DeviceError):
    """A setting that the rig file does not allow. Nothing was sent."""


class Inhibited(OutsideLimits):
    """An interlock that does not allow a setting in the present state of the rig. Nothing was sent, nothing latched."""

    def __init__(self, interlock: str, message: str, infeasible: str | None = None) -> None:
        self.interlock = interlock
        self.infeasible = infeasible
        """What the refusal says about the parameters, if the rig file says that it says something."""
        super().__init__(message)


class UnknownChannel(DeviceError):
    """A device or a channel that the rig file does not have. The message says what was perhaps meant."""


class Tripped(DeviceError):
    """An interlock is open, or a trip is latched that no person has reset. The rig has been made safe."""

    def __init__(self, message: str, interlock: str = "") -> None:
        self.interlock = interlock
        super().__init__(message)


class Interrupted(DeviceError):
    """A person asked for a stop, or the lease of the rig was lost. The rig has been made safe.

    `level` is a word of `devices.stop_level.StopLevel`: after "stop" the sample may be brought home, after
    "emergency" and after a lost lease (which is a "pause") nothing may be sent any more.
    """

    def __init__(self, message: str, level: str = "stop") -> None:
        self.level = level
        super().__init__(message)


class StationRefused(DeviceError):
    """The memory of the station forbids it: the slot is taken, a trip is latched, a calibration is stale. Nothing was
    sent."""


class AlreadyAnswered(StationRefused):
    """Somebody else answered the prompt first; the message says who, and what."""


class NeedsPerson(DeviceError):
    """A question was put before a person and not answered in time. The rig has been made safe; the prompt stands."""


class Infeasible(Exception):
    """The physics said no: the outcome of the growth is this reason, and no instrument is to blame."""


class RigRefused(ValueError):
    """A rig or a recipe that cannot be used. `place` is the path of keys in its file, such as `devices.gun.port`."""

    def __init__(self, place: str, message: str) -> None:
        self.place = place
        self.message = message
        super().__init__(f"{place}: {message}")
