"""Spaces, models and acquisition. Knows no database, no Prefect, no executor; usable alone as a library."""

from optimizers.history import History, Observation, Parameters, Trial
from optimizers.objective import Objective, OutcomeConstraint
from optimizers.parameters import ParameterSpace
from optimizers.pool import CandidatePool
from optimizers.proposal import Prediction, Proposal
from optimizers.protocol import Judge, Optimizer, OptimizerSettings, Problem, Source, Surveyor
from optimizers.rotation import RotationSpace
from optimizers.space import Space
from optimizers.survey import Survey
from optimizers.symmetry import SymmetryOperation

__all__ = [
    "CandidatePool",
    "History",
    "Judge",
    "Objective",
    "Observation",
    "Optimizer",
    "OptimizerSettings",
    "OutcomeConstraint",
    "ParameterSpace",
    "Parameters",
    "Prediction",
    "Problem",
    "Proposal",
    "RotationSpace",
    "Source",
    "Space",
    "Survey",
    "Surveyor",
    "SymmetryOperation",
    "Trial",
]
