"""Two of three: what is believed of an answer that carries no checksum."""

import operator

import pytest

from devices.agreement import two_of_three
from devices.errors import BadReply


@pytest.mark.parametrize(
    ("said", "believed", "asked"),
    [((1, 1, 9), 1, 2), ((1, 2, 2), 2, 3), ((2, 1, 2), 2, 3), ((1, 2, 3), None, 3)],
)
def test_r26_what_was_said_twice_is_believed_and_nobody_is_asked_more_than_three_times(said, believed, asked):
    answers = list(said)
    if believed is None:
        with pytest.raises(BadReply, match=r"gun\.power: answers that disagree: 1, 2, 3"):
            two_of_three(lambda: answers.pop(0), operator.eq, "gun.power")
    else:
        assert two_of_three(lambda: answers.pop(0), operator.eq, "gun.power") == believed
    assert len(said) - len(answers) == asked


def test_r26_two_wrong_answers_of_three_are_wrong_only_if_they_are_wrong_in_the_same_way():
    answers = [250, 650, 258]
    with pytest.raises(BadReply):
        two_of_three(lambda: answers.pop(0), operator.eq, "gun.power")
