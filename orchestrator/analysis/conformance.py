"""What every analysis step must do: inherit `AnalysisConformance` in a test module and say how to build yours."""

import hashlib
import json
from abc import abstractmethod
from pathlib import Path
from typing import Any

from orchestrator.analysis.base import AnalysisSettings, AnalysisStep
from orchestrator.executors.outcome import Outcome, Value

BEFORE = Outcome(values={"duration": Value(value=3965.0)}, details={"sample": "s1"})


class AnalysisConformance:
    """The promises of the analysis protocol, as tests. A subclass names itself Test... and overrides two methods."""

    @abstractmethod
    def settings(self) -> AnalysisSettings:
        """Settings of the step."""

    @abstractmethod
    def fill(self, folder: Path) -> None:
        """Put raw data that the step can use into `folder`."""

    def test_a_step_is_a_step(self) -> None:
        assert isinstance(self.settings().build(), AnalysisStep)

    def test_a_step_adds_the_values_that_its_settings_announce(self, tmp_path: Path) -> None:
        found = self._analysed(tmp_path)
        assert set(found.values) == {*BEFORE.values, *self.settings().quantities()}

    def test_a_step_says_how_sure_it_is(self, tmp_path: Path) -> None:
        found = self._analysed(tmp_path)
        assert all(found.values[name].standard_error for name in self.settings().quantities())

    def test_a_step_keeps_what_was_known_before(self, tmp_path: Path) -> None:
        found = self._analysed(tmp_path)
        assert found.values["duration"] == BEFORE.values["duration"]
        assert found.details["sample"] == "s1"

    def test_r16_the_same_raw_data_give_the_same_number_again(self, tmp_path: Path) -> None:
        assert self._analysed(tmp_path) == self._analysed(tmp_path)

    def test_raw_data_are_never_changed(self, tmp_path: Path) -> None:
        self.fill(tmp_path)
        before = _digests(tmp_path)
        self.settings().build().analyse(tmp_path, BEFORE)
        assert {name: it for name, it in _digests(tmp_path).items() if name in before} == before

    def test_what_a_step_finds_can_be_stored(self, tmp_path: Path) -> None:
        json.loads(self._analysed(tmp_path).model_dump_json())

    def test_settings_survive_being_written_as_json(self) -> None:
        model: Any = self.settings()
        assert type(model).model_validate_json(model.model_dump_json()) == model

    def _analysed(self, folder: Path) -> Outcome:
        self.fill(folder)
        return self.settings().build().analyse(folder, BEFORE)


def _digests(folder: Path) -> dict[str, str]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
