"""What an executor can find wrong with a campaign before anything runs, told at the line of the campaign file."""

import re

from orchestrator.campaign.document import Document
from orchestrator.campaign.errors import CampaignFileError, Problem, parts
from orchestrator.campaign.loading import LoadedCampaign
from orchestrator.campaign.overrides import overridden
from orchestrator.campaign.parser import parse
from orchestrator.executors.base import Checked, ExecutorContext
from orchestrator.executors.errors import ExecutorError

_PLACE = re.compile(r"executor(?:[.\[][^:\s,]*)?(?=[:,] )")


def precheck(loaded: LoadedCampaign, source: str) -> list[Problem]:
    """The problem that the executor finds, if it looks for any. `source` is what the campaign file is called."""
    spec = loaded.spec
    if not isinstance(spec.executor, Checked):
        return []
    try:
        spec.executor.check(ExecutorContext(spec.campaign, spec.space, tuple(spec.units), spec.parallel))
    except CampaignFileError as error:  # a file that the campaign names, with places of its own
        return list(error.problems)
    except (ExecutorError, ValueError, OSError, ImportError) as error:
        document = overridden(parse(loaded.text, source), loaded.overrides, loaded.name)
        return [_located(str(error), document)]
    return []


def _located(message: str, document: Document) -> Problem:
    """The problem at the deepest place of the file that the message names at its beginning."""
    match = _PLACE.match(message)
    if match is None:
        _, node = document.locate(("executor",))
        return Problem(node.place.file, node.place.line, node.place.column, "executor", message)
    _, node = document.locate(parts(match.group()))
    rest = message[match.end() :].lstrip(":, ")
    return Problem(node.place.file, node.place.line, node.place.column, match.group(), rest)
