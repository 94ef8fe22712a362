"""What can keep a campaign from running, in the user's words."""


class LoopError(Exception):
    """Base of everything the loop raises."""


class InputRefused(LoopError):
    """The user's input is wrong; nothing was written."""


class PortBusy(InputRefused):
    """The port asked for is taken by another program."""


class NoServerThere(InputRefused):
    """PREFECT_API_URL names a server that does not answer."""


class InputChanged(InputRefused):
    """A file the campaign depends on is gone or no longer the one it started with."""


class ServerInUse(InputRefused):
    """The Prefect server cannot be stopped, because somebody uses it."""


class ServerFailed(LoopError):
    """The Prefect server does not start or does not answer."""
