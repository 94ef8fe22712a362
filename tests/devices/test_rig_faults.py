"""A rig of three instruments on real pseudo-terminals, one of which falls ill in the middle of a deposition (R7)."""

from contextlib import ExitStack, suppress

import pytest

from devices.clock import RealClock
from devices.errors import DeviceError
from devices.leases import HeldLease, MemoryLeases
from devices.rig import Rig
from devices.rig_settings import RigSettings
from tests.devices.fault_benches import BENCHES, connected
from tests.devices.test_faults import FAULTS

LOOK = {
    "pressure": {"need": "gas.pressure >= 0.2 Pa", "always": True},
    "temperature": {"need": "heater.temperature < 500 C", "always": True},
    "voltage": {"need": "gun.voltage > 1 V", "always": True},
}
LINK = {"timeout": 0.05, "quiet": 0.05, "retries": 1, "patience": 1.0}
SETTINGS = {"gas": {"argon": 20.0}, "heater": {"setpoint": 400.0}, "gun": {"power": 250.0, "plasma": True}}

ALWAYS_TRIED = [("pymeasure", "unplugged in the middle")]
every_illness = pytest.mark.parametrize(
    ("kind", "trouble"),
    [
        pytest.param(kind, name, marks=() if (kind, name) in ALWAYS_TRIED else pytest.mark.slow)
        for kind in BENCHES
        for name in FAULTS
    ],
)


@every_illness
def test_r7_whichever_instrument_falls_ill_the_others_end_safe_and_it_is_safe_or_listed(tmp_path, kind, trouble):
    benches = {bench.device.name: bench for bench in (make(tmp_path, **LINK) for make in BENCHES.values())}
    ill = benches[{"lines": "gas", "modbus": "heater", "pymeasure": "gun"}[kind]]
    rig = rig_of(benches)
    with ExitStack() as plugged:
        for bench in benches.values():
            plugged.enter_context(bench.terminal)
        with connected(rig):
            for device, settings in SETTINGS.items():
                rig.apply(device, **settings)
            assert benches["gun"].state["on"] == 1
            ill.terminal.always = FAULTS[trouble](ill)
            with suppress(DeviceError):  # an answer that is only a little late, or wrong for ever, is no trouble here
                rig.sleep(0.4)

        for name, bench in benches.items():
            is_safe = {key: bench.state[key] for key in bench.safe} == bench.safe
            listed = [line for line in rig.unsafe if line.startswith(f"{name}.")]
            assert is_safe or (bench is ill and listed), (name, bench.state, rig.unsafe)
            assert bench is ill or not listed
            assert sum(map(bench.is_set, bench.terminal.heard)) <= 1
            assert sum(map(bench.is_act, bench.terminal.heard)) <= 1


def rig_of(benches):
    settings = RigSettings.model_validate(
        {
            "station": "sputter",
            "clock": {"kind": "real", "poll": 0.02},
            "devices": {name: bench.device.settings for name, bench in benches.items()},
            "interlocks": LOOK,
        }
    )
    lease = HeldLease(MemoryLeases(), "somebody")
    return Rig(settings, {name: bench.device for name, bench in benches.items()}, RealClock(), lease)
