"""Two of three: how an answer without a checksum is believed.

One flipped bit turns `0` into `1` and `0250` into `0650`, and nothing on the wire tells. That two of three answers are
wrong in the same bit is another matter: if a share p of the answers of b bits has a flipped one, 3 p**2 / b.
"""

from collections.abc import Callable
from typing import TypeVar

from devices.errors import BadReply

T = TypeVar("T")


def two_of_three(ask: Callable[[], T], same: Callable[[T, T], bool], where: str) -> T:
    """Ask until two answers are the `same`, at most three times; returns the later of both. Raises BadReply."""
    answers = [ask()]
    for _ in range(2):
        newest = ask()
        if any(same(newest, earlier) for earlier in answers):
            return newest
        answers.append(newest)
    raise BadReply(f"{where}: answers that disagree: {', '.join(map(str, answers))}")
