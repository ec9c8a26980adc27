"""Elementwise functions of one tensor: `torch.sin`, `Tensor.sin`, `Tensor.sin_`, `out=`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dtypes as dt
from ..ir.graph import Op
from ..numeric_limits import finfo
from ..ops import elementwise as ops
from ..ops.unsupported import no_kernel
from .api import public
from .arguments import check_number, check_tensor
from .return_types import return_type
from .tensor import Tensor


def define_unary(
    name: str, op: Callable, meaning: str, aliases: tuple[str, ...] = (), **forms: bool
) -> Callable:
    """Makes `torch.name` and its forms from an operator of one input."""

    def function(input: Tensor) -> Tensor:
        if not isinstance(input, Tensor):
            check_tensor(name, input)
        return op(input)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{meaning} Source: torch.{name}."
    return public(**{"inplace": True, "out": True, **forms}, aliases=aliases)(function)


_TABLE = (
    ("abs", ops.abs, "The absolute value of each element.", ("absolute",)),
    ("acos", ops.acos, "The angle whose cosine is each element.", ("arccos",)),
    ("acosh", ops.acosh, "The number whose hyperbolic cosine is each element.", ("arccosh",)),
    ("asin", ops.asin, "The angle whose sine is each element.", ("arcsin",)),
    ("asinh", ops.asinh, "The number whose hyperbolic sine is each element.", ("arcsinh",)),
    ("atan", ops.atan, "The angle whose tangent is each element.", ("arctan",)),
    ("atanh", ops.atanh, "The number whose hyperbolic tangent is each element.", ("arctanh",)),
    ("bitwise_not", ops.bitwise_not, "Each element with its bits inverted.", ()),
    ("ceil", ops.ceil, "The least integer that is no less than each element.", ()),
    ("conj_physical", ops.CONJ_PHYSICAL, "The complex conjugate of each element.", ()),
    ("cos", ops.cos, "The cosine of each element.", ()),
    ("cosh", ops.cosh, "The hyperbolic cosine of each element.", ()),
    ("deg2rad", ops.deg2rad, "Degrees as radians.", ()),
    ("digamma", ops.digamma, "The logarithmic derivative of the gamma function.", ()),
    ("erf", ops.erf, "The error function.", ()),
    ("erfc", ops.erfc, "The complementary error function.", ()),
    ("erfinv", ops.erfinv, "The inverse error function.", ()),
    ("exp", ops.exp, "e to the power of each element.", ()),
    ("exp2", ops.exp2, "Two to the power of each element.", ()),
    ("expm1", ops.expm1, "e to the power of each element, minus one.", ()),
    ("floor", ops.floor, "The greatest integer that is no greater than each element.", ()),
    ("frac", ops.frac, "The fractional part of each element.", ()),
    ("i0", ops.i0, "The modified Bessel function of the first kind of order zero.", ()),
    ("lgamma", ops.lgamma, "The logarithm of the gamma function's magnitude.", ()),
    ("log", ops.log, "The natural logarithm of each element.", ()),
    ("log10", ops.log10, "The logarithm to base ten of each element.", ()),
    ("log1p", ops.log1p, "The natural logarithm of one plus each element.", ()),
    ("log2", ops.log2, "The logarithm to base two of each element.", ()),
    ("logical_not", ops.logical_not, "Whether each element is zero.", ()),
    ("neg", ops.neg, "Each element negated.", ("negative",)),
    ("rad2deg", ops.rad2deg, "Radians as degrees.", ()),
    ("reciprocal", ops.reciprocal, "One divided by each element.", ()),
    ("rsqrt", ops.rsqrt, "One divided by the square root of each element.", ()),
    ("sgn", ops.sgn, "The sign of each element, for complex ones the direction.", ()),
    ("sigmoid", ops.sigmoid, "The logistic function of each element.", ()),
    ("sign", ops.sign, "The sign of each element.", ()),
    ("sin", ops.sin, "The sine of each element.", ()),
    ("sinc", ops.sinc, "sin(pi x) / (pi x) of each element x, one at zero.", ()),
    ("sinh", ops.sinh, "The hyperbolic sine of each element.", ()),
    ("sqrt", ops.sqrt, "The square root of each element.", ()),
    ("tan", ops.tan, "The tangent of each element.", ()),
    ("tanh", ops.tanh, "The hyperbolic tangent of each element.", ()),
    ("trunc", ops.trunc, "Each element without its fractional part.", ("fix",)),
)
for _name, _op, _meaning, _aliases in _TABLE:
    define_unary(_name, _op, _meaning, _aliases)

_TESTS = (
    ("isneginf", ops.isneginf, "Whether each element is negative infinity."),
    ("isposinf", ops.isposinf, "Whether each element is positive infinity."),
    ("signbit", ops.signbit, "Whether each element's sign bit is set."),
)


def _of_real(name: str, op: Op) -> Callable:
    def checked(input: Tensor) -> Tensor:
        if input.dtype.is_complex:
            subject = "complex tensors" if name == "signbit" else "complex inputs"
            negated = "is not implemented for" if name == "signbit" else "does not support"
            error = NotImplementedError if name == "signbit" else RuntimeError
            raise error(f"{name} {negated} {subject}.")
        return op(input)

    return checked


for _name, _op, _meaning in _TESTS:
    define_unary(_name, _of_real(_name, _op), _meaning, inplace=False)
_PLAIN_TESTS = (
    ("isfinite", ops.isfinite, "Whether each element is finite."),
    ("isinf", ops.isinf, "Whether each element is infinite."),
    ("isnan", ops.isnan, "Whether each element is NaN."),
    ("isreal", ops.isreal, "Whether each element is real."),
)
for _name, _op, _meaning in _PLAIN_TESTS:
    define_unary(_name, _op, _meaning, inplace=False, out=False)


@public(inplace=True, out=True)
def square(input: Tensor) -> Tensor:
    """The square of each element. Source: torch.square."""
    return ops.pow_number(check_tensor("square", input), 2)


@public()
def positive(input: Tensor) -> Tensor:
    """The tensor itself; RuntimeError for bools. Source: torch.positive."""
    if check_tensor("positive", input).dtype is dt.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@public(inplace=True, out=True)
def round(input: Tensor, *, decimals: int | None = None) -> Tensor:  # noqa: A001
    """Each element rounded to `decimals` places, halves to even. Source: torch.round."""
    check_tensor("round", input)
    if decimals == 0 and input.dtype.category < dt.float32.category:
        raise no_kernel("round_vml_cpu", input.dtype)
    return ops.round(input) if not decimals else ops.round_decimals(input, int(decimals))


@public(inplace=True, out=True)
def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """log(x / (1 - x)), x first clamped to [eps, 1 - eps] if eps is given. Source: torch.logit."""
    check_tensor("logit", input)
    return ops.logit(input, None if eps is None else float(check_number("logit", eps, "eps")))


@public(inplace=True, out=True)
def nan_to_num(
    input: Tensor,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Tensor:
    """NaN and infinities replaced, the latter by the largest numbers. Source: torch.nan_to_num."""
    kind = check_tensor("nan_to_num", input).dtype
    for name, x in (("nan", nan), ("posinf", posinf), ("neginf", neginf)):
        if x is not None and not isinstance(x, (int, float)):
            raise TypeError(
                f"nan_to_num(): argument '{name}' must be float, not {type(x).__name__}"
            )
    largest = 0.0 if kind.category < dt.float32.category else finfo(kind.to_real()).max
    return ops.nan_to_num(
        input,
        0.0 if nan is None else float(nan),
        largest if posinf is None else float(posinf),
        -largest if neginf is None else float(neginf),
    )


@public(inplace=True, out=True)
def mvlgamma(input: Tensor, p: int) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension p. Source: torch.mvlgamma."""
    check_tensor("mvlgamma", input)
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    return ops.mvlgamma(input, p)


@public(method=False, out=True)
def polygamma(n: int, input: Tensor) -> Tensor:
    """The nth derivative of digamma. Source: torch.polygamma."""
    check_tensor("polygamma", input, "input", 2)
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return ops.polygamma(input, n)


def _polygamma_method(self: Tensor, n: int) -> Tensor:
    return polygamma(n, self)


def _polygamma_in_place(self: Tensor, n: int) -> Tensor:
    return self._assign(polygamma(n, self))


Tensor.polygamma = _polygamma_method  # type: ignore[attr-defined]
Tensor.polygamma_ = _polygamma_in_place  # type: ignore[attr-defined]
FREXP = return_type("frexp", "mantissa", "exponent")


@public(out=True)
def frexp(input: Tensor) -> Any:
    """Mantissas in [0.5, 1) and exponents of two. Source: torch.frexp."""
    if not check_tensor("frexp", input).dtype.is_floating_point:
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    return FREXP(*ops.frexp(input))
