"""Whatever a user gets wrong: one clear message on standard error, exit code 2, and nothing written anywhere."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.ledger import lease
from orchestrator.ledger.home import Home

BOUNDARY = """\
campaign: boundary
objective: {name: gb_energy, unit: J/m^2, goal: minimize}
space: {kind: grain_boundary_translations, element: Cu, sigma: 5, axis: [0, 0, 1], plane: [2, 1, 0], step: 0.2}
optimizer: {kind: kriging}
executor: {kind: grain_boundary, relax: surface}
stop: {trials: 3}
"""


def refused(answer, *words: str) -> None:
    """One message that contains `words`, no stack trace, nothing on standard output, exit code 2."""
    assert answer.code == 2, answer
    assert answer.out == ""
    assert "Traceback" not in answer.err
    missing = [word for word in words if word not in answer.err]
    assert not missing, f"{missing} not in {answer.err!r}"


def boundary(folder: Path, *changes: tuple[str, str]) -> Path:
    """A grain-boundary campaign with some words replaced."""
    text = BOUNDARY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = folder / "boundary.yaml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("relax: surface", "relaks: surface", "5:", ("executor.relaks", "Did you mean 'relax'?")),
        ("relax: surface", "relax: surfaces", "5:", ("'surfaces'", "surface")),
        ("trials: 3", "trials: three", "6:", ("stop.trials", "three")),
        ("trials: 3", "trials: 3.5", "6:", ("stop.trials", "3.5")),
        ("kind: kriging", "kind: krigging", "4:", ("'krigging'", "Did you mean 'kriging'?")),
        ("sigma: 5", "sigma: 7", "3:", ("plane", "5", "7")),
        ("plane: [2, 1, 0]", "plane: [2, 1, 1]", "3:", ("plane",)),
        ("element: Cu", "element: Xx", "3:", ("element", "'Xx'")),
        ("goal: minimize", "goal: minimise", "2:", ("'minimise'", "'minimize'")),
        ("campaign: boundary", "campaign: My Boundary!", "1:", ("'my-boundary'",)),
    ],
    ids=["key", "choice", "type", "fraction", "kind", "sigma", "plane", "element", "goal", "name"],
)
@pytest.mark.parametrize("command", ["validate", "plan", "run"])
def test_a_mistake_in_the_file_is_told_with_its_line(junkan, home, tmp_path, command, old, new, place, words):
    file = boundary(tmp_path, (old, new))
    refused(junkan(command, file), f"{file}:{place}", *words)
    assert not home.exists()


@pytest.mark.parametrize("command", ["validate", "plan", "run"])
class TestFiles:
    def test_a_campaign_file_that_is_not_there(self, junkan, home, campaign_file, command):
        refused(junkan(command, campaign_file.with_name("parabolla.yaml")), "no such file", "parabola.yaml")
        assert not home.exists()

    def test_a_table_that_is_not_there(self, junkan, home, campaign_file, command):
        (campaign_file.parent / "pool.csv").rename(campaign_file.parent / "poole.csv")
        refused(junkan(command, campaign_file), "'pool.csv' does not exist", "poole.csv")
        assert not home.exists()

    def test_a_file_that_is_not_text(self, junkan, home, tmp_path, command):
        file = tmp_path / "picture.yaml"
        file.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
        refused(junkan(command, file), "picture.yaml")
        assert not home.exists()


def test_a_table_without_the_columns_that_are_named(junkan, home, campaign_file):
    campaign_file.write_text(campaign_file.read_text().replace("parameters: [x, y]", "parameters: [x, z]"))
    refused(junkan("run", campaign_file), "space.parameters", "no column 'z'", "x, y, height")
    assert not home.exists()


class TestHome:
    def test_a_home_that_is_a_file(self, junkan, home, campaign_file):
        home.write_text("I am a file")
        refused(junkan("run", campaign_file), "JUNKAN_HOME", "is not a folder")
        assert home.read_text() == "I am a file"

    def test_a_home_below_a_file(self, junkan, home, campaign_file, monkeypatch):
        home.write_text("I am a file")
        monkeypatch.setenv("JUNKAN_HOME", str(home / "below"))
        refused(junkan("run", campaign_file), "JUNKAN_HOME", "is not a folder")

    @pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="this system has no folder that even root cannot write")
    def test_a_home_that_not_even_root_may_write(self, junkan, home, campaign_file, monkeypatch):
        monkeypatch.setenv("JUNKAN_HOME", "/proc/junkan")
        refused(junkan("run", campaign_file), "JUNKAN_HOME", "cannot be written")

    @pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
    def test_a_home_that_this_user_may_not_write(self, junkan, home, campaign_file):
        home.mkdir(mode=0o555)
        refused(junkan("run", campaign_file), "JUNKAN_HOME", "cannot be written")
        assert list(home.iterdir()) == []

    def test_a_server_is_not_started_in_it_either(self, junkan, home):
        home.write_text("I am a file")
        refused(junkan("ui"), "JUNKAN_HOME", "is not a folder")


class TestDatabase:
    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("ledger.db", ("'ledger.db' is not a usable database URL", "postgresql+psycopg2://")),
            ("oracel://host/ledger", ("is not a usable database URL", "oracel")),
            ("sqlite://", ("a ledger in memory would be forgotten",)),
            ("sqlite:////proc/junkan/ledger.db", ("cannot be written",)),
        ],
    )
    @pytest.mark.parametrize("command", ["run", "status"])
    def test_a_url_that_names_no_usable_database(self, junkan, home, campaign_file, monkeypatch, command, url, words):
        monkeypatch.setenv("JUNKAN_DATABASE_URL", url)
        answer = junkan(*([command, campaign_file] if command == "run" else [command]))
        if command == "status" and "/proc/" in url:
            words = ("there is no ledger",)
        refused(answer, *words)
        assert not home.exists()

    def test_a_database_server_that_does_not_answer_is_no_mistake_of_the_file(
        self, junkan, home, campaign_file, monkeypatch
    ):
        pytest.importorskip("psycopg2")
        monkeypatch.setenv("JUNKAN_DATABASE_URL", "postgresql+psycopg2://me:secret@127.0.0.1:1/ledger")
        answer = junkan("run", campaign_file)
        assert answer.code == 1
        assert "127.0.0.1" in answer.err
        assert "secret" not in answer.err
        assert not home.exists()


class TestServer:
    @pytest.fixture
    def busy_port(self) -> Iterator[int]:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            yield other.getsockname()[1]

    @pytest.mark.parametrize("command", ["run", "ui"])
    def test_a_port_that_another_program_uses(self, junkan, home, campaign_file, busy_port, command):
        words = ("run", campaign_file) if command == "run" else ("ui",)
        refused(junkan(*words, "--port", busy_port), f"port {busy_port} on 127.0.0.1 is in use", "--port")
        assert not home.exists()

    def test_a_prefect_server_that_does_not_answer(self, junkan, home, campaign_file, monkeypatch):
        monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
        answer = junkan("run", campaign_file)
        assert answer.code == 2
        assert "PREFECT_API_URL: no Prefect server answers at http://127.0.0.1:9/api" in answer.err
        assert "unset PREFECT_API_URL" in answer.err
        assert not home.exists()


class TestLedger:
    def test_a_name_that_is_taken(self, junkan, finished, finished_home):
        file = finished_home.parent / "campaign" / "parabola.yaml"
        refused(junkan("run", file), "campaign 'parabola' is in the ledger already", "junkan resume parabola", "--name")

    def test_a_campaign_that_is_being_run(self, junkan, finished, finished_home):
        file = finished_home.parent / "campaign" / "parabola.yaml"
        database = Home(finished).database()
        before = junkan("trials", "parabola", "--json").out
        owner = lease.claim(database, "parabola")
        try:
            for words in (("run", file), ("run", file, "--resume"), ("resume", "parabola")):
                refused(junkan(*words), f"is being run by process {os.getpid()} on {socket.gethostname()}")
        finally:
            lease.release(database, owner)
            database.close()
        assert junkan("trials", "parabola", "--json").out == before

    def test_resuming_what_was_never_run(self, junkan, home):
        refused(junkan("resume", "parabola"), "there is no campaign 'parabola'")
        assert not home.exists()

    def test_resuming_a_name_that_is_misspelt(self, junkan, finished):
        refused(junkan("resume", "parabula"), "there is no campaign 'parabula'")

    def test_a_table_that_has_changed_since(self, junkan, home, campaign_file):
        from orchestrator.campaign.loading import load
        from orchestrator.loop.session import enter

        enter(Home(home), load(campaign_file), str(campaign_file))
        table = campaign_file.parent / "pool.csv"
        table.write_text(table.read_text() + "2.0,2.0,-1.0\n")
        for words in (("resume", "parabola"), ("run", campaign_file, "--resume")):
            refused(junkan(*words), f"{table} is not the file the campaign started with", "--name")
        assert junkan("trials", "parabola", "--json").document == []

    def test_going_on_with_a_file_that_says_something_else_by_now(self, junkan, home, campaign_file):
        from orchestrator.campaign.loading import load
        from orchestrator.loop.session import enter

        enter(Home(home), load(campaign_file), str(campaign_file))
        campaign_file.write_text(campaign_file.read_text().replace("trials: 6", "trials: 60"))
        answer = junkan("run", campaign_file, "--resume")
        refused(answer, "was entered with other settings than this file has now", "junkan resume parabola", "--name")


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_table_of_known_trials_that_does_not_fit_is_told_with_its_row(junkan, home, campaign_file, command):
    (campaign_file.parent / "known.csv").write_text("x,y,height\n0.2,0.4,0.1\n0.2,0.5,high\n")
    campaign_file.write_text(campaign_file.read_text() + "prior: known.csv\n")
    refused(junkan(command, campaign_file), "prior: row 2 of known.csv: no candidate has y = 0.5")
    assert not home.exists()


def test_a_table_of_known_trials_that_is_not_there_is_told_with_its_line(junkan, home, campaign_file):
    campaign_file.write_text(campaign_file.read_text() + "prior: known.csv\n")
    refused(junkan("run", campaign_file), "parabola.yaml:8:8: prior: 'known.csv' does not exist")
    assert not home.exists()
