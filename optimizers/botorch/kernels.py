"""Covariance functions as GPyTorch kernels of unit variance."""

from math import log, sqrt
from typing import Any

import torch
from gpytorch.constraints import Interval
from gpytorch.kernels import Kernel
from gpytorch.priors import LogNormalPrior, NormalPrior
from torch import Tensor

from optimizers.botorch.layout import Layout
from optimizers.botorch.settings import BotorchSettings

LENGTH_BOUNDS = (0.02, 200.0)
WEIGHT_BOUNDS = (-6.0, 6.0)
LIKENESS_BOUNDS = (-6.0, 6.0)


def covariance(settings: BotorchSettings, layout: Layout, tasks: int) -> Kernel:
    """The kernel that `settings` ask for: over features, fingerprint and tasks, each where there are any."""
    factors: list[Kernel] = []
    if layout.names:
        additive = settings.kernel == "additive"
        base = Additive(layout) if additive else Stationary(layout, is_smooth=settings.kernel == "rbf")
        factors.append(Averaged(base, layout))
    if len(layout.fingerprint):
        factors.append(Tanimoto(layout))
    if tasks > 1:
        factors.append(Likeness(tasks))
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
    return product


class _Lengths(Kernel):  # type: ignore[misc]
    """One length-scale per feature, with a prior that scales with the number of features, kept as logarithms.

    The prior is that of Hvarfner, Hellsten and Nardi 2024 (arXiv:2402.02229), eq. 6.
    """

    has_lengthscale = False

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        count = len(layout.names)
        self.register_buffer("tied", torch.as_tensor(layout.tied))
        self.register_parameter("log_lengths", torch.nn.Parameter(torch.zeros(count, dtype=torch.float64)))
        low, high = LENGTH_BOUNDS
        self.register_constraint("log_lengths", Interval(log(low), log(high), transform=None))
        prior = LogNormalPrior(sqrt(2.0) + log(count) / 2.0, sqrt(3.0))
        self.register_prior("length_prior", prior, lambda kernel: kernel.lengths, _set_lengths)

    @property
    def lengths(self) -> Tensor:
        """Shape (features,)."""
        lengths: Tensor = self.log_lengths.exp()
        return lengths


def _set_lengths(kernel: _Lengths, lengths: Tensor) -> None:
    kernel.initialize(log_lengths=lengths.log())


class Stationary(_Lengths):
    """Matérn 5/2 (Rasmussen and Williams 2006, eq. 4.17) or exp(-r²/2) of the scaled distance."""

    def __init__(self, layout: Layout, *, is_smooth: bool) -> None:
        super().__init__(layout)
        self._is_smooth = is_smooth

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:
        """Covariances of points given by their coordinates, shape (..., n, m)."""
        scales = self.lengths[self.tied]
        return _correlation(self, x1 / scales, x2 / scales, diag, is_smooth=self._is_smooth)


class Additive(_Lengths):
    """Σ w_f k_f(x_f, x'_f), one Matérn 5/2 kernel per feature; the weights are fitted and sum to one.

    First-order additive Gaussian process (Duvenaud, Nickisch and Rasmussen 2011, section 2).
    """

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
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


class Likeness(Kernel):  # type: ignore[misc]
    """How alike the tasks are: task t is ρ_t times the target plus √(1 - ρ_t²) times something of its own.

    An intrinsic model of coregionalisation (Bonilla, Chai and Williams 2007, eq. 1) of tasks of unit variance.
    ρ = tanh(u) with u ~ N(1, 1): likeness is expected, and its absence can be learned.
    """

    def __init__(self, tasks: int) -> None:
        super().__init__()
        self.register_parameter("likeness", torch.nn.Parameter(torch.ones(tasks - 1, dtype=torch.float64)))
        self.register_constraint("likeness", Interval(*LIKENESS_BOUNDS, transform=None))
        self.register_prior("likeness_prior", NormalPrior(1.0, 1.0), lambda kernel: kernel.likeness, _set_likeness)

    @property
    def correlations(self) -> Tensor:
        """The correlation of each task with the target, shape (tasks - 1,)."""
        return torch.tanh(self.likeness)

    def matrix(self) -> Tensor:
        """The covariance of the tasks, shape (tasks, tasks)."""
        rho = torch.cat([torch.ones_like(self.likeness[:1]), self.correlations])
        return rho.outer(rho) + torch.diag(1.0 - rho.square())

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:
        """Covariances of points, shape (..., n, m)."""
        left, right, matrix = x1[..., -1].long(), x2[..., -1].long(), self.matrix()
        return matrix[left, right] if diag else matrix[left.unsqueeze(-1), right.unsqueeze(-2)]


def _set_likeness(kernel: Likeness, likeness: Tensor) -> None:
    kernel.initialize(likeness=likeness)


def parts(kernel: Kernel) -> list[Kernel]:
    """A kernel and all kernels that it is made of."""
    return [module for module in kernel.modules() if isinstance(module, Kernel)]
