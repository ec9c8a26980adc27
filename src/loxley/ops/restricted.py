"""Which operators take 8-bit floats, complex halves and quantized numbers.

PyTorch has few kernels for them, and NumPy computes with none.  What only moves elements is
recorded as it is; what PyTorch computes is recorded as a twin whose rule sees float32 or complex64
and whose results are rounded once; everything else raises PyTorch's error.  `ir.graph.record` asks
here as soon as an input has such a dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from functools import cache
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op, Restricted
from ..narrow_types import widened
from .family import KERNELS
from .unsupported import KERNEL_NAMES, no_kernel

_MOVES = frozenset(
    """
    alias alias_copy as_strided as_strided_copy as_strided_scatter bitcast
    block_diag cat clone constant_pad_nd contiguous copy diag_embed diagonal diagonal_backward
    diagonal_copy diagonal_scatter embedding expand expand_copy fill fill_tensor full index
    index_select masked_select narrow_copy permute permute_copy read_strided repeat
    reshape_alias roll select select_backward select_copy select_scatter slice
    slice_backward slice_copy slice_scatter split split_copy split_with_sizes
    split_with_sizes_copy squeeze squeeze_copy squeeze_dim squeeze_dim_copy squeeze_dims
    squeeze_dims_copy stack t t_copy to_copy transpose transpose_copy unbind unbind_copy unfold
    unfold_copy unsafe_split unsafe_split_with_sizes unsafe_view unsqueeze unsqueeze_copy view
    view_copy where write_strided zero zero_padding circular_pad1d circular_pad2d circular_pad3d
    t_ transpose_ unsqueeze_ squeeze_ squeeze_dim_ squeeze_dims_ as_strided_
    """.split()
)
# What PyTorch computes: of "c" complex halves, "i" the floats with infinities, "f" the others
# with a sign, "e" powers of two.
_COMPUTED = {
    name: letters
    for letters, names in {
        "cife": "mul eq ne isnan isreal all any is_zero sum_to_size",
        "cie": "isfinite",
        "ci": "isinf",
        "c": (
            "add add_scaled addcmul complex conj conj_physical convolution count_nonzero dist "
            "imag imag_part index_add index_copy index_fill index_fill_by isclose "
            "linalg_vector_norm masked_fill masked_fill_by masked_put neg real real_part rsub sgn "
            "std std_mean sub sub_scaled tril triu var var_mean view_as_real equal_or_nan"
        ),
        "if": "mm addmm linear matmul",
        "cif": "abs accumulate_strided index_put",
    }.items()
    for name in names.split()
}
_QUANTIZED = frozenset(("bitcast", "read_strided", "view"))
# operator: its kernel's name in PyTorch's message, where no other table has it
_NAMES = {
    name: kernel
    for kernel, names in {
        "add_stub": "add add_scaled dist rsub sub sub_scaled",
        "addcdiv_cpu_out": "addcdiv",
        "addmm_impl_cpu_": "addmm linear mm",
        "aminmax_cpu": "aminmax",
        "angle_cpu": "angle",
        "argmax_cpu": "argmax",
        "argmin_cpu": "argmin",
        "clamp_max_scalar_cpu": "clamp_max",
        "clamp_min_scalar_cpu": "clamp_min relu",
        "exp_vml_cpu": "logsumexp",
        "isfinite": "isfinite",
        "isin_default_cpu": "isin",
        "isinf": "isinf",
        "lerp_kernel_scalar": "lerp",
        "linalg_svd_cpu": "linalg_svd linalg_svdvals",
        "logical_not_cpu": "logical_not",
        "lu_cpu": "linalg_det linalg_lu linalg_lu_factor_ex linalg_slogdet linalg_solve_ex",
        "masked_fill": "masked_fill masked_fill_by masked_put",
        "masked_scatter": "masked_scatter",
        "max_cpu": "max_dim",
        "min_cpu": "min_dim",
        "mul_cpu_reduced_float": "isclose mul",
        "nan_to_num": "nan_to_num",
        "neg_cpu": "neg",
        "nonzero_count_cpu": "count_nonzero",
        "norm_cpu": "linalg_vector_norm",
        "pow": "pow pow_number power_of_number",
        "prod_out_cpu": "prod prod_all",
        "scatter_gather_scalar_cpu": "scatter_value",
        "scatter_gather_tensor_cpu": "gather index_add scatter scatter_add",
        "sign_cpu": "sgn",
        "slow_conv2d_cpu": "convolution",
        "softmax_kernel_impl": "softmax",
        "sorting_kernel_method_name": "sort",
        "std_cpu": "std std_mean var var_mean",
        "sum_cpu": "mean mean_all sum sum_all",
        "take_put_cpu": "put",
        "bernoulli_scalar_cpu_": "masked_scale",
        "flip_cpu": "rot90",
        "tril": "tril",
        "triu": "triu",
        "unique": "_unique2 unique_consecutive unique_dim unique_dim_consecutive",
        "index_put": "index_put",
    }.items()
    for name in names.split()
}


def _letter(kind: dt.dtype) -> str:
    if kind.is_complex:
        return "c"
    if kind is dt.float8_e5m2:
        return "i"
    return "e" if kind is dt.float8_e8m0fnu else "f"


def _wide_arguments(function: Callable) -> Callable:
    """A NumPy rule whose arrays, lists of arrays included, arrive as float32 or complex64."""

    def wide(x: Any) -> Any:
        if isinstance(x, list):
            return [wide(one) for one in x]
        return widened(x) if isinstance(x, (np.ndarray, np.generic)) else x

    def computed(*arguments: Any, **options: Any) -> Any:
        return function(*map(wide, arguments), **options)

    return computed


@cache
def _twin(op: Op) -> Op:
    """The operator computing in single precision; no compiler knows it by its name."""
    made = copy(op)
    made.name = f"{op.name}_widened"
    made.eval = _wide_arguments(op.eval)
    made.eval_into, made.donate = None, ()
    return made


def _kernel_name(name: str, inputs: Sequence) -> str:
    if name == "div" and not inputs[1].shape:
        return "div_cpu_reduced_float"
    if name == "matmul":
        ranks = {len(x.shape) for x in inputs}
        if ranks == {1, 2}:
            return "addmv_impl_cpu"
        return {1: "dot", 2: "addmm_impl_cpu_"}.get(max(ranks), "bmm")
    if name == "vdot":
        return "vdot" if inputs[0].dtype.is_complex else "dot"
    return _NAMES.get(name) or KERNEL_NAMES.get(name) or KERNELS.get(name) or f"{name}_cpu"


def _computes(op: Op, kind: dt.dtype, inputs: Sequence) -> bool:
    if _letter(kind) not in _COMPUTED.get(op.name, ""):
        return False
    if op.name == "matmul":
        return all(len(x.shape) == 2 for x in inputs)
    # PyTorch multiplies 8-bit floats element by element, but not by one number.
    return kind.is_complex or op.name != "mul" or bool(inputs[1].shape)


def _nothing_to_compute(op: Op, inputs: Sequence) -> bool:
    """Whether an elementwise operator or a product has no elements, and needs no kernel then."""
    named = op.elementwise or op.name in ("mm", "matmul", "bmm", "addmm", "linear")
    return named and any(x is not None and 0 in x.shape for x in inputs)


def _moves(op: Op, kind: dt.dtype, inputs: Sequence, attrs: tuple) -> bool:
    if op.name == "flip":  # PyTorch's kernel reverses whole rows only
        return len(inputs[0].shape) - 1 not in attrs[0]
    return op.name in _MOVES


def kernel(op: Op, inputs: Sequence, attrs: tuple) -> Op:
    """What to record for an operator with such inputs.

    NotImplementedError where PyTorch has no kernel for the dtype.
    """
    kind = next(x.dtype for x in inputs if x is not None and x.dtype.restricted)
    if kind.is_quantized:
        if op.name in _QUANTIZED:
            return op
        raise NotImplementedError(
            f"Could not run 'aten::{op.name}' with arguments from the 'QuantizedCPU' backend. "
            "Of quantized tensors there are views, copies, `int_repr` and `dequantize` alone."
        )
    if _computes(op, kind, inputs) or _nothing_to_compute(op, inputs):
        return _twin(op)
    if _moves(op, kind, inputs, attrs):
        return op
    raise no_kernel(_kernel_name(op.name, inputs), kind)


Restricted.kernel = kernel
