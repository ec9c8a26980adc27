"""The generalized Pareto distribution.

Source: https://docs.pytorch.org/docs/stable/distributions.html#generalizedpareto
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..tensor import Tensor, exp, expm1, isclose, log, log1p, ones_like, rand, where, zeros_like
from ..tensor.size import Size
from . import constraints
from .distribution import Distribution
from .utils import broadcast_all

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """(1 + c z)^(-1 / c - 1) / scale, z = (x - loc) / scale, c = concentration.

    Source: torch.distributions.GeneralizedPareto.
    """

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True

    def __init__(
        self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None
    ) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.size(), validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> GeneralizedPareto:
        return self._expanded(GeneralizedPareto, batch_shape, _instance, "loc scale concentration")

    def _exponential(self) -> tuple[Tensor, Tensor]:
        """Where the concentration is 0 (exponential variates), and it with 1 in those places."""
        zero = isclose(self.concentration, zeros_like(self.concentration))
        return zero, where(zero, ones_like(self.concentration), self.concentration)

    def rsample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        return self.icdf(rand(shape, dtype=self.loc.dtype, device=self.loc.device))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        z = self._z(value)
        zero, c = self._exponential()
        power = -(1 + 1 / c) * log1p(c * z)
        return where(zero, -z, power) - self.scale.log()

    def log_survival_function(self, value: Tensor) -> Tensor:
        """log(1 - cdf)."""
        if self._validate_args:
            self._validate_sample(value)
        z = self._z(value)
        zero, c = self._exponential()
        return where(zero, -z, -log1p(c * z) / c)

    def log_cdf(self, value: Tensor) -> Tensor:
        """log of the cdf."""
        return log1p(-exp(self.log_survival_function(value)))

    def cdf(self, value: Tensor) -> Tensor:
        return exp(self.log_cdf(value))

    def icdf(self, value: Tensor) -> Tensor:
        zero, c = self._exponential()
        log_survival = log1p(-value)
        z = where(zero, -log_survival, expm1(-c * log_survival) / c)
        return self.loc + self.scale * z

    def _z(self, x: Tensor) -> Tensor:
        return (x - self.loc) / self.scale

    @property
    def mean(self) -> Tensor:
        c = self.concentration
        known = c < 1
        safe = where(known, c, 0.5)
        return where(known, self.loc + self.scale / (1 - safe), math.nan)

    @property
    def variance(self) -> Tensor:
        c = self.concentration
        known = c < 0.5
        safe = where(known, c, 0.25)
        finite = self.scale**2 / ((1 - safe) ** 2 * (1 - 2 * safe))
        return where(known, finite, math.nan)

    def entropy(self) -> Tensor:
        return log(self.scale) + self.concentration + 1

    @property
    def mode(self) -> Tensor:
        return self.loc

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> constraints.Constraint:
        c = self.concentration
        top = where(c < 0, self.loc - self.scale / c, math.inf)
        return constraints.interval(self.loc, top)
