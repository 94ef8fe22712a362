import pytest

from orchestrator.executors.checkpoint import earlier_attempts, take_over


@pytest.fixture
def folders(tmp_path):
    made = [tmp_path / f"attempt-{number}" for number in range(1, 12)]
    for folder in made:
        folder.mkdir()
    return made


def test_earlier_attempts_come_the_latest_first_by_number(folders):
    assert earlier_attempts(folders[10])[:2] == [folders[9], folders[8]]
    assert earlier_attempts(folders[0]) == []


def test_a_folder_of_another_name_has_no_earlier_attempts(tmp_path):
    (tmp_path / "trial-1").mkdir()
    assert earlier_attempts(tmp_path / "trial-1") == []


def test_attempts_at_another_trial_are_none_of_this_one(folders):
    for folder, key in zip(folders, ("c/1/1", "c/2/1", "c/1/2"), strict=False):
        (folder / "request.json").write_text(f'{{"key": "{key}"}}')
    assert earlier_attempts(folders[2]) == [folders[0]]


def test_the_latest_attempt_that_left_anything_counts(folders):
    (folders[0] / "state").write_text("old")
    (folders[1] / "state").write_text("new")
    (folders[1] / "waves").mkdir()
    (folders[1] / "waves" / "1").write_text("w")
    assert take_over(("state", "waves"), folders[3]) == ("state", "waves")
    assert (folders[3] / "state").read_text() == "new"
    assert (folders[3] / "waves" / "1").read_text() == "w"


def test_what_is_taken_over_is_a_copy(folders):
    (folders[0] / "state").write_text("old")
    take_over(("st*",), folders[1])
    (folders[1] / "state").write_text("changed")
    assert (folders[0] / "state").read_text() == "old"


def test_nothing_is_taken_over_without_being_asked_for(folders):
    (folders[0] / "state").write_text("old")
    assert take_over((), folders[1]) == ()
    assert take_over(("other",), folders[1]) == ()
    assert not (folders[1] / "state").exists()
