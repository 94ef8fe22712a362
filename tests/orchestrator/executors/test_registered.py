import importlib

import pytest

from orchestrator.executors.errors import UnknownFunction
from orchestrator.executors.registered import registered_function


def test_a_registered_function_is_found_without_importing_it():
    assert registered_function("quadratic") == "junkan_test_plugins:quadratic"


def test_an_unknown_function_is_refused_with_the_nearest_name_and_all_names():
    with pytest.raises(
        UnknownFunction, match=r"'shell-sleper' is not known. Did you mean 'shell_sleeper'\?.*quadratic"
    ):
        registered_function("shell-sleper")


def test_an_import_path_is_not_a_function():
    with pytest.raises(UnknownFunction):
        registered_function("os:system")


def test_two_packages_that_offer_the_same_name_are_both_named(tmp_path, monkeypatch):
    rival = tmp_path / "rival-1.dist-info"
    rival.mkdir()
    (rival / "METADATA").write_text("Metadata-Version: 2.1\nName: rival\nVersion: 1\n")
    (rival / "entry_points.txt").write_text("[junkan.functions]\nquadratic = rival:quadratic\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    with pytest.raises(UnknownFunction, match=r"junkan_test_plugins:quadratic, rival:quadratic"):
        registered_function("quadratic")
