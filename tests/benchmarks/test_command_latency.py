import os
import sys

import pytest

from benchmarks.bench_campaign import NAME, drive_without_prefect, write_campaign
from benchmarks.command_latency import commands, measure
from orchestrator.ledger import views
from orchestrator.ledger.home import Home


def test_a_command_is_timed_by_wall_and_processor():
    latency = measure([sys.executable, "-c", "import time; time.sleep(0.2)"], dict(os.environ), runs=2)
    assert latency.quickest >= 0.2
    assert latency.quickest <= latency.median <= latency.slowest
    assert latency.processor < latency.median


def test_a_command_that_fails_is_not_taken_for_a_quick_one():
    with pytest.raises(Exception, match="non-zero exit status"):
        measure([sys.executable, "-c", "raise SystemExit(1)"], dict(os.environ), runs=1)


def test_the_yardsticks_come_first(tmp_path):
    words = [" ".join(command) for command in commands(tmp_path / "bench.yaml")]
    assert words[0].endswith("-c pass")
    assert words[1].endswith("prefect version")
    assert all("junkan" in command for command in words[2:])


@pytest.mark.parametrize("parallel", [1, 3])
def test_the_campaign_that_is_measured_is_a_whole_one(tmp_path, parallel):
    home = Home(tmp_path / "home")
    drive_without_prefect(home, write_campaign(tmp_path, trials=7, parallel=parallel))
    database = home.database()
    with database.reading() as session:
        assert views.status(session, NAME)["trials"] == {"completed": 7}
    database.close()
