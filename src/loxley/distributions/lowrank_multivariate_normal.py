"""Multivariate normal distributions whose covariance is of low rank but for its diagonal.

Everything is computed by an m x m matrix, by the lemmas of Woodbury and of the determinant.

Source: https://docs.pytorch.org/docs/stable/distributions.html#lowrankmultivariatenormal
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..linalg import cholesky, solve_triangular
from ..shapes import broadcast_shapes
from ..tensor import Tensor, eye
from ..tensor.size import Size
from . import constraints
from .distribution import Distribution
from .multivariate_normal import _batch_mahalanobis, _batch_mv, _log_diagonal
from .utils import _standard_normal, lazy_property

__all__ = ["LowRankMultivariateNormal"]


def _with_identity(matrix: Tensor) -> Tensor:
    return matrix + eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)


def _batch_capacitance_tril(w: Tensor, d: Tensor) -> Tensor:
    """The Cholesky factor of I + W^T D^-1 W: [*b, n, m], [*b, n] -> [*b, m, m]."""
    return cholesky(_with_identity((w.mT / d.unsqueeze(-2)) @ w))


def _batch_lowrank_logdet(w: Tensor, d: Tensor, capacitance_tril: Tensor) -> Tensor:
    """log det (W W^T + D)."""
    return 2 * _log_diagonal(capacitance_tril) + d.log().sum(-1)


def _batch_lowrank_mahalanobis(w: Tensor, d: Tensor, x: Tensor, capacitance_tril: Tensor) -> Tensor:
    """x^T (W W^T + D)^-1 x."""
    inner = _batch_mv(w.mT / d.unsqueeze(-2), x)
    return (x.pow(2) / d).sum(-1) - _batch_mahalanobis(capacitance_tril, inner)


class LowRankMultivariateNormal(Distribution):
    """Normal vectors of covariance cov_factor cov_factor^T + diag(cov_diag).

    Source: torch.distributions.LowRankMultivariateNormal.
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Tensor,
        cov_factor: Tensor,
        cov_diag: Tensor,
        validate_args: bool | None = None,
    ) -> None:
        _check_shapes(loc, cov_factor, cov_diag)
        batch = (loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1])
        try:
            batch_shape = Size(broadcast_shapes(*batch))
        except RuntimeError as error:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, "
                f"cov_diag {cov_diag.shape}"
            ) from error
        n = loc.shape[-1:]
        self.loc = loc.expand(batch_shape + n)
        self.cov_diag = cov_diag.expand(batch_shape + n)
        self.cov_factor = cov_factor.expand(batch_shape + cov_factor.shape[-2:])
        super().__init__(batch_shape, n, validate_args=validate_args)
        self._unbroadcasted_cov_factor = cov_factor
        self._unbroadcasted_cov_diag = cov_diag
        self._capacitance_tril = _batch_capacitance_tril(cov_factor, cov_diag)

    def expand(
        self, batch_shape: Sequence[int], _instance: Any = None
    ) -> LowRankMultivariateNormal:
        names = "loc cov_diag cov_factor covariance_matrix scale_tril precision_matrix"
        new = self._expanded(LowRankMultivariateNormal, batch_shape, _instance, names)
        new._unbroadcasted_cov_factor = self._unbroadcasted_cov_factor
        new._unbroadcasted_cov_diag = self._unbroadcasted_cov_diag
        new._capacitance_tril = self._capacitance_tril
        return new

    def _whole(self, matrix: Tensor) -> Tensor:
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @lazy_property
    def variance(self) -> Tensor:
        squares = self._unbroadcasted_cov_factor.pow(2).sum(-1) + self._unbroadcasted_cov_diag
        return squares.expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """D^(1/2) times the factor of I + D^(-1/2) W W^T D^(-1/2), which is better conditioned."""
        root = self._unbroadcasted_cov_diag.sqrt().unsqueeze(-1)
        scaled = self._unbroadcasted_cov_factor / root
        return self._whole(root * cholesky(_with_identity(scaled @ scaled.mT)))

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        w = self._unbroadcasted_cov_factor
        return self._whole(w @ w.mT + self._unbroadcasted_cov_diag.diag_embed())

    @lazy_property
    def precision_matrix(self) -> Tensor:
        d = self._unbroadcasted_cov_diag
        inner = self._unbroadcasted_cov_factor.mT / d.unsqueeze(-2)
        root = solve_triangular(self._capacitance_tril, inner, upper=False)
        return self._whole(d.reciprocal().diag_embed() - root.mT @ root)

    def rsample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        options = {"dtype": self.loc.dtype, "device": self.loc.device}
        inner = _standard_normal(shape[:-1] + self.cov_factor.shape[-1:], **options)
        outer = _standard_normal(shape, **options)
        spread = self._unbroadcasted_cov_diag.sqrt() * outer
        return self.loc + _batch_mv(self._unbroadcasted_cov_factor, inner) + spread

    def _parts(self) -> tuple[Tensor, Tensor]:
        return self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        w, d = self._parts()
        tril = self._capacitance_tril
        distance = _batch_lowrank_mahalanobis(w, d, value - self.loc, tril)
        log_det = _batch_lowrank_logdet(w, d, tril)
        constant = self._event_shape[0] * math.log(2 * math.pi)
        return -0.5 * (constant + log_det + distance)

    def entropy(self) -> Tensor:
        log_det = _batch_lowrank_logdet(*self._parts(), self._capacitance_tril)
        entropy = 0.5 * (self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + log_det)
        return entropy.expand(self._batch_shape) if self._batch_shape else entropy


def _check_shapes(loc: Tensor, cov_factor: Tensor, cov_diag: Tensor) -> None:
    if loc.dim() < 1:
        raise ValueError("loc must be at least one-dimensional.")
    if cov_factor.dim() < 2:
        raise ValueError(
            "cov_factor must be at least two-dimensional, with optional leading batch dimensions"
        )
    if cov_factor.shape[-2:-1] != loc.shape[-1:]:
        raise ValueError(f"cov_factor must be a batch of matrices with shape {loc.shape[-1]} x m")
    if cov_diag.shape[-1:] != loc.shape[-1:]:
        raise ValueError(f"cov_diag must be a batch of vectors with shape {loc.shape[-1:]}")
