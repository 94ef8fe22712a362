"""A table of figures, for the terminal and for the documentation."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Sheet:
    """Headings and rows of equal length, all text."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def show(self, console: Console) -> None:
        """Print it to a terminal."""
        table = Table(*self.headings)
        for row in self.rows:
            table.add_row(*row)
        console.print(table)

    def markdown(self) -> str:
        """The same as a Markdown table."""
        lines = (self.headings, ("---",) * len(self.headings), *self.rows)
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write_markdown(path: Path, sheets: Sequence[Sheet], caption: str) -> None:
    """Write the sheets below one another and a caption below them, as `benchmarks.page` puts them into a page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*(sheet.markdown() for sheet in sheets), f"*{caption}*\n"]))
