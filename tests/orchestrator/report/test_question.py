from orchestrator.report.question import evidence, markdown


def test_a_trial_is_described_by_its_parameters_its_prediction_its_reasons_and_its_steps():
    lines = evidence(
        {
            "trial": 3,
            "parameters": {"x": 0.123456789, "gas": "argon"},
            "predicted": {"height": {"mean": 1.5, "standard_deviation": 0.25}},
            "reasons": {"proposed_by": "expected improvement"},
            "plan": ["heat to 400 C", "deposit for 1500 s"],
        }
    )
    assert lines == [
        "parameters: x = 0.123457, gas = argon",
        "expected height: 1.5 ± 0.25",
        "proposed because: proposed_by = expected improvement",
        "  heat to 400 C",
        "  deposit for 1500 s",
    ]


def test_a_stop_is_judged_by_the_best_and_by_how_long_ago_it_was():
    best = {
        "trial": 4,
        "parameters": {"x": 1.0},
        "objectives": {"height": {"value": 0.5, "standard_error": None, "unit": "m"}},
    }
    lines = evidence(
        {"reason": "r", "trials": {"completed": 9}, "best": best, "since_progress": 5, "chance_of_better": 0.04}
    )
    assert lines == [
        "trials: 9 completed",
        "best: height = 0.5 m (trial 4: x = 1)",
        "trials since the last progress: 5",
        "chance that a better candidate remains: 0.04",
    ]


def test_of_several_objectives_the_size_of_the_front_is_told():
    assert evidence({"best": {"front": [{}, {}]}}) == ["on the front: 2 trials"]


def test_nothing_known_is_nothing_said():
    assert evidence({"asked": None, "best": None}) == []


def test_a_page_has_the_question_as_its_heading_the_steps_and_the_commands_as_they_are_typed():
    page = markdown("may trial 1 be started?", {"parameters": {"x": 1.0}, "plan": ["heat"]}, ["junkan review a"])
    assert page.splitlines() == [
        "### May trial 1 be started?",
        "",
        "- parameters: x = 1",
        "",
        "What would be done:",
        "```",
        "heat",
        "```",
        "",
        "On the command line:",
        "```",
        "junkan review a",
        "```",
    ]
