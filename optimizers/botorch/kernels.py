"""Covariance functions as GPyTorch kernels of unit variance."""

from math import log, sqrt
from typing import Any

import torch
from gpytorch.constraints import Interval
from gpytorch.kernels import Kernel
from gpytorch.module import Module
from gpytorch.priors import LogNormalPrior, NormalPrior
from torch import Tensor

from optimizers.botorch.layout import Layout
from optimizers.botorch.settings import BotorchSettings

LENGTH_BOUNDS = (0.02, 200.0)
WEIGHT_BOUNDS = (-6.0, 6.0)
LIKENESS_BOUNDS = (-6.0, 6.0)
SHIFT_BOUNDS = (-4.0, 4.0)


def covariance(settings: BotorchSettings, layout: Layout, tasks: int) -> Kernel:
    """The kernel that `settings` ask for, over features and fingerprints.

    With several tasks: task t is ρ_t times the target plus √(1 - ρ_t²) times something of its own (Kennedy and O'Hagan
    2000, Biometrika 87, 1, eq. 1, with unit variances). The own parts have the length-scales of the target unless the
    values say otherwise, so that what is peculiar to another task, such as mere scatter, leaves those of the target
    as they are.
    """
    if tasks == 1:
        return _product(_base(settings, layout), layout)
    likeness, base = Likeness(tasks), _base(settings, layout)
    shared = _product(base, layout) * Between(likeness, is_shared=True)
    return shared + _product(_base(settings, layout, base), layout) * Between(likeness, is_shared=False)


def _base(settings: BotorchSettings, layout: Layout, origin: "Lengths | None" = None) -> "Lengths | None":
    if not layout.names:
        return None
    if settings.kernel == "additive":
        return Additive(layout, origin)
    return Stationary(layout, origin, is_smooth=settings.kernel == "rbf")


def _product(base: "Lengths | None", layout: Layout) -> Kernel:
    factors: list[Kernel] = [] if base is None else [Averaged(base, layout)]
    if len(layout.fingerprint):
        factors.append(Tanimoto(layout))
    return factors[0] if len(factors) == 1 else factors[0] * factors[1]


class Lengths(Kernel):  # type: ignore[misc]
    """One length-scale per feature, kept as logarithms.

    Their prior scales with the number of features (Hvarfner, Hellsten and Nardi 2024, arXiv:2402.02229, eq. 6). With an
    `origin` they are those of the origin times exp(shift), shift ~ N(0, 1).
    """

    has_lengthscale = False

    def __init__(self, layout: Layout, origin: "Lengths | None" = None) -> None:
        super().__init__()
        count = len(layout.names)
        self.register_buffer("tied", torch.as_tensor(layout.tied))
        self.register_parameter("log_lengths", torch.nn.Parameter(torch.zeros(count, dtype=torch.float64)))
        self.origin = origin
        if origin is None:
            low, high = LENGTH_BOUNDS
            self.register_constraint("log_lengths", Interval(log(low), log(high), transform=None))
            prior = LogNormalPrior(sqrt(2.0) + log(count) / 2.0, sqrt(3.0))
            self.register_prior("length_prior", prior, lambda kernel: kernel.lengths, _set_lengths)
        else:
            self.register_constraint("log_lengths", Interval(*SHIFT_BOUNDS, transform=None))
            self.register_prior("shift_prior", NormalPrior(0.0, 1.0), lambda kernel: kernel.log_lengths, _set_shift)

    @property
    def lengths(self) -> Tensor:
        """Shape (features,)."""
        own = self.log_lengths if self.origin is None else self.origin.log_lengths + self.log_lengths
        lengths: Tensor = own.exp()
        return lengths


def _set_lengths(kernel: Lengths, lengths: Tensor) -> None:
    kernel.initialize(log_lengths=lengths.log())


def _set_shift(kernel: Lengths, shift: Tensor) -> None:
    kernel.initialize(log_lengths=shift)


class Stationary(Lengths):
    """Matérn 5/2 (Rasmussen and Williams 2006, eq. 4.17) or exp(-r²/2) of the scaled distance."""

    def __init__(self, layout: Layout, origin: Lengths | None = None, *, is_smooth: bool) -> None:
        super().__init__(layout, origin)
        self._is_smooth = is_smooth

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:
        """Covariances of points given by their coordinates, shape (..., n, m)."""
        scales = self.lengths[self.tied]
        return _correlation(self, x1 / scales, x2 / scales, diag, is_smooth=self._is_smooth)


class Additive(Lengths):
    """Σ w_f k_f(x_f, x'_f), one Matérn 5/2 kernel per feature; the weights are fitted and sum to one.

    First-order additive Gaussian process (Duvenaud, Nickisch and Rasmussen 2011, section 2).
    """

    def __init__(self, layout: Layout, origin: Lengths | None = None) -> None:
        super().__init__(layout, origin)
        count = len(layout.names)
        self._own = [[place for place, tied in enumerate(layout.tied) if tied == feature] for feature in range(count)]
        self.register_parameter("log_weights", torch.nn.Parameter(torch.zeros(count, dtype=torch.float64)))
        self.register_constraint("log_weights", Interval(*WEIGHT_BOUNDS, transform=None))
        self.register_prior("weight_prior", NormalPrior(0.0, 1.0), lambda kernel: kernel.log_weights, _set_weights)

    @property
    def weights(self) -> Tensor:
        """The share of the variance of each feature, shape (features,)."""
        return torch.softmax(self.log_weights, dim=-1)

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:
        """Covariances of points given by their coordinates, shape (..., n, m)."""
        scales, weights = self.lengths[self.tied], self.weights
        total: Tensor | None = None
        for own, weight in zip(self._own, weights, strict=True):
            left, right = x1[..., own] / scales[own], x2[..., own] / scales[own]
            term = weight * _correlation(self, left, right, diag, is_smooth=False)
            total = term if total is None else total + term
        assert total is not None
        return total


def _set_weights(kernel: Additive, log_weights: Tensor) -> None:
    kernel.initialize(log_weights=log_weights)


def _correlation(kernel: Kernel, left: Tensor, right: Tensor, diag: bool, *, is_smooth: bool) -> Tensor:
    squares = kernel.covar_dist(left, right, diag=diag, square_dist=True)
    if is_smooth:
        return torch.exp(-0.5 * squares)
    # The root of a zero distance has no gradient; the floor changes the kernel by less than rounding.
    distance = torch.sqrt(5.0 * squares.clamp_min(1e-30))
    return (1.0 + distance + distance.square() / 3.0) * torch.exp(-distance)


class Averaged(Kernel):  # type: ignore[misc]
    """A kernel averaged over a finite group: Σ_g k(x, g x'), divided so that every point has variance one.

    Group-invariant Gaussian process (Haasdonk and Burkhardt 2007, Mach. Learn. 68, 35). `base` must not change
    when the same operation is applied to both points.
    """

    def __init__(self, base: Kernel, layout: Layout) -> None:
        super().__init__()
        self.base = base
        self.register_buffer("images", torch.as_tensor(layout.images))

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:
        """Covariances of points, shape (..., n, m)."""
        if len(self.images) == 1:
            covariances: Tensor = self.base.forward(x1[..., self.images[0]], x2[..., self.images[0]], diag=diag)
            return covariances
        total = self._sum(x1, x2, diag)
        left, right = self._sum(x1, x1, diag=True).sqrt(), self._sum(x2, x2, diag=True).sqrt()
        return total / (left * right) if diag else total / (left.unsqueeze(-1) * right.unsqueeze(-2))

    def _sum(self, x1: Tensor, x2: Tensor, diag: bool) -> Tensor:
        first = x1[..., self.images[0]]
        terms = [self.base.forward(first, x2[..., image], diag=diag) for image in self.images]
        return torch.stack(terms).sum(dim=0)


class Tanimoto(Kernel):  # type: ignore[misc]
    """<x, x'> / (|x|² + |x'|² - <x, x'>) of counts or bits, 1 for two empty fingerprints.

    Ralaivola, Swamidass, Saigo and Baldi 2005, Neural Networks 18, 1093, definition 6.
    """

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.register_buffer("columns", torch.as_tensor(layout.fingerprint))

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:
        """Covariances of points, shape (..., n, m)."""
        left, right = x1[..., self.columns], x2[..., self.columns]
        if diag:
            common, norms = (left * right).sum(-1), left.square().sum(-1) + right.square().sum(-1)
        else:
            common = left @ right.transpose(-1, -2)
            norms = left.square().sum(-1).unsqueeze(-1) + right.square().sum(-1).unsqueeze(-2)
        union = norms - common
        return torch.where(union > 0.0, common / union.clamp_min(1e-12), torch.ones_like(union))


class Likeness(Module):  # type: ignore[misc]
    """How alike each further task is to the target: its correlation ρ = tanh(u) with u ~ N(1, 1).

    Likeness is expected, and its absence can be learned.
    """

    def __init__(self, tasks: int) -> None:
        super().__init__()
        self.register_parameter("likeness", torch.nn.Parameter(torch.ones(tasks - 1, dtype=torch.float64)))
        self.register_constraint("likeness", Interval(*LIKENESS_BOUNDS, transform=None))
        self.register_prior("likeness_prior", NormalPrior(1.0, 1.0), lambda module: module.likeness, _set_likeness)

    @property
    def correlations(self) -> Tensor:
        """The correlation of each further task with the target, shape (tasks - 1,)."""
        return torch.tanh(self.likeness)

    def matrix(self, *, is_shared: bool) -> Tensor:
        """The covariance of the tasks, shape (tasks, tasks), in what they share with the target or in the rest."""
        rho = torch.cat([torch.ones_like(self.likeness[:1]), self.correlations])
        return rho.outer(rho) if is_shared else torch.diag(1.0 - rho.square())


class Between(Kernel):  # type: ignore[misc]
    """The covariance of the tasks of two points."""

    def __init__(self, likeness: Likeness, *, is_shared: bool) -> None:
        super().__init__()
        self.likeness = likeness
        self._is_shared = is_shared

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:
        """Covariances of points, shape (..., n, m)."""
        left, right, matrix = x1[..., -1].long(), x2[..., -1].long(), self.likeness.matrix(is_shared=self._is_shared)
        return matrix[left, right] if diag else matrix[left.unsqueeze(-1), right.unsqueeze(-2)]


def _set_likeness(kernel: Likeness, likeness: Tensor) -> None:
    kernel.initialize(likeness=likeness)


def correlations(kernel: Kernel) -> list[float]:
    """The correlation of each further task with the target; empty if there is none."""
    found = next((module for module in kernel.modules() if isinstance(module, Likeness)), None)
    return [] if found is None else found.correlations.detach().cpu().tolist()


def scales(kernel: Kernel) -> list[Lengths]:
    """The parts of a kernel that have length-scales, that of the target first."""
    return [module for module in kernel.modules() if isinstance(module, Lengths)]
