"""Masked operations that keep the shape: scans, softmax, normalization, sums of exponentials.

What the mask leaves out takes no part; what stands in its place in the result is undefined.
Source: https://docs.pytorch.org/docs/stable/masked.html
"""

from __future__ import annotations

from .. import dtypes as dt
from ..shapes import normalize_dim
from ..tensor import PUBLIC, Tensor
from .masks import check_strided, dims_of, filled, highest, lowest
from .reductions import norm

Mask = Tensor | None
Kind = dt.dtype | None


def _row_dim(x: Tensor, dim: int) -> int:
    return dims_of(x, dim)[0] if x.ndim else normalize_dim(dim or 0, 0)


def _prepared(name: str, input: Tensor, dtype: Kind) -> Tensor:
    check_strided(name, input)
    return input.to(dtype) if dtype is not None else input


def softmax(input: Tensor, dim: int, *, dtype: Kind = None, mask: Mask = None) -> Tensor:
    """softmax of the kept elements, NaN in rows of none. Source: torch.masked.softmax."""
    x = _prepared("softmax", input, dtype)
    return PUBLIC["softmax"](filled(x, mask, lowest("softmax", x.dtype)), _row_dim(x, dim))


def log_softmax(input: Tensor, dim: int, *, dtype: Kind = None, mask: Mask = None) -> Tensor:
    """Logarithms of `softmax`. Source: torch.masked.log_softmax."""
    x = _prepared("log_softmax", input, dtype)
    return PUBLIC["log_softmax"](filled(x, mask, lowest("log_softmax", x.dtype)), _row_dim(x, dim))


def softmin(input: Tensor, dim: int, *, dtype: Kind = None, mask: Mask = None) -> Tensor:
    """softmax of the kept elements' negatives. Source: torch.masked.softmin."""
    x = _prepared("softmin", input, dtype)
    return PUBLIC["softmax"](-filled(x, mask, highest("softmin", x.dtype)), _row_dim(x, dim))


def cumsum(input: Tensor, dim: int, *, dtype: Kind = None, mask: Mask = None) -> Tensor:
    """Running sums of the kept elements along `dim`. Source: torch.masked.cumsum."""
    x = _prepared("cumsum", input, dtype)
    return PUBLIC["cumsum"](filled(x, mask, 0), _row_dim(x, dim)).to(x.dtype)


def cumprod(input: Tensor, dim: int, *, dtype: Kind = None, mask: Mask = None) -> Tensor:
    """Running products of the kept elements along `dim`. Source: torch.masked.cumprod."""
    x = _prepared("cumprod", input, dtype)
    return PUBLIC["cumprod"](filled(x, mask, 1), _row_dim(x, dim)).to(x.dtype)


def normalize(
    input: Tensor,
    ord: float,  # noqa: A002
    dim: int,
    *,
    eps: float = 1e-12,
    dtype: Kind = None,
    mask: Mask = None,
) -> Tensor:
    """The kept elements over their norm along `dim`, the norm at least `eps`.

    Source: torch.masked.normalize.
    """
    x = _prepared("normalize", input, dtype)
    row = _row_dim(x, dim)
    scale = norm(x, ord, row if x.ndim else None, keepdim=True, mask=mask)
    return filled(x, mask, 0) / PUBLIC["maximum"](scale, scale.new_full((), eps))


def logaddexp(
    input: Tensor,
    other: Tensor,
    *,
    dtype: Kind = None,
    input_mask: Mask = None,
    other_mask: Mask = None,
) -> Tensor:
    """log(exp(input) + exp(other)) of what the two masks keep. Source: torch.masked.logaddexp."""
    a, b = _prepared("logaddexp", input, dtype), _prepared("logaddexp", other, dtype)
    none = float("-inf") if a.dtype.is_floating_point else 0
    return PUBLIC["logaddexp"](filled(a, input_mask, none), filled(b, other_mask, none))
