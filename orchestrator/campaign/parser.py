"""YAML text into a Document. Every doubtful construction is refused with its place, never guessed."""

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml import events as yaml

from orchestrator.campaign.document import Document, Node
from orchestrator.campaign.errors import CampaignFileError, Path, Place, Problem
from orchestrator.campaign.scalars import AmbiguousScalar, Scalar, scalar
from orchestrator.campaign.syntax import is_printable, refuse_unprintable, syntax_problem

_DEEPEST = 40
_YES_AND_NO = {form for word in ("on", "off", "yes", "no") for form in (word, word.title(), word.upper())}
"""Read as true and false by YAML 1.1, as text by YAML 1.2."""


def parse(text: str, file: str, path: Path = ()) -> Document:
    """The one document in `text`, with the problems found in it; `file` is how places name it.

    `path` is where the document belongs in a larger one, for the sake of messages.

    Anchors, aliases, merge keys and tags are refused: a value is written where it counts.
    Raises CampaignFileError where no document can be made out: empty text, syntax errors, several documents.
    """
    refuse_unprintable(text, file)
    return _Parser(text, file).document(path)


class _Parser:
    """Builds the tree from the reader's events, and notes what is wrong on the way."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._events = self._read(text)
        self._problems: list[Problem] = []
        self._broken: set[Path] = set()

    def document(self, path: Path) -> Document:
        next(self._events)  # the start of the stream
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            raise self._empty()
        if start.version or start.tags:
            raise self._fatal(Place(self._file, 1, 1), "directives (lines that begin with '%') are not used here.")
        root = self._node(next(self._events), path)
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._fatal(self._place(after), "a second document begins here. Write one campaign per file.")
        return Document(root, tuple(self._problems), frozenset(self._broken))

    def _read(self, text: str) -> Iterator[Any]:
        try:
            yield from YAML(typ="safe", pure=True).parse(text)
        except Exception as error:  # the reader raises ValueError and OverflowError too, for escapes out of range
            raise CampaignFileError([*self._problems, syntax_problem(error, text, self._file)]) from error

    def _node(self, event: Any, path: Path, key: Place | None = None) -> Node:
        place = self._place(event)
        if len(path) > _DEEPEST:
            raise self._fatal(place, f"sections and lists are nested more than {_DEEPEST} deep.")
        self._refuse_references(event, path)
        if isinstance(event, yaml.MappingStartEvent):
            return Node(self._section(path), place, key)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(self._list(path), place, key)
        if isinstance(event, yaml.AliasEvent):
            return Node(None, place, key)
        return Node(self._scalar(event, path, key), place, key)

    def _section(self, path: Path) -> dict[str, Node]:
        section: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            name = self._key(event, path)
            place = self._place(event)
            inner = (*path, name)
            if name in section:
                first = section[name].key
                self._note(place, inner, f"the key '{name}' is written twice; first in line {first and first.line}.")
            node = self._node(next(self._events), inner, place)
            section.setdefault(name, node)
        return section

    def _list(self, path: Path) -> list[Node]:
        entries: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            entries.append(self._node(event, (*path, len(entries))))
        return entries

    def _key(self, event: Any, path: Path) -> str:
        place = self._place(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise self._fatal(place, "a key is a word, not a list, a section or an alias (*name).")
        text = str(event.value)
        if not is_printable(text):
            text = ascii(text)[1:-1]
            self._note(place, (*path, text), "a key holds a character that cannot be shown. Delete it.")
        inner = (*path, text)
        self._refuse_references(event, inner)
        if event.style is None and text == "<<":
            self._note(place, inner, "merge keys (<<) are not used here. Write the keys out.")
        elif event.style is None and not _is_word(text):
            self._note(place, inner, _not_a_word(text))
        return text

    def _scalar(self, event: Any, path: Path, key: Place | None) -> Scalar:
        text = str(event.value)
        place = self._place(event)
        if not is_printable(text):
            self._note(place, path, "the text holds a character that cannot be shown. Delete it.")
            return None
        if event.style is not None or path in self._broken:
            return text
        try:
            value = scalar(text)
        except AmbiguousScalar as doubt:
            self._note(place, path, str(doubt))
            return None
        if value is None and not path:
            raise self._empty()
        if value is None:
            self._note(key or place if text == "" else place, path, _nothing(text, path))
        return value

    def _refuse_references(self, event: Any, path: Path) -> None:
        place = self._place(event)
        if isinstance(event, yaml.AliasEvent):
            self._note(place, path, f"aliases (*{event.anchor}) are not used here. Write the value out.")
        elif event.anchor is not None:
            self._note(place, path, f"anchors (&{event.anchor}) are not used here. Write the value wherever it counts.")
        elif event.tag is not None:
            self._note(
                place, path, "tags (!name) are not used here. Text that looks like a number is written in quotes."
            )

    def _note(self, place: Place, path: Path, message: str) -> None:
        self._problems.append(Problem.at(place, path, message))
        self._broken.add(path)

    def _empty(self) -> CampaignFileError:
        return self._fatal(Place(self._file, 1, 1), "it is empty. A campaign file begins with 'campaign: a-name'.")

    def _fatal(self, place: Place, message: str) -> CampaignFileError:
        return CampaignFileError([*self._problems, Problem.at(place, (), message)])

    def _place(self, event: Any) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)


def _is_word(text: str) -> bool:
    try:
        return isinstance(scalar(text), str) and text not in _YES_AND_NO
    except AmbiguousScalar:
        return False


def _not_a_word(text: str) -> str:
    if not text:
        return "a key is missing before the ':'."
    return (
        f"a key is a word, and YAML readers take {text} for something else. If it is meant, write '{text}' in quotes."
    )


def _nothing(text: str, path: Path) -> str:
    name = path[-1] if path else ""
    if isinstance(name, str) and ":" in name:
        return f"'{name}' has no value. A space is needed after the ':'."
    found = "there is no value" if text == "" else f"{text} is no value"
    return f"{found}. Write one, or leave the key out."
