import base64
import hashlib
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestrator.analysis.errors import AnalysisError
from orchestrator.analysis.maiml import word, write_maiml
from orchestrator.analysis.record import Record, StepTaken
from orchestrator.executors.outcome import Outcome, Value

STEPS = ("load", "pump_down", "heat", "gas", "presputter", "deposit", "cool", "transfer", "measure", "store")
RECORD = Record(
    title="nb-tio2/3/1",
    sample={"id": "s-3", "substrate": "glass"},
    about={"asked": {"power": 100.0, "material": "Nb 6 %"}, "station": "sputter"},
    steps=tuple(StepTaken(name, 100.0 * at, 100.0 * at + 90) for at, name in enumerate(STEPS)),
)
OUTCOME = Outcome(values={"sheet_resistance": Value(value=62.25, standard_error=0.62)})
SPACE = {"m": "http://www.maiml.org/schemas"}
UNITS = {"sheet_resistance": "ohm/sq", "power": "W"}


@pytest.fixture
def write(tmp_path: Path):
    pytest.importorskip("pymaiml")
    (tmp_path / "record.h5").write_bytes(b"raw data")

    def write(record: Record = RECORD, outcome: Outcome = OUTCOME) -> Path:
        date = datetime(2026, 11, 21, 16, tzinfo=UTC)
        path = tmp_path / "growth.maiml"
        write_maiml(record, outcome, path, date=date, owner="A laboratory", files=[tmp_path / "record.h5"], units=UNITS)
        return path

    return write


def test_r33_the_document_is_valid(write):
    from pymaiml import validation

    found = validation.validate(write())
    assert found.ok
    assert found.findings == []


def test_the_recipe_is_the_net_and_every_step_has_its_event(write):
    tree = ET.parse(write())
    assert [it.find("m:name", SPACE).text for it in tree.iterfind(".//m:transition", SPACE)] == list(STEPS)
    assert len(tree.findall(".//m:event", SPACE)) == len(STEPS)


def test_events_are_told_in_the_time_of_day_wherever_the_clock_of_the_rig_begins(write):
    # a real clock counts from the start of the machine, which may be weeks ago
    late = replace(RECORD, steps=tuple(replace(it, began=it.began + 3e6, ended=it.ended + 3e6) for it in RECORD.steps))
    stamps = ET.parse(write(late)).iterfind(".//m:event/m:property[@key='time:timestamp']/m:value", SPACE)
    moments = [datetime.fromisoformat(it.text) for it in stamps]
    first = datetime(2026, 11, 21, 16, 1, 30, tzinfo=UTC)
    assert (moments[0], moments[-1]) == (first, first.replace(minute=16))


def test_values_come_with_their_units_and_standard_errors(write):
    found = {it.get("key"): it for it in ET.parse(write()).iterfind(".//m:result/m:property", SPACE)}
    value = found["junkan:sheet_resistance"]
    assert (value.get("units"), float(value.find("m:value", SPACE).text)) == ("ohm/sq", 62.25)
    assert float(found["junkan:sheet_resistance_standard_error"].find("m:value", SPACE).text) == 0.62


def test_raw_data_are_named_with_their_digest(write):
    insertion = ET.parse(write()).find(".//m:result/m:insertion", SPACE)
    assert insertion.find("m:uri", SPACE).text == "record.h5"
    assert base64.b64decode(insertion.find("m:hash", SPACE).text) == hashlib.sha256(b"raw data").digest()


def test_the_same_record_gives_the_same_document(write):
    assert write().read_bytes() == write().read_bytes()


def test_a_failed_growth_is_told_with_its_reason(write):
    text = write(outcome=Outcome.failed("infeasible", "no plasma")).read_text()
    assert "no plasma" in text


def test_a_record_without_steps_is_refused(write):
    with pytest.raises(AnalysisError, match="no step"):
        write(replace(RECORD, steps=()))


@pytest.mark.parametrize(("text", "name"), [("A laboratory", "A_laboratory"), ("3/1", "x_3_1"), ("", "x")])
def test_names_are_words_of_xml(text: str, name: str):
    assert word(text) == name
