"""What a session makes of reads: names, attributes, items, loops.

In: an owner and the name or key that instrumented code reads of it.  Out: the value, as Python
gives it, and the checks that it depends on.  What is read in a way that can't be followed ends the
capture.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from ..autograd.grad_mode import ContextDecorator
from ..nn.modules.module import Module, Registered
from ..origin import is_ours
from ..tensor import Tensor
from ..tensor.generator import Generator
from .calls import Calls, class_attribute
from .guards import CONTAINERS, DICTS, LISTS, External, TensorSpec
from .numbers import Number
from .reasons import Refused
from .rewrite import Places

_ACCESSORS = (types.MemberDescriptorType, types.GetSetDescriptorType)
_FUNCTIONS = (types.FunctionType, classmethod, staticmethod)


class Reading(Calls):
    """The part of a session that reads."""

    if TYPE_CHECKING:

        def know_grad(self, spec: TensorSpec) -> None: ...

    # ------------------------------------------------------------------ names

    def read_global(self, places: Places, name: str, value: Any) -> None:
        """A global name, or a builtin one."""
        try:
            if places.inside:
                self.guards.trust(value)
            elif name in places.namespace:
                where = self.guards.constant(places.namespace)
                self.guards.read(value, f"{where}[{name!r}]")
            else:
                where = self.guards.constant(places.namespace)
                self.guards.check(f"{name!r} in {where}")
                self.guards.trust(value)
        except Refused as why:
            self.fail(f"{why} ({name})")

    def read_free(self, places: Places, name: str, value: Any) -> None:
        """A name of a function around."""
        cell = places.cells.get(name)
        if cell is None or cell.cell_contents is not value:  # bound inside the call
            return
        try:
            if places.inside:
                self.guards.trust(value)
            else:
                self.guards.read(value, f"{self.guards.constant(cell)}.cell_contents")
        except Refused as why:
            self.fail(f"{why} ({name})")

    # ------------------------------------------------------------------ attributes

    def attr(self, owner: Any, name: str) -> Any:
        """`owner.name`."""
        try:
            if isinstance(owner, Tensor):
                return self._tensor_attr(owner, name)
            external = self.guards.externals.get(id(owner))
            if external is None:
                return self._own_attr(owner, name)
            return self._external_attr(external, name)
        except Refused as why:
            self.fail(str(why))
            return getattr(owner, name)

    def _tensor_attr(self, t: Tensor, name: str) -> Any:
        spec = self.guards.tensors.get(id(t))
        if spec is None:
            return getattr(t, name)
        if name in ("grad", "_grad"):
            self.know_grad(spec)
            return getattr(t, name)
        self.use(spec)
        if name in t.__dict__ and name not in Tensor.__dict__ and not name.startswith("_"):
            state = f"{spec.name}.__dict__"
            self.guards.read(t.__dict__[name], f"{state}[{name!r}]")
        value = getattr(t, name)
        if name == "grad_fn" and value is not None:
            raise Refused("the history of a tensor made before")
        return value

    def _own_attr(self, owner: Any, name: str) -> Any:
        """Of something made inside, or of a constant."""
        kind = type(owner)
        found = inspect.getattr_static(kind, name, None)
        if isinstance(found, property) and isinstance(found.fget, types.FunctionType):
            if not is_ours(kind):
                return self.call(found.fget, (owner,), {})
        if kind is super:
            return self._super_attr(owner, name)
        if "__getattribute__" in dunders(kind):
            raise Refused(f"{kind.__name__} has its own way to find attributes")
        if isinstance(owner, Number):
            raise Refused(f"an attribute of a number that changes: {name}")
        return getattr(owner, name)

    def _super_attr(self, owner: Any, name: str) -> Any:
        """Of `super()`: the first class that has it, of those that come later."""
        kind = owner.__self_class__
        order = kind.__mro__
        for base in order[order.index(owner.__thisclass__) + 1 :]:
            where = f"{self.guards.constant(base)}.__dict__"
            if name in base.__dict__:
                found = self.guards.constant(base.__dict__[name])
                self.guards.check(f"{where}[{name!r}] is not {found}")
                break
            self.guards.check(f"{name!r} in {where}")
        return getattr(owner, name)

    def _external_attr(self, external: External, name: str) -> Any:
        owner, guards = external.object, self.guards
        kind = type(owner)
        if kind is types.ModuleType or isinstance(owner, types.ModuleType):
            value = getattr(owner, name)
            if name not in owner.__dict__:
                raise Refused(f"the module {owner.__name__} makes {name} when asked")
            guards.read(value, f"{guards.constant(owner.__dict__)}[{name!r}]")
            return value
        if isinstance(owner, type):
            value = getattr(owner, name)
            guards.read(value, f"{external.name}.{name}")
            return value
        if kind in CONTAINERS or kind in (types.FunctionType, types.MethodType):
            if name == "__self__" or kind is types.FunctionType:
                raise Refused(f"the attribute {name} of a function")
            return getattr(owner, name)
        if kind in (Generator, functools.partial) or isinstance(owner, ContextDecorator):
            return getattr(owner, name)
        return self._object_attr(external, name)

    def _object_attr(self, external: External, name: str) -> Any:
        """Of an object of a class written in Python."""
        owner, guards = external.object, self.guards
        kind = type(owner)
        own_ways = dunders(kind)
        is_module = isinstance(owner, Module)
        if "__getattribute__" in own_ways or (
            "__getattr__" in own_ways and kind.__getattr__ is not Module.__getattr__
        ):
            raise Refused(f"{kind.__name__} has its own way to find attributes")
        guards.typed(external)
        found = class_attribute(kind, name)
        state = getattr(owner, "__dict__", None)
        if isinstance(found, property):
            if not isinstance(found.fget, types.FunctionType):
                raise Refused(f"the property {name} of {kind.__name__}")
            guards.check(f"{guards.constant(kind)}.{name} is not {guards.constant(found)}")
            return self.call(found.fget, (owner,), {})
        if isinstance(found, _ACCESSORS) and name not in ("__dict__",):
            value = getattr(owner, name)
            guards.read(value, f"{external.name}.{name}")
            return value
        if type(state) is not dict:
            raise Refused(f"{kind.__name__} keeps its attributes in a way of its own")
        if name == "__class__":
            return kind
        where = guards.state(external)
        if name in state:
            if _is_data_descriptor(found):
                raise Refused(f"{kind.__name__}.{name} is a descriptor")
            guards.read(state[name], f"{where}[{name!r}]")
            return state[name]
        if found is not None and not isinstance(found, Registered):
            return self._class_attr(external, name, found, where)
        if is_module:
            return self._registered(external, name, where)
        self._absent(name, where)
        return getattr(owner, name)

    def _class_attr(self, external: External, name: str, found: Any, where: str) -> Any:
        guards, owner = self.guards, external.object
        kind = type(owner)
        guards.check(f"{name!r} in {where}")
        value = getattr(owner, name)
        of_class = f"{guards.constant(kind)}.{name}"
        if isinstance(found, types.FunctionType):
            guards.check(f"{of_class} is not {guards.constant(found)}")
        elif isinstance(found, _FUNCTIONS):
            guards.read(value, of_class)
        elif hasattr(type(found), "__get__"):
            raise Refused(f"{kind.__name__}.{name} is a descriptor")
        else:
            guards.read(value, of_class)
        return value

    def _registered(self, external: External, name: str, where: str) -> Any:
        """A parameter, submodule or buffer of a module."""
        guards, state = self.guards, external.object.__dict__
        guards.check(f"{name!r} in {where}")
        for place in ("_parameters", "_modules", "_buffers"):
            members = state[place]
            inside = f"{guards.constant(members)}"
            guards.check(f"{where}[{place!r}] is not {inside}")
            if name in members:
                guards.read(members[name], f"{inside}[{name!r}]")
                return members[name]
            guards.check(f"{name!r} in {inside}")
        return getattr(external.object, name)

    def _absent(self, name: str, where: str) -> None:
        self.guards.check(f"{name!r} in {where}")

    # ------------------------------------------------------------------ items and loops

    def item(self, owner: Any, key: Any) -> Any:
        """`owner[key]`."""
        try:
            if isinstance(owner, Tensor):
                self.hand_over(owner)
                self.hand_over(key)
                return owner[key]
            external = self.guards.externals.get(id(owner))
            if external is not None:
                return self._external_item(external, key)
            method = python_method(type(owner), "__getitem__")
            if method is not None:
                return self.call(method, (owner, key), {})
        except Refused as why:
            self.fail(str(why))
        return owner[key]

    def _external_item(self, external: External, key: Any) -> Any:
        owner, guards = external.object, self.guards
        kind = type(owner)
        if kind in LISTS and type(key) is slice:
            guards.open(external)
            return owner[key]
        if kind in LISTS or kind in DICTS:
            if isinstance(key, Number):
                raise Refused("a number that changes is an index")
            missing = kind in DICTS and key not in owner
            if missing and kind is defaultdict:
                raise Refused("an entry that is missing")
            if missing:
                guards.check(f"{guards.key(key)} in {external.name}")
                return owner[key]  # KeyError
            value = owner[key]
            guards.read(value, f"{external.name}[{guards.key(key)}]")
            return value
        method = python_method(kind, "__getitem__")
        if method is None:
            raise Refused(f"an item of a {kind.__name__}")
        self._class_method(external, "__getitem__", method)
        return self.call(method, (owner, key), {})

    def _class_method(self, external: External, name: str, method: Any) -> None:
        guards = self.guards
        guards.typed(external)
        kind = guards.constant(type(external.object))
        guards.check(f"{kind}.{name} is not {guards.constant(method)}")

    def iterate(self, values: Any) -> Any:
        """What a loop goes through."""
        try:
            if isinstance(values, Tensor):
                self.hand_over(values)
                return values
            external = self.guards.externals.get(id(values))
            if external is None and type(values) in CONTAINERS:
                return values
            method = python_method(type(values), "__iter__")
            if method is not None:
                if external is not None:
                    self._class_method(external, "__iter__", method)
                return self.call(method, (values,), {})
            if external is not None:
                if type(values) not in CONTAINERS:
                    raise Refused(f"a {type(values).__name__} from outside is gone through")
                self.guards.open(external)
        except Refused as why:
            self.fail(str(why))
        return values

    def look_into(self, values: Any) -> None:
        """All of a container is read."""
        external = self.guards.externals.get(id(values))
        if external is None:
            return
        if type(values) not in CONTAINERS:
            self.fail(f"a {type(values).__name__} from outside is read")
            return
        try:
            self.guards.follow(external)
        except Refused as why:
            self.fail(str(why))


def dunders(kind: type) -> frozenset[str]:
    """Of the special ways to reach attributes, those that a class defines in Python."""
    names = ("__getattr__", "__getattribute__", "__setattr__")
    return frozenset(n for n in names if isinstance(class_attribute(kind, n), types.FunctionType))


def python_method(kind: type, name: str) -> Any:
    found = class_attribute(kind, name)
    return found if isinstance(found, types.FunctionType) else None


def _is_data_descriptor(found: Any) -> bool:
    return found is not None and hasattr(type(found), "__set__") and hasattr(type(found), "__get__")
