from orchestrator.loop import checkup
from orchestrator.loop.checkup import Finding


def test_a_healthy_installation_has_exit_code_0_and_a_line_for_every_finding(junkan, home):
    answer = junkan("doctor")
    assert answer.code == 0
    assert all(line.startswith(("ok  ", "--  ", "      ")) for line in answer.out.splitlines())
    assert not home.exists()


def test_json_is_a_list_of_findings(junkan):
    found = junkan("doctor", "--json").document
    assert all(set(one) == {"subject", "state", "found", "cure"} for one in found)


def test_what_keeps_campaigns_from_running_has_exit_code_1_and_a_cure(junkan, monkeypatch):
    bad = Finding("Prefect server", "bad", "cannot be imported", "pip install 'prefect==3.8.8' 'fastapi<0.151'")
    monkeypatch.setattr(checkup, "_prefect_server", lambda: bad)
    answer = junkan("doctor")
    assert answer.code == 1
    assert "BAD Prefect server: cannot be imported\n      pip install 'prefect==3.8.8' 'fastapi<0.151'" in answer.out
