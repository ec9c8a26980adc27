"""The names that code of TorchScript may use, and what its operators do with plain values.

In: nothing.  Out: `GLOBALS`, `PRIMITIVES` (`ops.prim.X`) and tables by Python's syntax.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

from ..futures import Future
from . import scalars
from .code import Function
from .objects import attribute, invoke_code, raise_exception
from .operators import aten
from .state import STATE


class CompileError(RuntimeError):
    """Code that isn't TorchScript's."""


class Namespace:
    """A name that only has parts: `torch`, `ops`, `ops.prim`, `__torch__.module`."""

    def __init__(self, name: str) -> None:
        self.name = name


def operator_named(name: str) -> Callable:
    """An operator; one that isn't there raises when it is called, not where code names it."""
    try:
        return aten(name)
    except RuntimeError:

        def missing(*args: Any, **kwargs: Any) -> Any:
            raise NotImplementedError(f"TorchScript: aten::{name} is not implemented")

        return missing


def fork(func: Any, *args: Any, **kwargs: Any) -> Future:
    """Calls a function; a future holds the result. It runs at once.

    Source: torch.jit.fork.
    """
    made = Future()
    made.set_result(func(*args, **kwargs))
    return made


def _forked(function: Any) -> Callable:
    if isinstance(function, Function):
        return lambda *args, **kwargs: invoke_code(function, args, kwargs)
    if getattr(function, "_is_script_method", False):
        return function
    raise CompileError("fork needs a function or method of TorchScript")


def _print(*values: Any) -> None:
    print(*values)


def _zip(*values: Any) -> list:
    return list(zip(*values, strict=False))


def _int(value: Any, base: int = 10) -> int:
    return int(value, base) if isinstance(value, str) else int(value)


# The names that code may use besides its own.
GLOBALS: dict[str, Any] = {
    "inf": math.inf,
    "nan": math.nan,
    "infj": complex(0, math.inf),
    "nanj": complex(0, math.nan),
    "torch": Namespace("aten"),
    "ops": Namespace("ops"),
    "CONSTANTS": Namespace("CONSTANTS"),
    "__torch__": Namespace("__torch__"),
    "print": _print,
    "range": range,
    "enumerate": lambda values, start=0: list(enumerate(values, start)),
    "zip": _zip,
    "int": _int,
    "float": float,
    "bool": bool,
    "complex": complex,
    "str": str,
    "len": aten("len"),
    "tuple": tuple,
    "list": list,
    "dict": lambda items=(): dict(items),
    "sorted": sorted,
    "reversed": lambda values: list(reversed(values)),
    "min": lambda *args: _extreme("min", args),
    "max": lambda *args: _extreme("max", args),
    "sum": lambda values: _extreme("sum", (values,)),
    "all": lambda values: _extreme("all", (values,)),
    "any": lambda values: _extreme("any", (values,)),
    "abs": aten("abs"),
    "divmod": divmod,
    "round": aten("round"),
    "pow": aten("pow"),
    "ord": ord,
    "chr": chr,
    "hex": hex,
    "oct": oct,
    "bin": bin,
    "hash": hash,
    "getattr": lambda value, name, *default: attribute(value, name),
    "fork": lambda function, *args, **kwargs: fork(_forked(function), *args, **kwargs),
    "Exception": "Exception",
}


def _extreme(name: str, args: tuple) -> Any:
    if STATE.tracer is None and not hasattr(args[0], "dtype"):
        return {"min": min, "max": max, "sum": sum, "all": all, "any": any}[name](*args)
    return aten({"min": "minimum", "max": "maximum"}.get(name, name) if len(args) > 1 else name)(
        *args
    )


def device(*args: Any) -> Any:
    return aten("device")(args[0] if len(args) == 1 else f"{args[0]}:{args[1]}")


# `ops.prim.X`.
PRIMITIVES: dict[str, Callable] = {
    "RaiseException": raise_exception,
    "NumToTensor": lambda value: aten("tensor")(value),
    "min": GLOBALS["min"],
    "max": GLOBALS["max"],
    "abs": GLOBALS["abs"],
    "TupleIndex": operator.getitem,
    "TupleUnpack": lambda values: values,
    "ListUnpack": lambda values: values,
    "unchecked_unwrap_optional": lambda value: value,
    "rangelist": lambda count: list(range(count)),
    "StringIndex": operator.getitem,
    "Print": _print,
    "isinstance": lambda value, kind: isinstance(value, kind),
    "is_scripting": lambda: True,
}
_PROPERTIES = (
    "dtype device shape requires_grad is_cuda is_sparse is_quantized grad data layout ndim T H mT "
    "mH itemsize nbytes name type index is_mps is_meta is_cpu is_nested "
    "is_leaf is_xpu is_mkldnn is_sparse_csr"
).split()
PRIMITIVES |= {
    name: (lambda key: lambda value: attribute(value, key))(name) for name in _PROPERTIES
}

BINARY: dict[type, tuple[str, Callable]] = {
    ast.Add: ("add", operator.add),
    ast.Sub: ("sub", operator.sub),
    ast.Mult: ("mul", operator.mul),
    ast.Div: ("div", scalars.SCALARS["div"]),
    ast.FloorDiv: ("floordiv", scalars.SCALARS["floordiv"]),
    ast.Mod: ("remainder", operator.mod),
    ast.Pow: ("pow", scalars.SCALARS["pow"]),
    ast.MatMult: ("matmul", operator.matmul),
    ast.BitAnd: ("__and__", operator.and_),
    ast.BitOr: ("__or__", operator.or_),
    ast.BitXor: ("__xor__", operator.xor),
    ast.LShift: ("__lshift__", operator.lshift),
    ast.RShift: ("__rshift__", operator.rshift),
}
IN_PLACE: dict[type, str] = {
    ast.Add: "add_",
    ast.Sub: "sub_",
    ast.Mult: "mul_",
    ast.Div: "div_",
}
COMPARE: dict[type, Callable] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
NUMBERS = (int, float)
