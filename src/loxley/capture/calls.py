"""Which calls are followed, which are trusted, and which end a capture.

Followed: the user's functions and methods, modules' `forward`, the library's modules, optimizers
and utilities.  Trusted: the library's functions on tensors, which depend on nothing but their
arguments and the modes, and Python's own functions without side effects.  All else is refused.
"""

from __future__ import annotations

import functools
import itertools
import sysconfig
import types
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..amp import autocast
from ..autograd.function import Function
from ..autograd.grad_mode import ContextDecorator
from ..dtypes import dtype, float64
from ..ir.graph import Op, Value, leaf
from ..nn.modules import module as modules
from ..nn.modules.module import Module
from ..optim import applying, rule_optimizer
from ..origin import is_ours
from ..tensor import Tensor
from ..tensor.generator import Generator
from ..tensor.size import Size
from .guards import CONTAINERS, DICTS, Guards, TensorSpec, is_constant
from .hooks import hooks
from .numbers import Number, plain_of
from .reasons import Refused
from .rewrite import INSTRUMENTED, instrumented

if TYPE_CHECKING:
    from ..tensor.storage import Storage

_FOLLOWED = ("nn.modules", "nn.utils", "nn.parallel", "optim", "models", "utils.checkpoint")
_TRUSTED = (
    *("tensor", "nn.functional", "nn.init", "nn.packing", "autograd", "ops", "linalg", "fft"),
    *("special", "amp", "runtime", "random", "signal", "dtypes", "devices", "errors", "_VF"),
)
_REFUSED = (
    *("tensor.printing", "tensor.formatting", "tensor.pickling", "nn.parameter"),
    *("autograd.function", "autograd.gradcheck", "autograd.functional"),
)
_PURE = {
    *(isinstance, issubclass, len, abs, min, max, sum, sorted, any, all, round, divmod, pow),
    *(callable, chr, ord, repr, iter, next, format),
}
_PURE_CLASSES = {
    *(int, float, complex, bool, str, bytes, list, tuple, dict, set, frozenset, slice, range),
    *(enumerate, zip, reversed, map, filter, type, Size, OrderedDict, dtype, autocast, Generator),
    *(itertools.chain, itertools.islice, itertools.count, itertools.repeat, super, object),
    *(itertools.product, itertools.accumulate, functools.partial, types.SimpleNamespace),
}
# Those that take apart or put together and look at nothing.
_STRUCTURAL = {
    *(enumerate, zip, reversed, list, tuple, dict, OrderedDict, iter, next, set, slice, range),
    *(itertools.chain, itertools.islice, itertools.count, itertools.repeat, itertools.product),
}
_READING = frozenset("get items keys values copy index count __len__ __contains__".split())
_STANDARD = sysconfig.get_paths()["stdlib"]
_BORN = (types.GeneratorType, zip, map, enumerate, filter, reversed, range, itertools.chain)
_SYMBOLIC = ("sgd", "adam", "adamw", "adamax", "nadam", "radam", "rmsprop", "adagrad")


def _among(module: str, names: tuple[str, ...]) -> bool:
    inside = module.removeprefix("loxley.")
    return any(inside == n or inside.startswith(n + ".") for n in names)


def class_attribute(kind: type, name: str) -> Any:
    """What a class or one of its bases holds under a name."""
    for base in kind.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return None


class Calls:
    """The part of a session that decides about calls."""

    guards: Guards
    reason: str | None
    symbolic: int
    texts: dict[str, Number]
    numbers: dict[int, tuple[Value, tuple]]
    counts: dict[int, tuple[Storage, Number, Value, str]]

    if TYPE_CHECKING:

        def fail(self, reason: str) -> None: ...
        def attr(self, owner: Any, name: str) -> Any: ...
        def item(self, owner: Any, key: Any) -> Any: ...
        def use(self, spec: TensorSpec) -> None: ...
        def tested(self, value: Any) -> None: ...
        def context(self, manager: Any) -> None: ...
        def iterate(self, values: Any) -> Any: ...
        def use_generator(self, generator: Generator) -> None: ...
        def store_attr(self, owner: Any, name: str, value: Any) -> None: ...

    def call(self, function: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """`function(*args, **kwargs)`."""
        try:
            how, function, args = self._way(function, args, kwargs)
        except Refused as why:
            self.fail(str(why))
            return function(*args, **kwargs)
        return how(function, args, kwargs)

    def _way(self, f: Any, args: tuple, kwargs: dict) -> tuple[Callable, Any, tuple]:
        """How a call is made, and of what with what; Refused where it can't be captured."""
        kind = type(f)
        if kind is types.MethodType:
            owner = f.__self__
            if isinstance(owner, type) and issubclass(owner, Function):
                raise Refused(f"a custom autograd function, {owner.__name__}")
            if isinstance(owner, Tensor) and id(owner) in self.guards.tensors:
                if f.__name__ in _LASTING:
                    raise Refused(f"Tensor.{f.__name__} of an argument")
            return self._way(f.__func__, (owner, *args), kwargs)
        if kind is types.FunctionType:
            return self._function_way(f, args, kwargs)
        if isinstance(f, Module):
            return self._module_way(f, args, kwargs)
        if isinstance(f, type):
            return self._class_way(f, args, kwargs)
        if kind is types.BuiltinFunctionType or kind is types.MethodWrapperType:
            return self._builtin_way(f, args, kwargs)
        if kind is functools.partial:
            if f.keywords:
                bound = functools.partial(_with_keywords, self, f.keywords)
                return bound, f.func, (*f.args, *args)
            return self._way(f.func, (*f.args, *args), kwargs)
        if kind is Op:
            return self._trusted(f, args, kwargs)
        if kind is functools._lru_cache_wrapper and f.__module__.startswith("loxley."):
            return self._trusted(f, args, kwargs)
        if kind in (types.MethodDescriptorType, types.WrapperDescriptorType):
            if f.__objclass__ in (str, int, float, bytes, tuple):
                return self._trusted(f, args, kwargs)
        method = class_attribute(kind, "__call__")
        if isinstance(method, types.FunctionType) and not is_ours(kind):
            return self._function_way(method, (f, *args), kwargs)
        raise Refused(f"a call of a {kind.__name__}")

    # ------------------------------------------------------------------ functions in Python

    def _function_way(self, f: Any, args: tuple, kwargs: dict) -> tuple[Callable, Any, tuple]:
        special = _SPECIAL.get(f)
        if special is not None:
            return getattr(self, special), f, args
        if f.__dict__:
            if "_loxley_compiled" in f.__dict__:  # compiled functions within compiled ones
                return self._way(f.__dict__["_loxley_compiled"].function, args, kwargs)
            if "_loxley_disabled" in f.__dict__:
                raise Refused(f"{f.__qualname__} is kept out of compilation")
        if f is modules.Module.__call__ and isinstance(args[0], Module):
            return self._module_way(args[0], args[1:], kwargs)
        if f.__code__ in INSTRUMENTED:
            return _plainly, f, args
        module = f.__module__ or ""
        if module.startswith("loxley."):
            if _among(module, _REFUSED):
                raise Refused(f"a call of {f.__qualname__}")
            if _among(module, _FOLLOWED):
                return self._follow, f, args
            if _among(module, _TRUSTED) or f.__name__ in _TOLD and module == "loxley.compiling":
                return self._trusted(f, args, kwargs)
            raise Refused(f"a call of {f.__qualname__}")
        if f.__code__.co_filename.startswith(_STANDARD) or module.split(".")[0] in ("numpy",):
            if "site-packages" not in f.__code__.co_filename or module.startswith("numpy"):
                raise Refused(f"a call of {module}.{f.__qualname__}")
        return self._follow, f, args

    def _follow(self, f: Any, args: tuple, kwargs: dict) -> Any:
        """Runs a function with hooks in it."""
        if self.reason is not None:
            return f(*args, **kwargs)
        try:
            made = instrumented(f, hooks, outermost=False)
            self._trust_defaults(f)
        except Refused as why:
            self.fail(str(why))
            return f(*args, **kwargs)
        symbolic = f.__name__ == "_update" and f.__module__.split(".")[-1] in _SYMBOLIC
        self.symbolic += symbolic
        try:
            return made(*args, **kwargs)
        finally:
            self.symbolic -= symbolic

    def _trust_defaults(self, f: Any) -> None:
        for default in (*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()):
            self.guards.trust(default)

    def _module_way(self, m: Module, args: tuple, kwargs: dict) -> tuple[Callable, Any, tuple]:
        kind = type(m)
        if "_captured" in m.__dict__:  # a compiled module
            return self._module_way(m._modules["_orig_mod"], args, kwargs)  # type: ignore[arg-type]
        if kind.__call__ is not modules.Module.__call__:
            return self._function_way(kind.__call__, (m, *args), kwargs)
        external = self.guards.externals.get(id(m))
        tables = [getattr(modules, name) for name in _GLOBAL_HOOKS]
        if any(tables) or any(m.__dict__[name] for name in _HOOKS):
            raise Refused(f"hooks of a {kind.__name__}")
        for table in tables:
            self.guards.check(self.guards.constant(table))
        if external is not None:
            state = self.guards.state(external)
            self.guards.check(" or ".join(f"{state}[{name!r}]" for name in _HOOKS))
        forward = self.attr(m, "forward")
        return self._way(forward, args, kwargs)

    # ------------------------------------------------------------------ trusted calls

    def _trusted(self, f: Any, args: tuple, kwargs: dict) -> tuple[Callable, Any, tuple]:
        for one in (*args, *kwargs.values()):
            self.hand_over(one)
        if any(isinstance(one, Number) for one in args):
            args = tuple(
                one.known("handed over") if isinstance(one, Number) else one for one in args
            )
        return _plainly, f, args

    def hand_over(self, value: Any) -> None:
        """A value goes to code that isn't followed: all of it may be read."""
        try:
            self._hand_over(value, 0)
        except Refused as why:
            self.fail(str(why))

    def _hand_over(self, value: Any, depth: int) -> None:
        kind = type(value)
        if isinstance(value, Tensor):
            spec = self.guards.tensors.get(id(value))
            if spec is not None:
                self.use(spec)
        elif is_constant(value) or isinstance(value, (type, *_BORN, Number)):
            pass
        elif kind in CONTAINERS:
            external = self.guards.externals.get(id(value))
            if external is not None:
                self.guards.follow(external)
            if depth > 8:
                raise Refused("containers within containers")
            for one in value.values() if kind in DICTS else value:
                self._hand_over(one, depth + 1)
        elif kind is Generator:
            self.use_generator(value)
        elif isinstance(value, ContextDecorator) or kind is autocast:
            self.context(value)
        elif kind in (types.FunctionType, types.MethodType, types.BuiltinFunctionType):
            self._hand_over_function(value)
        elif isinstance(value, tuple) and hasattr(value, "_fields"):
            for one in value:
                self._hand_over(one, depth + 1)
        elif isinstance(value, (types.ModuleType, Op)):
            pass
        elif hasattr(kind, "__iter__") and kind.__module__ == "builtins":
            pass  # iterators and views of dictionaries, made inside of what was read
        else:
            raise Refused(f"a {kind.__name__} is handed over")

    def _hand_over_function(self, f: Any) -> None:
        inner = getattr(f, "__func__", f)
        code = getattr(inner, "__code__", None)
        module = getattr(inner, "__module__", None) or ""
        if code in INSTRUMENTED or _among(module, _TRUSTED) and module.startswith("loxley."):
            return
        if code is None and (f in _PURE or module in ("math", "_operator")):
            return
        raise Refused(f"the function {getattr(f, '__name__', f)} is handed over")

    # ------------------------------------------------------------------ Python's own

    def _builtin_way(self, f: Any, args: tuple, kwargs: dict) -> tuple[Callable, Any, tuple]:
        owner = getattr(f, "__self__", None)
        if owner is not None and not isinstance(owner, types.ModuleType):
            return self._method_way(f, owner, args, kwargs)
        if f is getattr:
            return self._getattr, f, args
        if f is hasattr:
            return self._hasattr, f, args
        if f is setattr:
            return self._setattr, f, args
        if f is len and len(args) == 1:
            return self._len, f, args
        if f in (isinstance, callable, issubclass):
            external = self.guards.externals.get(id(args[0]))
            if external is not None:
                self.guards.typed(external)
            return _plainly, f, args
        if f in _STRUCTURAL:
            return _plainly, f, tuple(map(self.iterate, args))
        if f in (any, all) and len(args) == 1:
            return self._any_or_all, f, args
        args = tuple(list(a) if isinstance(a, _BORN) and f is not repr else a for a in args)
        if f in _PURE or f.__module__ in ("math", "_operator", "_functools"):
            args = tuple(self.iterate(a) if isinstance(a, Module) else a for a in args)
            return self._trusted(f, args, kwargs)
        raise Refused(f"a call of {f.__name__}")

    def _method_way(self, f: Any, owner: Any, args: tuple, kwargs: dict) -> Any:
        external = self.guards.externals.get(id(owner))
        name = f.__name__
        if external is not None:
            kind = type(owner)
            if kind not in CONTAINERS or name not in _READING:
                raise Refused(f"{kind.__name__}.{name} of something from outside")
            if name == "get" and kind in DICTS:
                return self._get, f, args
            self.guards.open(external)
            return self._trusted(f, args, kwargs)
        if is_constant(owner) or type(owner) in (*CONTAINERS, *_BORN, types.SimpleNamespace):
            return self._trusted(f, args, kwargs) if is_constant(owner) else (_plainly, f, args)
        if isinstance(owner, type) and owner in (dict, str, int, float):
            return self._trusted(f, args, kwargs)
        if type(owner) in (functools.partial,) or isinstance(owner, ContextDecorator):
            return _plainly, f, args
        raise Refused(f"a call of {type(owner).__name__}.{name}")

    def _get(self, f: Any, args: tuple, kwargs: dict) -> Any:
        owner = f.__self__
        if kwargs or not args or args[0] in owner:
            return self.item(owner, args[0]) if args else f(*args, **kwargs)
        try:
            external = self.guards.externals[id(owner)]
            self.guards.check(f"{self.guards.key(args[0])} in {external.name}")
        except Refused as why:
            self.fail(str(why))
        return f(*args)

    def _getattr(self, f: Any, args: tuple, kwargs: dict) -> Any:
        owner, name, *default = args
        if default and not self._has(owner, name):
            return default[0]
        return self.attr(owner, name)

    def _hasattr(self, f: Any, args: tuple, kwargs: dict) -> bool:
        return self._has(*args)

    def _has(self, owner: Any, name: str) -> bool:
        """Whether there is an attribute; its absence is checked too."""
        there = hasattr(owner, name)
        if there:
            self.attr(owner, name)
        elif isinstance(owner, Tensor):
            self.fail("whether a tensor has an attribute")
        elif id(owner) in self.guards.externals:
            try:
                self.attr(owner, name)
            except AttributeError:
                pass
        return there

    def _setattr(self, f: Any, args: tuple, kwargs: dict) -> None:
        self.store_attr(args[0], args[1], args[2])

    def _any_or_all(self, f: Any, args: tuple, kwargs: dict) -> bool:
        for one in self.iterate(args[0]):
            self.tested(one)
            if bool(one) is (f is any):
                return f is any
        return f is all

    def _len(self, f: Any, args: tuple, kwargs: dict) -> int:
        (value,) = args
        external = self.guards.externals.get(id(value))
        if isinstance(value, Tensor):
            self.hand_over(value)
        elif external is not None:
            if type(value) in CONTAINERS:
                self.guards.check(f"len({external.name}) != {len(value)}")
            elif isinstance(type(value).__len__, types.FunctionType):
                return self.call(type(value).__len__, (value,), {})
            else:
                self.fail(f"the length of a {type(value).__name__}")
        return len(value)

    # ------------------------------------------------------------------ classes

    def _class_way(self, f: Any, args: tuple, kwargs: dict) -> tuple[Callable, Any, tuple]:
        if f in (map, filter) and args:
            return (
                _plainly,
                f,
                (functools.partial(_called, self, args[0]), *map(self.iterate, args[1:])),
            )
        if f in _PURE_CLASSES or issubclass(f, (ContextDecorator, BaseException)):
            if f is float and len(args) == 1 and isinstance(args[0], Number):
                return _plainly, _same, args
            if f is type and len(args) != 1:
                raise Refused("a class is made")
            if f is type:
                external = self.guards.externals.get(id(args[0]))
                if external is not None:
                    self.guards.typed(external)
                return _plainly, f, args
            if f is super or f is functools.partial:
                return _plainly, f, args
            if f in _STRUCTURAL:
                return _plainly, f, tuple(map(self.iterate, args))
            return self._trusted(f, args, kwargs)
        if issubclass(f, tuple) and hasattr(f, "_fields"):
            return self._trusted(f, args, kwargs)
        if f.__module__.startswith("loxley.devices") or issubclass(f, Tensor):
            return self._trusted(f, args, kwargs)
        if type(f) is type and f.__new__ is object.__new__ and not issubclass(f, Module):
            if f.__init__ is object.__init__:
                return self._trusted(f, args, kwargs)
            if isinstance(f.__init__, types.FunctionType):
                return self._construct, f, args
        raise Refused(f"a {f.__name__} is made")

    def _construct(self, f: Any, args: tuple, kwargs: dict) -> Any:
        made = object.__new__(f)
        self.call(f.__init__, (made, *args), kwargs)
        return made

    # ------------------------------------------------------------------ optimizers' numbers

    def _lr_of(self, f: Any, args: tuple, kwargs: dict) -> Any:
        (group,) = args
        external = self.guards.externals.get(id(group))
        lr = group["lr"]
        if not self.symbolic or external is None or type(lr) is not float:
            return self._follow(f, args, kwargs)
        if self.call(group.get, ("differentiable",), {}):
            return self.item(group, "lr")
        number = Number.made(self, lr, f"{external.name}['lr']")  # type: ignore[arg-type]
        self.guards.check(f"type({number.name}) is not {self.guards.constant(float)}")
        return number

    def _advance(self, f: Any, args: tuple, kwargs: dict) -> Any:
        """One step more, of a tensor that counts."""
        (count,) = args
        spec = self.guards.tensors.get(id(count))
        if (
            not self.symbolic
            or spec is None
            or spec.used
            or count._shape
            or count._storage.exported
        ):
            self.fail("a count of steps is looked at")
            return f(count)
        storage, value = count._storage, count._storage.value
        if value.data is None or type(value.data) is not np.ndarray:
            self.fail("a count that is pending")
            return f(count)
        name, own = self._count_place(spec, storage, value)
        before = Number.made(self, value.data.item(), f"{name}.value.data.item()")  # type: ignore
        scalar = self.guards.constant(count.dtype.scalar)
        after = before._binary("+", 1)
        real = f(count)
        if not isinstance(after, Number):
            return real
        number = Number.made(self, real, f"{scalar}({after.name}).item()")  # type: ignore[arg-type]
        self.counts[id(storage)] = (storage, number, storage.value, own)
        return number

    def _count_place(self, spec: TensorSpec, storage: Storage, value: Value) -> tuple[str, str]:
        """The names of a storage with this count, and of this one: equal counts stay together."""
        spec.used = True
        spec.before = (storage,)
        spec.storage = storage
        name = self.guards.local(f"{spec.name}._storage", "s")
        shared = self.shared_counts.setdefault(id(value), (value, name))[1]
        if shared == name:
            kind = self.guards.constant(spec.tensor.dtype)
            self.guards.check(f"{name}.exported or {name}.dtype is not {kind}")
            self.guards.check(f"{name}.value.data is None or {name}.value.data.shape")
        else:
            self.guards.check(f"{name}.exported or {name}.value is not {shared}.value")
        self.guards.check(f"{spec.name}._shape")
        return shared, name

    def _apply_update(self, f: Any, args: tuple, kwargs: dict) -> None:
        update, param, grad, buffers, scalars, flags, *rest = args
        for one in (param, grad, *buffers):
            self.hand_over(one)
        differentiable = rest[0] if rest else kwargs.get("differentiable", False)
        if not any(isinstance(s, Number) for s in scalars) or differentiable:
            f(update, param, grad, buffers, tuple(map(plain_of, scalars)), flags, *rest, **kwargs)
            return
        value = self._leaf_of(tuple(scalars))
        applying.record_op(update.op, param, grad, buffers, value, flags)

    def _leaf_of(self, scalars: tuple) -> Value:
        """The value that stands for numbers in the operators of this call."""
        key = tuple(s.name if isinstance(s, Number) else (type(s), s) for s in scalars)
        found = self.scalars.get(key)
        if found is None:
            array = np.array([plain_of(s) for s in scalars], np.float64)
            found = self.scalars[key] = leaf(array, float64)
            self.numbers[id(found)] = (found, scalars)
        return found

    shared_counts: dict[int, tuple[Value, str]]
    scalars: dict[tuple, Value]


def _plainly(f: Any, args: tuple, kwargs: dict) -> Any:
    return f(*args, **kwargs)


def _same(value: Any) -> Any:
    return value


def _called(session: Calls, f: Any, *args: Any) -> Any:
    return session.call(f, args, {})


def _with_keywords(session: Calls, keywords: dict, f: Any, args: tuple, kwargs: dict) -> Any:
    return session.call(f, args, {**keywords, **kwargs})


_SPECIAL: dict[Any, str] = {
    rule_optimizer.lr_of: "_lr_of",
    applying.advance: "_advance",
    applying.apply_update: "_apply_update",
}
# Methods that leave something on a tensor besides its elements.
_LASTING = ("register_hook", "register_post_accumulate_grad_hook", "share_memory_", "retain_grad")
_TOLD = ("is_compiling", "is_dynamo_compiling", "is_exporting")
_HOOKS = ("_backward_hooks", "_backward_pre_hooks", "_forward_hooks", "_forward_pre_hooks")
_GLOBAL_HOOKS = (
    "global_forward_hooks",
    "global_forward_pre_hooks",
    "global_backward_hooks",
    "global_backward_pre_hooks",
)
