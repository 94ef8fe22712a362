from pathlib import Path

import pytest

from orchestrator.campaign.loading import loads


def spec_of(text, overrides=(), name=None):
    return loads(text, Path("/lab"), overrides, name).spec


def test_values_are_yaml_and_keys_are_dotted(campaign):
    spec = spec_of(
        campaign, ["seed=9", "stop.trials=3", "space.plane=[3, 1, 0]", "space.sigma=10", "description='Σ: 1'"]
    )
    assert (spec.seed, spec.stop.trials, spec.space.plane, spec.description) == (9, 3, (3, 1, 0), "Σ: 1")


def test_a_whole_section_can_be_replaced(campaign):
    spec = spec_of(campaign, ["optimizer={kind: random}"])
    assert spec.optimizer.kind == "random"


def test_the_last_of_several_values_counts(campaign):
    assert spec_of(campaign, ["seed=1", "seed=2"]).seed == 2


def test_a_section_that_the_file_leaves_out_is_made(campaign):
    spec = spec_of(campaign, ["report.random_search.table=t.csv", "report.random_search.within=1e-3"])
    assert spec.report.random_search.table == Path("/lab/t.csv")


def test_spaces_around_the_key_are_forgiven(campaign):
    assert spec_of(campaign, [" seed = 9 "]).seed == 9


def test_a_name_takes_the_place_of_the_one_in_the_file(campaign):
    assert spec_of(campaign, ["campaign=third"], name="second").campaign == "second"


def test_a_name_is_text_even_if_it_looks_like_a_number(campaign):
    assert spec_of(campaign, name="7").campaign == "7"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("stop.trails=3", "stop.trails: unknown key. Did you mean 'trials'?"),
        ("spaec.sigma=3", "spaec: unknown key. Did you mean 'space'?"),
        ("optimizer.kind=gess", "optimizer.kind: 'gess' is not known. Did you mean 'guess'?"),
        ("stop.trials='3'", "stop.trials: found the text '3'. Did you mean 3, without quotes?"),
        ("space.plane=[1, 2, 010]", "space.plane[2]: 010 can be read in two ways."),
        ("stop={trials: 1, trials: 2}", "stop.trials: the key 'trials' is written twice"),
        ("seed=", "seed: ~ is no value."),
        ("seed=null", "seed: null is no value."),
        ("seed=[1", "seed: this is not valid YAML: a quote or bracket is not closed."),
        ("seed.x=3", "seed.x: there is no key 'x' in a value that is not a section."),
        ("space.plane.0=3", "space.plane.0: there is no key '0' in a value that is not a section."),
        ("campaign=Cu: 5", "campaign: found a section. Allowed: text."),
        ("stop", "found no key=value, such as stop.trials=40."),
        ("=3", "found no key=value"),
        ("stop.=3", "found no key=value"),
        ("description=\x07", "description: the character U+0007 cannot be part of a campaign file."),
    ],
)
def test_what_is_wrong_with_an_override_names_the_argument(complaints, override, said):
    (complaint,) = complaints(overrides=[override])
    assert complaint.startswith(f"--set {override}: {said}")


def test_a_name_that_is_none_is_told_as_such(complaints):
    (complaint,) = complaints(name="A b")
    assert complaint.startswith("--name A b: campaign: 'A b' is no name. Did you mean 'a-b'?")


def test_mistakes_in_the_file_and_in_several_overrides_are_told_together(complaints):
    found = complaints("parallel: 2", "paralel: 2", overrides=["stop.trails=3", "seed"])
    assert [complaint.partition(": ")[0] for complaint in found] == ["c.yaml:10:1", "--set seed", "--set stop.trails=3"]
