"""Whether stated probabilities come true: how often, by what was stated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scipy.stats import beta

from benchmarks.sheet import Sheet

EDGES = (0.0, 0.05, 0.1, 0.25, 0.5, 0.9, 1.0)


@dataclass(frozen=True)
class Statement:
    """`chance` was stated in a run after `trials` trials; `better` says whether something better was left.

    `copies` says the same with symmetric copies of tried candidates counted as untried.
    """

    family: str
    landscape: str
    seed: int
    trials: int
    chance: float
    better: bool
    copies: bool


@dataclass(frozen=True)
class Told:
    """Everything that was stated in one campaign, after each of `trials` trials; see `Statement`."""

    family: str
    landscape: str
    seed: int
    trials: tuple[int, ...]
    chance: tuple[float, ...]
    better: tuple[bool, ...]
    copies: tuple[bool, ...]

    def statements(self) -> list[Statement]:
        """One by one."""
        each = zip(self.trials, self.chance, self.better, self.copies, strict=True)
        return [Statement(self.family, self.landscape, self.seed, *told) for told in each]


@dataclass(frozen=True)
class Bin:
    """The statements with a chance from `low` up to `high`, and their truth; `high` belongs to the last bin only."""

    low: float
    high: float
    statements: int
    stated: float
    true: int

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the rate, as if statements were independent.

        Clopper and Pearson 1934, Biometrika 26, 404.
        """
        low = 0.0 if self.true == 0 else float(beta.ppf(0.025, self.true, self.statements - self.true + 1))
        missed = self.statements - self.true
        high = 1.0 if missed == 0 else float(beta.ppf(0.975, self.true + 1, missed))
        return low, high


@dataclass(frozen=True)
class Stops:
    """What would have come of stopping at the first chance below `bound`."""

    bound: float
    runs: int
    stopped: int
    wrong: int
    median_trials: float | None


def reliability(statements: Sequence[Statement], *, copies: bool = False) -> list[Bin]:
    """One bin per stretch between `EDGES`, empty ones left out."""
    bins = []
    for low, high in pairwise(EDGES):
        inside = [it for it in statements if low <= it.chance < high or (it.chance == high == EDGES[-1])]
        if inside:
            true = sum(it.copies if copies else it.better for it in inside)
            bins.append(Bin(low, high, len(inside), sum(it.chance for it in inside) / len(inside), true))
    return bins


def stops(statements: Iterable[Statement], bound: float, *, copies: bool = False) -> Stops:
    """Each run stops at its first statement below `bound`; it was wrong if something better was left."""
    runs: dict[tuple[str, int], list[Statement]] = {}
    for statement in statements:
        runs.setdefault((statement.landscape, statement.seed), []).append(statement)
    firsts = [
        min(low, key=lambda it: it.trials) for run in runs.values() if (low := [it for it in run if it.chance < bound])
    ]
    trials = sorted(it.trials for it in firsts)
    wrong = sum(it.copies if copies else it.better for it in firsts)
    return Stops(bound, len(runs), len(firsts), wrong, trials[len(trials) // 2] if trials else None)


def sheet_of_bins(families: dict[str, list[Bin]]) -> Sheet:
    """Statements that came true over all, by family and stated chance."""
    headings = ("stated chance", *(f"{family}: something better was left" for family in families))
    rows = []
    for low, high in pairwise(EDGES):
        cells = [next((_told(it) for it in bins if it.low == low), "-") for bins in families.values()]
        rows.append((f"{low:g} to {high:g}", *cells))
    return Sheet(headings, tuple(rows))


def sheet_of_stops(families: dict[str, list[Stops]]) -> Sheet:
    """What stopping rules would have done."""
    headings = (
        "landscapes",
        "stop below",
        "runs",
        "stopped by trial 50",
        "of these wrongly",
        "median trial of the stop",
    )
    rows = [
        (
            family,
            f"{it.bound:g}",
            str(it.runs),
            str(it.stopped),
            f"{it.wrong} ({100 * it.wrong / it.stopped:.0f} %)" if it.stopped else "-",
            "-" if it.median_trials is None else f"{it.median_trials:g}",
        )
        for family, found in families.items()
        for it in found
    ]
    return Sheet(headings, tuple(rows))


def _told(found: Bin) -> str:
    low, high = found.interval
    share = f"{100 * found.true / found.statements:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"
    return f"{share} ({found.true} of {found.statements})"
