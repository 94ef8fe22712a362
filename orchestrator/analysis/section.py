"""`analysis`: a list of steps in the section of an executor."""

from typing import Annotated, Any

from orchestrator.analysis.base import GROUP
from orchestrator.campaign.section import PlugInSection

Analysis = tuple[Annotated[Any, PlugInSection(GROUP)], ...]
"""Sections such as `{kind: sheet_resistance}`, done in the order in which they are written."""
