"""The structure of a trial: a file of atoms, made from a template or chosen among several."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, model_validator

from orchestrator.campaign.paths import CampaignPath
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.templates import Template

if TYPE_CHECKING:
    from ase import Atoms


class ImpossibleStructure(ExecutorError):
    """The parameters lead to atoms that no calculation can be made of."""


class StructureSettings(BaseModel):
    """Where the atoms come from: `template`, or one of the files in `files`, as `choose` says.

    A template is a file of atoms (CIF, POSCAR, extended XYZ, ...) with `{{ variables }}` in it, like the input files of
    the executor `command`; `format` is its format in the words of ASE, where the name does not tell. `choose` is a
    template too, such as "{{ phase }}", and gives the name of a file under `files`. `repeat` makes a supercell.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: CampaignPath | None = None
    files: dict[str, CampaignPath] = {}
    choose: str | None = None
    format: str | None = None
    repeat: tuple[int, int, int] = (1, 1, 1)
    closest: PositiveFloat = Field(default=0.5, description="Å; atoms that are closer make the trial infeasible.")

    @model_validator(mode="after")
    def _one_source(self) -> "StructureSettings":
        if (self.template is None) == (not self.files):
            raise ValueError("write a `template`, or `files` with `choose`; not both and not neither.")
        if bool(self.files) != (self.choose is not None):
            raise ValueError("`files` and `choose` belong together.")
        return self

    def templates(self) -> Iterator[Template]:
        """What is filled in for each trial."""
        if self.template is not None:
            yield Template.read(self.template, "executor.structure.template")
        if self.choose is not None:
            yield Template(self.choose, "executor.structure.choose")

    def atoms(self, values: Mapping[str, Any], folder: Path) -> "Atoms":
        """The atoms of one trial; the file that was filled in is left in `folder`.

        Raises ImpossibleStructure, UnusableTemplate or ExecutorError.
        """
        path = self._file(values, folder)
        read: Any = _read(path, self.format)
        atoms: Atoms = read.repeat(self.repeat)
        _refuse_overlap(atoms, self.closest)
        return atoms

    def _file(self, values: Mapping[str, Any], folder: Path) -> Path:
        if self.template is not None:
            (template,) = self.templates()
            path = folder / f"initial_{self.template.name.removesuffix('.j2')}"
            path.write_text(template.render(values), encoding="utf-8")
            return path
        (template,) = self.templates()
        return self.files[_known(template.render(values).strip(), self.files)]


def _known(name: str, files: Collection[str]) -> str:
    from orchestrator.campaign.suggestion import not_known

    if name not in files:
        raise ExecutorError(f"executor.structure.choose: {not_known(name, sorted(files))}")
    return name


def _read(path: Path, form: str | None) -> "Atoms":
    from ase.io import read

    try:
        atoms = read(path, format=form)
    except Exception as error:  # a reader of any format, of what a template made
        raise ExecutorError(f"executor.structure: {path.name} cannot be read as atoms: {error}.") from error
    if isinstance(atoms, list) or len(atoms) == 0:
        raise ExecutorError(f"executor.structure: {path.name} holds no single structure.")
    return atoms


def _refuse_overlap(atoms: "Atoms", closest: float) -> None:
    import ase.neighborlist

    find: Any = ase.neighborlist.neighbor_list
    first, second, distance = find("ijd", atoms, closest)
    if len(distance):
        at = int(distance.argmin())
        pair = f"{atoms.symbols[first[at]]} {first[at] + 1} and {atoms.symbols[second[at]]} {second[at] + 1}"
        raise ImpossibleStructure(f"atoms {pair} are {distance[at]:.3f} Å apart, closer than {closest:g} Å")
