"""`Proxy`: stands for a value while a function is traced, and writes down what is done with it.

Source: https://docs.pytorch.org/docs/stable/fx.html#torch.fx.Proxy
"""

from __future__ import annotations

import dis
import operator
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from ..tensor.torch_function import activate
from .graph import Graph
from .names import qualified_name
from .node import Argument, Node, Target, base_types, map_aggregate


class TraceError(ValueError):
    """A traced function does what can't be written down."""


class TracerBase:
    """Makes nodes and the proxies that stand for them."""

    graph: Graph
    record_stack_traces = False
    trace_asserts = False
    proxy_buffer_attributes = False

    def create_node(
        self,
        kind: str,
        target: Target,
        args: tuple[Argument, ...],
        kwargs: dict[str, Argument],
        name: str | None = None,
        type_expr: Any = None,
    ) -> Node:
        """A node of the graph that is traced."""
        return self.graph.create_node(kind, target, args, kwargs, name, type_expr)

    def proxy(self, node: Node) -> Proxy:
        """What stands for a node."""
        return Proxy(node, self)

    def create_proxy(
        self,
        kind: str,
        target: Target,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        name: str | None = None,
        type_expr: Any = None,
        proxy_factory_fn: Callable[[Node], Proxy] | None = None,
    ) -> Proxy:
        """A node whose arguments may hold proxies, and what stands for it."""
        args_, kwargs_ = self.create_arg(args), self.create_arg(kwargs)
        if not isinstance(args_, tuple) or not isinstance(kwargs_, dict):
            raise AssertionError("arguments of a node must be a tuple and a dict")
        node = self.create_node(kind, target, args_, kwargs_, name, type_expr)
        return (proxy_factory_fn or self.proxy)(node)

    def create_arg(self, a: Any) -> Argument:
        """An argument as nodes hold it. NotImplementedError for what they can't hold."""
        if isinstance(a, tuple) and hasattr(a, "_fields"):
            return type(a)(*(self.create_arg(one) for one in a))
        if type(a) in (tuple, list) or isinstance(a, (tuple, list)):
            made = [self.create_arg(one) for one in a]
            return tuple(made) if isinstance(a, tuple) else made
        if isinstance(a, dict):
            return self._dict_arg(a)
        if isinstance(a, slice):
            return slice(*(self.create_arg(one) for one in (a.start, a.stop, a.step)))
        if isinstance(a, range):
            return range(*(self.create_arg(one) for one in (a.start, a.stop, a.step)))
        if isinstance(a, Proxy):
            return a.node
        if isinstance(a, Node):
            return a
        if is_dataclass(a) and not isinstance(a, type):
            named = {one.name: self.create_arg(getattr(a, one.name)) for one in fields(a)}
            return self.create_node("call_function", type(a), (), named)
        if isinstance(a, base_types) or type(a).__name__ in ("layout", "memory_format"):
            return a
        raise NotImplementedError(f"argument of type: {type(a)}")

    def _dict_arg(self, a: dict) -> dict:
        for key in a:
            if isinstance(key, Proxy):
                raise RuntimeError(
                    f"Keys for dictionaries used as an argument cannot contain a Node. Got key: "
                    f"{key.node}"
                )
        return {key: self.create_arg(value) for key, value in a.items()}

    def to_bool(self, obj: Proxy) -> bool:
        """TraceError: a branch depends on a traced value."""
        raise TraceError("symbolically traced variables cannot be used as inputs to control flow")

    def iter(self, obj: Proxy) -> Iterator:
        """TraceError: how often a loop runs depends on a traced value."""
        raise TraceError(
            "Proxy object cannot be iterated. This can be attempted when the Proxy is used in a "
            "loop or as a *args or **kwargs function argument. See the torch.fx docs on "
            "pytorch.org for a more detailed explanation of what types of control flow can be "
            "traced, and check out the Proxy docstring for help troubleshooting Proxy iteration "
            "errors"
        )

    def keys(self, obj: Proxy) -> Any:
        """What `**obj` asks for."""
        return Attribute(obj, "keys")()


class GraphAppendingTracer(TracerBase):
    """Writes what is done with its proxies to the end of a graph."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph


class Proxy:
    """Stands for a node's value: operators, methods and functions on it become nodes."""

    def __init__(self, node: Node, tracer: TracerBase | None = None) -> None:
        activate()
        self.tracer = GraphAppendingTracer(node.graph) if tracer is None else tracer
        self.node = node

    def __repr__(self) -> str:
        return f"Proxy({self.node.name})"

    def __getattr__(self, k: str) -> Attribute:
        if k in ("tracer", "node"):
            raise AttributeError(k)
        return Attribute(self, k)

    def __call__(self, *args: Any, **kwargs: Any) -> Proxy:
        return self.tracer.create_proxy("call_method", "__call__", (self, *args), kwargs)

    def __iter__(self) -> Iterator:
        frame = sys._getframe(1)
        for instruction in dis.get_instructions(frame.f_code):
            if instruction.offset == frame.f_lasti and instruction.opname == "UNPACK_SEQUENCE":
                return (operator.getitem(self, i) for i in range(instruction.argval))
        return self.tracer.iter(self)

    def __abs__(self) -> Proxy:
        return self.tracer.create_proxy("call_function", operator.abs, (self,), {})

    def __bool__(self) -> bool:
        return self.tracer.to_bool(self)

    def keys(self) -> Any:
        """What `**proxy` asks for."""
        return self.tracer.keys(self)

    def __len__(self) -> int:
        raise RuntimeError(
            "'len' is not supported in symbolic tracing by default. If you want this call to be "
            "recorded, please call torch.fx.wrap('len') at module scope"
        )

    @classmethod
    def __torch_function__(
        cls, orig_method: Any, types: Any, args: Any = None, kwargs: Any = None
    ) -> Proxy:
        args, kwargs = () if args is None else args, {} if kwargs is None else kwargs
        tracers: dict[TracerBase, None] = {}

        def find(one: Any) -> Any:
            if isinstance(one, Proxy):
                tracers[one.tracer] = None
            return one

        map_aggregate(args, find)
        map_aggregate(kwargs, find)
        if len(tracers) > 1:
            raise RuntimeError(
                f"Found multiple different tracers {list(tracers)} while trying to trace operations"
            )
        (tracer,) = tracers
        name = qualified_name(orig_method)
        if name.startswith("torch.Tensor."):
            method = name.removeprefix("torch.Tensor.")
            return tracer.create_proxy("call_method", method, args, kwargs)
        return tracer.create_proxy("call_function", orig_method, args, kwargs)


class Attribute(Proxy):
    """A proxy's attribute: a method if it is called, else read with getattr."""

    def __init__(self, root: Proxy, attr: str) -> None:
        self.root, self.attr = root, attr
        self.tracer = root.tracer
        self._node: Node | None = None

    @property
    def node(self) -> Node:  # type: ignore[override]
        """The node that reads the attribute, made when first asked for."""
        if self._node is None:
            args = (self.root, self.attr)
            self._node = self.tracer.create_proxy("call_function", getattr, args, {}).node
        return self._node

    def __call__(self, *args: Any, **kwargs: Any) -> Proxy:
        return self.tracer.create_proxy("call_method", self.attr, (self.root, *args), kwargs)


def _operator(name: str, target: Callable) -> None:
    def apply(self: Proxy, *args: Any) -> Proxy:
        return self.tracer.create_proxy("call_function", target, (self, *args), {})

    apply.__name__ = f"__{name.strip('_')}__"
    setattr(Proxy, apply.__name__, apply)


def _reflected(name: str, target: Callable) -> None:
    def apply(self: Proxy, other: Any) -> Proxy:
        return self.tracer.create_proxy("call_function", target, (other, self), {})

    apply.__name__ = f"__r{name.strip('_')}__"
    setattr(Proxy, apply.__name__, apply)


_REFLECTABLE = "add sub mul floordiv truediv mod pow lshift rshift and_ or_ xor matmul".split()
for _name in (*_REFLECTABLE, *"eq ne lt gt le ge pos neg invert getitem".split()):
    _operator(_name, getattr(operator, _name))
for _name in _REFLECTABLE:
    _reflected(_name, getattr(operator, _name))
Proxy.__hash__ = object.__hash__  # type: ignore[method-assign]
