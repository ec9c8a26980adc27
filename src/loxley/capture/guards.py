"""What a capture depends on, as lines of the function that checks it before every replay.

In: values as they were read, each with the expression that reads it again.  Out: lines of Python,
and the objects that they name.  Numbers and texts are compared, tensors get a name and are looked
at when all is known (`layouts`), containers are followed element by element, and every other
object has to be the very same one.
"""

from __future__ import annotations

import functools
import math
import types
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from enum import Enum
from typing import Any

from ..devices import device
from ..dtypes import dtype
from ..origin import is_ours
from ..tensor import Tensor
from ..tensor.size import Size
from .reasons import Refused

_COMPARED = (int, str, bytes, complex, range, device)
LISTS = (list, tuple, Size)
DICTS = (dict, OrderedDict, defaultdict)
SETS = (set, frozenset)
CONTAINERS = (*LISTS, *DICTS, *SETS)


class External:
    """An object that was there before the call: `name` is what it is called in the checks."""

    __slots__ = ("object", "name", "state", "typed", "followed", "deep")

    def __init__(self, thing: Any, name: str) -> None:
        self.object, self.name = thing, name
        self.state: str | None = None  # the name of its `__dict__`
        self.typed = self.followed = self.deep = False


class TensorSpec:
    """A tensor that was there before the call, and what was known of it when it was first used."""

    __slots__ = (
        "tensor",
        "name",
        "pinned",
        "storage",
        "before",
        "grad",
        "grad_known",
        "used",
        "accumulated",
    )

    def __init__(self, tensor: Tensor, name: str) -> None:
        self.tensor, self.name = tensor, name
        self.pinned = self.grad_known = self.used = self.accumulated = False
        self.storage: Any = None
        self.before: tuple = ()
        self.grad: Tensor | None = None


def is_constant(value: Any) -> bool:
    """Whether a value can't change and is no object with a life of its own."""
    kind = type(value)
    if kind in _COMPARED or value is None or kind in (bool, float, dtype, slice) or value is ...:
        return True
    return kind is Size or isinstance(value, Enum) or kind.__module__.endswith("loxley.layouts")


def is_dict(value: Any) -> bool:
    """Whether a value is one of the dictionaries that are followed."""
    return type(value) in DICTS


class Guards:
    """The lines under way."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        self.externals: dict[int, External] = {}
        self.tensors: dict[int, TensorSpec] = {}
        self._constants: dict[int, str] = {}
        self._checked: set[str] = set()
        self._read: set[str] = set()
        self._count = 0

    # ------------------------------------------------------------------ text

    def constant(self, thing: Any) -> str:
        """A name for an object in the checks."""
        name = self._constants.get(id(thing))
        if name is None:
            name = self._constants[id(thing)] = f"k{len(self._constants)}"
            self.names[name] = thing
        return name

    def check(self, wrong: str) -> None:
        """Nothing is replayed where `wrong` holds."""
        if wrong not in self._checked:
            self._checked.add(wrong)
            self.lines.append(f"if {wrong}: return MISS")

    def local(self, expression: str, prefix: str = "e") -> str:
        """A local name for what an expression gives."""
        self._count += 1
        name = f"{prefix}{self._count}"
        self.lines.append(f"{name} = {expression}")
        return name

    # ------------------------------------------------------------------ reading

    def read(self, value: Any, expression: str) -> None:
        """`value` was read by an expression."""
        if expression in self._read:
            return
        self._read.add(expression)
        kind = type(value)
        if isinstance(value, Tensor):
            self._read_tensor(value, expression)
        elif value is None or kind is bool or value is ...:
            self.check(f"{expression} is not {value!r}")
        elif kind in (float, slice) or kind in _COMPARED or kind is Size:
            self._compare(value, expression)
        elif kind in CONTAINERS:
            self._read_container(value, expression)
        elif kind is types.MethodType:
            name = self.local(expression)
            self.check(f"type({name}) is not {self.constant(kind)}")
            self.read(value.__func__, f"{name}.__func__")
            self.read(value.__self__, f"{name}.__self__")
        else:
            self.pin(value, expression)

    def pin(self, value: Any, expression: str) -> str:
        """The expression has to give the same object again; its name."""
        name = self.constant(value)
        if expression != name:
            self.check(f"{expression} is not {name}")
        self.trust(value)
        return name

    def trust(self, value: Any) -> None:
        """An object that needs no check, such as the library's own: what is in it may need some."""
        if is_constant(value) or id(value) in self.externals:
            return
        if isinstance(value, Tensor):
            raise Refused("a tensor that the library keeps")
        self.externals[id(value)] = External(value, self.constant(value))
        if type(value) is functools.partial:
            for part in (value.func, *value.args, *value.keywords.values()):
                self.trust(part)

    def _compare(self, value: Any, expression: str) -> None:
        kind, name = self.constant(type(value)), self.constant(value)
        if type(value) is float and value != value:
            raise Refused("a number that is NaN")
        got = self.local(expression)
        wrong = f"{got} is not {name} and (type({got}) is not {kind} or {got} != {name}"
        if type(value) is float and value == 0:
            self.names["copysign"] = math.copysign
            wrong += f" or copysign(1.0, {got}) != {math.copysign(1.0, value)}"
        self.check(wrong + ")")

    def _read_container(self, value: Any, expression: str) -> None:
        known = self.externals.get(id(value))
        if known is not None:
            self.check(f"{expression} is not {known.name}")
            return
        if type(value) is tuple and not value:  # there is only one
            self.check(f"{expression} != ()")
            return
        name = self.local(expression)
        self.check(f"type({name}) is not {self.constant(type(value))}")
        self.externals[id(value)] = External(value, name)

    def _read_tensor(self, value: Tensor, expression: str) -> None:
        spec = self.tensors.get(id(value))
        if spec is not None:
            if spec.name != expression:
                self.check(f"{expression} is not {spec.name}")
            return
        if not is_ours(type(value)):
            raise Refused(f"a tensor of the class {type(value).__name__}")
        name = self.local(expression)
        self.check(f"type({name}) is not {self.constant(type(value))}")
        self.tensors[id(value)] = TensorSpec(value, name)

    def pin_tensor(self, spec: TensorSpec) -> str:
        """The tensor has to be this very one; its name."""
        name = self.constant(spec.tensor)
        if not spec.pinned:
            spec.pinned = True
            self.check(f"{spec.name} is not {name}")
        return name

    # ------------------------------------------------------------------ objects and containers

    def typed(self, external: External) -> None:
        """An object's class is looked at."""
        if not external.typed:
            external.typed = True
            kind = type(external.object)
            self.check(f"type({external.name}) is not {self.constant(kind)}")

    def state(self, external: External) -> str:
        """The name of an object's `__dict__`."""
        if external.state is None:
            self.typed(external)
            external.state = self.constant(external.object.__dict__)
            self.check(f"{external.name}.__dict__ is not {external.state}")
        return external.state

    def key(self, key: Any) -> str:
        """A key of a dictionary, or an index, as text."""
        if type(key) in (str, int, bool) or key is None:
            return repr(key)
        spec = self.tensors.get(id(key))
        if spec is not None:
            return self.pin_tensor(spec)
        if isinstance(key, Tensor):
            raise Refused("a tensor made inside is a key")
        try:
            hash(key)
        except TypeError:
            raise Refused("a key that changes") from None
        if type(key) is tuple and all(is_constant(part) for part in key):
            return self.constant(key)
        if not is_constant(key) and id(key) not in self.externals:
            raise Refused("a key made inside")
        return self.constant(key)

    def follow(self, external: External) -> None:
        """All that is in a container is read, and in the containers in it."""
        if external.deep:
            return
        external.deep = True
        self.open(external)
        value = external.object
        for one in () if type(value) in SETS else value.values() if is_dict(value) else value:
            inner = self.externals.get(id(one))
            if inner is not None and type(one) in CONTAINERS:
                self.follow(inner)

    def open(self, external: External) -> None:
        """All elements of a container are read."""
        if external.followed:
            return
        external.followed = True
        value, name = external.object, external.name
        if type(value) in SETS:
            if not all(is_constant(v) for v in value):
                raise Refused("a set of objects")
            self.check(f"{name} != {self.constant(type(value)(value))}")
            return
        if type(value) in DICTS:
            if any(isinstance(k, Tensor) for k in value):
                raise Refused("a dictionary with tensors as keys is gone through")
            keys = [self.key(k) for k in value]
            listed = "".join(f"{k}, " for k in keys)
            self.check(f"(*{name},) != ({listed})")
            pairs: Iterable = [(k, v) for k, v in zip(keys, value.values())]
        else:
            self.check(f"len({name}) != {len(value)}")
            pairs = enumerate(value)
        for key, one in pairs:
            self.read(one, f"{name}[{key}]")
