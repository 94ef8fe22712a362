from orchestrator.campaign.spec import CampaignSpec
from orchestrator.cli.progress import ProgressBar, ProgressLines
from orchestrator.ledger.states import TrialStatus
from orchestrator.loop.questions import Question
from orchestrator.loop.snapshot import Snapshot, TrialState

SPEC = CampaignSpec.model_validate(
    {
        "campaign": "parabola",
        "objective": {"name": "height", "unit": "J/m^2", "goal": "minimize"},
        "space": {"kind": "table", "file": "pool.csv"},
        "optimizer": {"kind": "random"},
        "executor": {"kind": "table", "file": "pool.csv"},
        "stop": {"trials": 5},
    }
)


def snapshot(*trials: TrialState) -> Snapshot:
    return Snapshot(position=len(trials), trials=trials, objectives=SPEC.improved)


def completed(number: int, value: float) -> TrialState:
    return TrialState(number, TrialStatus.COMPLETED, 1, None, {"height": value}, number)


FAILED = TrialState(3, TrialStatus.FAILED, 1, "timeout")
RUNNING = TrialState(4, TrialStatus.RUNNING)


def test_every_trial_that_ends_is_told_once_with_the_best_so_far(capsys):
    lines = ProgressLines(SPEC)
    lines.seen(snapshot(completed(1, 1.25), RUNNING))
    lines.seen(snapshot(completed(1, 1.25), completed(2, 0.5), FAILED, RUNNING))
    lines.seen(snapshot(completed(1, 1.25), completed(2, 0.5), FAILED, RUNNING))
    assert capsys.readouterr().out.splitlines() == [
        "trial    1  1.25 J/m²            best so far 1.25 J/m² (trial 1)",
        "trial    2  0.5 J/m²             best so far 0.5 J/m² (trial 2)",
        "trial    3  timeout              best so far 0.5 J/m² (trial 2)",
    ]


def test_on_a_terminal_a_bar_stays_at_the_foot(capsys):
    from rich.console import Console

    console = Console(force_terminal=True, width=100, record=True)
    with ProgressBar(SPEC, console) as bar:
        bar.seen(snapshot(completed(1, 1.25), completed(2, 0.5), FAILED, RUNNING))
    text = console.export_text()
    assert "trial    2  0.5 J/m²" in text
    assert "3/5" in text
    assert "best 0.5 J/m² (trial 2)  1 in flight" in text


def test_with_several_objectives_a_line_names_each_and_counts_the_front(capsys):
    several = SPEC.model_dump(mode="json") | {
        "objective": None,
        "objectives": [{"name": name, "unit": "m", "goal": "minimize"} for name in ("a", "b")],
    }
    spec = CampaignSpec.model_validate({key: part for key, part in several.items() if part is not None})
    trials = tuple(
        TrialState(number, TrialStatus.COMPLETED, 1, None, {"a": a, "b": b}, number)
        for number, (a, b) in enumerate([(1.0, 2.0), (2.0, 1.0), (3.0, 3.0)], start=1)
    )
    ProgressLines(spec).seen(Snapshot(3, trials, spec.improved))
    assert capsys.readouterr().out.splitlines()[2] == "trial    3  a 3 m, b 3 m         2 on the front"


def test_what_a_person_is_asked_is_told_once_with_the_commands_that_answer(capsys):
    question = Question("trial-1", "may trial 1 be started?", ("approve", "reject"), commands=("junkan review a",))
    lines = ProgressLines(SPEC)
    lines.asks([question])
    lines.asks([question])
    assert capsys.readouterr().out.splitlines() == [
        "waiting for a person: may trial 1 be started? Answer in Prefect, or with",
        "    junkan review a",
    ]
