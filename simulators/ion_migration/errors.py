"""What can go wrong between a formula and a barrier."""


class IonMigrationError(ValueError):
    """Something was asked that this simulator cannot do; the message says what to ask instead."""


class NotInTheFamily(IonMigrationError):
    """A formula that is no charge-balanced tavorite of the family."""


class ImpossibleStructure(IonMigrationError):
    """The structure of a compound cannot be: atoms overlap, or the valences do not fit."""


class NotRelaxed(IonMigrationError):
    """The relaxation of a structure was stopped before it had ended."""


class UnusableGrid(IonMigrationError):
    """A grid so coarse that it sees no channel, or so fine that it does not fit into the memory."""
