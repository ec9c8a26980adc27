"""Which operators autocast runs in lower precision, which in float32, which in the widest type.

In: an operator and its inputs, as `Tensor.dispatch` has them.  Out: the inputs, cast.  The sets are
those of PyTorch's CPU autocast, found by looking at the dtypes of its results.
Source: https://docs.pytorch.org/docs/2.13/amp.html#cpu-op-specific-behavior
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..dtypes import dtype, float32, float64
from ..ir.graph import Op
from ..ops.family import cast
from ..tensor import Tensor

LOWER_PRECISION = frozenset(
    """
    addbmm addmm baddbmm bmm chain_matmul conv1d conv2d conv3d conv_tbc conv_transpose1d
    conv_transpose2d conv_transpose3d convolution linalg_multi_dot linalg_vecdot linear lstm
    matmul mm prelu rnn_relu rnn_tanh scaled_dot_product_attention
    """.split()
)
FLOAT32 = frozenset(
    """
    adaptive_avg_pool3d adaptive_max_pool3d avg_pool3d binary_cross_entropy
    binary_cross_entropy_with_logits cdist cholesky cosine_embedding_loss cross_entropy
    cross_entropy_loss ctc_loss fft_c2c fft_c2r fft_fft fft_fft2 fft_fftn fft_hfft fft_ifft
    fft_ifft2 fft_ifftn fft_ihfft fft_irfft fft_irfft2 fft_irfftn fft_r2c fft_rfft fft_rfft2
    fft_rfftn fractional_max_pool2d fractional_max_pool3d grid_sample grid_sampler
    grid_sampler_2d grid_sampler_3d hinge_embedding_loss huber_loss kl_div l1_loss linalg_cholesky
    linalg_cholesky_ex linalg_cond linalg_det linalg_eig linalg_eigh linalg_eigvals
    linalg_eigvalsh linalg_householder_product linalg_inv linalg_inv_ex linalg_lstsq linalg_lu
    linalg_lu_factor linalg_matrix_rank linalg_pinv linalg_qr linalg_slogdet linalg_solve
    linalg_solve_triangular linalg_svd linalg_svdvals linalg_tensorinv linalg_tensorsolve
    margin_ranking_loss max_unpool2d max_unpool3d mse_loss multi_margin_loss
    multilabel_margin_loss nanquantile nll_loss pdist poisson_nll_loss polar prod quantile
    replication_pad3d reflection_pad3d smooth_l1_loss soft_margin_loss stft trace
    triplet_margin_loss view_as_complex
    """.split()
)
WIDEST = frozenset(("cat", "stack", "index_copy"))


def castable(x: Any) -> bool:
    """Whether autocast may change this input's type: floating, not double, on the CPU."""
    return (
        isinstance(x, Tensor)
        and x.dtype.is_floating_point
        and x.dtype is not float64
        and not x.is_meta
    )


def cast_all(inputs: tuple, kind: dtype) -> tuple:
    """The inputs with all castable ones at `kind`."""
    return tuple(cast(x, kind) if castable(x) else x for x in inputs)


def _widest(inputs: tuple, lower: dtype) -> dtype:
    return float32 if any(castable(x) and x.dtype is float32 for x in inputs) else lower


def make_hook(lower: dtype) -> Callable[[Op, tuple], tuple]:
    """The dispatch hook of an autocast region with the given lower precision."""

    def cast_inputs(op: Op, inputs: tuple) -> tuple:
        name = op.name
        if name in LOWER_PRECISION:
            return cast_all(inputs, lower)
        if name in FLOAT32:
            return cast_all(inputs, float32)
        if name in WIDEST:
            return cast_all(inputs, _widest(inputs, lower))
        return inputs

    return cast_inputs
