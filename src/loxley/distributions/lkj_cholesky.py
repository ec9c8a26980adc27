"""The LKJ distribution of correlation matrices, by their Cholesky factors.

Sampled by the onion method: row after row a radius by a beta variate and a direction.

Source: https://docs.pytorch.org/docs/stable/distributions.html#lkjcholesky; D. Lewandowski,
D. Kurowicka, H. Joe, "Generating random correlation matrices based on vines and extended onion
method", J. Multivariate Analysis 100, 2009.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..numeric_limits import finfo
from ..tensor import Tensor, arange, cat, lgamma, mvlgamma, norm, randn
from ..tensor.size import Size
from . import constraints
from .beta import Beta
from .distribution import Distribution
from .utils import broadcast_all

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    """Cholesky factors of correlation matrices M of density det(M)^(concentration - 1).

    Source: torch.distributions.LKJCholesky.
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(
        self, dim: int, concentration: Tensor | float = 1.0, validate_args: bool | None = None
    ) -> None:
        if dim < 2:
            raise ValueError(
                f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}."
            )
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        event_shape = Size((dim, dim))
        steps = arange(dim - 1, dtype=self.concentration.dtype, device=self.concentration.device)
        row = cat([steps.new_zeros((1,)), steps])
        marginal = self.concentration + 0.5 * (dim - 2)
        self._beta = Beta(row + 0.5, marginal.unsqueeze(-1) - 0.5 * row)
        super().__init__(self.concentration.size(), event_shape, validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> LKJCholesky:
        new = self._expanded(LKJCholesky, batch_shape, _instance, "concentration")
        new.dim = self.dim
        new._beta = self._beta.expand(Size(batch_shape) + (self.dim,))
        return new

    def sample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        squares = self._beta.sample(sample_shape).unsqueeze(-1)
        shape = self._extended_shape(sample_shape)
        options = {"dtype": squares.dtype, "device": squares.device}
        normals = randn(shape, **options).tril(-1)
        directions = normals / norm(normals, dim=-1, keepdim=True)
        directions[..., 0, :].fill_(0.0)  # the first row is its diagonal alone
        rows = squares.sqrt() * directions
        rest = 1 - (rows**2).sum(dim=-1)
        diagonal = rest.clamp(min=finfo(rows.dtype).tiny).sqrt()
        return rows + diagonal.diag_embed()

    def log_prob(self, value: Tensor) -> Tensor:
        """Of the factor: the Jacobian from the matrix M is in the diagonal's exponents."""
        if self._validate_args:
            self._validate_sample(value)
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        columns = arange(2, self.dim + 1, device=self.concentration.device)
        exponents = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - columns
        return (exponents * diagonal.log()).sum(-1) - self._log_constant()

    def _log_constant(self) -> Tensor:
        """Lewandowski et al., page 1999."""
        n = self.dim - 1
        alpha = self.concentration + 0.5 * n
        return 0.5 * n * math.log(math.pi) + mvlgamma(alpha - 0.5, n) - lgamma(alpha) * n
