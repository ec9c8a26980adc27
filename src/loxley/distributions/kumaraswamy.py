"""The Kumaraswamy distribution.

Source: https://docs.pytorch.org/docs/stable/distributions.html#kumaraswamy
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..tensor import Tensor, digamma, full_like, lgamma
from . import constraints
from .elementwise_transforms import AffineTransform, PowerTransform
from .transformed_distribution import TransformedDistribution
from .uniform import Uniform
from .utils import broadcast_all, euler_constant

__all__ = ["Kumaraswamy"]


class Kumaraswamy(TransformedDistribution):
    """a b x^(a - 1) (1 - x^a)^(b - 1), a = concentration1, b = concentration0.

    Source: torch.distributions.Kumaraswamy.
    """

    arg_constraints = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self,
        concentration1: Tensor | float,
        concentration0: Tensor | float,
        validate_args: bool | None = None,
    ) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        zeros, ones = full_like(self.concentration0, 0), full_like(self.concentration0, 1)
        base = Uniform(zeros, ones, validate_args=validate_args)
        steps = [
            PowerTransform(exponent=self.concentration0.reciprocal()),
            AffineTransform(loc=1.0, scale=-1.0),
            PowerTransform(exponent=self.concentration1.reciprocal()),
        ]
        super().__init__(base, steps, validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Kumaraswamy:
        new = self._expanded(Kumaraswamy, batch_shape, _instance, "concentration1 concentration0")
        return super().expand(batch_shape, _instance=new)

    def _moment(self, n: int) -> Tensor:
        """E[x^n] = b B(1 + n / a, b)."""
        a, b = self.concentration1, self.concentration0
        first = 1 + n / a
        return (b.log() + lgamma(first) + lgamma(b) - lgamma(first + b)).exp()

    @property
    def mean(self) -> Tensor:
        return self._moment(1)

    @property
    def mode(self) -> Tensor:
        """NaN where the density has no single peak: a < 1, b < 1, or both 1."""
        a, b = self.concentration1, self.concentration0
        inverse = a.reciprocal()
        log_mode = inverse * ((-inverse).log1p() - (b - inverse).log())
        peak = ~((a < 1) | (b < 1) | ((a == 1) & (b == 1)))
        return log_mode.exp().masked_fill(~peak, math.nan)

    @property
    def variance(self) -> Tensor:
        return self._moment(2) - self.mean.pow(2)

    def entropy(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        harmonic = digamma(b + 1) + euler_constant
        spread = (1 - b.reciprocal()) + (1 - a.reciprocal()) * harmonic
        return spread - a.log() - b.log()
