"""What the distributions share: broadcasting of parameters, probabilities and their logits,
properties that are computed once, triangles of matrices as vectors.

Source: https://docs.pytorch.org/docs/stable/distributions.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

from ..autograd import enable_grad
from ..devices import device as Device
from ..dtypes import dtype as DType
from ..dtypes import get_default_dtype
from ..nn.functional import softmax
from ..numeric_limits import finfo
from ..tensor import (
    Tensor,
    arange,
    broadcast_tensors,
    log,
    log1p,
    normal,
    ones,
    sigmoid,
    tensor,
    zeros,
)

__all__ = [
    "broadcast_all",
    "logits_to_probs",
    "clamp_probs",
    "probs_to_logits",
    "lazy_property",
    "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]

euler_constant = 0.57721566490153286060  # Euler and Mascheroni's
_NUMBERS = (int, float, bool)


def broadcast_all(*values: Tensor | float) -> tuple[Tensor, ...]:
    """The values as tensors of one shape; numbers take the dtype and device of the first tensor.

    ValueError for anything but numbers and tensors.
    """
    if not all(_is_tensor_like(v) or isinstance(v, _NUMBERS) for v in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects "
            "implementing __torch_function__."
        )
    first = next((v for v in values if _is_tensor_like(v)), None)
    options = {"dtype": get_default_dtype()}
    if first is not None:
        options = {"dtype": first.dtype, "device": first.device}
    return broadcast_tensors(*(v if _is_tensor_like(v) else tensor(v, **options) for v in values))


def _is_tensor_like(value: Any) -> bool:
    return isinstance(value, Tensor) or hasattr(value, "__torch_function__")


def _standard_normal(
    shape: Sequence[int], dtype: DType | None, device: Device | str | int | None
) -> Tensor:
    options = {"dtype": dtype, "device": device}
    return normal(zeros(shape, **options), ones(shape, **options))


def _sum_rightmost(value: Tensor, dim: int) -> Tensor:
    """The sum over the last `dim` dimensions."""
    if dim == 0:
        return value
    return value.reshape(value.shape[:-dim] + (-1,)).sum(-1)


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Log-odds of one event, or unnormalized log-probabilities along the last dimension."""
    return sigmoid(logits) if is_binary else softmax(logits, dim=-1)


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities moved into [eps, 1 - eps] of their dtype."""
    eps = finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """The inverse of `logits_to_probs`, finite by `clamp_probs`."""
    inside = clamp_probs(probs)
    return log(inside) - log1p(-inside) if is_binary else log(inside)


class lazy_property:
    """A property that the first access computes, with gradients recorded, and then keeps."""

    def __init__(self, wrapped: Callable) -> None:
        self.wrapped = wrapped
        update_wrapper(self, wrapped)

    def __get__(self, instance: Any, obj_type: Any = None) -> Any:
        if instance is None:
            return _lazy_property_and_property(self.wrapped)
        with enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


class _lazy_property_and_property(lazy_property, property):
    """What a class shows of a lazy property, so that documentation tools see a property."""

    def __init__(self, wrapped: Callable) -> None:
        property.__init__(self, wrapped)


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The lower triangle up to diagonal `diag`, row by row: [..., n, n] -> [..., m]."""
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    return mat[..., _below(n, diag, mat.device)]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """The inverse of `tril_matrix_to_vec`, zero elsewhere: [..., m] -> [..., n, n]."""
    m, lift = vec.shape[-1], max(diag, 0)
    # Without what lies above the main diagonal, k (k + 1) / 2 elements are k = n + diag rows.
    twice = 1 + 2 * lift
    k = (-twice + math.sqrt(twice * twice + 8 * m + 4 * lift * (lift + 1))) / 2
    if round(k) - k > finfo(vec.dtype).eps:
        raise ValueError(
            f"The size of last dimension is {m} which cannot be expressed as the lower triangular "
            "part of a square D x D matrix."
        )
    n = round(k) - min(diag, 0)
    matrix = vec.new_zeros(vec.shape[:-1] + (n, n))
    matrix[..., _below(n, diag, vec.device)] = vec
    return matrix


def _below(n: int, diag: int, device: Device) -> Tensor:
    """True where column <= row + diag: [n, n]."""
    places = arange(n, device=device)
    return places < places.view(-1, 1) + (diag + 1)
