import subprocess
import sys

import numpy as np
import pytest

from simulators.quantum_monte_carlo.cluster import Cluster, HalfFilling, triangle
from simulators.quantum_monte_carlo.screening import against_hopping, ranked, sign_map

ISOSCELES = Cluster(triangle(0.5, 1, 1), 5.0, 10.0, HalfFilling())


def test_the_basis_without_a_sign_problem_ranks_first():
    screened = ranked(ISOSCELES, random=10)
    assert screened[0].name == "BA12+3"
    assert screened[0].report.average_sign == pytest.approx(1.0)
    distances = [one.distance for one in screened]
    assert distances == pytest.approx(sorted(distances))
    assert len(screened) == 16


def test_an_index_near_one_does_not_make_a_good_basis():
    """The lesson of the screening: random bases come near to 1 and are hopeless."""
    near = [one for one in ranked(ISOSCELES, random=60) if "random" in one.name and one.distance < 0.5]
    assert near
    assert max(one.report.average_sign for one in near) < 1e-3


def test_the_curves_pass_through_the_reference_values():
    curves = against_hopping(np.array([1.0]), 5.0, 10.0)
    assert curves["localized"][0] == pytest.approx([0.003801572974, 0.003801572974], rel=1e-7)
    assert curves["plane waves"][0] == pytest.approx([227.6537318, 0.9972010557], rel=1e-6)
    assert curves["bonding, antibonding + site"][0] == pytest.approx([1.0, 1.0], abs=1e-10)


def test_the_map_holds_the_named_bases_at_its_edges():
    signs = sign_map(ISOSCELES, np.array([0.0, 45.0, 90.0]))
    assert signs[0, 0] == pytest.approx(0.0959744, rel=1e-5)
    assert signs[1, 0] == pytest.approx(1.0)
    assert signs[0, 1] == pytest.approx(0.9999989772, rel=1e-8)


@pytest.mark.parametrize("what", ["hopping", "map"])
def test_each_picture_takes_one_command(what, tmp_path, monkeypatch):
    from simulators.quantum_monte_carlo import screening

    monkeypatch.setattr(screening, "HOPPINGS", np.array([0.5, 1.0]))
    monkeypatch.setattr(screening, "ANGLES", np.array([0.0, 45.0, 90.0]))
    monkeypatch.setattr(sys, "argv", ["screening", what, "--to", str(tmp_path / "picture.png")])
    assert screening.main() == 0
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_a_temperature_that_does_not_exist_is_refused_in_a_sentence():
    command = [sys.executable, "-m", "simulators.quantum_monte_carlo.screening", "rank", "--beta", "-1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "must be positive" in done.stderr
    assert "Traceback" not in done.stderr
