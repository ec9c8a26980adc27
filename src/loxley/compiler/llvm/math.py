"""The functions of floats beyond arithmetic, on scalars and vectors, for any target.

    value = function(f, "exp", [x], target)

In float32 all are within 2 units in the last place; the common ones are computed in float32, the
others in float64 and rounded.  In float64 they are within a few units, or the C library's.
"""

from __future__ import annotations

from typing import Any

from . import error_functions, exponentials, logarithms, powers, trigonometry
from .builder import Function, V
from .vectors import Maker, by_libm, widened

# Computed in the precision of their arguments.
_OWN: dict[str, Maker] = {
    "exp": exponentials.exp,
    "exp2": exponentials.exp2,
    "expm1": exponentials.expm1,
    "sigmoid": exponentials.sigmoid,
    "tanh": exponentials.tanh,
    "log": logarithms.log,
    "log1p": logarithms.log1p,
    "erf": error_functions.erf,
    "fmod": powers.fmod,
    "remainder": powers.remainder,
    "floor_divide": powers.floor_divide,
}
# Computed in float64 for either.
_WIDE: dict[str, Maker] = {
    "log2": logarithms.log2,
    "erfc": error_functions.erfc,
    "sin": trigonometry.sin,
    "cos": trigonometry.cos,
    "tan": trigonometry.tan,
    "atan": trigonometry.atan,
}
# Computed in float64 for float32; float64's are the C library's.
_HALF: dict[str, Maker] = {
    "log10": logarithms.log10,
    "asinh": logarithms.asinh,
    "acosh": logarithms.acosh,
    "atanh": logarithms.atanh,
    "sinh": exponentials.sinh,
    "cosh": exponentials.cosh,
    "asin": trigonometry.asin,
    "acos": trigonometry.acos,
    "atan2": trigonometry.atan2,
    "pow": powers.power,
}
FUNCTIONS = frozenset((*_OWN, *_WIDE, *_HALF))

# About how many instructions each takes, for deciding how far to unroll.
COSTS: dict[str, int] = dict.fromkeys(_OWN, 16) | dict.fromkeys((*_WIDE, *_HALF), 40)
COSTS |= {"div": 4, "sqrt": 4, "rsqrt": 8, "maximum": 3, "minimum": 3}


def function(f: Function, op: str, args: list[V], target: Any) -> V:
    """The value of `op` at operands of one type; NotImplementedError for an unknown name."""
    if op in _OWN:
        return _OWN[op](f, *args, target)
    double = "double" in args[0].type
    if op in _WIDE:
        return _WIDE[op](f, *args, target) if double else widened(f, _WIDE[op], args, target)
    if op in _HALF:
        return by_libm(f, op, args) if double else widened(f, _HALF[op], args, target)
    raise NotImplementedError(f"compiler: {op} of floats is not implemented")
