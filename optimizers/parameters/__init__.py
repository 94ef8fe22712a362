"""Spaces of parameters: ranges, integers, choices, compositions, linear constraints, conditional parameters."""

from optimizers.parameters.composition import Composition
from optimizers.parameters.constraint import LinearConstraint
from optimizers.parameters.parameter import Choice, Fixed, Integer, Range, Scale, When
from optimizers.parameters.space import Column, ParameterSpace

__all__ = [
    "Choice",
    "Column",
    "Composition",
    "Fixed",
    "Integer",
    "LinearConstraint",
    "ParameterSpace",
    "Range",
    "Scale",
    "When",
]
