"""How a function becomes public: `torch.name`, `Tensor.name`, `Tensor.name_`, `out=`.

A module of functions declares each once and says under which forms it exists; `PUBLIC` is what
`loxley/__init__.py` re-exports.  The decorated function itself is returned (or its `out=` form).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, NoReturn, TypeVar

from .. import dtypes as dt
from ..dtypes import can_cast
from ..ir.signature import parameters, told_as
from ..ops.family import cast, type_name
from ..shapes import numel
from . import rare
from .casting import under_autocast
from .layout import refuse_overlap, refuse_partial_overlap
from .modes import modes
from .signatures import checked, explain
from .tensor import Tensor


class _Public(dict[str, Any]):
    """The public functions by name; those of rare families are loaded when they are looked at."""

    def __missing__(self, name: str) -> Any:
        if name not in rare.FUNCTIONS:
            raise KeyError(name)
        rare.load_family(rare.FUNCTIONS[name])
        return dict.__getitem__(self, name)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default

    def __contains__(self, name: object) -> bool:
        return dict.__contains__(self, name) or name in rare.FUNCTIONS

    def __iter__(self) -> Iterator[str]:
        rare.load_all()
        return dict.__iter__(self)

    def keys(self) -> Any:
        rare.load_all()
        return dict.keys(self)

    def values(self) -> Any:
        rare.load_all()
        return dict.values(self)

    def items(self) -> Any:
        rare.load_all()
        return dict.items(self)


PUBLIC = _Public()
# The in-place forms that are functions of `torch` too, besides being methods.
_IN_PLACE_FUNCTIONS = frozenset(
    name + "_"
    for name in (
        "abs acos acosh addmv alpha_dropout arccos arccosh arcsin arcsinh arctan arctanh "
        "as_strided "
        "asin asinh atan atanh ceil celu clamp clamp_max clamp_min clip conj_physical cos cosh "
        "deg2rad "
        "detach dropout embedding_renorm erf erfc exp exp2 expm1 feature_alpha_dropout "
        "feature_dropout fill fix floor frac gcd i0 index_put lcm ldexp log log10 log1p log2 logit "
        "nan_to_num neg negative rad2deg reciprocal relu resize_as round rrelu rsqrt selu sigmoid "
        "sin "
        "sinc sinh sqrt square tan tanh threshold trunc xlogy zero"
    ).split()
)
F = TypeVar("F", bound=Callable[..., Any])


def _attach(name: str, function: Callable) -> None:
    """Makes a function a method of Tensor, unless the program has one of its own in that place."""
    if not rare.is_taken(name):
        setattr(Tensor, name, function)


def method(function: F) -> F:
    """A method of Tensor and nothing else."""
    _attach(function.__name__, checked(function, function.__name__, 0))
    return function


def prop(function: Callable) -> property:
    """A read-only property of Tensor."""
    made = property(function)
    setattr(Tensor, function.__name__, made)
    return made


def public(
    *,
    method: bool = True,
    inplace: bool = False,
    out: bool = False,
    function: bool = True,
    name: str | None = None,
    aliases: tuple[str, ...] = (),
    space: str = "linalg",
) -> Callable[[F], F]:
    """Declares a function's forms.

    method    also `Tensor.name(self, ...)`, the first argument being the tensor
    inplace   also `Tensor.name_` and `torch.name_`, which write the result into the tensor
    out       `torch.name(..., out=t)` writes the result(s) into t, resizing it where PyTorch does
    function  `torch.name` exists (False: only the method forms)
    aliases   further names of all these forms (`multiply` of `mul`)
    space     the namespace of what is neither a function of `torch` nor a method
    """

    def declare(raw: F) -> F:
        by_place = raw
        accepting = _accepting_types(raw)
        raw = under_autocast(accepting, name)
        plain = by_place if raw is accepting else raw
        own = name or raw.__name__
        known = own if function or method or own.startswith(f"{space}_") else f"{space}_{own}"
        shown = checked(_with_out(raw) if out else raw, known, 1, plain)
        for one in (own, *aliases):
            if function:
                PUBLIC[one] = shown
            if method:
                _attach(one, checked(raw, own, 0, plain))
            if inplace:
                written = _in_place(raw, one + "_")
                _attach(one + "_", written)
                if one + "_" in _IN_PLACE_FUNCTIONS:
                    PUBLIC.setdefault(one + "_", written)
        return shown

    return declare


_TYPES = {bool: dt.bool_, int: dt.int64, float: dt.float64, complex: dt.complex128}


def as_dtype(kind: Any) -> Any:
    """A dtype from a Python number type; what is none as it is."""
    return _TYPES.get(kind, kind) if isinstance(kind, type) else kind


def _checked_dtype(name: str, kind: Any) -> dt.dtype:
    made = as_dtype(kind)
    if not isinstance(made, dt.dtype):
        raise TypeError(
            f"{name}(): argument 'dtype' must be torch.dtype, not {type(kind).__name__}"
        )
    return made


def _accepting_types(raw: F) -> F:
    """The function with Python's number types accepted as its `dtype=`, TypeError for others."""
    before, between, by_name = parameters(raw)
    if "dtype" not in between + by_name:
        return raw
    by_place, name = "dtype" in between, raw.__name__
    at = (before + between).index("dtype") if by_place else 0

    @told_as(raw)
    def function(*args: Any, **kwargs: Any) -> Any:
        kind = kwargs.get("dtype")
        if kind is not None and type(kind) is not dt.dtype:
            kwargs["dtype"] = _checked_dtype(name, kind)
        if by_place and len(args) > at and isinstance(args[at], type):
            args = (*args[:at], _checked_dtype(name, args[at]), *args[at + 1 :])
        return raw(*args, **kwargs)

    return function  # type: ignore[return-value]


def expose(**names: Any) -> None:
    """Makes objects public under the given names, functions with their arguments checked."""
    PUBLIC.update(
        {key: checked(x, key) if isinstance(x, FunctionType) else x for key, x in names.items()}
    )


def _in_place(raw: Callable, name: str) -> Callable:
    named_as_in_c = name.startswith(("clamp", "clip"))
    raw = checked(raw, name, 0)

    def written(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if not isinstance(self, Tensor):
            _refuse_receiver(name, self)
        try:
            self._check_before_write(*args)
            refuse_partial_overlap(self, args)
        except RuntimeError:
            explain(name, (self, *args), kwargs)
            raise
        try:
            result = raw(self, *args, **kwargs)
        except TypeError as error:
            raise TypeError(_renamed(str(error), raw.__name__, name)) from None
        if named_as_in_c and not can_cast(result.dtype, self.dtype):
            raise RuntimeError(
                f"result type {result.dtype.legacy_name} can't be cast to the desired output type "
                f"{type_name(self.dtype)}"
            )
        return self._assign(result)

    written.__name__ = name
    written.__qualname__ = f"Tensor.{name}"
    written.__doc__ = f"`{raw.__name__}` written into the tensor itself, which it returns."
    written.__wrapped__ = raw  # type: ignore[attr-defined]  # its parameters
    return written


def _refuse_receiver(name: str, x: Any) -> NoReturn:
    raise TypeError(
        f"descriptor '{name}' for 'torch._C.TensorBase' objects doesn't apply to a "
        f"'{type(x).__name__}' object"
    )


def _renamed(message: str, function: str, name: str) -> str:
    """A complaint about an argument as the in-place form has it, which doesn't count the tensor."""
    found = _ARGUMENT.match(message)
    if found is None or found[1] != function:
        return message
    return f"{name}(){found[2]}(position {int(found[3]) - 1}){message[found.end() :]}"


_ARGUMENT = re.compile(r"(\w+)\(\)(: argument '\w+' )\(position (\d+)\)")


def _with_out(raw: Callable) -> Callable:
    name = "pow" if raw.__name__ == "square" else raw.__name__  # as PyTorch names it in errors

    @told_as(raw)
    def function(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is None:
            return raw(*args, **kwargs)
        _check_out(name, args, out)
        try:
            result = raw(*args, **kwargs)
        except NotImplementedError as error:
            if "not implemented for '" in str(error):  # what PyTorch finds after the types
                _refuse_type(name, args, out)
            raise
        row = name
        if name in _BY_OPERAND and args and args[0].dtype.is_complex:
            row = f"complex {name}"
        if isinstance(out, (tuple, list)):
            row = f"{name}_dim" if name in ("max", "min") else row
            for one, destination in zip(result, out):
                write_out(row, one, destination)
            return type(result)(*out) if hasattr(result, "_fields") else tuple(out)
        operands = args if name in _GATHERING else ()
        return write_out(row, result, out, any(one is out for one in args), operands)

    return function


def _check_out(name: str, args: tuple, out: Any) -> None:
    """What forbids writing to `out` is said before anything that is wrong with the operands."""
    if not isinstance(out, Tensor):
        return
    if modes.grad and any(isinstance(t, Tensor) and t._tracks() for t in (out, *args)):
        _refuse_history(name)
    if name in _COMPLEX and not out.dtype.is_complex:
        raise RuntimeError(f"{name} expects a complex output tensor, but got {out.dtype}")
    if name in ("hfft", "irfft") and not out.dtype.is_floating_point:
        raise RuntimeError(f"{name} expects a floating point output tensor, but got {out.dtype}")
    if name in _GATHERING:
        out._check_overlap()
        refuse_overlap(out, args)


def _refuse_type(name: str, args: tuple, out: Any) -> None:
    kinds = [x.dtype for x in args if isinstance(x, Tensor)]
    widest = max(kinds, key=lambda kind: kind.category) if kinds else None
    if isinstance(out, Tensor) and widest is not None:
        if widest.category > out.dtype.category or name in _OF_SAME_TYPE:
            _check_out_type(name, widest, out.dtype)


_GATHERING = ("gather", "index_select", "masked_select", "take")  # can't write what they read


# What writes results of the inputs' very dtype, converting none.
_OF_SAME_TYPE = frozenset(
    "_native_batch_norm_legit abs addbmm addmm addmv alias_copy aminmax arange argmax argmin "
    "as_strided_copy baddbmm bitwise_not bmm bucketize ceil cholesky_ex conj_physical copy cross "
    "cummax cummin det diag diagonal_copy diff dot eigh eigvalsh expand_copy float_power floor "
    "frac frexp gather gelu hardshrink hash_tensor heaviside histc histogram index_add index_copy "
    "index_reduce index_select inv inv_ex isin isneginf isposinf kthvalue ldl_factor "
    "ldl_factor_ex ldl_solve linalg_cholesky linalg_cross linalg_lu linalg_lu_solve linalg_norm "
    "linalg_qr linalg_slogdet linalg_svd linear linspace log_sigmoid log_softmax logcumsumexp "
    "logsigmoid logspace lu_factor lu_factor_ex lu_solve lu_unpack masked_select matmul "
    "matrix_norm max_dim min_dim mm mode msort multi_dot mv nan_to_num nanquantile narrow_copy "
    "native_batch_norm neg nonzero norm ormqr permute_copy qr quantile renorm round scatter "
    "scatter_add scatter_reduce searchsorted sgn sign signbit slogdet softmax softplus softshrink "
    "solve solve_ex solve_triangular sort split_with_sizes_copy squeeze_copy svd svdvals t_copy "
    "take take_along_dim tensordot topk transpose_copy triangular_solve tril triu trunc "
    "unbind_copy unfold_copy unsqueeze_copy vdot vecdot vector_norm view_copy where".split()
)
# What computes at the type of `out`, whatever that is.
_OF_ANY_TYPE = frozenset(
    ("bernoulli", "cumprod", "cumsum", "lu", "complex mean", "complex logsumexp")
)
# What has rules of its own for complex operands.
_BY_OPERAND = frozenset("abs logsumexp mean std var".split())
# What gives real numbers, and no complex ones with a zero part.
_COMPLEX = frozenset("fft ifft rfft ihfft".split())  # refused before dimensions are looked at
_REAL = frozenset("hfft hfft2 hfftn irfft irfft2 irfftn".split())
_JOINING = frozenset("cat _chunk_cat column_stack dstack hstack stack vstack".split())


def _refuse_history(name: str) -> None:
    raise RuntimeError(
        f"{name}(): functions with out=... arguments don't support automatic differentiation, "
        "but one of the arguments requires grad."
    )


def write_out(
    name: str, result: Tensor, out: Tensor, fixed: bool = False, operands: tuple = ()
) -> Tensor:
    """Writes a result into `out`, which takes its shape; RuntimeError as PyTorch where it may not.

    fixed     `out` is an operand too, which may not change its shape
    operands  what `out` may not share memory with, whatever shape it has taken
    """
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if modes.grad and (out._requires_grad or result._requires_grad):
        _refuse_history(name)
    if fixed and result._shape != out._shape:
        raise RuntimeError(
            f"output with shape {list(out._shape)} doesn't match the broadcast shape "
            f"{list(result._shape)}"
        )
    _check_out_type(name, result.dtype, out.dtype)
    op = result._storage.value.op
    if op.elementwise and op.name == name:  # whose memory is looked at before it is resized
        out._check_overlap()
    if out._shape != result._shape:
        if numel(out._shape):
            warnings.warn(
                f"An output with one or more elements was resized since it had shape "
                f"{list(out._shape)}, which does not match the required output shape "
                f"{list(result._shape)}. This behavior is deprecated, and in a future PyTorch "
                "release "
                "outputs will not be resized unless they have zero elements. You can explicitly "
                "reuse "
                "an out tensor t by resizing it, inplace, to zero elements with t.resize_(0).",
                UserWarning,
                stacklevel=3,
            )
        out._become(result._shape)
        if not result._contiguous:
            out._strides, out._plain, out._contiguous = result._strides, False, False
    out._check_overlap()
    refuse_overlap(out, operands)
    out._write(cast(result._read(), out.dtype))
    return out


def _check_out_type(name: str, from_: dt.dtype, to: dt.dtype) -> None:
    """RuntimeError where results of a dtype may not be written to tensors of another."""
    if from_ is to or name in _OF_ANY_TYPE:
        return
    if name in _OF_SAME_TYPE:
        raise RuntimeError(
            f"Expected out tensor to have dtype {type_name(from_)}, but got {type_name(to)} instead"
        )
    if name in ("all", "any") and to is not dt.uint8:
        raise RuntimeError(f"{name} only supports bool tensor for result, got: {to.legacy_name}")
    if name in _REAL and to.is_complex:
        raise RuntimeError(
            f"{name} expects a floating point output tensor, but got {to.legacy_name}"
        )
    if name in ("nansum", "nanmean") and from_.category != to.category:
        if from_.category >= dt.float32.category:
            raise NotImplementedError(f"\"nansum_cpu\" not implemented for '{to.legacy_name}'")
        return
    if name == "normal" and to.category < dt.float32.category:
        raise NotImplementedError(f"\"normal_kernel_cpu\" not implemented for '{to.legacy_name}'")
    if name in ("std", "var") and to.is_complex:
        raise NotImplementedError(f"\"std_cpu\" not implemented for '{to.legacy_name}'")
    if from_.category > to.category or (to.category == 0 and from_.category):
        if name in _JOINING:
            raise TypeError(
                "torch.cat(): input types can't be cast to the desired output type "
                f"{to.legacy_name}"
            )
        raise RuntimeError(
            f"result type {from_.legacy_name} can't be cast to the desired output type "
            f"{to.legacy_name}"
        )


def become(self: Tensor, shape: tuple[int, ...]) -> None:
    """Gives the tensor another shape over its storage, which grows as needed; no write yet."""
    version = self._counter.version
    self.resize_(shape)
    self._counter.version = version


Tensor._become = become  # type: ignore[attr-defined]
