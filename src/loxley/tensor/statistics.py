"""Covariance and correlation.

Source: https://docs.pytorch.org/docs/stable/generated/torch.cov.html
"""

from __future__ import annotations

import warnings
from typing import Any

from .. import dtypes as dt
from ..ops import elementwise as ops
from .api import public
from .tensor import Tensor


def _check_weights(name: str, weights: Tensor, input: Tensor, floating: bool) -> None:
    fits = weights.dtype.is_floating_point if floating else weights.dtype.category == 1
    if weights.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with "
            f"{weights.ndim} "
            "dimensions"
        )
    if not fits:
        expected = "floating point" if floating else "integral"
        raise RuntimeError(
            f"cov(): expected {name} to have {expected} dtype but got {name} with "
            f"{weights.dtype.legacy_name} dtype"
        )
    observations = input._shape[-1]
    if weights.numel() != observations:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input "
            "but "
            f"got {weights.numel()} != {observations}"
        )
    if weights.numel() and weights.min().item() < 0:
        raise RuntimeError(f"cov(): {name} cannot be negative")


def _combined_weights(x: Tensor, fweights: Tensor | None, aweights: Tensor | None) -> Tensor | None:
    if fweights is not None:
        _check_weights("fweights", fweights, x, False)
    if aweights is not None:
        _check_weights("aweights", aweights, x, True)
    if fweights is None:
        return aweights
    return fweights if aweights is None else fweights * aweights


@public()
def cov(
    input: Tensor,
    *,
    correction: int = 1,
    fweights: Tensor | None = None,
    aweights: Tensor | None = None,
) -> Tensor:
    """The covariance matrix of variables in rows, observations in columns. Source: torch.cov."""
    if input.ndim > 2:
        raise RuntimeError(
            "cov(): expected input to have two or fewer dimensions but got an input with "
            f"{input.ndim} dimensions"
        )
    if input.dtype is dt.bool_:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = input if input.ndim == 2 else input.reshape(1, -1)
    weights = _combined_weights(x, fweights, aweights)
    total = x._shape[1] if weights is None else weights.sum()
    if weights is not None and x._shape[1] and total.item() == 0:
        raise ZeroDivisionError("cov(): weights sum to zero, can't be normalized")
    mean = x.mean(1) if weights is None and x.dtype.category >= 2 else None
    if mean is None:
        mean = (x if weights is None else x * weights).sum(1) / total
    freedom = _freedom(total, correction, aweights, weights)
    if freedom <= 0:
        warnings.warn(
            "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number "
            "of "
            "observations.",
            UserWarning,
            stacklevel=2,
        )
        freedom = 0
    x = x - mean.unsqueeze(1)
    other = x if weights is None else x * weights
    return (x @ other.T.conj() / freedom).squeeze()


def _freedom(total: Any, correction: int, aweights: Any, weights: Any) -> Any:
    """The divisor: observations less the correction, weighted; a number or a tensor."""
    if weights is None or aweights is None or correction == 0:
        return total - correction
    return total - correction * (weights * aweights).sum() / total


@public()
def corrcoef(input: Tensor) -> Tensor:
    """Pearson's correlation coefficients of variables in rows. Source: torch.corrcoef."""
    if input.ndim > 2:
        raise RuntimeError(
            "corrcoef(): expected input to have two or fewer dimensions but got an input with "
            f"{input.ndim} dimensions"
        )
    made = cov(input)
    if made.ndim == 0:
        return made / made
    deviations = made.diag()
    if made.dtype.is_complex:
        deviations = deviations.real
    deviations = deviations.sqrt()
    made = made / deviations.view(-1, 1) / deviations.view(1, -1)
    if made.dtype.is_complex:
        return ops.complex(made.real.clamp(-1, 1), made.imag.clamp(-1, 1))
    return made.clamp(-1, 1)
