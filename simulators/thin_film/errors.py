"""What a simulated laboratory will not do."""


class WorldError(Exception):
    """The rig cannot do that now; nothing has changed. The message is what an operator would say."""


class UnknownPlace(WorldError):
    """There is no such slot."""


class SourceEmpty(WorldError):
    """Nothing lies where a sample was to be taken from."""


class TargetOccupied(WorldError):
    """A sample lies where one was to be put."""


class RobotBusy(WorldError):
    """The arm is moving, or holds a sample that it could not put down."""


class TransferBlocked(WorldError):
    """The chamber cannot be opened: a plasma burns in it."""
