"""Learning-rate schedules, with the names of `torch.optim.lr_scheduler`."""

from __future__ import annotations

from ._schedules.base import EPOCH_DEPRECATION_WARNING, LRScheduler, _LRScheduler
from ._schedules.combined import ChainedScheduler, SequentialLR
from ._schedules.cyclic import CyclicLR, OneCycleLR
from ._schedules.plateau import ReduceLROnPlateau
from ._schedules.simple import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)

__all__ = [
    "EPOCH_DEPRECATION_WARNING",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
    "_LRScheduler",
]
