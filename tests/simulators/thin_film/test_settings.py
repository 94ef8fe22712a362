"""What a laboratory may be made of."""

import pytest
from pydantic import ValidationError

from simulators.thin_film.settings import WorldSettings


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"targets": ("copper",)}, "'copper' is not known. Known: metal, ceramic"),
        ({"substrates": ("wood",)}, "'wood' is not known. Known: glass"),
        ({"substrates": ()}, "at least one"),
        ({"positions": {"cassette": 3}}, "chamber, probe missing"),
        ({"presure": 1.0}, "Extra inputs"),
        ({"volume": 0.0}, "greater than 0"),
    ],
)
def test_a_laboratory_that_cannot_be_built_is_refused(wrong, said):
    with pytest.raises(ValidationError, match=said):
        WorldSettings.model_validate(wrong)


def test_every_material_has_a_target_unless_told_otherwise():
    assert WorldSettings().guns == ("ceramic",)
    assert WorldSettings(material="lithium_cobaltate").guns == ("lithium_cobaltate",)
    assert WorldSettings(targets=("metal", "ti2o3")).guns == ("metal", "ti2o3")
