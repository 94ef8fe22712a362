"""The page of thin films lists every requirement of a station with a test that exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| R(\d+) \| .+ \| `(test_\w+)` \|$", re.MULTILINE)
REQUIREMENTS = 34


def rows() -> dict[int, str]:
    return {int(number): test for number, test in ROW.findall((ROOT / "docs" / "thin_film.md").read_text())}


def all_tests() -> set[str]:
    return {
        node.name
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_requirement_has_a_row_with_a_test_that_exists_and_carries_its_number():
    found = rows()
    assert sorted(found) == list(range(1, REQUIREMENTS + 1))
    assert set(found.values()) - all_tests() == set()
    assert [number for number, test in found.items() if f"r{number}_" not in test] == []
