"""`torch.jit.script`: functions, modules and classes of a program become code of TorchScript.

In: the program's functions, modules and classes.  Out: `ScriptFunction`s and
`RecursiveScriptModule`s, which share parameters with the modules that they were made from.
Source: https://docs.pytorch.org/docs/2.13/generated/torch.jit.script.html
"""

from __future__ import annotations

import ast
import inspect
import types
import typing
import warnings
from collections.abc import Callable
from typing import Any

from ..nn.modules.module import Module
from ..nn.modules.rnn import RNNBase
from ..tensor import Tensor
from .code import Class, Function, Unit
from .frontend import Frontend, is_ignored, written_for
from .library import attention, functional, grad_modes, losses, modules, recurrent
from .markers import MODIFIER, Attribute, scripts_with
from .module import RecursiveScriptModule, ScriptFunction, ScriptModule, compiles_with, put
from .names import METHODS, is_enumeration, is_named_tuple, is_ours, operator_of, qualified
from .objects import RaisedError
from .types import NONE, TENSOR, Type, Unscriptable, from_code, from_python, optional, type_of
from .values import ContainerMethod, Method, Static, SuperMethod, child, container_kind

UNIT = Unit()  # all that this process has scripted or traced


class _Owner:
    """The class whose methods are being compiled, of a module or of plain objects."""

    def __init__(self, cls: Class, module: Module | None) -> None:
        self.cls, self.module = cls, module


class Scripts:
    """What has been compiled, by the Python object that it was made from."""

    tensor = Tensor

    def __init__(self) -> None:
        self.functions: dict[Any, Function] = {}
        self.classes: dict[type, Class] = {}
        self.modules: dict[int, ModuleScripter] = {}

    # -- functions -------------------------------------------------------------------------------

    def replacement(self, held: Any) -> Function | None:
        """The library's function for TorchScript, where one stands in for this one."""
        if not isinstance(held, types.FunctionType):
            return None
        written = written_for(held)
        return None if written is held else self.function(written)

    def function(self, held: Any) -> Function:
        """The code of a function, compiled when first asked for."""
        if isinstance(held, ScriptFunction):
            return held.function
        held = getattr(held, "__original_fn", held)
        if held in self.functions:
            return self.functions[held]
        if not isinstance(held, (types.FunctionType, types.MethodType)):
            raise RuntimeError(f"Python builtin {held} is currently not supported in Torchscript")
        if is_ignored(held):
            made = self._ignored(held, f"{qualified(held)}")
            self.functions[held] = made
            return made
        if is_ours(held) and operator_of(held) is None and not _is_library(held):
            return self._own_function(held)
        return self._compiled(held)

    def _own_function(self, held: Any) -> Function:
        try:
            return self._compiled(held)
        except (RuntimeError, OSError) as error:
            self.functions.pop(held, None)
            raise NotImplementedError(
                f"torch.jit.script: {held.__module__.replace('loxley', 'torch')}.{held.__name__} "
                f"is not implemented ({str(error).splitlines()[0]})"
            ) from error

    def _compiled(self, held: Any) -> Function:
        frontend = Frontend(self, held)
        name = UNIT.free_name(qualified(held))
        made = frontend.translated(name, UNIT)
        width = getattr(held, "broadcast", 0)
        made.broadcasts = {
            one.name: width for one in made.declared() if width and "List[" in str(one.kind)
        }
        made.broadcasts |= frontend.broadcasts
        for one in made.declared():
            one.broadcast = made.broadcasts.get(one.name, 0)
        UNIT.functions[name] = made
        self.functions[held] = made
        try:
            frontend.fill()
        except BaseException:
            del UNIT.functions[name], self.functions[held]
            raise
        return made

    def _ignored(self, held: Callable, name: str, owner: _Owner | None = None) -> Function:
        """A call of Python from TorchScript; of an unused function, an error."""
        names = ast.FunctionDef(
            name=held.__name__,
            args=ast.arguments(
                posonlyargs=[],
                args=[ast.arg(one) for one in inspect.signature(held).parameters],
                kwonlyargs=[],
                kw_defaults=[],
                defaults=[],
            ),
            body=[ast.Pass()],
            decorator_list=[],
        )
        made = Function(name, names, UNIT, None if owner is None else owner.cls)
        unused = getattr(held, MODIFIER, None) == "unused"

        def run(values: list) -> Any:
            if unused:
                raise RaisedError(
                    f"{held.__qualname__} was marked unused and cannot be called in TorchScript"
                )
            if owner is not None:
                return held(owner.module, *values[1:])
            return held(*values)

        made.run = run
        made.python = "unused" if unused else "ignore"
        return made

    # -- classes ---------------------------------------------------------------------------------

    def name_of(self, cls: type) -> str | None:
        """The qualified name of a class that TorchScript has a type for."""
        if cls in self.classes or is_named_tuple(cls) or is_enumeration(cls):
            return self.class_of(cls).name
        return None

    def class_of(self, cls: type) -> Class:
        """The code of a class; RuntimeError for one that was not scripted."""
        if cls not in self.classes:
            if is_named_tuple(cls):
                self._named_tuple(cls)
            elif is_enumeration(cls):
                made = Class(UNIT.free_name(qualified(cls)), "Enum", UNIT, python=cls)
                UNIT.classes[made.name] = self.classes[cls] = made
            elif cls in grad_modes.CLASSES:
                self.script_class(grad_modes.CLASSES[cls])
                self.classes[cls] = self.classes[grad_modes.CLASSES[cls]]
            else:
                self.script_class(cls)
        return self.classes[cls]

    def _named_tuple(self, cls: Any) -> None:
        made = Class(UNIT.free_name(qualified(cls)), "NamedTuple", UNIT, python=cls)
        UNIT.classes[made.name] = self.classes[cls] = made
        hints = typing.get_type_hints(cls)
        for name in cls._fields:
            kind = hints.get(name)
            made.attributes[name] = TENSOR if kind is None else from_python(kind, self.name_of)
        made.defaults = dict(cls._field_defaults)

    def script_class(self, cls: type) -> Class:
        """Compiles all methods of a class."""
        if cls in self.classes:
            return self.classes[cls]
        if issubclass(cls, Module):
            raise RuntimeError(
                f"Type '<class {cls.__name__}>' cannot be compiled since it inherits from "
                "nn.Module, consider passing an instance instead"
            )
        made = Class(UNIT.free_name(qualified(cls)), "", UNIT)
        UNIT.classes[made.name] = self.classes[cls] = made
        owner = _Owner(made, None)
        waiting = []
        for name, member in vars(cls).items():
            if not inspect.isfunction(member):
                continue
            frontend = Frontend(self, member, owner)
            made.methods[name] = frontend.translated(f"{made.name}.{name}", UNIT)
            waiting.append(frontend)
        for frontend in waiting:
            frontend.fill()
        self._fields(cls, made)
        return made

    def _fields(self, cls: type, made: Class) -> None:
        """The types of the attributes that `__init__` assigns."""
        hints = typing.get_type_hints(cls)
        start = made.methods.get("__init__")
        kinds = {} if start is None else {one.name: one.kind for one in start.declared()}
        for node in ast.walk(start.node) if start is not None else ():
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Attribute):
                continue
            name, value = node.targets[0].attr, node.value
            if name in hints:
                made.attributes[name] = from_python(hints[name], self.name_of)
            elif isinstance(value, ast.Name) and value.id in kinds:
                made.attributes[name] = kinds[value.id]
            elif isinstance(value, ast.Constant):
                made.attributes[name] = type_of(value.value, self.name_of)
            elif isinstance(value, ast.Call) and ast.unparse(value.func) == "annotate":
                made.attributes[name] = from_code(value.args[0])
            else:
                made.attributes.setdefault(name, TENSOR)

    # -- modules ---------------------------------------------------------------------------------

    def scripter(self, module: Module) -> ModuleScripter:
        """What compiles a module; its attributes are looked through when first asked for."""
        found = self.modules.get(id(module))
        if found is None:
            found = self.modules[id(module)] = ModuleScripter(self, module)
            found.look_through()
        return found

    def method(self, held: Method) -> Function:
        """The code of a module's method."""
        module = held.owner.value
        if isinstance(module, RecursiveScriptModule):
            found = module._script_class.methods.get(held.name)  # type: ignore[union-attr]
            if found is None:
                raise RuntimeError(f"Module '{module.original_name}' has no method '{held.name}'")
            return found
        return self.scripter(module).method(held.name)

    def super_method(self, held: SuperMethod) -> Function:
        """The code of a base class's method, under a name of its own."""
        scripter = self.scripter(held.owner.module)
        name = f"__super_{held.home.__name__}_{held.name.strip('_')}"
        return scripter.compile(name, METHODS.get((held.home, held.name), held.function))

    def has_member(self, held: Static, name: str) -> bool:
        """Whether a module has an attribute, as far as TorchScript sees it."""
        return hasattr(held.value, name)

    def member(self, held: Static, name: str) -> Any:
        """An attribute of a module: code, or what the compiler knows of it."""
        module = held.value
        if name in module._modules:
            return Static(None) if module._modules[name] is None else child(held, name)
        if isinstance(module, RecursiveScriptModule):
            return self._scripted_member(held, name)
        scripter = self.scripter(module)
        node = ast.Attribute(held.node, name, ast.Load())  # type: ignore[arg-type]
        for members in (module._parameters, module._buffers):
            if name in members:
                if members[name] is None:
                    return Static(None)
                node.never_none = node.is_tensor = True  # type: ignore[attr-defined]
                return node
        if name in scripter.cls.constants:
            return Static(scripter.cls.constants[name])
        kind = scripter.cls.attributes.get(name)
        if kind is not None:
            if kind == NONE:
                return Static(None)
            node.never_none = kind.name != "Optional"  # type: ignore[attr-defined]
            return node
        return self._other_member(held, name)

    def _scripted_member(self, held: Static, name: str) -> Any:
        cls: Class = held.value._script_class
        if name in cls.methods:
            return Static(Method(held, name))
        if name in cls.constants:
            return Static(cls.constants[name])
        if name in cls.attributes:
            if cls.attributes[name] == NONE:
                return Static(None)
            return ast.Attribute(held.node, name, ast.Load())  # type: ignore[arg-type]
        if container_kind(held.value) and name in ("values", "keys", "items"):
            return Static(_container_method(held, name))
        raise RuntimeError(f"Module '{cls.short_name}' has no attribute '{name}'")

    def _other_member(self, held: Static, name: str) -> Any:
        module = held.value
        if container_kind(module) and name in ("values", "keys", "items"):
            return Static(_container_method(held, name))
        if name == "_flat_weights" and isinstance(module, RNNBase):
            parts = (
                ast.Attribute(held.node, one, ast.Load()) for one in module._flat_weights_names
            )  # type: ignore[arg-type]
            return ast.List(list(parts), ast.Load())
        found = inspect.getattr_static(module, name, None)
        if isinstance(found, property) and found.fget is not None:
            self.scripter(module).compile(name, found.fget)
            getter = ast.Attribute(held.node, name, ast.Load())  # type: ignore[arg-type]
            return ast.Call(getter, [], [])
        if name not in module.__dict__ and (
            isinstance(found, (types.FunctionType, staticmethod, classmethod))
            or any((cls, name) in METHODS for cls in type(module).__mro__)
        ):
            if isinstance(found, staticmethod):
                return Static(found.__func__)
            return Static(Method(held, name))
        value = module.__dict__.get(name, found)
        if callable(value) or _is_plain(value) and found is not None:
            return Static(value)
        why = self.scripter(module).failed.get(name, "")
        raise RuntimeError(
            f"Module '{type(module).__name__}' has no attribute '{name}' {why}".rstrip()
        )

    def guarded(self, frontend: Frontend, item: ast.withitem, body: list) -> list[ast.stmt]:
        """A `with` block."""
        value = frontend.value(item.context_expr)
        if isinstance(value, Static):
            raise RuntimeError("a with statement needs an object that it can enter")
        held = None if item.optional_vars is None else frontend.target(item.optional_vars)
        return [ast.With([ast.withitem(value, held)], body or [ast.Pass()], lineno=1)]


def _is_library(held: Any) -> bool:
    return held.__module__.startswith(__name__.rpartition(".")[0] + ".library")


def _is_plain(value: Any) -> bool:
    return isinstance(value, (bool, int, float, str, tuple, list))


def _container_method(held: Static, name: str) -> ContainerMethod:
    names = list(held.value._modules)
    values = [child(held, one) for one in names]
    if name == "values":
        return ContainerMethod(list(values))
    if name == "keys":
        return ContainerMethod([Static(one) for one in names])
    pairs = [Static(None, items=[Static(n), v]) for n, v in zip(names, values, strict=True)]
    return ContainerMethod(list(pairs))


_INTERNAL = frozenset(vars(Module())) | {"training", "_script_class", "_name"}


class ModuleScripter:
    """Makes a scripted module out of a module."""

    def __init__(self, scripts: Scripts, module: Module) -> None:
        self.scripts, self.module = scripts, module
        name = UNIT.free_name(qualified(type(module)))
        self.cls = UNIT.classes[name] = Class(name, "Module", UNIT)
        self.made = RecursiveScriptModule(self.cls)
        self.made.__dict__["_name"] = type(module).__name__
        self.failed: dict[str, str] = {}
        self.owner = _Owner(self.cls, module)

    def look_through(self) -> None:
        """Finds the attributes with their types, and the submodules'."""
        module, cls = self.module, self.cls
        self._refuse_hooks()
        values: dict[str, Any] = {}
        for members, listed in (
            (module._parameters, cls.parameters),
            (module._buffers, cls.buffers),
        ):
            for name, value in members.items():
                cls.attributes[name] = NONE if value is None else TENSOR
                values[name] = value
                if value is not None:
                    listed.append(name)
        cls.attributes["training"], values["training"] = Type("bool"), module.training
        cls.attributes["_is_full_backward_hook"] = optional(Type("bool"))
        values["_is_full_backward_hook"] = None
        self._plain_attributes(values)
        for name, sub in module._modules.items():
            if sub is None:
                cls.attributes[name], values[name] = NONE, None
                continue
            made = (
                sub if isinstance(sub, RecursiveScriptModule) else (self.scripts.scripter(sub).made)
            )
            cls.attributes[name] = Type(made._script_class.name)  # type: ignore[union-attr]
            values[name] = made
        put(self.made, values)
        self.made.training = module.training
        self.made._non_persistent_buffers_set = set(module._non_persistent_buffers_set)

    def _refuse_hooks(self) -> None:
        if self.module._forward_hooks or self.module._forward_pre_hooks:
            raise NotImplementedError("torch.jit.script: modules with hooks are not implemented")

    def _plain_attributes(self, values: dict[str, Any]) -> None:
        module, cls = self.module, self.cls
        ours = is_ours(type(module))
        hints = {} if ours else _hints_of(type(module))
        constants = set(getattr(module, "__constants__", ()))
        for name, hint in hints.items():
            if typing.get_origin(hint) is typing.Final or hint is typing.Final:
                constants.add(name)
        for name, value in module.__dict__.items():
            if name in _INTERNAL or name in module._modules or name.startswith("__"):
                continue
            if ours or name in constants:
                if ours or _is_constant(value):
                    cls.constants[name] = value
                    continue
                raise TypeError(
                    f"'{type(value).__name__}' object in attribute '{type(module).__name__}.{name}'"
                    " is not a valid constant."
                )
            self._plain_attribute(name, value, hints.get(name), values)

    def _plain_attribute(self, name: str, value: Any, hint: Any, values: dict[str, Any]) -> None:
        try:
            if isinstance(value, Attribute):
                hint, value = value.type, value.value
            kind = (
                type_of(value, self.scripts.name_of)
                if hint is None
                else from_python(hint, self.scripts.name_of)
            )
        except Unscriptable as error:
            if not callable(value):
                self.failed[name] = str(error)
            return
        self.cls.attributes[name] = kind
        values[name] = value

    def method(self, name: str) -> Function:
        """The code of a method."""
        if name in self.cls.methods:
            return self.cls.methods[name]
        for cls in type(self.module).__mro__:
            written = METHODS.get((cls, name))
            if written is not None:
                return self.compile(name, written)
            if name in vars(cls):
                break
        held = self.module.__dict__.get(name, inspect.getattr_static(self.module, name, None))
        held = getattr(held, "__func__", held)
        if not isinstance(held, types.FunctionType) or held is Module.forward:
            raise RuntimeError(
                f"Module '{type(self.module).__name__}' has no method '{name}' that can be compiled"
            )
        return self.compile(name, held)

    def compile(self, name: str, held: Callable) -> Function:
        """Compiles a function as a method."""
        if name in self.cls.methods:
            return self.cls.methods[name]
        whole = f"{self.cls.name}.{name}"
        if is_ignored(held):
            made = self.scripts._ignored(held, whole, self.owner)
            self.cls.methods[name] = made
            return made
        frontend = Frontend(self.scripts, held, self.owner)
        made = self.cls.methods[name] = frontend.translated(whole, UNIT)
        try:
            frontend.fill()
        except BaseException as error:
            del self.cls.methods[name]
            if is_ours(type(self.module)) and isinstance(error, RuntimeError):
                kind = type(self.module).__name__
                raise NotImplementedError(
                    f"torch.jit.script: nn.{kind}.{name} is not implemented ({error})"
                ) from error
            raise
        return made

    def compile_all(self) -> RecursiveScriptModule:
        """Compiles `forward`, the exported methods, and those of all submodules."""
        for sub in self.module._modules.values():
            if sub is not None and not isinstance(sub, RecursiveScriptModule):
                self.scripts.scripter(sub).compile_all()
        if type(self.module).forward is not Module.forward or "forward" in self.module.__dict__:
            if not is_ignored(type(self.module).forward):
                self.method("forward")
        for name in dir(type(self.module)):
            member = inspect.getattr_static(type(self.module), name)
            if getattr(member, MODIFIER, None) == "export":
                self.method(name)
        return self.made


def _hints_of(cls: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls)
    except (NameError, TypeError):
        return dict(getattr(cls, "__annotations__", {}))


def _is_constant(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_is_constant, value))
    return value is None or _is_plain(value) or callable(value) or type_code(value)


def type_code(value: Any) -> bool:
    """Whether a value is a dtype, a device or the like."""
    try:
        return type_of(value, lambda cls: None).name in ("int", "Device")
    except Unscriptable:
        return False


WRITTEN = (attention, functional, losses, modules, recurrent)  # what declares replacements
SCRIPTS = Scripts()


def script(
    obj: Any,
    optimize: Any = None,
    _frames_up: int = 0,
    _rcb: Any = None,
    example_inputs: Any = None,
) -> Any:
    """A function, module or class as code of TorchScript, compiled from its Python source.

    RuntimeError for source outside of TorchScript's subset. Source: torch.jit.script.
    """
    if optimize is not None:
        warnings.warn(
            "`optimize` is deprecated and has no effect. Use `with "
            "torch.jit.optimized_execution()` instead",
            FutureWarning,
            stacklevel=2,
        )
    if example_inputs is not None:
        raise NotImplementedError("torch.jit.script: argument 'example_inputs' is not implemented")
    if _rcb is not None:
        raise NotImplementedError("torch.jit.script: argument '_rcb' is not implemented")
    if isinstance(obj, (ScriptModule, ScriptFunction)):
        return obj
    if isinstance(obj, Module):
        return _script_module(obj)
    if isinstance(obj, (list, dict)):
        return type(obj)(obj)
    if isinstance(obj, type):
        SCRIPTS.class_of(obj)
        return obj
    if not callable(obj):
        raise RuntimeError(f"cannot script a {type(obj).__name__}")
    return _script_function(obj)


def _script_function(held: Any) -> ScriptFunction:
    if not isinstance(held, types.FunctionType):
        raise RuntimeError(f"cannot script {held!r}")
    made = SCRIPTS.replacement(held)
    return ScriptFunction(SCRIPTS.function(held) if made is None else made, held)


def _script_module(module: Module) -> RecursiveScriptModule:
    for one in module.modules():
        SCRIPTS.modules.pop(id(one), None)
    try:
        return SCRIPTS.scripter(module).compile_all()
    finally:
        for one in module.modules():
            SCRIPTS.modules.pop(id(one), None)


scripts_with(script)
compiles_with(_script_module)
