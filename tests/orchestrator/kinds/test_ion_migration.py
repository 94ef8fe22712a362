import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError

from orchestrator.executors.errors import UnusableTable
from orchestrator.kinds.ion_migration import Tavorites
from simulators.ion_migration.descriptors import COMPOSITION, FIELD, STRUCTURE

TABLE = Path(__file__).parents[3] / "campaigns" / "tables" / "tavorites.parquet"


def test_the_candidates_are_the_family_and_the_models_see_its_descriptors():
    pool = Tavorites().build()
    assert len(pool) == 320
    assert pool.names == ("compound", *COMPOSITION)
    assert pool.features == COMPOSITION
    assert pool.parameters(0)["compound"] == "LiMgSO4F"


@pytest.mark.parametrize(("mobile", "count"), [("Li", 160), ("Na", 160), ("both", 320)])
def test_the_mobile_ion_is_a_choice(mobile, count):
    pool = Tavorites(mobile=mobile).build()
    assert len(pool) == count
    assert all(mobile == "both" or name.startswith(mobile) for name in pool.table["compound"])


def test_named_compounds_are_the_candidates_in_their_order():
    pool = Tavorites(compounds=("NaTiPO5", "LiMgSO4F")).build()
    assert pool.table["compound"].tolist() == ["NaTiPO5", "LiMgSO4F"]


def test_field_strengths_need_no_structure():
    assert Tavorites(descriptors="field").build().features == FIELD


def test_levels_of_accuracy_make_a_candidate_of_each_compound_at_each_level():
    pool = Tavorites(mobile="Li", structures=("prototype", "relaxed")).build()
    assert len(pool) == 320
    assert pool.names[:2] == ("structure", "compound")
    assert "structure" in pool.features
    assert pool.table.groupby("structure")["compound"].nunique().to_dict() == {"prototype": 160, "relaxed": 160}


def test_structure_descriptors_come_from_a_table():
    pool = Tavorites(descriptors="both", table=TABLE, also=("prototype_barrier",)).build()
    assert pool.features == (*COMPOSITION, *STRUCTURE, "prototype_barrier")
    assert Tavorites(descriptors="structure", table=TABLE).build().features == STRUCTURE


@pytest.mark.parametrize(
    ("section", "why"),
    [
        ({"compounds": ["LiMgPO4F"]}, r"'LiMgPO4F' is not charge-balanced.*M must have the charge \+3"),
        ({"compounds": ["LiFeSO4F"]}, "Fe cannot be M"),
        ({"compounds": ["KMgSO4F"]}, "K cannot be A"),
        ({"compounds": ["LiMgSO4F", "LiMgSO4F"]}, "LiMgSO4F is named twice"),
        ({"compounds": ["LiMgSO4F"], "mobile": "Na"}, "none of the compounds has Na"),
        ({"mobile": "K"}, "Input should be 'Li', 'Na' or 'both'"),
        ({"descriptors": "structure"}, r"needs relaxed structures\. Name the `table`"),
        ({"structures": ["relaxed", "relaxed"]}, "each may be named once"),
        ({"also": ["prototype_barrier"]}, "name the `table` that holds prototype_barrier"),
    ],
)
def test_a_list_that_cannot_be_is_refused_when_the_file_is_read(section, why):
    with pytest.raises(ValidationError, match=why):
        Tavorites.model_validate(section)


def test_a_table_without_a_compound_or_a_column_is_refused(tmp_path):
    known = pd.read_parquet(TABLE)
    known[known["compound"] != "LiMgSO4F"].to_parquet(tmp_path / "short.parquet")
    with pytest.raises(UnusableTable, match=r"short\.parquet has no number in column 'volume' for LiMgSO4F"):
        Tavorites(descriptors="structure", table=tmp_path / "short.parquet").build()
    with pytest.raises(UnusableTable, match=r"no column 'prototype_barier'.*Did you mean 'prototype_barrier'"):
        Tavorites(also=("prototype_barier",), table=TABLE).build()


def test_checking_the_section_needs_no_numerical_library():
    code = "import sys\nfrom orchestrator.kinds.ion_migration import Tavorites\n"
    code += "Tavorites(compounds=('LiMgSO4F',))\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pandas", "scipy", "ase"} & set(loaded)
