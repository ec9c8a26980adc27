"""The binomial distribution.

Source: https://docs.pytorch.org/docs/stable/distributions.html#binomial
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..autograd import no_grad
from ..nn.functional import logsigmoid
from ..tensor import Tensor, arange, binomial, lgamma
from ..tensor.size import Size
from . import constraints
from .binary import KeptBinaryParameter
from .distribution import Distribution
from .utils import broadcast_all

__all__ = ["Binomial"]


class Binomial(KeptBinaryParameter, Distribution):
    """Successes of probability `probs` in `total_count` trials.

    Source: torch.distributions.Binomial.
    """

    arg_constraints = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    has_enumerate_support = True

    def __init__(
        self,
        total_count: Tensor | int = 1,
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

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Binomial:
        return self._expanded(Binomial, batch_shape, _instance, "total_count probs logits _param")

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> constraints.Constraint:
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        # at p = 1 the formula would give one trial too many
        top = ((self.total_count + 1) * self.probs).floor()
        return top.minimum(self.total_count)

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """log C(n, k) + k * logit - n log(1 + exp(logit))."""
        if self._validate_args:
            self._validate_sample(value)
        n, x = self.total_count, self.logits
        folded = -n * logsigmoid(-x) - lgamma(n + 1)
        return value * x - lgamma(value + 1) - lgamma(n - value + 1) - folded

    def entropy(self) -> Tensor:
        if not self.total_count.min() == self.total_count.max():
            raise NotImplementedError("Inhomogeneous total count not supported by `entropy`.")
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(log_prob.exp() * log_prob).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        total = int(self.total_count.max())
        if not self.total_count.min() == total:
            raise NotImplementedError(
                "Inhomogeneous total count not supported by `enumerate_support`."
            )
        values = arange(1 + total, dtype=self._param.dtype, device=self._param.device)
        values = values.view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1,) + self._batch_shape) if expand else values
