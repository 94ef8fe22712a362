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


class ExportRefused(LedgerError):
    """The file asked for cannot be written."""


class LeaseLost(LedgerError):
    """This process no longer owns the campaign: another one has taken it over."""
