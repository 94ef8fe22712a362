"""A campaign whose experiments cost nothing: what remains is the loop."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from orchestrator.campaign.loading import load
from orchestrator.ledger.home import Home
from orchestrator.loop.drive import Hands, drive
from orchestrator.loop.recovery import recover
from orchestrator.loop.session import enter, equip, owned

NAME = "bench"
CAMPAIGN = """\
campaign: {name}
seed: 1
objective: {{name: height, goal: minimize}}
space: {{kind: table, file: pool.parquet, parameters: [x, y]}}
optimizer: {{kind: random}}
executor: {{kind: table, file: pool.parquet}}
parallel: {parallel}
stop: {{trials: {trials}}}
"""


def write_campaign(folder: Path, trials: int, parallel: int = 1, name: str = NAME) -> Path:
    """A table of 2,500 values and a random search over it, in `folder`; returns the campaign file."""
    side = np.linspace(0.0, 1.0, 50)
    x, y = (grid.ravel() for grid in np.meshgrid(side, side))
    pd.DataFrame({"x": x, "y": y, "height": (x - 0.6) ** 2 + (y - 0.2) ** 2}).to_parquet(folder / "pool.parquet")
    file = folder / f"{name}.yaml"
    file.write_text(CAMPAIGN.format(name=name, trials=trials, parallel=parallel))
    return file


def drive_without_prefect(home: Home, file: Path) -> None:
    """Enter the campaign in `file` and drive it to its end: the whole loop, with threads for Prefect's tasks."""
    loaded = load(file)
    spec = loaded.spec
    enter(home, loaded, str(file))
    with ThreadPoolExecutor(spec.parallel) as threads, owned(home, spec.campaign, equip(spec)) as run:

        def submit(act: Callable[..., Any]) -> Callable[..., "Future[Any]"]:
            return lambda *arguments: threads.submit(act, *arguments)

        hands = Hands(ask=run.ask, carry_out=submit(run.carry_out), attend=submit(run.attend), seen=lambda _: None)
        drive(run, hands, recover(run))
