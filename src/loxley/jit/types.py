"""TorchScript's types: their text, and whether a value is of one.

In: annotations, as they stand in an archive's code or as Python objects of a program, and values.
Out: `Type`, which prints as PyTorch prints it ("List[int]", "Optional[Tensor]").
Source: https://docs.pytorch.org/docs/2.13/jit_language_reference.html
"""

from __future__ import annotations

import ast
import collections.abc
import enum
import types as python_types
import typing
from dataclasses import dataclass
from typing import Any

from .. import devices, layouts
from ..dtypes import dtype
from ..futures import Future
from ..nn.modules.module import Module
from ..tensor import Tensor
from ..tensor.generator import Generator

PREFIX = "__torch__."


@dataclass(frozen=True, slots=True)
class Type:
    """A type's name and its arguments."""

    name: str
    args: tuple[Type, ...] = ()

    def __str__(self) -> str:
        if self.name == "Tuple" and not self.args:
            return "Tuple[()]"
        return f"{self.name}[{', '.join(map(str, self.args))}]" if self.args else self.name

    def node(self) -> ast.expr:
        """The type as code."""
        return ast.parse(str(self), mode="eval").body


TENSOR, INT, FLOAT, BOOL, STR, NONE, ANY = (
    Type(name) for name in ("Tensor", "int", "float", "bool", "str", "NoneType", "Any")
)
_PLAIN = {
    Tensor: TENSOR,
    int: INT,
    float: FLOAT,
    bool: BOOL,
    str: STR,
    complex: Type("complex"),
    type(None): NONE,
    None: NONE,
    Any: ANY,
    devices.device: Type("Device"),
    dtype: INT,
    layouts.layout: INT,
    layouts.memory_format: INT,
    Generator: Type("Generator"),
}
_GENERIC = {list: "List", dict: "Dict", tuple: "Tuple", Future: "Future"}
_TORCH_NAMES = {"number", "Scalar", "Device", "Storage", "AnyEnumType", "AnyClassType"}


def from_code(node: ast.expr) -> Type:
    """The type that an archive's code names. ValueError where it names none."""
    if isinstance(node, ast.Constant) and node.value is None:
        return NONE
    if isinstance(node, ast.Name):
        return NONE if node.id == "None" else Type(node.id)
    if isinstance(node, ast.Attribute):
        return Type(ast.unparse(node))
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        inner = node.slice
        items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        return Type(node.value.id, tuple(from_code(one) for one in items))
    raise ValueError(f"unknown type {ast.unparse(node)!r:.60}")


class Unscriptable(Exception):
    """A Python type or value that TorchScript has no type for."""


def optional(kind: Type) -> Type:
    """That type or None."""
    return kind if kind.name in ("Optional", "NoneType", "Any") else Type("Optional", (kind,))


def from_python(kind: Any, name_of: typing.Callable[[type], str | None]) -> Type:
    """The type of an annotation; `name_of` tells the qualified names of the program's classes.

    Unscriptable where there is none.
    """
    try:
        if kind in _PLAIN:
            return _PLAIN[kind]
    except TypeError:
        pass
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in _GENERIC and origin is not None:
        if args == ((),):
            args = ()
        return Type(_GENERIC[origin], tuple(from_python(one, name_of) for one in args))
    if origin is collections.abc.Sequence:
        return Type("List", tuple(from_python(one, name_of) for one in args))
    if origin in (typing.Union, python_types.UnionType):
        return _union(args, name_of)
    if isinstance(kind, type):
        if issubclass(kind, Tensor):
            return TENSOR
        named = name_of(kind)
        if named is not None:
            return Type(named)
    raise Unscriptable(f"Unknown type annotation: '{kind}'")


def _union(args: tuple, name_of: typing.Callable[[type], str | None]) -> Type:
    some = tuple(from_python(one, name_of) for one in args if one is not type(None))
    if len(some) == len(args):
        return Type("Union", some)
    return optional(some[0]) if len(some) == 1 else optional(Type("Union", some))


def type_of(value: Any, name_of: typing.Callable[[type], str | None]) -> Type:
    """The type of a value, as an attribute of a module. Unscriptable where there is none."""
    if isinstance(value, Tensor):
        return TENSOR
    if type(value) in _PLAIN:
        return _PLAIN[type(value)]
    if isinstance(value, list):
        return Type("List", (_common(value, name_of),))
    if isinstance(value, dict):
        return Type("Dict", (_common(value, name_of), _common(value.values(), name_of)))
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return Type("Tuple", tuple(type_of(one, name_of) for one in value))
    named = name_of(type(value))
    if named is not None:
        return Type(named)
    raise Unscriptable(
        f"(This attribute exists on the Python module, but we failed to convert Python type: "
        f"'{type(value).__name__}' to a TorchScript type.)"
    )


def _common(values: typing.Iterable[Any], name_of: typing.Callable[[type], str | None]) -> Type:
    found = {type_of(one, name_of): None for one in values}
    if not found:
        return TENSOR
    if len(found) > 1:
        some = [one for one in found if one != NONE]
        if len(some) == 1:
            return optional(some[0])
        raise Unscriptable("elements of several types")
    return next(iter(found))


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_CHECKS: dict[str, typing.Callable[[Any], bool]] = {
    "Tensor": lambda v: isinstance(v, Tensor),
    "int": lambda v: _is_int(v) or isinstance(v, (dtype, layouts.layout, layouts.memory_format)),
    "float": lambda v: isinstance(v, float),
    "complex": lambda v: isinstance(v, complex),
    "bool": lambda v: isinstance(v, bool),
    "str": lambda v: isinstance(v, str),
    "NoneType": lambda v: v is None,
    "Any": lambda v: True,
    "number": lambda v: isinstance(v, (int, float, complex)) and not isinstance(v, bool),
    "Scalar": lambda v: isinstance(v, (int, float, complex)),
    "Device": lambda v: isinstance(v, devices.device),
    "Generator": lambda v: isinstance(v, Generator),
    "AnyEnumType": lambda v: isinstance(v, enum.Enum),
    "Storage": lambda v: False,
}


def matches(value: Any, kind: Type) -> bool:
    """Whether a value is of a type, its elements included."""
    check = _CHECKS.get(kind.name)
    if check is not None:
        return check(value)
    if kind.name == "Optional":
        return value is None or matches(value, kind.args[0])
    if kind.name == "Union":
        return any(matches(value, one) for one in kind.args)
    if kind.name == "List":
        return isinstance(value, list) and all(matches(one, kind.args[0]) for one in value)
    if kind.name == "Dict":
        key, item = kind.args
        return isinstance(value, dict) and all(
            matches(k, key) and matches(v, item) for k, v in value.items()
        )
    if kind.name in ("Tuple", "tuple"):
        same = isinstance(value, tuple) and len(value) == len(kind.args)
        return same and all(map(matches, value, kind.args))
    if kind.name == "Future":
        return isinstance(value, Future)
    if kind.name in ("list", "dict"):
        return isinstance(value, list if kind.name == "list" else dict)
    return _of_class(value, kind.name)


def _of_class(value: Any, name: str) -> bool:
    code = getattr(value, "_script_class", None)
    return code is not None and code.name == name


def entering(value: Any, kind: Type) -> Any:
    """A value as code of TorchScript sees it: containers are copies, integers become floats
    where those are asked for, dtypes are numbers. ValueError where it is of another type.
    """
    name = kind.name
    if name == "Tensor" and isinstance(value, Tensor):
        return value
    if name == "float" and _is_int(value):
        return float(value)
    if name == "complex" and isinstance(value, (int, float)):
        return complex(value)
    if name == "Optional":
        return None if value is None else entering(value, kind.args[0])
    if name == "List" and isinstance(value, (list, tuple)):
        return [entering(one, kind.args[0]) for one in value]
    if name == "Dict" and isinstance(value, dict):
        key, item = kind.args
        return {entering(k, key): entering(v, item) for k, v in value.items()}
    if name == "Tuple" and isinstance(value, tuple) and len(value) == len(kind.args):
        return tuple(map(entering, value, kind.args))
    if not matches(value, kind) and not isinstance(value, Module):
        raise ValueError
    return value


CODES = {
    name: code
    for code, name in enumerate(
        "uint8 int8 int16 int32 int64 float16 float32 float64 complex32 complex64 complex128 "
        "bool qint8 quint8 qint32 bfloat16".split()
    )
}
LAYOUT_CODES = {"strided": 0, "sparse_coo": 1, "sparse_csr": 2, "sparse_csc": 4, "sparse_bsr": 5}
FORMAT_CODES = {
    "contiguous_format": 0,
    "preserve_format": 1,
    "channels_last": 2,
    "channels_last_3d": 3,
}


def code_of(value: Any) -> int | None:
    """The number that TorchScript has for a dtype, a layout or a memory format."""
    if isinstance(value, dtype):
        return CODES.get(value.name)
    if isinstance(value, layouts.layout):
        return LAYOUT_CODES.get(value.name)
    if isinstance(value, layouts.memory_format):
        return FORMAT_CODES.get(value.name)
    return None
