"""What is wrong with a station is found before anything opens, and told with file and line."""

import shutil
from pathlib import Path

import pytest

from orchestrator.campaign.errors import CampaignFileError
from orchestrator.campaign.loading import load
from orchestrator.executors.base import Checked, Costed, ExecutorContext, Planned, Stationed
from orchestrator.executors.errors import ExecutorError
from orchestrator.loop.precheck import precheck

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
RIG, RECIPE, FILE = "rigs/sputter_simulated.yaml", "recipes/nb_tio2_oxygen.yaml", "nb_tio2_oxygen.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The campaign with its files, to be spoiled."""
    for name in (FILE, RIG, RECIPE):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(CAMPAIGNS / name, tmp_path / name)
    return tmp_path


def spoil(folder: Path, name: str, old: str, new: str) -> int:
    """Replace `old`, which is there once, and return the line it stands in."""
    text = (folder / name).read_text()
    assert text.count(old) == 1, f"{old!r} is in {name} {text.count(old)} times"
    (folder / name).write_text(text.replace(old, new))
    return text[: text.index(old)].count("\n") + 1


def complaints(folder: Path) -> list[str]:
    """What `junkan validate` says, paths relative to the folder."""
    try:
        loaded = load(folder / FILE)
    except CampaignFileError as error:
        return [str(problem).removeprefix(f"{folder}/") for problem in error.problems]
    return [str(problem).removeprefix(f"{folder}/") for problem in precheck(loaded, str(folder / FILE))]


def context_of(folder: Path) -> tuple[object, ExecutorContext]:
    spec = load(folder / FILE).spec
    return spec.executor, ExecutorContext(spec.campaign, spec.space, tuple(spec.units), spec.parallel)


def test_the_shipped_campaign_has_nothing_wrong(folder: Path):
    assert complaints(folder) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        pytest.param(RIG, "kind: modbus", "kind: os.system", "os.system", id="R30 a module as a driver"),
        pytest.param(RIG, "kind: modbus", "kind: modbuss", "modbus", id="unknown driver"),
        pytest.param(RIG, "model: DCXS", "model: DCXX", "Did you mean 'DCXS'?", id="unknown model"),
        pytest.param(RIG, "vendor: aja", "vendor: os", "vendor", id="R30 a module as a vendor"),
        pytest.param(RIG, "unit: W, low: 0, high: 200", "unit: W, low: 0, high: 5000", "1000", id="limit outside"),
        pytest.param(RIG, "low: 20, high: 700", "low: 700, high: 20", "must be below high", id="limits upside down"),
        pytest.param(RIG, 'query: "P?", unit: Pa,', 'query: "P?",', "unit", id="missing unit"),
        pytest.param(RIG, 'query: "P?", unit: Pa,', 'query: "P?", unit: bananas,', "bananas", id="R19 unknown unit"),
        pytest.param(RIG, "port: sim://sputter/heater", "port: sim://sputter/gun", "'gun' already", id="one port"),
        pytest.param(RIG, "need: gas.water", "need: gas.watter", "Did you mean 'water'?", id="an interlock of nothing"),
        pytest.param(RIG, "need: gas.door", "need: gass.door", "Did you mean 'gas'?", id="an interlock of no device"),
        pytest.param(RIG, "attr: setpoint", "atr: setpoint", "attr", id="R3 a misspelt key"),
        pytest.param(RIG, "attr: setpoint", "attr: setpiont", "setpoint", id="R3 a misspelt attribute"),
        pytest.param(RIG, "role: heater", "role: heeter", "Did you mean 'heater'?", id="unknown role"),
        pytest.param(RIG, "station: sputter", "station: sputter\nstation: other", "twice", id="R29 duplicate key"),
        pytest.param(RIG, "station: sputter", "on: sputter", "YAML readers take on", id="R29 a key that is no word"),
        pytest.param(RIG, "tol: 0.1}", "tol: 010}", "two ways", id="R29 a number with a zero"),
        pytest.param(RIG, "low: 20, high: 700", "low: 20, high: 12:30:45", "12:30:45", id="R29 a time of day"),
        pytest.param(RIG, "low: 20, high: 700", "low: yes, high: 700", "yes", id="R29 a truth for a number"),
        pytest.param(RIG, "{kind: virtual}", "{kind: real}", "virtual", id="simulated ports on a real clock"),
        pytest.param(RECIPE, "heat: {to: 400 C", "heat: {to: 900 C", "700", id="R1 a limit that a recipe breaks"),
        pytest.param(RECIPE, "heat: {to: 400 C", "heat: {to: 400 Pa", "Pa", id="R19 a unit of something else"),
        pytest.param(RECIPE, "power: 100 W", "power: 500 W", "200", id="R1 too much power"),
        pytest.param(RECIPE, "gas.argon: 0 sccm", "gas.argn: 0 sccm", "Did you mean 'argon'?", id="R3 unknown channel"),
        pytest.param(RECIPE, "- presputter: {for: 300 s}", "- preheat: {for: 300 s}", "no step", id="unknown step"),
        pytest.param(RECIPE, "for: 300 s", "fro: 300 s", "'for'", id="R3 misspelt key of a step"),
        pytest.param(RECIPE, "transfer: {to: probe}", "transfer: {to: prob}", "'probe'", id="unknown place"),
        pytest.param(RECIPE, "wears: target", "wears: tarket", "tarket", id="unknown stock"),
        pytest.param(RECIPE, "10**${log_oxygen}", "__import__('os')", "", id="R30 code in a formula"),
        pytest.param(
            RECIPE, "- load: {from: cassette, to: chamber}", "- wait: {for: 1 s}", "loaded", id="deposit on nothing"
        ),
    ],
)
def test_r29_r30_bad_configuration_is_refused_with_file_and_line(
    folder: Path, name: str, old: str, new: str, said: str
):
    line = spoil(folder, name, old, new)
    found = complaints(folder)
    assert found, "nothing was found wrong"
    file, at, column, message = found[0].split(":", maxsplit=3)
    assert file == name
    assert abs(int(at) - line) <= 1 or "steps" in message
    assert int(column) > 0
    assert said in message


def test_a_step_that_needs_an_absent_capability_is_refused_with_its_line(folder: Path):
    spoil(folder, RECIPE, "- measure: {reversals: 10, current: 1e-4 A}", "- scan: {start: 20 deg}")
    spoil(folder, RIG, "role: diffractometer", "role: []")
    [found] = complaints(folder)
    assert found.startswith("recipes/nb_tio2_oxygen.yaml:17:")
    assert "the rig has no diffractometer, which this step needs" in found


def test_two_devices_of_a_role_must_be_told_apart(folder: Path):
    text = (folder / RIG).read_text()
    start, end = text.index("  heater:\n"), text.index("  gas:\n")
    second = text[start:end].replace("  heater:", "  oven:").replace("sputter/heater", "sputter/oven")
    (folder / RIG).write_text(text[:end] + second + text[end:])
    [found] = complaints(folder)
    assert found.startswith("recipes/nb_tio2_oxygen.yaml:")
    assert "several devices that are a heater: say `device:` heater or oven" in found


def test_every_problem_between_the_parts_of_a_rig_is_told_at_once(folder: Path):
    spoil(folder, RIG, "need: gas.water", "need: gas.watter")
    spoil(folder, RIG, "need: gas.door", "need: gas.doom")
    assert len(complaints(folder)) == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: log_oxygen", "name: oxigen", "asks for 'log_oxygen', which is no parameter of the space"),
        ("range: [-4, -1]", "range: [-4, 2]", "the space allows log_oxygen = 2, and the rig does not"),
        ("kind: sheet_resistance,", "kind: sheet_resistanse,", "Did you mean 'sheet_resistance'?"),
        ("name: sheet_resistance,", "name: resistance,", "no step measures 'resistance'"),
        ("stop: {", "parallel: 2\nstop: {", "one film at a time"),
        (
            "analysis: [{kind: sheet_resistance, run_to_run: 0.07}]",
            "analysis: []",
            "nothing turns raw data into values",
        ),
        ("recipe: recipes/nb_tio2_oxygen.yaml", "recipe: recipes/nb_tio2_oxigen.yaml", "does not exist"),
    ],
)
def test_a_campaign_that_does_not_fit_its_station_is_refused(folder: Path, old: str, new: str, said: str):
    spoil(folder, FILE, old, new)
    found = complaints(folder)[0]
    assert found.startswith("nb_tio2_oxygen.yaml:")
    assert said in found


def test_a_parameter_that_would_change_nothing_is_refused(folder: Path):
    spoil(folder, FILE, "unit: log10 Pa, step: 0.01}", "unit: log10 Pa}\n    - {name: power, range: [20, 200]}")
    [found] = complaints(folder)
    assert "does not use 'power'" in found


def test_r22_the_dry_run_tells_every_step_and_opens_nothing(folder: Path):
    executor, context = context_of(folder)
    assert isinstance(executor, Planned)
    lines = executor.plan(context, {"log_oxygen": -2.0})
    assert any("heater.setpoint = 400 C" in line for line in lines)
    assert any("gas.oxygen_pressure = 0.01 Pa" in line for line in lines)
    assert any("interlock plasma_pressure" in line for line in lines)


def test_r22_the_dry_run_refuses_what_the_rig_does_not_allow(folder: Path):
    executor, context = context_of(folder)
    assert isinstance(executor, Planned)
    with pytest.raises(ExecutorError, match=r"oxygen_pressure.* 0\.2"):
        executor.plan(context, {"log_oxygen": 1.0})


def test_a_station_says_what_it_is_and_what_a_film_costs(folder: Path):
    executor, context = context_of(folder)
    assert isinstance(executor, Checked)
    assert isinstance(executor, Costed)
    assert isinstance(executor, Stationed)
    assert executor.station_name() == "sputter"
    assert executor.rig_file().name == "sputter_simulated.yaml"
    assert "11 steps" in executor.cost(context)


def test_r34_settings_are_read_without_any_package_of_instruments(folder: Path):
    """In a process of its own, where such packages cannot be imported."""
    import subprocess
    import sys

    code = f"""
import sys
for name in ("serial", "pymeasure", "minimalmodbus", "h5py", "pymaiml"):
    sys.modules[name] = None
from orchestrator.campaign.loading import load
from orchestrator.executors.base import ExecutorContext
spec = load({str(folder / FILE)!r}).spec
lines = spec.executor.plan(ExecutorContext("c", spec.space, ("sheet_resistance",), 1), {{"log_oxygen": -2.0}})
assert len(lines) > 20
"""
    subprocess.run([sys.executable, "-c", code], check=True)
