"""Puts the tables of `results/` into the pages of `docs/`: `python -m benchmarks.page`.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; NAME is that of a Markdown file in `results/`.
"""

import re
import sys
from pathlib import Path

from benchmarks.record import RESULTS

DOCS = Path(__file__).parent.parent / "docs"
PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, results: Path) -> str:
    """The page with every table as it was measured last.

    Raises FileNotFoundError if the page asks for a table that was never measured.
    """
    return PLACE.sub(
        lambda place: f"{place[1]}\n{(results / place[2]).with_suffix('.md').read_text()}\n{place[3]}", page
    )


def pages() -> list[Path]:
    """The pages that show tables."""
    return [page for page in sorted(DOCS.glob("*.md")) if PLACE.search(page.read_text())]


def main() -> int:
    """The command line."""
    for page in pages():
        page.write_text(filled(page.read_text(), RESULTS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
