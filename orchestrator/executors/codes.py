"""What Junkan knows of simulation codes: the signs by which each says that its number is none.

ASE hands over energies of cycles that did not converge, and wraps different failures into the same exception. So what
counts is what the code itself wrote.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.outcome import FailureKind
from orchestrator.executors.output_rules import FileName, Pattern


@dataclass(frozen=True)
class CodeSign:
    """`regex` in a file that matches `file` means a failure of kind `kind`."""

    file: str
    regex: str
    kind: FailureKind

    def plain(self) -> dict[str, str]:
        """As a JSON object."""
        return {"file": self.file, "regex": self.regex, "kind": self.kind}


class Remedy(BaseModel):
    """Where `regex` is seen in `file`, `set` and `multiply` change settings of the calculator.

    Settings are named by paths such as `input_data.electrons.mixing_beta`; one that is multiplied and was not given
    starts from `usual`. At most `times` in one attempt. A remedy may change how an answer is found, never the question:
    limits of iterations, mixing and eigensolvers, but no smearing, no cutoff and no k-points.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: FileName
    regex: Pattern
    set: dict[str, JsonValue] = {}
    multiply: dict[str, float] = {}
    usual: dict[str, float] = {}
    times: int = Field(default=3, ge=1, le=100)
    after: int = Field(default=0, ge=0, description="Corrections of the attempt that come before this remedy.")


@dataclass(frozen=True)
class Code:
    """`signs` in the order in which they count, and `remedies` for some of them."""

    signs: tuple[CodeSign, ...] = ()
    remedies: tuple[Remedy, ...] = ()


PW = "espresso.pwo"
_ERROR_OF_PW = r"Error in routine\s+(.*)\n\s*(.*)"

CODES: Mapping[str, Code] = {
    "espresso": Code(
        (
            CodeSign(PW, r"convergence NOT achieved.*", "unconverged"),
            CodeSign(PW, r"(?:Error in routine\s+(electrons|c_bands)\s.*\n\s*(.*))", "unconverged"),
            CodeSign(PW, r"(?:bfgs failed|The maximum number of steps has been reached).*", "unconverged"),
            CodeSign(PW, r"Maximum CPU time exceeded.*", "timeout"),
            CodeSign(PW, _ERROR_OF_PW, "fault"),
        ),
        (
            Remedy(
                file=PW,
                regex="convergence NOT achieved",
                multiply={"input_data.electrons.electron_maxstep": 3, "input_data.electrons.mixing_beta": 0.6},
                usual={"input_data.electrons.electron_maxstep": 100, "input_data.electrons.mixing_beta": 0.7},
            ),
            Remedy(
                file=PW,
                regex=r"problems computing cholesky|not positive definite|too many bands are not converged"
                r"|eigenvectors failed to converge|Error in routine\s+(?:c_bands|cdiaghg|rdiaghg)",
                set={"input_data.electrons.diagonalization": "cg"},
                times=1,
            ),
        ),
    ),
    "gpaw": Code(
        (
            CodeSign("gpaw*.txt", r"Did not converge.*", "unconverged"),
            CodeSign("stderr.txt", r"KohnShamConvergenceError:?.*", "unconverged"),
            CodeSign("stderr.txt", r"(Could not find required PAW dataset.*)", "fault"),
        ),
        (
            Remedy(
                file="stderr.txt",
                regex="KohnShamConvergenceError",
                multiply={"maxiter": 3},
                usual={"maxiter": 333},
            ),
            Remedy(
                file="stderr.txt",
                regex="KohnShamConvergenceError",
                after=2,
                times=1,
                set={"mixer": {"backend": "pulay", "beta": 0.02, "nmaxold": 5, "weight": 100}},
            ),
            Remedy(file="stderr.txt", regex="Broken symmetry", set={"symmetry": "off"}, times=1),
        ),
    ),
    "abinit": Code(
        (
            CodeSign("abinit.*o*", r"was not enough SCF cycles to converge.*", "unconverged"),
            CodeSign("abinit.*", r"ScfConvergenceWarning", "unconverged"),
        ),
    ),
    "cp2k": Code(
        (
            CodeSign("cp2k*.out", r"SCF run NOT converged.*", "unconverged"),
            CodeSign("cp2k*.out", r"\*\*\*\s+(SCF run NOT converged.*)", "unconverged"),
        ),
    ),
    "vasp": Code(
        (
            CodeSign("vasp.out", r"ZBRENT: fatal error.*", "unconverged"),
            CodeSign("vasp.out", r"(?:Error EDDDAV|EDWAV: internal error).*", "fault"),
        ),
    ),
    "nwchem": Code((CodeSign("nwchem.nwo", r"Calculation failed to converge.*", "unconverged"),)),
    "elk": Code((CodeSign("INFO.OUT", r"Reached self-consistent loops maximum.*", "unconverged"),)),
    "siesta": Code((CodeSign("siesta.out", r"SCF_NOT_CONV.*", "unconverged"),)),
    "aims": Code((CodeSign("aims.out", r"Self-consistency cycle not converged.*", "unconverged"),)),
    "orca": Code((CodeSign("orca.out", r"SCF NOT CONVERGED.*", "unconverged"),)),
}

LIE = "scf_must_converge"
"""With this set to false pw.x hands over energies of cycles that did not converge, and says that they did."""


def code(name: str) -> Code:
    """What is known of the code behind the ASE calculator `name`; nothing of one that is not listed."""
    return CODES.get(name, Code())


def refuse_lies(settings: Mapping[str, Any], where: str = "executor.settings") -> None:
    """Raise ExecutorError for a setting that lets unconverged numbers pass, however deep it is."""
    for key, value in settings.items():
        if str(key).lower() == LIE and value is False:
            raise ExecutorError(
                f"{where}.{key}: false is not allowed, for pw.x then hands over energies of cycles that did not "
                "converge and says that they did. Remove the line; see `corrections` for repairs."
            )
        if isinstance(value, Mapping):
            refuse_lies(value, f"{where}.{key}")
