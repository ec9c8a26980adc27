"""Reductions as functions and methods.

Source: https://docs.pytorch.org/docs/stable/torch.html#reduction-ops
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from .. import dtypes as dt
from ..ops import moments
from ..ops import reduce as ops
from ..ops.family import cast, type_name
from ..shapes import normalize_dim, normalize_dims, numel
from .api import public, write_out
from .return_types import return_type
from .tensor import Tensor

Dims = int | Sequence[int] | None
ValuesIndices = {name: return_type(name, "values", "indices") for name in ("max", "min")}


def _dims(input: Tensor, dim: Dims) -> tuple[int, ...]:
    return normalize_dims(dim, len(input._shape))


def _sum_type(input: Tensor, dtype: dt.dtype | None) -> dt.dtype:
    if dtype is not None:
        return dtype
    return dt.int64 if input.dtype.category < dt.float32.category else input.dtype


@public(out=True)
def sum(  # noqa: A001
    input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: dt.dtype | None = None
) -> Tensor:
    """The sum over `dim` (all by default); integers sum in int64. Source: torch.sum."""
    kind = _sum_type(input, dtype)
    if dtype is not None:
        input = cast(input, dtype)
    if dim is None and not keepdim:
        return ops.sum_all(input, kind)
    return ops.sum(input, _dims(input, dim), keepdim, kind)


@public(out=True)
def nansum(
    input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: dt.dtype | None = None
) -> Tensor:
    """The sum, NaNs counting as zero. Source: torch.nansum."""
    kind = _sum_type(input, dtype)
    if dtype is not None:
        input = cast(input, dtype)
    if input.dtype.is_complex:
        raise RuntimeError("nansum does not support complex inputs")
    reduce = ops.nansum if input.dtype.is_floating_point else ops.sum
    return reduce(input, _dims(input, dim), keepdim, kind)


@public(out=True)
def mean(
    input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: dt.dtype | None = None
) -> Tensor:
    """The mean over `dim` (all by default). Source: torch.mean."""
    kind = dtype or input.dtype
    if kind.category < dt.float32.category:
        what = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {what} dtype must be either a floating point "
            "or "
            f"complex dtype. Got: {kind.legacy_name}"
        )
    input = cast(input, kind)
    if dim is None and not keepdim:
        return ops.mean_all(input, kind)
    return ops.mean(input, _dims(input, dim), keepdim, kind)


@public(out=True)
def nanmean(
    input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: dt.dtype | None = None
) -> Tensor:
    """The mean of what is not NaN. Source: torch.nanmean."""
    if not (input.dtype.is_floating_point or input.dtype.is_complex):
        raise RuntimeError(
            "nanmean(): expected input to have floating point or complex dtype but got "
            f"{input.dtype.legacy_name}"
        )
    present = input == input  # noqa: PLR0124 - NaN differs from itself
    count = ops.sum(cast(present, dt.int64), _dims(input, dim), keepdim, dt.int64)
    return nansum(input, dim, keepdim, dtype=dtype) / count


@public(out=True)
def prod(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: dt.dtype | None = None
) -> Tensor:
    """The product over one dimension or all. Source: torch.prod."""
    kind = _sum_type(input, dtype)
    if dtype is not None:
        input = cast(input, dtype)
    if dim is None:
        return ops.prod_all(input, kind)
    return ops.prod(input, _dims(input, dim), keepdim, kind)


def _correction(unbiased: bool | None, correction: Any) -> Any:
    if correction is not None:
        return correction
    return 1 if unbiased is None or unbiased else 0


def _moment_arguments(name: str, input: Tensor, dim: Any, unbiased: Any, correction: Any):
    if isinstance(dim, bool):  # var(input, unbiased)
        dim, unbiased = None, dim
    if not (input.dtype.is_floating_point or input.dtype.is_complex):
        raise RuntimeError(f"{name} only support floating point and complex dtypes")
    return _dims(input, dim), _correction(unbiased, correction)


@public(out=True)
def var(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Tensor:
    """The variance, divided by the count less `correction` (1). Source: torch.var."""
    dims, correction = _moment_arguments("std and var", input, dim, unbiased, correction)
    return moments.var(input, dims, correction, keepdim)


@public(out=True)
def std(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Tensor:
    """The standard deviation: the root of `var`. Source: torch.std."""
    dims, correction = _moment_arguments("std and var", input, dim, unbiased, correction)
    return moments.std(input, dims, correction, keepdim)


@public(method=False)
def var_mean(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> tuple[Tensor, Tensor]:
    """Variance and mean. Source: torch.var_mean."""
    dims, correction = _moment_arguments("std_mean and var_mean", input, dim, unbiased, correction)
    return moments.var_mean(input, dims, correction, bool(keepdim))


@public(method=False)
def std_mean(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> tuple[Tensor, Tensor]:
    """Standard deviation and mean. Source: torch.std_mean."""
    dims, correction = _moment_arguments("std_mean and var_mean", input, dim, unbiased, correction)
    return moments.std_mean(input, dims, correction, bool(keepdim))


def _check_nonempty(name: str, input: Tensor, dims: tuple[int, ...], given: Any = None) -> None:
    """IndexError for an extremum over nothing; `given` are the dimensions as they were named."""
    if numel(input._shape) == 0:
        named = (given,) if isinstance(given, int) else given or dims
        if given is not None and not isinstance(given, int) and not len(given):
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify "
                "the "
                "reduction dim with the 'dim' argument."
            )
        for d in named or range(len(input._shape)):
            if input._shape and input._shape[d] == 0:
                raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


def _write_same(name: str, made: Tensor, out: Tensor) -> Tensor:
    """Writes a result into `out`, which must have its dtype."""
    if isinstance(out, Tensor) and out.dtype is not made.dtype:
        raise RuntimeError(
            f"Expected the dtype for input and out to match, but got {made.dtype.legacy_name} for "
            f"input's dtype and {out.dtype.legacy_name} for out's dtype."
        )
    return write_out(name, made, out)


@public()
def amax(
    input: Tensor, dim: Dims = (), keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The largest elements; the gradient is shared among equals. Source: torch.amax."""
    dims = _dims(input, dim)
    _check_nonempty("amax", input, dims, dim)
    made = ops.amax(input, dims, keepdim)
    return made if out is None else _write_same("amax", made, out)


@public()
def amin(
    input: Tensor, dim: Dims = (), keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The smallest elements; the gradient is shared among equals. Source: torch.amin."""
    dims = _dims(input, dim)
    _check_nonempty("amin", input, dims, dim)
    made = ops.amin(input, dims, keepdim)
    return made if out is None else _write_same("amin", made, out)


aminmax_result = return_type("aminmax", "min", "max")


@public()
def aminmax(
    input: Tensor, *, dim: int | None = None, keepdim: bool = False, out: Any = None
) -> Any:
    """The smallest and the largest elements. Source: torch.aminmax."""
    if dim is None and numel(input._shape) == 0:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no "
            "identity."
        )
    if dim is not None:
        normalize_dim(dim, len(input._shape))
    dims = _dims(input, dim)
    _check_nonempty("aminmax", input, dims)
    made = ops.aminmax(input, dims, bool(keepdim))
    if out is None:
        return aminmax_result(*made)
    for one in out:
        if one.dtype is not input.dtype:
            raise RuntimeError(
                f"Expected out tensor to have dtype {type_name(input.dtype)}, but got "
                f"{type_name(one.dtype)} instead"
            )
    return aminmax_result(*(write_out("aminmax", x, to) for x, to in zip(made, out)))


def _extremum(name: str, input: Tensor, args: tuple, dim: Any, keepdim: bool, other: Any) -> Any:
    """max and min in their three forms: of all, along a dimension, of two tensors."""
    if not isinstance(input, Tensor):
        given = ", ".join(type(x).__name__ for x in (input, *args))
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got ({given}), but expected "
            "one of:\n"
            " * (Tensor input, *, Tensor out = None)\n * (Tensor input, Tensor other, *, Tensor "
            "out = "
            "None)\n * (Tensor input, int dim, bool keepdim = False, *, tuple of Tensors out = "
            "None)\n"
        )
    first = args[0] if args else other if other is not None else dim
    if len(args) > 1:
        keepdim = args[1]
    if isinstance(first, Tensor):
        return input.maximum(first) if name == "max" else input.minimum(first)
    if first is None:
        if numel(input._shape) == 0:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify "
                "the "
                "reduction dim with the 'dim' argument."
            )
        return (ops.max_all if name == "max" else ops.min_all)(input)
    d = normalize_dim(first, len(input._shape))
    _check_nonempty(name, input, (d,))
    values, indices = (ops.max_dim if name == "max" else ops.min_dim)(input, d, bool(keepdim))
    return ValuesIndices[name](values, indices)


@public(out=True)
def max(  # noqa: A001
    input: Tensor, *args: Any, dim: int | None = None, keepdim: bool = False, other: Any = None
) -> Any:
    """The largest of all, along a dimension (values, indices), or of two. Source: torch.max."""
    return _extremum("max", input, args, dim, keepdim, other)


@public(out=True)
def min(  # noqa: A001
    input: Tensor, *args: Any, dim: int | None = None, keepdim: bool = False, other: Any = None
) -> Any:
    """The smallest of all, along a dimension (values, indices), or of two. Source: torch.min."""
    return _extremum("min", input, args, dim, keepdim, other)


def _arg(name: str, op: Any, input: Tensor, dim: int | None, keepdim: bool) -> Tensor:
    if dim is None:
        if numel(input._shape) == 0:
            raise IndexError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0."
            )
        return op(input, None, keepdim)
    d = normalize_dim(dim, len(input._shape))
    _check_nonempty(name, input, (d,))
    return op(input, d, keepdim)


@public(out=True)
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the largest element is, the first among equals. Source: torch.argmax."""
    return _arg("argmax", ops.argmax, input, dim, keepdim)


@public(out=True)
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the smallest element is, the first among equals. Source: torch.argmin."""
    return _arg("argmin", ops.argmin, input, dim, keepdim)


@public(out=True)
def all(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:  # noqa: A001
    """Whether all elements are nonzero. Source: torch.all."""
    return ops.all(input, _dims(input, dim), keepdim)


@public(out=True)
def any(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:  # noqa: A001
    """Whether some element is nonzero. Source: torch.any."""
    return ops.any(input, _dims(input, dim), keepdim)


@public()
def count_nonzero(input: Tensor, dim: Dims = None) -> Tensor:
    """How many elements are not zero. Source: torch.count_nonzero."""
    return ops.count_nonzero(input, _dims(input, dim))


@public(out=True)
def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """log(sum(exp(input))) without overflow. Source: torch.logsumexp."""
    if input.dtype.category < dt.float32.category:
        input = cast(input, dt.get_default_dtype())
    return ops.logsumexp(input, _dims(input, dim), keepdim)


@public()
def sum_to_size(input: Tensor, *size: Any) -> Tensor:
    """Sums the broadcast dimensions back to `size`. Source: torch.Tensor.sum_to_size."""
    if len(size) > 1 and not isinstance(size[0], int):
        raise TypeError(f"sum_to_size() takes 1 positional argument but {len(size)} were given")
    shape = tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else size
    lead = input.ndim - len(shape)
    if lead < 0 or not builtins.all(n in (1, have) for n, have in zip(shape, input._shape[lead:])):
        raise RuntimeError(
            f"size {{{list(shape)}}} is not expandable to size {{{list(input._shape)}}}."
        )
    if shape and tuple(shape) == input._shape:
        return input
    # What is summed is int64 where it was an integer, as in a plain sum.
    whole = cast(input, dt.int64) if input.dtype.category < dt.float32.category else input
    return ops.sum_to(whole, tuple(shape)) if shape else sum(whole)
