import hashlib
from pathlib import Path

import pandas as pd
import pytest

from orchestrator.analysis.errors import UnusableRecord
from orchestrator.analysis.record import Measurement, Record, Series, StepTaken

RECORD = Record(
    title="nb-tio2/3/1",
    sample={"id": "s-3", "position": "store/1", "history": ["loaded", "deposited"]},
    about={"asked": {"power": 100.0}, "dry": False, "software": {"junkan": "0.1"}, "note": "plain words"},
    calibrations={"probe_factor": {"id": "p1", "value": 1.0, "std": 0.01, "until": None}},
    steps=(StepTaken("load", 0.0, 90.0, {"from": "cassette/1"}), StepTaken("pump", 90.0, 760.0)),
    series={
        "gas.pressure": Series("Pa", (0.0, 5.0), (1.0e5, 3.0e4)),
        "gun.plasma": Series("", (0.0, 5.0), (False, True)),
        "robot.state": Series("", (0.0,), ("IDLE",)),
        "heater.temperature": Series("C", (), ()),
    },
    measurements={
        "four_point": Measurement(
            {"current": (1e-4, -1e-4), "voltage": (1.3e-3, -1.3e-3)},
            {"current": "A", "voltage": "V"},
            {"compliance": 20.0},
        )
    },
)


def test_r16_a_record_comes_back_as_it_was_written(tmp_path: Path):
    RECORD.write(tmp_path / "record.h5")
    assert Record.read(tmp_path / "record.h5") == RECORD


def test_any_word_may_name_a_fact(tmp_path: Path):
    facts = {"note nb-tio2/25/1:steps.0": "the move was read back", "100 %2F": 1.0, ".": True}
    record = Record("t", about=facts)
    record.write(tmp_path / "record.h5")
    assert Record.read(tmp_path / "record.h5") == record


def test_r33_the_groups_have_the_classes_of_nexus(tmp_path: Path):
    import h5py

    RECORD.write(tmp_path / "record.h5")
    with h5py.File(tmp_path / "record.h5") as file:
        classes = {name: file[name].attrs["NX_class"] for name in ("entry", "entry/sample", "entry/four_point")}
        log = file["entry/environment/gas.pressure"]
        assert classes == {"entry": "NXentry", "entry/sample": "NXsample", "entry/four_point": "NXdata"}
        assert (log.attrs["NX_class"], log["value"].attrs["units"], log["time"].attrs["units"]) == ("NXlog", "Pa", "s")


def test_the_same_record_is_the_same_file(tmp_path: Path):
    for name in ("one.h5", "two.h5"):
        RECORD.write(tmp_path / name)
    one, two = (hashlib.sha256((tmp_path / name).read_bytes()).digest() for name in ("one.h5", "two.h5"))
    assert one == two


def test_r33_tables_come_back_from_csv_and_parquet(tmp_path: Path):
    names = RECORD.write_tables(tmp_path)
    assert names == ("readings.csv", "readings.parquet", "four_point.csv", "four_point.parquet")
    for name in ("readings", "four_point"):
        stored = pd.read_parquet(tmp_path / f"{name}.parquet")
        read = pd.read_csv(tmp_path / f"{name}.csv", dtype=stored.dtypes.to_dict(), keep_default_na=False)
        pd.testing.assert_frame_equal(stored, read)
    assert list(pd.read_csv(tmp_path / "four_point.csv")["voltage (V)"]) == [1.3e-3, -1.3e-3]


def test_a_file_that_is_no_record_is_said_to_be_none(tmp_path: Path):
    (tmp_path / "record.h5").write_text("nothing")
    with pytest.raises(UnusableRecord, match="no record of a growth"):
        Record.read(tmp_path / "record.h5")


def test_a_record_that_cannot_be_written_leaves_the_old_one(tmp_path: Path):
    RECORD.write(tmp_path / "record.h5")
    with pytest.raises(ValueError, match="cannot be called 'steps'"):
        Record("t", measurements={"steps": Measurement({})}).write(tmp_path / "record.h5")
    assert Record.read(tmp_path / "record.h5") == RECORD
    assert [file.name for file in tmp_path.iterdir()] == ["record.h5"]
