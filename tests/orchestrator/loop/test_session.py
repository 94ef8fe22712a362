import subprocess
import sys
import time

import pytest

from orchestrator.ledger.errors import CampaignExists, LeaseHeld, LedgerUnavailable, NoSuchCampaign
from orchestrator.ledger.home import Home
from orchestrator.loop import session
from orchestrator.loop.errors import InputChanged, InputRefused
from orchestrator.loop.run import CampaignRun
from orchestrator.loop.session import equip, owned, stored


def test_a_campaign_is_stored_as_it_was_written(bench):
    database = bench.home.database()
    assert stored(database, bench.name) == bench.spec
    with database.reading() as reading:
        from orchestrator.ledger import campaigns

        row = campaigns.find(reading, bench.name)
    database.close()
    assert row.file_text == bench.text and "numpy" in row.provenance["packages"] and row.provenance["host"]


def test_a_name_can_be_entered_once(bench):
    with pytest.raises(CampaignExists, match="--name"):
        bench.enter()


def test_an_owned_campaign_is_refused_to_others_and_free_afterwards(bench):
    with owned(bench.home, bench.name, bench.equipment()), pytest.raises(LeaseHeld):
        bench.drive()
    assert bench.drive().status == "done"


def test_what_goes_wrong_inside_leaves_no_lease_behind(bench):
    with pytest.raises(RuntimeError), owned(bench.home, bench.name, bench.equipment()):
        raise RuntimeError
    assert bench.status()["owner"] is None


def test_a_table_that_has_changed_since_is_refused(bench, tmp_path, pool_folder):
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "pool.csv").write_text((pool_folder / "pool.csv").read_text())
    bench.folder, bench.home = copy, Home(tmp_path / "another")
    bench.enter()
    with (copy / "pool.csv").open("a") as table:
        table.write("9,9,0.0\n")
    database = bench.home.database()
    with pytest.raises(InputChanged, match=r"pool\.csv is not the file"):
        stored(database, bench.name)
    (copy / "pool.csv").unlink()
    with pytest.raises(InputChanged, match="cannot be read"):
        stored(database, bench.name)
    database.close()


def test_where_no_ledger_is_nothing_can_be_owned_and_nothing_is_made(tmp_path):
    with pytest.raises(LedgerUnavailable, match="junkan run"), owned(Home(tmp_path / "none"), "parabola"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_campaign_is_answered_with_the_known_ones(bench):
    with pytest.raises(NoSuchCampaign), owned(bench.home, "paraboloid"):
        pass


def test_an_executor_that_cannot_be_set_up_refuses_before_anything_is_written(bench_with):
    bench = bench_with(executor="{kind: table, file: pool.csv, columns: {height: depth}}")
    with pytest.raises(InputRefused, match="depth"):
        equip(bench.spec)


def test_the_lease_is_renewed_while_the_campaign_is_owned(bench, monkeypatch):
    renewed = []
    monkeypatch.setattr(session, "HEARTBEAT", 0.02)
    monkeypatch.setattr(session.lease, "renew", lambda *arguments: renewed.append(arguments))
    with owned(bench.home, bench.name, bench.equipment()):
        time.sleep(0.3)
    assert len(renewed) > 2


def test_a_lost_lease_halts_the_run(bench, monkeypatch):
    monkeypatch.setattr(session, "HEARTBEAT", 0.02)
    with owned(bench.home, bench.name, bench.equipment()) as run:
        assert isinstance(run, CampaignRun)
        from orchestrator.ledger import lease

        lease.release(run.database, run.owner)
        assert run.halted.wait(timeout=10)


def test_owning_a_campaign_imports_no_prefect():
    program = "import sys, orchestrator.loop.session, orchestrator.loop.drive; assert 'prefect' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
