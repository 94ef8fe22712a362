"""Whatever a hand may do to a valid campaign file, it is loaded or refused with places inside the file."""

from copy import deepcopy
from io import StringIO
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from orchestrator.campaign.errors import CampaignFileError
from orchestrator.campaign.loading import loads

CAREFUL = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

DATA = {
    "campaign": "cu-sigma5-210",
    "description": "Σ5(210)",
    "seed": 7,
    "objective": {"name": "gb_energy", "unit": "J/m^2", "goal": "minimize"},
    "space": {
        "kind": "grid",
        "sigma": 5,
        "plane": [2, 1, 0],
        "step": 0.1,
        "element": "Cu",
        "ranges": {"x": {"low": 1.0, "high": 2.0}},
        "more": [{"low": 1.0, "high": 2.0}],
        "periodic": ["tx"],
    },
    "optimizer": {"kind": "kriging", "kernel": "rbf", "refit": 3, "noise": 1e-3},
    "executor": {"kind": "lab", "file": "a.csv", "others": ["b.csv"], "note": "abc"},
    "parallel": 2,
    "stop": {"trials": 40, "chance_of_better": 0.01, "delta": 1e-3},
    "failures": {"retries": 2},
    "report": {"random_search": {"table": "t.parquet", "within": 1e-3}},
}


def paths(data, path=()):
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for part, value in parts:
        yield (*path, part)
        yield from paths(value, (*path, part))


PATHS = list(paths(DATA))
KEYS = [path for path in PATHS if isinstance(path[-1], str)]

words = st.text(max_size=8) | st.sampled_from(
    ["on", "null", "1e-3", "kind", "trials", "yes", "010", "<<", "a: b", "*x"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)


def parent(data, path):
    for part in path[:-1]:
        data = data[part]
    return data


def written(data, flow):
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = flow
    yaml.allow_unicode = True
    stream = StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def is_loaded_or_refused_inside(text):
    try:
        loads(text, Path("/lab"), source="c.yaml")
    except CampaignFileError as error:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert error.problems
        for problem in error.problems:
            assert problem.file == "c.yaml"
            assert 1 <= problem.line <= len(lines)
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
            assert "Input should" not in problem.message
            assert "type=" not in problem.message
        return False
    return True


def test_the_file_that_is_mutated_is_valid():
    assert is_loaded_or_refused_inside(written(DATA, flow=False))
    assert is_loaded_or_refused_inside(written(DATA, flow=True))


@CAREFUL
@given(path=st.sampled_from(KEYS), flow=st.booleans())
def test_a_key_may_be_dropped(path, flow):
    data = deepcopy(DATA)
    del parent(data, path)[path[-1]]
    is_loaded_or_refused_inside(written(data, flow))


@CAREFUL
@given(path=st.sampled_from(KEYS), key=words, flow=st.booleans())
def test_a_key_may_be_misspelt(path, key, flow):
    data = deepcopy(DATA)
    section = parent(data, path)
    section[key] = section.pop(path[-1])
    is_loaded_or_refused_inside(written(data, flow))


@CAREFUL
@given(path=st.sampled_from(PATHS), value=values, flow=st.booleans())
def test_a_value_may_be_of_another_type(path, value, flow):
    data = deepcopy(DATA)
    parent(data, path)[path[-1]] = value
    is_loaded_or_refused_inside(written(data, flow))


@CAREFUL
@given(changes=st.lists(st.tuples(st.sampled_from(PATHS), values), min_size=2, max_size=5))
def test_several_values_may_be_wrong_at_once(changes):
    data = deepcopy(DATA)
    for path, value in changes:
        try:
            parent(data, path)[path[-1]] = value
        except (KeyError, TypeError, IndexError):
            continue  # an earlier change took the way there
    is_loaded_or_refused_inside(written(data, flow=False))


@CAREFUL
@given(
    at=st.floats(0, 1),
    length=st.integers(0, 6),
    put=st.text(alphabet=st.sampled_from("\n\t :-?{}[],&*!|>'\"%@`#~01.eaé"), max_size=4),
)
def test_any_stretch_of_the_text_may_be_replaced(at, length, put):
    text = written(DATA, flow=False)
    start = int(at * len(text))
    is_loaded_or_refused_inside(text[:start] + put + text[start + length :])


@CAREFUL
@given(st.lists(st.text(max_size=12) | st.sampled_from(["stop.trials=3", "seed=x", "space={}", "a.b.c=1"]), max_size=3))
def test_any_override_is_taken_or_refused_with_its_name(overrides):
    try:
        loads(written(DATA, flow=False), Path("/lab"), overrides, source="c.yaml")
    except CampaignFileError as error:
        assert all(problem.file == "c.yaml" or problem.file.startswith("--set ") for problem in error.problems)
