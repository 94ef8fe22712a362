"""Opening the database: SQLite in WAL mode by default, any SQLAlchemy URL on request."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlmodel import Session

from orchestrator.ledger.errors import DatabaseUrlUnusable, LedgerUnavailable

BUSY_TIMEOUT_MS = 30_000


class Database:
    """A connection pool to one ledger. Nothing is opened before the first use, so the object is cheap to make."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine: Engine | None = None

    @cached_property
    def _url(self) -> URL:
        return _parsed(self.url)

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine. Raises LedgerUnavailable if the URL cannot be understood."""
        if self._engine is None:
            self._engine = _engine(self._url)
        return self._engine

    @property
    def sqlite_file(self) -> Path | None:
        """The file of a SQLite ledger, None for other databases."""
        name = self._url.database
        return Path(name) if self._url.get_backend_name() == "sqlite" and name else None

    def exists(self) -> bool:
        """Whether a ledger is there. Touches nothing."""
        engine = self.engine
        if self.sqlite_file is not None and not self.sqlite_file.exists():
            return False
        try:
            return inspect(engine).has_table("campaign")
        except SQLAlchemyError as error:
            raise LedgerUnavailable(f"{self.shown}: cannot be read: {_cause(error)}") from error

    @property
    def shown(self) -> str:
        """The URL without its password."""
        return self._url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session whose statements all see one state of the ledger."""
        with self._session(write=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A short transaction: committed on leaving, rolled back on any exception."""
        with self._session(write=True) as session:
            yield session

    @contextmanager
    def _session(self, *, write: bool) -> Iterator[Session]:
        try:
            with (
                self.engine.connect().execution_options(junkan_write=write) as connection,
                Session(connection, expire_on_commit=False) as session,
            ):
                yield session
                if write:
                    session.commit()
        except SQLAlchemyError as error:
            raise LedgerUnavailable(f"{self.shown}: {_cause(error)}") from error

    def close(self) -> None:
        """Close all connections."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None


def _cause(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _unusable(url, error) from error
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise _unusable(url, "a ledger in memory would be forgotten; name a file, as in sqlite:////folder/ledger.db")
    return parsed


def _engine(url: URL) -> Engine:
    arguments = {"timeout": BUSY_TIMEOUT_MS / 1000} if url.get_backend_name() == "sqlite" else {}
    try:
        engine = create_engine(url, connect_args=arguments)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise _unusable(url.render_as_string(hide_password=True), error) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _unusable(url: str, error: Exception | str) -> DatabaseUrlUnusable:
    return DatabaseUrlUnusable(
        f"JUNKAN_DATABASE_URL: {url!r} is not a usable database URL: {error}. "
        "Example: postgresql+psycopg2://user@host/junkan (pip install 'junkan[postgres]')"
    )


def _configure_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: `_begin_sqlite` says which kind is wanted.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    # FULL: a power cut must not lose the commit that precedes an act on the outside world.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # A writer takes the write lock at once: two that start by reading could otherwise deadlock.
    write = connection.get_execution_options().get("junkan_write", True)
    connection.execute(text("BEGIN IMMEDIATE" if write else "BEGIN"))
