"""Operators whose attributes name dimensions or shapes: the same operator, counted past the slices.

`SHIFTS` says per operator what each attribute is: `d` a dimension, `D` several, `s` a shape, `-`
nothing that changes.  Inputs that are not batched are repeated in every slice where there are
several (`every`).
"""

from __future__ import annotations

from typing import Any

from ..ir.graph import Op, Value, record
from ..ops import movement
from .core import RULES, every

_SHIFTS = {
    "s": "view reshape_alias unsafe_view view_copy pad_backward leading leading_backward zeros_of",
    "dd": "transpose transpose_copy transpose_",
    "d": (
        "unsqueeze unsqueeze_copy unsqueeze_ stack unbind unbind_copy softmax safe_softmax "
        "softmax_backward_data log_softmax log_softmax_backward_data glu glu_backward gather "
        "scatter_add reverse_cumsum cumprod_backward cummaxmin_backward scan_gather cummax cummin "
        "logcumsumexp logcumsumexp_backward linalg_cross"
    ),
    "D": "squeeze squeeze_dim squeeze_dims squeeze_ squeeze_dim_ squeeze_dims_ squeeze_copy "
    "squeeze_dim_copy squeeze_dims_copy others_product flip count_nonzero",
    "": (
        "alias alias_copy contiguous view_as_real view_as_complex real imag is_zero frexp "
        "exp_of_log_softmax sampled sampled_without_derivative linalg_inv_ex linalg_det "
        "linalg_slogdet linalg_eig linalg_eigvals linalg_svdvals linalg_matrix_exp geqrf "
        "linalg_lu_factor_ex linalg_lu linalg_householder_product cofactors lu_unpack bitcast "
        "pixel_shuffle pixel_unshuffle zero_padding max_pool_with_indices "
        "max_pool_backward max_pool_pick max_pool_places avg_pool "
        "avg_pool_backward adaptive_avg_pool adaptive_avg_pool_backward add_at_places "
        "pick_at_places max_unpool adaptive_max_pool constant_pad_nd reflection_pad1d "
        "replication_pad1d circular_pad1d reflection_pad2d replication_pad2d circular_pad2d "
        "reflection_pad3d replication_pad3d circular_pad3d"
    ),
    "D--": "sum mean prod nansum var std var_mean std_mean _fft_c2c _fft_r2c _fft_c2r",
    "D-": "amax amin all any aminmax logsumexp",
    "-D-": "linalg_vector_norm",
    "d-": (
        "max_dim min_dim median_dim nanmedian_dim mode select select_copy select_scatter sort "
        "cumsum cumprod take_selected"
    ),
    "-d-": "kthvalue topk",
    "-d": "split split_with_sizes unsafe_split unsafe_split_with_sizes split_copy "
    "split_with_sizes_copy",
    "-D": "rot90",
    "sd": "gather_backward",
    "sd-": "value_selecting_reduction select_backward",
    "sd--": "unfold_backward",
    "d--": "unfold unfold_copy scatter_reduce",
    "d---": "slice slice_copy narrow_copy slice_scatter",
    "sd---": "slice_backward",
    "-dd": "diagonal diagonal_copy diag_embed diagonal_scatter",
    "s-dd": "diagonal_backward",
    "-": (
        "tril triu linalg_cholesky_ex cholesky linalg_qr linalg_eigh linalg_eigvalsh linalg_svd "
        "cholesky_inverse linalg_ldl_factor_ex"
    ),
    "?-": "argmax argmin",
}
SHIFTS = {name: code for code, names in _SHIFTS.items() for name in names.split()}
# Attributes that read a 0-d slice as if it had one dimension.
_COUNTS_DIMENSIONS = frozenset("d?")


def shift(code: str, value: Any, size: int) -> Any:
    """One attribute, for the physical value."""
    if code == "d":
        return value + 1
    if code == "D":
        return tuple(d + 1 for d in value)
    if code == "s":
        return (size, *value)
    return value


def shifted(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """The operator on physical values, its attributes counted past the slices."""
    code = SHIFTS[op.name]
    given = every(inputs, flags, size)
    if code[:1] == "?":
        given, attrs, code = _along_all(given, attrs)
    elif not _COUNTS_DIMENSIONS.isdisjoint(code) and op.name not in _NEEDS_NO_DIMENSION:
        given, attrs = _with_dimensions(op, given, code, attrs)
    made = tuple(shift(c, a, size) for c, a in zip(code, attrs))
    return record(op, tuple(given), made + attrs[len(code) :])


_NEEDS_NO_DIMENSION = frozenset(("unsqueeze", "unsqueeze_copy", "unsqueeze_", "stack"))


def _along_all(given: list, attrs: tuple) -> tuple[list, tuple, str]:
    """argmax and argmin: over all elements of a slice where no dimension is named."""
    x: Value = given[0]
    if attrs[0] is None or x.ndim == 1:
        rows = x.numel() // x.shape[0] if x.shape[0] else 1
        return [movement.view(x, (x.shape[0], rows))], (0, False), "d-"
    return given, attrs, "d-"


def _with_dimensions(op: Op, given: list, code: str, attrs: tuple) -> tuple[list, tuple]:
    """0-d slices as slices of one element, which the dimension of the call then names."""
    if op.name not in _ELEMENT_BY_ELEMENT:
        whole = given[0].ndim == 1 and ("s" not in code or attrs[code.index("s")] == ())
        if not whole:
            return given, attrs
    wide = [x if x is None or x.ndim > 1 else movement.view(x, (x.shape[0], 1)) for x in given]
    made = []
    for c, a in zip(code, attrs):
        none = all(x is None or x.ndim == 1 for x in given)
        made.append(0 if c == "d" and none else (1,) if c == "s" and a == () else a)
    return wide, tuple(made) + attrs[len(code) :]


# Their inputs have as many dimensions as each other, or none.
_ELEMENT_BY_ELEMENT = frozenset(("gather", "gather_backward"))


for _name in SHIFTS:
    RULES[_name] = shifted
