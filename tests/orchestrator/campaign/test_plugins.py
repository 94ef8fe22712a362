import sys

import pytest

from orchestrator.campaign.errors import PlugInError
from orchestrator.campaign.plugins import EXECUTORS, OPTIMIZERS, SPACES, names, settings_model


def test_a_plug_in_of_any_installed_distribution_is_found_by_its_name():
    assert settings_model(SPACES, "grid").__name__ == "Grid"
    assert settings_model(OPTIMIZERS, "guess").__name__ == "Guess"


def test_our_own_plug_ins_are_found_the_same_way():
    assert {"kriging", "random"} <= set(names(OPTIMIZERS))
    assert {"function", "table"} <= set(names(EXECUTORS))


def test_names_are_sorted_and_unique_and_import_nothing():
    found = names(SPACES)
    assert list(found) == sorted(set(found))
    assert "broken" in found
    assert "make_believe_broken" not in sys.modules


def test_an_unknown_kind_is_answered_with_the_nearest_and_all_that_are_known():
    with pytest.raises(PlugInError, match=r"'gird' is not known\. Did you mean 'grid'\? Known: .*grid.*table"):
        settings_model(SPACES, "gird")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("broken", "cannot be imported: ModuleNotFoundError: No module named 'a_library_that_is_not_installed'"),
        ("bare", "lacks a field `kind` or a method `build`"),
        ("callable", "is not a pydantic model"),
    ],
)
def test_a_plug_in_that_cannot_be_used_names_its_distribution(kind, said):
    with pytest.raises(PlugInError) as caught:
        settings_model(SPACES, kind)
    assert str(caught.value).startswith(f"the plug-in '{kind}' of make_believe 1.0 {said}")


def test_a_name_that_two_distributions_offer_is_refused():
    with pytest.raises(PlugInError, match=r"'twice' is offered by make_believe 1\.0 and make_believe_twin 1\.0"):
        settings_model(SPACES, "twice")
