"""The Wishart distribution of positive definite matrices.

Source: https://docs.pytorch.org/docs/stable/distributions.html#wishart; M. S. Bartlett, "On the
theory of statistical regression", Proc. R. Soc. Edinburgh 53, 1933 (sampling).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from ..linalg import cholesky, slogdet
from ..shapes import broadcast_shapes
from ..tensor import (
    Tensor,
    arange,
    cholesky_inverse,
    cholesky_solve,
    digamma,
    mvlgamma,
    randn,
    tensor,
    tril_indices,
)
from ..tensor.size import Size
from . import constraints
from .chi2 import Chi2
from .exp_family import ExponentialFamily
from .multivariate_normal import _MATRICES, _ONE, _log_diagonal, _precision_to_scale_tril
from .utils import lazy_property

__all__ = ["Wishart"]

_LOG_2 = math.log(2)


def _mvdigamma(x: Tensor, p: int) -> Tensor:
    """The derivative of `mvlgamma`."""
    halves = arange(p, dtype=x.dtype, device=x.device) / 2
    return digamma(x.unsqueeze(-1) - halves).sum(-1)


class Wishart(ExponentialFamily):
    """Sums of df outer products of normal vectors of a covariance (df may be a fraction).

    Source: torch.distributions.Wishart.
    """

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0

    @property
    def arg_constraints(self) -> dict[str, constraints.Constraint]:
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self.event_shape[-1] - 1),
        }

    def __init__(
        self,
        df: Tensor | float,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        matrices = zip(_MATRICES, (covariance_matrix, precision_matrix, scale_tril))
        given = [(name, matrix) for name, matrix in matrices if matrix is not None]
        if len(given) != 1:
            raise AssertionError(_ONE)
        ((name, matrix),) = given
        if matrix.dim() < 2:
            raise ValueError(
                "scale_tril must be at least two-dimensional, with optional leading batch "
                "dimensions"
            )
        if not isinstance(df, Tensor):
            df = tensor(df, dtype=matrix.dtype, device=matrix.device)
        batch_shape = Size(broadcast_shapes(matrix.shape[:-2], df.shape))
        event_shape = matrix.shape[-2:]
        self.df = df.expand(batch_shape)
        _check_degrees(self.df, event_shape[-1])
        setattr(self, name, matrix.expand(batch_shape + (-1, -1)))
        super().__init__(batch_shape, event_shape, validate_args=validate_args)
        self._unbroadcasted_scale_tril = _to_factor(name, matrix)
        steps = arange(event_shape[-1], dtype=self.df.dtype, device=self.df.device)
        self._dist_chi2 = Chi2(self.df.unsqueeze(-1) - steps.expand(batch_shape + (-1,)))

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Wishart:
        names = "df covariance_matrix precision_matrix scale_tril"
        new = self._expanded(Wishart, batch_shape, _instance, names)
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril
        new._dist_chi2 = self._dist_chi2.expand(Size(batch_shape) + self.event_shape[-1:])
        return new

    def _whole(self, matrix: Tensor) -> Tensor:
        return matrix.expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        return self._whole(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        tril = self._unbroadcasted_scale_tril
        return self._whole(tril @ tril.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        return self._whole(cholesky_inverse(self._unbroadcasted_scale_tril))

    @property
    def _degrees(self) -> Tensor:
        return self.df.view(self._batch_shape + (1, 1))

    @property
    def mean(self) -> Tensor:
        return self._degrees * self.covariance_matrix

    @property
    def mode(self) -> Tensor:
        factor = self.df - self.event_shape[-1] - 1
        factor = factor.masked_fill(factor <= 0, math.nan)
        return factor.view(self._batch_shape + (1, 1)) * self.covariance_matrix

    @property
    def variance(self) -> Tensor:
        matrix = self.covariance_matrix
        diagonal = matrix.diagonal(dim1=-2, dim2=-1)
        outer = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self._degrees * (matrix.pow(2) + outer)

    def _bartlett_sampling(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        """L A A^T L^T: A has roots of chi-squared variates and below them normal ones."""
        p = self.event_shape[-1]
        noise = self._dist_chi2.rsample(sample_shape).sqrt().diag_embed()
        rows, columns = tril_indices(p, p, offset=-1)
        shape = Size(sample_shape) + self._batch_shape + (p * (p - 1) // 2,)
        noise[..., rows, columns] = randn(shape, dtype=noise.dtype, device=noise.device)
        factor = self._unbroadcasted_scale_tril @ noise
        return factor @ factor.mT

    def rsample(
        self, sample_shape: Sequence[int] = Size(), max_try_correction: int | None = None
    ) -> Tensor:
        """Samples; singular ones are drawn anew, up to `max_try_correction` (10) times.

        PyTorch 2.13.0 takes the regular ones for singular at first: it warns and draws those once
        more. So does this, to give the same samples.
        """
        tries = 10 if max_try_correction is None else max_try_correction
        sample = self._bartlett_sampling(sample_shape)
        again = self._over_batch(self.support.check(sample))
        if not again.any():
            return sample
        warnings.warn("Singular sample detected.", stacklevel=2)
        for _ in range(tries):
            fresh = self._bartlett_sampling(again[again].shape)
            sample[again] = fresh
            again[again.clone()] = self._over_batch(~self.support.check(fresh))
            if not again.any():
                break
        return sample

    def _over_batch(self, valid: Tensor) -> Tensor:
        dims = tuple(range(-len(self._batch_shape), 0))
        return valid.any(dims) if dims else valid

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        nu, p, tril = self.df, self.event_shape[-1], self._unbroadcasted_scale_tril
        constant = nu * (p * _LOG_2 / 2 + _log_diagonal(tril)) + mvlgamma(nu / 2, p=p)
        trace = cholesky_solve(value, tril).diagonal(dim1=-2, dim2=-1).sum(dim=-1)
        return (nu - p - 1) / 2 * slogdet(value).logabsdet - trace / 2 - constant

    def entropy(self) -> Tensor:
        nu, p, tril = self.df, self.event_shape[-1], self._unbroadcasted_scale_tril
        scale = (p + 1) * (p * _LOG_2 / 2 + _log_diagonal(tril))
        spread = mvlgamma(nu / 2, p=p) - (nu - p - 1) / 2 * _mvdigamma(nu / 2, p=p)
        return scale + spread + nu * p / 2

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (-self.precision_matrix / 2, (self.df - self.event_shape[-1] - 1) / 2)

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:
        p = self.event_shape[-1]
        half = y + (p + 1) / 2
        return half * (-slogdet(-2 * x).logabsdet + _LOG_2 * p) + mvlgamma(half, p=p)


def _check_degrees(df: Tensor, n: int) -> None:
    if df.le(n - 1).any():
        raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {n - 1}.")
    if df.lt(n).any():
        warnings.warn(
            "Low df values detected. Singular samples are highly likely to occur for "
            "ndim - 1 < df < ndim.",
            stacklevel=3,
        )


def _to_factor(name: str, matrix: Tensor) -> Tensor:
    if name == "scale_tril":
        return matrix
    return cholesky(matrix) if name == "covariance_matrix" else _precision_to_scale_tril(matrix)
