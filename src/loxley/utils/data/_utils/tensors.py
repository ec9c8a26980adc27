"""Tensors taken apart for another process: the bytes, and how to see them.

In: a tensor.  Out: its elements as contiguous bytes and a small description; and back.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....tensor import Tensor


def take_apart(tensor: Tensor) -> tuple[np.ndarray, tuple]:
    """The tensor's elements as a uint8 array, and (dtype, shape, requires_grad).

    Raises RuntimeError for a non-leaf: its history stays in this process.
    """
    if tensor.requires_grad and not tensor.is_leaf:
        raise RuntimeError(
            "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd "
            "does not support crossing process boundaries.  If you just want to transfer the "
            "data, call detach() on the tensor before serializing (e.g., putting it on the queue)."
        )
    flat = np.ascontiguousarray(tensor._array()).reshape(-1)
    return flat.view(np.uint8), (tensor.dtype, tuple(tensor.shape), tensor.requires_grad)


def rebuild_tensor(data: np.ndarray, how: tuple) -> Any:
    """The tensor whose memory is `data`, which nobody else writes to; see `take_apart`."""
    dtype, shape, requires_grad = how
    tensor = Tensor._from_array(np.asarray(data).view(dtype.numpy).reshape(shape), dtype)
    return tensor.requires_grad_() if requires_grad else tensor
