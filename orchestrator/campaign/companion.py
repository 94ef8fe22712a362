"""Files that a campaign names and that are read as strictly as itself: rigs, recipes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from orchestrator.campaign.diagnosis import diagnose
from orchestrator.campaign.document import Document
from orchestrator.campaign.errors import CampaignFileError, Place, Problem, parts
from orchestrator.campaign.parser import parse
from orchestrator.campaign.syntax import decoded

Content = TypeVar("Content", bound=BaseModel)


@dataclass(frozen=True)
class Companion(Generic[Content]):
    """What such a file says, and where it says it."""

    content: Content
    document: Document

    @contextmanager
    def refusals(self, *, within: str = "") -> Iterator[None]:
        """Turn an error that has a `place` (keys such as `devices.gun.port`) into one with file, line and column.

        Raises CampaignFileError. Other errors pass.
        """
        try:
            yield
        except Exception as error:
            place = getattr(error, "place", None)
            if not isinstance(place, str):
                raise
            raise self.problem(f"{within}{place}", getattr(error, "message", str(error))) from error

    def problem(self, place: str, message: str) -> CampaignFileError:
        """The error `message` about `place`, at the deepest part of it that the file has."""
        path, node = self.document.locate_missing(parts(place))
        return CampaignFileError([Problem.at(node.shown_at, path, message)])


def read_companion(file: Path, model: type[Content]) -> Companion[Content]:
    """What `file` says, as a `model`. Raises CampaignFileError with everything that is wrong, line by line."""
    shown = str(file)
    try:
        text = decoded(file.read_bytes(), shown)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}."
        raise CampaignFileError([Problem.at(Place(shown), (), message)]) from error
    document = parse(text, shown)
    if document.root.section is None:
        message = "found no keys."
        raise CampaignFileError([*document.problems, Problem.at(document.root.place, (), message)])
    try:
        content = model.model_validate(_with_tuples(document.root.plain()), strict=True)
    except ValidationError as error:
        raise CampaignFileError([*document.problems, *diagnose(error, document, model)]) from error
    if document.problems:
        raise CampaignFileError(document.problems)
    return Companion(content, document)


def _with_tuples(value: Any) -> Any:
    """The plain value with its lists as tuples, which is what models of frozen settings are made of."""
    if isinstance(value, dict):
        return {key: _with_tuples(entry) for key, entry in value.items()}
    return tuple(_with_tuples(entry) for entry in value) if isinstance(value, list) else value
