"""What a name that is not known was perhaps meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'? Known: a, x.`, with its leading blank, to be put behind an error."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    guess = f" Did you mean '{near[0]}'?" if near else ""
    listed = f" Known: {', '.join(names)}." if names else " There are none."
    return guess + listed
