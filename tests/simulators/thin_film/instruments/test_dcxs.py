import pytest

from simulators.thin_film.instruments.dcxs import Dcxs


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"?", b"DCXS750-4"), (b"z", b"V2.03"), (b"a", b"0"), (b"b", b"0000"), (b"c", b"0"), (b"d", b"0000"),
        (b"e", b"0000"), (b"f", b"0000"), (b"g", b"00"), (b"h", b"00"), (b"i", b"000"), (b"j", b"00"), (b"k", b"000"),
        (b"l", b"00"), (b"n", b"TARGET  "), (b"o", b"0"), (b"p", b"\x00"), (b"y", b"1"), (b"ab", b"00000"),
    ],
)  # fmt: skip
def test_queries_are_answered_at_their_fixed_length(world, say, sent, answered):
    assert say(Dcxs(world), sent) == answered


@pytest.mark.parametrize(
    ("sent", "query", "answered"),
    [
        (b"C0250", b"b", b"0250"), (b"D2", b"c", b"2"), (b"E07", b"g", b"07"), (b"F30", b"h", b"30"),
        (b"G123", b"i", b"123"), (b"H59", b"j", b"59"), (b"I    TiO2", b"n", b"    TiO2"), (b"Z3", b"y", b"3"),
        (b"C0751", b"b", b"0000"), (b"H60", b"j", b"00"), (b"Z9", b"y", b"1"), (b"D3", b"c", b"0"),
    ],
)  # fmt: skip
def test_settings_are_not_answered_and_those_out_of_range_have_no_effect(world, say, sent, query, answered):
    supply = Dcxs(world)
    assert say(supply, sent) == b""
    assert say(supply, query) == answered


def test_a_command_may_arrive_in_pieces(world, say):
    supply = Dcxs(world)
    assert [say(supply, piece) for piece in (b"C0", b"25", b"0b")] == [b"", b"", b"0250"]


def test_an_argument_that_is_no_digit_ends_the_command(world, say):
    supply = Dcxs(world)
    assert say(supply, b"C02xb") == b"0000"


def test_it_strikes_and_shows_power_voltage_and_current(ready, say):
    supply = Dcxs(ready)
    assert say(supply, b"C0100Aadefo") == b"1" + b"0100" + b"0370" + b"0270" + b"0"


@pytest.mark.parametrize("hindrance", ["door", "water", "gas"])
def test_r4_a_strike_that_is_refused_is_silent_and_leaves_fault_code_two(ready, say, hindrance):
    """R4: nobody learns of it who does not read back."""
    if hindrance == "door":
        ready.set_door(False)
    elif hindrance == "water":
        ready.set_water(False)
    else:
        ready.set_flow("argon", 15.0)
    supply = Dcxs(ready)
    assert say(supply, b"C0100A") == b""
    assert say(supply, b"ado") == b"0" + b"0000" + b"2"


def test_r9_the_timer_ends_the_plasma_by_itself(ready, say):
    """R9: nobody speaks to the supply any more."""
    supply = Dcxs(ready)
    say(supply, b"C0100G001H30A")
    ready.advance(89.0)
    assert say(supply, b"akl") == b"1" + b"000" + b"01"
    ready.advance(1.5)
    assert say(supply, b"ado") == b"0" + b"0000" + b"0"


def test_timer_ramp_and_mode_cannot_be_set_while_the_output_is_on(ready, say):
    supply = Dcxs(ready)
    say(supply, b"C0100G010A")
    assert say(supply, b"G999H59E50F50D1Z2ijghcy") == b"010" + b"00" + b"00" + b"00" + b"0" + b"1"


def test_the_power_rises_within_the_ramp_time(ready, say):
    supply = Dcxs(ready)
    say(supply, b"E10C0100A")
    ready.advance(5.0)
    assert 45 <= int(say(supply, b"d")) <= 55
    ready.advance(5.1)
    assert say(supply, b"d") == b"0100"


def test_off_ends_the_plasma(ready, say):
    supply = Dcxs(ready)
    assert say(supply, b"C0100ABad") == b"0" + b"0000"
    assert not ready.plasma


def test_the_open_shutter_shows_in_the_bit_of_the_active_gun(ready, say):
    ready.set_shutter(True)
    assert say(Dcxs(ready), b"pZ3p") == b"\x01\x04"


def test_current_mode_regulates_the_current(ready, say):
    supply = Dcxs(ready)
    assert say(supply, b"D2C0270Adf") == b"0100" + b"0270"


def test_switched_on_it_sends_prompts_and_has_forgotten_its_settings(ready, say):
    supply = Dcxs(ready)
    say(supply, b"C0100G010A")
    supply.power_up()
    assert supply.take() == b">>"
    assert say(supply, b"abi") == b"0" + b"0000" + b"000"
    assert not ready.plasma


def test_r4_a_supply_that_ignores_on_stays_off_without_a_fault(ready, say):
    """R4: the other silent refusal."""
    supply = Dcxs(ready)
    supply.trouble("ignores_on", True)
    assert say(supply, b"C0100Aao") == b"0" + b"0"
    supply.trouble("ignores_on", False)
    assert say(supply, b"Aa") == b"1"


def test_an_unknown_trouble_is_refused(ready):
    with pytest.raises(KeyError, match="ignores_on"):
        Dcxs(ready).trouble("ignores_everything", True)


def test_what_it_remembers_outlives_it(ready, say):
    supply = Dcxs(ready)
    say(supply, b"C0100G010E05")
    other = Dcxs(ready)
    other.restore(supply.state())
    assert say(other, b"big") == b"0100" + b"010" + b"05"
