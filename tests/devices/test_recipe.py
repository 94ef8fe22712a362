"""What a recipe may say, and how it is told what it may not."""

import pytest

from devices.errors import OutsideLimits, RigRefused
from devices.recipe import STEPS as KNOWN
from devices.recipe import Recipe, check_recipe, load_recipe, planned_plasma
from devices.rig_settings import load_rig
from tests.devices.pretend_station import ASKED, STEPS, station_data, usual_rig


def changed(number, **settings):
    """The usual steps, one of them with other settings."""
    steps = [dict(step) for step in STEPS]
    [kind] = steps[number]
    steps[number] = {kind: {**steps[number][kind], **settings}}
    return steps


def recipe(steps=STEPS, **more):
    return load_recipe({"recipe": "sputter", "steps": steps, **more})


def refused(steps, **more):
    with pytest.raises(RigRefused) as error:
        recipe(steps, **more)
    return error.value


def refused_by_the_rig(steps, settings=None):
    with pytest.raises(RigRefused) as error:
        check_recipe(recipe(steps), settings or usual_rig())
    return error.value


def without(*devices):
    data = station_data(interlocks={})
    for name in devices:
        del data["devices"][name]
    return load_rig(data)


# ---------------------------------------------------------------- R3: names


def test_r3_an_unknown_step_is_refused_with_what_was_perhaps_meant():
    error = refused([*STEPS[:5], {"presputer": {"for": "300 s"}}])
    assert error.place == "steps.5.presputer"
    assert "Did you mean 'presputter'?" in error.message


def test_r3_an_unknown_key_of_a_step_is_refused_with_what_was_perhaps_meant():
    error = refused(changed(2, tolerence="3 C"))
    assert error.place == "steps.2.heat.tolerence"
    assert "Did you mean 'tolerance'?" in error.message


def test_r3_an_unknown_key_of_the_recipe_is_refused():
    assert refused(STEPS, stepps=[]).place == "stepps"


def test_r3_a_misspelt_channel_is_refused_with_what_was_perhaps_meant():
    error = refused_by_the_rig(changed(3, set={"argno": "38 sccm"}))
    assert error.place == "steps.3.gas.set.argno"
    assert "Did you mean 'argon'?" in error.message


@pytest.mark.parametrize(
    ("step", "place", "words"),
    [
        ({"heat": {"to": "400 Celsius"}}, "steps.0.heat.to", "not known"),
        ({"heat": {"to": "400 +"}}, "steps.0.heat.to", "is expected at its end"),
        ({"heat": {}}, "steps.0.heat.to", "is missing"),
        ({"wait": {"for": 300}}, "steps.0.wait.for", "write a unit of time"),
        ({"wait": {"for": "300 Pa"}}, "steps.0.wait.for", "is no time"),
        ({"measure": {"reversals": 0}}, "steps.0.measure.reversals", "greater"),
        ({"heat": {"to": 1}, "cool": {"below": 1}}, "steps.0", "a step is one name"),
        (["heat"], "steps.0", "a step is one name"),
        ({"set": {"gas.argon": None}}, "steps.0.set.gas.argon", "a formula is"),
    ],
)
def test_what_a_step_cannot_say_is_refused_at_its_key(step, place, words):
    error = refused([step])
    assert error.place == place
    assert words in error.message


# ---------------------------------------------------------------- capabilities


@pytest.mark.parametrize(
    ("missing", "place", "words"),
    [
        (["robot"], "steps.0.load", "the rig has no transfer"),
        (["meter"], "steps.9.measure", "the rig has no sheet_resistance"),
        (["diffractometer"], "steps.10.scan", "the rig has no diffractometer"),
        (["heater"], "steps.2.heat", "the rig has no heater"),
    ],
)
def test_a_step_that_needs_an_absent_capability_is_refused(missing, place, words):
    error = refused_by_the_rig(STEPS, without(*missing))
    assert error.place == place
    assert words in error.message


def test_a_place_that_the_station_does_not_have_is_refused():
    error = refused_by_the_rig(changed(0, to="chamer"))
    assert (error.place, "Did you mean 'chamber'?" in error.message) == ("steps.0.load.to", True)


def test_units_that_do_not_fit_are_refused_before_any_trial():
    assert "but what it is given to is in Pa" in refused_by_the_rig(changed(1, below="300 K")).message
    assert refused_by_the_rig(changed(4, power="${power} V")).place == "steps.4.strike.power"


def test_a_channel_that_is_only_read_cannot_be_set():
    error = refused_by_the_rig([{"set": {"gas.pressure": "1 Pa"}}])
    assert (error.place, "can only be read" in error.message) == ("steps.0.set.gas.pressure", True)


def test_limits_are_compared_before_any_trial_where_no_parameter_enters():
    with pytest.raises(OutsideLimits, match=r"steps.0.heat.to: heater.setpoint = 900 C is outside 20 .. 700 C"):
        check_recipe(recipe([{"heat": {"to": "900 C"}}]), usual_rig())


def test_of_several_devices_that_fill_a_role_one_must_be_named():
    data = station_data()
    data["devices"]["gun2"] = {**data["devices"]["gun"], "port": "sim://sputter/gun2"}
    rig = load_rig(data)
    assert "several devices that are a plasma_source" in refused_by_the_rig(STEPS, rig).message
    named = changed(4, device="gun2")
    named[6] = {"deposit": {"for": "60 s", "device": "gun2"}}
    check_recipe(recipe(named), rig)


def test_a_role_may_stand_for_its_device_in_a_channel():
    check_recipe(recipe([{"set": {"gas_line.argon": "20 sccm", "heater.setpoint": "30 C"}}]), usual_rig())


# ---------------------------------------------------------------- R14 in the recipe: the order of steps


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([STEPS[0], STEPS[0]], "load once"),
        ([{"transfer": {"to": "probe"}}], "no sample was loaded"),
        ([STEPS[0], {"deposit": {"for": "60 s"}}], "nothing burns"),
        ([{"presputter": {"for": "60 s"}}], "nothing burns"),
        ([STEPS[0], STEPS[4], STEPS[6], STEPS[4], STEPS[6]], "a sample is coated once"),
        ([STEPS[4]], "never put out"),
        ([STEPS[4], STEPS[4]], "burns already"),
        ([STEPS[0], STEPS[4], {"transfer": {"to": "probe"}}], "the plasma burns"),
    ],
)
def test_r14_an_order_of_steps_that_would_coat_twice_or_leave_a_plasma_is_refused(steps, words):
    assert words in refused(steps).message


# ---------------------------------------------------------------- parameters


def test_a_recipe_knows_its_parameters():
    assert set(recipe().parameters()) == set(ASKED)


def test_what_let_defines_is_worked_out_in_its_order():
    given = recipe(let={"total": "${pressure} + 0.1", "argon": "${total} / 0.0125"})
    assert given.parameters() == ("pressure", "temperature", "power")
    known = given.filled({"pressure": 0.4, "temperature": 400, "power": 100})
    assert known["argon"] == pytest.approx(40.0)


def test_let_has_no_units_and_no_circles():
    assert refused(STEPS, let={"argon": "20 sccm"}).place == "let.argon"
    assert refused(STEPS, let={"argon": "${argon} + 1"}).place == "let.argon"


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"temperature": 400, "argon": 38}, "needs the parameter 'power'"),
        (ASKED | {"powr": 1}, r"no parameter 'powr'. Did you mean 'power'\?"),
    ],
)
def test_r3_the_parameters_of_a_trial_are_those_of_the_recipe(parameters, words):
    with pytest.raises(RigRefused, match=words):
        recipe().filled(parameters)


def test_a_choice_can_name_a_place_and_a_number():
    steps = changed(0, **{"from": "${substrate}"})
    steps[3] = {"gas": {"set": {"argon": 'choose(${target}, "metal", 40, "ceramic", 38) * 1 sccm'}}}
    given = recipe(steps)
    check_recipe(given, usual_rig())
    assert set(given.parameters()) == {"substrate", "target", "temperature", "power"}


def test_r9_the_plasma_that_is_planned_is_that_of_the_steps_after_the_strike():
    assert planned_plasma(recipe(), usual_rig(), ASKED) == {"steps.4.strike": 80.0}


def test_a_recipe_is_written_out_as_it_was_read():
    given = recipe()
    again = given.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert again["steps"][2:4] == STEPS[2:4]
    assert Recipe.model_validate(again) == given
    assert len(KNOWN) == 14
