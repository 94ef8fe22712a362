from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.thin_film.faults import NOT_OBEYED, Chance, Fault, FaultSettings


def fates(settings, name="gun", exchanges=2000):
    chance = Chance(settings, name)
    return [chance.draw() for _ in range(exchanges)]


def test_the_same_seed_gives_the_same_mishaps_and_another_wire_gives_others():
    settings = FaultSettings(rate=0.1, seed=3)
    assert fates(settings) == fates(settings)
    assert fates(settings) != fates(settings, "heater")
    assert fates(settings) != fates(FaultSettings(rate=0.1, seed=4))


def test_the_spoilt_bytes_are_the_same_as_well():
    def spoilt():
        chance = Chance(FaultSettings(seed=5), "gun")
        return [chance.spoil(fault, b"0250") for fault in Fault]

    assert spoilt() == spoilt()


def test_mishaps_come_at_their_rate_and_of_every_kind():
    counts = Counter(fates(FaultSettings(rate=0.2, seed=1), exchanges=10_000))
    assert counts[None] / 10_000 == pytest.approx(0.8, abs=0.02)
    assert set(counts) == {None, *Fault}


def test_without_a_rate_nothing_goes_wrong():
    assert set(fates(FaultSettings())) == {None}


def test_planned_mishaps_come_first_and_do_not_shift_those_of_chance():
    settings = FaultSettings(rate=0.3, seed=2)
    chance = Chance(settings, "gun")
    chance.plan(Fault.SILENT, Fault.LATE)
    drawn = [chance.draw() for _ in range(100)]
    assert drawn[:2] == [Fault.SILENT, Fault.LATE]
    assert drawn[2:] == fates(settings, exchanges=100)[2:]
    assert chance.counts[Fault.SILENT] >= 1


@given(st.binary(min_size=1, max_size=40), st.integers(0, 2**32))
def test_each_mishap_spoils_in_its_own_way(answer, seed):
    chance = Chance(FaultSettings(seed=seed), "gun")
    spoilt = {fault: chance.spoil(fault, answer) for fault in Fault}
    assert spoilt[Fault.SILENT] == b""
    assert answer.startswith(spoilt[Fault.TRUNCATED])
    assert len(spoilt[Fault.TRUNCATED]) < len(answer)
    assert spoilt[Fault.PREFIXED].endswith(answer)
    assert len(spoilt[Fault.PREFIXED]) > len(answer)
    assert spoilt[Fault.TRAILED].startswith(answer)
    assert len(spoilt[Fault.TRAILED]) > len(answer)
    assert spoilt[Fault.BAD_CHECKSUM][:-1] == answer[:-1]
    for fault in (Fault.FLIPPED, Fault.BAD_CHECKSUM):
        wrong = [a ^ b for a, b in zip(spoilt[fault], answer, strict=True) if a != b]
        assert [bin(bits).count("1") for bits in wrong] == [1]
    for fault in (Fault.LATE, *NOT_OBEYED):
        assert spoilt[fault] == answer


def test_there_is_nothing_to_spoil_in_silence():
    chance = Chance(FaultSettings(), "gun")
    assert {chance.spoil(fault, b"") for fault in Fault} == {b""}
