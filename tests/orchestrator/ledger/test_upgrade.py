from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from orchestrator.ledger.database import Database
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
