"""A simulated week of a sputtering station that is left alone, with something going wrong in every tenth growth.

    python -m benchmarks.thin_film_week [--trials 150] [--rate 0.1] [--seed 1]

The campaign is `campaigns/nb_tio2_full.yaml`, driven by the real loop, ledger, rig, drivers and bytes. What goes wrong
is drawn by chance: answers that are lost, late, cut off or garbled, cables that fall out for a moment or for the rest
of the growth, instruments that freeze, jam or do not obey for the rest of it. Somebody independent looks at the
simulated world after every step of its clock and counts the seconds in which it is not as it must be. A person comes
when the campaign asks for one, and is counted.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.record import RESULTS, write_json
from benchmarks.sheet import Sheet
from benchmarks.station_run import StationRun
from devices.station.station import Station
from orchestrator.kinds.station_log import LedgerLog
from orchestrator.kinds.thin_film_laboratory import Laboratory
from orchestrator.ledger.states import CampaignStatus
from orchestrator.loop.audit import audit
from orchestrator.loop.verdict import Verdict, pronounce
from simulators.thin_film.faults import Fault
from simulators.thin_film.world import World

CAMPAIGN = Path(__file__).parent.parent / "campaigns" / "nb_tio2_full.yaml"
GROWTH = 3600.0
"""Seconds of a growth within which something goes wrong."""
BETWEEN = 60.0
"""Seconds of the laboratory's time between two attempts, in which nobody drives."""
HOTTEST, STRONGEST = 700.0, 200.0
AIR = 10.0
"""Pa above which a hot heater would oxidise."""
TOUCHABLE = 85.0
"""C above which the robot must not reach into the chamber."""
MOST_ATTEMPTS = 20
DRIVEN_BY_A_RECIPE = ("gun", "heater", "gas", "sources", "robot", "meter")

Mishap = tuple[str, Callable[[Laboratory], None]]


@dataclass
class Watchman:
    """Looks at the world itself, never through an instrument, and counts seconds."""

    seconds: Counter[str] = field(default_factory=Counter)
    unsafe: Counter[str] = field(default_factory=Counter)

    def look(self, world: World, seconds: float) -> None:
        """After a step of so many seconds: what is true now counts for all of them."""
        self.seconds["watched"] += seconds
        self.seconds["plasma"] += seconds * world.plasma
        hot = world.setpoint > 30.0
        seen = {
            "plasma with the door open": world.plasma and not world.door_closed,
            "plasma without water": world.plasma and not world.water,
            "plasma below 0.2 Pa": world.plasma and world.pressure < 0.2,
            "more power than the rig allows": world.power > STRONGEST,
            "hotter than the rig allows": world.setpoint > HOTTEST or world.temperature > HOTTEST,
            "heater on in air": hot and world.pressure > AIR,
            "robot in a hot chamber": world.moving and world.temperature > TOUCHABLE and _in_chamber(world),
            "robot in a plasma": world.moving and world.plasma and _in_chamber(world),
        }
        for what, present in seen.items():
            if present:
                self.unsafe[what] += seconds

    def unattended(self, world: World, seconds: float) -> None:
        """Between two attempts nothing should burn, heat or flow."""
        if world.plasma:
            self.seconds["plasma that nobody drives"] += seconds
        if world.setpoint > 30.0:
            self.seconds["heater that nobody drives"] += seconds


def _in_chamber(world: World) -> bool:
    move = world.state()["rig"]["move"]
    return move is not None and any(move[end].startswith("chamber/") for end in ("source", "target"))


def mishaps(laboratory: Laboratory, chance: random.Random) -> Mishap:
    """One thing that goes wrong: on a wire, with a cable, or with an instrument."""
    name = chance.choice(DRIVEN_BY_A_RECIPE)
    wire, instrument = laboratory.rack.wires[name], laboratory.rack.instruments[name]
    kind = chance.choice(["wire", "wire", "cable", "cable for good", "instrument"])
    if kind == "wire" or (kind == "instrument" and not instrument.TROUBLES):
        fault, times = chance.choice(list(Fault)), chance.randint(1, 3)
        return f"wire: {fault}", lambda _: wire.chance.plan(*[fault] * times)
    if kind == "cable":
        return "cable out for a moment", lambda _: wire.unplug(chance.uniform(0.2, 20.0))
    if kind == "cable for good":
        return "cable out", lambda _: wire.unplug()
    trouble = chance.choice(sorted(instrument.TROUBLES))
    return f"{name}: {trouble}", lambda _: instrument.trouble(trouble, True)


@dataclass
class Week:
    """What is handed the laboratory of every growth: plans what goes wrong, and has somebody look on."""

    rate: float
    seed: int
    watchman: Watchman = field(default_factory=Watchman)
    happened: Counter[str] = field(default_factory=Counter)
    growths: int = 0
    last: Laboratory | None = None

    def __call__(self, laboratory: Laboratory) -> None:
        """At the beginning of a growth, before its rig is connected."""
        self.growths += 1
        self.last = laboratory
        world, clock = laboratory.rack.world, laboratory.clock
        for instrument in laboratory.rack.instruments.values():
            for trouble in instrument.TROUBLES:
                instrument.trouble(trouble, False)
        clock.subscribe(lambda seconds: self.watchman.look(world, seconds))
        for _ in range(int(BETWEEN)):
            self.watchman.unattended(world, 1.0)
            clock.sleep(1.0)
        chance = random.Random(f"{self.seed}:{self.growths}")
        if chance.random() >= self.rate:
            return
        what, act = mishaps(laboratory, chance)
        self._at(clock, clock.now() + chance.uniform(0.0, GROWTH), lambda: self._happen(what, act, laboratory))

    def _happen(self, what: str, act: Callable[[Laboratory], None], laboratory: Laboratory) -> None:
        self.happened[what] += 1
        act(laboratory)

    @staticmethod
    def _at(clock: Any, moment: float, act: Callable[[], None]) -> None:
        waiting = [act]

        def look(_seconds: float) -> None:
            if waiting and clock.now() >= moment:
                waiting.pop()()

        clock.subscribe(look)


@dataclass
class Person:
    """Who comes when the campaign asks for somebody. Sees the world with his own eyes."""

    run: StationRun
    week: Week
    called: Counter[str] = field(default_factory=Counter)

    def come(self) -> None:
        """Answer every question, then have the failed trials done again."""
        database = self.run.home.database()
        rig = self.run.function().rig
        station = Station(LedgerLog(database, rig.station), rig.positions, rig.stock, rig.calibrations)
        for prompt in station.state().open_prompts:
            self.called[prompt.key.split(":")[0]] += 1
            self._answer(station, prompt)
        if station.state().trip is not None:
            self.called["trip"] += 1
            station.reset(by="a person", note="the cause is found and cleared")
        for trial in self.run.trials():
            if len(trial["attempts"]) > MOST_ATTEMPTS:
                raise RuntimeError(f"trial {trial['trial']} does not end: {trial['attempts'][-1]['failure']}")
            if trial["status"] == "failed" and trial["failure"]["kind"] == "fault":
                pronounce(database, self.run.name, trial["trial"], Verdict(again=True))
        database.close()

    def _answer(self, station: Station, prompt: Any) -> None:
        if prompt.subject == "where":
            where = self._seen(prompt.name)
            station.answer(prompt.key, where if where in prompt.choices else "removed", by="a person", note="looked")
        else:
            station.answer(prompt.key, prompt.choices[0], by="a person", note="done")

    def _seen(self, sample: str) -> str:
        assert self.week.last is not None
        return next((slot for slot, name in self.week.last.rack.world.places().items() if name == sample), "")


def accounted(run: StationRun, world: World) -> dict[str, Any]:
    """Whether every trial and every sample is where the ledger says, and no substrate was coated twice."""
    rig = run.function().rig
    database = run.home.database()
    state = Station(LedgerLog(database, rig.station), rig.positions, rig.stock, rig.calibrations).state()
    database.close()
    believed = {sample.slot: sample.name for sample in state.samples.values() if sample.slot is not None}
    lying = {slot: name for slot, name in world.places().items() if name is not None}
    coated = {sample.name for sample in state.samples.values() if sample.coated}
    truly = {name for name in state.samples if world.depositions(name)}
    return {
        "samples": len(state.samples),
        "coated": len(coated),
        "coated twice": sum(world.depositions(name) > 1 for name in state.samples),
        "elsewhere than believed": len(set(believed.items()) ^ set(lying.items())),
        "coated unknown to the ledger": len(truly - coated),
        "lost": sum(sample.standing == "lost" for sample in state.samples.values()),
    }


def live(trials: int, rate: float, seed: int, home: Path) -> dict[str, Any]:
    """The week; returns everything that is told of it."""
    week = Week(rate, seed)
    overrides = (f"stop.trials={trials}", f"seed={seed}", f"executor.world.seed={seed}", "executor.patience=0")
    run = StationRun(CAMPAIGN, home, week, overrides)
    person = Person(run, week)
    began, processor = time.monotonic(), time.process_time()
    run.enter()
    while (ending := run.drive()).status is not CampaignStatus.DONE:
        person.come()
    seconds, worked = time.monotonic() - began, time.process_time() - processor
    assert week.last is not None
    database = run.home.database()
    audited = audit(database, run.name, run.loaded.spec)
    database.close()
    told = run.trials()
    return {
        "trials": len(told),
        "completed": sum(trial["status"] == "completed" for trial in told),
        "infeasible": sum(bool(trial["failure"]) and trial["failure"]["kind"] == "infeasible" for trial in told),
        "attempts": sum(len(trial["attempts"]) for trial in told),
        "faults": sum(
            bool(attempt["failure"]) and attempt["failure"]["kind"] == "fault"
            for trial in told
            for attempt in trial["attempts"]
        ),
        "best": min(trial["objectives"]["sheet_resistance"]["value"] for trial in told if trial["objectives"]),
        "mishaps": dict(sorted(week.happened.items())),
        "person": dict(person.called),
        "accounted": accounted(run, week.last.rack.world),
        "days": week.last.clock.now() / 86400.0,
        "watched": dict(week.watchman.seconds),
        "unsafe": dict(week.watchman.unsafe),
        "unsafe by the world": week.last.rack.world.unsafe_seconds,
        "seconds": seconds,
        "processor": worked,
        "reproduced": [audited["reproduced"], audited["proposals"]],
        "ending": ending.reason,
    }


def sheet(found: dict[str, Any]) -> Sheet:
    """The week, for people."""
    accounted, watched = found["accounted"], found["watched"]
    called = ", ".join(f"{what} {times}" for what, times in found["person"].items()) or "never"
    rows = (
        ("time in the laboratory", f"{found['days']:.1f} days"),
        ("time on the wall, of the processor", f"{found['seconds']:.0f} s, {found['processor']:.0f} s"),
        ("trials: completed, infeasible", f"{found['trials']}: {found['completed']}, {found['infeasible']}"),
        ("attempts, of these ended by a fault", f"{found['attempts']}, {found['faults']}"),
        ("mishaps", str(sum(found["mishaps"].values()))),
        ("a person was called", called),
        ("samples, coated", f"{accounted['samples']}, {accounted['coated']}"),
        ("coated twice, lost", f"{accounted['coated twice']}, {accounted['lost']}"),
        ("elsewhere than the ledger believes", str(accounted["elsewhere than believed"])),
        ("seconds watched, of these with a plasma", f"{watched['watched']:.0f}, {watched['plasma']:.0f}"),
        ("unsafe seconds", f"{sum(found['unsafe'].values()):.0f}"),
        ("seconds of a plasma between two attempts", f"{watched.get('plasma that nobody drives', 0):.0f}"),
        ("proposals that the audit reproduced", "{} of {}".format(*found["reproduced"])),
        ("best film", f"{found['best']:.2f} ohm/sq"),
    )
    return Sheet(("a simulated week", ""), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.thin_film_week", description=__doc__)
    parser.add_argument("--trials", type=int, default=150)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        found = live(given.trials, given.rate, given.seed, Path(home))
    write_json(given.results / "thin_film_week.json", found)
    (given.results / "thin_film_week.md").write_text(sheet(found).markdown())
    print(sheet(found).markdown())
    print(json.dumps({key: found[key] for key in ("mishaps", "person", "unsafe", "accounted")}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
