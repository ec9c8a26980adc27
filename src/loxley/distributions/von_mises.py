"""The von Mises distribution on the circle.

Source: https://docs.pytorch.org/docs/stable/distributions.html#vonmises
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import dtypes as dt
from ..autograd import no_grad
from ..special import i0e, i1e
from ..tensor import Tensor, cos, rand, where, zeros
from ..tensor.size import Size
from . import constraints
from .distribution import Distribution
from .utils import broadcast_all, lazy_property

__all__ = ["VonMises"]


class VonMises(Distribution):
    """exp(concentration cos(x - loc)) / (2 pi I0(concentration)), x in [-pi, pi).

    Source: torch.distributions.VonMises; sampling: D. Best, N. Fisher, "Efficient simulation of
    the von Mises distribution", Applied Statistics 28, 1979.
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False

    def __init__(
        self, loc: Tensor, concentration: Tensor, validate_args: bool | None = None
    ) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, Size(), validate_args)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        height = self.concentration * cos(value - self.loc)
        return height - math.log(2 * math.pi) - (i0e(self.concentration).log() + self.concentration)

    @lazy_property
    def _loc(self) -> Tensor:
        return self.loc.to(dt.float64)

    @lazy_property
    def _concentration(self) -> Tensor:
        return self.concentration.to(dt.float64)

    @lazy_property
    def _proposal_r(self) -> Tensor:
        """The parameter of the wrapped Cauchy distribution that is sampled from."""
        k = self._concentration
        tau = 1 + (1 + 4 * k**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * k)
        small = k < 1e-5  # where rho would lose its digits
        return where(small, 1 / k + k, (1 + rho**2) / (2 * rho))

    @no_grad()
    def sample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        """By rejection, all elements together until the last one is accepted; in float64."""
        shape = self._extended_shape(sample_shape)
        device = self.loc.device
        x = zeros(shape, dtype=dt.float64, device=device)
        r, k = self._proposal_r.expand(shape), self._concentration.expand(shape)
        done = zeros(shape, dtype=dt.bool_, device=device)
        while not done.all():
            u1, u2, u3 = rand((3, *shape), dtype=dt.float64, device=device).unbind()
            z = cos(math.pi * u1)
            f = (1 + r * z) / (r + z)
            c = k * (r - f)
            accept = ((c * (2 - c) - u2) > 0) | ((c / u2).log() + 1 - c >= 0)
            x = where(accept, (u3 - 0.5).sign() * f.acos(), x)
            done = done | accept
        return ((x + math.pi + self._loc) % (2 * math.pi) - math.pi).to(self.loc.dtype)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> VonMises:
        return self._expanded(VonMises, batch_shape, _instance, "loc concentration")

    @property
    def mean(self) -> Tensor:
        """The circular mean."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @lazy_property
    def variance(self) -> Tensor:
        """The circular variance, 1 - I1 / I0."""
        return 1 - i1e(self.concentration) / i0e(self.concentration)
