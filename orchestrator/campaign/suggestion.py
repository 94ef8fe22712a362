"""The word that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

from orchestrator.campaign.wording import short


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, whatever its case and hyphens; None when none is alike."""
    spellings: dict[str, str] = {}
    for candidate in known:
        spellings.setdefault(_plain(candidate), candidate)
    found = get_close_matches(_plain(word), spellings, n=1, cutoff=0.6)
    return spellings[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?`, with its leading space, or nothing."""
    guess = nearest(word, known)
    return "" if guess is None else f" Did you mean '{guess}'?"


def not_known(word: str, known: Iterable[str]) -> str:
    """The sentence about a word that is none of the `known` ones."""
    words = tuple(known)
    return f"'{short(word)}' is not known.{did_you_mean(word, words)} Known: {', '.join(words) or 'none'}."


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")
