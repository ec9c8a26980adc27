"""The dropouts with the signatures of `torch.nn.functional`."""

from __future__ import annotations

import warnings

from ...tensor import (
    Tensor,
    alpha_dropout_,
    dropout_,
    feature_alpha_dropout_,
    feature_dropout_,
    nn_dropout,
)

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
]


def _check(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Elements zeroed with probability p, the others scaled up. Source: F.dropout."""
    _check(p)
    return (dropout_ if inplace else nn_dropout.dropout)(input, p, training)


def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Dropout that keeps the statistics of SELU networks. Source: F.alpha_dropout."""
    _check(p)
    return (alpha_dropout_ if inplace else nn_dropout.alpha_dropout)(input, p, training)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """`alpha_dropout` of whole channels. Source: F.feature_alpha_dropout."""
    _check(p)
    function = feature_alpha_dropout_ if inplace else nn_dropout.feature_alpha_dropout
    return function(input, p, training)


def _channels(input: Tensor, p: float, training: bool, inplace: bool) -> Tensor:
    return (feature_dropout_ if inplace else nn_dropout.feature_dropout)(input, p, training)


def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Channels of (N, C, L) or (C, L) zeroed. Source: F.dropout1d."""
    _check(p)
    rank = input.ndim
    if rank not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {rank}D input. Note that "
            "dropout1d "
            "exists to provide channel-wise dropout on inputs with 1 spatial dimension, a channel "
            "dimension, and an optional batch dimension (i.e. 2D or 3D inputs)."
        )
    if rank == 3:
        return _channels(input, p, training, inplace)
    batch = input.unsqueeze_(0) if inplace else input.unsqueeze(0)
    made = _channels(batch, p, training, inplace)
    return made.squeeze_(0) if inplace else made.squeeze(0)


def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Channels of (N, C, H, W) zeroed. Source: F.dropout2d."""
    _check(p)
    rank = input.ndim
    if rank not in (3, 4):
        warnings.warn(
            f"dropout2d: Received a {rank}-D input to dropout2d, which is deprecated and will "
            "result in "
            "an error in a future release. To retain the behavior and silence this warning, please "
            "use "
            "dropout instead. Note that dropout2d exists to provide channel-wise dropout on inputs "
            "with "
            "2 spatial dimensions, a channel dimension, and an optional batch dimension (i.e. 3D "
            "or 4D "
            "inputs)."
        )
    if rank == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout "
            "behavior is desired - input is interpreted as shape (N, C, L), where C is the channel "
            "dim. "
            "This behavior will change in a future release to interpret the input as one without a "
            "batch "
            "dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise dropout behavior, "
            "please "
            "switch to using dropout1d instead."
        )
    return _channels(input, p, training, inplace)


def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Channels of (N, C, D, H, W) or (C, D, H, W) zeroed. Source: F.dropout3d."""
    _check(p)
    rank = input.ndim
    if rank not in (4, 5):
        warnings.warn(
            f"dropout3d: Received a {rank}-D input to dropout3d, which is deprecated and will "
            "result in "
            "an error in a future release. To retain the behavior and silence this warning, please "
            "use "
            "dropout instead. Note that dropout3d exists to provide channel-wise dropout on inputs "
            "with "
            "3 spatial dimensions, a channel dimension, and an optional batch dimension (i.e. 4D "
            "or 5D "
            "inputs)."
        )
    if rank != 4:
        return _channels(input, p, training, inplace)
    batch = input.unsqueeze_(0) if inplace else input.unsqueeze(0)
    made = _channels(batch, p, training, inplace)
    return made.squeeze_(0) if inplace else made.squeeze(0)
