"""The guardian process: `python -m devices.guardian_process`, started by `devices.guardian`, never by a person.

It leaves the family of the process that started it, because a worker is ended together with its descendants. Then it
reads the settings from its standard input, imports the drivers, says that it is armed, and waits: for `bye`, for the
end of the pipe, for the end of the driving process (whose forked children may hold the pipe), or for its silence.
"""

import os
import sys


def main() -> None:
    """Become nobody's child, then watch."""
    if os.fork() > 0:
        os._exit(0)
    os.setsid()
    _ignore_signals()
    from devices.watchman import Watchman

    try:
        watchman = Watchman.from_pipe(0, 1)
    except Exception as error:
        os.write(1, f"failed {type(error).__name__}: {error}\n".encode())
        raise
    sys.exit(watchman.watch())


def _ignore_signals() -> None:
    """Whoever shuts a machine down sends these to everybody: the driving process ends first, then there is work."""
    import signal

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)


if __name__ == "__main__":
    main()
