"""A campaign file as read: plain values that remember where they are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from orchestrator.campaign.errors import Path, Place, Problem
from orchestrator.campaign.scalars import Scalar

Content: TypeAlias = "Scalar | Mapping[str, Node] | Sequence[Node]"


@dataclass(frozen=True)
class Node:
    """A value, the place where it begins, and the place of its key if it has one."""

    content: Content
    place: Place
    key: Place | None = None

    @property
    def section(self) -> Mapping[str, "Node"] | None:
        """The entries of a section, None for anything else."""
        return self.content if isinstance(self.content, Mapping) else None

    @property
    def entries(self) -> Sequence["Node"] | None:
        """The entries of a list, None for anything else."""
        is_list = isinstance(self.content, Sequence) and not isinstance(self.content, str)
        return self.content if is_list else None  # type: ignore[return-value]

    @property
    def shown_at(self) -> Place:
        """Where a complaint about this value points: to the key of a section, to the value otherwise."""
        return self.key if self.key is not None and self.section is not None else self.place

    def plain(self) -> Any:
        """The value without its places: dictionaries, lists and scalars."""
        if self.section is not None:
            return {name: node.plain() for name, node in self.section.items()}
        if self.entries is not None:
            return [node.plain() for node in self.entries]
        return self.content

    def child(self, part: str | int) -> "Node | None":
        """The entry `part`, None if there is no such entry."""
        if isinstance(part, str):
            return None if self.section is None else self.section.get(part)
        return self.entries[part] if self.entries is not None and 0 <= part < len(self.entries) else None


@dataclass(frozen=True)
class Document:
    """The tree of a campaign file, and what was already found wrong with it.

    `broken` holds the paths of values that stand for something unreadable: what is said about them further on
    is an echo of a problem that is in `problems`.
    """

    root: Node
    problems: tuple[Problem, ...] = ()
    broken: frozenset[Path] = field(default_factory=frozenset)

    def locate(self, path: Sequence[str | int]) -> tuple[Path, Node]:
        """The deepest value on `path`, and the part of `path` that leads there. Parts that lead nowhere are skipped."""
        found, node, _ = self._follow(path)
        return found, node

    def locate_missing(self, path: Sequence[str | int]) -> tuple[Path, Node]:
        """As `locate`, but the path ends with the keys that the document does not have: what is missing has a name."""
        found, node, missing = self._follow(path)
        return (*found, *missing), node

    def _follow(self, path: Sequence[str | int]) -> tuple[Path, Node, tuple[str, ...]]:
        node, found = self.root, []
        skipped: list[str] = []
        for part in path:
            key = ".".join([*skipped, str(part)])  # a key may have a dot in it: `gun.power`
            for name in dict.fromkeys((part, int(part) if str(part).isdecimal() else part, key)):
                child = node.child(name)
                if child is not None:
                    node, skipped = child, []
                    found.append(name)
                    break
            else:
                skipped.append(str(part))
        return tuple(found), node, tuple(skipped)

    def with_value(self, path: Sequence[str], value: Node) -> "Document":
        """This document with `value` at `path`. Sections on the way are made where they are missing.

        Raises NotASection where `path` leads through a value that has no keys.
        """
        return replace(self, root=_put(self.root, path, value))


class NotASection(ValueError):
    """A path leads to a key of a value that has no keys."""


def _put(node: Node, path: Sequence[str], value: Node) -> Node:
    if not path:
        return replace(value, key=value.place)
    if node.section is None:
        raise NotASection(path[0])
    missing = Node({}, value.place, value.place)
    child = _put(node.section.get(path[0], missing), path[1:], value)
    return replace(node, content={**node.section, path[0]: child})
