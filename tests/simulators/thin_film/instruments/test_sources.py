import pytest

from simulators.thin_film.instruments.sources import Sources
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.world import World


def ask(say, sources, line):
    return say(sources, f"{line}\r\n".encode()).decode().removesuffix("\r\n")


@pytest.fixture
def two_guns():
    return World(WorldSettings(targets=("ceramic", "metal")), seed=1)


def test_a_gun_is_connected_and_read_back(two_guns, say):
    sources = Sources(two_guns)
    assert [ask(say, sources, line) for line in ("GUN?", "TARGET?", "GUN 2", "GUN?", "TARGET?")] == [
        "1", "ceramic", "OK", "2", "metal",
    ]  # fmt: skip
    assert two_guns.target == "metal"


def test_no_gun_is_connected_while_a_plasma_burns(ready, say):
    ready.set_power(50.0)
    assert ready.strike()
    assert ask(say, Sources(ready), "GUN 1") == "ERR 7 a plasma burns"


def test_shares_are_set_one_by_one(world, say):
    sources = Sources(world)
    assert [ask(say, sources, f"SHARE {n} {share}") for n, share in ((1, 0), (2, 0), (3, 0))] == ["OK"] * 3
    assert [ask(say, sources, f"SHARE {n} {share}") for n, share in ((1, 0.5), (2, 0.3), (3, 0.2))] == ["OK"] * 3
    assert [ask(say, sources, f"SHARE? {n}") for n in (1, 2, 3)] == ["0.5000", "0.3000", "0.2000"]
    assert world.state()["rig"]["mixture"] == [0.5, 0.3, 0.2]


@pytest.mark.parametrize("sent", ["GUN 2", "GUN 0", "GUN", "SHARE 4 0.1", "SHARE 1 2", "SHARE 1", "SHARE? 0", "HELLO"])
def test_what_cannot_be_is_refused(world, say, sent):
    before = world.state()
    assert ask(say, Sources(world), sent).startswith("ERR ")
    assert world.state() == before


def test_where_it_stands_outlives_it(two_guns, say):
    sources = Sources(two_guns)
    for line in ("GUN 2", "SHARE 1 0.25"):
        ask(say, sources, line)
    other = Sources(two_guns)
    other.restore(sources.state())
    assert [ask(say, other, line) for line in ("GUN?", "SHARE? 1")] == ["2", "0.2500"]
