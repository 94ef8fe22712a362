import pytest

from orchestrator.executors.command import CommandSettings
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.frozen import FileChanged, frozen, require_unchanged


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "job.in").write_text("x {{ x }}")
    outputs = {"energy": {"line": "last"}}
    return CommandSettings(command=("sh",), outputs=outputs, inputs={"job.in": tmp_path / "job.in"})


def test_files_that_stay_the_same_are_fine(settings):
    require_unchanged(frozen(settings))


def test_a_file_that_changed_is_named(settings, tmp_path):
    known = frozen(settings)
    (tmp_path / "job.in").write_text("y {{ x }}")
    with pytest.raises(FileChanged, match=r"job.in is not the file the campaign started with"):
        require_unchanged(known)


def test_a_file_that_is_missing_at_the_start_is_named(settings, tmp_path):
    (tmp_path / "job.in").unlink()
    with pytest.raises(ExecutorError, match=r"job.in cannot be read"):
        frozen(settings)
