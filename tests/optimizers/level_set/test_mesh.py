import numpy as np
import pytest

from optimizers import History, Objective, Observation, Problem, Trial
from optimizers.level_set.mesh import Mesh
from optimizers.level_set.settings import LevelSetSettings
from optimizers.parameters import Choice, Integer, ParameterSpace, Range

WIDE = ParameterSpace((Range("pressure", 1e-3, 1.0, scale="log"), Range("power", 0.0, 10.0)))
FEW = ParameterSpace((Integer("layers", 1, 4), Choice("gas", ("Ar", "N2", "O2"))))


def value(parameters):
    return (np.log10(parameters["pressure"]) + 1.5) ** 2 + (parameters["power"] / 10.0 - 0.5) ** 2


def test_few_settings_are_all_listed_and_many_are_drawn_from_the_seed():
    assert len(Mesh(FEW, 100, 1).settings) == 12
    assert Mesh(FEW, 100, 1).settings == Mesh(FEW, 100, 2).settings
    assert len(Mesh(WIDE, 100, 1).settings) == 100
    assert Mesh(WIDE, 100, 1).settings == Mesh(WIDE, 100, 1).settings != Mesh(WIDE, 100, 2).settings


def test_the_model_sees_coordinates_and_people_see_settings():
    mesh = Mesh(FEW, 100, 1)
    assert list(mesh.pool.table.columns) == ["layers", "gas = Ar", "gas = N2", "gas = O2"]
    assert list(mesh.table.columns) == ["layers", "gas"]


def test_a_trial_is_found_again_and_one_of_another_setting_stands_outside():
    mesh = Mesh(WIDE, 50, 1)
    within = Trial(1, mesh.settings[7], "completed", None, {"z": Observation(1.0)})
    outside = Trial(0, {"pressure": 0.123, "power": 4.56}, "completed", None, {"z": Observation(2.0)})
    first, second = mesh.encoded(History((within, outside)))
    assert (first.candidate, second.candidate) == (7, None)
    assert first.parameters == dict(mesh.pool.table.loc[7])
    assert second.parameters == pytest.approx(
        dict(zip(["pressure", "power"], WIDE.encode(outside.parameters), strict=True))
    )


@pytest.mark.parametrize("known", [0, 12])
def test_a_disc_in_logarithmic_coordinates_is_found(known):
    """Also with trials done before at settings that the mesh does not hold."""
    optimizer = LevelSetSettings(below=0.06, mesh=1000).build(Problem(WIDE, (Objective("z", goal="minimize"),), 4))
    before = WIDE.sample(known, 99)
    done = [
        Trial(number, one, "completed", None, {"z": Observation(float(value(one)), 0.0)})
        for number, one in enumerate(before, start=1 - known)
    ]
    for number in range(1, 46):
        (proposal,) = optimizer.propose(History(tuple(done)), 1)
        seen = {"z": Observation(float(value(proposal.parameters)), 0.0)}
        done.append(Trial(number, proposal.parameters, "completed", None, seen))
    survey, settings = optimizer.survey(History(tuple(done))), optimizer.surveyed()
    truth = np.array([value(one) <= 0.06 for one in settings.to_dict("records")])
    assert len(survey.inside) == len(settings) == 1000
    assert 0.02 < truth.mean() < 0.2
    both = int((survey.region & truth).sum())
    assert 2 * both / int(survey.region.sum() + truth.sum()) > 0.9
