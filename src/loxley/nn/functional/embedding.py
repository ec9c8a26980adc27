"""`embedding` with the signature of `torch.nn.functional`."""

from __future__ import annotations

from ...autograd.grad_mode import no_grad
from ...tensor import Tensor, nn_basic

__all__ = ["embedding"]


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of `weight` (V, D) at `input` (*): (*, D).

    With `max_norm` the rows used are first scaled down in place. IndexError for an index outside
    the table. Source: torch.nn.functional.embedding.
    """
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    count = weight.shape[0]
    if padding_idx is not None:
        if padding_idx > 0:
            assert padding_idx < count, "Padding_idx must be within num_embeddings"
        elif padding_idx < 0:
            assert padding_idx >= -count, "Padding_idx must be within num_embeddings"
            padding_idx = count + padding_idx
    else:
        padding_idx = -1
    if max_norm is not None:
        with no_grad():
            nn_basic.embedding_renorm_(weight, input, max_norm, norm_type)
    return nn_basic.embedding(weight, input, padding_idx, scale_grad_by_freq, sparse)
