"""Values given on the command line in place of those in the campaign file."""

from collections.abc import Sequence
from dataclasses import replace

from orchestrator.campaign.document import Document, Node, NotASection
from orchestrator.campaign.errors import CampaignFileError, Path, Place, Problem, dotted
from orchestrator.campaign.parser import parse


def overridden(document: Document, overrides: Sequence[str], name: str | None) -> Document:
    """`document` with each `key=value` of `overrides` put in, in turn, and `name` as the name of the campaign.

    A key is a dotted path, a value is YAML on one line. What is wrong with an override names the argument.
    """
    for override in overrides:
        document = _overridden(document, override)
    if name is None:
        return document
    return document.with_value(("campaign",), Node(name, Place(f"--name {name}")))


def _overridden(document: Document, override: str) -> Document:
    place = Place(f"--set {override}")
    key, equals, text = override.partition("=")
    path = tuple(part.strip() for part in key.split("."))
    if not equals or not all(path):
        return _with_problem(document, Problem.at(place, (), "found no key=value, such as stop.trials=40."))
    try:
        value = parse(text or "~", place.file, path)
    except CampaignFileError as error:
        return _with_problem(document, *(_without_line(problem, path) for problem in error.problems))
    try:
        changed = document.with_value(path, _placed(value.root, place))
    except NotASection as error:
        message = f"there is no key '{error}' in a value that is not a section. Set that value as a whole."
        return _with_problem(document, Problem.at(place, path, message))
    changed = _with_problem(changed, *(_without_line(problem, path) for problem in value.problems))
    return replace(changed, broken=changed.broken | value.broken)


def _with_problem(document: Document, *problems: Problem) -> Document:
    return replace(document, problems=(*document.problems, *problems))


def _without_line(problem: Problem, path: Path) -> Problem:
    return Problem(problem.file, None, None, problem.path or dotted(path), problem.message)


def _placed(node: Node, place: Place) -> Node:
    if node.section is not None:
        return Node({name: _placed(child, place) for name, child in node.section.items()}, place, place)
    if node.entries is not None:
        return Node([_placed(child, place) for child in node.entries], place, place)
    return Node(node.content, place, place)
