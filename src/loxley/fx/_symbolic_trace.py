"""Tracing: a function is called with proxies, and what it does becomes a graph.

Source: https://docs.pytorch.org/docs/stable/fx.html#torch.fx.Tracer
"""

from __future__ import annotations

import builtins
import functools
import inspect
import math
import sys
import typing
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from ..nn.modules.container import Sequential
from ..nn.modules.module import Module
from ..nn.parameter import Parameter
from ..tensor import Tensor
from .graph import Graph
from .graph_module import GraphModule
from .node import Argument
from .proxy import Proxy, TracerBase

_HAS_VARARGS, _HAS_VARKEYWORDS = inspect.CO_VARARGS, inspect.CO_VARKEYWORDS
# Functions to be recorded as calls: (id of the globals, name) -> the globals.
_wrapped: dict[tuple[int, str], dict[str, Any]] = {}
_tracing: list[Tracer] = []


def is_fx_tracing() -> bool:
    """Whether a function is being traced."""
    return bool(_tracing)


def wrap(fn_or_name: str | Callable) -> Any:
    """Records calls of a function of the calling module instead of tracing into it.

    Must be called at the top of a module, also as a decorator; RuntimeError for what is neither a
    function nor a name. Source: torch.fx.wrap.
    """
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError(
            "Unsupported type for global function! Must be either a callable or string name"
        )
    name = fn_or_name if isinstance(fn_or_name, str) else fn_or_name.__name__
    frame = sys._getframe(1)
    if frame.f_code.co_name != "<module>":
        raise NotImplementedError("wrap must be called at the top level of a module")
    _wrapped[(id(frame.f_globals), name)] = frame.f_globals
    return fn_or_name


def _find_proxy(*values: Any) -> Proxy | None:
    for value in values:
        if isinstance(value, Proxy):
            return value
        inner = value.values() if isinstance(value, dict) else value
        if isinstance(value, (dict, list, tuple)):
            found = _find_proxy(*inner)
            if found is not None:
                return found
    return None


def _recording(function: Callable) -> Callable:
    """`function`, recorded as one call where a proxy is among its arguments."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        proxy = _find_proxy(args, kwargs)
        if proxy is None:
            return function(*args, **kwargs)
        made = proxy.tracer.create_proxy("call_function", function, args, kwargs)
        made.node.meta["is_wrapped"] = True
        return made

    return wrapped


class _Patches:
    """What tracing puts in the place of functions, undone at its end."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def item(self, names: dict[str, Any], name: str, new: Any) -> None:
        if name in names:
            old = names[name]
            self._undo.append(lambda: names.__setitem__(name, old))
        else:
            self._undo.append(lambda: names.pop(name))
        names[name] = new

    def attribute(self, owner: Any, name: str, new: Any) -> None:
        old = getattr(owner, name)
        self._undo.append(lambda: setattr(owner, name, old))
        setattr(owner, name, new)

    def undo(self) -> None:
        while self._undo:
            self._undo.pop()()


class Tracer(TracerBase):
    """Traces a module or a function; override its methods to trace otherwise."""

    def __init__(
        self,
        autowrap_modules: tuple[ModuleType, ...] = (math,),
        autowrap_functions: tuple[Callable, ...] = (),
        param_shapes_constant: bool = False,
    ) -> None:
        super().__init__()
        self._autowrap = {id(f) for f in autowrap_functions}
        for module in autowrap_modules:
            self._autowrap |= {
                id(one)
                for name, one in vars(module).items()
                if not name.startswith("_") and callable(one)
            }
        self._autowrap_search = list(autowrap_modules)
        self.param_shapes_constant = param_shapes_constant
        self.root: Module = Module()
        self.tensor_attrs: dict[Any, str] = {}

    def create_arg(self, a: Any) -> Argument:
        """An argument as nodes hold it; tensors become attributes of the root."""
        if isinstance(a, Parameter):
            for name, parameter in self.root.named_parameters():
                if a is parameter:
                    return self.create_node("get_attr", name, (), {})
            raise NameError("parameter is not a member of this module")
        if isinstance(a, Tensor):
            return self.create_node("get_attr", self._path_of_tensor(a), (), {})
        if isinstance(a, Module):
            return self.create_node("get_attr", self.path_of_module(a), (), {})
        return super().create_arg(a)

    def _path_of_tensor(self, a: Tensor) -> str:
        for name, buffer in self.root.named_buffers():
            if a is buffer:
                return name
        path = self.tensor_attrs.get(id(a))
        if path is None:
            i = 0
            while hasattr(self.root, f"_tensor_constant{i}"):
                i += 1
            path = self.tensor_attrs[id(a)] = f"_tensor_constant{i}"
            setattr(self.root, path, a)
        return path

    def is_leaf_module(self, m: Module, module_qualified_name: str) -> bool:
        """Whether calls of a module are recorded as such; by default those of `torch.nn`."""
        ours = m.__module__.split(".")[1:2] == ["nn"] and m.__module__.startswith(_OURS)
        return ours and not isinstance(m, Sequential)

    def path_of_module(self, mod: Module) -> str:
        """The dotted name of a module below the root; NameError if it isn't there."""
        if not self._paths:
            self._paths = {id(one): name for name, one in self.root.named_modules()}
        if id(mod) not in self._paths:
            for name, one in self.root.named_modules():
                if one is mod:
                    return name
            raise NameError("module is not installed as a submodule")
        return self._paths[id(mod)]

    _paths: dict[int, str] = {}

    def call_module(
        self,
        m: Module,
        forward: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """A call of a module: recorded for leaves, traced into for others."""
        path = self.path_of_module(m)
        if self.is_leaf_module(m, path):
            return self.create_proxy("call_module", path, args, kwargs)
        return forward(*args, **kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        """What a module's attribute gives while tracing: parameters become proxies."""
        if isinstance(attr_val, Parameter):
            named: Any = self.root.named_parameters()
        elif isinstance(attr_val, Tensor) and self.proxy_buffer_attributes:
            named = self.root.named_buffers()
        else:
            return attr_val
        for name, one in named:
            if one is attr_val:
                if name not in parameter_proxy_cache:
                    made = self.create_proxy("get_attr", name, (), {})
                    parameter_proxy_cache[name] = made
                return parameter_proxy_cache[name]
        return attr_val

    def create_args_for_root(
        self, root_fn: Callable, is_module: bool, concrete_args: Any = None
    ) -> tuple[Callable, list[Any]]:
        """The function, and a placeholder's proxy for each of its arguments."""
        inner = inspect.unwrap(root_fn)
        code = inner.__code__
        total = code.co_argcount + code.co_kwonlyargcount
        names = list(code.co_varnames[:total])
        signature = inspect.signature(inner)
        hints = _hints(inner)
        args: list[Any] = []
        if is_module:
            if total == 0:
                raise RuntimeError("``self`` argument cannot be part of *args expansion!")
            args.append(self.root)
            names = names[1:]

        def placeholder(name: str) -> Proxy:
            bare = name.lstrip("*")
            default = () if name != bare else _default_of(signature, bare)
            return self.create_proxy("placeholder", name, default, {}, type_expr=hints.get(bare))

        args.extend(placeholder(name) for name in names)
        rest = list(code.co_varnames[total:])
        variable = bool(code.co_flags & (_HAS_VARARGS | _HAS_VARKEYWORDS))
        if variable:
            if code.co_flags & _HAS_VARARGS:
                args.append(placeholder("*" + rest.pop(0)))
            if code.co_flags & _HAS_VARKEYWORDS:
                args.append(placeholder("**" + rest.pop(0)))
        return _flattened(inner, bool(code.co_kwonlyargcount) or variable), args

    def trace(self, root: Module | Callable[..., Any], concrete_args: Any = None) -> Graph:
        """The graph of a module's `forward`, or of a function."""
        if concrete_args is not None:
            raise NotImplementedError("torch.fx.Tracer.trace: argument 'concrete_args'")
        if isinstance(root, Module):
            self.root, function = root, type(root).forward
        else:
            self.root, function = Module(), root
        self._paths = {}
        self.graph = Graph(tracer_cls=type(self))
        self.tensor_attrs = dict(_plain_tensors(self.root))
        hints = _hints(inspect.unwrap(function))
        function, args = self.create_args_for_root(function, isinstance(root, Module))
        patches = _Patches()
        _tracing.append(self)
        try:
            self._patch(patches, inspect.unwrap(function))
            made = function(*args)
            self.create_node(
                "output", "output", (self.create_arg(made),), {}, type_expr=hints.get("return")
            )
        finally:
            _tracing.pop()
            patches.undo()
        return self.graph

    def _patch(self, patches: _Patches, function: Callable) -> None:
        cache: dict[str, Any] = {}
        plain_getattr, plain_call = Module.__getattr__, Module.__call__

        def module_getattr(module: Module, name: str) -> Any:
            return self.getattr(name, plain_getattr(module, name), cache)

        @functools.wraps(plain_call)
        def module_call(module: Module, *args: Any, **kwargs: Any) -> Any:
            def forward(*args: Any, **kwargs: Any) -> Any:
                return plain_call(module, *args, **kwargs)

            self._wrap_in(patches, getattr(type(module).forward, "__globals__", {}))
            return self.call_module(module, forward, args, kwargs)

        patches.attribute(Module, "__getattr__", module_getattr)
        patches.attribute(Module, "__call__", module_call)
        for (_, name), names in list(_wrapped.items()):
            plain = names.get(name) or getattr(builtins, name, None)
            if plain is not None:
                patches.item(names, name, _recording(plain))
        self._wrap_in(patches, getattr(function, "__globals__", {}))
        for module in self._autowrap_search:
            self._wrap_in(patches, vars(module))

    def _wrap_in(self, patches: _Patches, names: dict[str, Any]) -> None:
        for name, value in list(names.items()):
            if not name.startswith("_") and callable(value) and id(value) in self._autowrap:
                patches.item(names, name, _recording(value))


_OURS = __name__.partition(".")[0]


def _default_of(signature: inspect.Signature, name: str) -> tuple:
    default = signature.parameters[name].default
    return () if default is inspect.Parameter.empty else (default,)


def _hints(function: Callable) -> dict[str, Any]:
    """Annotations; of the library's own functions they are strings."""
    found = dict(getattr(function, "__annotations__", {}))
    if getattr(function, "__module__", "").startswith(_OURS + "."):
        try:
            found = typing.get_type_hints(function)
            return {name: kind for name, kind in found.items() if kind is not Any}
        except NameError:
            return {}
    return found


def _plain_tensors(root: Module) -> Iterator[tuple[int, str]]:
    """Tensors that are plain attributes of modules."""
    for path, module in root.named_modules():
        for name, value in vars(module).items():
            if isinstance(value, Tensor):
                yield id(value), f"{path}.{name}" if path else name


def _flattened(function: Any, needed: bool) -> Callable:
    """The function with all of its parameters by place, those of `*args` and by name included."""
    if not needed or not isinstance(function, FunctionType):
        return function
    code = function.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & _HAS_VARARGS) + bool(code.co_flags & _HAS_VARKEYWORDS)
    flat = code.replace(
        co_argcount=count,
        co_posonlyargcount=0,
        co_kwonlyargcount=0,
        co_flags=code.co_flags & ~_HAS_VARARGS & ~_HAS_VARKEYWORDS,
    )
    return FunctionType(flat, function.__globals__, function.__name__, None, function.__closure__)


def symbolic_trace(root: Module | Callable[..., Any], concrete_args: Any = None) -> GraphModule:
    """A module that does what a module or function does, with the graph of it.

    Branches must not depend on the inputs (TraceError). Source: torch.fx.symbolic_trace.
    """
    tracer = Tracer()
    graph = tracer.trace(root, concrete_args)
    name = type(root).__name__ if isinstance(root, Module) else root.__name__
    return GraphModule(tracer.root, graph, name)
