"""Dtypes that PyTorch has no kernel for, by operator, and its words about them.

Importing this module puts a check before the rules of the operators in its tables, so it comes
before the families: a program that PyTorch refuses is refused here too, at the same line and with
the same exception.  The letters
stand for dtypes: b bool, u uint8, i int8 to int32, l int64, e float16, h bfloat16, c complex; "0"
after them: arguments without elements are accepted all the same; ".": those without dimensions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .. import dtypes as dt
from ..ir.graph import GUARDS

_LETTERS = {
    dt.bool_: "b",
    dt.uint8: "u",
    dt.int8: "i",
    dt.int16: "i",
    dt.int32: "i",
    dt.int64: "l",
    dt.float16: "e",
    dt.bfloat16: "h",
    dt.complex64: "c",
    dt.complex128: "c",
}
_INTEGERS = "uil"
_INEXACT_ONLY = "buil"
_REAL_ONLY = "builc"

# operator: (the kernel's name in the message, dtypes it is missing for)
_KERNELS: dict[str, tuple[str, str]] = {
    "mm": ("addmm_impl_cpu_", "b0"),
    "bmm": ("bmm", "b0"),
    "matmul": ("dot", "b0"),
    "vdot": ("dot", "b0"),
    "linear": ("addmm_impl_cpu_", "b0"),
    "addmv": ("addmv_impl_cpu", "b0"),
    "addbmm": ("addmm_impl_cpu_", "b0"),
    "baddbmm": ("baddbmm", "b0"),
    "addcmul": ("addcmul_cpu_out", "b"),
    "linalg_cross": ("cross", "b0"),
    "trace": ("trace", "b"),
    "cumsum": ("cumsum_out_cpu", "b0"),
    "cumprod": ("cumprod_out_cpu", "b0"),
    "cummax": ("cummax_cpu", "c."),
    "cummin": ("cummin_cpu", "c."),
    "max": ("max_all", "c"),
    "min": ("min_all", "c"),
    "aminmax": ("aminmax_cpu", "c."),
    "amax": ("max_values_cpu", "c"),
    "amin": ("min_values_cpu", "c"),
    "kthvalue": ("kthvalue_cpu", "b."),
    "searchsorted": ("searchsorted_out_cpu", "b0"),
    "round_decimals": ("round_cpu", _INTEGERS),
    "index_reduce": ("index_func_", "bc"),
    "reflection_pad1d": ("reflection_pad1d", "b"),
    "reflection_pad2d": ("reflection_pad2d", "b"),
    "reflection_pad3d": ("reflection_pad3d", "b"),
    "replication_pad1d": ("replication_pad1d", "b"),
    "replication_pad2d": ("replication_pad2d", "b"),
    "replication_pad3d": ("replication_pad3d", "b"),
    "im2col": ("im2col_out_cpu", _INTEGERS),
    "convolution_transposed": ("slow_conv_transpose2d_out_cpu", "ui"),
    "fractional_max_pool": ("fractional_max_pool2d_out_frame", "c"),
    "max_pool2d_with_indices_backward": ("max_pool2d_backward", _INTEGERS),
    "max_unpool": ("max_unpool2d", _INTEGERS),
    "native_group_norm": ("GroupNormKernelImpl", _REAL_ONLY),
    "glu": ("glu_cpu", _REAL_ONLY),
    "prelu_kernel": ("prelu_cpu", "c"),
    "threshold": ("threshold_cpu", "bc"),
    "safe_softmax": ("softmax_kernel_impl", "c"),
    "binary_cross_entropy_with_logits": ("log_sigmoid_cpu", _REAL_ONLY),
    "mse_loss": ("mse_cpu", _REAL_ONLY),
    "huber_loss": ("huber_cpu", _REAL_ONLY),
    "smooth_l1_loss": ("smooth_l1_cpu", _REAL_ONLY),
    "multi_margin_loss": ("multi_margin_loss_cpu_kernel", _REAL_ONLY + "eh"),
    "multilabel_margin_loss": ("multilabel_margin_loss_forward_out_frame", _REAL_ONLY + "eh"),
    "ctc_loss": ("ctc_loss_cpu", "eh"),
    "grid_sample": ("grid_sampler_2d_cpu_kernel_impl", _REAL_ONLY),
    "cdist": ("cdist", "eh0"),
    "linalg_householder_product": ("orgqr_cpu", _INEXACT_ONLY + "eh0"),
    "linalg_solve_triangular": ("triangular_solve_cpu", _INEXACT_ONLY + "eh0"),
}
_DOUBLE_SPECIAL = (
    "ndtri",
    "log_ndtr",
    "erfcx",
    "airy_ai",
    "bessel_j0",
    "bessel_j1",
    "bessel_y0",
    "bessel_y1",
    "chebyshev_polynomial_t",
    "chebyshev_polynomial_u",
    "chebyshev_polynomial_v",
    "chebyshev_polynomial_w",
    "hermite_polynomial_h",
    "hermite_polynomial_he",
    "laguerre_polynomial_l",
    "legendre_polynomial_p",
    "modified_bessel_i0",
    "modified_bessel_i1",
    "modified_bessel_k0",
    "modified_bessel_k1",
    "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1",
    "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u",
    "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w",
    "spherical_bessel_j0",
)
# operator: (RuntimeError's message, dtypes); {0} is the storage type's name, {1} the category's
_MESSAGES: dict[str, tuple[str, str]] = {
    "argmax": ("argmax(): does not support {1} input", "bc"),
    "argmin": ("argmin(): does not support {1} input", "bc"),
    "max_dim": ("max(): does not support complex input", "c"),
    "min_dim": ("min(): does not support complex input", "c"),
    "topk": ("topk does not support bool dtypes on CPU", "b"),
    "dist": (
        "norm(): input dtype should be either floating point or complex. Got {0} instead.",
        _INEXACT_ONLY,
    ),
    "embedding_renorm": (
        "norm(): input dtype should be either floating point or complex. Got {0} instead.",
        _INEXACT_ONLY,
    ),
    "embedding_bag": (
        "Expected tensor for argument #1 'weight' to have one of the following scalar types: "
        "Half, BFloat16, Float, Double; but got torch.{0}Tensor instead (while checking arguments "
        "for embedding_bag)",
        _REAL_ONLY,
    ),
}


def no_kernel(kernel: str, kind: dt.dtype) -> NotImplementedError:
    """PyTorch's exception about a kernel that there is none of for a dtype."""
    return NotImplementedError(f"\"{kernel}\" not implemented for '{kind.legacy_name}'")


def _guard(letters: str, error: Callable[[dt.dtype], Exception]) -> Callable[[Callable], Callable]:
    """Puts a look at the first input's dtype before a rule."""
    kinds = frozenset(kind for kind, letter in _LETTERS.items() if letter in letters)

    def accepted(shape: tuple[int, ...]) -> bool:
        return ("0" in letters and 0 in shape) or ("." in letters and not shape)

    def guard(rule: Callable) -> Callable:
        def checked(first, *rest):
            if first.dtype in kinds and not accepted(first.shape):
                raise error(first.dtype)
            return rule(first, *rest)

        return checked

    return guard


def _message(text: str, kind: dt.dtype) -> RuntimeError:
    category = "complex" if kind.is_complex else kind.name
    return RuntimeError(text.format(kind.legacy_name, category))


def _kernel_guards() -> dict[str, tuple[str, str]]:
    special = {f"special_{name}": (f"{name}_cpu", "eh") for name in _DOUBLE_SPECIAL}
    zeta = {f"special_zeta{form}": ("zeta_cpu", "eh") for form in ("", "_1", "_2")}
    return _KERNELS | special | zeta


KERNEL_NAMES = {name: kernel for name, (kernel, _) in _kernel_guards().items()}
for _name, (_kernel, _letters) in _kernel_guards().items():
    GUARDS[_name] = _guard(_letters, partial(no_kernel, _kernel))
for _name, (_text, _letters) in _MESSAGES.items():
    GUARDS[_name] = _guard(_letters, partial(_message, _text))
