# Made by `make stubs` from the running package; changes go into what it is made of.
"""Tensors: storages seen through layouts, and every function on them."""

import numpy as np
from builtins import complex as _complex
from collections.abc import Sequence
from loxley.devices import device
from loxley.dtypes import dtype
from loxley.layouts import layout as _layout, memory_format as _memory_format, qscheme as _qscheme
from loxley.tensor.column_compressed import ColumnCompressedTensor
from loxley.tensor.compressed import CompressedTensor
from loxley.tensor.coordinate import SparseTensor
from loxley.tensor.generator import Generator as _Generator
from loxley.tensor.nn_conv import Sizes as _Sizes
from loxley.tensor.nn_pool import Sizes
from loxley.tensor.norms import Dims as _Dims
from loxley.tensor.reduction import Dims
from loxley.tensor.return_types import return_types
from loxley.tensor.size import Size
from loxley.tensor.storages import TypedStorage as _TypedStorage
from loxley.tensor.tensor import Tensor as _Tensor
from typing import Any, Literal, NoReturn, overload

from loxley.tensor.tensor import Tensor as Tensor
from loxley.tensor.generator import Generator as Generator
from loxley.tensor.storages import TypedStorage as TypedStorage
from loxley.tensor.storages import UntypedStorage as UntypedStorage
from loxley.layouts import layout as layout
from loxley.layouts import memory_format as memory_format
from loxley.layouts import qscheme as qscheme

PUBLIC: dict[str, Any]
class BFloat16Storage(_TypedStorage): ...
class BFloat16Tensor(_Tensor): ...
class BoolStorage(_TypedStorage): ...
class BoolTensor(_Tensor): ...
class ByteStorage(_TypedStorage): ...
class ByteTensor(_Tensor): ...
class CharStorage(_TypedStorage): ...
class CharTensor(_Tensor): ...
class ComplexDoubleStorage(_TypedStorage): ...
class ComplexFloatStorage(_TypedStorage): ...
class DoubleStorage(_TypedStorage): ...
class DoubleTensor(_Tensor): ...
class FloatStorage(_TypedStorage): ...
class FloatTensor(_Tensor): ...
class HalfStorage(_TypedStorage): ...
class HalfTensor(_Tensor): ...
class IntStorage(_TypedStorage): ...
class IntTensor(_Tensor): ...
class LongStorage(_TypedStorage): ...
class LongTensor(_Tensor): ...
class QInt32Storage(_TypedStorage): ...
class QInt8Storage(_TypedStorage): ...
class QUInt8Storage(_TypedStorage): ...
class ShortStorage(_TypedStorage): ...
class ShortTensor(_Tensor): ...
def _chunk_cat(
    tensors: Sequence[_Tensor],
    dim: int,
    num_chunks: int,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Every tensor cut into `num_chunks` equal parts of its elements from `dim` on, zeros added,"""
def _dirichlet_grad(x: _Tensor, alpha: _Tensor, total: _Tensor) -> _Tensor:
    """d x / d alpha / (1 - x) of beta variates x of parameters alpha and total - alpha."""
def _foreach_abs(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`abs` of every tensor."""
def _foreach_abs_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`abs_` of every tensor."""
def _foreach_acos(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`acos` of every tensor."""
def _foreach_acos_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`acos_` of every tensor."""
def _foreach_add(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`add` of every tensor."""
def _foreach_add_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`add_` of every tensor."""
def _foreach_addcdiv(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`addcdiv` of every tensor."""
def _foreach_addcdiv_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`addcdiv_` of every tensor."""
def _foreach_addcmul(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`addcmul` of every tensor."""
def _foreach_addcmul_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`addcmul_` of every tensor."""
def _foreach_asin(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`asin` of every tensor."""
def _foreach_asin_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`asin_` of every tensor."""
def _foreach_atan(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`atan` of every tensor."""
def _foreach_atan_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`atan_` of every tensor."""
def _foreach_ceil(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`ceil` of every tensor."""
def _foreach_ceil_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`ceil_` of every tensor."""
def _foreach_clamp_max(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`clamp_max` of every tensor."""
def _foreach_clamp_max_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`clamp_max_` of every tensor."""
def _foreach_clamp_min(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`clamp_min` of every tensor."""
def _foreach_clamp_min_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`clamp_min_` of every tensor."""
def _foreach_clone(
    self: Sequence[_Tensor],
    *,
    memory_format: _memory_format | None = None,
) -> tuple[_Tensor, ...]:
    """A copy of every tensor."""
def _foreach_copy_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`copy_` of every tensor."""
def _foreach_cos(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`cos` of every tensor."""
def _foreach_cos_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`cos_` of every tensor."""
def _foreach_cosh(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`cosh` of every tensor."""
def _foreach_cosh_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`cosh_` of every tensor."""
def _foreach_div(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`div` of every tensor."""
def _foreach_div_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`div_` of every tensor."""
def _foreach_erf(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`erf` of every tensor."""
def _foreach_erf_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`erf_` of every tensor."""
def _foreach_erfc(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`erfc` of every tensor."""
def _foreach_erfc_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`erfc_` of every tensor."""
def _foreach_exp(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`exp` of every tensor."""
def _foreach_exp_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`exp_` of every tensor."""
def _foreach_expm1(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`expm1` of every tensor."""
def _foreach_expm1_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`expm1_` of every tensor."""
def _foreach_floor(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`floor` of every tensor."""
def _foreach_floor_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`floor_` of every tensor."""
def _foreach_frac(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`frac` of every tensor."""
def _foreach_frac_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`frac_` of every tensor."""
def _foreach_lerp(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`lerp` of every tensor."""
def _foreach_lerp_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`lerp_` of every tensor."""
def _foreach_lgamma(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`lgamma` of every tensor."""
def _foreach_lgamma_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`lgamma_` of every tensor."""
def _foreach_log(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`log` of every tensor."""
def _foreach_log10(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`log10` of every tensor."""
def _foreach_log10_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`log10_` of every tensor."""
def _foreach_log1p(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`log1p` of every tensor."""
def _foreach_log1p_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`log1p_` of every tensor."""
def _foreach_log2(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`log2` of every tensor."""
def _foreach_log2_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`log2_` of every tensor."""
def _foreach_log_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`log_` of every tensor."""
def _foreach_max(self: Sequence[_Tensor]) -> tuple[_Tensor, ...]:
    """The greatest element of every tensor."""
def _foreach_maximum(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`maximum` of every tensor."""
def _foreach_maximum_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`maximum_` of every tensor."""
def _foreach_minimum(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`minimum` of every tensor."""
def _foreach_minimum_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`minimum_` of every tensor."""
def _foreach_mul(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`mul` of every tensor."""
def _foreach_mul_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`mul_` of every tensor."""
def _foreach_neg(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`neg` of every tensor."""
def _foreach_neg_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`neg_` of every tensor."""
def _foreach_norm(
    self: Sequence[_Tensor],
    ord: Any = 2,
    dtype: dtype | None = None,
) -> tuple[_Tensor, ...]:
    """The vector norm of every tensor, all of its elements taken as one vector."""
def _foreach_pow(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`pow` of every tensor."""
def _foreach_pow_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`pow_` of every tensor."""
def _foreach_reciprocal(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`reciprocal` of every tensor."""
def _foreach_reciprocal_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`reciprocal_` of every tensor."""
def _foreach_round(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`round` of every tensor."""
def _foreach_round_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`round_` of every tensor."""
def _foreach_rsqrt(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`rsqrt` of every tensor."""
def _foreach_rsqrt_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`rsqrt_` of every tensor."""
def _foreach_sigmoid(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`sigmoid` of every tensor."""
def _foreach_sigmoid_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`sigmoid_` of every tensor."""
def _foreach_sign(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`sign` of every tensor."""
def _foreach_sign_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`sign_` of every tensor."""
def _foreach_sin(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`sin` of every tensor."""
def _foreach_sin_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`sin_` of every tensor."""
def _foreach_sinh(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`sinh` of every tensor."""
def _foreach_sinh_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`sinh_` of every tensor."""
def _foreach_sqrt(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`sqrt` of every tensor."""
def _foreach_sqrt_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`sqrt_` of every tensor."""
def _foreach_sub(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`sub` of every tensor."""
def _foreach_sub_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`sub_` of every tensor."""
def _foreach_tan(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`tan` of every tensor."""
def _foreach_tan_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`tan_` of every tensor."""
def _foreach_tanh(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`tanh` of every tensor."""
def _foreach_tanh_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`tanh_` of every tensor."""
def _foreach_trunc(
    self: Sequence[_Tensor],
    *args: Any,
    **kwargs: Any,
) -> tuple[_Tensor, ...]:
    """`trunc` of every tensor."""
def _foreach_trunc_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`trunc_` of every tensor."""
def _foreach_zero_(self: Sequence[_Tensor], *args: Any, **kwargs: Any) -> Any:
    """`zero_` of every tensor."""
def _native_batch_norm_legit(
    *args: Any,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
    **kwargs: Any,
) -> tuple[_Tensor, _Tensor, _Tensor]:
    """`native_batch_norm`, the running statistics being optional: (input, weight, bias,"""
def _sample_dirichlet(self: _Tensor, generator: _Generator | None = None) -> _Tensor:
    """Dirichlet variates along the last dimension; differentiated implicitly."""
def _scaled_mm(
    input: _Tensor,
    mat2: _Tensor,
    scale_a: _Tensor,
    scale_b: _Tensor,
    bias: _Tensor | None = None,
    scale_result: _Tensor | None = None,
    out_dtype: dtype | None = None,
    use_fast_accum: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`(input * scale_a) @ (mat2 * scale_b) + bias`: (m, k) and (k, n) of 8-bit floats to (m, n)."""
def _scaled_mm_v2(
    input: _Tensor,
    mat2: _Tensor,
    scale_a: Sequence[_Tensor],
    recipe_a: Sequence[Any],
    swizzle_a: Sequence[Any],
    scale_b: Sequence[_Tensor],
    recipe_b: Sequence[Any],
    swizzle_b: Sequence[Any],
    bias: _Tensor | None,
    out_dtype: dtype | None,
    contraction_dim: Sequence[int] = (),
    use_fast_accum: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`_scaled_mm` with the scales' kinds told: one number (0), or one for each row (1)."""
def _segment_reduce(
    data: _Tensor,
    reduce: str,
    *,
    lengths: _Tensor | None = None,
    indices: _Tensor | None = None,
    offsets: _Tensor | None = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: float | None = None,
) -> _Tensor:
    """Runs along `axis` reduced by "sum", "mean", "max", "min" or "prod"."""
def _softmax_backward_data(
    grad_output: _Tensor,
    output: _Tensor,
    dim: int,
    input_dtype: dtype,
) -> _Tensor:
    """The gradient of softmax's input from that of its output. Source: running PyTorch."""
def _standard_gamma(self: _Tensor, generator: _Generator | None = None) -> _Tensor:
    """Gamma variates of shape `self` and scale 1; differentiated implicitly."""
def _standard_gamma_grad(self: _Tensor, output: _Tensor) -> _Tensor:
    """d output / d self of gamma variates `output` of shape `self` and scale 1."""
def _unsafe_masked_index(
    input: _Tensor,
    mask: _Tensor,
    indices: Sequence[_Tensor | None],
    fill: int | float | bool | _complex,
) -> _Tensor:
    """`input[indices]` where the mask holds, `fill` elsewhere; unused places may lie outside."""
def _unsafe_masked_index_put_accumulate(
    input: _Tensor,
    mask: _Tensor,
    indices: Sequence[_Tensor | None],
    values: _Tensor,
) -> _Tensor:
    """The input with values added at places where the mask holds; unused places may lie outside."""
def abs(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The absolute value of each element. Source: torch.abs."""
def abs_(input: _Tensor) -> _Tensor:
    """`abs` written into the tensor itself, which it returns."""
def absolute(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The absolute value of each element. Source: torch.abs."""
def acos(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The angle whose cosine is each element. Source: torch.acos."""
def acos_(input: _Tensor) -> _Tensor:
    """`acos` written into the tensor itself, which it returns."""
def acosh(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The number whose hyperbolic cosine is each element. Source: torch.acosh."""
def acosh_(input: _Tensor) -> _Tensor:
    """`acosh` written into the tensor itself, which it returns."""
def adaptive_avg_pool1d(input: _Tensor, output_size: Sizes) -> _Tensor:
    """Means of `output_size` windows of (N, C, L). Source: F.adaptive_avg_pool1d."""
def adaptive_max_pool1d(input: _Tensor, output_size: Sizes) -> tuple[_Tensor, _Tensor]:
    """Maxima of `output_size` windows of (N, C, L) and positions. Source: F.adaptive_max_pool1d."""
def add(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    alpha: int | float | bool | _complex = 1,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input + alpha * other`. Source: torch.add."""
def addbmm(
    input: _Tensor,
    batch1: _Tensor,
    batch2: _Tensor,
    *,
    beta: int | float | bool | _complex = 1,
    alpha: int | float | bool | _complex = 1,
    out: _Tensor | None = None,
) -> _Tensor:
    """beta * input + alpha * the sum over batches of batch1 @ batch2. Source: torch.addbmm."""
def addcdiv(
    input: _Tensor,
    tensor1: _Tensor,
    tensor2: _Tensor,
    *,
    value: int | float | bool | _complex = 1,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input + value * tensor1 / tensor2`; RuntimeError for integers. Source: torch.addcdiv."""
def addcmul(
    input: _Tensor,
    tensor1: _Tensor,
    tensor2: _Tensor,
    *,
    value: int | float | bool | _complex = 1,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input + value * tensor1 * tensor2`. Source: torch.addcmul."""
def addmm(
    input: _Tensor,
    mat1: _Tensor,
    mat2: _Tensor,
    *,
    beta: int | float | bool | _complex = 1,
    alpha: int | float | bool | _complex = 1,
    out: _Tensor | None = None,
) -> _Tensor:
    """beta * input + alpha * (mat1 @ mat2). Source: torch.addmm."""
def addmv(
    input: _Tensor,
    mat: _Tensor,
    vec: _Tensor,
    *,
    beta: int | float | bool | _complex = 1,
    alpha: int | float | bool | _complex = 1,
    out: _Tensor | None = None,
) -> _Tensor:
    """beta * input + alpha * (mat @ vec). Source: torch.addmv."""
def addmv_(
    input: _Tensor,
    mat: _Tensor,
    vec: _Tensor,
    *,
    beta: int | float | bool | _complex = 1,
    alpha: int | float | bool | _complex = 1,
) -> _Tensor:
    """`addmv` written into the tensor itself, which it returns."""
def addr(
    input: _Tensor,
    vec1: _Tensor,
    vec2: _Tensor,
    *,
    beta: int | float | bool | _complex = 1,
    alpha: int | float | bool | _complex = 1,
    out: _Tensor | None = None,
) -> _Tensor:
    """beta * input + alpha * outer(vec1, vec2). Source: torch.addr."""
def adjoint(input: _Tensor) -> _Tensor:
    """The conjugate with the last two dimensions exchanged. Source: torch.adjoint."""
def alias_copy(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The same elements as a tensor of its own. Source: torch.alias_copy."""
def all(
    input: _Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether all elements are nonzero. Source: torch.all."""
def allclose(
    input: _Tensor,
    other: _Tensor,
    rtol: float = 1e-05,
    atol: float = 1e-08,
    equal_nan: bool = False,
) -> bool:
    """Whether all elements are close. Source: torch.allclose."""
def alpha_dropout(input: _Tensor, p: float, train: bool) -> _Tensor:
    """Elements set to SELU's limit, mean and variance kept. Source: torch.alpha_dropout."""
def alpha_dropout_(input: _Tensor, p: float, train: bool) -> _Tensor:
    """`alpha_dropout` written into `input`, which is returned."""
def amax(
    input: _Tensor,
    dim: Dims = (),
    keepdim: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The largest elements; the gradient is shared among equals. Source: torch.amax."""
def amin(
    input: _Tensor,
    dim: Dims = (),
    keepdim: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The smallest elements; the gradient is shared among equals. Source: torch.amin."""
def aminmax(
    input: _Tensor,
    *,
    dim: int | None = None,
    keepdim: bool = False,
    out: _Tensor | tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.aminmax:
    """The smallest and the largest elements. Source: torch.aminmax."""
def angle(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The angle of each element in radians. Source: torch.angle."""
def any(
    input: _Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether some element is nonzero. Source: torch.any."""
@overload
def arange(
    end: int | float,
    *,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor: ...
@overload
def arange(
    start: int | float,
    end: int | float,
    step: int | float = 1,
    *,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor: ...
def arccos(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The angle whose cosine is each element. Source: torch.acos."""
def arccos_(input: _Tensor) -> _Tensor:
    """`acos` written into the tensor itself, which it returns."""
def arccosh(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The number whose hyperbolic cosine is each element. Source: torch.acosh."""
def arccosh_(input: _Tensor) -> _Tensor:
    """`acosh` written into the tensor itself, which it returns."""
def arcsin(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The angle whose sine is each element. Source: torch.asin."""
def arcsin_(input: _Tensor) -> _Tensor:
    """`asin` written into the tensor itself, which it returns."""
def arcsinh(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The number whose hyperbolic sine is each element. Source: torch.asinh."""
def arcsinh_(input: _Tensor) -> _Tensor:
    """`asinh` written into the tensor itself, which it returns."""
def arctan(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The angle whose tangent is each element. Source: torch.atan."""
def arctan2(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The angle of the point (other, input). Source: torch.atan2."""
def arctan_(input: _Tensor) -> _Tensor:
    """`atan` written into the tensor itself, which it returns."""
def arctanh(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The number whose hyperbolic tangent is each element. Source: torch.atanh."""
def arctanh_(input: _Tensor) -> _Tensor:
    """`atanh` written into the tensor itself, which it returns."""
def argmax(
    input: _Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Where the largest element is, the first among equals. Source: torch.argmax."""
def argmin(
    input: _Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Where the smallest element is, the first among equals. Source: torch.argmin."""
def argsort(
    input: _Tensor,
    dim: int = -1,
    descending: bool = False,
    *,
    stable: bool = False,
) -> _Tensor:
    """The places that sort the elements along a dimension. Source: torch.argsort."""
def argwhere(input: _Tensor) -> _Tensor:
    """The indices of elements that aren't zero, a row each. Source: torch.argwhere."""
def as_strided(
    input: _Tensor,
    size: int | Sequence[int],
    stride: Sequence[int],
    storage_offset: int | None = None,
) -> _Tensor:
    """Any layout of the tensor's storage; RuntimeError outside of it. Source: torch.as_strided."""
def as_strided_(
    self: _Tensor,
    size: int | Sequence[int],
    stride: Sequence[int],
    storage_offset: int | None = None,
) -> _Tensor:
    """`as_strided` of the tensor itself."""
def as_strided_copy(
    input: _Tensor,
    size: int | Sequence[int],
    stride: Sequence[int],
    storage_offset: int | None = None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`as_strided` as a tensor of its own. Source: torch.as_strided_copy."""
def as_strided_scatter(
    input: _Tensor,
    src: _Tensor,
    size: int | Sequence[int],
    stride: Sequence[int],
    storage_offset: int | None = None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input` with a layout of its memory replaced by `src`. Source: torch.as_strided_scatter."""
def as_tensor(
    data: Any,
    dtype: dtype | None = None,
    device: device | str | int | None = None,
) -> _Tensor:
    """`data` as a tensor, sharing the memory of arrays that fit. Source: torch.as_tensor."""
def asarray(
    obj: Any,
    *,
    dtype: dtype | None = None,
    device: device | str | int | None = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """`obj` as a tensor; `copy` forces (True) or forbids (False) a copy. Source: torch.asarray."""
def asin(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The angle whose sine is each element. Source: torch.asin."""
def asin_(input: _Tensor) -> _Tensor:
    """`asin` written into the tensor itself, which it returns."""
def asinh(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The number whose hyperbolic sine is each element. Source: torch.asinh."""
def asinh_(input: _Tensor) -> _Tensor:
    """`asinh` written into the tensor itself, which it returns."""
def atan(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The angle whose tangent is each element. Source: torch.atan."""
def atan2(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The angle of the point (other, input). Source: torch.atan2."""
def atan_(input: _Tensor) -> _Tensor:
    """`atan` written into the tensor itself, which it returns."""
def atanh(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The number whose hyperbolic tangent is each element. Source: torch.atanh."""
def atanh_(input: _Tensor) -> _Tensor:
    """`atanh` written into the tensor itself, which it returns."""
@overload
def atleast_1d(tensors: _Tensor) -> _Tensor: ...
@overload
def atleast_1d(*tensors: _Tensor) -> tuple[_Tensor, ...]: ...
@overload
def atleast_1d(tensors: Sequence[_Tensor]) -> tuple[_Tensor, ...]: ...
@overload
def atleast_2d(tensors: _Tensor) -> _Tensor: ...
@overload
def atleast_2d(*tensors: _Tensor) -> tuple[_Tensor, ...]: ...
@overload
def atleast_2d(tensors: Sequence[_Tensor]) -> tuple[_Tensor, ...]: ...
@overload
def atleast_3d(tensors: _Tensor) -> _Tensor: ...
@overload
def atleast_3d(*tensors: _Tensor) -> tuple[_Tensor, ...]: ...
@overload
def atleast_3d(tensors: Sequence[_Tensor]) -> tuple[_Tensor, ...]: ...
def avg_pool1d(
    input: _Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> _Tensor:
    """Means of windows of (N, C, L). Source: torch.nn.functional.avg_pool1d."""
def baddbmm(
    input: _Tensor,
    batch1: _Tensor,
    batch2: _Tensor,
    *,
    beta: int | float | bool | _complex = 1,
    alpha: int | float | bool | _complex = 1,
    out: _Tensor | None = None,
) -> _Tensor:
    """beta * input + alpha * (batch1 @ batch2), batch by batch. Source: torch.baddbmm."""
def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> _Tensor:
    """A triangle that is zero at its ends. Source: torch.bartlett_window."""
def batch_norm(
    input: _Tensor,
    weight: _Tensor | None,
    bias: _Tensor | None,
    running_mean: _Tensor | None,
    running_var: _Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> _Tensor:
    """Mean 0 and variance 1 per channel of (N, C, *); training updates the running statistics."""
def bernoulli(
    input: _Tensor,
    p: float | None = None,
    *,
    generator: _Generator | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """1 with probability input[i] (or p), else 0. Source: torch.bernoulli."""
def bincount(
    input: _Tensor,
    weights: _Tensor | None = None,
    minlength: int = 0,
) -> _Tensor:
    """How often each non-negative integer occurs. Source: torch.bincount."""
def binomial(
    count: _Tensor,
    prob: _Tensor,
    generator: _Generator | None = None,
) -> _Tensor:
    """Successes in count[i] trials of probability prob[i]. Source: torch.binomial."""
def bitwise_and(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The bits that are set in both elements. Source: torch.bitwise_and."""
def bitwise_left_shift(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The bits of input moved left by other. Source: torch.bitwise_left_shift."""
def bitwise_not(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Each element with its bits inverted. Source: torch.bitwise_not."""
def bitwise_or(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The bits that are set in one of the elements. Source: torch.bitwise_or."""
def bitwise_right_shift(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The bits of input moved right by other. Source: torch.bitwise_right_shift."""
def bitwise_xor(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The bits that are set in just one of the elements. Source: torch.bitwise_xor."""
def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> _Tensor:
    """0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N). Source: torch.blackman_window."""
def block_diag(*tensors: _Tensor) -> _Tensor:
    """Matrices along the diagonal of a larger one. Source: torch.block_diag."""
def bmm(input: _Tensor, mat2: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """(b, n, m) @ (b, m, p). Source: torch.bmm."""
def broadcast_shapes(*shapes: int | Sequence[int]) -> Size:
    """The shape that tensors of the given shapes broadcast to. Source: torch.broadcast_shapes."""
@overload
def broadcast_tensors(*tensors: _Tensor) -> tuple[_Tensor, ...]: ...
@overload
def broadcast_tensors(tensors: Sequence[_Tensor]) -> tuple[_Tensor, ...]: ...
def broadcast_to(input: _Tensor, size: int | Sequence[int]) -> _Tensor:
    """The tensor stretched to a shape. Source: torch.broadcast_to."""
def bucketize(
    input: _Tensor | int | float | bool | _complex,
    boundaries: _Tensor,
    *,
    out_int32: bool = False,
    right: bool = False,
    out: _Tensor | None = None,
) -> _Tensor:
    """The index of the bucket that each value falls into. Source: torch.bucketize."""
def cartesian_prod(*tensors: _Tensor) -> _Tensor:
    """All tuples of elements, one of each vector. Source: torch.cartesian_prod."""
def cat(
    tensors: Sequence[_Tensor] | None = None,
    dim: int = 0,
    *,
    axis: int | None = None,
    out: _Tensor | tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> _Tensor:
    """Tensors joined along a dimension, at their common dtype."""
def cdist(
    x1: _Tensor,
    x2: _Tensor,
    p: float = 2.0,
    compute_mode: str | None = 'use_mm_for_euclid_dist_if_necessary',
) -> _Tensor:
    """The distances (..., P, R) between the rows of (..., P, M) and (..., R, M)."""
def ceil(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The least integer that is no less than each element. Source: torch.ceil."""
def ceil_(input: _Tensor) -> _Tensor:
    """`ceil` written into the tensor itself, which it returns."""
def chain_matmul(*matrices: _Tensor, out: _Tensor | None = None) -> _Tensor:
    """`torch.linalg.multi_dot` of its arguments, deprecated. Source: torch.chain_matmul."""
channels_last: _memory_format
channels_last_3d: _memory_format
def cholesky(
    input: _Tensor,
    upper: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The Cholesky factor, deprecated for torch.linalg's. Source: torch.cholesky."""
def cholesky_inverse(
    input: _Tensor,
    upper: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The inverse of a matrix from its Cholesky factor. Source: torch.cholesky_inverse."""
def cholesky_solve(
    input: _Tensor,
    L: _Tensor,
    upper: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The solution X of A X = B from the Cholesky factor of A. Source: torch.cholesky_solve."""
def chunk(input: _Tensor, chunks: int, dim: int = 0) -> tuple[_Tensor, ...]:
    """At most `chunks` pieces of equal size, sharing memory. Source: torch.chunk."""
def clamp(
    input: _Tensor,
    min: _Tensor | int | float | bool | _complex | None = None,
    max: _Tensor | int | float | bool | _complex | None = None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Each element no less than `min` and no greater than `max`. Source: torch.clamp."""
def clamp_(
    input: _Tensor,
    min: _Tensor | int | float | bool | _complex | None = None,
    max: _Tensor | int | float | bool | _complex | None = None,
) -> _Tensor:
    """`clamp` written into the tensor itself, which it returns."""
def clamp_max(
    input: _Tensor,
    max: _Tensor | int | float | bool | _complex | None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Each element no greater than `max`. Source: torch.clamp_max."""
def clamp_max_(
    input: _Tensor,
    max: _Tensor | int | float | bool | _complex | None,
) -> _Tensor:
    """`clamp_max` written into the tensor itself, which it returns."""
def clamp_min(
    input: _Tensor,
    min: _Tensor | int | float | bool | _complex | None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Each element no less than `min`. Source: torch.clamp_min."""
def clamp_min_(
    input: _Tensor,
    min: _Tensor | int | float | bool | _complex | None,
) -> _Tensor:
    """`clamp_min` written into the tensor itself, which it returns."""
def clip(
    input: _Tensor,
    min: _Tensor | int | float | bool | _complex | None = None,
    max: _Tensor | int | float | bool | _complex | None = None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Each element no less than `min` and no greater than `max`. Source: torch.clamp."""
def clip_(
    input: _Tensor,
    min: _Tensor | int | float | bool | _complex | None = None,
    max: _Tensor | int | float | bool | _complex | None = None,
) -> _Tensor:
    """`clamp` written into the tensor itself, which it returns."""
def clone(input: _Tensor, *, memory_format: _memory_format | None = ...) -> _Tensor:
    """A copy, differentiable. Source: torch.clone."""
def column_stack(tensors: Sequence[_Tensor], *, out: _Tensor | None = None) -> _Tensor:
    """Vectors as columns, matrices side by side. Source: torch.column_stack."""
def combinations(input: _Tensor, r: int = 2, with_replacement: bool = False) -> _Tensor:
    """All choices of r elements, in order. Source: torch.combinations."""
def complex(real: _Tensor, imag: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Complex numbers of two parts. Source: torch.complex."""
def concat(
    tensors: Sequence[_Tensor] | None = None,
    dim: int = 0,
    *,
    axis: int | None = None,
    out: _Tensor | tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> _Tensor:
    """Tensors joined along a dimension, at their common dtype."""
def concatenate(
    tensors: Sequence[_Tensor] | None = None,
    dim: int = 0,
    *,
    axis: int | None = None,
    out: _Tensor | tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> _Tensor:
    """Tensors joined along a dimension, at their common dtype."""
def conj(input: _Tensor) -> _Tensor:
    """The complex conjugate; a real tensor itself. Source: torch.conj."""
def conj_physical(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The complex conjugate of each element. Source: torch.conj_physical."""
def conj_physical_(input: _Tensor) -> _Tensor:
    """`conj_physical` written into the tensor itself, which it returns."""
def constant_pad_nd(
    input: _Tensor,
    pad: Sequence[int],
    value: _Tensor | int | float | bool | _complex = 0,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Padded by a constant, cut where `pad` is negative. Source: torch.constant_pad_nd."""
contiguous_format: _memory_format
def conv1d(
    input: _Tensor,
    weight: _Tensor,
    bias: _Tensor | None = None,
    stride: _Sizes = 1,
    padding: _Sizes | str = 0,
    dilation: _Sizes = 1,
    groups: int = 1,
) -> _Tensor:
    """(N, C, L) with weights (O, C / groups, K). Source: torch.nn.functional.conv1d."""
def conv2d(
    input: _Tensor,
    weight: _Tensor,
    bias: _Tensor | None = None,
    stride: _Sizes = 1,
    padding: _Sizes | str = 0,
    dilation: _Sizes = 1,
    groups: int = 1,
) -> _Tensor:
    """(N, C, H, W) with weights (O, C / groups, kH, kW). Source: torch.nn.functional.conv2d."""
def conv3d(
    input: _Tensor,
    weight: _Tensor,
    bias: _Tensor | None = None,
    stride: _Sizes = 1,
    padding: _Sizes | str = 0,
    dilation: _Sizes = 1,
    groups: int = 1,
) -> _Tensor:
    """(N, C, D, H, W) with weights (O, C / groups, *K). Source: torch.nn.functional.conv3d."""
def conv_tbc(input: _Tensor, weight: _Tensor, bias: _Tensor, pad: int = 0) -> _Tensor:
    """(T, B, C) with weights (K, C, O): a conv1d of time first. Source: F.conv_tbc."""
def conv_transpose1d(
    input: _Tensor,
    weight: _Tensor,
    bias: _Tensor | None = None,
    stride: _Sizes = 1,
    padding: _Sizes = 0,
    output_padding: _Sizes = 0,
    groups: int = 1,
    dilation: _Sizes = 1,
) -> _Tensor:
    """(N, C, L) with weights (C, O / groups, K). Source: torch.nn.functional.conv_transpose1d."""
def conv_transpose2d(
    input: _Tensor,
    weight: _Tensor,
    bias: _Tensor | None = None,
    stride: _Sizes = 1,
    padding: _Sizes = 0,
    output_padding: _Sizes = 0,
    groups: int = 1,
    dilation: _Sizes = 1,
) -> _Tensor:
    """(N, C, H, W) with weights (C, O / groups, kH, kW). Source: F.conv_transpose2d."""
def conv_transpose3d(
    input: _Tensor,
    weight: _Tensor,
    bias: _Tensor | None = None,
    stride: _Sizes = 1,
    padding: _Sizes = 0,
    output_padding: _Sizes = 0,
    groups: int = 1,
    dilation: _Sizes = 1,
) -> _Tensor:
    """(N, C, D, H, W) with weights (C, O / groups, *K). Source: F.conv_transpose3d."""
def convolution(
    input: _Tensor,
    weight: _Tensor,
    bias: _Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> _Tensor:
    """Any of the convolutions, by the weights' number of dimensions."""
def copysign(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The magnitude of `input` with the sign of `other`. Source: torch.copysign."""
def corrcoef(input: _Tensor) -> _Tensor:
    """Pearson's correlation coefficients of variables in rows. Source: torch.corrcoef."""
def cos(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The cosine of each element. Source: torch.cos."""
def cos_(input: _Tensor) -> _Tensor:
    """`cos` written into the tensor itself, which it returns."""
def cosh(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The hyperbolic cosine of each element. Source: torch.cosh."""
def cosh_(input: _Tensor) -> _Tensor:
    """`cosh` written into the tensor itself, which it returns."""
def count_nonzero(input: _Tensor, dim: Dims | None = None) -> _Tensor:
    """How many elements are not zero. Source: torch.count_nonzero."""
def cov(
    input: _Tensor,
    *,
    correction: int = 1,
    fweights: _Tensor | None = None,
    aweights: _Tensor | None = None,
) -> _Tensor:
    """The covariance matrix of variables in rows, observations in columns. Source: torch.cov."""
def cross(
    input: _Tensor,
    other: _Tensor,
    dim: int | None = None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The cross product along `dim`, by default the first of size 3. Source: torch.cross."""
def cummax(
    input: _Tensor,
    dim: int,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.cummax:
    """The largest element up to each place, and where it is. Source: torch.cummax."""
def cummin(
    input: _Tensor,
    dim: int,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.cummin:
    """The smallest element up to each place, and where it is. Source: torch.cummin."""
def cumprod(
    input: _Tensor,
    dim: int,
    *,
    dtype: dtype | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """Products of the elements up to each place. Source: torch.cumprod."""
def cumsum(
    input: _Tensor,
    dim: int,
    *,
    dtype: dtype | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """Sums of the elements up to each place. Source: torch.cumsum."""
@overload
def cumulative_trapezoid(y: _Tensor, x: _Tensor, *, dim: int = -1) -> _Tensor: ...
@overload
def cumulative_trapezoid(y: _Tensor, *, dx: int | float = 1, dim: int = -1) -> _Tensor: ...
default_generator: _Generator
def deg2rad(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Degrees as radians. Source: torch.deg2rad."""
def deg2rad_(input: _Tensor) -> _Tensor:
    """`deg2rad` written into the tensor itself, which it returns."""
def dequantize(input: _Tensor | int | float | bool | _complex) -> Any:
    """The real numbers in float32, of a tensor or of each of a list; others are converted."""
def det(A: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The determinants of square matrices. Source: torch.linalg.det."""
def detach(input: _Tensor) -> _Tensor:
    """The same memory without history. Source: torch.Tensor.detach."""
def detach_(input: _Tensor) -> _Tensor:
    """Forgets the tensor's history. Source: torch.Tensor.detach_."""
def detach_copy(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The same elements as a tensor of its own, without history. Source: torch.detach_copy."""
def diag(input: _Tensor, diagonal: int = 0, *, out: _Tensor | None = None) -> _Tensor:
    """A vector as a diagonal matrix, or a matrix's diagonal as a copy. Source: torch.diag."""
def diag_embed(
    input: _Tensor,
    offset: int = 0,
    dim1: int = -2,
    dim2: int = -1,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Matrices with the last dimension on a diagonal. Source: torch.diag_embed."""
def diagflat(input: _Tensor, offset: int = 0) -> _Tensor:
    """All elements on the diagonal of a matrix. Source: torch.diagflat."""
def diagonal(input: _Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> _Tensor:
    """The diagonal over two dimensions as a last one, sharing memory. Source: torch.diagonal."""
def diagonal_copy(
    input: _Tensor,
    offset: int = 0,
    dim1: int = 0,
    dim2: int = 1,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`diagonal` as a tensor of its own. Source: torch.diagonal_copy."""
def diagonal_scatter(
    input: _Tensor,
    src: _Tensor,
    offset: int = 0,
    dim1: int = 0,
    dim2: int = 1,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input` with a diagonal replaced by `src`. Source: torch.diagonal_scatter."""
def diff(
    input: _Tensor,
    n: int = 1,
    dim: int = -1,
    prepend: _Tensor | None = None,
    append: _Tensor | None = None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The n-th differences of neighbours along `dim`. Source: torch.diff."""
def digamma(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The logarithmic derivative of the gamma function. Source: torch.digamma."""
def dist(input: _Tensor, other: _Tensor, p: float = 2) -> _Tensor:
    """The norm of order p of the difference. Source: torch.dist."""
def div(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    rounding_mode: str | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input / other`, rounded down ("floor") or towards zero ("trunc"). Source: torch.div."""
def divide(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    rounding_mode: str | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input / other`, rounded down ("floor") or towards zero ("trunc"). Source: torch.div."""
def dot(input: _Tensor, tensor: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The sum of products of two vectors. Source: torch.dot."""
def dropout(input: _Tensor, p: float, train: bool) -> _Tensor:
    """Elements zeroed with probability p, the others divided by 1 - p. Source: torch.dropout."""
def dropout_(input: _Tensor, p: float, train: bool) -> _Tensor:
    """`dropout` written into `input`, which is returned."""
def dsmm(input: _Tensor, mat2: _Tensor) -> _Tensor:
    """A product of matrices, either of them sparse. Source: torch.sparse.mm."""
def dsplit(
    input: _Tensor,
    indices_or_sections: int | Sequence[int] | _Tensor | None = None,
    *,
    indices: Sequence[int] | _Tensor | None = None,
    sections: int | None = None,
) -> tuple[_Tensor, ...]:
    """Pieces along the third dimension. Source: torch.dsplit."""
def dstack(tensors: Sequence[_Tensor], *, out: _Tensor | None = None) -> _Tensor:
    """Joined along the third dimension. Source: torch.dstack."""
def eig(*args: Any, **kwargs: Any) -> NoReturn:
    """Removed: raises RuntimeError. Source: torch.eig."""
@overload
def einsum(equation: str, *operands: _Tensor) -> _Tensor: ...
@overload
def einsum(equation: str, operands: Sequence[_Tensor]) -> _Tensor: ...
@overload
def einsum(equation: _Tensor, *operands: _Tensor | Sequence[int]) -> _Tensor: ...
def embedding(
    weight: _Tensor,
    indices: _Tensor,
    padding_idx: int = -1,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> _Tensor:
    """Rows of `weight` (V, D) at `indices` (*): (*, D). Source: torch.nn.functional.embedding."""
def embedding_renorm_(
    weight: _Tensor,
    indices: _Tensor,
    max_norm: float,
    norm_type: float,
) -> _Tensor:
    """Scales the rows at `indices` in place to a norm of at most `max_norm`."""
@overload
def empty(
    *size: int,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: _memory_format | None = None,
) -> _Tensor: ...
@overload
def empty(
    size: Sequence[int],
    *,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: _memory_format | None = None,
) -> _Tensor: ...
def empty_like(
    input: _Tensor,
    *,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: _memory_format | None = ...,
) -> _Tensor:
    """Elements of no particular value (zeros, made when they are needed). Source: torch.empty_like."""
def empty_permuted(
    size: int | Sequence[int],
    physical_layout: Sequence[int],
    *,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor:
    """Memory of no particular value, dimensions as listed. Source: torch.empty_permuted."""
def empty_strided(
    size: int | Sequence[int],
    stride: Sequence[int],
    *,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor:
    """Elements of no particular value under given strides. Source: torch.empty_strided."""
def eq(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether elements are equal. Source: torch.eq."""
def equal(input: _Tensor, other: _Tensor) -> bool:
    """Whether size and elements are the same. Source: torch.equal."""
def erf(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The error function. Source: torch.erf."""
def erf_(input: _Tensor) -> _Tensor:
    """`erf` written into the tensor itself, which it returns."""
def erfc(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The complementary error function. Source: torch.erfc."""
def erfc_(input: _Tensor) -> _Tensor:
    """`erfc` written into the tensor itself, which it returns."""
def erfinv(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The inverse error function. Source: torch.erfinv."""
def exp(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """e to the power of each element. Source: torch.exp."""
def exp2(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Two to the power of each element. Source: torch.exp2."""
def exp2_(input: _Tensor) -> _Tensor:
    """`exp2` written into the tensor itself, which it returns."""
def exp_(input: _Tensor) -> _Tensor:
    """`exp` written into the tensor itself, which it returns."""
def expand_copy(
    input: _Tensor,
    size: int | Sequence[int],
    *,
    implicit: bool = False,
    out: _Tensor | None = None,
) -> _Tensor:
    """`expand` as a tensor of its own. Source: torch.expand_copy."""
def expm1(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """e to the power of each element, minus one. Source: torch.expm1."""
def expm1_(input: _Tensor) -> _Tensor:
    """`expm1` written into the tensor itself, which it returns."""
def eye(
    n: int,
    m: int | None = None,
    *,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor:
    """Ones on the diagonal, zeros elsewhere. Source: torch.eye."""
def feature_alpha_dropout(input: _Tensor, p: float, train: bool) -> _Tensor:
    """Channels set to SELU's limit, mean and variance kept. Source: torch.feature_alpha_dropout."""
def feature_alpha_dropout_(input: _Tensor, p: float, train: bool) -> _Tensor:
    """`feature_alpha_dropout` written into `input`, which is returned."""
def feature_dropout(input: _Tensor, p: float, train: bool) -> _Tensor:
    """Channels zeroed with probability p. Source: torch.feature_dropout."""
def feature_dropout_(input: _Tensor, p: float, train: bool) -> _Tensor:
    """`feature_dropout` written into `input`, which is returned."""
def fill(input: _Tensor, value: _Tensor | int | float | bool | _complex) -> _Tensor:
    """A tensor like `input` with every element set to `value`. Source: torch.fill."""
def fill_(self: _Tensor, value: _Tensor | int | float | bool | _complex) -> _Tensor:
    """Sets every element to a number or a 0-d tensor. Source: torch.Tensor.fill_."""
def fix(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Each element without its fractional part. Source: torch.trunc."""
def fix_(input: _Tensor) -> _Tensor:
    """`trunc` written into the tensor itself, which it returns."""
def flatten(input: _Tensor, start_dim: int = 0, end_dim: int = -1) -> _Tensor:
    """Adjacent dimensions merged into one, a view where possible. Source: torch.flatten."""
@overload
def flip(input: _Tensor, dims: Sequence[int]) -> _Tensor: ...
@overload
def flip(input: _Tensor, *dims: int) -> _Tensor: ...
def fliplr(input: _Tensor) -> _Tensor:
    """Columns in reverse order. Source: torch.fliplr."""
def flipud(input: _Tensor) -> _Tensor:
    """Rows in reverse order. Source: torch.flipud."""
def float_power(
    input: _Tensor | int | float | bool | _complex,
    exponent: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input ** exponent` in double precision. Source: torch.float_power."""
def floor(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The greatest integer that is no greater than each element. Source: torch.floor."""
def floor_(input: _Tensor) -> _Tensor:
    """`floor` written into the tensor itself, which it returns."""
def floor_divide(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The quotient rounded down. Source: torch.floor_divide."""
def fmax(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The greater of two elements, a number before NaN. Source: torch.fmax."""
def fmin(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The lesser of two elements, a number before NaN. Source: torch.fmin."""
def fmod(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The remainder with the dividend's sign, C's `fmod`. Source: torch.fmod."""
def frac(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The fractional part of each element. Source: torch.frac."""
def frac_(input: _Tensor) -> _Tensor:
    """`frac` written into the tensor itself, which it returns."""
def frexp(
    input: _Tensor,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.frexp:
    """Mantissas in [0.5, 1) and exponents of two. Source: torch.frexp."""
def frobenius_norm(
    input: _Tensor,
    dim: _Dims | None = None,
    keepdim: bool = False,
) -> _Tensor:
    """The root of the sum of squares over `dim`. Source: torch.frobenius_norm."""
def from_dlpack(
    ext_tensor: Any,
    *,
    device: device | str | int | None = None,
    copy: bool | None = None,
) -> _Tensor:
    """A tensor that shares memory with another library's. Source: torch.from_dlpack."""
def from_numpy(ndarray: np.ndarray) -> _Tensor:
    """A tensor that shares the array's memory, both ways. Source: torch.from_numpy."""
def frombuffer(
    buffer: Any,
    *,
    dtype: dtype,
    count: int = -1,
    offset: int = 0,
    requires_grad: bool = False,
) -> _Tensor:
    """A 1-d tensor over a buffer's memory. Source: torch.frombuffer."""
def full(
    size: int | Sequence[int],
    fill_value: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor:
    """A tensor filled with one number, of that number's dtype. Source: torch.full."""
def full_like(
    input: _Tensor,
    fill_value: _Tensor | int | float | bool | _complex,
    *,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: _memory_format | None = ...,
) -> _Tensor:
    """A tensor like another, filled with one number. Source: torch.full_like."""
def gather(
    input: _Tensor,
    dim: int,
    index: _Tensor,
    *,
    sparse_grad: bool = False,
    out: _Tensor | None = None,
) -> _Tensor:
    """`out[i][j] = input[index[i][j]][j]` for dim 0, and so on. Source: torch.gather."""
def gcd(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The greatest common divisor. Source: torch.gcd."""
def gcd_(input: _Tensor, other: _Tensor) -> _Tensor:
    """`gcd` written into the tensor itself, which it returns."""
def ge(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether elements of input are greater or equal. Source: torch.ge."""
def geqrf(
    input: _Tensor,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.geqrf:
    """The QR decomposition as LAPACK packs it: R and reflections. Source: torch.geqrf."""
def ger(input: _Tensor, vec2: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """All products of the elements of two vectors. Source: torch.outer."""
def get_default_device() -> device:
    """Where creation functions place tensors. Source: torch.get_default_device."""
def get_default_dtype() -> dtype:
    """The dtype that Python floats become. Source: torch.get_default_dtype."""
def get_device(input: _Tensor) -> int:
    """-1: the tensor is on the processor. Source: torch.get_device."""
def get_rng_state() -> _Tensor:
    """The default stream's state: uint8 [5056]. Source: torch.get_rng_state."""
def gradient(
    input: _Tensor,
    *,
    spacing: int | float | _Tensor | Sequence[int | float | _Tensor] = 1,
    dim: int | Sequence[int] | None = None,
    edge_order: int = 1,
) -> list[_Tensor]:
    """Central differences along each dimension, one-sided at the edges. Source: torch.gradient."""
def greater(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether elements of input are greater. Source: torch.gt."""
def greater_equal(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether elements of input are greater or equal. Source: torch.ge."""
def grid_sampler(
    input: _Tensor,
    grid: _Tensor,
    interpolation_mode: int,
    padding_mode: int,
    align_corners: bool,
) -> _Tensor:
    """(N, C, spatial...) read at (N, out..., dims): (N, C, out...); the modes are numbered."""
def grid_sampler_2d(
    input: _Tensor,
    grid: _Tensor,
    interpolation_mode: int,
    padding_mode: int,
    align_corners: bool,
) -> _Tensor:
    """`grid_sampler` in 2 dimensions. Source: torch.grid_sampler_2d."""
def grid_sampler_3d(
    input: _Tensor,
    grid: _Tensor,
    interpolation_mode: int,
    padding_mode: int,
    align_corners: bool,
) -> _Tensor:
    """`grid_sampler` in 3 dimensions. Source: torch.grid_sampler_3d."""
def group_norm(
    input: _Tensor,
    num_groups: int,
    weight: _Tensor | None = None,
    bias: _Tensor | None = None,
    eps: float = 1e-05,
    cudnn_enabled: bool = True,
) -> _Tensor:
    """Mean 0 and variance 1 per sample and group of channels of (N, C, *)."""
def gt(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether elements of input are greater. Source: torch.gt."""
def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> _Tensor:
    """alpha - beta cos(2 pi n / N). Source: torch.hamming_window."""
def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> _Tensor:
    """(1 - cos(2 pi n / N)) / 2. Source: torch.hann_window."""
def hardshrink(
    input: _Tensor,
    lambd: float = 0.5,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """x where |x| > lambd, else 0. Source: torch.nn.functional.hardshrink."""
def hash_tensor(
    input: _Tensor,
    dim: int | Sequence[int] | None = (),
    *,
    keepdim: bool = False,
    mode: int = 0,
    out: _Tensor | None = None,
) -> _Tensor:
    """The elements' bits, widened to 64, combined by exclusive or. Source: torch.hash_tensor."""
def heaviside(
    input: _Tensor,
    values: _Tensor,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """0 below zero, 1 above, `values` at zero. Source: torch.heaviside."""
def histc(
    input: _Tensor,
    bins: int = 100,
    min: _Tensor | int | float | bool | _complex | None = 0,
    max: _Tensor | int | float | bool | _complex | None = 0,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Counts in equal bins between min and max. Source: torch.histc."""
def histogram(
    input: _Tensor,
    bins: int | _Tensor = 100,
    *,
    range: tuple[float, float] | None = None,
    weight: _Tensor | None = None,
    density: bool = False,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.histogram:
    """Counts (or density) of elements in bins, and the bins' edges. Source: torch.histogram."""
def histogramdd(
    input: _Tensor,
    bins: int | Sequence[int] | Sequence[_Tensor],
    range: Sequence[float] | None = None,
    weight: _Tensor | None = None,
    density: bool = False,
) -> return_types.histogramdd:
    """The histogram of the innermost dimension's coordinates. Source: torch.histogramdd."""
def hsmm(input: _Tensor, mat2: _Tensor) -> SparseTensor:
    """The product of a sparse and a dense matrix: the rows that the sparse one has, as values of a"""
def hsplit(
    input: _Tensor,
    indices_or_sections: int | Sequence[int] | _Tensor | None = None,
    *,
    indices: Sequence[int] | _Tensor | None = None,
    sections: int | None = None,
) -> tuple[_Tensor, ...]:
    """Pieces along columns (the only dimension of a vector). Source: torch.hsplit."""
def hspmm(input: _Tensor, mat2: _Tensor) -> SparseTensor:
    """The product of a sparse and a dense matrix: the rows that the sparse one has, as values of a"""
def hstack(tensors: Sequence[_Tensor], *, out: _Tensor | None = None) -> _Tensor:
    """Joined along columns, vectors end to end. Source: torch.hstack."""
def hypot(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The root of the sum of squares. Source: torch.hypot."""
def i0(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The modified Bessel function of the first kind of order zero. Source: torch.i0."""
def i0_(input: _Tensor) -> _Tensor:
    """`i0` written into the tensor itself, which it returns."""
def igamma(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The regularized lower incomplete gamma function. Source: torch.igamma."""
def igammac(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The regularized upper incomplete gamma function. Source: torch.igammac."""
def imag(input: _Tensor) -> _Tensor:
    """The imaginary parts, sharing memory. Source: torch.imag."""
def index_add(
    input: _Tensor,
    dim: int,
    index: _Tensor,
    source: _Tensor,
    *,
    alpha: int | float | bool | _complex = 1,
    out: _Tensor | None = None,
) -> _Tensor:
    """Parts of `source`, times alpha, added at places of a dimension. Source: torch.index_add."""
def index_copy(
    input: _Tensor,
    dim: int,
    index: _Tensor,
    source: _Tensor,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Parts of `source` copied to places of a dimension. Source: torch.index_copy."""
def index_fill(
    input: _Tensor,
    dim: int,
    index: _Tensor,
    value: _Tensor | int | float | bool | _complex,
) -> _Tensor:
    """One number written at places of a dimension. Source: torch.index_fill."""
def index_put(
    input: _Tensor,
    indices: Sequence[_Tensor | None],
    values: _Tensor,
    accumulate: bool = False,
) -> _Tensor:
    """Values written at (or added to) places given by index tensors. Source: torch.index_put."""
def index_put_(
    input: _Tensor,
    indices: Sequence[_Tensor | None],
    values: _Tensor,
    accumulate: bool = False,
) -> _Tensor:
    """`index_put` written into the tensor itself, which it returns."""
def index_reduce(
    input: _Tensor,
    dim: int,
    index: _Tensor,
    source: _Tensor,
    reduce: str,
    *,
    include_self: bool = True,
    out: _Tensor | None = None,
) -> _Tensor:
    """Parts of `source` combined into places of a dimension. Source: torch.index_reduce."""
def index_select(
    input: _Tensor,
    dim: int,
    index: _Tensor,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The parts of a dimension at the places of a vector. Source: torch.index_select."""
def initial_seed() -> int:
    """The default stream's seed. Source: torch.initial_seed."""
def inner(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Products summed over the last dimensions. Source: torch.inner."""
def instance_norm(
    input: _Tensor,
    weight: _Tensor | None,
    bias: _Tensor | None,
    running_mean: _Tensor | None,
    running_var: _Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> _Tensor:
    """`batch_norm` of every sample by itself. Source: torch.nn.functional.instance_norm."""
def int_repr(input: _Tensor) -> _Tensor:
    """The integers. Source: torch.Tensor.int_repr."""
def inverse(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The inverse of square matrices. Source: torch.inverse."""
def is_complex(input: _Tensor) -> bool:
    """Whether the dtype is complex. Source: torch.is_complex."""
def is_conj(input: _Tensor) -> bool:
    """Whether the tensor is a lazy conjugate, which there are none of here."""
def is_distributed(input: _Tensor) -> bool:
    """False: tensors are in one process."""
def is_floating_point(input: _Tensor) -> bool:
    """Whether the dtype is a floating one. Source: torch.is_floating_point."""
def is_inference(input: _Tensor) -> bool:
    """Whether the tensor was made in inference mode. Source: torch.is_inference."""
def is_neg(input: _Tensor) -> bool:
    """Whether the tensor is lazily negated, which there are none of here."""
def is_nonzero(input: _Tensor) -> bool:
    """Whether the only element is not zero. Source: torch.is_nonzero."""
def is_same_size(input: _Tensor, other: _Tensor) -> bool:
    """Whether both have the same sizes. Source: torch.is_same_size."""
def is_signed(input: _Tensor) -> bool:
    """Whether the dtype has negative numbers. Source: torch.is_signed."""
def is_storage(obj: Any) -> bool:
    """Whether the object is a storage. Source: torch.is_storage."""
def is_tensor(obj: Any) -> bool:
    """Whether the object is a tensor. Source: torch.is_tensor."""
def isclose(
    input: _Tensor,
    other: _Tensor,
    rtol: float = 1e-05,
    atol: float = 1e-08,
    equal_nan: bool = False,
) -> _Tensor:
    """Whether |input - other| <= atol + rtol |other|, elementwise. Source: torch.isclose."""
def isfinite(input: _Tensor) -> _Tensor:
    """Whether each element is finite. Source: torch.isfinite."""
def isin(
    elements: _Tensor | int | float | bool | _complex,
    test_elements: _Tensor | int | float | bool | _complex,
    *,
    assume_unique: bool = False,
    invert: bool = False,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether each element is among the test elements. Source: torch.isin."""
def isinf(input: _Tensor) -> _Tensor:
    """Whether each element is infinite. Source: torch.isinf."""
def isnan(input: _Tensor) -> _Tensor:
    """Whether each element is NaN. Source: torch.isnan."""
def isneginf(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Whether each element is negative infinity. Source: torch.isneginf."""
def isposinf(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Whether each element is positive infinity. Source: torch.isposinf."""
def isreal(input: _Tensor) -> _Tensor:
    """Whether each element is real. Source: torch.isreal."""
def istft(
    input: _Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: _Tensor | None = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> _Tensor:
    """The signal of which `stft` made the spectra, by least squares. Source: torch.istft."""
jagged: _layout
def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> _Tensor:
    """I0(beta sqrt(1 - x^2)) / I0(beta) for x in [-1, 1]. Source: torch.kaiser_window."""
def kron(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The Kronecker product. Source: torch.kron."""
def kthvalue(
    input: _Tensor,
    k: int,
    dim: int = -1,
    keepdim: bool = False,
    *,
    out: _Tensor | tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.kthvalue:
    """The k-th smallest elements (k from 1) and their places. Source: torch.kthvalue."""
def layer_norm(
    input: _Tensor,
    normalized_shape: Sequence[int],
    weight: _Tensor | None = None,
    bias: _Tensor | None = None,
    eps: float = 1e-05,
    cudnn_enable: bool = True,
) -> _Tensor:
    """Mean 0 and variance 1 over the last dimensions. Source: torch.nn.functional.layer_norm."""
def lcm(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The least common multiple. Source: torch.lcm."""
def lcm_(input: _Tensor, other: _Tensor) -> _Tensor:
    """`lcm` written into the tensor itself, which it returns."""
def ldexp(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """`input * 2 ** other`. Source: torch.ldexp."""
def ldexp_(input: _Tensor, other: _Tensor) -> _Tensor:
    """`ldexp` written into the tensor itself, which it returns."""
def le(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether elements of input are less or equal. Source: torch.le."""
def lerp(
    input: _Tensor,
    end: _Tensor,
    weight: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input + weight * (end - input)`. Source: torch.lerp."""
def less(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether elements of input are less. Source: torch.lt."""
def less_equal(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether elements of input are less or equal. Source: torch.le."""
def lgamma(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The logarithm of the gamma function's magnitude. Source: torch.lgamma."""
def linspace(
    start: _Tensor | int | float | bool | _complex,
    end: _Tensor | int | float | bool | _complex | None,
    steps: int,
    *,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor:
    """`steps` numbers evenly from start to end (inclusive). Source: torch.linspace."""
def log(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The natural logarithm of each element. Source: torch.log."""
def log10(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The logarithm to base ten of each element. Source: torch.log10."""
def log10_(input: _Tensor) -> _Tensor:
    """`log10` written into the tensor itself, which it returns."""
def log1p(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The natural logarithm of one plus each element. Source: torch.log1p."""
def log1p_(input: _Tensor) -> _Tensor:
    """`log1p` written into the tensor itself, which it returns."""
def log2(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The logarithm to base two of each element. Source: torch.log2."""
def log2_(input: _Tensor) -> _Tensor:
    """`log2` written into the tensor itself, which it returns."""
def log_(input: _Tensor) -> _Tensor:
    """`log` written into the tensor itself, which it returns."""
def log_softmax(
    input: _Tensor,
    dim: int,
    dtype: dtype | None = None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The logarithm of `softmax`, computed without overflow. Source: torch.log_softmax."""
def logaddexp(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """log(exp(input) + exp(other)) without overflow. Source: torch.logaddexp."""
def logaddexp2(
    input: _Tensor,
    other: _Tensor,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """log2(2**input + 2**other) without overflow. Source: torch.logaddexp2."""
def logcumsumexp(input: _Tensor, dim: int, *, out: _Tensor | None = None) -> _Tensor:
    """log of the cumulative sums of exp. Source: torch.logcumsumexp."""
def logdet(input: _Tensor) -> _Tensor:
    """The log of determinants, NaN for negative ones. Source: torch.logdet."""
def logical_and(
    input: _Tensor,
    other: _Tensor,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether both elements are nonzero. Source: torch.logical_and."""
def logical_not(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Whether each element is zero. Source: torch.logical_not."""
def logical_or(
    input: _Tensor,
    other: _Tensor,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether one of the elements is nonzero. Source: torch.logical_or."""
def logical_xor(
    input: _Tensor,
    other: _Tensor,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether just one of the elements is nonzero. Source: torch.logical_xor."""
def logit(
    input: _Tensor,
    eps: float | None = None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """log(x / (1 - x)), x first clamped to [eps, 1 - eps] if eps is given. Source: torch.logit."""
def logit_(input: _Tensor, eps: float | None = None) -> _Tensor:
    """`logit` written into the tensor itself, which it returns."""
def logspace(
    start: _Tensor | int | float | bool | _complex,
    end: _Tensor | int | float | bool | _complex | None,
    steps: int,
    base: float = 10.0,
    *,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor:
    """`base` to the powers that `linspace` gives. Source: torch.logspace."""
def logsumexp(
    input: _Tensor,
    dim: Dims,
    keepdim: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """log(sum(exp(input))) without overflow. Source: torch.logsumexp."""
def lstsq(*args: Any, **kwargs: Any) -> NoReturn:
    """Removed: raises RuntimeError. Source: torch.lstsq."""
def lt(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether elements of input are less. Source: torch.lt."""
@overload
def lu(
    A: _Tensor,
    pivot: bool = True,
    get_infos: Literal[False] = False,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> tuple[_Tensor, _Tensor]: ...
@overload
def lu(
    A: _Tensor,
    pivot: bool = True,
    *,
    get_infos: Literal[True],
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> tuple[_Tensor, _Tensor, _Tensor]: ...
@overload
def lu(
    A: _Tensor,
    pivot: bool,
    get_infos: Literal[True],
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> tuple[_Tensor, _Tensor, _Tensor]: ...
def lu_solve(
    b: _Tensor,
    LU_data: _Tensor,
    LU_pivots: _Tensor,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The solution of A x = b from packed factors. Source: torch.lu_solve."""
def lu_unpack(
    LU_data: _Tensor,
    LU_pivots: _Tensor,
    unpack_data: bool = True,
    unpack_pivots: bool = True,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.lu_unpack:
    """P, L and U of packed factors. Source: torch.lu_unpack."""
def manual_seed(seed: int) -> _Generator:
    """Begins the default stream anew at `seed`. Source: torch.manual_seed."""
def masked_fill(
    input: _Tensor,
    mask: _Tensor,
    value: _Tensor | int | float | bool | _complex,
) -> _Tensor:
    """One number where the mask holds. Source: torch.Tensor.masked_fill."""
def masked_scatter(input: _Tensor, mask: _Tensor, source: _Tensor) -> _Tensor:
    """Elements of `source`, in order, where the mask holds. Source: Tensor.masked_scatter."""
def masked_select(
    input: _Tensor,
    mask: _Tensor,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The elements where the mask holds, computed at once. Source: torch.masked_select."""
def matmul(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The matrix product of all ranks, batches broadcast. Source: torch.matmul."""
def matrix_exp(input: _Tensor) -> _Tensor:
    """The exponential of square matrices. Source: torch.linalg.matrix_exp."""
def matrix_power(input: _Tensor, n: int, *, out: _Tensor | None = None) -> _Tensor:
    """The n-th power, for negative n of the inverse. Source: torch.linalg.matrix_power."""
def matrix_rank(*args: Any, **kwargs: Any) -> NoReturn:
    """Removed: raises RuntimeError. Source: torch.matrix_rank."""
@overload
def max(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor: ...
@overload
def max(
    input: _Tensor,
    dim: int,
    keepdim: bool = False,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.max: ...
@overload
def max(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor: ...
def max_pool1d(
    input: _Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
) -> _Tensor:
    """Maxima of windows. Source: torch.nn.functional.max_pool1d."""
def max_pool1d_with_indices(
    input: _Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
) -> tuple[_Tensor, _Tensor]:
    """`max_pool1d` and the maxima's positions in the input's planes."""
def max_pool2d(
    input: _Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
) -> _Tensor:
    """Maxima of windows. Source: torch.nn.functional.max_pool2d."""
def max_pool3d(
    input: _Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
) -> _Tensor:
    """Maxima of windows. Source: torch.nn.functional.max_pool3d."""
def maximum(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The greater of two elements, NaN if one is. Source: torch.maximum."""
def mean(
    input: _Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """The mean over `dim` (all by default). Source: torch.mean."""
@overload
def median(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor: ...
@overload
def median(
    input: _Tensor,
    dim: int,
    keepdim: bool = False,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.median: ...
@overload
def meshgrid(*tensors: _Tensor, indexing: str | None = None) -> tuple[_Tensor, ...]: ...
@overload
def meshgrid(
    tensors: Sequence[_Tensor],
    *,
    indexing: str | None = None,
) -> tuple[_Tensor, ...]: ...
@overload
def min(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor: ...
@overload
def min(
    input: _Tensor,
    dim: int,
    keepdim: bool = False,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.min: ...
@overload
def min(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor: ...
def minimum(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The lesser of two elements, NaN if one is. Source: torch.minimum."""
def mm(input: _Tensor, mat2: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """(n, m) @ (m, p). Source: torch.mm."""
def mode(
    input: _Tensor,
    dim: int = -1,
    keepdim: bool = False,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.mode:
    """The most frequent elements, the least among equals, and a place. Source: torch.mode."""
def moveaxis(
    input: _Tensor,
    source: int | Sequence[int],
    destination: int | Sequence[int],
) -> _Tensor:
    """Dimensions moved to other places, the rest in order. Source: torch.movedim."""
def movedim(
    input: _Tensor,
    source: int | Sequence[int],
    destination: int | Sequence[int],
) -> _Tensor:
    """Dimensions moved to other places, the rest in order. Source: torch.movedim."""
def msort(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The rows in order along the first dimension. Source: torch.msort."""
def mul(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input * other`. Source: torch.mul."""
def multinomial(
    input: _Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: _Generator | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """Categories drawn by weight, by row: int64. Source: torch.multinomial."""
def multiply(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input * other`. Source: torch.mul."""
def mv(input: _Tensor, vec: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """(n, m) @ (m). Source: torch.mv."""
def mvlgamma(input: _Tensor, p: int, *, out: _Tensor | None = None) -> _Tensor:
    """The logarithm of the multivariate gamma function of dimension p. Source: torch.mvlgamma."""
def nan_to_num(
    input: _Tensor,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """NaN and infinities replaced, the latter by the largest numbers. Source: torch.nan_to_num."""
def nan_to_num_(
    input: _Tensor,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
) -> _Tensor:
    """`nan_to_num` written into the tensor itself, which it returns."""
def nanmean(
    input: _Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """The mean of what is not NaN. Source: torch.nanmean."""
@overload
def nanmedian(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor: ...
@overload
def nanmedian(
    input: _Tensor,
    dim: int,
    keepdim: bool = False,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.nanmedian: ...
def nanquantile(
    input: _Tensor,
    q: float | _Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = 'linear',
    out: _Tensor | None = None,
) -> _Tensor:
    """The q-quantiles of what is not NaN. Source: torch.nanquantile."""
def nansum(
    input: _Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """The sum, NaNs counting as zero. Source: torch.nansum."""
def narrow(input: _Tensor, dim: int, start: int | _Tensor, length: int) -> _Tensor:
    """`length` places of a dimension from `start`, sharing memory. Source: torch.narrow."""
def narrow_copy(
    input: _Tensor,
    dim: int,
    start: int,
    length: int,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`narrow` as a tensor of its own. Source: torch.narrow_copy."""
def native_batch_norm(
    input: _Tensor,
    weight: _Tensor | None,
    bias: _Tensor | None,
    running_mean: _Tensor | None,
    running_var: _Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> tuple[_Tensor, _Tensor, _Tensor]:
    """`batch_norm` with the mean and the reciprocal deviation that it used."""
def native_group_norm(
    input: _Tensor,
    weight: _Tensor | None,
    bias: _Tensor | None,
    N: int,
    C: int,
    HxW: int,
    group: int,
    eps: float,
) -> tuple[_Tensor, _Tensor, _Tensor]:
    """`group_norm` with the mean and the reciprocal deviation of every group."""
def native_layer_norm(
    input: _Tensor,
    normalized_shape: Sequence[int],
    weight: _Tensor | None,
    bias: _Tensor | None,
    eps: float,
) -> tuple[_Tensor, _Tensor, _Tensor]:
    """`layer_norm` with the mean and the reciprocal deviation of every row."""
def ne(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether elements differ. Source: torch.ne."""
def neg(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Each element negated. Source: torch.neg."""
def neg_(input: _Tensor) -> _Tensor:
    """`neg` written into the tensor itself, which it returns."""
def negative(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Each element negated. Source: torch.neg."""
def negative_(input: _Tensor) -> _Tensor:
    """`neg` written into the tensor itself, which it returns."""
def nextafter(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The next number after input towards other. Source: torch.nextafter."""
@overload
def nonzero(
    input: _Tensor,
    *,
    as_tuple: Literal[False] = False,
    out: _Tensor | tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> _Tensor: ...
@overload
def nonzero(input: _Tensor, *, as_tuple: Literal[True]) -> tuple[_Tensor, ...]: ...
@overload
def nonzero(input: _Tensor, *, as_tuple: bool) -> _Tensor | tuple[_Tensor, ...]: ...
def nonzero_static(
    input: _Tensor,
    *,
    size: int,
    fill_value: int = -1,
    out: _Tensor | None = None,
) -> _Tensor:
    """`nonzero` cut or filled up to `size` rows. Source: torch.nonzero_static."""
def norm(
    input: _Tensor,
    p: float | str | None = 'fro',
    dim: _Dims | None = None,
    keepdim: bool = False,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
) -> _Tensor:
    """The norm of order p over `dim`, of all elements by default. Source: torch.norm."""
def norm_except_dim(v: _Tensor, pow: int = 2, dim: int = 0) -> _Tensor:
    """Norms over all dimensions but one (all of them for -1). Source: torch.norm_except_dim."""
def normal(
    mean: float | _Tensor,
    std: float | _Tensor = 1.0,
    size: Sequence[int] | None = None,
    *,
    generator: _Generator | None = None,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor:
    """Normal of the given means and deviations, numbers or tensors. Source: torch.normal."""
def not_equal(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Whether elements differ. Source: torch.ne."""
def nuclear_norm(
    input: _Tensor,
    dim: _Dims = (-2, -1),
    keepdim: bool = False,
) -> _Tensor:
    """The sum of singular values. Source: torch.nuclear_norm."""
def numel(input: _Tensor) -> int:
    """The number of elements. Source: torch.numel."""
@overload
def ones(
    *size: int,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: _memory_format | None = None,
) -> _Tensor: ...
@overload
def ones(
    size: Sequence[int],
    *,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: _memory_format | None = None,
) -> _Tensor: ...
def ones_like(
    input: _Tensor,
    *,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: _memory_format | None = ...,
) -> _Tensor:
    """Ones. Source: torch.ones_like."""
def orgqr(input: _Tensor, tau: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """`torch.linalg.householder_product`. Source: torch.orgqr."""
def ormqr(
    input: _Tensor,
    tau: _Tensor,
    other: _Tensor,
    left: bool = True,
    transpose: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """A product of reflections (or its adjoint) times a matrix. Source: torch.ormqr."""
def outer(input: _Tensor, vec2: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """All products of the elements of two vectors. Source: torch.outer."""
def pca_lowrank(
    A: _Tensor,
    q: int | None = None,
    center: bool = True,
    niter: int = 2,
) -> tuple[_Tensor, _Tensor, _Tensor]:
    """Principal components of the rows, approximately. Source: torch.pca_lowrank."""
def pdist(input: _Tensor, p: float = 2) -> _Tensor:
    """The distances of all pairs of rows, i < j, in one vector. Source: torch.pdist."""
per_channel_affine: _qscheme
per_channel_affine_float_qparams: _qscheme
per_channel_symmetric: _qscheme
per_tensor_affine: _qscheme
per_tensor_symmetric: _qscheme
@overload
def permute(input: _Tensor, dims: Sequence[int]) -> _Tensor: ...
@overload
def permute(input: _Tensor, *dims: int) -> _Tensor: ...
def permute_copy(
    input: _Tensor,
    dims: int | Sequence[int] | None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`permute` as a tensor of its own. Source: torch.permute_copy."""
def pinverse(input: _Tensor, rcond: float = 1e-15) -> _Tensor:
    """The pseudo-inverse. Source: torch.pinverse."""
def poisson(input: _Tensor, generator: _Generator | None = None) -> _Tensor:
    """Poisson variates of the rates `input`. Source: torch.poisson."""
def polar(abs: _Tensor, angle: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Complex numbers of magnitudes and angles. Source: torch.polar."""
def polygamma(n: int, input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The nth derivative of digamma. Source: torch.polygamma."""
def positive(input: _Tensor) -> _Tensor:
    """The tensor itself; RuntimeError for bools. Source: torch.positive."""
def pow(
    input: _Tensor | int | float | bool | _complex,
    exponent: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input ** exponent`. Source: torch.pow."""
def prelu(input: _Tensor, weight: _Tensor) -> _Tensor:
    """x where positive, else weight x, one weight or one per channel."""
preserve_format: _memory_format
def prod(
    input: _Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """The product over one dimension or all. Source: torch.prod."""
def put(
    input: _Tensor,
    index: _Tensor,
    source: _Tensor,
    accumulate: bool = False,
) -> _Tensor:
    """Elements written at (or added to) places of the flat order. Source: torch.Tensor.put_."""
def q_per_channel_axis(input: _Tensor) -> int:
    """The dimension of the channels. Source: torch.Tensor.q_per_channel_axis."""
def q_per_channel_scales(input: _Tensor) -> _Tensor:
    """The channels' scales in float64. Source: torch.Tensor.q_per_channel_scales."""
def q_per_channel_zero_points(input: _Tensor) -> _Tensor:
    """The channels' zero points. Source: torch.Tensor.q_per_channel_zero_points."""
def q_scale(input: _Tensor) -> float:
    """The scale of all elements. Source: torch.Tensor.q_scale."""
def q_zero_point(input: _Tensor) -> int:
    """The zero point of all elements. Source: torch.Tensor.q_zero_point."""
def qr(
    input: _Tensor,
    some: bool = True,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.qr:
    """The QR decomposition, deprecated for torch.linalg's. Source: torch.qr."""
def quantile(
    input: _Tensor,
    q: float | _Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = 'linear',
    out: _Tensor | None = None,
) -> _Tensor:
    """The q-quantiles of the elements along `dim`, or of all. Source: torch.quantile."""
def quantize_per_channel(
    input: _Tensor,
    scales: _Tensor,
    zero_points: _Tensor,
    axis: int,
    dtype: dtype,
) -> _Tensor:
    """A float32 tensor as integers with a scale and a zero point for each place along `axis`."""
def quantize_per_tensor(
    input: _Tensor | int | float | bool | _complex,
    scale: Any,
    zero_point: Any,
    dtype: dtype,
) -> Any:
    """A float32 tensor (or each of a list) as integers of one scale and zero point."""
def rad2deg(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Radians as degrees. Source: torch.rad2deg."""
def rad2deg_(input: _Tensor) -> _Tensor:
    """`rad2deg` written into the tensor itself, which it returns."""
@overload
def rand(
    *size: int,
    generator: _Generator | None = None,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor: ...
@overload
def rand(
    size: Sequence[int],
    *,
    generator: _Generator | None = None,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor: ...
def rand_like(
    input: _Tensor,
    *,
    generator: _Generator | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    memory_format: _memory_format | None = None,
) -> _Tensor:
    """Uniform in [0, 1) in another tensor's shape. Source: torch.rand_like."""
@overload
def randint(
    high: int,
    size: Sequence[int],
    *,
    generator: _Generator | None = None,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor: ...
@overload
def randint(
    low: int,
    high: int,
    size: Sequence[int],
    *,
    generator: _Generator | None = None,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor: ...
@overload
def randint_like(
    input: _Tensor,
    high: int,
    *,
    generator: _Generator | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    memory_format: _memory_format | None = None,
) -> _Tensor: ...
@overload
def randint_like(
    input: _Tensor,
    low: int,
    high: int,
    *,
    generator: _Generator | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    memory_format: _memory_format | None = None,
) -> _Tensor: ...
@overload
def randn(
    *size: int,
    generator: _Generator | None = None,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor: ...
@overload
def randn(
    size: Sequence[int],
    *,
    generator: _Generator | None = None,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor: ...
def randn_like(
    input: _Tensor,
    *,
    generator: _Generator | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    memory_format: _memory_format | None = None,
) -> _Tensor:
    """Normal of mean 0 and variance 1 in another tensor's shape. Source: torch.randn_like."""
def randperm(
    n: int,
    *,
    generator: _Generator | None = None,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor:
    """A permutation of 0 .. n-1. Source: torch.randperm."""
def range(
    start: _Tensor | int | float | bool | _complex = 0,
    end: _Tensor | int | float | bool | _complex | None = None,
    step: int | float = 1,
    *,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """Numbers from start to end (inclusive) by step; deprecated. Source: torch.range."""
def ravel(input: _Tensor) -> _Tensor:
    """All elements in one dimension, a view of a contiguous tensor. Source: torch.ravel."""
def real(input: _Tensor) -> _Tensor:
    """The real parts, sharing memory. Source: torch.real."""
def reciprocal(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """One divided by each element. Source: torch.reciprocal."""
def reciprocal_(input: _Tensor) -> _Tensor:
    """`reciprocal` written into the tensor itself, which it returns."""
def relu(input: _Tensor) -> _Tensor:
    """max(input, 0). Source: torch.relu."""
def relu_(input: _Tensor) -> _Tensor:
    """`relu` written into the tensor itself, which it returns."""
def remainder(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The remainder with the divisor's sign, Python's `%`. Source: torch.remainder."""
def renorm(
    input: _Tensor,
    p: int | float | bool | _complex,
    dim: int,
    maxnorm: int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """The parts along `dim` scaled down to at most the norm `maxnorm`. Source: torch.renorm."""
def repeat_interleave(
    input: _Tensor,
    repeats: int | Sequence[int] | _Tensor | None = None,
    dim: int | None = None,
    *,
    output_size: int | None = None,
) -> _Tensor:
    """Each element, or part along `dim`, repeated in place. Source: torch.repeat_interleave."""
@overload
def reshape(input: _Tensor, shape: Sequence[int]) -> _Tensor: ...
@overload
def reshape(input: _Tensor, *shape: int) -> _Tensor: ...
def resize_as_(
    self: _Tensor,
    tensor: _Tensor,
    memory_format: _memory_format | None = None,
) -> _Tensor:
    """`resize_` to another tensor's size. Source: torch.Tensor.resize_as_."""
def resolve_conj(input: _Tensor) -> _Tensor:
    """The tensor itself: conjugates are not lazy here. Source: torch.resolve_conj."""
def resolve_neg(input: _Tensor) -> _Tensor:
    """The tensor itself: negation is not lazy here. Source: torch.resolve_neg."""
def result_type(
    tensor1: _Tensor | int | float | bool | _complex,
    tensor2: _Tensor | int | float | bool | _complex,
) -> dtype:
    """The dtype of an operation on both. Source: torch.result_type."""
def rms_norm(
    input: _Tensor,
    normalized_shape: Sequence[int],
    weight: _Tensor | None = None,
    eps: float | None = None,
) -> _Tensor:
    """Mean square 1 over the last dimensions; `eps` defaults to the precision of the dtype."""
def roll(
    input: _Tensor,
    shifts: int | Sequence[int],
    dims: int | Sequence[int] | None = None,
) -> _Tensor:
    """Elements moved around along dimensions, or in flat order. Source: torch.roll."""
def rot90(input: _Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> _Tensor:
    """The tensor turned by 90 degrees k times in a plane. Source: torch.rot90."""
def round(
    input: _Tensor,
    *,
    decimals: int | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """Each element rounded to `decimals` places, halves to even. Source: torch.round."""
def round_(input: _Tensor, *, decimals: int | None = None) -> _Tensor:
    """`round` written into the tensor itself, which it returns."""
def row_stack(tensors: Sequence[_Tensor], *, out: _Tensor | None = None) -> _Tensor:
    """Joined along rows. Source: torch.vstack."""
def rsqrt(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """One divided by the square root of each element. Source: torch.rsqrt."""
def rsqrt_(input: _Tensor) -> _Tensor:
    """`rsqrt` written into the tensor itself, which it returns."""
def rsub(
    input: _Tensor,
    other: _Tensor | int | float | bool | _complex,
    *,
    alpha: int | float | bool | _complex = 1,
) -> _Tensor:
    """`other - alpha * input`. Source: torch.rsub."""
def scalar_tensor(
    s: int | float | bool | _complex,
    *,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor:
    """A 0-d tensor of a number, of the default dtype. Source: torch.scalar_tensor."""
def scatter(
    input: _Tensor,
    dim: int,
    index: _Tensor,
    src: _Tensor | int | float | bool | _complex | None = None,
    *,
    value: int | float | bool | _complex | None = None,
    reduce: str | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """`out[index[i][j]][j] = src[i][j]` for dim 0, and so on. Source: torch.scatter."""
def scatter_add(
    input: _Tensor,
    dim: int,
    index: _Tensor,
    src: _Tensor,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`out[index[i][j]][j] += src[i][j]` for dim 0, and so on. Source: torch.scatter_add."""
def scatter_reduce(
    input: _Tensor,
    dim: int,
    index: _Tensor,
    src: _Tensor,
    reduce: str,
    *,
    include_self: bool = True,
    out: _Tensor | None = None,
) -> _Tensor:
    """Elements of `src` combined into places of a dimension. Source: torch.scatter_reduce."""
def searchsorted(
    sorted_sequence: _Tensor,
    input: _Tensor | int | float | bool | _complex,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: _Tensor | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """Where values go in sorted rows so that order is kept. Source: torch.searchsorted."""
def seed() -> int:
    """Begins the default stream at a seed from the operating system. Source: torch.seed."""
def segment_reduce(
    data: _Tensor,
    reduce: str,
    *,
    lengths: _Tensor | None = None,
    indices: _Tensor | None = None,
    offsets: _Tensor | None = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: float | None = None,
) -> _Tensor:
    """Runs along `axis` reduced by "sum", "mean", "max", "min" or "prod"."""
def select(input: _Tensor, dim: int, index: int) -> _Tensor:
    """The part at one place of a dimension, sharing memory. Source: torch.select."""
def select_copy(
    input: _Tensor,
    dim: int,
    index: int,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`select` as a tensor of its own. Source: torch.select_copy."""
def select_scatter(
    input: _Tensor,
    src: _Tensor,
    dim: int,
    index: int,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input` with one place of a dimension replaced by `src`. Source: torch.select_scatter."""
def set_default_device(device: device | str | int | None) -> None:
    """Sets where creation functions place tensors. Source: torch.set_default_device."""
def set_default_dtype(d: dtype) -> None:
    """Sets the dtype that Python floats become; TypeError unless it is floating point."""
def set_default_tensor_type(t: type[Any] | str | dtype, /) -> None:
    """Sets the default floating dtype by a tensor type. Source: torch.set_default_tensor_type."""
def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Changes the options given; `sci_mode` always, so that leaving it out restores the choice."""
def set_rng_state(new_state: _Tensor) -> None:
    """Continues the default stream from a state. Source: torch.set_rng_state."""
def sgn(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The sign of each element, for complex ones the direction. Source: torch.sgn."""
def sigmoid(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The logistic function of each element. Source: torch.sigmoid."""
def sigmoid_(input: _Tensor) -> _Tensor:
    """`sigmoid` written into the tensor itself, which it returns."""
def sign(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The sign of each element. Source: torch.sign."""
def signbit(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Whether each element's sign bit is set. Source: torch.signbit."""
def sin(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The sine of each element. Source: torch.sin."""
def sin_(input: _Tensor) -> _Tensor:
    """`sin` written into the tensor itself, which it returns."""
def sinc(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """sin(pi x) / (pi x) of each element x, one at zero. Source: torch.sinc."""
def sinc_(input: _Tensor) -> _Tensor:
    """`sinc` written into the tensor itself, which it returns."""
def sinh(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The hyperbolic sine of each element. Source: torch.sinh."""
def sinh_(input: _Tensor) -> _Tensor:
    """`sinh` written into the tensor itself, which it returns."""
def slice_copy(
    input: _Tensor,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """A slice of one dimension as a tensor of its own. Source: torch.slice_copy."""
def slice_scatter(
    input: _Tensor,
    src: _Tensor,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input` with a slice of one dimension replaced by `src`. Source: torch.slice_scatter."""
def slogdet(
    input: _Tensor,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.slogdet:
    """Sign and log of the determinant's size. Source: torch.slogdet."""
def softmax(
    input: _Tensor,
    dim: int,
    dtype: dtype | None = None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """exp(input) normalized to sum 1 along `dim`. Source: torch.softmax."""
def solve(*args: Any, **kwargs: Any) -> NoReturn:
    """Removed: raises RuntimeError. Source: torch.solve."""
def sort(
    input: _Tensor,
    dim: int = -1,
    descending: bool = False,
    *,
    stable: bool | None = None,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.sort:
    """The elements in order along a dimension, and their places. Source: torch.sort."""
sparse_bsc: _layout
def sparse_bsc_tensor(*args: Any, **kwargs: Any) -> _Tensor: ...
sparse_bsr: _layout
def sparse_bsr_tensor(*args: Any, **kwargs: Any) -> _Tensor: ...
def sparse_compressed_tensor(
    compressed_indices: Any,
    plain_indices: Any,
    values: _Tensor | Sequence[Any] | None,
    size: int | Sequence[int] | None = None,
    *,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> CompressedTensor:
    """A sparse matrix in compressed rows or columns, as `layout` says."""
sparse_coo: _layout
def sparse_coo_tensor(
    indices: Sequence[int] | _Tensor | None,
    values: _Tensor | Sequence[Any] | None = None,
    size: int | Sequence[int] | None = None,
    *,
    dtype: dtype | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> SparseTensor:
    """A sparse tensor from coordinates and values. Source: torch.sparse_coo_tensor."""
sparse_csc: _layout
def sparse_csc_tensor(
    ccol_indices: Any,
    row_indices: Any,
    values: _Tensor | Sequence[Any] | None,
    size: int | Sequence[int] | None = None,
    *,
    dtype: dtype | None = None,
    device: device | str | int | None = None,
    layout: _layout | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> ColumnCompressedTensor:
    """A sparse matrix from compressed columns. Source: torch.sparse_csc_tensor."""
sparse_csr: _layout
def sparse_csr_tensor(
    crow_indices: _Tensor | Sequence[int],
    col_indices: _Tensor | Sequence[int],
    values: _Tensor | Sequence[Any] | None,
    size: int | Sequence[int] | None = None,
    *,
    dtype: dtype | None = None,
    device: device | str | int | None = None,
    layout: _layout | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> CompressedTensor:
    """A sparse matrix from compressed rows. Source: torch.sparse_csr_tensor."""
def split(
    tensor: _Tensor,
    split_size_or_sections: int | Sequence[int],
    dim: int = 0,
) -> tuple[_Tensor, ...]:
    """Pieces along a dimension, sharing memory. Source: torch.split."""
def split_copy(
    input: _Tensor,
    split_size: int,
    dim: int = 0,
    *,
    out: _Tensor | tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> tuple[_Tensor, ...]:
    """`split` into tensors of their own. Source: torch.split_copy."""
def split_with_sizes(
    input: _Tensor,
    split_sizes: Sequence[int],
    dim: int = 0,
) -> tuple[_Tensor, ...]:
    """Pieces of the given sizes, sharing memory. Source: torch.split_with_sizes."""
def split_with_sizes_copy(
    input: _Tensor,
    split_sizes: Sequence[int],
    dim: int = 0,
    *,
    out: _Tensor | tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> tuple[_Tensor, ...]:
    """`split_with_sizes` into tensors of their own. Source: torch.split_with_sizes_copy."""
def spmm(input: _Tensor, mat2: _Tensor) -> _Tensor:
    """A product of matrices, either of them sparse. Source: torch.sparse.mm."""
def sqrt(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The square root of each element. Source: torch.sqrt."""
def sqrt_(input: _Tensor) -> _Tensor:
    """`sqrt` written into the tensor itself, which it returns."""
def square(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The square of each element. Source: torch.square."""
def square_(input: _Tensor) -> _Tensor:
    """`square` written into the tensor itself, which it returns."""
def squeeze(input: _Tensor, dim: int | Sequence[int] | None = None) -> _Tensor:
    """Dimensions of size one left out: all, or those named. Source: torch.squeeze."""
def squeeze_copy(
    input: _Tensor,
    dim: int | Sequence[int] | None = None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`squeeze` as a tensor of its own. Source: torch.squeeze_copy."""
def stack(
    tensors: Sequence[_Tensor],
    dim: int = 0,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Tensors of one shape joined along a new dimension. Source: torch.stack."""
@overload
def std(
    input: _Tensor,
    dim: int | Sequence[int] | None = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor: ...
@overload
def std(input: _Tensor, unbiased: bool, *, out: _Tensor | None = None) -> _Tensor: ...
@overload
def std(
    input: _Tensor,
    dim: int | Sequence[int] | None = None,
    *,
    correction: int | float | None = None,
    keepdim: bool = False,
    out: _Tensor | None = None,
) -> _Tensor: ...
@overload
def std_mean(
    input: _Tensor,
    dim: int | Sequence[int] | None = None,
    unbiased: bool = True,
    keepdim: bool = False,
) -> tuple[_Tensor, _Tensor]: ...
@overload
def std_mean(input: _Tensor, unbiased: bool) -> tuple[_Tensor, _Tensor]: ...
@overload
def std_mean(
    input: _Tensor,
    dim: int | Sequence[int] | None = None,
    *,
    correction: int | float | None = None,
    keepdim: bool = False,
) -> tuple[_Tensor, _Tensor]: ...
def stft(
    input: _Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: _Tensor | None = None,
    center: bool = True,
    pad_mode: str = 'reflect',
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> _Tensor:
    """Spectra (B, N, T) of overlapping windows of signals (B, L). Source: torch.stft."""
strided: _layout
def sub(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    alpha: int | float | bool | _complex = 1,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input - alpha * other`. Source: torch.sub."""
def subtract(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    alpha: int | float | bool | _complex = 1,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input - alpha * other`. Source: torch.sub."""
def sum(
    input: _Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """The sum over `dim` (all by default); integers sum in int64. Source: torch.sum."""
@overload
def sum_to_size(input: _Tensor, *size: int) -> _Tensor: ...
@overload
def sum_to_size(input: _Tensor, size: Sequence[int]) -> _Tensor: ...
def svd(
    input: _Tensor,
    some: bool = True,
    compute_uv: bool = True,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.svd:
    """input = U diag(S) V^H, deprecated for torch.linalg's. Source: torch.svd."""
def svd_lowrank(
    A: _Tensor,
    q: int | None = 6,
    niter: int | None = 2,
    M: _Tensor | None = None,
) -> tuple[_Tensor, _Tensor, _Tensor]:
    """U, S and V of a matrix of low rank, approximately. Source: torch.svd_lowrank."""
def swapaxes(input: _Tensor, axis0: int, axis1: int) -> _Tensor:
    """Two dimensions exchanged, sharing memory. Source: torch.swapaxes."""
def swapdims(input: _Tensor, dim0: int, dim1: int) -> _Tensor:
    """Two dimensions exchanged, sharing memory. Source: torch.transpose."""
def symeig(*args: Any, **kwargs: Any) -> NoReturn:
    """Removed: raises RuntimeError. Source: torch.symeig."""
def t(input: _Tensor) -> _Tensor:
    """A matrix transposed, sharing memory. Source: torch.t."""
def t_copy(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """`t` as a tensor of its own. Source: torch.t_copy."""
def take(input: _Tensor, index: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Elements at places of the flat order. Source: torch.take."""
def take_along_dim(
    input: _Tensor,
    indices: _Tensor,
    dim: int | None = None,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`gather` with both broadcast against each other. Source: torch.take_along_dim."""
def tan(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The tangent of each element. Source: torch.tan."""
def tan_(input: _Tensor) -> _Tensor:
    """`tan` written into the tensor itself, which it returns."""
def tanh(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The hyperbolic tangent of each element. Source: torch.tanh."""
def tanh_(input: _Tensor) -> _Tensor:
    """`tanh` written into the tensor itself, which it returns."""
def tensor(
    data: Any,
    *,
    dtype: dtype | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> _Tensor:
    """A tensor with a copy of `data`: a number, nested sequences, an array or a tensor."""
def tensor_split(
    input: _Tensor,
    indices_or_sections: int | Sequence[int] | _Tensor | None = None,
    dim: int = 0,
    *,
    indices: Sequence[int] | _Tensor | None = None,
    sections: int | None = None,
    tensor_indices_or_sections: _Tensor | None = None,
) -> tuple[_Tensor, ...]:
    """Pieces between indices, or so many of nearly equal size. Source: torch.tensor_split."""
def tensordot(
    a: _Tensor,
    b: _Tensor,
    dims: int | Sequence[Any] = 2,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """Products summed over the paired dimensions. Source: torch.tensordot."""
@overload
def tile(input: _Tensor, dims: Sequence[int]) -> _Tensor: ...
@overload
def tile(input: _Tensor, *dims: int) -> _Tensor: ...
def to_dlpack(tensor: _Tensor) -> Any:
    """A DLPack capsule over the tensor's memory. Source: torch.utils.dlpack.to_dlpack."""
def topk(
    input: _Tensor,
    k: int,
    dim: int = -1,
    largest: bool = True,
    sorted: bool = True,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.topk:
    """The k largest (or smallest) elements and their places. Source: torch.topk."""
def trace(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The sum of a matrix's diagonal. Source: torch.trace."""
def transpose(input: _Tensor, dim0: int, dim1: int) -> _Tensor:
    """Two dimensions exchanged, sharing memory. Source: torch.transpose."""
def transpose_copy(
    input: _Tensor,
    dim0: int,
    dim1: int,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`transpose` as a tensor of its own. Source: torch.transpose_copy."""
@overload
def trapezoid(y: _Tensor, x: _Tensor, *, dim: int = -1) -> _Tensor: ...
@overload
def trapezoid(y: _Tensor, *, dx: int | float = 1, dim: int = -1) -> _Tensor: ...
@overload
def trapz(y: _Tensor, x: _Tensor, *, dim: int = -1) -> _Tensor: ...
@overload
def trapz(y: _Tensor, *, dx: int | float = 1, dim: int = -1) -> _Tensor: ...
def triangular_solve(
    input: _Tensor,
    A: _Tensor,
    upper: bool = True,
    transpose: bool = False,
    unitriangular: bool = False,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> return_types.triangular_solve:
    """The solution of a triangular system, deprecated. Source: torch.triangular_solve."""
def tril(input: _Tensor, diagonal: int = 0, *, out: _Tensor | None = None) -> _Tensor:
    """The lower triangle of matrices, zeros elsewhere. Source: torch.tril."""
def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: dtype = ...,
    device: device | str | int | None = None,
    layout: _layout | None = None,
) -> _Tensor:
    """A lower triangle's indices, rows above columns. Source: torch.tril_indices."""
def triu(input: _Tensor, diagonal: int = 0, *, out: _Tensor | None = None) -> _Tensor:
    """The upper triangle of matrices, zeros elsewhere. Source: torch.triu."""
def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: dtype = ...,
    device: device | str | int | None = None,
    layout: _layout | None = None,
) -> _Tensor:
    """An upper triangle's indices, rows above columns. Source: torch.triu_indices."""
def true_divide(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input / other`. Source: torch.true_divide."""
def trunc(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """Each element without its fractional part. Source: torch.trunc."""
def trunc_(input: _Tensor) -> _Tensor:
    """`trunc` written into the tensor itself, which it returns."""
def typename(obj: Any) -> str:
    """The name of an object's type, `torch.FloatTensor` for tensors. Source: torch.typename."""
def unbind(input: _Tensor, dim: int = 0) -> tuple[_Tensor, ...]:
    """One view for each place of a dimension. Source: torch.unbind."""
def unbind_copy(
    input: _Tensor,
    dim: int = 0,
    *,
    out: _Tensor | tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> tuple[_Tensor, ...]:
    """`unbind` into tensors of their own. Source: torch.unbind_copy."""
def unflatten(input: _Tensor, dim: int, sizes: int | Sequence[int]) -> _Tensor:
    """One dimension cut into several. Source: torch.unflatten."""
def unfold_copy(
    input: _Tensor,
    dimension: int,
    size: int,
    step: int,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`unfold` as a tensor of its own. Source: torch.unfold_copy."""
@overload
def unique(
    input: _Tensor,
    sorted: bool = True,
    return_inverse: Literal[False] = False,
    return_counts: Literal[False] = False,
    dim: int | None = None,
) -> _Tensor: ...
@overload
def unique(
    input: _Tensor,
    sorted: bool = True,
    *,
    return_inverse: Literal[True],
    return_counts: Literal[False] = False,
    dim: int | None = None,
) -> tuple[_Tensor, _Tensor]: ...
@overload
def unique(
    input: _Tensor,
    sorted: bool = True,
    return_inverse: Literal[False] = False,
    *,
    return_counts: Literal[True],
    dim: int | None = None,
) -> tuple[_Tensor, _Tensor]: ...
@overload
def unique(
    input: _Tensor,
    sorted: bool = True,
    *,
    return_inverse: Literal[True],
    return_counts: Literal[True],
    dim: int | None = None,
) -> tuple[_Tensor, _Tensor, _Tensor]: ...
@overload
def unique(
    input: _Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any: ...
@overload
def unique_consecutive(
    input: _Tensor,
    return_inverse: Literal[False] = False,
    return_counts: Literal[False] = False,
    dim: int | None = None,
) -> _Tensor: ...
@overload
def unique_consecutive(
    input: _Tensor,
    *,
    return_inverse: Literal[True],
    return_counts: Literal[False] = False,
    dim: int | None = None,
) -> tuple[_Tensor, _Tensor]: ...
@overload
def unique_consecutive(
    input: _Tensor,
    return_inverse: Literal[False] = False,
    *,
    return_counts: Literal[True],
    dim: int | None = None,
) -> tuple[_Tensor, _Tensor]: ...
@overload
def unique_consecutive(
    input: _Tensor,
    *,
    return_inverse: Literal[True],
    return_counts: Literal[True],
    dim: int | None = None,
) -> tuple[_Tensor, _Tensor, _Tensor]: ...
@overload
def unique_consecutive(
    input: _Tensor,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any: ...
def unravel_index(indices: _Tensor, shape: Sequence[int]) -> tuple[_Tensor, ...]:
    """Coordinates in `shape` of places in its flat order. Source: torch.unravel_index."""
def unsafe_chunk(input: _Tensor, chunks: int, dim: int = 0) -> tuple[_Tensor, ...]:
    """`chunk` whose pieces autograd does not know as views. Source: torch.unsafe_chunk."""
def unsafe_split(input: _Tensor, split_size: int, dim: int = 0) -> tuple[_Tensor, ...]:
    """`split` whose pieces autograd does not know as views. Source: torch.unsafe_split."""
def unsafe_split_with_sizes(
    input: _Tensor,
    split_sizes: Sequence[int],
    dim: int = 0,
) -> tuple[_Tensor, ...]:
    """`split_with_sizes` whose pieces autograd does not know as views."""
def unsqueeze(input: _Tensor, dim: int) -> _Tensor:
    """A dimension of size one put in at `dim`. Source: torch.unsqueeze."""
def unsqueeze_copy(input: _Tensor, dim: int, *, out: _Tensor | None = None) -> _Tensor:
    """`unsqueeze` as a tensor of its own. Source: torch.unsqueeze_copy."""
def vander(x: _Tensor, N: int | None = None, increasing: bool = False) -> _Tensor:
    """The powers of a vector's elements as columns. Source: torch.vander."""
@overload
def var(
    input: _Tensor,
    dim: int | Sequence[int] | None = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    out: _Tensor | None = None,
) -> _Tensor: ...
@overload
def var(input: _Tensor, unbiased: bool, *, out: _Tensor | None = None) -> _Tensor: ...
@overload
def var(
    input: _Tensor,
    dim: int | Sequence[int] | None = None,
    *,
    correction: int | float | None = None,
    keepdim: bool = False,
    out: _Tensor | None = None,
) -> _Tensor: ...
@overload
def var_mean(
    input: _Tensor,
    dim: int | Sequence[int] | None = None,
    unbiased: bool = True,
    keepdim: bool = False,
) -> tuple[_Tensor, _Tensor]: ...
@overload
def var_mean(input: _Tensor, unbiased: bool) -> tuple[_Tensor, _Tensor]: ...
@overload
def var_mean(
    input: _Tensor,
    dim: int | Sequence[int] | None = None,
    *,
    correction: int | float | None = None,
    keepdim: bool = False,
) -> tuple[_Tensor, _Tensor]: ...
def vdot(input: _Tensor, other: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """The dot product with the first vector conjugated. Source: torch.vdot."""
def view_as_complex(input: _Tensor) -> _Tensor:
    """Pairs of real numbers as complex numbers, sharing memory. Source: torch.view_as_complex."""
def view_as_complex_copy(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """`view_as_complex` as a tensor of its own. Source: torch.view_as_complex_copy."""
def view_as_real(input: _Tensor) -> _Tensor:
    """A complex tensor as pairs of real numbers, sharing memory. Source: torch.view_as_real."""
def view_as_real_copy(input: _Tensor, *, out: _Tensor | None = None) -> _Tensor:
    """`view_as_real` as a tensor of its own. Source: torch.view_as_real_copy."""
def view_copy(
    input: _Tensor,
    size: int | Sequence[int] | None = None,
    *,
    dtype: dtype | None = None,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input.view(size)` as a tensor of its own. Source: torch.view_copy."""
def vsplit(
    input: _Tensor,
    indices_or_sections: int | Sequence[int] | _Tensor | None = None,
    *,
    indices: Sequence[int] | _Tensor | None = None,
    sections: int | None = None,
) -> tuple[_Tensor, ...]:
    """Pieces along rows. Source: torch.vsplit."""
def vstack(tensors: Sequence[_Tensor], *, out: _Tensor | None = None) -> _Tensor:
    """Joined along rows. Source: torch.vstack."""
@overload
def where(
    condition: _Tensor,
    *,
    out: tuple[_Tensor, ...] | list[_Tensor] | None = None,
) -> tuple[_Tensor, ...]: ...
@overload
def where(
    condition: _Tensor,
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor: ...
def xlogy(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
    *,
    out: _Tensor | None = None,
) -> _Tensor:
    """`input * log(other)`, zero where input is zero. Source: torch.xlogy."""
def xlogy_(
    input: _Tensor | int | float | bool | _complex,
    other: _Tensor | int | float | bool | _complex,
) -> _Tensor:
    """`xlogy` written into the tensor itself, which it returns."""
def zero_(self: _Tensor) -> _Tensor:
    """Sets every element to zero. Source: torch.Tensor.zero_."""
@overload
def zeros(
    *size: int,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: _memory_format | None = None,
) -> _Tensor: ...
@overload
def zeros(
    size: Sequence[int],
    *,
    out: _Tensor | None = None,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: _memory_format | None = None,
) -> _Tensor: ...
def zeros_like(
    input: _Tensor,
    *,
    dtype: dtype | None = None,
    layout: _layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: _memory_format | None = ...,
) -> _Tensor:
    """Zeros. Source: torch.zeros_like."""
