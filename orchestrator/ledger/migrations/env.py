"""Alembic's entry: migrates the database whose connection `orchestrator.ledger.upgrade` hands over."""

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString, SQLModel

from orchestrator.ledger.tables import Moment


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types as the plain ones they are, so that a migration outlives this package's classes."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
