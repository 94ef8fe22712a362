"""The files that proposals and outcomes depend on, frozen by their content when a campaign starts."""

from pathlib import Path
from typing import Any

from orchestrator.campaign.inputs import fingerprints
from orchestrator.campaign.spec import CampaignSpec
from orchestrator.loop.errors import InputChanged


def frozen_inputs(spec: CampaignSpec) -> dict[str, str]:
    """SHA-256 of every file that the space, the optimizer and the executor read, by path.

    Tables that only the report reads are not among them. Raises InputChanged for a file that cannot be read.
    """
    sections: tuple[Any, ...] = (spec.space, spec.optimizer, spec.executor)
    try:
        return {str(path): digest for section in sections for path, digest in fingerprints(section).items()}
    except OSError as error:
        raise InputChanged(f"campaign {spec.campaign!r}: {_named(error)} cannot be read: {error.strerror}") from error


def require_unchanged(spec: CampaignSpec, frozen: dict[str, str]) -> None:
    """Raise InputChanged unless every file is the one that `frozen` remembers."""
    present = frozen_inputs(spec)
    for path, digest in frozen.items():
        if present.get(path) != digest:
            raise InputChanged(
                f"campaign {spec.campaign!r}: {path} is not the file the campaign started with. "
                "Put that file back, or start a new campaign with --name."
            )


def _named(error: OSError) -> Path | str:
    return Path(error.filename) if error.filename else "an input file"
