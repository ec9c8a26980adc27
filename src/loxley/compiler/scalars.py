"""NumPy rules of elementwise operators, run on symbols: what comes out is the scalar expression.

A rule written in ufuncs, `np.where`, `np.clip` and `astype` needs no second definition for the
compiler: it is called once on `Scalar`s, which answer NumPy's calls with expressions
(`__array_ufunc__`, `__array_function__`).  What a rule does besides that raises `Untraceable`.
"""

from __future__ import annotations

from math import copysign, nan
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ..ir.loops import Call, Const, Expr, Kind
from .kinds import FLOATING, LOW, NUMPY, OF_NUMPY, wide


class Untraceable(Exception):
    """A rule does something that has no scalar expression; the message says what."""


_BINARY: dict[Any, str] = {
    np.add: "add",
    np.subtract: "sub",
    np.multiply: "mul",
    np.divide: "div",
    np.maximum: "maximum",
    np.minimum: "minimum",
    np.fmax: "fmax",
    np.fmin: "fmin",
    np.power: "pow",
    np.arctan2: "atan2",
    np.fmod: "fmod",
    np.remainder: "remainder",
    np.floor_divide: "floor_divide",
    np.bitwise_and: "and",
    np.bitwise_or: "or",
    np.bitwise_xor: "xor",
    np.left_shift: "shl",
    np.right_shift: "shr",
}
_UNARY: dict[Any, str] = {
    np.negative: "neg",
    np.absolute: "abs",
    np.sqrt: "sqrt",
    np.exp: "exp",
    np.exp2: "exp2",
    np.expm1: "expm1",
    np.log: "log",
    np.log2: "log2",
    np.log10: "log10",
    np.log1p: "log1p",
    np.sin: "sin",
    np.cos: "cos",
    np.tan: "tan",
    np.arcsin: "asin",
    np.arccos: "acos",
    np.arctan: "atan",
    np.sinh: "sinh",
    np.cosh: "cosh",
    np.tanh: "tanh",
    np.arcsinh: "asinh",
    np.arccosh: "acosh",
    np.arctanh: "atanh",
    np.floor: "floor",
    np.ceil: "ceil",
    np.trunc: "trunc",
    np.rint: "rint",
    np.sign: "sign",
    np.invert: "not",
}
_COMPARE = {
    np.less: "lt",
    np.less_equal: "le",
    np.greater: "gt",
    np.greater_equal: "ge",
    np.equal: "eq",
    np.not_equal: "ne",
}
_TEST = {np.isnan: "isnan", np.isinf: "isinf"}
_LOGIC = {np.logical_and: "and", np.logical_or: "or", np.logical_xor: "xor"}
_NO_BOOL = {"add", "mul", "sub", "neg", "abs", "sign", "maximum", "minimum", "div"}


class Scalar(NDArrayOperatorsMixin):
    """One element of an array, as an expression; stands where a rule expects an array."""

    __slots__ = ("expr",)
    ndim = 0
    shape = ()

    def __init__(self, expr: Expr) -> None:
        self.expr = expr

    @property
    def kind(self) -> Kind:
        return self.expr.kind

    @property
    def dtype(self) -> np.dtype:
        return NUMPY[self.expr.kind]

    @property
    def real(self) -> Scalar:
        return self

    def conj(self) -> Scalar:
        return self

    def astype(self, dtype: Any, copy: bool = True) -> Scalar:
        return cast(self, _kind_of(np.dtype(dtype)))

    def __bool__(self) -> bool:
        raise Untraceable("a branch on an element")

    def __array__(self, *_args: object, **_kwargs: object):
        raise Untraceable("an array is needed")

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method != "__call__" or options.keys() - {"dtype"}:
            raise Untraceable(f"{ufunc.__name__}.{method} with {sorted(options)}")
        if "dtype" in options:
            kind = _kind_of(np.dtype(options["dtype"]))
            inputs = tuple(cast(symbol(x, kind), kind) for x in inputs)
        return apply_ufunc(ufunc, inputs)

    def __array_function__(self, function, types, args, kwargs):
        made = _FUNCTIONS.get(function)
        if made is None:
            raise Untraceable(f"np.{function.__name__}")
        return made(*args, **kwargs)


def _kind_of(dtype: np.dtype) -> Kind:
    kind = OF_NUMPY.get(dtype)
    if kind is None:
        raise Untraceable(f"elements of {dtype}")
    return kind  # type: ignore[return-value]


def symbol(x: Any, kind: Kind) -> Scalar:
    """`x` as a symbol; Python numbers take `kind`, NumPy's scalars their own."""
    if isinstance(x, Scalar):
        return x
    if isinstance(x, np.ndarray) and x.ndim:
        raise Untraceable("an array constant")
    if isinstance(x, (np.generic, np.ndarray)):
        return Scalar(constant(x.item(), _kind_of(x.dtype)))
    return number(x, kind)


def number(x: complex, kind: Kind) -> Scalar:
    """A constant of a kind, rounded to it."""
    if isinstance(x, complex):
        raise Untraceable("a complex constant")
    if kind in LOW:
        kind = "f32"
        x = float(NUMPY["f32"].type(x))
    return Scalar(constant(NUMPY[kind].type(x).item(), kind))


def constant(x: float, kind: Kind) -> Expr:
    """A constant that is equal to no other: kernels of equal expressions share their code.

    Zeros of either sign are equal numbers, and a NaN is equal to itself only as an object.
    """
    if x != x:
        return Const(nan, kind)
    if x == 0 and kind in FLOATING and copysign(1, x) < 0:
        return Call("neg", (Const(0.0, kind),), kind)
    return Const(x, kind)


def cast(x: Scalar, kind: Kind) -> Scalar:
    if x.kind == kind:
        return x
    if type(x.expr) is Const and kind not in LOW:
        return Scalar(constant(NUMPY[kind].type(x.expr.value).item(), kind))
    if x.kind in LOW and kind in LOW:
        x = Scalar(Call("cast", (x.expr,), "f32"))
    return Scalar(Call("cast", (x.expr,), kind))


def call(op: str, *args: Scalar, kind: Kind | None = None) -> Scalar:
    """An operation on symbols of one kind; the result has that kind unless it is given."""
    first = args[-1].kind
    return Scalar(Call(op, tuple(a.expr for a in args), kind or first))


def compute(op: str, kind: Kind, *args: Scalar) -> Scalar:
    """An operation done in `kind`, by way of f32 and rounded once where that is a 16-bit float."""
    inner = wide(kind)
    made = call(op, *(cast(a, inner) for a in args), kind=inner)
    return cast(made, kind)


def where(condition: Any, a: Any, b: Any) -> Scalar:
    kind = _common(a, b)
    condition = truth(condition)
    a, b = cast(symbol(a, kind), kind), cast(symbol(b, kind), kind)
    if kind in LOW:  # choices are made in f32, which holds every 16-bit float
        wide_a, wide_b = cast(a, "f32"), cast(b, "f32")
        return cast(Scalar(Call("where", (condition.expr, wide_a.expr, wide_b.expr), "f32")), kind)
    return Scalar(Call("where", (condition.expr, a.expr, b.expr), kind))


def truth(x: Any) -> Scalar:
    x = symbol(x, "bool")
    if x.kind == "bool":
        return x
    kind = wide(x.kind)
    return call("ne", cast(x, kind), number(0, kind), kind="bool")


def clip(x: Any, low: Any = None, high: Any = None, **options: Any) -> Scalar:
    if options:
        raise Untraceable("np.clip with options")
    if low is not None:
        x = apply_ufunc(np.maximum, (x, low))
    if high is not None:
        x = apply_ufunc(np.minimum, (x, high))
    return x


def _common(*values: Any) -> Kind:
    """The kind that NumPy gives operands of one operation; Python numbers yield to the others."""
    return _kind_of(np.result_type(*(_type_of(v) for v in values)))


def _type_of(x: Any) -> Any:
    return x if type(x) in (bool, int, float, complex) else x.dtype


def apply_ufunc(ufunc: np.ufunc, inputs: tuple) -> Scalar:
    """What a ufunc makes of symbols and numbers."""
    if ufunc in _LOGIC:
        return call(_LOGIC[ufunc], *(truth(x) for x in inputs), kind="bool")
    if ufunc is np.logical_not:
        return call("not", truth(inputs[0]), kind="bool")
    if ufunc is np.isfinite:
        x = inputs[0]
        if x.kind not in FLOATING:
            return Scalar(Const(True, "bool"))
        bad = apply_ufunc(np.logical_or, (apply_ufunc(np.isnan, (x,)), apply_ufunc(np.isinf, (x,))))
        return call("not", bad, kind="bool")
    if ufunc is np.square:
        return apply_ufunc(np.multiply, (inputs[0], inputs[0]))
    if ufunc is np.reciprocal:
        return apply_ufunc(np.divide, (inputs[0].dtype.type(1), inputs[0]))
    if ufunc in (np.positive, np.conjugate):
        return inputs[0]
    if ufunc is np.logaddexp:
        return _logaddexp(*inputs)
    return _plain(ufunc, inputs)


def _plain(ufunc: np.ufunc, inputs: tuple) -> Scalar:
    types = [type(x) if type(x) in (bool, int, float) else x.dtype for x in inputs]
    types = [int if t is bool else t for t in types]
    try:
        *operands, result = ufunc.resolve_dtypes((*types, None))
    except TypeError as error:
        raise Untraceable(f"{ufunc.__name__}: {error}") from None
    kind = _kind_of(operands[0])
    if ufunc in _TEST:
        if kind not in FLOATING:
            return Scalar(Const(False, "bool"))
        inner = wide(kind)
        return call(_TEST[ufunc], cast(inputs[0], inner), kind="bool")
    args = [cast(symbol(x, kind), kind) for x in inputs]
    if ufunc in _COMPARE:
        inner = "u8" if kind == "bool" else wide(kind)
        return call(_COMPARE[ufunc], *(cast(a, inner) for a in args), kind="bool")
    op = _BINARY.get(ufunc) or _UNARY.get(ufunc)
    if op is None or (kind == "bool" and op in _NO_BOOL):
        op = {"add": "or", "mul": "and", "maximum": "or", "minimum": "and"}.get(op or "")
        if op is None:
            raise Untraceable(f"{ufunc.__name__} of {kind}")
    if _kind_of(result) != kind and _kind_of(result) not in FLOATING:
        raise Untraceable(f"{ufunc.__name__} from {kind} to {result}")
    return compute(op, _kind_of(result), *args)


def _logaddexp(a: Any, b: Any) -> Scalar:
    """max + log1p(exp(-|a - b|)), where infinities of one sign stay what they are."""
    kind = wide(_common(a, b))
    a, b = cast(symbol(a, kind), kind), cast(symbol(b, kind), kind)
    top = call("maximum", a, b)
    gap = call("neg", call("abs", call("sub", a, b)))
    same = call("eq", a, b, kind="bool")
    gap = where(same, number(0, kind), gap)
    return call("add", top, call("log1p", call("exp", gap)))


_FUNCTIONS = {
    np.where: where,
    np.clip: clip,
    np.real: lambda x: x,
    np.conj: lambda x: x,
}
