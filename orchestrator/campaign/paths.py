"""Paths in campaign files: relative to the file that names them."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo


def _resolve(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    return path if folder is None or path.is_absolute() else Path(folder) / path


CampaignPath = Annotated[Path, AfterValidator(_resolve)]
"""A path resolved against the validation context's `folder`; existence is checked where it is used."""
