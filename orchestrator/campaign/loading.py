"""Campaign files into campaigns."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from orchestrator.campaign.diagnosis import diagnose
from orchestrator.campaign.document import Document
from orchestrator.campaign.errors import CampaignFileError, Place, Problem
from orchestrator.campaign.inputs import missing_inputs, missing_program
from orchestrator.campaign.overrides import overridden
from orchestrator.campaign.parser import parse
from orchestrator.campaign.spec import CampaignSpec
from orchestrator.campaign.suggestion import did_you_mean
from orchestrator.campaign.syntax import decoded


@dataclass(frozen=True)
class LoadedCampaign:
    """A checked campaign, with all that is needed to load it again: `loads(text, folder, overrides, name)`."""

    spec: CampaignSpec
    text: str
    """The campaign file, character for character."""
    sha256: str
    """The SHA-256 of `text` in UTF-8, in hexadecimal."""
    folder: Path
    """The absolute folder that relative paths in the campaign start from."""
    overrides: tuple[str, ...] = ()
    """What was set on the command line, as `key=value`."""
    name: str | None = None
    """The name given on the command line, if any."""


def load(path: Path | str, overrides: Sequence[str] = (), name: str | None = None) -> LoadedCampaign:
    """The campaign in the file `path`, with `overrides` and `name` in place of what the file says.

    Raises CampaignFileError with everything that is wrong: with the file, the overrides, or the files and programs
    that the campaign depends on.
    """
    file = Path(path)
    campaign, document = _loaded(_text(file), file.absolute().parent, overrides, name, str(path))
    missing = missing_inputs(campaign.spec, document, campaign.folder) or missing_program(campaign.spec, document)
    if missing:
        raise CampaignFileError(missing)
    return campaign


def loads(
    text: str, folder: Path, overrides: Sequence[str] = (), name: str | None = None, source: str = "campaign file"
) -> LoadedCampaign:
    """The campaign in `text`, as `load` makes it, but without a look at the disk. Places name `source`."""
    return _loaded(text, folder, overrides, name, source)[0]


def _loaded(
    text: str, folder: Path, overrides: Sequence[str], name: str | None, source: str
) -> tuple[LoadedCampaign, Document]:
    document = parse(text, source)
    if document.root.section is None:
        message = "found no keys. A campaign file begins with 'campaign: a-name'."
        raise CampaignFileError([*document.problems, Problem.at(document.root.place, (), message)])
    document = overridden(document, overrides, name)
    spec = _validated(document, folder)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return LoadedCampaign(spec, text, digest, folder, tuple(overrides), name), document


def _validated(document: Document, folder: Path) -> CampaignSpec:
    try:
        # JSON, because there a list is the only way to write a tuple, and text the only way to write a path.
        text = json.dumps(document.root.plain())
        spec = CampaignSpec.model_validate_json(text, strict=True, context={"folder": folder})
    except ValidationError as error:
        raise CampaignFileError([*document.problems, *diagnose(error, document)]) from error
    if document.problems:
        raise CampaignFileError(document.problems)
    return spec


def _text(file: Path) -> str:
    try:
        return decoded(file.read_bytes(), str(file))
    except OSError as error:
        raise CampaignFileError([Problem.at(Place(str(file)), (), _unreadable(file, error))]) from error


def _unreadable(file: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and file.parent.is_dir():
        siblings = (sibling for sibling in file.parent.iterdir() if sibling.suffix in {".yaml", ".yml"})
        return f"there is no such file.{did_you_mean(str(file), (str(file.parent / one.name) for one in siblings))}"
    return f"the file cannot be read: {error.strerror}."
