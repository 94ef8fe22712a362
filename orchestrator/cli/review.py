"""The command with which a person approves, rejects, and judges whether enough is known."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli import output
from orchestrator.cli.here import present_ledger
from orchestrator.cli.main import app
from orchestrator.cli.options import AsJson, By, Name, Note

if TYPE_CHECKING:
    from orchestrator.loop.questions import Question, Questions


@app.command()
def review(
    name: Name,
    approve: Annotated[list[str], typer.Option(help="Let this trial be started; `all` that wait.")] = [],  # noqa: B006
    reject: Annotated[list[str], typer.Option(help="Never start this trial; `all` that wait. Needs --note.")] = [],  # noqa: B006
    accept: Annotated[bool, typer.Option("--accept", help="Enough is known: the campaign ends.")] = False,
    go_on: Annotated[
        int | None, typer.Option("--go-on", min=1, help="Not yet: so many more trials before it may propose to stop.")
    ] = None,
    note: Note = "",
    by: By = None,
    json: AsJson = False,
) -> None:
    """What a campaign asks a person, with the evidence; with an option, the answer."""
    from orchestrator.loop.questions import Answer, Questions, judge_stop
    from orchestrator.loop.session import as_entered

    given = [option for option in (approve, reject, accept, go_on) if option]
    if len(given) > 1:
        raise typer.BadParameter("say one of --approve, --reject, --accept, --go-on at a time")
    if reject and not note:
        raise typer.BadParameter("say why: it is kept with the trial", param_hint="--note")
    database = present_ledger()
    questions = Questions(database, name, as_entered(database, name))
    who = by or getpass.getuser()
    done: list[str] = []
    if approve or reject:
        answer = Answer("approve" if approve else "reject", who, note)
        done = [questions.answer(f"trial-{number}", answer) for number in _numbers(questions, approve or reject)]
    elif accept:
        done = [judge_stop(database, name, Answer("accept", who, note))]
    elif go_on is not None:
        done = [judge_stop(database, name, Answer("go on", who, note, go_on))]
    if json:
        output.document(_document(name, questions, done))
    elif done:
        typer.echo("\n".join(done))
    else:
        _show(name, [*questions.troubles(), *questions.open()])


def _numbers(questions: "Questions", wanted: list[str]) -> list[int]:
    """The trials that are meant. Raises BadParameter for what is no number."""
    if wanted == ["all"]:
        return [int(one.key.removeprefix("trial-")) for one in questions.open() if one.key.startswith("trial-")]
    try:
        return [int(number) for text in wanted for number in text.split(",")]
    except ValueError as error:
        raise typer.BadParameter(f"{', '.join(wanted)}: give the number of a trial, several, or `all`") from error


def _document(name: str, questions: "Questions", done: list[str]) -> dict[str, object]:
    from orchestrator.ledger import views

    with present_ledger().reading() as session:
        stands = views.status(session, name)
    waiting = [question.plain() for question in [*questions.troubles(), *questions.open()]]
    return {
        "campaign": name,
        "status": stands["status"],
        "reason": stands["reason"],
        "waiting": waiting,
        "done": done,
    }


def _show(name: str, waiting: "list[Question]") -> None:
    from orchestrator.report.question import evidence

    if not waiting:
        typer.echo(f"campaign {name} asks nothing")
    for question in waiting:
        typer.echo(question.text)
        for line in evidence(question.evidence):
            typer.echo(f"    {line}")
        for command in question.commands:
            typer.echo(f"  {command}")
