"""The negative binomial distribution.

Source: https://docs.pytorch.org/docs/stable/distributions.html#negativebinomial
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..autograd import no_grad
from ..nn.functional import logsigmoid
from ..tensor import Tensor, exp, lgamma, poisson, sigmoid
from ..tensor.size import Size
from . import constraints
from .binary import KeptBinaryParameter
from .distribution import Distribution
from .gamma import Gamma
from .utils import broadcast_all, lazy_property

__all__ = ["NegativeBinomial"]


class NegativeBinomial(KeptBinaryParameter, Distribution):
    """Successes of probability `probs` until `total_count` failures.

    Source: torch.distributions.NegativeBinomial.
    """

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self,
        total_count: Tensor | float,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        if probs is not None:
            count, self.probs = broadcast_all(total_count, probs)
            self.total_count = count.type_as(self.probs)
        else:
            count, self.logits = broadcast_all(total_count, logits)
            self.total_count = count.type_as(self.logits)
        self._param = self.logits if probs is None else self.probs
        super().__init__(self._param.size(), validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> NegativeBinomial:
        return self._expanded(
            NegativeBinomial, batch_shape, _instance, "total_count probs logits _param"
        )

    @property
    def mean(self) -> Tensor:
        return self.total_count * exp(self.logits)

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Tensor:
        return self.mean / sigmoid(-self.logits)

    @lazy_property
    def _gamma(self) -> Gamma:
        """The distribution of the rate of Poisson variates that mix to this one."""
        return Gamma(concentration=self.total_count, rate=exp(-self.logits), validate_args=False)

    def sample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        with no_grad():
            return poisson(self._gamma.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        n, x = self.total_count, self.logits
        weight = n * logsigmoid(-x) + value * logsigmoid(x)
        ways = lgamma(n + value) - lgamma(1.0 + value) - lgamma(n)
        # no failures asked for: all the mass is at 0
        ways = ways.masked_fill(n + value == 0.0, 0.0)
        return weight + ways
