"""What can go wrong with the ledger, in the user's words."""


class LedgerError(Exception):
    """Base of everything the ledger raises."""


class LedgerUnavailable(LedgerError):
    """The database cannot be opened, read or written."""


class DatabaseUrlUnusable(LedgerUnavailable):
    """JUNKAN_DATABASE_URL names no database that could be opened. Nothing was."""


class HomeUnusable(LedgerUnavailable):
    """The home cannot be written. Nothing was."""


class NoSuchCampaign(LedgerError):
    """No campaign of that name is in this ledger."""


class CampaignExists(LedgerError):
    """A campaign of that name is in this ledger already."""


class IllegalTransition(LedgerError):
    """The life of a trial has no such arrow."""


class LeaseHeld(LedgerError):
    """Another live process owns the campaign."""


class DeviceLeaseHeld(LedgerError):
    """Another process drives a device. `seconds` are left of its lease."""

    def __init__(self, device: str, owner: str, seconds: float) -> None:
        self.device, self.owner, self.seconds = device, owner, seconds
        super().__init__(f"device {device!r} is driven by {owner}; its lease ends in {seconds:.0f} s if it is silent")


class DeviceLeaseLost(LedgerError):
    """This process no longer drives a device: its lease has expired, or `holder` took it over."""

    def __init__(self, device: str, holder: str | None) -> None:
        self.device, self.holder = device, holder
        super().__init__(
            f"device {device!r} is driven by {holder} now" if holder else f"the lease of {device!r} is over"
        )


class AlreadyAnswered(LedgerError):
    """Somebody else was first. The message says who, and what they said."""


class StationRefuses(LedgerError):
    """What a person wants of a station cannot be. Nothing was written."""


class StationMovedOn(LedgerError):
    """Somebody else wrote to the log of the station first. Nothing was written."""


class ExportRefused(LedgerError):
    """The file asked for cannot be written."""


class LeaseLost(LedgerError):
    """This process no longer owns the campaign: another one has taken it over."""
