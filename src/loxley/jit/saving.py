"""`torch.jit.save`: archives of TorchScript that PyTorch loads.

In: a module or function of TorchScript.  Out: a zip file with the code that is reached from it, its
constants and the values of its attributes. Source: torch.jit.save.
"""

from __future__ import annotations

import ast
import copy
import io
import os
import sys
from collections import OrderedDict
from typing import Any, BinaryIO

import numpy as np

from ..io.archive import ArchiveWriter, atomic_file
from ..io.pickles import TorchPickler, _Saving, rebuild_tensor
from ..nn.parameter import Parameter
from ..runtime import evaluate
from ..tensor import Tensor
from .code import Class, Function, Unit
from .loading import _dotted, _qualified
from .module import RecursiveScriptModule, ScriptFunction, ScriptModule, compiled, saves_with
from .objects import ScriptObject
from .types import PREFIX, Type

_TYPED_LISTS = {
    "int": "build_intlist",
    "float": "build_doublelist",
    "bool": "build_boollist",
    "Tensor": "build_tensorlist",
}


def save(m: Any, f: Any, _extra_files: dict[str, Any] | None = None) -> None:
    """Writes a module or function with its code to a path or a binary file.

    RuntimeError where it calls functions of Python. Source: torch.jit.save.
    """
    if isinstance(m, ScriptFunction):
        m = _as_module(m)
    if isinstance(m, ScriptModule) and not isinstance(m, RecursiveScriptModule):
        m = compiled(m)
    if not isinstance(m, RecursiveScriptModule):
        raise AttributeError(f"'{type(m).__name__}' object has no attribute 'save'")
    if isinstance(f, (str, os.PathLike)):
        name = os.path.basename(os.fspath(f)).rsplit(".", 1)[0] or "archive"
        with atomic_file(f) as file:
            Saving(m).write(file, name, _extra_files)
        return
    whole = io.BytesIO()
    Saving(m).write(whole, "archive", _extra_files)
    f.write(whole.getvalue())


def _as_module(made: ScriptFunction) -> RecursiveScriptModule:
    """A module whose `forward` is a function."""
    function = made.function
    if function.python:
        raise RuntimeError("a function of Python cannot be saved")
    cls = Class(PREFIX + "PlaceholderModule", "Module", function.unit)
    node = copy.deepcopy(function.node)
    node.name = "forward"
    node.args.args.insert(0, ast.arg("self", ast.parse(cls.name, mode="eval").body))
    cls.attributes["training"] = Type("bool")
    cls.methods["forward"] = Function(f"{cls.name}.forward", node, function.unit, cls)
    module = RecursiveScriptModule(cls)
    module.training = True
    return module


class Saving:
    """What one archive will hold: code reached from a module, under names that don't clash."""

    def __init__(self, module: RecursiveScriptModule) -> None:
        self.module = module
        self.names: dict[int, str] = {}  # by a function's or class's id
        self.taken: set[str] = set()
        self.things: list[Class | Function] = []
        self.constants: list[Any] = []
        self.numbers: dict[int, int] = {}  # by a constant's id
        for one in module.modules():
            if not isinstance(one, RecursiveScriptModule):
                raise RuntimeError(f"{type(one).__name__} is not a module of TorchScript")
            self._take(one._script_class)
        reached = 0
        while reached < len(self.things):
            self._follow(self.things[reached])
            reached += 1

    def _take(self, thing: Any) -> None:
        if id(thing) in self.names:
            return
        name, count = thing.name, 0
        home, _, short = name.rpartition(".")
        while name in self.taken:
            name = f"{home}.___torch_mangle_{count}.{short}"
            count += 1
        self.names[id(thing)] = name
        self.taken.add(name)
        self.things.append(thing)

    def _follow(self, thing: Class | Function) -> None:
        """Takes what a function or class names."""
        unit = thing.unit
        if isinstance(thing, Class):
            for kind in thing.attributes.values():
                self._follow_type(unit, kind)
        for function in _functions(thing):
            if function.python == "ignore":
                raise RuntimeError(
                    f"Could not export Python function call '{function.node.name}'. Remove calls "
                    "to Python functions before export. Did you forget to add @script or "
                    "@script_method annotation? If this is a nn.ModuleList, add it to "
                    "__constants__"
                )
            for name in _qualified(function.node):
                found = _found(unit, name)
                if found is not None:
                    self._take(found)

    def _follow_type(self, unit: Unit, kind: Type) -> None:
        found = unit.classes.get(kind.name)
        if found is not None and found.kind != "Module":
            self._take(found)
        for one in kind.args:
            self._follow_type(unit, one)

    # -- text ----------------------------------------------------------------------------------

    def code_files(self) -> dict[str, str]:
        """The files of code by path."""
        texts: dict[str, list[str]] = {}
        for thing in self.things:
            home, _, short = self.names[id(thing)].rpartition(".")
            texts.setdefault(home, []).append(self._text(thing, short))
        return {f"code/{home.replace('.', '/')}.py": "".join(t) for home, t in texts.items()}

    def _text(self, thing: Class | Function, short: str) -> str:
        rewrite = _Rewriter(self, thing.unit)
        if isinstance(thing, Function):
            return rewrite.function(thing, None).text()
        made = copy.copy(thing)
        made.name = self.names[id(thing)]
        made.attributes = {
            name: self._submodule(thing, name) or rewrite.kind(kind)
            for name, kind in thing.attributes.items()
        }
        made.methods = {
            name: rewrite.function(function, made.name) for name, function in thing.methods.items()
        }
        return made.text()

    def _submodule(self, cls: Class, name: str) -> Type | None:
        """The type of an attribute that is a module."""
        for one in self.module.modules():
            if one._script_class is cls:  # type: ignore[union-attr]
                held = one._modules.get(name)
                return None if held is None else Type(self.names[id(held._script_class)])  # type: ignore[union-attr]
        return None

    def number_of(self, value: Any) -> int:
        """The place of a constant in the archive."""
        if id(value) not in self.numbers:
            self.numbers[id(value)] = len(self.constants)
            self.constants.append(value)
        return self.numbers[id(value)]

    # -- the file ------------------------------------------------------------------------------

    def write(self, file: BinaryIO, name: str, extra: dict[str, Any] | None) -> None:
        """Writes the archive."""
        code = self.code_files()
        writer = ArchiveWriter(file, name)
        self._pickle(writer, "data", self.module)
        for path, text in code.items():
            writer.write(path, text.encode())
        self._pickle(writer, "constants", tuple(self.constants))
        writer.write("byteorder", sys.byteorder.encode())
        for path, content in (extra or {}).items():
            data = content.encode() if isinstance(content, str) else bytes(content)
            writer.write(f"extra/{path}", data)
        writer.close(b"10\n")  # operators are those of today's PyTorch

    def _pickle(self, writer: ArchiveWriter, name: str, value: Any) -> None:
        file = io.BytesIO()
        pickler = _Pickler(file, self)
        pickler.dump(value)
        for key, storage in pickler.storages.values():
            array = np.ascontiguousarray(evaluate(storage.value)).reshape(-1)
            writer.write(f"{name}/{key}", memoryview(array.view(np.uint8)))
        writer.write(f"{name}.pkl", file.getvalue())


def _functions(thing: Class | Function) -> list[Function]:
    return [thing] if isinstance(thing, Function) else list(thing.methods.values())


def _found(unit: Unit, name: str) -> Class | Function | None:
    """What a dotted name stands for; members of a class lead to the class."""
    while name.startswith(PREFIX):
        found = unit.find(name)
        if found is not None:
            return found
        name = name.rpartition(".")[0]
    return None


class _Rewriter(ast.NodeTransformer):
    """Gives names and constants in code those that they have in the archive."""

    def __init__(self, saving: Saving, unit: Unit) -> None:
        self.saving, self.unit = saving, unit

    def function(self, function: Function, owner: str | None) -> Function:
        """The function with the archive's names."""
        if function.python:
            return self._unusable(function)
        node = self.visit(copy.deepcopy(function.node))
        if owner is not None and node.args.args:
            node.args.args[0].annotation = ast.parse(owner, mode="eval").body
        node.name = function.node.name
        return Function(function.name, node, self.unit)

    def _unusable(self, function: Function) -> Function:
        text = f"assert False, '{function.node.name} was marked unused'"
        node = copy.deepcopy(function.node)
        node.body = ast.parse(text).body
        return Function(function.name, node, self.unit)

    def kind(self, kind: Type) -> Type:
        """A type with the archive's names."""
        found = self.unit.classes.get(kind.name)
        name = kind.name if found is None else self.saving.names.get(id(found), kind.name)
        return Type(name, tuple(map(self.kind, kind.args)))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        name = _dotted(node)
        if name is None or not name.startswith((PREFIX, "CONSTANTS.c")):
            return self.generic_visit(node)
        if name.startswith("CONSTANTS.c"):
            value = self.unit.constants[int(name.removeprefix("CONSTANTS.c"))]
            return ast.parse(f"CONSTANTS.c{self.saving.number_of(value)}", mode="eval").body
        found = self.unit.find(name)
        if found is not None and id(found) in self.saving.names:
            return ast.parse(self.saving.names[id(found)], mode="eval").body
        return self.generic_visit(node)


# -- the pickles ---------------------------------------------------------------------------------


class _Named:
    """A function of PyTorch's, by name."""

    def __init__(self, module: str, name: str) -> None:
        self.where = module, name

    def __call__(self) -> None:
        raise NotImplementedError


_LISTS = {name: _Named("torch.jit._pickle", name) for name in _TYPED_LISTS.values()}
_TAG = _Named("torch.jit._pickle", "restore_type_tag")


class _Pickler(TorchPickler):
    """Writes modules and objects as instances of the archive's classes."""

    def __init__(self, file: Any, saving: Saving) -> None:
        super().__init__(file, 2)
        self.saving = saving
        self.kept: list[Any] = []

    def save(self, obj: Any, save_persistent_id: bool = True) -> Any:
        if isinstance(obj, _Named):
            return self._write_global(*obj.where)
        if isinstance(obj, Tensor) and id(obj) not in self.memo:
            return self._save_plain_tensor(obj)
        if isinstance(obj, (RecursiveScriptModule, ScriptObject)) and id(obj) not in self.memo:
            return self._save_object(obj)
        if isinstance(obj, _Typed):
            return self._save_typed(obj)
        return super().save(obj, save_persistent_id)

    def _save_plain_tensor(self, obj: Tensor) -> None:
        held = obj.detach() if isinstance(obj, Parameter) else obj
        self.kept.append(held)
        if held.dtype is not held._storage.dtype:
            held = held.clone()
            self.kept.append(held)
        layout = (held._offset, tuple(held._shape), tuple(held._strides))
        storage = _Saving(held._storage, held.dtype)
        tracked = bool(obj.requires_grad and obj.is_leaf)
        args = (storage, *layout, tracked, OrderedDict())
        self.save_reduce(rebuild_tensor, args, obj=obj)

    def _save_object(self, obj: Any) -> None:
        cls: Class = obj._script_class
        home, _, short = self.saving.names[id(cls)].rpartition(".")
        self._write_global(home, short)
        self.write(b")\x81")  # an instance, made without arguments
        self.memoize(obj)
        state = {}
        for name, kind in cls.attributes.items():
            value = obj.fields[name] if isinstance(obj, ScriptObject) else _value_of(obj, name)
            state[name] = self._typed(value, kind)
        self.kept.append(state)
        self.save(state)
        self.write(b"b")

    def _typed(self, value: Any, kind: Type) -> Any:
        if kind.name == "Optional" and value is not None:
            kind = kind.args[0]
        if isinstance(value, (list, dict)):
            value = _Typed(value, kind)
            self.kept.append(value)
        return value

    def _save_typed(self, obj: _Typed) -> None:
        kind, value = obj.kind, obj.value
        if kind.name == "List" and kind.args[0].name in _TYPED_LISTS:
            self.save_reduce(_LISTS[_TYPED_LISTS[kind.args[0].name]], (value,))
        else:
            self.save_reduce(_TAG, (value, str(kind)))


class _Typed:
    """A container with its type."""

    def __init__(self, value: Any, kind: Type) -> None:
        self.value, self.kind = value, kind


def _value_of(module: RecursiveScriptModule, name: str) -> Any:
    for members in (module._parameters, module._buffers, module._modules):
        if name in members:
            return members[name]
    return module.__dict__[name]


saves_with(save)
