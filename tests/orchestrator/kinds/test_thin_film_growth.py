"""Campaigns of a simulated station from end to end: files, rig, drivers, bytes, instruments, record, ledger."""

import json
import math
import shutil
from pathlib import Path

import pytest

from benchmarks.station_run import StationRun
from devices.station.station import Station
from orchestrator.analysis.errors import AnalysisError
from orchestrator.analysis.record import Record
from orchestrator.executors.attempt import AttemptFolder
from orchestrator.kinds import thin_film_growth
from orchestrator.kinds.station_log import LedgerLog
from orchestrator.kinds.thin_film_growth import StationFunction, analysed_again, key_of
from orchestrator.kinds.thin_film_recorder import Recorder
from orchestrator.ledger.states import CampaignStatus

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
FILE, RECIPE = "nb_tio2_oxygen.yaml", "recipes/nb_tio2_oxygen.yaml"
STOP = "trials: 20, no_progress: 6, delta: 2, propose: true"
QUIET = "{scatter: 0, probe_std: 0, seed: 3}"
SHORT = """
recipe: short
let: {oxygen: "10**${log_oxygen}"}
steps:
  - load: {from: cassette, to: chamber}
  - pump_down: {below: 1 Pa, set: {gas.pump: true}}
  - gas: {set: {oxygen_pressure: "${oxygen} Pa", argon: "(0.5 - ${oxygen}) / 0.0125 sccm"}}
  - strike: {power: 100 W, faults: {'3': arcing on a poisoned target}, wears: target}
  - deposit: {for: 180 s}
  - cool: {below: 80 C}
  - transfer: {to: probe}
  - measure: {reversals: 3}
  - store: {to: store}
"""


def campaign(folder: Path, *changes: tuple[str, str], world: str = QUIET, recipe: str | None = None) -> Path:
    """The shipped campaign with its files in `folder`, changed."""
    shutil.copytree(CAMPAIGNS / "rigs", folder / "rigs")
    shutil.copytree(CAMPAIGNS / "recipes", folder / "recipes")
    text = (CAMPAIGNS / FILE).read_text().replace("  analysis:", f"  world: {world}\n  patience: 0\n  analysis:")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    if recipe is not None:
        (folder / RECIPE).write_text(recipe)
    (folder / FILE).write_text(text)
    return folder / FILE


def run_of(folder: Path, *changes: tuple[str, str], watch=None, **more) -> StationRun:
    run = StationRun(campaign(folder, *changes, **more), folder / "home", watch)
    run.enter()
    return run


def grown(run: StationRun, number: int, attempt: int = 1, **parameters: float):
    """One attempt, without a campaign around it; its outcome and its folder."""
    folder = run.home.trial_folder(run.name, number) / f"attempt-{attempt}"
    folder.mkdir(parents=True)
    with run.at_home():
        return run.function()(parameters, folder), folder


def station_of(run: StationRun) -> Station:
    rig = run.function().rig
    return Station(LedgerLog(run.home.database(), rig.station), rig.positions, rig.stock, rig.calibrations)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory):
    """The whole recipe at the reference point, in two homes that know nothing of each other."""
    exported = ("  patience: 0", "  patience: 0\n  exports: [tables, maiml]")
    runs = [run_of(tmp_path_factory.mktemp(name), exported) for name in ("one", "other")]
    return [(run, *grown(run, 1, log_oxygen=math.log10(7e-3))) for run in runs]


def test_the_whole_recipe_takes_its_66_minutes_and_gives_the_published_film(twice):
    _, outcome, folder = twice[0]
    assert outcome.details["quantities"]["duration"]["value"] / 60 == pytest.approx(66.1, abs=0.2)
    assert outcome.values["sheet_resistance"].value == pytest.approx(57.15, rel=5e-3)
    assert [step.name.split(".")[-1] for step in Record.read(folder / "record.h5").steps] == [
        *("load", "pump_down", "heat", "gas", "strike", "presputter"),
        *("deposit", "cool", "transfer", "measure", "store"),
    ]


def test_two_growths_of_the_same_laboratory_are_the_same_to_the_last_bit(twice):
    (_, one, first), (_, other, second) = twice
    a, b = Record.read(first / "record.h5"), Record.read(second / "record.h5")
    assert one.values == other.values
    assert (a.series, a.measurements, a.steps) == (b.series, b.measurements, b.steps)
    assert len(a.series["gas.pressure"].times) > 200


def test_r16_the_record_holds_everything_that_judging_and_repeating_need(twice):
    _, outcome, folder = twice[0]
    record = Record.read(folder / "record.h5")
    assert record.about["asked"] == {"log_oxygen": math.log10(7e-3)}
    assert record.about["recipe"]["recipe"] == "nb_tio2_oxygen"
    assert set(record.about["hashes"]) == {"rig", "recipe"}
    assert set(record.about["files"]) == {"rig", "recipe"}
    assert {"junkan", "PyMeasure", "minimalmodbus", "pyserial"} <= set(record.about["software"])
    assert record.calibrations["probe_factor"]["id"].startswith("probe_factor@")
    assert record.calibrations["probe_factor"]["std"] == 0.01
    assert record.sample["id"] == outcome.details["sample"]
    assert {"gas.pressure", "heater.temperature", "gun.forward"} <= set(record.series)
    assert len(record.measurement("four_point").column("voltage")) == 20


def test_r16_analysis_repeated_on_the_raw_data_gives_the_same_number(twice):
    run, outcome, folder = twice[0]
    again = analysed_again(folder, run.function().steps())
    assert again.values["sheet_resistance"] == outcome.values["sheet_resistance"]


def test_r16_every_file_of_a_growth_is_named_with_its_digest(twice):
    import hashlib

    _, outcome, folder = twice[0]
    assert {"record.h5", "growth.jsonl", "journal.jsonl"} <= set(outcome.files)
    for name in outcome.files:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == outcome.details["sha256"][name]


def test_r32_every_byte_that_went_over_the_wires_is_in_the_journal(twice):
    lines = [json.loads(line) for line in (twice[0][2] / "journal.jsonl").read_text().splitlines()]
    assert lines[0] == {"part": 1}
    assert len(lines) > 10_000
    assert {line["device"] for line in lines[1:]} == {
        "gun",
        "heater",
        "gas",
        "sources",
        "robot",
        "meter",
        "diffractometer",
    }


def test_the_ledger_counts_the_energy_of_the_target_and_the_substrates(twice):
    station = station_of(twice[0][0])
    assert station.level("target") == pytest.approx(100 * 1800 / 3.6e6, rel=0.01)
    assert station.level("substrates") == 24
    [sample] = [sample for sample in station.state().samples.values() if sample.coated]
    assert sample.slot == "store/1"


def test_r33_tables_and_maiml_are_written_when_they_are_asked_for(twice):
    pytest.importorskip("pymaiml")
    from pymaiml import validation

    _, outcome, folder = twice[0]
    assert {"growth.maiml", "readings.csv", "four_point.parquet"} <= set(outcome.files)
    assert validation.validate(folder / "growth.maiml").ok


def test_r18_the_systematic_part_of_the_uncertainty_reaches_the_ledger(unplugged):
    run, _ = unplugged
    for trial in run.trials():
        measured = trial["objectives"]["sheet_resistance"]
        assert measured["standard_error"] / measured["value"] == pytest.approx(math.hypot(0.01, 0.07), rel=1e-3)


def test_r17_a_film_that_does_not_conduct_is_infeasible_and_its_substrate_is_stored(tmp_path: Path):
    run = run_of(tmp_path, recipe=SHORT.replace("for: 180 s", "for: 60 s"))
    outcome, _ = grown(run, 1, log_oxygen=-2.2)
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.reason) == ("infeasible", "over range")
    assert station_of(run).state().at("store/1") is not None


def test_r17_parameters_at_which_nothing_burns_are_infeasible_and_cost_no_film(tmp_path: Path):
    run = run_of(tmp_path, recipe=SHORT.replace("(0.5 -", "(0.15 -").replace("1 Pa", "0.05 Pa"))
    outcome, _ = grown(run, 1, log_oxygen=-2.2)
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.reason) == ("infeasible", "no plasma")
    assert not any(sample.coated for sample in station_of(run).state().samples.values())


def test_r33_an_export_that_fails_costs_no_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run = run_of(tmp_path, ("  patience: 0", "  patience: 0\n  exports: [tables]"), recipe=SHORT)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Record, "write_tables", full)
    outcome, _ = grown(run, 1, log_oxygen=-2.2)
    assert outcome.values
    assert outcome.details["not_exported"] == ["tables: [Errno 28] No space left on device"]


@pytest.fixture(scope="module")
def unplugged(tmp_path_factory: pytest.TempPathFactory):
    """A campaign of two films; in the second one the gas controller loses its cable while the shutter is open."""
    attempts = []

    def unplug(laboratory) -> None:
        attempts.append(laboratory)
        if len(attempts) == 2:
            laboratory.clock.subscribe(
                lambda _: laboratory.rack.wires["gas"].unplug() if laboratory.rack.world.shutter else None
            )

    run = run_of(tmp_path_factory.mktemp("unplugged"), (STOP, "trials: 2"), recipe=SHORT, watch=unplug)
    assert run.drive().status is CampaignStatus.DONE
    return run, attempts


def test_r17_a_cable_that_falls_out_is_no_data_and_the_next_attempt_takes_a_fresh_substrate(unplugged):
    run, attempts = unplugged
    assert [(one["status"], len(one["attempts"])) for one in run.trials()] == [("completed", 1), ("completed", 2)]
    coated = [sample for sample in station_of(run).state().samples.values() if sample.coated]
    assert len(coated) == 3
    assert {sample.growth.split("/")[1] for sample in coated} == {"1", "2"}
    world = attempts[-1].rack.world
    assert [world.depositions(sample.name) for sample in coated] == [1, 1, 1]


def test_r17_the_model_never_hears_of_the_fault(tmp_path: Path):
    """With and without it the same trials are proposed, the second and the third by the model."""

    def unplug_once(laboratory, state=[]) -> None:  # noqa: B006
        state.append(laboratory)
        if len(state) == 1:
            laboratory.rack.wires["heater"].unplug()

    changes = [(STOP, "trials: 3"), ("initial: 3", "initial: 1")]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    spoilt = run_of(tmp_path / "a", *changes, recipe=SHORT, watch=unplug_once, world="{scatter: 0, probe_std: 0}")
    clean = run_of(tmp_path / "b", *changes, recipe=SHORT, world="{scatter: 0, probe_std: 0}")
    assert spoilt.drive().status is clean.drive().status is CampaignStatus.DONE
    assert [one["parameters"] for one in spoilt.trials()] == [one["parameters"] for one in clean.trials()]
    assert [len(one["attempts"]) for one in spoilt.trials()] == [2, 1, 1]


@pytest.mark.slow
def test_r24_when_substrates_run_out_the_campaign_waits_for_a_person_and_then_goes_on(tmp_path: Path):
    run = run_of(tmp_path, (STOP, "trials: 3"), recipe=SHORT)
    rig = tmp_path / "rigs/sputter_simulated.yaml"
    rig.write_text(rig.read_text().replace("cassette: 25", "cassette: 2"))
    run = StationRun(tmp_path / FILE, tmp_path / "other", None)
    run.enter()
    ending = run.drive()
    assert ending.status is CampaignStatus.REVIEW
    station = station_of(run)
    [prompt] = station.state().open_prompts
    assert "substrate" in prompt.question.lower()
    station.refill("cassette", by="a person")
    _again(run, 3)
    assert run.drive().status is CampaignStatus.DONE
    assert [trial["status"] for trial in run.trials()] == ["completed"] * 3


def test_r6_a_door_that_was_opened_ends_every_growth_until_a_person_resets_the_trip(tmp_path: Path):
    opened = []

    def open_door(laboratory) -> None:
        opened.append(laboratory)
        laboratory.rack.world.set_door(True)
        if len(opened) == 1:
            laboratory.clock.subscribe(lambda _: laboratory.rack.world.set_door(not laboratory.rack.world.shutter))

    run = run_of(tmp_path, (STOP, "trials: 1"), recipe=SHORT, watch=open_door)
    assert run.drive().status is CampaignStatus.REVIEW
    station = station_of(run)
    assert station.state().trip is not None
    assert not opened[0].rack.world.plasma
    assert sum(sample.coated for sample in station.state().samples.values()) == 1
    station.reset(by="a person", note="the door is closed again")
    _again(run, 1)
    assert run.drive().status is CampaignStatus.DONE


def test_a_laboratory_of_other_settings_is_not_gone_on_with(tmp_path: Path):
    run = run_of(tmp_path, recipe=SHORT)
    grown(run, 1, log_oxygen=-2.2)
    other = StationRun(tmp_path / FILE, tmp_path / "home", None, ("executor.world.seed=4",))
    outcome, _ = grown(other, 2, log_oxygen=-2.2)
    assert outcome.failure is not None
    assert "built with other settings" in outcome.failure.reason


def test_a_laboratory_that_another_process_uses_is_left_alone(tmp_path: Path):
    from filelock import FileLock

    run = run_of(tmp_path, recipe=SHORT)
    grown(run, 1, log_oxygen=-2.2)
    [file] = run.home.folder.glob("stations/*/world.json")
    before = file.read_bytes()
    with FileLock(file.with_suffix(".lock")):
        outcome, _ = grown(run, 2, log_oxygen=-2.2)
    assert outcome.failure is not None
    assert "in use by another campaign" in outcome.failure.reason
    assert file.read_bytes() == before


def _again(run: StationRun, number: int) -> None:
    from orchestrator.loop.verdict import Verdict, pronounce

    database = run.home.database()
    pronounce(database, run.name, number, Verdict(again=True))
    database.close()


class Death(BaseException):
    """What a killed process does not survive."""


@pytest.mark.parametrize("moment", ["before the record", "before the outcome"])
def test_r14_a_film_whose_process_died_before_it_could_tell_is_not_grown_again(tmp_path, monkeypatch, moment):
    def die(dead: object, *_: object, **__: object):
        if isinstance(dead, Recorder):
            dead._file.close()  # as the kernel does
        raise Death

    usual, _ = grown(run_of(tmp_path / "usual", recipe=SHORT), 1, log_oxygen=-2.2)
    run = run_of(tmp_path / "dying", recipe=SHORT)
    with monkeypatch.context() as dying:
        owner, name = (Recorder, "finish") if moment == "before the record" else (StationFunction, "_told")
        dying.setattr(owner, name, die)
        with pytest.raises(Death):
            grown(run, 1, log_oxygen=-2.2)
    first = run.home.trial_folder(run.name, 1) / "attempt-1"
    with (first / "growth.jsonl").open("a") as lines:
        lines.write('{"step": "steps.9.cut o')
    outcome, folder = grown(run, 1, attempt=2, log_oxygen=-2.2)
    assert outcome.failure is None, outcome.failure
    assert outcome.values == usual.values
    assert outcome.details["grown_by"].endswith("attempt-1")
    assert outcome.details["sample"] == usual.details["sample"]
    assert [sample.coated for sample in station_of(run).state().samples.values()].count(True) == 1
    assert Record.read(folder / "record.h5").series["gas.pressure"].unit == "Pa"
    assert analysed_again(folder, run.function().steps()).values["sheet_resistance"] == usual.values["sheet_resistance"]


def test_a_film_that_no_analysis_could_read_is_grown_again(tmp_path, monkeypatch):
    def unreadable(*_: object):
        raise AnalysisError("not to be read")

    run = run_of(tmp_path, recipe=SHORT)
    with monkeypatch.context() as blind:
        blind.setattr(thin_film_growth, "analysed", unreadable)
        told, folder = grown(run, 1, log_oxygen=-2.2)
    AttemptFolder(key_of(folder), folder).conclude(told)
    assert told.failure.reason == "analysis: not to be read"
    outcome, _ = grown(run, 1, attempt=2, log_oxygen=-2.2)
    assert "grown_by" not in outcome.details
    assert [sample.coated for sample in station_of(run).state().samples.values()].count(True) == 2
