"""Records calls of a function or module on example inputs as code of TorchScript.

In: what is called, through the protocol `__torch_function__` (public functions), `aten` (operators)
and a patched `Module.__call__`.  Out: statements of the archive form, one function for the traced
one and one for every submodule's call.  A value that a module's call uses from outside becomes one
of its arguments; one that is used outside of it becomes one of its results.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from typing import Any

from ..nn.modules.module import Module
from ..overrides import TorchFunctionMode
from ..tensor import Tensor
from ..tensor.size import Size
from ..tensor.torch_function import STATE as FUNCTION_STATE
from ..tensor.torch_function import _originals
from .code import Unit
from .names import LIBRARY, METHODS, operator_of
from .operators import _of_tensors
from .state import STATE
from .traced import CallPlace, Frame, TracedInt, Value, exported, extent, imported, traced
from .traced_calls import (
    CASTS,
    CONSTANTS,
    DUNDERS,
    LEAVING,
    PLAIN,
    SWAPPED,
    TENSOR_PROPERTIES,
    as_schema,
    told_to,
)
from .types import CODES
from .values import constant_node


class TracerWarning(Warning):
    """What was done can't be recorded. Source: torch.jit.TracerWarning."""


class Tracer(TorchFunctionMode):
    """Records what happens while it is entered."""

    def __init__(self, unit: Unit, root: Module | None) -> None:
        super().__init__()
        self.unit = unit
        self.root = Frame(None, root)
        self.frame = self.root
        self.values: dict[int, Value] = {}
        self.kept: list[Any] = []
        self.members: dict[int, tuple[Module, str]] = {}
        self.calls: list[tuple[Frame, str, int]] = []
        self.done: dict[int, list[Frame]] = {}  # by a module's id, its recorded calls
        self.paths: dict[int, list[tuple[Module, str]]] = {}
        if root is not None:
            self._look_through(root)

    def _look_through(self, root: Module) -> None:
        for module in root.modules():
            for members in (module._parameters, module._buffers):
                for name, one in members.items():
                    if one is not None:
                        self.members.setdefault(id(one), (module, name))

    # -- values ----------------------------------------------------------------------------------

    def keep(self, thing: Any, value: Value) -> None:
        """Remembers which variable holds a tensor."""
        self.kept.append(thing)
        self.values[id(thing)] = value

    def emit(self, frame: Frame, node: ast.expr) -> Value:
        """A statement that gives a new variable."""
        made = frame.fresh()
        target = ast.Name(made.name, ast.Store())
        frame.statements.append(ast.Assign(targets=[target], value=node, lineno=1))
        return made

    def name_in(self, value: Value, frame: Frame) -> ast.expr:
        """The variable as seen from a frame; it travels through arguments and results."""
        if value.frame is frame:
            return ast.Name(value.name, ast.Load())
        line = frame.line()
        while value.frame not in line:
            value = exported(value)
        for one in reversed(line[: line.index(value.frame)]):
            value = imported(value, one)
        return ast.Name(value.name, ast.Load())

    def node(self, thing: Any) -> ast.expr:
        """An argument as code of the present frame."""
        if isinstance(thing, Tensor):
            return self._tensor_node(thing)
        if isinstance(thing, TracedInt) and hasattr(thing, "value"):
            return self.name_in(thing.value, self.frame)
        if isinstance(thing, (list, tuple)):
            return ast.List([self.node(one) for one in thing], ast.Load())
        return constant_node(thing)

    def _tensor_node(self, thing: Tensor) -> ast.expr:
        found = self.values.get(id(thing))
        if found is not None:
            return self.name_in(found, self.frame)
        if id(thing) in self.members:
            return self._member_node(*self.members[id(thing)])
        if thing.requires_grad:
            raise RuntimeError(
                "Cannot insert a Tensor that requires grad as a constant. Consider making it a "
                "parameter or input, or detaching the gradient"
            )
        self.unit.constants.append(thing.detach().clone())
        number = len(self.unit.constants) - 1
        node = ast.parse(f"CONSTANTS.c{number}", mode="eval").body
        self.keep(
            thing,
            self.emit(self.root, node) if self.frame is self.root else self.emit(self.frame, node),
        )
        return self._tensor_node(thing)

    def _member_node(self, module: Module, name: str) -> ast.expr:
        for frame in self.frame.line():
            path = _path(frame.module, module)
            if path is None:
                continue
            node: ast.expr = ast.Name("self", ast.Load())
            for part in (*path, name):
                node = _attribute(node, part)
            if frame is self.frame:
                return node
            return self.name_in(self.emit(frame, node), self.frame)
        raise RuntimeError("a parameter of no module that is traced")

    def register(self, made: Any, value: Value) -> Any:
        """Remembers the tensors in a call's result; sizes become traced ones."""
        if isinstance(made, Tensor):
            self.keep(made, value)
        elif isinstance(made, (list, tuple)):
            for at, one in enumerate(made):
                if isinstance(one, (Tensor, list, tuple, dict)):
                    self.register(one, self._item(value, at))
        elif isinstance(made, dict):
            for key, one in made.items():
                if isinstance(one, (Tensor, list, tuple, dict)):
                    self.register(one, self._item(value, key))
        return made

    def _item(self, value: Value, key: Any) -> Value:
        name = self.name_in(value, self.frame)
        return self.emit(self.frame, ast.Subscript(name, ast.Constant(key), ast.Load()))

    def record(self, name: str, args: tuple, kwargs: dict[str, Any], made: Any) -> Any:
        """A call of an operator, after it has run."""
        call = ast.Call(
            ast.parse(f"torch.{name}", mode="eval").body,
            [self.node(one) for one in args],
            [ast.keyword(key, self.node(one)) for key, one in kwargs.items()],
        )
        return self.register(made, self.emit(self.frame, call))

    def integer(self, operator: str, args: tuple, made: int) -> int:
        """A number computed from sizes."""
        call = ast.Call(
            ast.parse(f"torch.{operator}", mode="eval").body, [self.node(a) for a in args], []
        )
        value = self.emit(self.frame, call)
        value.is_int = True
        return traced(made, value)

    # -- calls ------------------------------------------------------------------------------------

    def operator(self, name: str, call: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """A call through `aten`."""
        with _Paused(self):
            made = call(*args, **kwargs)
        if name == "size" and len(args) == 2:
            return self._size(args[0], args[1], made)
        if not _has_tensors(made):
            return made
        return self.record(name, args, kwargs, made)

    def _size(self, x: Tensor, dim: int, made: int) -> int:
        call = ast.parse("torch.size", mode="eval").body
        value = self.emit(self.frame, ast.Call(call, [self.node(x), ast.Constant(dim)], []))
        value.is_int = True
        return traced(made, value)

    def shape(self, x: Tensor) -> Any:
        """The size of a tensor, each number of it traced."""
        plain = tuple.__iter__(x._shape)
        return tuple.__new__(Size, [extent(self, x, dim, n) for dim, n in enumerate(plain)])

    def scripted(self, held: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """A call of code that was scripted: it stays a call."""
        with _Paused(self):
            made = held.run(args, kwargs)
        function = held.function
        if held.owner is None:
            target = ast.parse(function.name, mode="eval").body
            if function.unit is not self.unit:
                raise NotImplementedError("torch.jit.trace: functions of loaded archives")
        else:
            path = _path(self.frame.module, held.owner)
            if path is None:
                raise RuntimeError("a scripted module that is no part of the traced one was called")
            target = ast.Name("self", ast.Load())
            for part in path:
                target = _attribute(target, part)
            target = ast.Attribute(target, function.node.name, ast.Load())
        call = ast.Call(
            target,
            [self.node(one) for one in args],
            [ast.keyword(key, self.node(one)) for key, one in kwargs.items()],
        )
        return self.register(made, self.emit(self.frame, call))

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = kwargs or {}
        held = getattr(func, "__self__", None)
        if isinstance(held, property):
            return self._property(held, func, args)
        written = LIBRARY.get(id(func))
        if written is not None:
            told = told_to(func, written, kwargs)
            if told is None:
                return self._decomposed(func, args, kwargs)
            with _Resumed(self):
                return written(*args, **told)
        name = self._operator_name(func)
        if name is None:
            return self._decomposed(func, args, kwargs)
        return self._public(name, func, args, kwargs)

    def _property(self, held: property, func: Any, args: tuple) -> Any:
        (x,) = args
        name = next((n for n, m in vars(Tensor).items() if m is held), "")
        if name == "shape":
            return self.shape(x)
        made = func(x)
        if name in TENSOR_PROPERTIES:
            node = ast.Attribute(self.node(x), name, ast.Load())
            self.keep(made, self.emit(self.frame, node))
        return made

    def _operator_name(self, func: Any) -> str | None:
        name = operator_of(func)
        if name is not None:
            return name
        own = getattr(func, "__name__", "")
        if vars(Tensor).get(own) is func or func in vars(Tensor).values():
            return own
        return None

    def _public(self, name: str, func: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        if name == "__getitem__":
            return self._getitem(func, *args)
        if name == "__setitem__":
            return self._setitem(func, *args)
        if name == "size":
            made = self.shape(args[0])
            dim = args[1] if len(args) > 1 else kwargs.get("dim")
            return made if dim is None else made[dim]
        if name in LEAVING:
            _warn(LEAVING[name])
        if name in PLAIN or name in LEAVING or name in CONSTANTS:
            return func(*args, **kwargs)
        if name in CASTS and len(args) == 1 and not kwargs:
            made = func(*args)
            return self.record("to", (args[0], CODES[CASTS[name]]), {}, made)
        operator = DUNDERS.get(name, name)
        if _of_tensors(operator) is None and operator not in ("div", "to"):
            return self._decomposed(func, args, kwargs)
        made = func(*args, **kwargs)
        if not _has_tensors(made):
            return made
        if name in SWAPPED:
            args = args[::-1]
        args, kwargs = as_schema(operator, args, kwargs)
        return self.record(operator, args, kwargs, made)

    def _decomposed(self, func: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Runs a function that is no operator, so that those within it are recorded."""
        original = _originals.get(id(func), func)
        known = set(self.values) | set(self.members)
        with _Resumed(self):
            made = original(*args, **kwargs)
        for one in _tensors(made):
            if id(one) not in self.values and id(one) not in known:
                name = getattr(func, "__name__", str(func))
                raise NotImplementedError(f"torch.jit.trace: {name} cannot be recorded")
        return made

    def _getitem(self, func: Any, x: Tensor, key: Any) -> Any:
        made = func(x, key)
        node = ast.Subscript(self.node(x), self._key(key), ast.Load())
        return self.register(made, self.emit(self.frame, node))

    def _setitem(self, func: Any, x: Tensor, key: Any, value: Any) -> None:
        target = ast.Subscript(self.node(x), self._key(key), ast.Store())
        node = self.node(value)
        func(x, key, value)
        self.frame.statements.append(ast.Assign(targets=[target], value=node, lineno=1))

    def _key(self, key: Any) -> ast.expr:
        if isinstance(key, slice):
            parts = (key.start, key.stop, key.step)
            return ast.Slice(*(None if one is None else self.node(one) for one in parts))
        if key is ...:
            return ast.Constant(...)
        if isinstance(key, tuple):
            return ast.Tuple([self._key(one) for one in key], ast.Load())
        if isinstance(key, list):
            raise NotImplementedError("torch.jit.trace: lists as indices")
        return self.node(key)

    # -- modules -----------------------------------------------------------------------------------

    def module_call(self, module: Module, plain: Callable, args: tuple, kwargs: dict) -> Any:
        """A submodule's call, recorded as a function of its own."""
        if getattr(module, "_script_class", None) is not None or _path(
            self.frame.module, module
        ) in (None, []):
            return self._run(module, plain, args, kwargs)
        outer = self.frame
        inner = self.frame = Frame(outer, module)
        try:
            made = self._run(module, plain, args, kwargs)
        finally:
            self.frame = outer
        calls = self.done.setdefault(id(module), [])
        inner.name = f"forward{len(calls) or ''}"
        calls.append(inner)
        for one in _tensors(made):
            found = self.values.get(id(one))
            if found is not None and inner in found.frame.line():
                self.name_in(found, outer)
            elif found is None and id(one) in self.members:
                self._returned_member(inner, one)
        self.calls.append((inner, inner.name, len(outer.statements)))
        outer.statements.append(CallPlace(inner))
        return made

    def _returned_member(self, inner: Frame, one: Tensor) -> None:
        """A parameter that a module gives back needs nothing: it is found by its path."""

    def _run(self, module: Module, plain: Callable, args: tuple, kwargs: dict) -> Any:
        written = _written(module)
        if written is not None and not (module._forward_hooks or module._forward_pre_hooks):
            return written(module, *args, **kwargs)
        return plain(module, *args, **kwargs)

    def __enter__(self) -> Any:
        plain = self._plain = Module.__call__
        tracer = self

        def traced_call(module: Module, *args: Any, **kwargs: Any) -> Any:
            if STATE.tracer is not tracer:
                return plain(module, *args, **kwargs)
            return tracer.module_call(module, plain, args, kwargs)

        Module.__call__ = traced_call  # type: ignore[method-assign]
        STATE.tracer = self
        return super().__enter__()

    def __exit__(self, *exc: Any) -> Any:
        Module.__call__ = self._plain  # type: ignore[method-assign]
        STATE.tracer = None
        return super().__exit__(*exc)


class _Paused:
    """A block in which nothing is recorded."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer

    def __enter__(self) -> None:
        from_state = _modes()
        self.had = bool(from_state and from_state[-1] is self.tracer)
        if self.had:
            from_state.pop()
        STATE.tracer = None

    def __exit__(self, *exc: object) -> None:
        STATE.tracer = self.tracer
        if self.had:
            _modes().append(self.tracer)


class _Resumed:
    """A block in which a handler's own calls are recorded."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer

    def __enter__(self) -> None:
        _modes().append(self.tracer)

    def __exit__(self, *exc: object) -> None:
        _modes().pop()


def _modes() -> list:
    return FUNCTION_STATE.modes


def _attribute(node: ast.expr, name: str) -> ast.expr:
    if name.isidentifier():
        return ast.Attribute(node, name, ast.Load())
    return ast.Call(ast.Name("getattr", ast.Load()), [node, ast.Constant(name)], [])


def _path(root: Module | None, module: Module) -> list[str] | None:
    """The names that lead from one module to another; None where there is no way."""
    if root is None:
        return None
    for name, one in root.named_modules():
        if one is module:
            return name.split(".") if name else []
    return None


def _written(module: Module) -> Callable | None:
    """What the library runs in TorchScript for a module's `forward`."""
    for cls in type(module).__mro__:
        found = METHODS.get((cls, "forward"))
        if found is not None:
            return found
        if "forward" in vars(cls):
            return None
    return None


def _tensors(made: Any) -> list[Tensor]:
    if isinstance(made, Tensor):
        return [made]
    if isinstance(made, (list, tuple)):
        return [one for part in made for one in _tensors(part)]
    if isinstance(made, dict):
        return _tensors(list(made.values()))
    return []


def _has_tensors(made: Any) -> bool:
    return bool(_tensors(made))


def _warn(what: str) -> None:
    warnings.warn(
        f"Converting a tensor to a {what} might cause the trace to be incorrect. We can't record "
        "the data flow of Python values, so this value will be treated as a constant in the "
        "future. This means that the trace might not generalize to other inputs!",
        TracerWarning,
        stacklevel=5,
    )
