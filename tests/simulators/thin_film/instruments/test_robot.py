import pytest

from simulators.thin_film.instruments.robot import Robot


def ask(say, robot, line):
    return say(robot, f"{line}\r\n".encode()).decode().removesuffix("\r\n")


def test_a_move_is_acknowledged_at_once_and_arrives_later(world, say):
    robot = Robot(world)
    assert ask(say, robot, "MOVE cassette/1 probe/1") == "OK"
    assert [ask(say, robot, q) for q in ("STATE?", "MOVING?", "HOLDING?", "OCCUPIED? cassette/1")] == [
        "MOVING",
        "1",
        "1",
        "0",
    ]
    world.advance(90.0)
    assert [ask(say, robot, q) for q in ("STATE?", "MOVING?", "HOLDING?", "OCCUPIED? probe/1")] == [
        "IDLE",
        "0",
        "0",
        "1",
    ]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("MOVE nowhere/1 probe/1", 2), ("MOVE cassette/1 cassette/99", 2), ("MOVE probe/1 chamber/1", 3),
        ("MOVE cassette/1 cassette/2", 4), ("MOVE cassette/1", 1), ("MOVE", 1), ("JUMP", 1), ("OCCUPIED?", 1),
        ("OCCUPIED? moon/1", 2), ("STATE? now", 1),
    ],
)  # fmt: skip
def test_r15_a_move_that_cannot_be_is_refused_and_nothing_moves(world, say, sent, code):
    """R15: the robot itself is the last who refuses."""
    before = world.places()
    assert ask(say, Robot(world), sent).startswith(f"ERR {code} ")
    assert world.places() == before
    assert not world.moving


def test_a_second_move_is_refused_while_the_arm_is_on_its_way(world, say):
    robot = Robot(world)
    ask(say, robot, "MOVE cassette/1 probe/1")
    assert ask(say, robot, "MOVE cassette/2 store/1").startswith("ERR 5 ")


def test_nothing_is_brought_into_a_burning_plasma(ready, say):
    ready.set_power(100.0)
    assert ready.strike()
    assert ask(say, Robot(ready), "MOVE cassette/1 chamber/1").startswith("ERR 7 ")


def test_r13_whoever_lost_an_answer_reads_how_many_moves_were_begun(world, say):
    """R13: the move is not repeated; the robot is asked."""
    robot = Robot(world)
    assert ask(say, robot, "LAST?") == "0 IDLE"
    ask(say, robot, "MOVE cassette/1 probe/1")
    assert ask(say, robot, "LAST?") == "1 cassette/1 probe/1 MOVING"
    ask(say, robot, "MOVE cassette/2 probe/1")
    world.advance(90.0)
    assert ask(say, robot, "LAST?") == "1 cassette/1 probe/1 IDLE"


def test_a_jammed_arm_acknowledges_and_reports_a_fault(world, say):
    robot = Robot(world)
    robot.trouble("jammed", True)
    assert ask(say, robot, "MOVE cassette/1 probe/1") == "OK"
    assert [ask(say, robot, q) for q in ("STATE?", "FAULT?", "OCCUPIED? cassette/1")] == ["FAULT 8", "8", "1"]
    robot.trouble("jammed", False)
    assert ask(say, robot, "MOVE cassette/1 probe/1") == "OK"
    assert ask(say, robot, "FAULT?") == "0"


def test_it_names_every_place(world, say):
    assert set(ask(say, Robot(world), "PLACES?").split()) == set(world.places())


def test_the_count_of_moves_outlives_it(world, say):
    robot = Robot(world)
    ask(say, robot, "MOVE cassette/1 probe/1")
    other = Robot(world)
    other.restore(robot.state())
    assert ask(say, other, "LAST?") == "1 cassette/1 probe/1 MOVING"
