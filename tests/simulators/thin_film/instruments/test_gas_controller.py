import pytest

from simulators.thin_film.instruments.gas_controller import GasController


def lines(say, controller, *sent):
    return [say(controller, f"{line}\r\n".encode()).decode().removesuffix("\r\n") for line in sent]


def test_the_conversation_byte_for_byte(world, say):
    controller = GasController(world)
    assert say(controller, b"*IDN?\r\n") == b"JUNKAN,GAS-2,0001,1.0\r\n"
    assert say(controller, b"AR 20.00\r\nAR?\r\n") == b"OK\r\n20.0000\r\n"


def test_flows_pump_valve_and_shutter_reach_the_world(world, say):
    controller = GasController(world)
    assert lines(say, controller, "AR 40", "O2 1.5", "PUMP 1", "VALVE 0", "SHUTTER 1") == ["OK"] * 5
    assert (world.flow("argon"), world.flow("oxygen"), world.pump, world.valve, world.shutter) == (
        40,
        1.5,
        True,
        False,
        True,
    )
    asked = lines(say, controller, "AR?", "AR:FLOW?", "O2?", "PUMP?", "VALVE?", "SHUTTER?")
    assert asked == ["40.0000", "40.0000", "1.5000", "1", "0", "1"]


def test_the_gauge_shows_the_pressure(ready, say):
    shown = float(lines(say, GasController(ready), "P?")[0])
    assert shown == pytest.approx(ready.pressure, rel=1e-4)
    assert shown == pytest.approx(0.5, rel=1e-3)


def test_oxygen_follows_a_pressure_until_a_flow_is_set(ready, say):
    controller = GasController(ready)
    assert lines(say, controller, "O2:P 7.0E-03", "O2:P?") == ["OK", "7.0000E-03"]
    assert float(lines(say, controller, "O2?")[0]) == pytest.approx(ready.flow("oxygen"), abs=1e-4)
    assert lines(say, controller, "O2 0.5", "O2?") == ["OK", "0.5000"]


def test_the_contacts_of_door_and_water_are_one_when_all_is_well(world, say):
    controller = GasController(world)
    assert lines(say, controller, "DOOR?", "WATER?") == ["1", "1"]
    world.set_door(False)
    world.set_water(False)
    assert lines(say, controller, "DOOR?", "WATER?") == ["0", "0"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("FOO", 1), ("AR", 1), ("AR 1 2", 1), ("AR x", 1), ("AR nan", 1), ("AR inf", 1), ("AR 1_0", 1), ("AR -1", 2),
        ("AR 201", 2), ("O2 21", 2), ("PUMP 2", 2), ("PUMP on", 2), ("P? 1", 1), ("O2:P 2", 2), ("x" * 300, 1),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line_and_changes_nothing(world, say, sent, code):
    before = world.state()
    (answer,) = lines(say, GasController(world), sent)
    assert answer.startswith(f"ERR {code} ")
    assert world.state() == before


def test_empty_lines_are_not_answered(world, say):
    assert say(GasController(world), b"\r\n\n\r") == b""


def test_a_line_may_arrive_in_pieces(world, say):
    controller = GasController(world)
    assert [say(controller, piece) for piece in (b"AR", b" 5\r", b"\nAR?", b"\r\n")] == [
        b"",
        b"OK\r\n",
        b"",
        b"5.0000\r\n",
    ]


def test_busy_is_said_in_a_line(world):
    assert GasController(world).busy(b"AR 5\r\n") == b"ERR 9 busy\r\n"


def test_what_is_stuck_is_acknowledged_all_the_same(world, say):
    controller = GasController(world)
    controller.trouble("stuck_shutter", True)
    controller.trouble("stuck_valve", True)
    assert lines(say, controller, "SHUTTER 1", "SHUTTER?", "AR 40", "AR:FLOW?") == ["OK", "0", "OK", "0.0000"]


def test_r25_a_frozen_gauge_shows_what_it_showed(ready, say):
    """R25."""
    controller = GasController(ready)
    before = lines(say, controller, "P?")
    controller.trouble("frozen", True)
    ready.set_flow("argon", 100.0)
    assert lines(say, controller, "P?") == before


def test_switched_on_it_lets_no_gas_in(ready, say):
    controller = GasController(ready)
    controller.power_up()
    assert ready.flow("argon") == 0.0
    assert lines(say, controller, "AR?") == ["0.0000"]
