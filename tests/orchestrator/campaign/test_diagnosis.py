import pytest

TOP = (
    "campaign, description, seed, objectives, objective, constraints, space, optimizer, executor, prior, cost, "
    "parallel, stop, approval, failures, report"
)
STOP = "trials, hours, cost, target, no_progress, chance_of_better, decided, delta, propose"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "seed: 7",
            "seed: '7'",
            "2:7: seed: found the text '7'. Did you mean 7, without quotes? Allowed: a whole number.",
        ),
        ("seed: 7", "seed: 7.0", "2:7: seed: found the number 7.0. Did you mean 7? Allowed: a whole number."),
        ("seed: 7", "seed: 7.5", "2:7: seed: found the number 7.5. Allowed: a whole number."),
        ("seed: 7", "seed: true", "2:7: seed: found true. Allowed: a whole number."),
        ("seed: 7", "seed: -1", "2:7: seed: found the number -1. Allowed: 0 or more."),
        ("seed: 7", "seed: [1]", "2:7: seed: found a list of 1 entry. Allowed: a whole number."),
        ("seed: 7", "seed: {a: 1}", "2:1: seed: found a section. Allowed: a whole number."),
        (
            "seed: 7",
            "seed: 9223372036854775808",
            "2:7: seed: found the number 9223372036854775808. Allowed: 9223372036854775807 or less.",
        ),
        (
            "seed: 7",
            "seed: 7\ndescription: 3",
            "3:14: description: found the number 3. Did you mean '3', in quotes? Allowed: text.",
        ),
        (
            "seed: 7",
            "seed: 7\ndescription: true",
            "3:14: description: found true. Did you mean 'true', in quotes? Allowed: text.",
        ),
        (
            "{kind: guess}",
            "{kind: guess, exact: yes}",
            "8:33: optimizer.exact: found the text 'yes'. Did you mean true? Allowed: true, false.",
        ),
        (
            "{kind: guess}",
            "{kind: guess, exact: 0}",
            "8:33: optimizer.exact: found the number 0. Did you mean false? Allowed: true, false.",
        ),
        (
            "{kind: guess}",
            "{kind: guess, exact: 'true'}",
            "8:33: optimizer.exact: found the text 'true'. Did you mean true, without quotes? Allowed: true, false.",
        ),
        ("[2, 1, 0]", "7", "7:10: space.plane: found the number 7. Did you mean [7]? Allowed: a list, such as [1, 2]."),
        ("[2, 1, 0]", "[2, 1]", "7:10: space.plane[2]: entry 3 is missing."),
        ("[2, 1, 0]", "[2, 1, 0, 0]", "7:10: space.plane: found a list of 4 entries. Allowed: at most 3 entries."),
        ("[2, 1, 0]", "[2, x, 0]", "7:14: space.plane[1]: found the text 'x'. Allowed: a whole number."),
        (
            "stop: {trials: 40, no_progress: 15}",
            "stop: 40",
            "11:7: stop: found the number 40. Allowed: a section with keys of its own.",
        ),
        ("trials: 40", "hours: 0", "11:15: stop.hours: found the number 0. Allowed: more than 0."),
        (
            "{kind: lab}",
            "{kind: lab, note: abcdef}",
            "9:29: executor.note: found the text 'abcdef'. Allowed: at most 5 characters.",
        ),
        (
            "{kind: lab}",
            "{kind: lab, file: 7}",
            "9:29: executor.file: found the number 7. Did you mean '7', in quotes? Allowed: text.",
        ),
    ],
)
def test_a_wrong_value_is_told_at_the_value_with_what_is_allowed(complaints, old, new, complaint):
    assert complaints(old, new) == [f"c.yaml:{complaint}"]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "minimize",
            "minimise",
            "3:49: objective.goal: 'minimise' is not known. Did you mean 'minimize'? Known: minimize, maximize.",
        ),
        ("element: Cu", "element: cu", "6:12: space.element: 'cu' is not known. Did you mean 'Cu'? Known: Cu, Al, Ni."),
        ("element: Cu", "element: 29", "6:12: space.element: found the number 29. Allowed: Cu, Al, Ni."),
    ],
)
def test_a_word_that_is_not_known_is_told_with_those_that_are(complaints, old, new, complaint):
    assert complaints(old, new) == [f"c.yaml:{complaint}"]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("auot", "found the text 'auot'. Did you mean 'auto'? Allowed: a number; or auto."),
        ("'0.1'", "found the text '0.1'. Did you mean 0.1, without quotes? Allowed: a number; or auto."),
        ("[1]", "found a list of 1 entry. Allowed: a number; or auto."),
    ],
)
def test_alternatives_are_told_in_one_sentence(complaints, step, said):
    assert complaints("element: Cu", f"step: {step}") == [f"c.yaml:6:9: space.step: {said}"]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("parallel: 2", "paralel: 2", f"10:1: paralel: unknown key. Did you mean 'parallel'? Allowed: {TOP}."),
        ("parallel: 2", "banana: 2", f"10:1: banana: unknown key. Allowed: {TOP}."),
        ("parallel: 2", "trials: 2", f"10:1: trials: unknown key. It belongs in 'stop'. Allowed: {TOP}."),
        ("trials: 40", "trails: 40", f"11:8: stop.trails: unknown key. Did you mean 'trials'? Allowed: {STOP}."),
        (
            "{kind: guess}",
            "{kind: guess, seed: 1}",
            "8:26: optimizer.seed: unknown key. It belongs at the top of the file. Allowed: kind, exact.",
        ),
        (
            "{kind: guess}",
            "{kind: guess, element: Cu}",
            "8:26: optimizer.element: unknown key. It belongs in 'space'. Allowed: kind, exact.",
        ),
        (
            "element: Cu",
            "ranges: {x: {low: 1, high: 2, hihg: 2}}",
            "6:33: space.ranges.x.hihg: unknown key. Did you mean 'high'? Allowed: low, high.",
        ),
        (
            "element: Cu",
            "more: [{low: 1, high: 2, hihg: 2}]",
            "6:28: space.more[0].hihg: unknown key. Did you mean 'high'? Allowed: low, high.",
        ),
    ],
)
def test_an_unknown_key_is_told_at_the_key_with_the_nearest_or_its_home(complaints, old, new, complaint):
    assert complaints(old, new) == [f"c.yaml:{complaint}"]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("campaign: cu-sigma5-210\n", "", "1:1: campaign: the key is missing."),
        (", goal: minimize", "", "3:1: objective.goal: the key is missing."),
        ("element: Cu", "more: [{low: 1}]", "6:10: space.more[0].high: the key is missing."),
    ],
)
def test_a_missing_key_is_told_where_it_should_be(complaints, old, new, complaint):
    assert complaints(old, new) == [f"c.yaml:{complaint}"]


def test_a_misspelt_key_is_not_also_told_as_missing(complaints):
    assert complaints("campaign: cu", "campain: cu") == [
        f"c.yaml:1:1: campain: unknown key. Did you mean 'campaign'? Allowed: {TOP}."
    ]


def test_a_plug_in_that_is_not_known_is_told_at_its_kind(complaints):
    (complaint,) = complaints("kind: grid", "kind: gird")
    assert complaint.startswith("c.yaml:5:9: space.kind: 'gird' is not known. Did you mean 'grid'? Known: ")


def test_a_plug_in_that_cannot_be_imported_is_told_at_its_kind(complaints):
    (complaint,) = complaints("kind: grid", "kind: broken")
    assert complaint.startswith("c.yaml:5:9: space.kind: the plug-in 'broken' of make_believe 1.0 cannot be imported")


def test_a_plug_in_whose_own_check_fails_is_told_at_its_section(complaints):
    (complaint,) = complaints("element: Cu", "step: 0")
    assert complaint.startswith("c.yaml:4:1: space: the plug-in 'grid' stumbles over it: ZeroDivisionError: ")


def test_the_sentence_of_a_plug_in_is_left_as_it_is(complaints):
    assert complaints("{kind: lab}", "{kind: lab, python: ~root/python}") == [
        "c.yaml:9:31: executor.python: A program should be named without a tilde."
    ]


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("{}", "8:1: optimizer.kind: the key is missing. Known: "),
        ("{kind: 3}", "8:19: optimizer.kind: found the number 3. Known: "),
        (
            "guess",
            "8:12: optimizer: found the text 'guess'. Did you mean {kind: guess}? Allowed: a section "
            "with the key 'kind'.",
        ),
        ("[guess]", "8:12: optimizer: found a list of 1 entry. Allowed: a section with the key 'kind'."),
    ],
)
def test_a_section_without_a_kind_is_told_how_to_name_one(complaints, section, said):
    (complaint,) = complaints("{kind: guess}", section)
    assert complaint.startswith(f"c.yaml:{said}")


def test_a_refusal_that_begins_with_a_key_is_told_at_that_key(complaints):
    assert complaints("[2, 1, 0]", "[3, 1, 0]") == [
        "c.yaml:7:10: space.plane: [3, 1, 0] does not make a boundary of sigma 5."
    ]
    assert complaints("plane: [2, 1, 0]", "sigma: 7") == [
        "c.yaml:4:1: space.plane: [2, 1, 0] does not make a boundary of sigma 7."
    ]


def test_a_refusal_of_a_whole_section_is_told_at_the_section(complaints):
    (complaint,) = complaints("{trials: 40, no_progress: 15}", "{}")
    assert complaint.startswith("c.yaml:11:1: stop: nothing ends this campaign. Give at least one of: trials, hours")


def test_every_mistake_is_told_in_the_order_of_the_file(complaints):
    found = complaints(
        "seed: 7\nobjective: {name: gb_energy", "seed: 7\nseed: 8\nobjective: {name: gb energy, uint: eV"
    )
    assert [complaint.split(": ")[1] for complaint in found] == ["seed", "objective.name", "objective.uint"]


def test_what_is_unreadable_is_not_told_again_as_missing_or_wrong(complaints):
    assert complaints("trials: 40, no_progress: 15", "trials: null") == [
        "c.yaml:11:16: stop.trials: null is no value. Write one, or leave the key out."
    ]


def test_long_values_are_shortened(complaints):
    (complaint,) = complaints("minimize", "m" * 500)
    assert len(complaint) < 200
