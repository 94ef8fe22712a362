import pytest
from pydantic import ValidationError

from optimizers.kriging.settings import KrigingSettings
from optimizers.level_set.settings import LevelSetSettings


def test_a_region_has_exactly_one_level():
    with pytest.raises(ValidationError, match="`below` or `above`"):
        LevelSetSettings()
    with pytest.raises(ValidationError, match="remove one"):
        LevelSetSettings(below=1.0, above=2.0)
    assert LevelSetSettings(above=2.0).level == 2.0
    assert LevelSetSettings(below=0.0).level == 0.0


@pytest.mark.parametrize("confidence", [0.5, 1.0, 0.2])
def test_a_confidence_that_decides_nothing_is_refused(confidence):
    with pytest.raises(ValidationError):
        LevelSetSettings(below=1.0, confidence=confidence)


def test_the_model_is_that_of_kriging_with_the_settings_given_here():
    here = LevelSetSettings(below=1.0, kernel="rbf", noise=0.01, infeasible="model", symmetry="use", refit=3)
    assert here.kriging() == KrigingSettings(
        kernel="rbf", noise=0.01, infeasible="model", symmetry="use", refit=3, initial=10
    )
