"""How calls of a traced program are told in TorchScript: names, and arguments as schemas have them.

In: a public function's or method's name and arguments.  Out: the operator's name and arguments.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..tensor import PUBLIC, Tensor

# Python's operators on tensors, by method.
DUNDERS = {
    f"__{prefix}{name}__": operator + ("_" if prefix == "i" else "")
    for name, operator in (
        ("add", "add"),
        ("sub", "sub"),
        ("mul", "mul"),
        ("truediv", "div"),
        ("pow", "pow"),
        ("matmul", "matmul"),
        ("mod", "remainder"),
        ("and", "__and__"),
        ("or", "__or__"),
        ("xor", "__xor__"),
        ("lshift", "__lshift__"),
        ("rshift", "__rshift__"),
    )
    for prefix in ("", "i", "r")
    if not (prefix == "i" and operator.startswith("__"))
} | {
    **{f"__{name}__": name for name in ("eq", "ne", "lt", "le", "gt", "ge", "abs", "neg")},
    "__invert__": "bitwise_not",
}
SWAPPED = {"__rsub__", "__rtruediv__", "__rpow__", "__rmatmul__", "__rmod__"}
CASTS = {
    **{"float": "float32", "double": "float64", "half": "float16", "bfloat16": "bfloat16"},
    **{"long": "int64", "int": "int32", "short": "int16", "char": "int8", "byte": "uint8"},
    "bool": "bool",
}
# Calls that leave the trace: what they give is a number, or an array.
LEAVING = {
    "__bool__": "Python boolean",
    "__int__": "Python integer",
    "__float__": "Python float",
    "__index__": "Python index",
    "item": "Python number",
    "tolist": "Python list",
    "numpy": "NumPy array",
    "__array__": "NumPy array",
}
PLAIN = frozenset(
    "dim ndimension numel nelement element_size stride storage_offset is_contiguous "
    "is_floating_point is_complex is_signed get_device __len__ __hash__ __repr__ __str__ "
    "__format__ requires_grad_ is_pinned data_ptr untyped_storage storage type __iter__ "
    "is_inference is_conj is_neg is_nonzero is_set_to has_names register_hook".split()
)
CONSTANTS = frozenset("tensor as_tensor from_numpy asarray frombuffer".split())
VARIADIC = frozenset(
    "view reshape permute expand repeat zeros ones empty rand randn flip tile new_zeros new_ones "
    "new_empty".split()
)
TENSOR_PROPERTIES = ("T", "mT", "H", "mH", "real", "imag", "data")


def told_to(func: Any, written: Callable, kwargs: dict[str, Any]) -> dict[str, Any] | None:
    """The named arguments that the library's function takes; None where others are in use."""
    known = inspect.signature(written).parameters
    rest = {name: value for name, value in kwargs.items() if name not in known}
    if rest:
        plain = inspect.signature(func).parameters
        if any(value is not plain[name].default for name, value in rest.items()):
            return None
    width = getattr(written, "broadcast", 0)
    return {
        name: [value] * width
        if width and isinstance(value, (int, float)) and "list[" in str(known[name].annotation)
        else value
        for name, value in kwargs.items()
        if name in known
    }


_RENAMED = {"axis": "dim", "keepdims": "keepdim"}


def as_schema(name: str, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    """Arguments as the operator's schema has them."""
    given = {_RENAMED.get(key, key): value for key, value in kwargs.items()}
    if given.pop("out", None) is not None:
        raise NotImplementedError("torch.jit.trace: argument 'out' cannot be recorded")
    if given.pop("generator", None) is not None:
        raise NotImplementedError("torch.jit.trace: argument 'generator' cannot be recorded")
    if "input" in given and not args:
        args = (given.pop("input"),)
    if given.pop("requires_grad", False):
        raise NotImplementedError("torch.jit.trace: argument 'requires_grad' cannot be recorded")
    if name in VARIADIC:
        lead = 0 if name in PUBLIC and not (args and isinstance(args[0], Tensor)) else 1
        sizes = args[lead:]
        if sizes and all(isinstance(one, int) for one in sizes):
            args = (*args[:lead], list(sizes))
    return args, given
