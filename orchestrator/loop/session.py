"""Owning a campaign: from the claim of its lease to its release."""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizers import Optimizer, Source, Space, Surveyor
from optimizers.errors import OptimizerError
from orchestrator.campaign.loading import LoadedCampaign, loads
from orchestrator.campaign.spec import CampaignSpec
from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.ledger import campaigns, lease
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import LeaseLost, LedgerUnavailable
from orchestrator.ledger.home import Home
from orchestrator.ledger.provenance import provenance
from orchestrator.ledger.transaction import LEASE_TIME, transaction
from orchestrator.ledger.upgrade import upgrade
from orchestrator.loop.asking import build_optimizer
from orchestrator.loop.errors import InputRefused
from orchestrator.loop.inputs import frozen_inputs, require_unchanged
from orchestrator.loop.prior import read_prior
from orchestrator.loop.run import CampaignRun
from orchestrator.loop.sources import read_sources, stored_positions

log = logging.getLogger(__name__)

HEARTBEAT = LEASE_TIME.total_seconds() / 3


@dataclass(frozen=True)
class Equipment:
    """What a campaign is run with: everything that can refuse its input is built before anything is written."""

    spec: CampaignSpec
    space: Space
    optimizer: Optimizer
    executor: Executor


def equip(spec: CampaignSpec, sources: tuple[Source, ...] = ()) -> Equipment:
    """Build the optimizer and the executor of a campaign. Raises InputRefused with what they have to say."""
    context = ExecutorContext(spec.campaign, spec.space, tuple(spec.units), spec.parallel)
    try:
        space = spec.space.build()
        measured = next((name for name in spec.units if name in space.names), None)
        if measured is not None:
            raise ValueError(f"space: {measured!r} is measured and cannot be a parameter as well")
        _require_parameter_of_costs(spec, space)
        optimizer = build_optimizer(spec, space, sources)
        if spec.stop.decided is not None and not isinstance(optimizer, Surveyor):
            raise ValueError(f"stop.decided: {spec.optimizer.kind!r} decides nothing about candidates; level_set does")
        return Equipment(spec, space, optimizer, spec.executor.build(context))
    except (ExecutorError, OptimizerError, ValueError, OSError, ImportError) as error:
        raise InputRefused(f"campaign {spec.campaign!r} cannot be set up: {error}") from error


def _require_parameter_of_costs(spec: CampaignSpec, space: Space) -> None:
    by = None if spec.cost is None else spec.cost.by
    if by is not None and by not in space.names:
        raise ValueError(f"cost.by: {by!r} is no parameter. Parameters: {', '.join(space.names)}")


def equip_again(database: Database, name: str) -> Equipment:
    """Build what campaign `name` was entered with. Raises what `stored` and `equip` raise."""
    return equip(stored(database, name), read_sources(database, stored_positions(database, name)))


def enter(home: Home, loaded: LoadedCampaign, file_name: str, sources: Mapping[str, int] | None = None) -> None:
    """Write a new campaign into the ledger, which is created where there is none. Raises CampaignExists.

    `sources` are the positions of the campaigns that its optimizer learns from. Raises InputRefused for a table of
    earlier trials that cannot be used.
    """
    prior = read_prior(loaded.spec)
    home.require_writable()
    database = home.database()
    upgrade(database)
    spec = loaded.spec
    campaigns.enter(
        database,
        campaigns.CampaignEntry(
            name=spec.campaign,
            file_name=file_name,
            file_text=loaded.text,
            file_sha256=loaded.sha256,
            folder=str(loaded.folder),
            overrides=loaded.overrides,
            inputs=frozen_inputs(spec),
            sources=sources or {},
            provenance=provenance(loaded.folder) | ({} if prior is None else {"prior": prior.provenance}),
            objectives=spec.improved,
            constraints=spec.limits,
            seed=spec.seed,
            budget=_budget(spec),
            imported=() if prior is None else prior.trials,
        ),
    )
    database.close()


def _budget(spec: CampaignSpec) -> dict[str, Any]:
    """What ends the campaign, and the unit of its costs."""
    budget = spec.stop.model_dump(mode="json", exclude_defaults=True)
    return budget if spec.cost is None else budget | {"cost_unit": spec.cost.unit}


def stored(database: Database, name: str) -> CampaignSpec:
    """The specification of a campaign in the ledger, exactly as it was entered.

    Raises NoSuchCampaign, and InputChanged when a file it depends on is no longer the same.
    """
    spec = as_entered(database, name)
    with database.reading() as session:
        require_unchanged(spec, campaigns.find(session, name).inputs)
    return spec


def as_entered(database: Database, name: str) -> CampaignSpec:
    """What the file of a campaign said, whatever became of the files that it names. Raises NoSuchCampaign."""
    with database.reading() as session:
        row = campaigns.find(session, name)
    return loads(row.file_text, Path(row.folder), row.overrides, row.name, source=row.file_name).spec


@contextmanager
def owned(home: Home, name: str, equipment: Equipment | None = None) -> Iterator[CampaignRun]:
    """Own campaign `name` for as long as the block lasts. Raises LeaseHeld while another live process does.

    `equipment` may be handed in by a caller that has built it already.
    """
    database = home.database()
    if not database.exists():
        raise LedgerUnavailable(f"there is no ledger at {database.shown}. Start a campaign with `junkan run FILE`.")
    upgrade(database)
    owner = lease.claim(database, name)
    left = threading.Event()
    run: CampaignRun | None = None
    try:
        equipment = equipment or equip_again(database, name)
        run = CampaignRun(
            name=name,
            home=home,
            database=database,
            owner=owner,
            spec=equipment.spec,
            optimizer=equipment.optimizer,
            executor=equipment.executor,
        )
        threading.Thread(target=_beat, args=(run, left), name="heartbeat", daemon=True).start()
        with transaction(database, name, owner) as tx:
            campaigns.take_up(tx, owner)
        yield run
    finally:
        left.set()
        if run is not None:
            run.halted.set()
            run.executor.close()
        lease.release(database, owner)
        database.close()


def _beat(run: CampaignRun, left: threading.Event) -> None:
    """Renew the lease until the campaign is left. A lost lease halts the run: somebody else drives it now."""
    while not left.wait(HEARTBEAT):
        try:
            lease.renew(run.database, run.name, run.owner)
        except LeaseLost:
            log.error("campaign %s was taken over by another process", run.name)
            run.halted.set()
            return
        except LedgerUnavailable:
            log.exception("the lease of campaign %s could not be renewed; trying again", run.name)
