"""What code of TorchScript may do with objects: attributes, methods, instances, errors.

Only what stands here can be reached from a file: properties of tensors, methods of strings and
containers that `scalars` lists, members of the file's own classes.
"""

from __future__ import annotations

import builtins
import enum
from collections import namedtuple
from collections.abc import Callable
from typing import Any

from .. import devices
from ..futures import Future
from ..nn.modules.module import Module
from ..nn.parameter import Parameter
from ..tensor import Tensor
from ..tensor.generator import Generator
from .code import Class, Function
from .operators import aten
from .scalars import plain_method
from .types import code_of

_TENSOR_PROPERTIES = frozenset(
    "dtype device shape requires_grad is_cuda is_sparse is_quantized grad data layout ndim T H mT "
    "mH real imag itemsize nbytes is_mps is_meta is_cpu is_nested is_leaf is_xpu is_mkldnn "
    "is_sparse_csr name retains_grad".split()
)
_TENSOR_EXCLUDED = frozenset(
    "numpy apply_ map_ map2_ register_hook share_memory_ storage untyped_storage data_ptr "
    "as_subclass set_".split()
)


class RaisedError(Exception):  # noqa: N818 - PyTorch's name
    """What a `raise` in code of TorchScript becomes. Source: torch.jit.Error."""


RaisedError.__name__ = RaisedError.__qualname__ = "Error"
RaisedError.__module__ = "loxley.jit"


def raise_exception(message: Any = "", kind: str | None = None) -> None:
    """`ops.prim.RaiseException`: always raises."""
    name = (kind or "").rpartition(".")[2]
    text = str(message) if not name else f"builtins.{name}: {message}"
    raise RaisedError(
        "The following operation failed in the TorchScript interpreter.\n"
        f"Traceback of TorchScript (most recent call last):\n{text}\n"
    ) from (_of_name(name, message) if name else None)


def _of_name(name: str, message: Any) -> BaseException | None:
    kind = getattr(builtins, name, None)
    return kind(message) if isinstance(kind, type) and issubclass(kind, Exception) else None


class ScriptObject:
    """An instance of a class of TorchScript code."""

    __slots__ = ("_script_class", "fields")

    def __init__(self, cls: Class) -> None:
        self._script_class, self.fields = cls, {}

    def __getattr__(self, name: str) -> Any:
        if name in ("_script_class", "fields"):
            raise AttributeError(name)
        if name in self.fields:
            return self.fields[name]
        if name in self._script_class.methods:
            return ScriptMethod(self, self._script_class.methods[name])
        raise AttributeError(f"'{self._script_class.short_name}' object has no attribute '{name}'")

    def __eq__(self, other: object) -> Any:
        found = self._script_class.methods.get("__eq__")
        return self is other if found is None else ScriptMethod(self, found)(other)

    __hash__ = object.__hash__


_invoke: list[Callable] = []  # `execute.invoke`, once it is there


def calls_with(invoke: Callable) -> None:
    """Tells how a method's code is run."""
    _invoke.append(invoke)


def invoke_code(function: Function, args: tuple, kwargs: dict[str, Any], *held: Any) -> Any:
    """Calls a function of TorchScript, or a method on `held`."""
    return _invoke[0](function, args, kwargs, *held)


class ScriptMethod:
    """A method of TorchScript code on its object."""

    _is_script_method = True
    __slots__ = ("owner", "function")

    def __init__(self, owner: Any, function: Function) -> None:
        self.owner, self.function = owner, function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return invoke_code(self.function, args, kwargs, self.owner)


class Maker:
    """`__new__` of a class of TorchScript code."""

    _is_script_method = True

    def __init__(self, cls: Class) -> None:
        self.cls = cls

    def __call__(self, cls: Any) -> ScriptObject:
        return ScriptObject(self.cls)


def attribute(held: Any, name: str) -> Any:
    """`held.name` in code of TorchScript. RuntimeError where there is none."""
    if isinstance(held, Module):
        return _of_module(held, name)
    if isinstance(held, Tensor):
        if name in _TENSOR_PROPERTIES:
            return _plain(getattr(held, name))
    elif isinstance(held, ScriptObject):
        if name in held.fields:
            return held.fields[name]
        if name in held._script_class.methods:
            return ScriptMethod(held, held._script_class.methods[name])
    elif isinstance(held, tuple) and name in getattr(held, "_fields", ()):
        return getattr(held, name)
    elif isinstance(held, enum.Enum) and name in ("name", "value"):
        return getattr(held, name)
    elif isinstance(held, devices.device) and name in ("type", "index"):
        return getattr(held, name)
    elif isinstance(held, complex) and name in ("real", "imag"):
        return getattr(held, name)
    elif isinstance(held, Class) and held.kind == "Enum":
        return held.python[name]
    elif isinstance(held, Class) and name == "__new__" and not held.kind:
        return Maker(held)
    kind = type(held).__name__
    raise RuntimeError(f"'{kind}' object has no attribute or method '{name}'.")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    code = code_of(value)
    return value if code is None else code


def _of_module(held: Module, name: str) -> Any:
    cls = getattr(held, "_script_class", None)
    if cls is None:
        raise RuntimeError(f"{type(held).__name__} is not a module of TorchScript")
    for members in (held._parameters, held._buffers, held._modules):
        if name in members:
            return members[name]
    if name in cls.attributes and name in held.__dict__:
        return held.__dict__[name]
    if name in cls.constants:
        return cls.constants[name]
    if name in cls.methods:
        return ScriptMethod(held, cls.methods[name])
    raise RuntimeError(
        f"Module '{cls.short_name}' has no attribute '{name}' (This function exists as an "
        "attribute on the Python module, but we failed to compile it to a TorchScript function.)"
    )


def set_attribute(held: Any, name: str, value: Any) -> None:
    """`held.name = value` in code of TorchScript."""
    if isinstance(held, ScriptObject):
        held.fields[name] = value
        return
    if not isinstance(held, Module) or name not in held._script_class.attributes:
        raise RuntimeError(f"Tried to set nonexistent attribute: {name}")
    for members in (held._parameters, held._buffers):
        if name in members:
            tensor = value
            members[name] = Parameter(tensor) if members is held._parameters else tensor
            return
    held.__dict__[name] = value


def method(held: Any, name: str) -> Callable:
    """`held.name` that is about to be called."""
    if isinstance(held, Tensor):
        if name in _TENSOR_EXCLUDED or name.startswith("_"):
            raise RuntimeError(f"'Tensor' object has no attribute or method '{name}'.")
        function = aten(name)
        return lambda *args, **kwargs: function(held, *args, **kwargs)
    plain = plain_method(held, name)
    if plain is not None:
        return plain
    if isinstance(held, Future) and name in ("wait", "value", "done"):
        return getattr(held, name)
    if isinstance(held, Generator) and name in ("manual_seed", "seed", "initial_seed"):
        return getattr(held, name)
    if isinstance(held, tuple) and name in ("index", "count"):
        return getattr(held, name)
    if isinstance(held, (int, float)) and name in ("bit_length", "is_integer"):
        return getattr(held, name)
    if type(held).__name__ in _GUARDS and name in ("__enter__", "__exit__"):
        return getattr(held, name)
    found = attribute(held, name)
    if isinstance(found, (ScriptMethod, Maker)):
        return found
    if isinstance(found, Module):
        return attribute(found, "forward")
    raise RuntimeError(f"'{name}' of a {type(held).__name__} cannot be called")


_GUARDS = ("no_grad", "enable_grad", "record_function")


def construct(cls: Class, args: tuple, kwargs: dict[str, Any]) -> Any:
    """An instance of a class of TorchScript code."""
    if cls.kind == "NamedTuple":
        return named_tuple(cls)(*args, **kwargs)
    if cls.kind == "Enum":
        return cls.python(*args)
    if cls.kind:
        raise RuntimeError(f"cannot make an instance of {cls.name}")
    made = ScriptObject(cls)
    if "__init__" in cls.methods:
        ScriptMethod(made, cls.methods["__init__"])(*args, **kwargs)
    return made


def named_tuple(cls: Class) -> Any:
    """The Python class of a named tuple."""
    if cls.python is None:
        defaults = tuple(cls.defaults.values())
        cls.python = namedtuple(cls.short_name, list(cls.attributes), defaults=defaults)  # type: ignore[misc]  # noqa: PYI024
    return cls.python
