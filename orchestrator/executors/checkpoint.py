"""What an attempt takes over from the attempts before it at the same trial."""

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

FOLDER = re.compile(r"attempt-(\d+)")


def earlier_attempts(folder: Path) -> list[Path]:
    """The folders of the earlier attempts at the trial of the attempt in `folder`, the latest first.

    An attempt's folder is named attempt-N beside its siblings; in a folder of another name there are none. Where
    requests say which trial they belong to, only those of the same trial count.
    """
    number = _number(folder)
    if number is None:
        return []
    trial = _trial(folder)
    siblings = [(n, it) for it in folder.parent.iterdir() if (n := _number(it)) is not None and n < number]
    return [it for _, it in sorted(siblings, reverse=True) if _trial(it) == trial]


def take_over(patterns: Sequence[str], folder: Path) -> tuple[str, ...]:
    """Copy the files that match `patterns` from the latest earlier attempt that has any; returns their names.

    Folders that match are copied whole. What the earlier attempt left stays as it is. Raises OSError.
    """
    for earlier in earlier_attempts(folder) if patterns else ():
        found = sorted({it for pattern in patterns for it in earlier.glob(pattern)})
        if found:
            for path in found:
                _copy(path, folder / path.relative_to(earlier))
            return tuple(str(path.relative_to(earlier)) for path in found)
    return ()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)


def _number(folder: Path) -> int | None:
    match = FOLDER.fullmatch(folder.name)
    return int(match[1]) if match else None


def _trial(folder: Path) -> str | None:
    """`campaign/trial` of the attempt in `folder`, or None where nobody asked for it."""
    try:
        return str(json.loads((folder / "request.json").read_text())["key"]).rpartition("/")[0]
    except (OSError, ValueError, KeyError):
        return None
