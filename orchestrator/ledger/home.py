"""Where Junkan keeps its things."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.ledger.errors import DatabaseUrlUnusable, HomeUnusable

if TYPE_CHECKING:
    from orchestrator.ledger.database import Database


@dataclass(frozen=True)
class Home:
    """The folder of the ledger, the trials' folders and the managed Prefect server."""

    folder: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """`$JUNKAN_HOME`, else `.junkan` in the current folder. Creates nothing."""
        return cls(Path(os.environ.get("JUNKAN_HOME") or ".junkan").absolute())

    def database(self) -> "Database":
        """`$JUNKAN_DATABASE_URL`, else SQLite in the home. Opens nothing."""
        from orchestrator.ledger.database import Database

        return Database(os.environ.get("JUNKAN_DATABASE_URL") or f"sqlite:///{self.folder / 'ledger.db'}")

    @property
    def prefect(self) -> Path:
        """The managed Prefect server's data, log and address."""
        return self.folder / "prefect"

    def trial_folder(self, campaign: str, trial: int) -> Path:
        """Where the attempts of a trial keep their files."""
        return self.folder / "campaigns" / campaign / f"trial-{trial:05d}"

    def require_writable(self) -> None:
        """Raise HomeUnusable or DatabaseUrlUnusable, before anything is written, if home or ledger cannot be used."""
        problem = _unwritable(self.folder)
        if problem is not None:
            raise HomeUnusable(f"JUNKAN_HOME: {problem}. Set JUNKAN_HOME to a folder that you may write to.")
        file = self.database().sqlite_file
        problem = None if file is None else _unwritable(file.absolute().parent)
        if problem is not None:
            raise DatabaseUrlUnusable(f"JUNKAN_DATABASE_URL: {problem}. Name a file in a folder that you may write to.")


def _unwritable(folder: Path) -> str | None:
    """Why nothing can be written into `folder`, or into the nearest folder above it that exists; None if it can."""
    existing = folder
    try:
        while not existing.exists():
            existing = existing.parent
        if not existing.is_dir():
            return f"{existing} is not a folder"
        # Trying is the only honest test: permissions lie to root, and on network drives.
        with tempfile.TemporaryFile(dir=existing):
            return None
    except OSError as error:
        return f"{existing} cannot be written: {error.strerror}"
