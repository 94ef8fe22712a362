"""A record as a MaiML document (JIS K 0200): the recipe as a Petri net, what was asked, and what came of it.

An export for readers of that standard; the ledger and the record stay the truth. Needs `pip install 'junkan[maiml]'`.
"""

import hashlib
import math
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from orchestrator.analysis.errors import AnalysisError
from orchestrator.analysis.record import Record
from orchestrator.executors.outcome import Outcome

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "junkan")
OURS = "urn:junkan:thin-film"
XES = {
    "lifecycle": "http://www.xes-standard.org/lifecycle.xesext#",
    "time": "http://www.xes-standard.org/time.xesext#",
    "concept": "http://www.xes-standard.org/concept.xesext#",
}


def write_maiml(
    record: Record,
    outcome: Outcome,
    path: Path,
    *,
    date: datetime,
    owner: str,
    files: Iterable[Path] = (),
    units: Mapping[str, str] | None = None,
) -> None:
    """Write `record` and the `outcome` of its analysis to `path`, which ends in .maiml.

    `date` is the time of day, with its zone, at which the first step began. `files` are inserted by name
    and SHA-256; `units` are those of the values. The same record gives the same document. Raises AnalysisError
    where pymaiml is not installed or finds the document not valid.
    """
    try:
        from pymaiml import serialization, validation
    except ImportError as error:
        raise AnalysisError("MaiML needs the package pymaiml: pip install 'junkan[maiml]'") from error
    root = _Document(record, outcome, date, owner, tuple(files), units or {}).root()
    serialization.dump(root, path, extra_namespaces={"junkan": OURS, **XES})
    found = validation.validate(path)
    if not found.ok:
        raise AnalysisError(f"the MaiML document of {record.title} is not valid: {found}")


def word(text: str) -> str:
    """`text` as a name of XML without a prefix: letters, digits, `_`, `-` and `.`, with a letter in front."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", text).strip("_") or "x"
    return plain if plain[0].isalpha() else f"x_{plain}"


@dataclass(frozen=True)
class _Document:
    record: Record
    outcome: Outcome
    date: datetime
    owner: str
    files: tuple[Path, ...]
    units: Mapping[str, str]

    def root(self) -> Any:
        import maiml_domain as m

        return m.MaimlRootType(
            document=self._document(),
            protocol=self._protocol(),
            data=self._data(),
            event_log=self._event_log(),
            features="nested-attributes",
        )

    def _content(self, place: str, name: str = "", **more: Any) -> Any:
        """What every object carries; its number depends on the record and its place in the document alone."""
        import maiml_domain as m

        number = m.Uuid(str(uuid.uuid5(NAMESPACE, f"{self.record.title}/{place}")))
        return m.GlobalObjectContent(uuid=number, name=word(name) if name else None, **more)

    def _document(self) -> Any:
        import maiml_domain as m

        return m.DocumentType(
            id="document",
            date=self.date,
            creators=[
                m.CreatorType("creator", [m.VendorRefType("creator_vendor", "vendor")], self._content("c", "Junkan"))
            ],
            vendors=[m.VendorType("vendor", self._content("vendor", "Junkan"))],
            owners=[m.OwnerType("owner", self._content("owner", self.owner))],
            instruments=[m.InstrumentType("instrument", self._content("station", str(self._about("station"))))],
            content=self._content("document", self.record.title),
        )

    def _about(self, key: str) -> Any:
        return self.record.about.get(key, "station")

    def _protocol(self) -> Any:
        import maiml_domain as m

        steps = range(len(self._steps))
        places = [m.PlaceType(f"place{number}") for number in range(len(self._steps) + 1)]
        arcs = [
            arc
            for number in steps
            for arc in (
                m.ArcType(f"in{number}", f"place{number}", f"step{number}"),
                m.ArcType(f"out{number}", f"step{number}", f"place{number + 1}"),
            )
        ]
        net = m.PnmlType(
            "net",
            places=places,
            transitions=[m.TransitionType(f"step{number}", word(self._steps[number].name)) for number in steps],
            arcs=arcs,
            content=self._content("net"),
        )
        instructions = [
            m.InstructionType(
                f"instruction{number}",
                [m.TransitionRefType(f"of{number}", f"step{number}")],
                self._content(f"instruction{number}", self._steps[number].name),
            )
            for number in steps
        ]
        last = f"place{len(self._steps)}"
        program = m.ProgramType(
            "program",
            instructions=instructions,
            content=self._content("program", str(self.record.about.get("recipe_name", "recipe"))),
            material_templates=[_template(m.MaterialTemplateType, "sample", "place0", self._content("t1", "sample"))],
            condition_templates=[_template(m.ConditionTemplateType, "asked", "place0", self._content("t2", "asked"))],
            result_templates=[_template(m.ResultTemplateType, "found", last, self._content("t3", "found"))],
        )
        method = m.MethodType("method", pnmls=[net], programs=[program], content=self._content("method"))
        return m.ProtocolType("protocol", methods=[method], content=self._content("protocol"))

    def _data(self) -> Any:
        import maiml_domain as m

        asked = self.record.about.get("asked", {})
        sample = self._content("sample", properties=_properties(self.record.sample, {}))
        found = self._content("found", properties=self._found(), insertions=[self._insertion(it) for it in self.files])
        results = m.ResultsType(
            "results",
            content=self._content("results"),
            materials=[m.MaterialType("material", "sample_template", sample)],
            conditions=[
                m.ConditionType(
                    "condition", "asked_template", self._content("asked", properties=_properties(asked, self.units))
                )
            ],
            results=[m.ResultType("result", "found_template", found)],
        )
        return m.DataType("data", results_list=[results], content=self._content("data"))

    def _found(self) -> list[Any]:
        failure = self.outcome.failure
        if failure is not None:
            return _properties({"failure": failure.kind, "reason": failure.reason}, {})
        values: dict[str, Any] = {}
        units = dict(self.units)
        for name, value in self.outcome.values.items():
            values[name] = value.value
            if value.standard_error is not None:
                values[f"{name}_standard_error"] = value.standard_error
                units[f"{name}_standard_error"] = self.units.get(name, "")
        return _properties(values, units)

    def _insertion(self, file: Path) -> Any:
        import maiml_domain as m

        digest = hashlib.sha256(file.read_bytes()).digest()
        return m.InsertionType(uri=file.name, hash=m.HashType(digest, "SHA-256"))

    def _event_log(self) -> Any:
        import maiml_domain as m

        events = []
        for number, step in enumerate(self._steps):
            moment = self.date + timedelta(seconds=step.ended - self._steps[0].began)
            properties = [
                m.StringType(key="lifecycle:transition", value="complete"),
                m.DateTimeType(key="time:timestamp", value=moment),
                m.StringType(key="concept:name", value=step.name),
            ]
            content = self._content(f"event{number}", properties=properties)
            last = number == len(self._steps) - 1
            refs = [m.ResultsRefType("event_results", "results")] if last else []
            events.append(m.EventType(f"event{number}", f"instruction{number}", content, results_refs=refs))
        trace = m.TraceType("trace", "program", events=events, content=self._content("trace"))
        log = m.LogType("log", "method", traces=[trace], content=self._content("log"))
        return m.EventLogType("eventLog", logs=[log], content=self._content("eventLog"))

    @property
    def _steps(self) -> Any:
        if not self.record.steps:
            raise AnalysisError(f"{self.record.title} has no step, so there is no method to tell of.")
        return self.record.steps


def _template(kind: Any, name: str, place: str, content: Any) -> Any:
    import maiml_domain as m

    return kind(f"{name}_template", place_refs=[m.PlaceRefType(f"{name}_place", place)], content=content)


def _properties(content: Mapping[str, Any], units: Mapping[str, str]) -> list[Any]:
    import maiml_domain as m

    found = []
    for name, value in content.items():
        key = f"junkan:{word(name)}"
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            found.append(m.DoubleType(key=key, value=float(value), units=units.get(name) or None))
        else:
            found.append(m.StringType(key=key, value=str(value)))
    return found
