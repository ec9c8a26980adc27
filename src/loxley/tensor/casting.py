"""Which functions autocast runs at another type: one table, consulted where functions are declared.

In: a function and its public name.  Out: the function, which under autocast has its floating
arguments cast first.  Operators that are recorded singly are cast by `Tensor.dispatch` instead; the
functions here do more than record one operator of the same name.  `amp/policy.py` does the casts.
Source: https://docs.pytorch.org/docs/2.13/amp.html#cpu-op-specific-behavior
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..ir.signature import told_as
from .modes import modes

F = TypeVar("F", bound=Callable[..., Any])

LOWER, FLOAT32, UNTOUCHED = "lower precision", "float32", "as it is"

_NAMES = {
    LOWER: """
        addbmm chain_matmul linalg_multi_dot linalg_vecdot multi_dot prelu vecdot
        conv_transpose1d conv_transpose2d conv_transpose3d scaled_dot_product_attention
    """,
    FLOAT32: """
        adaptive_avg_pool3d adaptive_max_pool3d avg_pool3d binary_cross_entropy
        binary_cross_entropy_with_logits cdist cholesky cosine_embedding_loss ctc_loss det
        eig eigh eigvals eigvalsh fft fft2 fftn fractional_max_pool2d fractional_max_pool3d
        grid_sample grid_sampler hfft hinge_embedding_loss householder_product huber_loss ifft
        ifft2 ifftn ihfft inv inverse irfft irfft2 irfftn kl_div l1_loss linalg_cholesky
        linalg_cond linalg_det linalg_eig linalg_eigh linalg_eigvals linalg_eigvalsh
        linalg_householder_product linalg_inv linalg_lstsq linalg_lu linalg_lu_factor
        linalg_matrix_rank linalg_qr linalg_slogdet linalg_solve linalg_solve_triangular
        linalg_svd linalg_svdvals linalg_tensorinv linalg_tensorsolve logdet lstsq lu_factor
        margin_ranking_loss matrix_rank max_unpool2d max_unpool3d mse_loss multi_margin_loss
        multilabel_margin_loss nanquantile nll_loss pdist poisson_nll_loss polar prod qr quantile
        replication_pad3d rfft rfft2 rfftn slogdet smooth_l1_loss soft_margin_loss solve
        solve_triangular stft svd svdvals tensorinv tensorsolve trace triplet_margin_loss
        view_as_complex
    """,
    # Products that are recorded as `matmul` here and that PyTorch's autocast leaves alone.
    UNTOUCHED: "addmv bilinear dot inner kron mv vdot",
}
FUNCTIONS = {name: kind for kind, names in _NAMES.items() for name in names.split()}


def under_autocast(function: F, name: str | None = None) -> F:
    """`function`, cast under autocast where the table names it."""
    kind = FUNCTIONS.get(name or function.__name__)
    if kind is None:
        return function

    @told_as(function)
    def casting(*args: Any, **kwargs: Any) -> Any:
        if modes.autocast is None:
            return function(*args, **kwargs)
        return modes.autocast.run(kind, function, args, kwargs)

    return casting
