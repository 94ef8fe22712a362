import pytest

from optimizers import Source
from orchestrator.campaign.loading import loads
from orchestrator.loop.errors import InputRefused
from orchestrator.loop.session import equip_again
from orchestrator.loop.sources import present_positions, read_sources, stored_positions


class Named:
    """A specification whose optimizer learns from `names`."""

    def __init__(self, spec, *names: str) -> None:
        self.improved = spec.improved
        self.optimizer = type("Optimizer", (), {"transfer": names})()


@pytest.fixture
def database(bench):
    bench.drive()
    ledger = bench.home.database()
    yield ledger
    ledger.close()


def test_an_optimizer_that_names_no_source_has_none(bench, database):
    assert present_positions(database, Named(bench.spec)) == {} == stored_positions(database, bench.name)


def test_a_source_hands_over_its_candidates_and_its_history(bench, database):
    [source] = read_sources(database, present_positions(database, Named(bench.spec, "parabola")))
    assert isinstance(source, Source) and source.name == "parabola" and len(source.space) == 36
    assert [trial.standing for trial in source.history] == ["completed"] * 6


def test_a_source_stays_what_it_was_when_it_was_named(bench, database):
    positions = present_positions(database, Named(bench.spec, "parabola"))
    before = read_sources(database, positions)[0].history
    bench.text = bench.text.replace("campaign: parabola", "campaign: other")
    from orchestrator.ledger import campaigns
    from orchestrator.ledger.transaction import transaction

    with transaction(database, "parabola", None) as tx:
        campaigns.request(tx, "stop")
    assert read_sources(database, positions)[0].history == before


def test_positions_are_stored_with_the_campaign(bench, database):
    bench.text = bench.text.replace("campaign: parabola", "campaign: second")
    bench.name, bench.sources = "second", {"parabola": 9}
    bench.enter()
    assert stored_positions(database, "second") == {"parabola": 9}
    assert equip_again(database, "second").spec.campaign == "second"


def test_an_unknown_source_is_refused_with_the_known_ones(bench, database):
    with pytest.raises(InputRefused, match=r"optimizer\.transfer: .*'paraboloid'.*Campaigns: parabola"):
        present_positions(database, Named(bench.spec, "paraboloid"))


def test_a_source_with_another_objective_is_refused(bench, database):
    other = loads(bench.text.replace("goal: minimize", "goal: maximize"), bench.folder).spec
    with pytest.raises(InputRefused, match="same objective"):
        present_positions(database, Named(other, "parabola"))


def test_where_there_is_no_ledger_there_is_nothing_to_learn_from(bench, tmp_path):
    from orchestrator.ledger.home import Home

    with pytest.raises(InputRefused, match="no ledger yet"):
        present_positions(Home(tmp_path / "none").database(), Named(bench.spec, "parabola"))
