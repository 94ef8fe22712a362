"""Trials that were done before a campaign: checked, learned from, counted nowhere, and kept."""

import pandas as pd
import pytest

from optimizers.errors import MissingObservation
from orchestrator.campaign.loading import loads
from orchestrator.ledger.export import export
from orchestrator.ledger.history import history
from orchestrator.loop.audit import audit
from orchestrator.loop.errors import InputRefused
from orchestrator.loop.plan import plan
from orchestrator.loop.prior import read_prior, require_learnable
from orchestrator.loop.session import equip
from orchestrator.loop.snapshot import snapshot
from tests.orchestrator.loop.conftest import FILE, Bench
from tests.orchestrator.loop.test_kill_points import lines_executed, story

GOOD = """x,y,height,height_standard_error,failure,reason
0.2,0.4,0.2,0.01,,
0.6,0.2,0.001,,,
1,1,,,infeasible,it melts
0.0,0.0,,,unconverged,
"""


@pytest.fixture
def bench(bench_with, pool_folder, tmp_path):
    """A campaign of which four trials are known."""
    file = tmp_path / "known.csv"
    file.write_text(GOOD)
    return bench_with(prior=str(file))


@pytest.fixture
def refusal(pool_folder, tmp_path):
    """What is said of a table: `refusal("x,y...")`."""

    def said(text: str, name: str = "known.csv") -> str:
        (tmp_path / name).write_text(text)
        spec = loads(f"{FILE}prior: {tmp_path / name}\n", pool_folder).spec
        with pytest.raises(InputRefused) as caught:
            read_prior(spec)
        return str(caught.value)

    return said


def read(bench, what):
    database = bench.home.database()
    with database.reading() as session:
        found = what(session)
    database.close()
    return found


def seen(bench, position=10**6):
    return read(bench, lambda session: history(session, 1, position))


# --------------------------------------------------------------------- what optimizers see


def test_the_rows_come_first_in_every_history_and_end_at_number_zero(bench):
    first = seen(bench, position=0)
    assert [trial.number for trial in first] == [-3, -2, -1, 0]
    assert [trial.standing for trial in first] == ["completed", "completed", "infeasible", "unconverged"]
    assert first.trials[0].observations["height"].value == 0.2
    assert first.trials[0].observations["height"].standard_error == 0.01
    assert first.trials[1].observations["height"].standard_error is None
    bench.drive()
    assert seen(bench).trials[:4] == first.trials


def test_a_row_is_the_candidate_of_the_pool(bench):
    table = pd.read_csv(bench.folder / "pool.csv")
    for trial in seen(bench):
        assert dict(table.loc[trial.candidate, ["x", "y"]]) == trial.parameters


def test_what_is_known_is_not_proposed_again_and_replaces_the_first_trials(bench):
    bench.drive()
    own = [trial for trial in bench.trials() if trial["trial"] > 0]
    known = [(0.2, 0.4), (0.6, 0.2), (1.0, 1.0), (0.0, 0.0)]
    assert not {(trial["parameters"]["x"], trial["parameters"]["y"]) for trial in own} & set(known)
    assert own[0]["proposed_by"] == "expected improvement"


def test_parquet_is_read_like_csv(bench, tmp_path, pool_folder):
    table = pd.read_csv(tmp_path / "known.csv")
    table.to_parquet(tmp_path / "known.parquet")
    spec = loads(f"{FILE}prior: {tmp_path / 'known.parquet'}\n", pool_folder).spec
    assert read_prior(spec).trials == read_prior(bench.spec).trials


def test_a_plan_knows_what_is_known(bench):
    made = plan(bench.spec, bench.home.database())
    assert made["prior"].startswith("4 trials from ")
    assert made["first"][0]["proposed_by"] == "expected improvement"


# --------------------------------------------------------------------- what people see


def test_the_rows_count_in_no_budget(bench):
    ending = bench.drive()
    assert ending.reason == "the budget of 6 trials is used"
    assert bench.status()["trials"] == {"completed": 6}
    assert bench.status()["imported"] == 4


def test_the_best_may_be_one_that_was_known(bench):
    best = bench.status()["best"]
    assert best["trial"] == -2
    assert best["imported"]["row"] == 2
    assert best["objectives"]["height"]["value"] == 0.001
    assert best["files"] == []


def test_they_are_listed_before_all_others(bench):
    listed = bench.trials()
    assert [trial["status"] for trial in listed] == ["imported"] * 4
    assert listed[2]["failure"] == {"kind": "infeasible", "reason": "it melts"}
    assert listed[0]["objectives"]["height"] == {"value": 0.2, "standard_error": 0.01, "unit": "m"}


def test_they_are_exported(bench, tmp_path):
    bench.drive()
    read(bench, lambda session: export(session, bench.name, tmp_path / "all.csv"))
    table = pd.read_csv(tmp_path / "all.csv")
    assert list(table["status"][:5]) == ["imported"] * 4 + ["completed"]
    assert list(table["height"][:2]) == [0.2, 0.001]


def test_progress_is_what_improves_on_them(bench_with, tmp_path):
    (tmp_path / "known.csv").write_text("x,y,height\n0.6,0.2,-9\n")
    bench = bench_with(prior=str(tmp_path / "known.csv"), stop="{no_progress: 2}")
    assert bench.drive().reason == "no progress in the last 2 trials"
    assert read(bench, lambda session: snapshot(session, bench.name)).best[0].number == 0


def test_a_target_that_was_reached_before_ends_the_campaign(bench_with, tmp_path):
    (tmp_path / "known.csv").write_text("x,y,height\n0.6,0.2,-9\n")
    bench = bench_with(prior=str(tmp_path / "known.csv"), stop="{trials: 5, target: -1}")
    assert bench.drive().reason == "the target -1 is reached"


# --------------------------------------------------------------------- what is kept


def test_the_campaign_goes_on_and_is_audited_without_the_file(bench, tmp_path):
    (tmp_path / "known.csv").unlink()
    assert bench.drive().status == "done"
    database = bench.home.database()
    found = audit(database, bench.name, bench.spec)
    database.close()
    assert (found["proposals"], found["differences"]) == (6, [])


def test_another_file_under_the_name_changes_nothing(bench, tmp_path):
    before = seen(bench)
    (tmp_path / "known.csv").write_text("x,y,height\n0.6,0.2,-9\n")
    assert seen(bench) == before


def test_where_the_rows_came_from_is_remembered(bench, tmp_path):
    from orchestrator.ledger import views

    row = read(bench, lambda session: views.campaign(session, bench.name))
    assert row.provenance["prior"]["file"] == str(tmp_path / "known.csv")
    assert row.provenance["prior"]["rows"] == 4
    assert len(row.provenance["prior"]["sha256"]) == 64


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [8, pytest.param(100, marks=pytest.mark.kill)], ids=["some lines", "many lines"])
def test_a_campaign_killed_while_it_is_entered_or_driven_is_the_uninterrupted_one(bench, tmp_path, count):
    def whole(folder):
        other = Bench(type(bench.home)(tmp_path / folder), bench.folder, bench.lab, bench.text)
        return other, lambda: (other.enter(), other.drive())

    bench.drive()
    expected = story(bench)
    calm, act = whole("calm")
    total = lines_executed(act)
    assert story(calm) == expected
    for step in range(count):
        other, act = whole(f"home-{step}")
        assert lines_executed(act, die_at=1 + total * step // count) is None
        if not _is_entered(other):
            other.enter()
        other.drive()
        assert story(other) == expected, step


def _is_entered(bench) -> bool:
    database = bench.home.database()
    from orchestrator.ledger import campaigns
    from orchestrator.ledger.upgrade import upgrade

    upgrade(database)
    with database.reading() as session:
        found = bool(campaigns.everyone(session))
    database.close()
    return found


# --------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x,y,height\n0.2,0.4,\n", "row 1 of known.csv: 'height' is empty"),
        ("x,y,height\n0.2,0.4,0.1\n0.2,0.6,nan\n", "row 2 of known.csv: 'height' is empty"),
        ("x,y,height\n0.2,0.4,inf\n", "row 1 of known.csv: 'height' is inf; a finite number"),
        ("x,y,height\n0.2,0.4,0.1\n0.2,0.6,high\n", "row 2 of known.csv: 'height' is 'high', which is no number"),
        ("x,y,height\n0.2,0.4,True\n", "row 1 of known.csv: 'height' is True, which is no number"),
        ("x,y,height\n0.3,0.4,1\n", "row 1 of known.csv: no candidate has x = 0.3. The nearest is 0.2."),
        ("x,y,height\n,0.4,1\n0.2,0.4,1\n", "row 1 of known.csv: 'x' is empty"),
        ("x,y,height\n0.2,left,1\n", "row 1 of known.csv: no candidate has y = 'left'"),
        ("x,y,heigth\n0.2,0.4,1\n", "'heigth' of known.csv is neither a parameter nor measured. Did you mean 'height'"),
        ("x,y,height,day\n0.2,0.4,1,2\n", "column 'day' of known.csv"),
        ("x,height\n0.2,1\n", "known.csv has no column 'y'"),
        ("x,y\n0.2,0.4\n", "known.csv has no column 'height'"),
        ("x,y,height\n", "has no rows"),
        ("x,y,height,failure\n0.2,0.4,,exploded\n", "row 1 of known.csv: 'exploded' in the column 'failure'"),
        ("x,y,height,failure\n0.2,0.4,1,infeasible\n", "it is infeasible and has a value of 'height'"),
        ("x,y,height,height_standard_error\n0.2,0.4,1,-0.1\n", "a standard error is not negative"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_row_or_column(refusal, text, words):
    assert words in refusal(text)


def test_a_space_of_parameters_says_itself_what_lies_outside(tmp_path):
    parameters = (
        "[{name: power, range: [20, 200], step: 5}, {name: layers, integers: [1, 8]}, {name: gas, choices: [Ar, N2]}]"
    )
    text = FILE.replace(
        "{kind: table, file: pool.csv, parameters: [x, y]}", f"{{kind: parameters, parameters: {parameters}}}"
    )
    spec = loads(f"{text}prior: {tmp_path / 'known.csv'}\n", tmp_path).spec
    (tmp_path / "known.csv").write_text("power,layers,gas,height\n20,3,Ar,1\n45,8,N2,\n".replace("N2,\n", "N2,2\n"))
    found = read_prior(spec).trials
    assert found[0].parameters == {"power": 20.0, "layers": 3, "gas": "Ar"}
    assert type(found[0].parameters["layers"]) is int
    (tmp_path / "known.csv").write_text("power,layers,gas,height\n20,3,Ar,1\n45,9,N2,2\n46,2,N2,2\n45,2,He,2\n")
    with pytest.raises(InputRefused) as caught:
        read_prior(spec)
    told = str(caught.value).splitlines()
    assert [line.split(" of known.csv: ")[0] for line in told] == ["prior: row 2", "prior: row 3", "prior: row 4"]
    assert all(name in line for name, line in zip(("layers", "power", "gas"), told, strict=True))


def test_rows_that_the_optimizer_cannot_learn_from_are_refused_before_anything_starts(bench):
    class Choosy:
        def propose(self, history, count):
            raise MissingObservation(f"trial {history.trials[0].number} was not measured twice")

    with pytest.raises(InputRefused, match=r"known.csv does not suit the optimizer: trial -3 was not measured twice"):
        require_learnable(Choosy(), read_prior(bench.spec))
    require_learnable(equip(bench.spec).optimizer, read_prior(bench.spec))


def test_many_bad_rows_are_counted(refusal):
    rows = "\n".join(f"{number},0,1" for number in range(10, 30))
    said = refusal(f"x,y,height\n{rows}\n").splitlines()
    assert len(said) == 6
    assert said[-1] == "and 15 more rows"


def test_a_refused_table_leaves_no_ledger(tmp_path, pool_folder, lab):
    from orchestrator.ledger.home import Home

    (tmp_path / "known.csv").write_text("x,y,height\n0.3,0.4,1\n")
    made = Bench(Home(tmp_path / "nowhere"), pool_folder, lab, f"{FILE}prior: {tmp_path / 'known.csv'}\n")
    with pytest.raises(InputRefused):
        made.enter()
    assert not (tmp_path / "nowhere").exists()
