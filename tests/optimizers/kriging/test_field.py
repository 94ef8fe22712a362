import numpy as np
import pandas as pd
import pytest

from optimizers import CandidatePool
from optimizers.kriging import field
from optimizers.kriging.atlas import Atlas
from optimizers.kriging.covariance import Covariance
from optimizers.kriging.factor import Factor
from optimizers.kriging.field import StoredField, StreamedField


@pytest.fixture
def pieces(monkeypatch):
    """Small chunks and slabs, so that a small pool has several of each."""
    monkeypatch.setattr(field, "CHUNK", 700)
    monkeypatch.setattr(field, "SLAB", 1)


def prepared(kind, told):
    """A field that took in `told` rows at once, then three more one by one."""
    generator = np.random.default_rng(5)
    atlas = Atlas(CandidatePool(pd.DataFrame(generator.random((1600, 3)), columns=list("abc"))), use_symmetry=False)
    covariance = Covariance(atlas.features, "matern52", (0.4, 0.5, 0.6))
    factor, pool = Factor(covariance), covariance.sites(atlas.classes, with_images=False)
    values = generator.normal(size=told + 3)
    factor.extend(covariance.sites(atlas.cloud(range(told))), np.full(told, 1e-3))
    made = StoredField(factor, pool, 1, told + 8) if kind == "stored" else StreamedField(factor, pool, 1)
    made.extend(0, factor.solve(np.ones((told, 1))), factor.solve(values[:told]))
    for count in range(told + 1, told + 4):
        factor.append(covariance.sites(atlas.cloud([count - 1])), 1e-3)
        made.append(factor.solve(np.ones((count, 1)))[-1], float(factor.solve(values[:count])[-1]))
    return atlas, covariance, factor, made, values


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("kind", ["stored", "streamed"])
def test_the_sums_are_those_of_the_definition(kind):
    atlas, covariance, factor, made, values = prepared(kind, told=12)
    points, everything = (covariance.sites(atlas.cloud(range(count))) for count in (15, 1600))
    rows = np.linalg.solve(factor.lower, covariance.between(points, everything))
    assert made.squares == pytest.approx(np.square(rows).sum(axis=0), abs=1e-12)
    assert made.basis[0] == pytest.approx(np.linalg.solve(factor.lower, np.ones(15)) @ rows, abs=1e-12)
    assert made.targets == pytest.approx(np.linalg.solve(factor.lower, values) @ rows, abs=1e-11)


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("kind", ["stored", "streamed"])
def test_a_fantasy_shrinks_the_variance_as_the_rows_would(kind):
    atlas, covariance, factor, made, _ = prepared(kind, told=12)
    branch = factor.branch()
    branch.extend(covariance.sites(atlas.cloud([100, 900])), np.full(2, 1e-3))
    points, everything = (covariance.sites(atlas.cloud(sites)) for sites in ([*range(15), 100, 900], range(1600)))
    rows = np.linalg.solve(branch.lower, covariance.between(points, everything))
    assert made.fantasy(branch) == pytest.approx(np.square(rows[15:]).sum(axis=0), abs=1e-12)
    assert len(factor) == 15
