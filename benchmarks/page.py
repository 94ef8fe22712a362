"""Puts the tables of `results/` into `docs/benchmarks.md`: `python -m benchmarks.page`.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; NAME is that of a Markdown file in `results/`.
"""

import re
import sys
from pathlib import Path

from benchmarks.record import RESULTS

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, results: Path) -> str:
    """The page with every table as it was measured last.

    Raises FileNotFoundError if the page asks for a table that was never measured.
    """
    return PLACE.sub(
        lambda place: f"{place[1]}\n{(results / place[2]).with_suffix('.md').read_text()}\n{place[3]}", page
    )


def main() -> int:
    """The command line."""
    PAGE.write_text(filled(PAGE.read_text(), RESULTS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
