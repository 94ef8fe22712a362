"""The stations of a ledger, as people meet them: what a station knows and asks, and what is said to it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import devices.errors
from devices.errors import DeviceError, RigRefused
from devices.station.state import Prompt, StationState
from devices.station.station import Station
from orchestrator.campaign.companion import read_companion
from orchestrator.kinds.station_log import LedgerLog
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import AlreadyAnswered, StationRefuses


def station_of(database: Database, name: str, rig_file: Path | None = None) -> Station:
    """The memory of a station. Without its rig file it knows no places, stock or calibrations, but all the rest."""
    log = LedgerLog(database, name)
    if rig_file is None:
        return Station(log, {})
    from devices.rig_settings import RigSettings

    rig = read_companion(rig_file, RigSettings).content
    return Station(log, rig.positions, rig.stock, rig.calibrations)


def state_of(database: Database, name: str) -> StationState:
    """Everything that is known of a station."""
    return station_of(database, name).state()


def open_prompts(database: Database, station: str) -> Sequence[Prompt]:
    """The questions of a station that nobody has answered, the oldest first."""
    return state_of(database, station).open_prompts


def answer_prompt(database: Database, station: str, key: str, choice: str, by: str, note: str) -> str:
    """Answer a question of a station; returns what happened, in words. Raises AlreadyAnswered, StationRefuses."""
    with refusals(station):
        prompt = station_of(database, station).answer(key, choice, by, note)
        return f"station {station} was answered: {prompt.answer}"


@contextmanager
def refusals(station: str) -> Iterator[None]:
    """What the devices refuse, as errors of the ledger, which people are told in one sentence."""
    try:
        yield
    except devices.errors.AlreadyAnswered as error:
        raise AlreadyAnswered(f"station {station}: {error}") from error
    except (DeviceError, RigRefused) as error:
        raise StationRefuses(f"station {station}: {error}") from error
