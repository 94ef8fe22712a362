import errno
from multiprocessing import get_context

import pytest

from orchestrator.executors.durable import create, replace


def _creates(path, number):
    return create(path, str(number))


def test_a_file_is_created_once_and_never_replaced(tmp_path):
    path = tmp_path / "file"
    assert create(path, "first")
    assert not create(path, "second")
    assert path.read_text() == "first"


def test_of_several_processes_one_creates_the_file(tmp_path):
    with get_context("spawn").Pool(2) as pool:
        for attempt in range(10):
            path = tmp_path / str(attempt)
            made = pool.starmap(_creates, [(path, number) for number in range(4)])
            assert made.count(True) == 1
            assert path.read_text() == str(made.index(True))


def test_replacing_leaves_the_new_text(tmp_path):
    replace(tmp_path / "file", "first")
    replace(tmp_path / "file", "second")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "second"


@pytest.mark.parametrize("write", [create, replace])
def test_a_folder_that_does_not_exist_is_an_error_and_not_made(tmp_path, write):
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "gone" / "file", "text")
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize("write", [create, replace])
def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path, write, monkeypatch):
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(OSError) as refused:
            write(tmp_path / "file", "text")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert refused.value.errno == errno.EFBIG
    assert list(tmp_path.iterdir()) == []
