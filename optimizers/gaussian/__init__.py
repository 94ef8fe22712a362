"""An exact Gaussian process over points of a unit box: hyper-parameters, posterior, and gradients of both."""

from optimizers.gaussian.hyperparameters import Hyperparameters, most_probable
from optimizers.gaussian.process import Process

__all__ = ["Hyperparameters", "Process", "most_probable"]
