"""The tables of the ledger.

Every number a proposal depends on is stored as binary64 (or as JSON written with Python's shortest exact
representation), so that a history read back is the history that was written, to the last bit.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Dialect, Integer, Text, TypeDecorator, UniqueConstraint
from sqlmodel import Field, SQLModel

RowId = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """An instant in UTC, aware on both sides of every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Store UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Read UTC; SQLite hands back naive values."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


class Campaign(SQLModel, table=True):
    """One campaign, with everything needed to run it again."""

    __tablename__ = "campaign"

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    name: str = Field(unique=True, index=True)
    status: str
    reason: str | None = Field(default=None, sa_type=Text)
    requested: str | None = None  # what a person asked of the running process: pause | stop | finish
    file_name: str
    file_text: str = Field(sa_type=Text)
    file_sha256: str
    folder: str  # relative paths in the file start here
    overrides: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    inputs: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # path -> sha256
    sources: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # name -> event
    provenance: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    objectives: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    constraints: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    budget: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # what ends it
    seed: int = Field(sa_type=RowId)
    last_sequence: int = Field(default=0, sa_type=RowId)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    ui: str | None = None


class Decision(SQLModel, table=True):
    """One ask: the history up to event `position` was shown to the optimizer, and `returned` trials came of it."""

    __tablename__ = "decision"

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    campaign_id: int = Field(foreign_key="campaign.id", index=True, sa_type=RowId)
    position: int = Field(sa_type=RowId)
    asked: int
    returned: int
    optimizer: str
    chance_of_better: float | None = None
    decided: float | None = None  # share of the candidates whose side of a level is known
    seconds: float
    made_at: datetime = Field(default_factory=now, sa_type=Moment)


class Trial(SQLModel, table=True):
    """One experiment asked for."""

    __tablename__ = "trial"
    __table_args__ = (UniqueConstraint("campaign_id", "number"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    campaign_id: int = Field(foreign_key="campaign.id", index=True, sa_type=RowId)
    decision_id: int = Field(foreign_key="decision.id", index=True, sa_type=RowId)
    number: int
    status: str
    parameters: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    candidate: int | None = Field(default=None, sa_type=RowId)
    predicted: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    score: float | None = None
    reasons: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    failure_kind: str | None = None
    failure_reason: str | None = Field(default=None, sa_type=Text)
    proposed_at: datetime = Field(default_factory=now, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_sequence: int | None = Field(default=None, sa_type=RowId)  # the event that ended it


class Attempt(SQLModel, table=True):
    """One try at a trial. `key` is what the outside world knows it by."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("trial_id", "number"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    trial_id: int = Field(foreign_key="trial.id", index=True, sa_type=RowId)
    number: int
    key: str = Field(unique=True)
    status: str
    owner: str  # the process that dispatched it
    folder: str
    handle: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    failure_kind: str | None = None
    failure_reason: str | None = Field(default=None, sa_type=Text)
    interrupted: bool = False  # ended by the death of its owner: not counted as a retry
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    files: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    expected_cost: float | None = None  # when it was dispatched
    cost: float | None = None  # once it has ended
    dispatched_at: datetime = Field(default_factory=now, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class Observation(SQLModel, table=True):
    """A measured value of an objective, or of a quantity that must stay within limits."""

    __tablename__ = "observation"
    __table_args__ = (UniqueConstraint("trial_id", "objective"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    trial_id: int = Field(foreign_key="trial.id", index=True, sa_type=RowId)
    attempt_id: int | None = Field(default=None, foreign_key="attempt.id", sa_type=RowId)
    objective: str
    value: float
    standard_error: float | None = None
    unit: str = ""


class Imported(SQLModel, table=True):
    """A trial that was done before the campaign, from a table of the user's; entered with the campaign, never changed.

    Of n rows the last has the number 0, the first 1 - n: every own trial comes after them.
    """

    __tablename__ = "imported"
    __table_args__ = (UniqueConstraint("campaign_id", "number"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    campaign_id: int = Field(foreign_key="campaign.id", index=True, sa_type=RowId)
    number: int
    row: int  # of the table, 1 for the first
    standing: str  # completed | infeasible | unconverged
    reason: str | None = Field(default=None, sa_type=Text)
    parameters: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    candidate: int | None = Field(default=None, sa_type=RowId)
    # quantity -> {"value", "standard_error"}
    observations: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Event(SQLModel, table=True):
    """What happened, in order. The sequence numbers of a campaign are 1, 2, 3, ... without gaps."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("campaign_id", "sequence"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    campaign_id: int = Field(foreign_key="campaign.id", index=True, sa_type=RowId)
    sequence: int = Field(sa_type=RowId)
    happened_at: datetime = Field(default_factory=now, sa_type=Moment)
    trial_number: int | None = None
    attempt_number: int | None = None
    from_status: str | None = None
    to_status: str
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Lease(SQLModel, table=True):
    """Who owns a campaign. A campaign is driven by one process at a time."""

    __tablename__ = "lease"

    campaign_id: int = Field(foreign_key="campaign.id", primary_key=True, sa_type=RowId)
    owner: str
    host: str
    pid: int
    process_created: str
    claimed_at: datetime = Field(default_factory=now, sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)


class StationEvent(SQLModel, table=True):
    """What happened at a station, in order: 1, 2, 3, ... without gaps. What is known of it is a fold over these."""

    __tablename__ = "station_event"
    __table_args__ = (UniqueConstraint("station", "sequence"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    station: str
    sequence: int = Field(sa_type=RowId)
    kind: str
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    happened_at: datetime = Field(default_factory=now, sa_type=Moment)


class DeviceLease(SQLModel, table=True):
    """Who drives a device of a station. It is driven by one process at a time, whichever campaign that works for."""

    __tablename__ = "device_lease"

    device: str = Field(primary_key=True)  # station/device
    owner: str
    host: str
    pid: int
    process_created: str
    claimed_at: datetime = Field(default_factory=now, sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
