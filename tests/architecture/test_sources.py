"""Manners of the source code that no linter knows."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = {".py", ".md", ".yaml", ".toml", ".txt", ".mako", ""}
PLACES = re.compile(r"(?<![\w.])/(?:home|root|Users|work|tmp|opt|mnt)/\w+")


def files() -> list[Path]:
    """Every text file that belongs to the project and is no test."""
    folders = ("orchestrator", "optimizers", "simulators", "benchmarks", "campaigns", "docs")
    found = [file for folder in folders for file in sorted((ROOT / folder).rglob("*"))]
    top = [ROOT / name for name in ("Makefile", "README.md", "pyproject.toml", "constraints.txt", ".ci/run")]
    return [
        file for file in (*found, *top) if file.is_file() and file.suffix in TEXT and "__pycache__" not in file.parts
    ]


def test_no_file_names_a_place_on_somebodys_machine():
    found = {
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in files()
        if "results" not in file.parts
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if PLACES.search(line)
    }
    assert found == set()


def test_only_commands_and_benchmarks_print():
    found = {
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for package in ("orchestrator", "optimizers", "simulators")
        for file in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert found == set()
