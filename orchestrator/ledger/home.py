"""Where Junkan keeps its things."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.ledger.errors import HomeUnusable

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
        """Raise HomeUnusable, before anything is written, if the home cannot be used."""
        existing = self.folder
        while not existing.exists():
            existing = existing.parent
        if not existing.is_dir():
            raise HomeUnusable(f"JUNKAN_HOME: {existing} is not a folder. Set JUNKAN_HOME to a folder of yours.")
        if not os.access(existing, os.W_OK | os.X_OK) or _read_only(existing):
            raise HomeUnusable(
                f"JUNKAN_HOME: {existing} cannot be written. Set JUNKAN_HOME to a folder that you may write to."
            )


def _read_only(folder: Path) -> bool:
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
