"""A process that drives a rig until it is killed: `python -m tests.devices.driving_process FOLDER WORDS`.

FOLDER/rig.json holds the data of the rig. Every stage is told on standard output when it has been reached. With
`forked` there is a child by then that holds whatever a fork inherits; with `briefly` the plasma is to end soon by
itself; with `bye` the rig is given back soon.
"""

import json
import os
import sys
import time
from pathlib import Path

from devices.clock import RealClock
from devices.errors import DeviceError
from devices.leases import MemoryLeases
from devices.rig_build import build_rig
from devices.rig_settings import load_rig

BRIEFLY = 240.0
"""Seconds of a planned plasma that is to end by itself."""


def main(folder: Path, words: list[str]) -> None:
    settings = load_rig(json.loads((folder / "rig.json").read_text()))
    rig = build_rig(settings, RealClock(), MemoryLeases(), folder)
    rig.connect()
    if "forked" in words and os.fork() == 0:
        time.sleep(600)
        os._exit(0)
    tell("connected", rig._guardian.pid)
    rig.apply("gas", argon=40.0, oxygen=2.0)
    tell("gas")
    rig.apply("heater", setpoint=400.0)
    tell("heating")
    # The laboratory's time runs ahead: on a loaded machine its minutes pass between the strike and its reading back.
    rig.arm_timer("gun", BRIEFLY if "briefly" in words else 1800.0)
    rig.apply("gun", power=100.0)
    tell("armed")
    rig.apply("gun", plasma=True)
    tell("struck")
    rig.apply("gas", shutter=True)
    tell("depositing")
    if "bye" in words:
        rig.close()
        tell("closed")
        time.sleep(600)
    try:
        rig.sleep(600)
    except DeviceError as error:
        tell("ended", type(error).__name__, error)
    rig.close()


def tell(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
