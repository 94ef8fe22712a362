import importlib
from importlib.metadata import EntryPoint

import pytest

from orchestrator.ledger.home import Home
from orchestrator.ledger.upgrade import HEAD, upgrade
from orchestrator.loop import checkup as subject
from orchestrator.loop.checkup import checkup


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    monkeypatch.delenv("JUNKAN_DATABASE_URL", raising=False)
    return Home(tmp_path / "home")


def finding(home: Home, about: str):
    return next(one for one in checkup(home) if one.subject == about)


def test_a_good_installation_has_no_bad_finding_and_nothing_is_written(home):
    found = checkup(home)
    assert [one for one in found if one.state == "bad"] == []
    assert {"Python", "Prefect server", "Home", "Ledger"} <= {one.subject for one in found}
    assert not home.folder.exists()


def test_a_fastapi_that_cannot_start_the_server_is_found_with_its_cure(home, monkeypatch):
    # What prefect 3.8.8 says on import of its server with fastapi 0.155 and newer; `import prefect` still works then.
    clash = TypeError("Body() got an unexpected keyword argument 'min_items'")
    real = importlib.import_module

    def broken(name, package=None):
        if name == "prefect.server.api.server":
            raise clash
        return real(name, package)

    monkeypatch.setattr(subject.importlib, "import_module", broken)
    found = finding(home, "Prefect server")
    assert found.state == "bad"
    assert "min_items" in found.found
    assert found.cure == "pip install 'prefect==3.8.8' 'fastapi<0.151'"


def test_a_home_that_cannot_be_written_is_found(home):
    home.folder.write_text("I am a file")
    found = finding(home, "Home")
    assert found.state == "bad"
    assert "is not a folder" in found.found
    assert "Set JUNKAN_HOME" in found.found


def test_a_database_url_that_makes_no_sense_is_found_as_such_and_not_as_a_fault_of_the_home(home, monkeypatch):
    monkeypatch.setenv("JUNKAN_DATABASE_URL", "ledger.db")
    assert finding(home, "Home").state == "good"
    found = finding(home, "Ledger")
    assert found.state == "bad"
    assert "JUNKAN_DATABASE_URL" in found.found


def test_the_schema_of_a_ledger_is_told(home):
    database = home.database()
    assert "will be created by the first campaign" in finding(home, "Ledger").found
    upgrade(database)
    database.close()
    assert finding(home, "Ledger").found.endswith(f"schema {HEAD}")


def test_an_option_that_is_not_installed_is_missing_and_not_bad():
    found = subject._optional("a-package-that-is-not-there", "some use", "some-extra")
    assert found.state == "missing"
    assert found.cure == "pip install 'junkan[some-extra]'"


def test_a_broken_plug_in_does_not_hide_the_others(home, monkeypatch):
    real = subject.entry_points

    def with_a_broken_one(group):
        broken = EntryPoint("broken", "no_such_module:Settings", group)
        return [*real(group=group), broken] if group == "junkan.spaces" else real(group=group)

    monkeypatch.setattr(subject, "entry_points", with_a_broken_one)
    found = {one.subject: one for one in checkup(home)}
    assert found["spaces broken"].state == "bad"
    assert "no_such_module" in found["spaces broken"].found
    assert found["spaces table"].state == "good"
