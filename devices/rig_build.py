"""A rig from its settings: devices, journal, lease and guardian put together, nothing opened."""

from pathlib import Path

from devices.clock import Clock
from devices.device import build_device
from devices.guardian import Guardian, is_reachable
from devices.journal import FileJournal
from devices.leases import HeldLease, Leases
from devices.owner import Owner
from devices.rig import Rig
from devices.rig_settings import RigSettings, check_rig

JOURNAL = "journal.jsonl"
"""The file in the folder of a run with every command and every answer."""
GUARDIAN_LOG = "guardian.log"


def build_rig(
    settings: RigSettings, clock: Clock, leases: Leases, folder: Path, label: str = "", patience: float = 0.0
) -> Rig:
    """The rig of a rig file; `connect` opens it. Raises RigRefused.

    `folder` gets the journal and what the guardian has to say; `label` names the driving process to people. `patience`
    is how long, in s of the wall clock, `connect` waits for a rig that somebody else drives.
    """
    check_rig(settings)
    journal = FileJournal(folder / JOURNAL)
    devices = {name: build_device(name, device, clock, journal) for name, device in settings.devices.items()}
    needs_guardian = any(is_reachable(device.port) for device in settings.devices.values())
    return Rig(
        settings,
        devices,
        clock,
        HeldLease(leases, str(Owner.here(label)), patience=patience),
        Guardian(settings, log=folder / GUARDIAN_LOG) if needs_guardian else None,
        journal,
    )
