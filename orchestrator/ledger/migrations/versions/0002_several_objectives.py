"""several objectives, and constraints on outcomes

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

campaign = sa.table(
    "campaign",
    sa.column("objective", sa.String()),
    sa.column("unit", sa.String()),
    sa.column("goal", sa.String()),
    sa.column("id", sa.BigInteger()),
    sa.column("objectives", sa.JSON()),
    sa.column("constraints", sa.JSON()),
)


def upgrade() -> None:
    # Plain ALTER TABLE: a batch would make the table anew, which foreign keys forbid once there are trials.
    op.add_column("campaign", sa.Column("objectives", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("campaign", sa.Column("constraints", sa.JSON(), nullable=False, server_default="[]"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(campaign)).all():
        only = {"name": row.objective, "unit": row.unit, "goal": row.goal, "threshold": None}
        connection.execute(sa.update(campaign).where(campaign.c.id == row.id).values(objectives=[only]))
    for column in ("objective", "unit", "goal"):
        op.drop_column("campaign", column)


def downgrade() -> None:
    for column in ("objective", "unit", "goal"):
        op.add_column("campaign", sa.Column(column, sa.String(), nullable=False, server_default=""))
    connection = op.get_bind()
    for row in connection.execute(sa.select(campaign)).all():
        first = row.objectives[0]
        kept = {"objective": first["name"], "unit": first["unit"], "goal": first["goal"]}
        connection.execute(sa.update(campaign).where(campaign.c.id == row.id).values(**kept))
    for column in ("objectives", "constraints"):
        op.drop_column("campaign", column)
