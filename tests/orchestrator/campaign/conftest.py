"""Plug-ins of a make-believe distribution, found the way real ones are, and a campaign that uses them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from orchestrator.campaign.errors import CampaignFileError
from orchestrator.campaign.loading import loads

CAMPAIGN = """\
campaign: cu-sigma5-210
seed: 7
objective: {name: gb_energy, unit: J/m^2, goal: minimize}
space:
  kind: grid
  element: Cu
  plane: [2, 1, 0]
optimizer: {kind: guess}
executor: {kind: lab}
parallel: 2
stop: {trials: 40, no_progress: 15}
failures: {retries: 2}
"""

PLUG_INS = '''
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, field_validator, model_validator
from pydantic_core import PydanticCustomError

from orchestrator.campaign.paths import CampaignPath


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def build(self, *needed):
        return type(self).__name__


class Range(Settings):
    """From low to high."""

    low: float
    """Where it begins."""
    high: float
    """Where it ends."""


class Grid(Settings):
    """A grid of candidates."""

    kind: Literal["grid"]
    sigma: PositiveInt = 5
    """How many lattice points coincide: one in sigma."""
    plane: tuple[int, int, int] = (2, 1, 0)
    """Miller indices of the boundary plane."""
    step: float | Literal["auto"] = 0.1
    """Distance of neighbouring candidates in angstrom."""
    element: Literal["Cu", "Al", "Ni"] = "Cu"
    """The metal."""
    ranges: dict[str, Range] = {}
    """Limits by name."""
    more: list[Range] = []
    """Further limits."""
    periodic: list[str] = []
    """Columns that begin again."""

    @model_validator(mode="after")
    def _plane_makes_sigma(self):
        if self.step != "auto" and 1 / self.step < 0:
            raise ValueError("step: a distance is positive.")
        if sum(index**2 for index in self.plane) != self.sigma:
            raise ValueError(f"plane: {list(self.plane)} does not make a boundary of sigma {self.sigma}.")
        return self


class Guess(Settings):
    """Chooses blindly."""

    kind: Literal["guess"] = "guess"
    exact: bool = False
    """Whether to be right."""


class Lab(Settings):
    """A laboratory."""

    kind: Literal["lab"]
    file: CampaignPath | None = None
    """Where the values are."""
    others: tuple[CampaignPath, ...] = ()
    """Where more values are."""
    by_name: dict[str, CampaignPath] = {}
    """Values with names."""
    python: Path = Path("/no/such/python")
    """A path that is no input."""
    note: Annotated[str, Field(max_length=5)] = "abc"
    """A few letters."""

    @field_validator("python")
    @classmethod
    def _no_tilde(cls, python):
        if str(python).startswith("~"):
            raise PydanticCustomError("tilde", "A program should be named without a tilde.")
        return python


class Unfrozen(BaseModel):
    """Lacks everything that makes a plug-in."""


A_FUNCTION = print
'''

ENTRY_POINTS = """\
[junkan.spaces]
grid = make_believe_plug_ins:Grid
broken = make_believe_broken:Grid
bare = make_believe_plug_ins:Unfrozen
callable = make_believe_plug_ins:A_FUNCTION
twice = make_believe_plug_ins:Grid

[junkan.optimizers]
guess = make_believe_plug_ins:Guess

[junkan.executors]
lab = make_believe_plug_ins:Lab
"""


def install(folder: Path, name: str, entry_points: str) -> None:
    """Make `folder` look to importlib.metadata as if the distribution `name` were installed in it."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site-packages")
    install(folder, "make_believe", ENTRY_POINTS)
    install(folder, "make_believe_twin", "[junkan.spaces]\ntwice = make_believe_plug_ins:Grid\n")
    (folder / "make_believe_plug_ins.py").write_text(PLUG_INS)
    (folder / "make_believe_broken.py").write_text("import a_library_that_is_not_installed\n")
    return folder


@pytest.fixture(autouse=True)
def plug_ins(distributions: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(distributions)
    return distributions


@pytest.fixture
def campaign() -> str:
    return CAMPAIGN


@pytest.fixture
def complaints() -> Callable[..., list[str]]:
    """What is said about a campaign in which `old` stands no more, but `new`."""

    def complaints(old: str = "", new: str = "", overrides: Sequence[str] = (), name: str | None = None) -> list[str]:
        assert old in CAMPAIGN
        with pytest.raises(CampaignFileError) as caught:
            loads(CAMPAIGN.replace(old, new) if old else CAMPAIGN, Path("/lab"), overrides, name, source="c.yaml")
        return str(caught.value).splitlines()

    return complaints
