"""The tables of `optimizers_speed`: steps against the floor, CPU time per trial, memory."""

from typing import Any

from benchmarks.ask_cost import WINDOWS, AskCost
from benchmarks.peers.registry import OURS
from benchmarks.sheet import Sheet
from benchmarks.spread import Spread
from benchmarks.step_cost import StepCost

LATE = "95-105"
SCHEDULES = {"every": "refit on every ask", "own": "own"}


def sheet_of_steps(costs: list[StepCost]) -> Sheet:
    """One line per pool size, with the processor's caches emptied before every step and without."""
    headings = (
        "candidates",
        "caches",
        "step / floor: mean",
        "median",
        "p95",
        "step ms, median",
        "floor ms",
        "bandwidth GB/s",
    )
    lines = []
    for cost in costs:
        ratio = (f"{cost.ratio.mean:.2f}", f"{cost.ratio.median:.2f}", f"{cost.ratio.p95:.2f}")
        times = (f"{cost.milliseconds.median:.2f}", f"{cost.floor_milliseconds.median:.2f}")
        lines.append((f"{cost.candidates:,}", cost.caches, *ratio, *times, f"{cost.bandwidth.median / 1e9:.1f}"))
    return Sheet(headings, tuple(lines))


def sheet_of_asks(costs: list[AskCost]) -> Sheet:
    """One line per optimizer and schedule; the last columns are multiples of ours with the same kind of schedule."""
    headings = ("optimizer", "schedule", *(f"n = {window}: mean / median / p95 ms" for window in WINDOWS))
    lines = []
    for cost in costs:
        ours = next(it for it in costs if it.peer == OURS and it.schedule == cost.schedule)
        times = (_cell(cost.milliseconds[window]) for window in WINDOWS)
        ratios = (f"{cost.milliseconds[it].mean / ours.milliseconds[it].mean:.1f}" for it in (LATE, "10-105"))
        lines.append((cost.peer, SCHEDULES[cost.schedule], *times, *ratios))
    return Sheet((*headings, f"times ours, n = {LATE}", "times ours, n = 10-105"), tuple(lines))


def sheet_of_memory(rows: list[dict[str, Any]]) -> Sheet:
    """One line per optimizer: peak MiB, and what of it was there before the optimizer was built."""
    sizes = list(dict.fromkeys(row["candidates"] for row in rows))
    lines = []
    for peer in dict.fromkeys(row["peer"] for row in rows):
        found = {row["candidates"]: row for row in rows if row["peer"] == peer}
        lines.append((peer, *(f"{found[it]['peak_mib']:.0f} ({found[it]['before_mib']:.0f})" for it in sizes)))
    return Sheet(("peak MiB (before)", *(f"N = {size:,}" for size in sizes)), tuple(lines))


def _cell(times: Spread) -> str:
    return f"{times.mean:.1f} / {times.median:.1f} / {times.p95:.1f}"
