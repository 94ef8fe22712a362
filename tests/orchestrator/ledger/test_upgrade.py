import os
import signal
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import event, inspect, text

from optimizers import Objective
from orchestrator.ledger import campaigns, views
from orchestrator.ledger.database import Database
from orchestrator.ledger.station_log import StationEntry, StationRows
from orchestrator.ledger.upgrade import HEAD, alembic_config, revision, upgrade


def test_the_head_in_the_code_is_the_newest_migration():
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


def test_the_migrations_make_exactly_the_tables_of_the_code(database):
    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.check(config)


def test_upgrading_twice_changes_nothing(database):
    upgrade(database)
    assert revision(database) == HEAD


def test_a_ledger_that_is_not_there_has_no_revision_and_is_not_made_by_asking(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'none' / 'ledger.db'}")
    assert revision(database) is None
    assert not (tmp_path / "none").exists()


def test_sqlite_keeps_a_write_ahead_log_and_checks_foreign_keys(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    upgrade(database)
    with database.reading() as session:
        assert session.connection().execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.connection().execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert session.connection().execute(text("PRAGMA synchronous")).scalar() == 2
    database.close()


def test_downgrading_removes_everything(database):
    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]


def killed_at_statement(file: Path, number: int) -> bool:
    """Make the ledger in a child process that dies before its statement `number`; whether it died."""
    child = os.fork()
    if child == 0:
        executed = 0

        def count(*_) -> None:
            nonlocal executed
            executed += 1
            if executed == number:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            database = Database(f"sqlite:///{file}")
            event.listen(database.engine, "before_cursor_execute", count)
            upgrade(database)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_a_ledger_whose_making_was_killed_is_made_by_the_next_process(tmp_path):
    number = deaths = 0
    while True:
        number += 1
        file = tmp_path / f"{number}.db"
        died = killed_at_statement(file, number)
        database = Database(f"sqlite:///{file}")
        upgrade(database)
        assert revision(database) == HEAD, f"killed before statement {number}"
        database.close()
        if not died:
            break
        deaths += 1
    assert deaths > 10


def test_a_ledger_of_the_first_schema_keeps_its_campaigns_and_their_objective(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO campaign (name, status, file_name, file_text, file_sha256, folder, overrides, inputs, sources,"
            " provenance, objective, unit, goal, budget, seed, last_sequence, created_at) VALUES ('old', 'done', 'f',"
            " 't', '0', '/', '[]', '{}', '{}', '{}', 'rate', 'nm/min', 'maximize', '{}', 3, 4, '2026-11-20 10:00:00')"
        )
        connection.exec_driver_sql(
            "INSERT INTO event (campaign_id, sequence, happened_at, to_status, data)"
            " VALUES (1, 1, '2026-11-20 10:00:00', 'entered', '{}')"
        )
    upgrade(database)
    with database.reading() as session:
        row = campaigns.find(session, "old")
        assert campaigns.objectives(row) == (Objective("rate", "nm/min", "maximize"),)
        assert campaigns.constraints(row) == ()
        assert views.status(session, "old")["status"] == "done"
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        row = connection.exec_driver_sql("SELECT objective, unit, goal FROM campaign").one()
        assert tuple(row) == ("rate", "nm/min", "maximize")
    database.close()


def test_a_ledger_without_stations_gets_their_tables_and_keeps_its_campaigns(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        connection.exec_driver_sql(
            "INSERT INTO campaign (name, status, file_name, file_text, file_sha256, folder, overrides, inputs, sources,"
            " provenance, objectives, constraints, budget, seed, last_sequence, created_at) VALUES ('old', 'done', 'f',"
            " 't', '0', '/', '[]', '{}', '{}', '{}', '[]', '[]', '{}', 3, 4, '2026-11-20 10:00:00')"
        )
    upgrade(database)
    assert StationRows(database, "sputter").append(0, [StationEntry("loaded")]) == 1
    with database.reading() as session:
        assert views.status(session, "old")["status"] == "done"
    database.close()
