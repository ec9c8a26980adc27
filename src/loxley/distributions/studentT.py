"""Student's t-distribution.

Source: https://docs.pytorch.org/docs/stable/distributions.html#studentt
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..tensor import Tensor, digamma, lgamma, log1p, rsqrt, where
from ..tensor.size import Size
from . import constraints
from .chi2 import Chi2
from .distribution import Distribution
from .utils import _standard_normal, broadcast_all

__all__ = ["StudentT"]


class StudentT(Distribution):
    """loc + scale * normal / sqrt(chi2(df) / df). Source: torch.distributions.StudentT."""

    arg_constraints = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    has_rsample = True

    def __init__(
        self,
        df: Tensor | float,
        loc: Tensor | float = 0.0,
        scale: Tensor | float = 1.0,
        validate_args: bool | None = None,
    ) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(self.df)
        super().__init__(self.df.size(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.loc.masked_fill(self.df <= 1, math.nan)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        """Infinite for 1 < df <= 2, undefined below."""
        finite = self.scale.pow(2) * self.df / (self.df - 2)
        known = where(self.df > 2, finite, math.inf)
        return known.masked_fill(self.df <= 1, math.nan)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> StudentT:
        new = self._expanded(StudentT, batch_shape, _instance, "df loc scale")
        new._chi2 = self._chi2.expand(Size(batch_shape))
        return new

    def rsample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        x = _standard_normal(shape, dtype=self.df.dtype, device=self.df.device)
        z = self._chi2.rsample(sample_shape)
        return self.loc + self.scale * (x * rsqrt(z / self.df))

    def _log_beta(self) -> Tensor:
        """log B(df / 2, 1/2)."""
        half = 0.5 * self.df
        return lgamma(half) + 0.5 * math.log(math.pi) - lgamma(half + 0.5)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        y = (value - self.loc) / self.scale
        constant = self.scale.log() + 0.5 * self.df.log() + self._log_beta()
        return -0.5 * (self.df + 1.0) * log1p(y**2.0 / self.df) - constant

    def entropy(self) -> Tensor:
        half = 0.5 * self.df
        spread = (half + 0.5) * (digamma(half + 0.5) - digamma(half))
        return self.scale.log() + spread + 0.5 * self.df.log() + self._log_beta()
