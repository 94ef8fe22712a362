import json
import threading

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.spacegroup import crystal

from orchestrator.executors.calculation_cache import Calculation, CalculationCache
from orchestrator.executors.foreign.calculation import plain

CODE = {"calculator": "espresso", "program": ["abc"], "potentials": {"Sr.UPF": "def"}}
TOLD = {"calculator": "espresso", "settings": {"kpts": [3, 3, 3], "ecutwfc": 30}, "task": "energy"}


def perovskite(a=3.905, b="Ti"):
    return crystal(
        ("Sr", b, "O"), [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0)], spacegroup=221, cellpar=[a] * 3 + [90] * 3
    )


def asked(atoms, told=TOLD, code=CODE):
    return Calculation(plain(atoms), told, code)


def _moved(atoms, number):
    """The same crystal described otherwise: shifted, renumbered, turned, with a little noise."""
    random = np.random.default_rng(number)
    order = random.permutation(len(atoms))
    moved = atoms[order.tolist()]
    moved.positions += random.uniform(-3, 3, 3) + random.normal(0, 1e-4, (len(moved), 3)).clip(-3e-4, 3e-4)
    moved.rotate(float(random.uniform(0, 360)), random.normal(size=3).tolist(), rotate_cell=True)
    moved.wrap()
    return moved


@pytest.fixture
def cache(tmp_path):
    return CalculationCache(tmp_path / "calculations")


@pytest.fixture
def filled(cache):
    """A cache that knows the perovskite."""
    assert cache.store(asked(perovskite()), {"energy": -1.5}, "c/1/1")
    return cache


def test_what_was_stored_is_found_with_its_source(filled):
    entry = filled.find(asked(perovskite()))
    assert (entry["result"], entry["source"]) == ({"energy": -1.5}, "c/1/1")


@pytest.mark.parametrize("number", range(40))
def test_another_description_of_the_same_crystal_is_the_same(filled, number):
    assert filled.find(asked(_moved(perovskite(), number))) is not None


@pytest.mark.parametrize("number", range(8))
def test_a_site_that_symmetry_makes_equal_is_the_same_site(cache, number):
    """One vacancy among the eight equal silicon atoms."""
    whole = bulk("Si", cubic=True)
    first, other = whole.copy(), whole.copy()
    del first[0]
    del other[number]
    cache.store(asked(first), {"energy": 1.0}, "c/1/1")
    assert cache.find(asked(other)) is not None


@pytest.mark.parametrize(
    "changed",
    [
        asked(perovskite(b="Zr")),
        asked(perovskite(a=3.905 * 1.02)),
        asked(perovskite(a=3.905 + 0.004)),
        asked(perovskite().repeat((2, 1, 1))),
        asked(perovskite(), told={**TOLD, "settings": {"kpts": [4, 4, 4], "ecutwfc": 30}}),
        asked(perovskite(), told={**TOLD, "charge": -1}),
        asked(perovskite(), code={**CODE, "program": ["new version"]}),
        asked(perovskite(), code={**CODE, "potentials": {"Sr.UPF": "other content"}}),
    ],
    ids=["element", "strain", "small strain", "supercell", "mesh", "charge", "version", "potential"],
)
def test_another_calculation_is_not_found(filled, changed):
    assert filled.find(changed) is None


def test_a_mirror_image_in_the_same_cell_of_a_displaced_atom_is_not_taken_for_a_shift(filled):
    moved = perovskite()
    moved.positions[1] += [0.05, 0, 0]
    assert filled.find(asked(moved)) is None


def test_an_uneven_mesh_asks_for_the_same_axes(cache):
    told = {**TOLD, "settings": {"kpts": [1, 2, 3]}}
    cell = Atoms("NaCl", [[0, 0, 0], [1.5, 2, 2.5]], cell=[3, 4, 5], pbc=True)
    turned = Atoms("NaCl", [[0, 0, 0], [2.5, 1.5, 2]], cell=[5, 3, 4], pbc=True)
    cache.store(asked(cell, told), {"energy": 1.0}, "c/1/1")
    assert cache.find(asked(cell, told)) is not None
    assert cache.find(asked(turned, told)) is None
    cache.store(asked(cell), {"energy": 1.0}, "c/1/1")
    assert cache.find(asked(turned)) is not None


def test_magnetic_moments_belong_to_their_atoms(cache):
    up, down = bulk("Fe", cubic=True), bulk("Fe", cubic=True)
    up.set_initial_magnetic_moments([2, 2])
    down.set_initial_magnetic_moments([2, -2])
    cache.store(asked(up), {"energy": 1.0}, "c/1/1")
    assert cache.find(asked(down)) is None


def test_a_molecule_is_found_where_it_was(cache):
    molecule = Atoms("H2", [[0, 0, 0], [0.7, 0, 0]], cell=[8, 8, 8])
    cache.store(asked(molecule), {"energy": 1.0}, "c/1/1")
    longer = molecule.copy()
    longer.positions[1, 0] = 0.71
    assert cache.find(asked(molecule)) is not None
    assert cache.find(asked(longer)) is None


def test_a_damaged_entry_is_no_entry(filled, tmp_path):
    (entry,) = tmp_path.glob("calculations/*/*/*.json")
    entry.write_text(entry.read_text()[:-20])
    assert filled.find(asked(perovskite())) is None


def test_the_same_calculation_is_kept_once(filled, tmp_path):
    assert not filled.store(asked(_moved(perovskite(), 3)), {"energy": -1.6}, "d/1/1")
    assert filled.find(asked(perovskite()))["source"] == "c/1/1"
    assert filled.store(asked(_moved(perovskite(), 3)), {"energy": -1.7}, "d/2/1", renew=True)
    assert filled.find(asked(perovskite()))["source"] == "d/2/1"
    assert len(list(tmp_path.glob("calculations/*/*/*.json"))) == 1


def test_several_that_store_at_once_leave_one_whole_entry(cache, tmp_path):
    together = threading.Barrier(8)
    stored = []

    def store(number):
        together.wait()
        stored.append(cache.store(asked(perovskite()), {"energy": -1.5, "padding": "x" * 100_000}, f"c/{number}/1"))

    threads = [threading.Thread(target=store, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (entry,) = tmp_path.glob("calculations/*/*/*.json")
    assert stored.count(True) == 1
    assert json.loads(entry.read_text())["result"]["energy"] == -1.5


def test_a_number_that_is_none_cannot_be_kept(cache):
    with pytest.raises(ValueError, match="not JSON compliant"):
        cache.store(asked(perovskite()), {"energy": float("nan")}, "c/1/1")
