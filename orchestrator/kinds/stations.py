"""The stations of a ledger, as people meet them: what a station knows and asks, and what is said to it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import devices.errors
from devices.errors import DeviceError, RigRefused
from devices.owner import Owner
from devices.station.state import Prompt, Sample
from devices.station.station import Station
from devices.stop_level import StopLevel, enforce
from orchestrator.campaign.companion import read_companion
from orchestrator.kinds.station_log import LedgerLog
from orchestrator.ledger.database import Database
from orchestrator.ledger.device_lease import living
from orchestrator.ledger.errors import AlreadyAnswered, StationRefuses

__all__ = [
    "Station",
    "answer_prompt",
    "answering",
    "emergency",
    "name_in",
    "open_prompts",
    "overview",
    "prompts",
    "refusals",
]
__all__ += ["samples", "station_of"]


def station_of(database: Database, name: str, rig_file: Path | None = None) -> Station:
    """The memory of a station. Without its rig file it knows no places, stock or calibrations, but all the rest."""
    log = LedgerLog(database, name)
    if rig_file is None:
        return Station(log, {})
    from devices.rig_settings import RigSettings

    rig = read_companion(rig_file, RigSettings).content
    return Station(log, rig.positions, rig.stock, rig.calibrations)


def name_in(rig_file: Path) -> str:
    """The name of the station that a rig file describes. Raises CampaignFileError."""
    from devices.rig_settings import RigSettings

    return read_companion(rig_file, RigSettings).content.station


def open_prompts(name: str, station: Station) -> Sequence[Prompt]:
    """The questions of a station that nobody has answered, the oldest first; reads only what is new in its log."""
    with refusals(name):
        return station.state().open_prompts


def answering(station: str, key: str, choice: str, subject: str) -> str:
    """The command that answers a question in this way. What makes the rig go on after a trip needs a note."""
    why = " --note WHY" if subject in ("trip", "stale") else ""
    return f"junkan station {station} answer {key} '{choice}'{why}"


def answer_prompt(database: Database, station: str, rig_file: Path, key: str, choice: str, by: str, note: str) -> str:
    """Answer a question of a station; returns what happened, in words. Raises AlreadyAnswered, StationRefuses."""
    with refusals(station):
        station_of(database, station, rig_file).answer(key, choice, by, note)
        return f"station {station} was answered: {choice}"


def emergency(database: Database, name: str, station: Station, by: str, note: str) -> str:
    """Make the rig safe now: ask for it, and end the process that drives it if it does not react; says what was done.

    Raises StationRefuses.
    """
    with refusals(name):
        station.request(StopLevel.EMERGENCY.value, by, note)
        owners = {lease.owner for lease in _leases(database, name)}
        if not owners:
            return "Nobody drives the rig; nothing is started before `go`."
        return " ".join(enforce(Owner.parse(owner), lambda: not _leases(database, name)) for owner in sorted(owners))


def overview(database: Database, name: str, station: Station) -> dict[str, Any]:
    """Where a station stands, as a JSON object."""
    with refusals(name):
        state, ready = station.state(), station.readiness()
        return {
            "station": name,
            "driven_by": {lease.device.partition("/")[2]: _driver(lease) for lease in _leases(database, name)},
            "trip": None
            if state.trip is None
            else {"interlock": state.trip.interlock, "reason": state.trip.reason, "at": _when(state.trip.at)},
            "request": {"level": state.request.level, "by": state.request.by, "note": state.request.note},
            "prompts": prompts(name, station),
            "refusals": [*ready.refusals, *ready.used_up.values()],
            "warnings": list(ready.warnings),
            "growths": {"running": [one.key for one in state.open_growths], "all": len(state.growths)},
            "samples": {
                "fresh": sum(one.fresh for one in state.samples.values()),
                "coated": sum(one.coated for one in state.samples.values()),
                "lost": sum(one.standing == "lost" for one in state.samples.values()),
            },
            "stock": {item: {"level": station.level(item), "unit": one.unit} for item, one in station.stock.items()},
            "calibrations": {
                key: {
                    "id": one.id,
                    "value": one.value,
                    "std": one.std,
                    "unit": one.unit,
                    "measured": _when(one.measured),
                }
                for key, one in state.calibrations.items()
            },
        }


def samples(station: Station) -> list[dict[str, Any]]:
    """Every sample that the station has known, as JSON objects."""
    return [_sample(one) for one in station.state().samples.values()]


def prompts(name: str, station: Station) -> list[dict[str, Any]]:
    """The open questions of a station, as JSON objects."""
    return [
        {
            "key": one.key,
            "question": one.question,
            "choices": list(one.choices),
            "asked": _when(one.asked),
            "commands": [answering(name, one.key, choice, one.subject) for choice in one.choices],
        }
        for one in station.state().open_prompts
    ]


@contextmanager
def refusals(station: str) -> Iterator[None]:
    """What the devices refuse, as errors of the ledger, which people are told in one sentence."""
    try:
        yield
    except devices.errors.AlreadyAnswered as error:
        raise AlreadyAnswered(f"station {station}: {error}") from error
    except (DeviceError, RigRefused) as error:
        raise StationRefuses(f"station {station}: {error}") from error


def _leases(database: Database, station: str) -> list[Any]:
    with database.reading() as session:
        return [lease for lease in living(session) if lease.device.startswith(f"{station}/")]


def _driver(lease: Any) -> str:
    label = Owner.parse(lease.owner).label
    return f"process {lease.pid} on {lease.host}" + (f" for {label}" if label else "")


def _sample(one: Sample) -> dict[str, Any]:
    return {
        "sample": one.name,
        "standing": one.standing,
        "slot": one.slot,
        "suspects": list(one.suspects),
        "growth": one.growth,
        "coated": one.coated,
        "parent": one.parent,
        "events": list(one.history),
    }


def _when(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()
