"""What a form asks. That people see it and are heard is tested against a real server, in test_flow.py."""

import pytest
from pydantic import ValidationError

from orchestrator.loop.form import fields
from orchestrator.loop.questions import Question

APPROVAL = Question("trial-1", "may trial 1 be started?", ("approve", "reject"), {"parameters": {"x": 1.0}})
STOP = Question("stop-9", "is enough known?", ("accept", "go on"))


def test_nothing_is_chosen_for_a_person():
    with pytest.raises(ValidationError, match="answer"):
        fields(APPROVAL)()
    assert fields(APPROVAL)(answer="approve").note == ""


def test_only_what_is_offered_can_be_chosen():
    with pytest.raises(ValidationError, match="'approve' or 'reject'"):
        fields(APPROVAL)(answer="perhaps")


def test_only_whoever_lets_it_go_on_says_for_how_long():
    assert fields(STOP)(answer="go on", trials=3).trials == 3
    with pytest.raises(ValidationError, match="trials"):
        fields(STOP)(answer="go on", trials=0)
    assert "trials" not in fields(APPROVAL).model_fields
