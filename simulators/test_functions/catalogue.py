"""Every problem by name, with the domain it was published for and what is known of its answer."""

from collections.abc import Callable, Mapping

from simulators.test_functions.constrained import gramacy
from simulators.test_functions.continuous import ackley, branin, hartmann6
from simulators.test_functions.domain import Interval, Levels, Limit, Settings, TestFunction, Whole
from simulators.test_functions.film import film_loss
from simulators.test_functions.mixed import CYCLES, GRADES, LAYERS, SOLVENTS, mixed_hartmann
from simulators.test_functions.prism import alloy_strength
from simulators.test_functions.two_objectives import bnh, zdt1


def _one(name: str, function: Callable[..., float]) -> Callable[[Settings], dict[str, float]]:
    """A function of named arguments, as a mapping from settings to its one answer."""
    return lambda settings: {name: function(**settings)}


def _many(name: str, function: Callable[[list[float]], float]) -> Callable[[Settings], dict[str, float]]:
    """A function of a vector, as a mapping from settings in their order to its one answer."""
    return lambda settings: {name: function(_vector(settings))}


def _vector(settings: Settings) -> list[float]:
    return [float(settings[name]) for name in sorted(settings, key=lambda name: int(name[1:]))]


def _numbered(count: int, low: float, high: float) -> dict[str, Interval]:
    return {f"x{number}": Interval(low, high) for number in range(1, count + 1)}


BRANIN = TestFunction(
    name="branin",
    domain={"x": Interval(-5.0, 10.0), "y": Interval(0.0, 15.0)},
    evaluate=_one("height", branin),
    objectives=("height",),
    optimum=0.39788735772973816,
    best={"x": 3.141592653589793, "y": 2.275},
    source="Branin 1972; Dixon and Szegö 1978",
)
HARTMANN6 = TestFunction(
    name="hartmann6",
    domain=_numbered(6, 0.0, 1.0),
    evaluate=_many("height", hartmann6),
    objectives=("height",),
    optimum=-3.322368011415515,
    best={"x1": 0.20168951, "x2": 0.15001069, "x3": 0.47687398, "x4": 0.27533243, "x5": 0.31165162, "x6": 0.65730053},
    source="Hartmann 1973; Dixon and Szegö 1978",
)
ACKLEY10 = TestFunction(
    name="ackley10",
    domain=_numbered(10, -15.0, 30.0),
    evaluate=_many("height", ackley),
    objectives=("height",),
    optimum=0.0,
    best=dict.fromkeys(_numbered(10, 0.0, 0.0), 0.0),
    source="Ackley 1987, in the domain of Hedar 2005, whose centre is not the optimum",
)
FILM = TestFunction(
    name="film",
    domain={
        "temperature": Interval(300.0, 900.0, "K"),
        "pressure": Interval(0.1, 10.0, "Pa", log=True),
        "power": Interval(50.0, 250.0, "W"),
        "oxygen": Interval(0.0, 0.4),
    },
    evaluate=_one("loss", film_loss),
    objectives=("loss",),
    optimum=0.029072143340334533,
    best={
        "temperature": 673.2872658378035,
        "pressure": 10**-0.16135895907551012,
        "power": 126.23196836098714,
        "oxygen": 0.1964454414518998,
    },
    source="here; the optimum by L-BFGS-B from 200 starts",
)
MIXED = TestFunction(
    name="mixed6",
    domain={
        "temperature": Interval(0.0, 1.0),
        "time": Interval(0.0, 1.0),
        "layers": Whole(0, LAYERS - 1),
        "cycles": Whole(0, CYCLES - 1),
        "grade": Levels(GRADES, ordered=True),
        "solvent": Levels(tuple(SOLVENTS)),
    },
    evaluate=_one("height", mixed_hartmann),
    objectives=("height",),
    optimum=-3.034740953224481,
    best={
        "temperature": 0.1986600461146458,
        "time": 0.15024736834744262,
        "layers": 5,
        "cycles": 1,
        "grade": "medium",
        "solvent": "water",
    },
    source="Hartmann 1973 on a grid; the optimum by L-BFGS-B in each of the 1,375 cells",
)
GRAMACY = TestFunction(
    name="gramacy",
    domain={"x": Interval(0.0, 1.0), "y": Interval(0.0, 1.0)},
    evaluate=lambda settings: gramacy(float(settings["x"]), float(settings["y"])),
    objectives=("cost",),
    limits=(Limit("ripple", 0.0), Limit("radius", 0.0)),
    optimum=0.5997880520,
    best={"x": 0.19512269, "y": 0.40466537},
    source="Gramacy et al. 2016",
)
ZDT1 = TestFunction(
    name="zdt1",
    domain=_numbered(6, 0.0, 1.0),
    evaluate=lambda settings: zdt1(_vector(settings)),
    objectives=("first", "second"),
    reference=(1.1, 1.1),
    hypervolume=0.11 + 0.1 + 2 / 3,
    source="Zitzler, Deb and Thiele 2000, with six parameters",
)
BNH = TestFunction(
    name="bnh",
    domain={"x": Interval(0.0, 5.0), "y": Interval(0.0, 3.0)},
    evaluate=lambda settings: bnh(float(settings["x"]), float(settings["y"])),
    objectives=("first", "second"),
    limits=(Limit("disc", 25.0), Limit("hole", -7.7)),
    reference=(140.0, 50.0),
    hypervolume=2232 + 8 * 358.6666666666667 + 184,
    source="Binh and Korn 1997",
)
PRISM = TestFunction(
    name="prism",
    domain={
        "iron": Interval(0.0, 1.0),
        "cobalt": Interval(0.0, 1.0),
        "nickel": Interval(0.0, 1.0),
        "temperature": Interval(600.0, 1200.0, "K"),
    },
    evaluate=lambda settings: {"strength": alloy_strength(**{name: float(it) for name, it in settings.items()})},
    objectives=("strength",),
    source="here; fractions sum to one, and strength is to be maximised",
)

TEST_FUNCTIONS: Mapping[str, TestFunction] = {
    it.name: it for it in (BRANIN, HARTMANN6, ACKLEY10, FILM, MIXED, GRAMACY, ZDT1, BNH, PRISM)
}
