"""Files that are whole or absent, whichever process dies while they are written."""

import os
import threading
from pathlib import Path


def create(path: Path, text: str) -> bool:
    """Write `path` unless it exists, and say whether this call made it.

    Of several processes that create the same path exactly one gets True, and from then on everybody reads its
    text: a hard link, unlike a rename, never replaces. A power cut within the next seconds may undo the call, but
    cannot garble the file. Raises OSError.
    """
    temporary = _temporary(path)
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    return True


def replace(path: Path, text: str) -> None:
    """Write `path`, replacing what was there. A power cut may undo or garble it. Raises OSError."""
    temporary = _temporary(path)
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
