"""Bringing a database to the present schema."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import LedgerUnavailable

HEAD = "0004"
"""The newest revision in `migrations/versions`; a test holds the two together."""


def alembic_config() -> "object":
    """Alembic's configuration for the migrations that ship with this package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(database: Database) -> None:
    """Create the ledger, or bring it to the newest schema. Does nothing when it is there already.

    Raises LedgerUnavailable when the database cannot be written.
    """
    if revision(database) == HEAD:
        return
    from alembic import command

    file = database.sqlite_file
    try:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            _write_ahead(database)
        config = alembic_config()
        with database.engine.begin() as connection:
            config.attributes["connection"] = connection  # type: ignore[attr-defined]
            command.upgrade(config, "head")  # type: ignore[arg-type]
    except (SQLAlchemyError, OSError) as error:
        raise LedgerUnavailable(f"{database.shown}: cannot be created or upgraded: {error}") from error


def _write_ahead(database: Database) -> None:
    """Readers and one writer then never wait for each other. The mode stays with the file."""
    connection = database.engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def revision(database: Database) -> str | None:
    """The schema revision a database is at, None when it holds no ledger."""
    if not database.exists():
        return None
    with database.reading() as session:
        return str(session.connection().execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def require_current(database: Database) -> None:
    """Raise LedgerUnavailable when a ledger has another schema than this release reads."""
    found = revision(database)
    if found != HEAD:
        raise LedgerUnavailable(
            f"{database.shown} has schema {found}, and this release of Junkan reads {HEAD}. "
            "`junkan resume NAME` upgrades an older ledger; a newer one needs a newer Junkan."
        )
