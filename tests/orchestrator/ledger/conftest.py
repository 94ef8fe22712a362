import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from optimizers import Objective, Prediction, Proposal
from orchestrator.ledger import campaigns, transitions
from orchestrator.ledger.database import Database
from orchestrator.ledger.tables import Decision
from orchestrator.ledger.transaction import Transaction, transaction
from orchestrator.ledger.upgrade import upgrade

NAME = "cu-sigma5"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of our own; the URL of its first database."""
    pgserver = pytest.importorskip("pgserver")
    folder = Path("/tmp") / f"junkan-postgres-{tmp_path_factory.getbasetemp().name}"
    server = pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg2://")
    server.cleanup()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty ledger, migrated once and copied for every test."""
    file = tmp_path_factory.mktemp("ledger") / "empty.db"
    ledger = Database(f"sqlite:///{file}")
    upgrade(ledger)
    ledger.close()
    return file


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty ledger, on every kind of database we promise."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("empty_sqlite"), tmp_path / "ledger.db")
        ledger = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    else:
        ledger = Database(request.getfixturevalue("postgres"))
        with ledger.engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    upgrade(ledger)
    yield ledger
    ledger.close()


@pytest.fixture
def entry() -> campaigns.CampaignEntry:
    return campaigns.CampaignEntry(
        name=NAME,
        file_name="cu.yaml",
        file_text="campaign: cu-sigma5\n",
        file_sha256="0" * 64,
        folder="/somewhere",
        overrides=("seed=3",),
        inputs={"/somewhere/table.csv": "1" * 64},
        sources={"cu-sigma7": 12},
        provenance={"packages": {"numpy": "2.4.6"}},
        objectives=(Objective("gb_energy", "J/m^2"),),
        seed=7,
    )


class Campaign:
    """A campaign in a ledger, moved by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.name = NAME

    def transaction(self):
        return transaction(self.database, self.name, None)

    def propose(self, count: int = 1) -> list[int]:
        with self.transaction() as tx:
            return self.propose_in(tx, count)

    @staticmethod
    def propose_in(tx: Transaction, count: int = 1) -> list[int]:
        decision = Decision(
            campaign_id=tx.campaign_id,
            position=tx.campaign.last_sequence,
            asked=count,
            returned=count,
            optimizer="random",
            seconds=0.1,
        )
        proposals = [
            Proposal(
                {"tx": 0.1 + number}, number, {"gb_energy": Prediction(1.0 / 3.0, 0.1)}, 0.5, {"proposed_by": "a test"}
            )
            for number in range(count)
        ]
        return transitions.propose(tx, proposals, decision)

    def do(self, act, *arguments, **named):
        with self.transaction() as tx:
            return act(tx, *arguments, **named)

    def dispatched(self) -> int:
        [number] = self.propose()
        self.do(transitions.approve, number)
        self.do(transitions.dispatch, number, owner="me", folder="/somewhere/attempt-{attempt}")
        return number

    def running(self) -> int:
        number = self.dispatched()
        self.do(transitions.run, number, {"pid": 1})
        return number


@pytest.fixture
def enter(database: Database) -> Callable[[campaigns.CampaignEntry], Campaign]:
    """Enters a campaign into the ledger."""

    def enter(entry: campaigns.CampaignEntry) -> Campaign:
        campaigns.enter(database, entry)
        return Campaign(database)

    return enter


@pytest.fixture
def campaign(enter: Callable[[campaigns.CampaignEntry], Campaign], entry: campaigns.CampaignEntry) -> Campaign:
    return enter(entry)
