"""Known optima, and identities: nothing here is yesterday's output."""

import math

import numpy as np
import pytest

from simulators.test_functions.catalogue import TEST_FUNCTIONS
from simulators.test_functions.domain import Interval, Levels, Whole

SINGLE = [it for it in TEST_FUNCTIONS.values() if it.optimum is not None]


def drawn(problem, count, seed=0):
    """Settings drawn evenly from the domain."""
    generator = np.random.default_rng(seed)
    for _ in range(count):
        settings = {}
        for name, axis in problem.domain.items():
            if isinstance(axis, Interval):
                place = generator.random()
                ratio = axis.high / axis.low if axis.log else 1.0
                settings[name] = axis.low * ratio**place if axis.log else axis.low + place * (axis.high - axis.low)
            elif isinstance(axis, Whole):
                settings[name] = int(generator.integers(axis.low, axis.high + 1))
            else:
                settings[name] = axis.values[int(generator.integers(len(axis.values)))]
        yield settings


@pytest.fixture(params=SINGLE, ids=lambda it: it.name)
def problem(request):
    return request.param


def test_the_best_settings_lie_in_the_domain(problem):
    assert set(problem.best) == set(problem.domain)
    for name, axis in problem.domain.items():
        if isinstance(axis, Levels):
            assert problem.best[name] in axis.values
        else:
            assert axis.low <= problem.best[name] <= axis.high


def test_the_best_settings_give_the_optimum_within_the_limits(problem):
    answer = problem.evaluate(problem.best)
    assert answer[problem.objectives[0]] == pytest.approx(problem.optimum, abs=2e-6)
    assert all(answer[limit.name] <= limit.at_most + 1e-6 for limit in problem.limits)


def test_nothing_admissible_is_better_than_the_optimum(problem):
    answers = [problem.evaluate(settings) for settings in drawn(problem, 3000)]
    admissible = [answer[problem.objectives[0]] for answer in answers if problem.admissible(answer)]
    assert min(admissible) >= problem.optimum - 1e-9


def test_no_small_step_from_the_best_settings_is_better(problem):
    real = {name: axis for name, axis in problem.domain.items() if isinstance(axis, Interval)}
    for name, axis in real.items():
        for step in (-1e-3, 1e-3):
            value = min(max(problem.best[name] + step * (axis.high - axis.low), axis.low), axis.high)
            answer = problem.evaluate({**problem.best, name: value})
            assert answer[problem.objectives[0]] >= problem.optimum - 1e-9 or not problem.admissible(answer)


def test_every_problem_names_all_that_it_gives():
    for problem in TEST_FUNCTIONS.values():
        settings = problem.best or {name: axis.low for name, axis in problem.domain.items()}
        if problem.name == "prism":
            settings = {"iron": 0.3, "cobalt": 0.45, "nickel": 0.25, "temperature": 850.0}
        given = problem.evaluate(settings)
        assert set(given) == {*problem.objectives, *(limit.name for limit in problem.limits)}


def test_branin_has_three_equal_minima():
    height = TEST_FUNCTIONS["branin"].evaluate
    minima = [(-math.pi, 12.275), (math.pi, 2.275), (3 * math.pi, 2.475)]
    assert [height({"x": x, "y": y})["height"] for x, y in minima] == pytest.approx([0.397887] * 3, abs=1e-6)


def test_the_centre_of_ackleys_domain_is_not_its_optimum():
    domain = TEST_FUNCTIONS["ackley10"].domain
    centre = {name: (axis.low + axis.high) / 2 for name, axis in domain.items()}
    assert TEST_FUNCTIONS["ackley10"].evaluate(centre)["height"] > 10


def test_the_fraction_of_films_that_are_good_is_small():
    film = TEST_FUNCTIONS["film"]
    losses = [film.evaluate(settings)["loss"] for settings in drawn(film, 3000)]
    assert np.mean(np.array(losses) < 0.2) < 0.05


def test_the_strongest_alloy_has_strength_one_and_heat_moves_the_best_composition():
    strength = TEST_FUNCTIONS["prism"].evaluate
    best = {"iron": 0.30, "cobalt": 0.45, "nickel": 0.25, "temperature": 850.0}
    assert strength(best)["strength"] == pytest.approx(1.0)
    hot = {**best, "temperature": 1150.0}
    assert strength({**hot, "iron": 0.45, "nickel": 0.10})["strength"] > strength(hot)["strength"]


def test_fractions_that_do_not_sum_to_one_are_refused():
    with pytest.raises(ValueError, match=r"iron, cobalt, nickel: the fractions sum to 1\.2"):
        TEST_FUNCTIONS["prism"].evaluate({"iron": 0.5, "cobalt": 0.45, "nickel": 0.25, "temperature": 850.0})


def staircase(points, reference):
    """The area between the reference and points of a front, by the definition."""
    area, low = 0.0, reference[1]
    for first, second in sorted(points):
        if first < reference[0] and second < low:
            area += (reference[0] - first) * (low - second)
            low = second
    return area


def test_the_known_hypervolume_of_zdt1_is_that_of_its_front():
    problem = TEST_FUNCTIONS["zdt1"]
    rest = dict.fromkeys(list(problem.domain)[1:], 0.0)
    answers = [problem.evaluate({"x1": float(x), **rest}) for x in np.linspace(0.0, 1.0, 4001)]
    area = staircase([(it["first"], it["second"]) for it in answers], problem.reference)
    assert area == pytest.approx(problem.hypervolume, rel=1e-3)


def test_the_known_hypervolume_of_bnh_is_that_of_its_front():
    problem = TEST_FUNCTIONS["bnh"]
    path = [(float(t), float(min(t, 3.0))) for t in np.linspace(0.0, 5.0, 4001)]
    answers = [problem.evaluate({"x": x, "y": y}) for x, y in path]
    assert all(problem.admissible(it) for it in answers)
    area = staircase([(it["first"], it["second"]) for it in answers], problem.reference)
    assert area == pytest.approx(problem.hypervolume, rel=1e-3)


def test_no_admissible_settings_of_bnh_dominate_its_front():
    problem = TEST_FUNCTIONS["bnh"]
    path = [(float(t), float(min(t, 3.0))) for t in np.linspace(0.0, 5.0, 2001)]
    front = [problem.evaluate({"x": x, "y": y}) for x, y in path]
    drawn_answers = [it for it in map(problem.evaluate, drawn(problem, 2000)) if problem.admissible(it)]
    points = [(it["first"], it["second"]) for it in (*front, *drawn_answers)]
    assert staircase(points, problem.reference) <= problem.hypervolume + 1e-6
