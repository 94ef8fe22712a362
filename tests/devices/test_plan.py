"""R22: the dry run, with no device near."""

import pytest

from devices.errors import OutsideLimits
from devices.plan import plan
from devices.recipe import load_recipe
from devices.rig_settings import load_rig
from tests.devices.pretend_station import ASKED, STEPS, station_data, usual_rig


def dry(asked=ASKED, rig=None, steps=STEPS):
    return plan(load_recipe({"recipe": "sputter", "steps": steps}), rig or usual_rig(), asked)


def test_r22_a_growth_within_the_limits_passes_and_every_setting_is_listed():
    planned = dry()
    assert planned.refusals == ()
    planned.require()
    assert "steps.2.heat: heater.setpoint = 400 C" in planned.lines
    assert "steps.2.heat: wait until heater.temperature is within 3 C, at most 3600 s" in planned.lines
    assert "steps.6.deposit: deposit for 60 s" in planned.lines
    assert planned.seconds_of_plasma == 80.0
    assert [str(setting) for setting in planned.settings][:3] == [
        "gas.pump = true",
        "heater.setpoint = 400 C",
        "gas.argon = 38 sccm",
    ]


def test_r22_what_a_deposition_does_is_told_in_its_order():
    told = [line.removeprefix("steps.6.deposit: ") for line in dry().lines if line.startswith("steps.6.deposit: ")]
    assert told == [
        "gas.shutter = true",
        "deposit for 60 s",
        "gas.shutter = false",
        "gun.plasma = false",
        "gun.power = 0 W",
    ]


def test_r22_ports_that_do_not_exist_are_not_touched():
    data = station_data()
    for name, device in data["devices"].items():
        device["port"] = f"/dev/serial/by-id/absent-{name}"
    assert dry(rig=load_rig(data)).refusals == ()
    assert dry(ASKED | {"power": 500}, rig=load_rig(data)).refusals != ()


def test_r1_everything_outside_the_limits_is_named_at_once():
    planned = dry({"temperature": 900, "argon": 38, "power": 500})
    assert planned.refusals == (
        "steps.2.heat.to: heater.setpoint = 900 C is outside 20 .. 700 C",
        "steps.4.strike.power: gun.power = 500 W is outside 0 .. 200 W",
    )
    with pytest.raises(OutsideLimits, match="900 C"):
        planned.require()


@pytest.mark.parametrize("asked", [{"power": float("nan")}, {"power": "much"}, {"power": True}])
def test_r1_what_is_no_number_is_refused(asked):
    assert len(dry(ASKED | asked).refusals) == 1


def test_r22_a_parameter_that_is_missing_or_not_known_is_refused():
    assert "needs the parameter 'power'" in dry({"temperature": 400, "argon": 38}).refusals[0]
    assert "Did you mean 'power'?" in dry(ASKED | {"powers": 1}).refusals[0]


def test_r22_interlocks_are_listed_where_they_will_be_looked_at():
    lines = dry().lines
    assert (
        "steps.4.strike: interlock plasma_pressure: gas.pressure >= 0.2 Pa is looked at before gun.plasma = true"
        in lines
    )
    assert "interlock door: gas.door_closed while gun.plasma" in lines


def guarded(**interlock):
    return load_rig(station_data(interlocks={"gas_first": interlock}))


def test_r2_an_interlock_between_settings_is_judged_in_the_dry_run():
    rig = guarded(need="gas.argon >= 10 sccm", before={"gun.plasma": True})
    assert dry(rig=rig).refusals == ()
    [refusal] = dry(ASKED | {"argon": 5}, rig=rig).refusals
    assert refusal == (
        "steps.4.strike: gun.plasma = true is not allowed by the interlock 'gas_first': it needs gas.argon >= 10.0 sccm"
    )


def test_r2_an_interlock_that_blames_the_parameters_makes_the_dry_run_infeasible_and_not_refused():
    rig = guarded(need="gas.argon >= 10 sccm", before={"gun.plasma": True}, infeasible="no plasma")
    planned = dry(ASKED | {"argon": 5}, rig=rig)
    assert planned.refusals == ()
    assert planned.reasons == ("no plasma",)
    assert planned.infeasible == ("steps.4.strike: gun.plasma = true: interlock gas_first: no plasma",)
