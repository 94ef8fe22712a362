"""Bases ranked before any Monte Carlo, and the two pictures of the guide.

    python -m simulators.quantum_monte_carlo.screening rank    [--hopping 0.5 1 1] [--beta 10] [--random 20]
    python -m simulators.quantum_monte_carlo.screening hopping [--to docs/images/qmc_index_against_hopping.png]
    python -m simulators.quantum_monte_carlo.screening map     [--to docs/images/qmc_sign_map.png]

All is exact, for three sites at half filling. `rank` orders named and random bases by |ln ΔF index|, then by the
average sign, with the KL divergence beside them; an index of 1 is necessary for a basis without a sign problem, not
sufficient. `hopping` draws the index and the sign of a ring against its hopping for plane-wave, localized and
intermediate bases. `map` draws the average sign over the two angles of G(θ, φ).
"""

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulators.quantum_monte_carlo.bases import givens, named_bases, named_basis, random_rotation, two_angles
from simulators.quantum_monte_carlo.cluster import Cluster, HalfFilling, Matrix, triangle
from simulators.quantum_monte_carlo.errors import QuantumMonteCarloError
from simulators.quantum_monte_carlo.exact import ExactCluster, Report

IMAGES = Path("docs/images")
HOPPINGS = np.linspace(0.05, 2.0, 40)
ANGLES = np.linspace(0.0, 90.0, 61)
SMALLEST_SHOWN = 1e-6


@dataclass(frozen=True)
class Screened:
    """A basis and its exact quantities."""

    name: str
    report: Report

    @property
    def distance(self) -> float:
        """How far the ΔF index is from 1: |ln index|."""
        return abs(math.log(self.report.delta_f_index))


def ranked(cluster: Cluster, random: int = 20, seed: int = 0) -> list[Screened]:
    """Named bases and `random` uniform ones, the nearest to an index of 1 first, the larger sign first among equals."""
    chance = np.random.default_rng(seed)
    bases: dict[str, Matrix] = dict(named_bases(cluster.sites))
    bases |= {f"random {number}": random_rotation(cluster.sites, chance) for number in range(1, random + 1)}
    exact = ExactCluster(cluster)
    screened = [Screened(name, exact.report(basis)) for name, basis in bases.items()]
    return sorted(screened, key=lambda one: (round(one.distance, 9), -one.report.average_sign))


def against_hopping(
    hoppings: npt.NDArray[np.float64], interaction: float, beta: float
) -> dict[str, npt.NDArray[np.float64]]:
    """ΔF index and average sign of a ring, by basis: arrays of shape (hoppings, 2)."""
    plane, pair = named_basis("realPW", 3), named_basis("BA12+3", 3)
    bases = {
        "plane waves": named_basis("PW", 3),
        "real plane waves": plane,
        "localized": np.eye(3),
        "bonding, antibonding + site": pair,
        "halfway: localized to pair": givens(3, 0, 1, math.pi / 8),
        "halfway: pair to real plane waves": pair @ givens(3, 0, 2, 0.5 * math.acos(math.sqrt(2.0 / 3.0))),
    }
    curves: dict[str, list[tuple[float, float]]] = {name: [] for name in bases}
    for hopping in hoppings:
        exact = ExactCluster(Cluster(triangle(hopping, hopping, hopping), interaction, beta, HalfFilling()))
        for name, basis in bases.items():
            seen = exact.report(basis)
            curves[name].append((seen.delta_f_index, seen.average_sign))
    return {name: np.array(points) for name, points in curves.items()}


def sign_map(cluster: Cluster, angles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Average sign over the angles θ (rows) and φ (columns) of G(θ, φ), degrees."""
    exact = ExactCluster(cluster)
    return np.array([[exact.report(two_angles(theta, phi)).average_sign for phi in angles] for theta in angles])


def draw_hopping(to: Path, interaction: float = 5.0, beta: float = 10.0) -> None:
    """The picture of `against_hopping`, as PNG."""
    figure, panels = _figure(2, (10.5, 4.4))
    for name, curve in against_hopping(HOPPINGS, interaction, beta).items():
        for axes, values in zip(panels, curve.T, strict=True):
            axes.plot(HOPPINGS, values, label=name, linewidth=1.6, linestyle=_style(name))
    for axes, label in zip(panels, ("ΔF index  Z_F / Z_B", "average sign  ⟨s⟩ = Z_F / Z̃"), strict=True):
        axes.set(yscale="log", xlabel="hopping t", ylabel=label)
        axes.spines[["top", "right"]].set_visible(False)
    panels[1].set_ylim(1e-10, 3.0)
    panels[0].axhline(1.0, color="black", linewidth=0.5)
    panels[1].legend(frameon=False, fontsize=8)
    figure.suptitle(f"Ring of three sites, half filled, U = {interaction:g}, β = {beta:g}")
    _save(figure, to)


def draw_map(to: Path, cluster: Cluster) -> None:
    """The picture of `sign_map`, as PNG, with the named bases that lie on it."""
    figure, (axes,) = _figure(1, (6.4, 5.2))
    values = np.log10(np.maximum(sign_map(cluster, ANGLES), SMALLEST_SHOWN))
    filled = axes.contourf(ANGLES, ANGLES, values, levels=np.linspace(np.log10(SMALLEST_SHOWN), 0.0, 25), cmap="magma")
    figure.colorbar(filled, ax=axes, label="log₁₀ ⟨s⟩ (below −6 cut)", ticks=range(-6, 1))
    for phi, theta, name in ((0, 0, "localized"), (0, 45, "BA12+3"), (45, 0, "BA13+2"), (45, 90, "BA23+1")):
        axes.plot(phi, theta, "o", color="white", markeredgecolor="black", clip_on=False, zorder=5)
        inside = -6 if phi >= 45 and theta else 6
        axes.annotate(name, (phi, theta), (6, inside * 1.6), textcoords="offset points", color="white", va="center")
    axes.set(xlabel="φ of G13, degrees", ylabel="θ of G12, degrees")
    t12, t13, t23 = -np.real(cluster.hopping[[0, 0, 1], [1, 2, 2]])
    model = f"t = {t12:g}, {t13:g}, {t23:g}; U = {cluster.interaction:g}, β = {cluster.beta:g}"
    axes.set_title(f"Average sign in the basis G12(θ)·G13(φ)\n{model}", fontsize=11)
    _save(figure, to)


def print_ranking(screened: list[Screened]) -> None:
    """One line per basis."""
    lines = [f"{'basis':<12}{'ΔF index':>12}{'KL':>12}{'⟨s⟩':>12}{'Ẽ':>12}"]
    for one in screened:
        seen = one.report
        lines.append(
            f"{one.name:<12}{seen.delta_f_index:>12.4g}{seen.kl:>12.3g}{seen.average_sign:>12.4g}"
            f"{seen.stoquastic_energy:>12.5f}"
        )
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("rank", "hopping", "map"))
    parser.add_argument("--hopping", nargs=3, type=float, default=(0.5, 1.0, 1.0), metavar=("T12", "T13", "T23"))
    parser.add_argument("--interaction", type=float, default=5.0)
    parser.add_argument("--beta", type=float, default=10.0)
    parser.add_argument("--random", type=int, default=20, help="how many random bases are ranked")
    parser.add_argument("--to", type=Path, help="PNG file")
    options = parser.parse_args()
    try:
        cluster = Cluster(triangle(*options.hopping), options.interaction, options.beta, HalfFilling())
        if options.what == "rank":
            print_ranking(ranked(cluster, options.random))
        elif options.what == "hopping":
            draw_hopping(options.to or IMAGES / "qmc_index_against_hopping.png", options.interaction, options.beta)
        else:
            draw_map(options.to or IMAGES / "qmc_sign_map.png", cluster)
    except QuantumMonteCarloError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _style(name: str) -> str:
    """Dashes for what lies between, dots for the line that covers another one."""
    return "--" if "halfway" in name else ":" if name.startswith("bonding") else "-"


def _figure(panels: int, size: tuple[float, float]) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(1, panels, squeeze=False)[0]


def _save(figure: Any, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(to)


if __name__ == "__main__":
    sys.exit(main())
