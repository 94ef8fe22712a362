"""what attempts cost, trials done before the campaign, and the decided share of a space

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("decision", sa.Column("decided", sa.Float(), nullable=True))
    op.add_column("attempt", sa.Column("expected_cost", sa.Float(), nullable=True))
    op.add_column("attempt", sa.Column("cost", sa.Float(), nullable=True))
    op.create_table(
        "imported",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("candidate", ROW_ID, nullable=True),
        sa.Column("observations", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("campaign_id", "number"),
    )
    op.create_index(op.f("ix_imported_campaign_id"), "imported", ["campaign_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_imported_campaign_id"), table_name="imported")
    op.drop_table("imported")
    op.drop_column("attempt", "cost")
    op.drop_column("attempt", "expected_cost")
    op.drop_column("decision", "decided")
