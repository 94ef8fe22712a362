"""Columns that describe a list of things: what is expected of their length-scales and of the signal."""

import numpy as np
import pandas as pd
import pytest

from optimizers import CandidatePool, History, Objective, Observation, Problem, SymmetryOperation, Trial
from optimizers.kriging.atlas import Atlas
from optimizers.kriging.covariance import Covariance
from optimizers.kriging.evidence import Datum
from optimizers.kriging.fit import Fitter
from optimizers.kriging.hyperparameters import LengthPrior
from optimizers.kriging.settings import KrigingSettings


def _things(count=60, descriptors=8, seed=4):
    values = np.random.default_rng(seed).normal(size=(count, descriptors))
    return CandidatePool(pd.DataFrame(values, columns=[f"d{k}" for k in range(descriptors)]))


def _proposal(pool, values, **settings):
    told = tuple(
        Trial(n, pool.parameters(n), "completed", n, {"q": Observation(float(value))}) for n, value in enumerate(values)
    )
    optimizer = KrigingSettings(**settings).build(Problem(space=pool, objectives=(Objective("q"),), seed=1))
    (proposal,) = optimizer.propose(History(told), 1)
    return proposal


def test_the_deviation_of_a_column_is_in_the_units_of_its_coordinates():
    pool = CandidatePool(pd.DataFrame({"x": [0.0, 2.0, 4.0, 10.0], "kind": ["a", "b", "a", "b"]}))
    atlas = Atlas(pool, use_symmetry=False)
    assert atlas.deviations == pytest.approx([np.std([0.0, 0.2, 0.4, 1.0]), np.sqrt(0.25)])


def test_half_the_mean_squared_distance_of_two_things_is_the_squared_deviation():
    pool = CandidatePool(pd.DataFrame({"x": [0.0, 1.0, 3.0], "kind": ["a", "b", "b"]}))
    column, label = Atlas(pool, use_symmetry=False).deviations
    x = np.array([0.0, 1.0, 3.0]) / 3.0
    assert column**2 == pytest.approx(0.5 * np.square(x[:, None] - x[None, :]).mean())
    assert label**2 == pytest.approx(0.5 * (4 / 9))


def test_the_most_probable_length_scale_is_three_deviations():
    prior = LengthPrior.near(np.array([0.1, 0.5]))
    assert prior.mode == pytest.approx([0.3, 1.5])


def test_few_values_do_not_pull_a_length_scale_far_away():
    pool = _things()
    noise = np.random.default_rng(8).normal(size=12)
    deviations = Atlas(pool, use_symmetry=False).deviations
    ranges = np.ptp(pool.table.to_numpy(), axis=0)

    def off(columns):
        lengths = _proposal(pool, noise, columns=columns).reasons["length_scales"]
        return np.abs(np.log(np.array(list(lengths.values())) / ranges / (3.0 * deviations)))

    assert off("descriptors").max() < 1.5
    assert off("coordinates").max() > 1.5


def test_the_signal_varies_more_than_its_values_at_the_candidates():
    atlas, settings = Atlas(_things(), use_symmetry=False), KrigingSettings(columns="descriptors")
    fit = Fitter(settings, atlas, ()).fit([Datum(site, float(site % 7)) for site in range(10)])
    covariance = Covariance(atlas.features, settings.kernel, LengthPrior.near(atlas.deviations).mode.tolist())
    points = covariance.sites(atlas.classes)
    matrix = covariance.between(points, points)
    drawn = np.linalg.cholesky(matrix + 1e-9 * np.eye(60)) @ np.random.default_rng(2).standard_normal((60, 4000))
    assert fit.breadth > 1.1
    assert drawn.var(axis=0).mean() == pytest.approx(fit.breadth**-2, rel=0.02)


def test_coordinates_are_taken_to_show_all_of_the_signal():
    atlas = Atlas(_things(), use_symmetry=False)
    assert Fitter(KrigingSettings(), atlas, ()).fit([Datum(0, 1.0), Datum(1, 2.0)]).breadth == 1.0


def test_a_list_of_which_all_are_equivalent_is_no_trouble():
    pool = CandidatePool(pd.DataFrame({"x": [-1.0, 1.0]}), symmetry=(SymmetryOperation(sign={"x": -1}),))
    assert _proposal(pool, [1.0], columns="descriptors", symmetry="check").candidate == 1


def test_a_linear_objective_of_many_descriptors_is_found_sooner():
    def needed(columns, seed):
        pool = _things(120, 9, seed)
        values = pool.table.to_numpy() @ np.random.default_rng(seed).normal(size=9)
        tried = list(np.random.default_rng(seed + 1).choice(120, 8, replace=False))
        while values.argmin() not in tried:
            told = tuple(
                Trial(n, pool.parameters(c), "completed", int(c), {"q": Observation(float(values[c]))})
                for n, c in enumerate(tried)
            )
            problem = Problem(space=pool, objectives=(Objective("q"),), seed=seed)
            (proposal,) = KrigingSettings(columns=columns).build(problem).propose(History(told), 1)
            tried.append(proposal.candidate)
        return len(tried)

    seeds = range(6)
    assert sum(needed("descriptors", s) for s in seeds) < sum(needed("coordinates", s) for s in seeds)
