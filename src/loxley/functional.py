"""`torch.functional`: functions that `torch` has too.

Source: https://docs.pytorch.org/docs/stable/torch.html
"""

from __future__ import annotations

from .tensor import PUBLIC

__all__ = (
    "atleast_1d atleast_2d atleast_3d broadcast_shapes broadcast_tensors cartesian_prod "
    "block_diag cdist chain_matmul einsum istft lu norm meshgrid pca_lowrank split stft "
    "svd_lowrank tensordot unique unique_consecutive unravel_index"
).split()

globals().update({name: PUBLIC[name] for name in __all__})
