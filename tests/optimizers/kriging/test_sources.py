import numpy as np
import pandas as pd
import pytest

from optimizers import CandidatePool, History, Objective, Observation, Problem, Source, Trial
from optimizers.kriging.settings import KrigingSettings

OBJECTIVE = Objective("e")


def pool(period=1.0, column="x"):
    """A 15 x 12 grid, periodic in its first column."""
    steps = np.arange(180)
    table = pd.DataFrame({column: steps % 15 / 15.0 * period, "y": steps // 15 / 11.0})
    return CandidatePool(table, periods={column: period})


def landscape(parameters, period=1.0, shift=0.0):
    phase = 2 * np.pi * parameters["x"] / period
    return np.cos(phase - 1.0) + 0.4 * np.cos(3 * phase) + 3.0 * (parameters["y"] - 0.6 - shift) ** 2


def finished(value, space, trials=40, name="earlier"):
    """A source: `trials` random candidates of `space` and their values."""
    rows = np.random.default_rng(8).permutation(len(space))[:trials]
    ended = []
    for number, row in enumerate(rows.tolist(), start=1):
        parameters = space.parameters(row)
        seen = {"e": Observation(float(value(parameters)))}
        ended.append(Trial(number, parameters, "completed", row, seen))
    return Source(name, space, History(tuple(ended)))


def campaign(sources, trials=15, value=landscape, **settings):
    settings = KrigingSettings(transfer=tuple(source.name for source in sources), **settings)
    optimizer = settings.build(Problem(pool(), (OBJECTIVE,), seed=2, sources=tuple(sources)))
    proposals, ended = [], []
    for number in range(1, trials + 1):
        (proposal,) = optimizer.propose(History(tuple(ended)), 1)
        seen = {"e": Observation(float(value(proposal.parameters)))}
        ended.append(Trial(number, proposal.parameters, "completed", proposal.candidate, seen))
        proposals.append(proposal)
    return proposals, [trial.observations["e"].value for trial in ended]


def lowest():
    return min(landscape(row) for _, row in pool().table.iterrows())


def test_the_first_trial_is_what_the_source_expects_to_be_best():
    proposals, values = campaign([finished(landscape, pool())])
    assert proposals[0].reasons["proposed_by"] == "best of a source"
    assert proposals[0].reasons["source"] == "earlier"
    assert values[0] == pytest.approx(lowest(), abs=0.1)


def test_a_related_campaign_with_another_cell_teaches_by_phase():
    twin = finished(lambda parameters: landscape(parameters, period=4.0), pool(period=4.0))
    _, values = campaign([twin], trials=4)
    assert min(values) == pytest.approx(lowest(), abs=1e-9)


def test_the_weight_of_a_helpful_source_is_reported():
    proposals, _ = campaign([finished(landscape, pool())], trials=12)
    (told,) = proposals[-1].reasons["sources"]
    assert told["name"] == "earlier"
    assert told["weight"] == pytest.approx(1.0, abs=0.3)


def test_a_misleading_source_is_dropped_and_the_reasons_say_so():
    generator = np.random.default_rng(3)
    noise = finished(lambda _: generator.normal(), pool(), name="noise")
    proposals, values = campaign([noise], trials=40)
    assert "dropped" in proposals[-1].reasons["sources"][0]
    assert min(values) == pytest.approx(lowest(), abs=1e-9)


def test_of_two_sources_only_the_misleading_one_is_dropped():
    generator = np.random.default_rng(3)
    noise = finished(lambda _: generator.normal(), pool(), name="noise")
    proposals, _ = campaign([finished(landscape, pool()), noise], trials=20)
    about = {told["name"]: told for told in proposals[-1].reasons["sources"]}
    assert "weight" in about["earlier"]
    assert "dropped" in about["noise"]


def test_a_source_that_cannot_be_used_is_left_out_with_the_reason():
    foreign = finished(lambda parameters: parameters["z"], pool(column="z"), name="foreign")
    empty = Source("empty", pool(), History())
    proposals, _ = campaign([foreign, empty], trials=8)
    about = {told["name"]: told["dropped"] for told in proposals[-1].reasons["sources"]}
    assert "z" in about["foreign"]
    assert "0 values" in about["empty"]
    assert proposals[0].reasons["proposed_by"] == "space-filling start"


def test_a_fresh_optimizer_repeats_the_proposals_of_a_taught_one():
    source = finished(landscape, pool())
    proposals, values = campaign([source], trials=10)
    ended = [
        Trial(number, proposal.parameters, "completed", proposal.candidate, {"e": Observation(value)})
        for number, (proposal, value) in enumerate(zip(proposals, values, strict=True), start=1)
    ]
    for count in range(10):
        fresh = KrigingSettings(transfer=("earlier",)).build(Problem(pool(), (OBJECTIVE,), 2, (source,)))
        assert fresh.propose(History(tuple(ended[:count])), 1) == [proposals[count]]
