"""The driver for instruments that PyMeasure knows: by vendor and model from a closed table, through the strict link."""

import importlib
import re
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from devices.channel import Channel, Native
from devices.channel_settings import ChannelSettings
from devices.drivers.driver import Answer, CommandSettings, DriverSettings, Wiring
from devices.drivers.pymeasure_models import MODELS, NUMBER, Attribute, Model
from devices.errors import BadReply, LinkError, Refused, RigRefused
from devices.link import Link
from devices.names import meant
from devices.reading import Scalar
from devices.reply import Exactly, Reply, Terminated


class PyMeasureSettings(DriverSettings):
    """`kind: pymeasure`: vendor and model as PyMeasure writes them."""

    kind: Literal["pymeasure"]
    vendor: str
    model: str
    address: int | None = Field(default=None, ge=0, le=254)
    """Of instruments that share a line."""
    terminator: str | None = None
    """Where the instrument can be set to another end of line than usual."""

    @model_validator(mode="after")
    def _in_the_table(self) -> Self:
        models = MODELS.get(self.vendor)
        if models is None:
            raise RigRefused("vendor", f"{self.vendor!r} is not known.{meant(self.vendor, MODELS)}")
        if self.model not in models:
            raise RigRefused("model", f"{self.vendor} {self.model!r} is not known.{meant(self.model, models)}")
        if self.address is not None and "address" not in self.known.options:
            raise RigRefused("address", f"{self.vendor} {self.model} has none")
        if self.terminator is not None and (not self.known.read_end or self.known.frame is not None):
            raise RigRefused("terminator", f"that of {self.vendor} {self.model} cannot be changed")
        return self

    @property
    def known(self) -> Model:
        """What the table says of the instrument."""
        return MODELS[self.vendor][self.model]

    @property
    def link_defaults(self) -> Mapping[str, Any]:
        """The instrument's line."""
        return self.known.link

    @property
    def timer(self) -> str | None:
        """The property that is its switch-off timer."""
        return self.known.timer

    @property
    def identifies(self) -> bool:
        """Whether it has a name to tell."""
        return self.known.identity is not None

    def native(self, channel: ChannelSettings) -> Native:
        """What the table says of the property."""
        for key, value in (("register", channel.register_), ("set", channel.set_), ("query", channel.query)):
            if value is not None:
                raise RigRefused(key, "is not for a PyMeasure driver, which takes `attr`")
        known = self.known.attributes
        if channel.attr is None:
            raise RigRefused("attr", f"is missing: the property of {self.model}. Known: {', '.join(sorted(known))}.")
        attribute = known.get(channel.attr)
        if attribute is None:
            raise RigRefused("attr", f"{self.model} has no {channel.attr!r}.{meant(channel.attr, known)}")
        if (channel.index is not None) != (attribute.bits is not None) or (channel.index or 0) >= (attribute.bits or 1):
            listed = f"0 .. {attribute.bits - 1}" if attribute.bits else "none"
            raise RigRefused("index", f"{channel.attr} of {self.model} has {listed}")
        return attribute.native

    def check_command(self, command: CommandSettings) -> None:
        """One of the methods in the table."""
        methods = self.known.methods
        if command.method not in methods:
            raise RigRefused("method", f"{self.model} cannot {command.method!r}.{meant(command.method or '', methods)}")
        if command.arguments or command.gives != "nothing" or command.repeatable:
            raise RigRefused("method", "takes no arguments and gives nothing back")

    def build(self, link: Link, wiring: Wiring) -> "PyMeasureDriver":
        """The driver; PyMeasure is imported here."""
        module = importlib.import_module(f"pymeasure.instruments.{self.known.module}")
        return PyMeasureDriver(self, link, wiring, getattr(module, self.model))


class PyMeasureDriver:
    """One PyMeasure instrument on a strict link. It is built anew at every handshake, as its constructor may talk."""

    def __init__(self, settings: PyMeasureSettings, link: Link, wiring: Wiring, instrument: Callable[..., Any]) -> None:
        self._model = settings.known
        self._settings = settings
        self._link = link
        self._wiring = wiring
        self._class = instrument
        self._instrument: Any = None
        self._adapter: Any = None

    def identify(self) -> str:
        """Begin to talk; what the units depend on is looked at as well."""

        def greet() -> str:
            self._instrument, self._adapter = self._built()
            self._check_required()
            self._check_display()
            if self._model.identity is None:
                return ""
            shown = Attribute("text", answer=rb"(?s)" + self._model.identity_answer + rb"\s*")
            return str(self._got(self._model.identity, shown)).strip()

        return self._link.perform(greet, again=False)

    def read(self, channel: Channel) -> Scalar:
        """One property, its answer looked at before it is believed."""
        attr, index = channel.settings.attr or "", channel.settings.index
        return self._link.perform(lambda: self._value(attr, index), again=True)

    def write(self, channel: Channel, value: Scalar) -> None:
        """Set one property, or its parts, each once."""
        name = channel.settings.attr or ""
        attribute = self._model.attributes[name]

        def tell() -> None:
            blocked_by = attribute.only_while_off
            if blocked_by is not None and self._value(blocked_by, None):
                raise Refused(f"{self._wiring.device}: {name} can only be set while {blocked_by} is false")
            if not attribute.parts:
                self._put(name, attribute, value)
                return
            left = round(float(value))
            for part, worth in attribute.parts:
                count, left = divmod(left, round(worth))
                self._put(part, self._model.attributes[part], count)

        self._link.perform(tell, again=False)

    def command(self, command: CommandSettings, _arguments: Mapping[str, Scalar], /) -> Answer:
        """Call the method once."""
        self._link.perform(lambda: self._called(command.method or ""), again=False)
        return None

    # ---- inside perform ------------------------------------------------------------------------------------------

    def _value(self, name: str, index: int | None) -> Scalar:
        attribute = self._model.attributes[name]
        if attribute.parts:
            return self._joined(attribute)
        value = self._got(name, attribute)
        if attribute.bits is not None:
            return bool(self._adapter.received[0] >> (index or 0) & 1)
        if attribute.holds == "boolean":
            return bool(value)
        if attribute.holds == "text":
            return str(value).strip()
        if isinstance(value, list):
            value = value[0]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadReply(f"{self._wiring.device}: {name} is {value!r}, which is not a number")
        return float(value)

    def _joined(self, attribute: Attribute) -> float:
        """Minutes and seconds as one time, read until no minute ended in between."""
        largest = attribute.parts[0][0]
        while True:
            values = [float(self._value(part, None)) for part, _ in attribute.parts]
            if attribute.settable or float(self._value(largest, None)) == values[0]:
                return sum(value * worth for value, (_, worth) in zip(values, attribute.parts, strict=True))

    def _got(self, name: str, attribute: Attribute) -> Any:
        owner, last = self._owner(name)
        self._adapter.begin()
        value = self._caught(name, lambda: getattr(owner, last))
        expected = attribute.answer or (NUMBER if attribute.holds == "number" else None)
        received = bytes(self._adapter.received)
        if expected is not None and not re.fullmatch(expected, self._plain(received)):
            raise BadReply(f"{self._wiring.device}: {received!r} is no answer to a question for {name}")
        return value

    def _plain(self, received: bytes) -> bytes:
        """The answer; for SCPI lines without their end, which the patterns of the table leave out."""
        return received.rstrip(b"\r\n") if self._model.read_end in ("\n", "\r\n") else received

    def _put(self, name: str, attribute: Attribute, value: Scalar) -> None:
        owner, last = self._owner(name)
        self._adapter.begin()
        if attribute.switched_by is not None:
            self._called(attribute.switched_by[0 if value else 1])
            return
        self._caught(name, lambda: setattr(owner, last, value))
        self._adapter.end()

    def _called(self, method: str) -> None:
        self._adapter.begin()
        self._caught(method, getattr(self._instrument, method))

    def _caught(self, what: str, act: Callable[[], Any]) -> Any:
        """PyMeasure raises whatever comes to hand about an answer, even ConnectionError, which is an OSError."""
        try:
            result = act()
        except LinkError:
            raise
        except Exception as error:
            if self._adapter.received:
                raise BadReply(f"{self._wiring.device}: {what}: {type(error).__name__}: {error}") from error
            raise
        self._adapter.end()
        return result

    def _owner(self, name: str) -> tuple[Any, str]:
        """The object and the property of `ch_1.pressure`."""
        owner = self._instrument
        if owner is None:
            raise Refused(f"{self._wiring.device}: not connected")
        *path, last = name.split(".")
        for step in path:
            owner = getattr(owner, step)
        return owner, last

    def _built(self) -> tuple[Any, Any]:
        model, settings = self._model, self._settings
        ends = (settings.terminator or model.write_end, settings.terminator or model.read_end)
        adapter = _adapter_class()(self._link, *ends, model.frame)
        options = dict(model.options)
        if settings.address is not None:
            options["address"] = settings.address
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what PyMeasure thinks of its own classes is no news to a rig
            instrument = self._class(adapter, name=self._wiring.device, **options)
        adapter.end()
        return instrument, adapter

    def _check_required(self) -> None:
        for name, wanted in self._model.required.items():
            value = self._value(name, None)
            if value != wanted:
                raise Refused(f"{self._wiring.device}: its {name} is {value!r}. Set it to {wanted!r} on the instrument")

    def _check_display(self) -> None:
        """A gauge that shows mbar while the rig file says Pa would be wrong by a factor that nobody sees."""
        shown = [
            channel
            for channel in self._wiring.channels.values()
            if self._model.attributes[channel.settings.attr or ""].unit_of_display
        ]
        if not shown:
            return
        said = str(self._got("unit", Attribute("text", None)))
        unit = self._model.display.get(said)
        for channel in shown:
            if channel.unit != unit:
                where = f"{self._wiring.device}.{channel.name}"
                raise Refused(f"{where}: the instrument answers in {unit or said}, the rig file says {channel.unit}")


@cache
def _adapter_class() -> Any:
    """PyMeasure's serial adapter with every byte going through the link; made on first use: PyMeasure is optional."""
    from pymeasure.adapters import SerialAdapter

    class StrictAdapter(SerialAdapter):  # type: ignore[misc]
        """Whole answers are taken off the wire and then handed out in the pieces that PyMeasure asks for."""

        def __init__(self, link: Link, write_end: str, read_end: str, frame: Reply | None) -> None:
            super().__init__(link.serial(), write_termination=write_end, read_termination=read_end)
            self._link = link
            self._frame = frame
            self._waiting = b""
            self.received = b""

        def begin(self) -> None:
            """Before one property: nothing is left of the one before."""
            self._waiting = self.received = b""

        def end(self) -> None:
            """After it: an answer of which a part was not read was not the answer."""
            if self._waiting:
                raise BadReply(f"{self._link.name}: {self._waiting!r} is left of an answer")

        def close(self) -> None:
            """The port belongs to the link; PyMeasure would close it when the instrument is forgotten."""

        def flush_read_buffer(self) -> None:
            """The link does so before every command."""

        def _write_bytes(self, content: bytes, **_kwargs: Any) -> None:
            self.end()
            self._link.send(content)

        def _read_bytes(self, count: int, break_on_termchar: bool, **_kwargs: Any) -> bytes:
            end = self.read_termination.encode()
            to_end = break_on_termchar and bool(end)
            if count < 0 and not to_end:
                raise BadReply(f"{self._link.name}: an answer without a size and without an end cannot be checked")
            if not self._waiting:
                self._waiting = self._link.receive(self._shape(count, end if to_end else b""))
                self.received += self._waiting
            size = self._waiting.find(end) + len(end) if to_end else count
            piece, self._waiting = self._waiting[:size], self._waiting[size:]
            return piece

        def _shape(self, count: int, end: bytes) -> Reply:
            if self._frame is not None:
                return self._frame
            return Terminated(end) if end else Exactly(count)

    return StrictAdapter
