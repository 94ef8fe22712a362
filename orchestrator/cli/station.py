"""Commands on a station: what it knows and asks, what a person tells it, and how it is stopped."""

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import output
from orchestrator.cli.here import present_ledger
from orchestrator.cli.main import app
from orchestrator.cli.options import AsJson, By, Note
from orchestrator.ledger.errors import StationRefuses
from orchestrator.ledger.home import Home

if TYPE_CHECKING:
    from orchestrator.kinds.stations import Station
    from orchestrator.ledger.database import Database

station = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="A station: its state, samples and questions; what a person tells it; pause, stop, emergency, go.",
)
app.add_typer(station, name="station")

Needed = Annotated[str, typer.Option("--note", help="Why; kept with what was said.", show_default=False)]


class Desk:
    """The station that a command is about, in the ledger of this home."""

    def __init__(self, named: str) -> None:
        self.named = named

    @property
    def _is_file(self) -> bool:
        return self.named.endswith((".yaml", ".yml"))

    def open(self, *, bare: bool = False) -> "tuple[Database, str, Station]":
        """The ledger, the name of the station, and its memory. A rig file makes a ledger where there is none.

        A `bare` one knows nothing of its rig file, so that whatever is wrong with that keeps nobody from stopping it.
        """
        from orchestrator.kinds.stations import name_in, station_of
        from orchestrator.loop.rigs import rig_file_of

        if self._is_file:
            rig = Path(self.named)
            return (database := _made_ledger()), (name := name_in(rig)), station_of(database, name, rig)
        database = present_ledger()
        if bare and self._is_known(database):
            return database, self.named, station_of(database, self.named)
        found = rig_file_of(database, self.named)
        if found is None and not self._is_known(database):
            raise StationRefuses(
                f"no campaign of this ledger works with a station {self.named!r}. Name its rig file: "
                "`junkan station RIG.yaml ...`"
            )
        return database, self.named, station_of(database, self.named, found)

    def _is_known(self, database: "Database") -> bool:
        from orchestrator.ledger.station_log import stations

        with database.reading() as session:
            return self.named in stations(session)

    def act(self, by: str | None, act: "Callable[[Station, str], Any]", *, bare: bool = False) -> Any:
        """Do it in the name of somebody. Raises StationRefuses with what the station has to say."""
        from orchestrator.kinds.stations import refusals

        _, name, opened = self.open(bare=bare)
        with refusals(name):
            return act(opened, by or getpass.getuser())


def _made_ledger() -> "Database":
    from orchestrator.ledger.upgrade import upgrade

    home = Home.from_environment()
    home.require_writable()
    database = home.database()
    upgrade(database)
    return database


@station.callback()
def which(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="STATION", help="The station's name, or its rig file.", show_default=False)
    ],
) -> None:
    """A station: its state, samples and questions; what a person tells it; pause, stop, emergency, go."""
    context.obj = Desk(name)


# ---------------------------------------------------------------- what it knows


@station.command()
def state(context: typer.Context, json: AsJson = False) -> None:
    """Where the station stands: who drives it, what is latched, asked, left and out of date."""
    from orchestrator.kinds.stations import overview

    database, name, opened = context.obj.open()
    found = overview(database, name, opened)
    if json:
        output.document(found)
        return
    trip, asked = found["trip"], found["request"]
    typer.echo(f"station   {name}")
    driver = ", ".join(sorted(set(found["driven_by"].values()))) or "nobody"
    typer.echo(f"driven by {driver}")
    typer.echo(f"trip      {'none' if trip is None else trip['interlock'] + ': ' + trip['reason']}")
    typer.echo(f"request   {asked['level']}" + (f" by {asked['by']} {asked['note']}".rstrip() if asked["by"] else ""))
    typer.echo("samples   " + ", ".join(f"{count} {kind}" for kind, count in found["samples"].items()))
    for item, left in found["stock"].items():
        typer.echo(f"stock     {item}: {left['level']:g} {left['unit']}")
    for key, one in found["calibrations"].items():
        spread = "" if one["std"] is None else f" ± {one['std']:g}"
        typer.echo(f"calibrated {key} = {one['value']:g}{spread} {one['unit']}".rstrip())
    for line in [*found["refusals"], *found["warnings"]]:
        typer.echo(f"beware    {line}")
    _show_prompts(found["prompts"])


@station.command()
def samples(context: typer.Context, json: AsJson = False) -> None:
    """Every sample: where it is, and what was done with it."""
    from orchestrator.kinds.stations import samples as known

    _, _, opened = context.obj.open()
    found = known(opened)
    if json:
        output.document(found)
        return
    rows = [
        [
            one["sample"],
            one["standing"],
            one["slot"] or " or ".join(one["suspects"]),
            "coated" if one["coated"] else "",
            one["growth"] or "",
            one["parent"] or "",
        ]
        for one in found
    ]
    output.table(rows, ["sample", "standing", "slot", "film", "growth", "parent"])


@station.command()
def prompts(context: typer.Context, json: AsJson = False) -> None:
    """What the station asks."""
    from orchestrator.kinds.stations import prompts as waiting

    _, name, opened = context.obj.open()
    found = waiting(name, opened)
    if json:
        output.document(found)
        return
    _show_prompts(found)
    if not found:
        typer.echo(f"station {name} asks nothing")


# ---------------------------------------------------------------- what a person tells it


@station.command()
def answer(context: typer.Context, key: str, choice: str, note: Note = "", by: By = None) -> None:
    """Answer what the station asks; the first answer counts."""
    context.obj.act(by, lambda opened, who: opened.answer(key, choice, who, note))
    typer.echo(f"answered: {choice}")


@station.command()
def reset(context: typer.Context, note: Needed, by: By = None) -> None:
    """Reset a trip, saying why it is safe again."""
    context.obj.act(by, lambda opened, who: opened.reset(who, note), bare=True)
    typer.echo("the trip is reset")


@station.command()
def load(
    context: typer.Context,
    sample: str,
    slot: str,
    parent: Annotated[str | None, typer.Option(help="The wafer or target it was cut from.")] = None,
    note: Note = "",
    by: By = None,
) -> None:
    """Say that a new sample is in a slot, such as `cassette/3`."""
    context.obj.act(by, lambda opened, who: opened.load_sample(sample, slot, who, parent, note))
    typer.echo(f"sample {sample} is in {slot}")


@station.command()
def refill(context: typer.Context, place: str, note: Note = "", by: By = None) -> None:
    """Say that there is a fresh sample in every empty slot of a place."""
    added = context.obj.act(by, lambda opened, who: opened.refill(place, who, note))
    typer.echo(f"{len(added)} fresh samples in {place}: {', '.join(one.name for one in added)}")


@station.command()
def remove(context: typer.Context, sample: str, note: Note = "", by: By = None) -> None:
    """Say that a sample was taken away."""
    context.obj.act(by, lambda opened, who: opened.remove_sample(sample, who, note))
    typer.echo(f"sample {sample} is gone")


@station.command()
def find(context: typer.Context, sample: str, slot: str, note: Note = "", by: By = None) -> None:
    """Say where a sample is that was lost."""
    context.obj.act(by, lambda opened, who: opened.find(sample, slot, who, note))
    typer.echo(f"sample {sample} is in {slot}")


@station.command()
def count(context: typer.Context, item: str, level: float, note: Note = "", by: By = None) -> None:
    """Say how much of something is left, or was used."""
    context.obj.act(by, lambda opened, who: opened.count(item, level, who, note))
    typer.echo(f"{item}: {level:g}")


@station.command()
def calibrate(
    context: typer.Context,
    name: str,
    value: float,
    std: Annotated[float | None, typer.Option(help="Its standard uncertainty.")] = None,
    unit: Annotated[str | None, typer.Option(help="The unit; that of the rig file when left out.")] = None,
    days: Annotated[float | None, typer.Option(help="How long it is valid.")] = None,
    note: Note = "",
    by: By = None,
) -> None:
    """Write down a value that was measured now."""
    made = context.obj.act(by, lambda opened, who: opened.calibrate(name, value, who, std, unit, days, note))
    typer.echo(f"calibration {made}")


@station.command()
def allow(
    context: typer.Context,
    name: str,
    note: Needed,
    days: Annotated[float, typer.Option(help="For how long.")] = 1.0,
    by: By = None,
) -> None:
    """Let growths run on a calibration that has expired, and say why."""
    context.obj.act(by, lambda opened, who: opened.allow_stale(name, days, who, note))
    typer.echo(f"calibration {name} may be used for {days:g} days more")


# ---------------------------------------------------------------- how it is stopped


@station.command()
def pause(context: typer.Context, note: Note = "", by: By = None) -> None:
    """Hold at the next safe point. `go` lets it go on."""
    _request(context.obj, "pause", note, by)


@station.command()
def stop(context: typer.Context, note: Note = "", by: By = None) -> None:
    """Make safe in the usual order now, and bring the sample home."""
    _request(context.obj, "stop", note, by)


@station.command()
def emergency(context: typer.Context, note: Note = "", by: By = None) -> None:
    """Make safe now and leave everything where it is; a process that does not react within two seconds is ended."""
    from orchestrator.kinds.stations import emergency as enforce

    database, name, opened = context.obj.open(bare=True)
    typer.echo(enforce(database, name, opened, by or getpass.getuser(), note))


@station.command()
def go(context: typer.Context, note: Note = "", by: By = None) -> None:
    """Let the station go on after a pause, a stop or an emergency."""
    _request(context.obj, "go", note, by)


def _request(desk: Desk, level: Any, note: str, by: str | None) -> None:
    desk.act(by, lambda opened, who: opened.request(level, who, note), bare=True)
    typer.echo(f"asked for: {level}")


def _show_prompts(found: list[dict[str, Any]]) -> None:
    for prompt in found:
        typer.echo(f"asks      {prompt['question']}")
        for command in prompt["commands"]:
            typer.echo(f"            {command}")
