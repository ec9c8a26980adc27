"""What TorchScript's operators do with numbers, strings, lists and dicts.

In: plain Python values.  Out: `SCALARS`, functions by the operator's name, and `METHODS`, what the
methods of strings and containers are allowed to be.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any


def _floordiv(a: Any, b: Any) -> Any:
    if b == 0 and isinstance(a, int) and isinstance(b, int):
        raise ZeroDivisionError("division by zero")
    return a // b


def _div(a: Any, b: Any) -> Any:
    if isinstance(a, complex) or isinstance(b, complex):
        return a / b
    if b == 0:
        raise ZeroDivisionError("division by zero")
    return a / b


def _pow(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int) and b < 0:
        return float(a) ** b
    return a**b


def _float_function(function: Callable[[float], float]) -> Callable[[Any], float]:
    def call(x: Any) -> float:
        return function(x)

    return call


def _format(text: str, *values: Any) -> str:
    """`str.format` with nothing but plain "{}"; a format in a file can reach no attribute."""
    parts = text.split("{}")
    if len(parts) - 1 > len(values):
        raise RuntimeError("Too few arguments for format string: " + text)
    made = parts[0]
    for value, part in zip(values, parts[1:], strict=False):
        made += str(value) + part
    return made


def _set_item(container: Any, key: Any, value: Any) -> Any:
    container[key] = value
    return container


def _append(values: list, value: Any) -> list:
    values.append(value)
    return values


def _delete(container: Any, key: Any) -> None:
    del container[key]


def _slice(values: Any, start: Any = None, end: Any = None, step: int = 1) -> Any:
    return values[start:end:step]


def _join(joint: str, values: list) -> str:
    return joint.join(values)


def _range_length(low: int, high: int, step: int) -> int:
    if step == 0:
        raise RuntimeError("range() arg 3 must not be zero")
    return len(range(low, high, step))


def _round(x: Any, digits: int | None = None) -> Any:
    return round(x) if digits is None and isinstance(x, int) else float(round(x, digits or 0))


SCALARS: dict[str, Callable] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": _div,
    "floordiv": _floordiv,
    "remainder": operator.mod,
    "fmod": math.fmod,
    "pow": _pow,
    "neg": operator.neg,
    "abs": abs,
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "__not__": operator.not_,
    "__and__": operator.and_,
    "__or__": operator.or_,
    "__xor__": operator.xor,
    "__lshift__": operator.lshift,
    "__rshift__": operator.rshift,
    "bitwise_and": operator.and_,
    "bitwise_or": operator.or_,
    "bitwise_xor": operator.xor,
    "bitwise_not": operator.invert,
    "__is__": operator.is_,
    "__isnot__": operator.is_not,
    "__contains__": lambda container, item: item in container,
    "__getitem__": operator.getitem,
    "_set_item": _set_item,
    "__range_length": _range_length,
    "__derive_index": lambda index, start, step: start + index * step,
    "__round_to_zero_floordiv": lambda a, b: int(a / b),
    "Delete": _delete,
    "len": len,
    "append": _append,
    "extend": lambda values, more: values.extend(more),
    "insert": lambda values, at, value: values.insert(at, value),
    "pop": lambda container, *args: container.pop(*args),
    "popitem": lambda container: container.popitem(),
    "remove": lambda values, value: values.remove(value),
    "reverse": lambda values: values.reverse(),
    "sort": lambda values, reverse=False, key=None: values.sort(reverse=reverse),
    "sorted": sorted,
    "clear": lambda container: container.clear(),
    "copy": lambda container: container.copy(),
    "index": lambda values, value: values.index(value),
    "count": lambda values, value: values.count(value),
    "keys": lambda container: list(container),
    "values": lambda container: list(container.values()),
    "items": lambda container: list(container.items()),
    "get": lambda container, key, default=None: container.get(key, default),
    "setdefault": lambda container, key, default=None: container.setdefault(key, default),
    "update": lambda container, more: container.update(more),
    "dict": lambda items=(): dict(items),
    "list": list,
    "slice": _slice,
    "format": _format,
    "percentFormat": lambda text, *values: text % values,
    "join": _join,
    "str": str,
    "ord": ord,
    "chr": chr,
    "hex": hex,
    "oct": oct,
    "bin": bin,
    "hash": hash,
    "divmod": divmod,
    "round": _round,
    "floor": math.floor,
    "ceil": math.ceil,
    "Int": int,
    "Float": float,
    "Bool": bool,
    "Complex": complex,
    "IntImplicit": int,
    "FloatImplicit": float,
    "ScalarImplicit": lambda x: x,
    "copysign": math.copysign,
    "factorial": math.factorial,
    "gcd": math.gcd,
    "mathremainder": math.remainder,
    "frexp": math.frexp,
    "ldexp": math.ldexp,
    "modf": math.modf,
    "isnan": math.isnan,
    "isinf": math.isinf,
    "isfinite": math.isfinite,
    "sum": sum,
    "all": all,
    "any": any,
    "min": min,
    "max": max,
    "real": lambda z: z.real,
    "imag": lambda z: z.imag,
    "polar": lambda r, angle: complex(r * math.cos(angle), r * math.sin(angle)),
    "fabs": math.fabs,
}
SCALARS |= {
    name: _float_function(getattr(math, name))
    for name in (
        "sqrt exp expm1 log1p log10 log2 sin cos tan asin acos atan sinh cosh tanh asinh acosh "
        "atanh erf erfc gamma lgamma degrees radians"
    ).split()
} | {"log": math.log, "atan2": math.atan2, "trunc": math.trunc}

_LIST = "append extend insert pop remove clear index count reverse sort copy".split()
_DICT = "keys values items get pop popitem update setdefault clear copy".split()
_STRING = (
    "upper lower strip lstrip rstrip split rsplit splitlines join startswith endswith replace find "
    "rfind index rindex count capitalize title swapcase isdigit isalpha isalnum isspace islower "
    "isupper istitle isdecimal isnumeric isidentifier isprintable center ljust rjust zfill "
    "partition rpartition expandtabs casefold"
).split()
_RESULTS_AS_LISTS = frozenset(("keys", "values", "items"))
_ALLOWED: dict[type, frozenset[str]] = {
    list: frozenset(_LIST),
    dict: frozenset(_DICT),
    str: frozenset(_STRING),
}


def plain_method(value: Any, name: str) -> Callable | None:
    """A method of a string or container, where TorchScript has it."""
    allowed = _ALLOWED.get(type(value))
    if allowed is None:
        return None
    if type(value) is str and name == "format":
        return lambda *args: _format(value, *args)
    if name not in allowed:
        return None
    method = getattr(value, name)
    if name in _RESULTS_AS_LISTS:
        return lambda: list(method())
    return method
