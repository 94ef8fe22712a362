import json

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT

from simulators.ion_migration import neb
from simulators.ion_migration.prototypes import prototype_of

GOALS = neb.Goals(endpoint=0.01, band=0.02, images=3)


class Humps(Calculator):
    """One atom in a landscape along x that repeats itself: two humps beside the middle of each hop of length `period`.

    The middle is stationary, the tops are beside it, as in a channel with a resting place half-way.
    """

    implemented_properties = ("energy", "forces")
    period, height, dip = 4.0, 0.5, 0.3

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        x, y, z = self.atoms.positions[0] - np.array([0.0, 3.0, 3.0])
        k = 2 * np.pi / self.period
        energy = self.height * (1 - np.cos(k * x)) / 2 + self.dip * (1 - np.cos(2 * k * x)) / 2 + (y**2 + z**2) / 2
        slope = self.height * k * np.sin(k * x) / 2 + self.dip * k * np.sin(2 * k * x)
        self.results = {"energy": float(energy), "forces": np.array([[-slope, -y, -z]])}

    @classmethod
    def top(cls):
        x = np.linspace(0, cls.period, 100_001)
        k = 2 * np.pi / cls.period
        return float((cls.height * (1 - np.cos(k * x)) / 2 + cls.dip * (1 - np.cos(2 * k * x)) / 2).max())


@pytest.fixture
def run(tmp_path):
    """A calculation of a hop in `folder`, with a calculator that counts its force calls."""

    def make(calculator=EMT, folder=tmp_path, is_over=lambda: False):
        return neb.Run(folder, lambda label: calculator(), lambda atoms: float(atoms.get_potential_energy()), is_over)

    return make


@pytest.fixture
def vacancy():
    """A vacancy beside an atom of copper, in 31 atoms."""
    return neb.vacancy_hop(bulk("Cu", cubic=True).repeat(2), "Cu", 0)


@pytest.fixture
def toy():
    """The hop between two humps, for one atom alone."""
    atoms = Atoms("Li", [[0.0, 3.0, 3.0]], cell=[8, 6, 6], pbc=True)
    return neb.Hop(atoms, 0, np.array([4.0, 0, 0]), np.array([2.0, 3.0, 3.0]), np.array([0]))


def test_half_a_path_and_the_whole_path_have_the_same_barrier(vacancy, run, tmp_path):
    half = neb.barrier(vacancy, run(), GOALS)
    vacancy.partner = None
    other = tmp_path / "whole"
    other.mkdir()
    whole = neb.barrier(vacancy, run(folder=other), neb.Goals(endpoint=0.01, band=0.02, images=5))
    assert half["is_half_path"]
    assert not whole["is_half_path"]
    assert half["barrier"] == pytest.approx(whole["barrier"], abs=2e-3)


def test_a_whole_path_begins_and_ends_at_the_same_energy(vacancy, run):
    vacancy.partner = None
    energies = neb.barrier(vacancy, run(), neb.Goals(endpoint=0.01, band=0.05, images=3))["energies"]
    assert energies[0] == 0
    assert energies[-1] == pytest.approx(0, abs=1e-4)


def test_the_inverted_end_has_the_same_energy_and_the_ion_has_hopped(vacancy, run):
    vacancy.atoms.rattle(0.03, seed=3)
    end = neb.inverted_end(vacancy, vacancy.atoms)
    energies = []
    for atoms in (vacancy.atoms, end):
        atoms.calc = EMT()
        energies.append(atoms.get_potential_energy())
    assert energies[0] == pytest.approx(energies[1], abs=1e-9)
    moved = np.linalg.norm(end.positions - vacancy.atoms.positions, axis=1)
    assert moved[vacancy.mobile] == pytest.approx(np.linalg.norm(vacancy.vector), abs=0.2)
    assert np.delete(moved, vacancy.mobile).max() < 0.3


def test_the_barrier_is_the_top_and_not_the_middle(toy, run):
    goals = neb.Goals(endpoint=1e-3, band=0.01, images=5)
    found = neb.barrier(toy, run(Humps), goals)
    assert found["barrier"] == pytest.approx(Humps.top(), abs=2e-3)
    assert found["midpoint"] == pytest.approx(Humps.height, abs=1e-3)
    assert found["barrier"] > found["midpoint"] + 0.03


def test_a_band_that_stops_short_has_no_barrier_but_its_last_force(vacancy, run):
    with pytest.raises(neb.NotConverged, match="the band stopped at a force of") as short:
        neb.barrier(vacancy, run(), neb.Goals(endpoint=0.05, band=1e-6, images=3, steps=20))
    assert short.value.fmax > 1e-6
    assert short.value.stage == "band"


def test_an_energy_that_is_refused_ends_the_band(vacancy, tmp_path):
    def refuse(atoms):
        raise ArithmeticError("not converged")

    with pytest.raises(ArithmeticError):
        neb.barrier(vacancy, neb.Run(tmp_path, lambda label: EMT(), refuse), GOALS)


class TestTakingUp:
    def test_a_stage_that_has_ended_is_not_done_again(self, vacancy, run, tmp_path):
        first = neb.barrier(vacancy, run(), GOALS)

        def never(label):
            raise AssertionError(f"{label} was calculated again")

        again = neb.Run(tmp_path, never, lambda atoms: float(atoms.get_potential_energy()))
        assert neb.barrier(vacancy, again, GOALS) == first

    @pytest.mark.parametrize("looks", [1, 8, 30])
    def test_a_path_that_was_stopped_anywhere_ends_with_the_same_barrier(self, vacancy, run, tmp_path, looks):
        reference = tmp_path / "reference"
        reference.mkdir()
        expected = neb.barrier(vacancy, run(folder=reference), GOALS)
        clock = iter(range(10_000))
        with pytest.raises(neb.OutOfTime):
            neb.barrier(vacancy, run(is_over=lambda: next(clock) >= looks), GOALS)
        resumed = neb.barrier(vacancy, run(), GOALS)
        assert resumed["barrier"] == pytest.approx(expected["barrier"], abs=2e-3)

    def test_a_trajectory_that_was_cut_off_does_no_harm(self, vacancy, run, tmp_path):
        clock = iter(range(10_000))
        with pytest.raises(neb.OutOfTime):
            neb.barrier(vacancy, run(is_over=lambda: next(clock) >= 10), GOALS)
        for file in tmp_path.glob("*.traj"):
            file.write_bytes(file.read_bytes()[:-100])
        assert neb.barrier(vacancy, run(), GOALS)["barrier"] == pytest.approx(0.761, abs=2e-3)

    def test_stages_of_another_version_are_not_taken_over(self, run, tmp_path):
        (tmp_path / neb.STAGES).write_text(json.dumps({"version": 0, "stages": {"endpoint": {}}}))
        assert run().finished == {}


class TestHops:
    def test_the_hops_of_a_tavorite_are_related_by_inversion(self):
        atoms = prototype_of("LiMgSO4F").atoms()
        lengths = []
        for rank in (1, 2, 3):
            hop = neb.vacancy_hop(atoms, "Li", 0, rank)
            assert hop.partner is not None
            assert len(hop.atoms) == 15
            lengths.append(float(np.linalg.norm(hop.vector)))
        assert lengths == sorted(lengths)
        assert 3 < lengths[0] < 5

    def test_partners_are_mutual(self, vacancy):
        partners = vacancy.partner
        assert (partners[partners] == np.arange(len(partners))).all()
        assert partners[vacancy.mobile] == vacancy.mobile

    def test_a_crystal_without_the_inversion_needs_the_whole_path(self):
        atoms = bulk("Cu", cubic=True).repeat(2)
        atoms.positions[5] += [0.3, 0.1, 0.2]
        assert neb.vacancy_hop(atoms, "Cu", 0).partner is None

    def test_a_hop_that_is_not_there_is_refused(self):
        with pytest.raises(ValueError, match="none has the rank 28"):
            neb.vacancy_hop(bulk("NaCl", "rocksalt", a=5.6).repeat((2, 1, 1)), "Na", 0, rank=28)
