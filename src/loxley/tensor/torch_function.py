"""The protocol `__torch_function__`: classes that take over what the public functions do with them.

In: the public functions, offered here by the modules that hold them.  Out: nothing, until the first
class that has its own `__torch_function__` appears (a subclass of Tensor, `torch.fx.Proxy`, a
mode).  Then each public function gets another code in place, which asks its arguments first; so
those that a program has already imported ask too, and programs without such classes pay nothing.
Source: https://docs.pytorch.org/docs/stable/notes/extending.html
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType
from typing import Any

from ..origin import is_ours
from .api import PUBLIC
from .rare import load_all
from .tensor import Tensor


class _State(threading.local):
    """Of a thread: whether subclasses are asked, whether anybody is, and the modes entered."""

    def __init__(self) -> None:
        self.subclasses, self.modes_too = True, True
        self.modes: list[Any] = []


STATE = _State()
_offered: list[FunctionType] = []
_originals: dict[int, Callable] = {}  # by the function's id: what it did before
_active = False
# Makers of the arguments that a function's handlers are told, where they aren't as in the call.
_TOLD: dict[str, int] = {}


def disabled(cls: type, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
    """The `__torch_function__` of classes that take over nothing."""
    return NotImplemented


@functools.cache
def _asks(kind: type) -> bool:
    """Whether arguments of a class take part."""
    found = getattr(kind, "__torch_function__", None)
    if found is None or issubclass(kind, Tensor) and is_ours(kind):
        return False
    return getattr(found, "__func__", found) is not disabled


def takes_part(value: Any) -> bool:
    """Whether a value has a `__torch_function__` that is asked at present."""
    state = STATE
    if not (state.subclasses and state.modes_too) or isinstance(value, type):
        return False
    return _asks(type(value))


def _candidates(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if type(value) in (list, tuple):
            yield from (one for one in value if _asks(type(one)))
        elif _asks(type(value)):
            yield value


def overloaded(values: Iterable[Any]) -> list[Any]:
    """One argument per class that takes part, subclasses before their bases."""
    if not (STATE.subclasses and STATE.modes_too):
        return []
    found: list[Any] = []
    for value in _candidates(values):
        kind = type(value)
        if isinstance(value, type) or any(type(one) is kind for one in found):
            continue
        place = next((i for i, o in enumerate(found) if issubclass(kind, type(o))), len(found))
        found.insert(place, value)
    return found


def ask(function: Callable, asked: list[Any], args: tuple, kwargs: dict | None) -> Any:
    """What the innermost mode, or the first argument that knows better, makes of a call.

    TypeError where none of them does.
    """
    types = tuple(type(one) for one in asked)
    state = STATE
    if state.modes and state.modes_too:
        mode = state.modes.pop()
        try:
            made = mode.__torch_function__(function, types, args, kwargs)
        finally:
            state.modes.append(mode)
        if made is not NotImplemented:
            return made
    for one in asked:
        made = one.__torch_function__(function, types, args, kwargs)
        if made is not NotImplemented:
            return made
    told = "".join(f"  - tensor subclass {kind}\n" for kind in types)
    raise TypeError(
        f"Multiple dispatch failed for '{_name_of(function)}'; all __torch_function__ handlers "
        f"returned NotImplemented:\n\n{told}\nFor more information, try re-running with "
        "TORCH_LOGS=not_implemented"
    )


def _name_of(function: Callable) -> str:
    name = getattr(function, "__name__", str(function))
    if _is_functional(function):
        return f"torch.nn.functional.{name}"
    return f"torch.{name}" if PUBLIC.get(name) is function else f"torch.Tensor.{name}"


# Python's operators, which tell of themselves as the methods that they stand for.
_STANDS_FOR = "add sub mul truediv:div mod:remainder pow matmul"
_TOLD_AS = {
    f"__{prefix}{name}__": (told or name) + ("_" if prefix else "")
    for name, _, told in (pair.partition(":") for pair in _STANDS_FOR.split())
    for prefix in ("", "i")
} | {
    f"__{name}__": told or name
    for name, _, told in (
        pair.partition(":")
        for pair in "radd:add rmul:mul neg abs pos:positive ne lt le gt ge rand:bitwise_and "
        "ror:bitwise_or rxor:bitwise_xor ifloordiv:floor_divide_".split()
    )
}


def _dispatching(function: Callable, original: Callable) -> Callable:
    """What a public function does once it asks: `(args, kwargs) -> result`."""
    if vars(Tensor).get(function.__name__) is function:
        function = vars(Tensor).get(_TOLD_AS.get(function.__name__, ""), function)
    named = _TOLD.get(function.__name__) if _is_functional(function) else None

    def call(args: tuple, kwargs: dict[str, Any]) -> Any:
        state = STATE
        if not state.modes_too or not (state.modes or state.subclasses):
            return original(*args, **kwargs)
        asked = overloaded((*args, *kwargs.values()) if kwargs else args)
        if not asked and not state.modes:
            return original(*args, **kwargs)
        if named is not None:
            args, kwargs = _named(original, named, args, kwargs)
            return ask(function, asked, args, kwargs)
        return ask(function, asked, args, kwargs or None)

    return call


def _is_functional(function: Callable) -> bool:
    return getattr(function, "__module__", "").startswith("loxley.nn.functional")


def _named(function: Callable, places: int, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
    """The arguments with defaults, all but the first few by name, as PyTorch's functions tell."""
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    items = list(bound.arguments.items())
    return tuple(v for _, v in items[:places]), dict(items[places:])


def tells(**places: int) -> None:
    """Functions of `nn.functional` that name all arguments but the first few to handlers."""
    _TOLD.update(places)


_MARK = "what is called instead"


@functools.cache
def _template(free: int) -> CodeType:
    """The code of a function with so many free variables that hands its arguments on."""
    names = ", ".join(f"free{i}" for i in range(free))
    text = f"""
def outer({names}):
    def asking(*args, **kwargs):
        if 0:
            return ({names})
        call = {_MARK!r}
        return call(args, kwargs)
    return asking
"""
    room: dict[str, Any] = {}
    exec(text, room)
    return room["outer"](*range(free)).__code__


def _activate_one(function: FunctionType) -> None:
    if id(function) in _originals:
        return
    code = function.__code__
    original = FunctionType(
        code,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    original.__kwdefaults__ = function.__kwdefaults__
    original.__module__, original.__qualname__ = function.__module__, function.__qualname__
    if hasattr(function, "__wrapped__"):
        original.__wrapped__ = function.__wrapped__  # type: ignore[attr-defined]
    else:
        function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    _originals[id(function)] = original
    call = _dispatching(function, original)
    template = _template(len(code.co_freevars))
    constants = tuple(call if one == _MARK else one for one in template.co_consts)
    function.__defaults__ = function.__kwdefaults__ = None
    function.__code__ = template.replace(
        co_consts=constants, co_name=code.co_name, co_qualname=code.co_qualname
    )


def _activate_property(name: str, plain: property) -> None:
    def get(self: Any) -> Any:
        state = STATE
        if state.modes_too and (state.modes or state.subclasses and _asks(type(self))):
            return ask(made.__get__, overloaded((self,)), (self,), None)
        return plain.__get__(self)

    made = property(get, plain.fset, plain.fdel, plain.__doc__)
    setattr(Tensor, name, made)


# Methods that build instances, tell Python something, or are hooks of this very protocol.
_NOT_ASKING = frozenset(
    "__new__ __init__ __init_subclass__ __torch_function__ dispatch as_subclass __class_getitem__ "
    "__array_ufunc__ __hash__ __str__ __setattr__ __getattr__ __reduce__ __getstate__ "
    "__setstate__".split()
)
# Functions about Python objects rather than tensors' contents.
_PLAIN = frozenset(
    "is_tensor is_storage set_printoptions seed manual_seed initial_seed get_rng_state "
    "set_rng_state typename set_default_tensor_type from_file".split()
)


def _methods() -> Iterator[FunctionType]:
    for name, member in vars(Tensor).items():
        private = name.startswith("_") and not name.startswith("__")
        if isinstance(member, FunctionType) and not private and name not in _NOT_ASKING:
            if (
                not member.__name__.startswith("__")
                and name[:1] == member.__name__[:1] == "_"
                or (member.__name__ == "<lambda>" or member.__name__.startswith("_tensor"))
            ):
                member.__name__ = name  # what stands for a lambda or a helper
            yield member


def activate() -> None:
    """From now on the public functions ask their arguments."""
    global _active
    if _active:
        return
    _active = True
    load_all()
    for function in (*_offered, *_methods(), *_functions(PUBLIC)):
        _activate_one(function)
    for name, member in list(vars(Tensor).items()):
        if isinstance(member, property) and not name.startswith("_"):
            _activate_property(name, member)


def _functions(names: dict[str, Any]) -> Iterator[FunctionType]:
    for name, one in names.items():
        public = not name.startswith("_") and name not in _PLAIN
        if public and isinstance(one, FunctionType) and one.__module__.startswith("loxley."):
            yield one


def offer(names: dict[str, Any]) -> None:
    """The functions of a module that ask too."""
    found = list(_functions(names))
    _offered.extend(found)
    for function in found if _active else ():
        _activate_one(function)


class _Switched:
    """A block in which some are not asked."""

    subclasses, modes_too = True, True

    def __enter__(self) -> None:
        state = STATE
        self._before = state.subclasses, state.modes_too
        state.subclasses = state.subclasses and self.subclasses
        state.modes_too = state.modes_too and self.modes_too

    def __exit__(self, *exc: object) -> None:
        STATE.subclasses, STATE.modes_too = self._before


class DisableTorchFunctionSubclass(_Switched):
    """A block in which arguments' `__torch_function__` is not asked; modes are."""

    subclasses = False


class DisableTorchFunction(_Switched):
    """A block in which neither arguments nor modes are asked."""

    modes_too = False


_PLAINLY_GIVEN = ("grad", "_base", "_grad")


def _converted(made: Any, cls: type) -> Any:
    if isinstance(made, Tensor):
        return made if isinstance(made, cls) else made.as_subclass(cls)
    if type(made) in (tuple, list):
        return type(made)(_converted(one, cls) for one in made)
    if isinstance(made, tuple) and hasattr(made, "_fields"):
        return type(made)(*(_converted(one, cls) for one in made))
    return made


def _default(
    cls: type, func: Callable, types: tuple[type, ...], args: tuple = (), kwargs: Any = None
) -> Any:
    """Runs the function and gives its tensors the subclass. Source: Tensor.__torch_function__."""
    if not all(issubclass(cls, kind) for kind in types):
        return NotImplemented
    with DisableTorchFunctionSubclass():
        made = func(*args, **({} if kwargs is None else kwargs))
    if getattr(func, "__self__", None) in nowrap():
        return made
    return _converted(made, cls)


def nowrap() -> set[Any]:
    """The properties whose values stay of the class that they are."""
    found = (vars(Tensor).get(name) for name in _PLAINLY_GIVEN)
    return {member for member in found if isinstance(member, property)}


def _subclassed(cls: type, **kwargs: Any) -> None:
    super(Tensor, cls).__init_subclass__(**kwargs)
    if _asks(cls):
        activate()


Tensor.__torch_function__ = classmethod(_default)  # type: ignore[attr-defined]
Tensor.__init_subclass__ = classmethod(_subclassed)  # type: ignore[assignment, method-assign]
