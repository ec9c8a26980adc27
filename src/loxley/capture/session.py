"""One call under observation: a real run, with a log of what it read and what it changed.

In: what instrumented code reads and stores (`hooks`), what the library does meanwhile (`watch`).
Out: guards, the tensors that came in, and the effects, for `extract`; or `reason`, why there is
nothing to replay, while the call goes on as if nobody had watched.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from threading import get_ident
from typing import Any

from ..amp import autocast
from ..autograd.grad_mode import ContextDecorator
from ..config import config
from ..ir.graph import Value, leaf
from ..nn.modules.module import Module
from ..runtime import interpreter
from ..tensor import Tensor
from ..tensor.generator import Generator, default_generator
from ..tensor.storage import Storage
from .calls import class_attribute
from .guards import CONTAINERS, DICTS, Guards, TensorSpec, is_constant
from .numbers import Number
from .reading import Reading, dunders, python_method
from .rewrite import INSTRUMENTED

# What is equal to itself alone.
_IDENTICAL = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType)
_EQUAL = object.__eq__


class Late:
    """A tensor whose number is returned: looked at when the call has ended."""

    __slots__ = ("tensor", "convert")

    def __init__(self, tensor: Tensor, convert: Callable | None) -> None:
        self.tensor, self.convert = tensor, convert

    def number(self) -> Any:
        return self.tensor.item() if self.convert is None else self.convert(self.tensor)


class StorageSpec:
    """A storage that was there before the call, with its value and version at first use."""

    __slots__ = ("storage", "name", "first", "version")

    def __init__(self, storage: Storage, name: str) -> None:
        self.storage, self.name = storage, name
        self.first, self.version = storage.value, storage.version


class Look:
    """An array that the library looked at: the value, and the bounds that it was checked for."""

    __slots__ = ("value", "array", "bounds")

    def __init__(self, value: Value, array: Any) -> None:
        self.value, self.array = value, array
        self.bounds: int | None = None


class Session(Reading):
    """What is known of the call under way."""

    def __init__(self) -> None:
        self.thread = get_ident()
        self.reason: str | None = None
        self.guards = Guards()
        self.storages: dict[int, StorageSpec] = {}
        self.born: dict[int, Storage] = {}
        self.firsts: dict[int, StorageSpec] = {}  # by the id of the first value
        self.generators: dict[int, tuple[Generator, str, Value]] = {}
        self.kept: dict[int, tuple[Value, tuple, Any]] = {}  # values computed: (value, inputs, op)
        self.looks: dict[int, Look] = {}  # by the id of the array
        self.numbers: dict[int, tuple[Value, tuple[Number, ...]]] = {}  # leaves made of numbers
        self.counts: dict[int, tuple[Storage, Number, Value, str]] = {}
        self.texts: dict[str, Number] = {}
        self.scalars: dict[tuple, Value] = {}
        self.shared_counts: dict[int, tuple[Value, str]] = {}
        self.flushes = 0
        self.histories = False  # whether a tensor that came in has one
        self.symbolic = 0
        self.use_generator(default_generator)

    # ------------------------------------------------------------------ failing

    def fail(self, reason: str) -> None:
        """Nothing will be replayed; the call goes on."""
        if self.reason is None:
            self.reason = f"{reason} at {_user_line()}"

    def close(self) -> None:
        """Lets go of all that was seen, before anything of it is computed."""
        for seen in (self.born, self.storages, self.firsts, self.generators, self.kept, self.looks):
            seen.clear()
        for made in (self.numbers, self.counts, self.texts, self.scalars, self.shared_counts):
            made.clear()
        self.guards = Guards()

    def is_own(self, error: Exception, asked: Any) -> bool:
        """Whether an error is one of this package's own, so that Python has to be asked instead."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        if trace is None or config.compile_strict:
            return False
        frame = trace.tb_frame
        if not frame.f_globals.get("__name__", "").startswith("loxley.capture"):
            return False
        if frame.f_code.co_name == "_plainly" or isinstance(error, StopIteration):
            return False
        if isinstance(error, AttributeError) and error.name == asked:
            return False
        if isinstance(error, (KeyError, IndexError)) and asked is not None:
            return False
        self.fail(f"{type(error).__name__}: {error}")
        return True

    def late(self, tensor: Tensor, convert: Callable | None) -> Late:
        return Late(tensor, convert)

    # ------------------------------------------------------------------ operands and tests

    def operand(self, value: Any) -> None:
        """An operand of Python's arithmetic or of a comparison."""
        if isinstance(value, Tensor):
            self.hand_over(value)
        elif isinstance(value, CONTAINERS):
            self.look_into(value)
        elif not (is_constant(value) or isinstance(value, (Number, *_IDENTICAL))):
            if type(value).__module__ == "builtins" and id(value) not in self.guards.externals:
                return  # such as views of dictionaries, made inside
            if _python_methods(type(value)) or class_attribute(type(value), "__eq__") is not _EQUAL:
                self.fail(f"arithmetic or a comparison of a {type(value).__name__}")

    def member(self, value: Any) -> None:
        """The left side of `in`."""
        kind = type(value)
        if isinstance(value, CONTAINERS):
            self.look_into(value)
        elif isinstance(value, Number):
            value.known("searched for")
        elif not isinstance(value, Tensor) and (
            python_method(kind, "__eq__") or python_method(kind, "__hash__")
        ):
            if not is_constant(value):
                self.fail(f"a search for a {kind.__name__}")

    def searched(self, value: Any) -> None:
        """The right side of `in`."""
        if python_method(type(value), "__contains__") and not isinstance(value, Tensor):
            self.fail(f"a search in a {type(value).__name__}")
        elif python_method(type(value), "__iter__") and not isinstance(value, Tensor):
            self.fail(f"a search in a {type(value).__name__}")
        else:
            self.operand(value)

    def tested(self, value: Any) -> None:
        """A condition."""
        if isinstance(value, Tensor) or is_constant(value) or isinstance(value, Number):
            return
        external = self.guards.externals.get(id(value))
        if type(value) in CONTAINERS:
            if external is not None:
                self.guards.check(f"not {external.name}" if value else external.name)
        elif any(class_attribute(type(value), n) is not None for n in ("__bool__", "__len__")):
            if isinstance(value, Module):
                self.call(len, (value,), {})
            elif external is not None or type(value).__module__ != "builtins":
                self.fail(f"a {type(value).__name__} as a condition")

    def shown(self, value: Any) -> None:
        """A value becomes text."""
        if isinstance(value, Tensor) or is_constant(value) or isinstance(value, Number):
            return
        self.look_into(value)
        if type(value) not in CONTAINERS:
            self.fail(f"a {type(value).__name__} as text")

    def augmented(self, value: Any, other: Any) -> None:
        """`value op= other`."""
        external = self.guards.externals.get(id(value))
        if external is not None and type(value) in CONTAINERS and type(value) is not tuple:
            self.fail("a container from outside is changed")
        self.operand(value)
        self.operand(other)

    def context(self, manager: Any) -> None:
        """The object of a `with` statement."""
        external = self.guards.externals.get(id(manager))
        kind = type(manager)
        if kind is autocast:
            if external is not None:
                where = self.guards.state(external)
                for name in ("device", "fast_dtype", "_cache_enabled", "_enabled"):
                    self.guards.read(manager.__dict__[name], f"{where}[{name!r}]")
        elif isinstance(manager, ContextDecorator):
            if external is not None:
                where = self.guards.state(external)
                if "mode" in manager.__dict__:
                    self.guards.read(manager.__dict__["mode"], f"{where}['mode']")
        elif kind.__module__ != "contextlib" or kind.__name__ != "nullcontext":
            self.fail(f"a with statement on a {kind.__name__}")

    # ------------------------------------------------------------------ stores

    def store_attr(self, owner: Any, name: str, value: Any) -> None:
        """`owner.name = value`."""
        if isinstance(owner, Tensor):
            spec = self.guards.tensors.get(id(owner))
            if spec is not None:
                self._store_tensor_attr(spec, name, value)
        elif id(owner) in self.guards.externals:
            if not _holds(owner, name, value):
                self.fail(f"the attribute {name} of a {type(owner).__name__} is changed")
        elif "__setattr__" in dunders(type(owner)) and not isinstance(owner, Module):
            self.fail(f"a {type(owner).__name__} has its own way to store attributes")
        setattr(owner, name, value)

    def _store_tensor_attr(self, spec: TensorSpec, name: str, value: Any) -> None:
        if name == "grad":
            self.know_grad(spec)
            if isinstance(value, Tensor):
                self.hand_over(value)
        else:
            self.fail(f"the attribute {name} of a tensor is changed")

    def store_item(self, owner: Any, key: Any, value: Any) -> None:
        """`owner[key] = value`."""
        if isinstance(owner, Tensor):
            for one in (owner, key, value):
                self.hand_over(one)
        elif id(owner) in self.guards.externals:
            self.fail(f"an item of a {type(owner).__name__} is changed")
        elif type(owner) not in (list, *DICTS):
            self.fail(f"a {type(owner).__name__} has its own way to store items")
        owner[key] = value

    def deletes(self, owner: Any, name: str | None) -> None:
        """`del owner.name`, `del owner[key]`."""
        if id(owner) in self.guards.externals or isinstance(owner, Tensor):
            self.fail(f"something of a {type(owner).__name__} is deleted")

    # ------------------------------------------------------------------ tensors that come in

    def touch(self, t: Tensor) -> None:
        """The library reads or writes a tensor."""
        storage = t._storage
        if id(storage) in self.born:
            return
        spec = self.guards.tensors.get(id(t))
        if spec is not None:
            if not spec.used:
                self.use(spec)
        elif id(storage) not in self.storages:
            self.fail("a tensor that was reached in a way nobody saw")

    def use(self, spec: TensorSpec) -> None:
        """The first use of a tensor that was there before."""
        if spec.used:
            return
        spec.used = True
        t = spec.tensor
        storage = t._storage
        if storage.meta or storage.exported or t._inference or type(storage.value) is not Value:
            self.fail("a tensor without memory of its own")
        if t._tangents is not None or t._levels:
            self.fail("a tensor of torch.func")
        if t._own_counter is not None:
            self.fail("a tensor made by `.data` or `detach`")
        if t._base is not None and (t._grad_fn is not None or t._base._tracks()):
            self.fail("an argument that is a view with a history")
        self.histories |= t._grad_fn is not None
        if id(storage) not in self.born:
            self._use_storage(storage, spec.name)
        spec.storage = storage
        spec.before = state_of(t)

    def _use_storage(self, storage: Storage, name: str) -> None:
        if id(storage) in self.storages:
            return
        value = storage.value
        if value.data is None:
            interpreter.evaluate_unwatched(value)
        if id(value) in self.firsts:  # each storage has a value of its own
            value = storage.value = leaf(interpreter.evaluate_unwatched(value), value.dtype)
        storage.reads = None
        spec = StorageSpec(storage, self.guards.local(f"{name}._storage", "s"))
        self.storages[id(storage)] = self.firsts[id(value)] = spec

    def know_grad(self, spec: TensorSpec) -> None:
        """A tensor's `.grad` matters: before anything changes it."""
        if spec.grad_known:
            return
        spec.grad_known = True
        spec.grad = grad = spec.tensor._grad
        if grad is None:
            self.guards.check(f"{spec.name}._grad is not None")
        else:
            self.guards.read(grad, f"{spec.name}._grad")

    def use_generator(self, generator: Generator) -> None:
        """A stream of random numbers that may be drawn from."""
        if id(generator) not in self.generators:
            name = self.guards.constant(generator)
            self.generators[id(generator)] = (generator, name, generator._state)

    # ------------------------------------------------------------------ looks

    def looked(self, value: Value) -> None:
        """The library is about to look at a value's elements."""
        if value.data is None:
            stack = [value]
            while stack:
                one = stack.pop()
                if one.data is None and id(one) not in self.kept:
                    self.kept[id(one)] = (one, one.inputs, one.op)
                    stack.extend(i for i in one.inputs if i is not None)

    def looked_at(self, value: Value, array: Any) -> None:
        """The array that came of it."""
        if id(array) not in self.looks:
            self.looks[id(array)] = Look(value, array)

    def within(self, array: Any, size: int) -> None:
        """A look that asked nothing but whether all elements are in 0..size-1, and they are."""
        look = self.looks.get(id(array))
        if look is not None and (look.bounds is None or look.bounds > size):
            look.bounds = size


def state_of(t: Tensor) -> tuple:
    """What a call may not change of a tensor that was there before."""
    return (
        *(t._storage, t._shape, t._strides, t._offset, t.dtype, t._requires_grad, t._grad_fn),
        *(t._base, t._output_nr, t._own_counter, t._inference, t._retains, type(t)),
        *(t._tensor_hooks, t._post_accumulate_hooks, t._view_kind),
    )


def _python_methods(kind: type) -> bool:
    """Whether operators of a class may run Python."""
    names = "add radd sub rsub mul rmul truediv rtruediv matmul mod pow eq ne lt le gt ge neg"
    found = [class_attribute(kind, f"__{n}__") for n in names.split()]
    return any(isinstance(one, types.FunctionType) for one in found)


def _holds(owner: Any, name: str, value: Any) -> bool:
    """Whether an attribute is the value already, as after `self.buffer += 1`."""
    state = getattr(owner, "__dict__", {})
    if isinstance(owner, Module) and isinstance(value, Tensor):
        return any(state[place].get(name) is value for place in ("_parameters", "_buffers"))
    return isinstance(value, Tensor) and state.get(name) is value and not dunders(type(owner))


def _user_line() -> str:
    """Where the innermost instrumented, or else foreign, code stands."""
    frame = inspect.currentframe()
    best = None
    while frame is not None:
        if not frame.f_globals.get("__name__", "").startswith("loxley"):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        if best is None and frame.f_code in INSTRUMENTED:
            best = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return best or "?"
