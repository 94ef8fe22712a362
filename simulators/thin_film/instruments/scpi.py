"""The grammar of SCPI-1999: messages, headers, long and short words. What they mean is the instrument's business."""

from collections.abc import Iterator
from functools import lru_cache

QUOTES = "'\""


def messages(line: str) -> Iterator[tuple[str, str]]:
    """The messages of a line, as (header, arguments). A header without a leading colon continues the one before it."""
    path: tuple[str, ...] = ()
    for part in split(line, ";"):
        text = part.strip()
        if not text:
            continue
        header, _, arguments = text.partition(" ")
        header = header.upper()
        if not header.startswith((":", "*")):
            header = ":" + ":".join((*path, header))
        if header.startswith(":"):
            path = tuple(header[1:].split(":")[:-1])
        yield header, arguments.strip()


def split(text: str, separator: str) -> list[str]:
    """Split outside quotation marks."""
    parts, quote = [""], ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in QUOTES:
            quote = character
        if character == separator and not quote:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def short(word: str) -> str:
    """The short form: four letters, or three if the fourth is a vowel; shorter words stay as they are."""
    if len(word) <= 4:
        return word
    return word[:3] if word[3] in "AEIOU" else word[:4]


class Vocabulary:
    """The words that an instrument knows, each in its long and its short form and in no other."""

    def __init__(self, words: str, implied: str) -> None:
        """`words` in long form; `implied` are endings that may be left out, such as `OUTP:STAT`, in short form.

        Both are lists with blanks between.
        """
        longs = words.split()
        self._forms = {word: short(word) for word in longs} | {short(word): short(word) for word in longs}
        self._implied = {ending: ending.rpartition(":")[0] for ending in implied.split()}
        self.canonical = lru_cache(maxsize=512)(self._canonical)

    def _canonical(self, header: str) -> str | None:
        """`:SENSE:VOLTAGE:PROTECTION?` -> `SENS:VOLT:PROT?`; None if a word is unknown. Common commands stay."""
        if header.startswith("*"):
            return header
        body, query = header.removesuffix("?"), "?" * header.endswith("?")
        words = [self._forms.get(word.rstrip("0123456789")) for word in body[1:].split(":")]
        if None in words:
            return None
        path = ":".join(word for word in words if word)
        while path in self._implied:
            path = self._implied[path]
        return path + query
