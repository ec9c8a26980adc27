"""Distances, similarities and normalization of vectors."""

from __future__ import annotations

from typing import Any

from ...ops.family import result_type
from ...tensor import Tensor, broadcast_tensors, clamp_min, pdist
from ...tensor.api import public, write_out

__all__ = ["cosine_similarity", "normalize", "pairwise_distance", "pdist"]


def _norm(x: Tensor, p: float, dim: Any, keepdim: bool) -> Tensor:
    return x.norm(p, dim, keepdim)


def normalize(
    input: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Tensor | None = None
) -> Tensor:
    """input divided by its norm along `dim`. Source: torch.nn.functional.normalize."""
    denominator = clamp_min(_norm(input, p, dim, True), eps).expand_as(input)
    made = input / denominator
    return made if out is None else write_out("div", made, out)


@public(method=False)
def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The norm of x1 - x2 + eps over the last dimension.

    Source: torch.nn.functional.pairwise_distance.
    """
    return _norm(x1 - x2 + eps, p, -1, keepdim)


@public(method=False)
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along `dim`.

    Source: torch.nn.functional.cosine_similarity.
    """
    kind = result_type((x1, x2))
    if not (kind.is_floating_point or kind.is_complex):
        raise RuntimeError(
            f"expected common dtype to be floating point, yet common dtype is {kind.legacy_name}"
        )
    x1, x2 = x1.to(kind), x2.to(kind)
    x1, x2 = broadcast_tensors(x1, x2)
    first = x1 / clamp_min(_norm(x1, 2.0, dim, True), eps)
    second = x2 / clamp_min(_norm(x2, 2.0, dim, True), eps)
    return (first * second).sum(dim)
