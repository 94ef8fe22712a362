"""The lookout of a rig: which interlock is open, which watch fires, what may not be set now."""

from collections.abc import Callable, Mapping

from devices.condition import ChannelName, Read
from devices.errors import Inhibited
from devices.interlock import After, explained
from devices.reading import Reading, Scalar
from devices.rig_settings import RigSettings
from devices.watch import build_watch


class Lookout:
    """Looks through the eyes that it is given, each channel once per look, and decides; it does nothing.

    What a rig has set is remembered in `intended`: an interlock in hardware may have undone it.
    """

    def __init__(self, settings: RigSettings, read: Read, now: Callable[[], float]) -> None:
        self._settings = settings
        self._read = read
        self._now = now
        self._watches = {name: build_watch(watch) for name, watch in settings.watches.items()}
        self.intended: dict[ChannelName, Reading] = {}

    def look(self) -> tuple[str, str] | None:
        """The first interlock or watch for which the rig must be made safe, and why. Raises what reading raises."""
        read = _Once(self._read)
        intended = After(self.intended, read)
        for name, interlock in self._settings.interlocks.items():
            if interlock.is_polled() and not interlock.is_closed(read, intended):
                return name, f"{explained(interlock.need, read)} does not hold"
        for name, watch in self._watches.items():
            reason = watch.fired(self._now(), read)
            if reason is not None:
                return name, reason
        return None

    def objection(self, device: str, asked: Mapping[str, Scalar]) -> Inhibited | None:
        """Why these settings are not allowed in the present state. Raises what reading raises."""
        channels = self._settings.devices[device].resolved
        units = {name: channels[name].unit for name in asked}
        read = _Once(self._read)
        for name, interlock in self._settings.interlocks.items():
            if interlock.forbids(device, asked, units, read):
                what = ", ".join(f"{device}.{channel} = {value}" for channel, value in asked.items())
                why = f"it needs {explained(interlock.need, read)}"
                message = f"{what} is not allowed by the interlock '{name}': {why}"
                return Inhibited(name, message, interlock.infeasible)
        return None


class _Once:
    """Reads each channel at most once."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._known: dict[ChannelName, Reading] = {}

    def __call__(self, channel: ChannelName) -> Reading:
        if channel not in self._known:
            self._known[channel] = self._read(channel)
        return self._known[channel]
