"""`torch.jit.load`: archives of TorchScript, read without running anything of them.

In: a file that `torch.jit.save` wrote, here or in PyTorch.  Out: a module (or function).
The code is parsed, never compiled by Python; the pickles build tensors, plain containers and
instances of the file's own classes. Source: torch.jit.load.
"""

from __future__ import annotations

import ast
import enum
import io
import os
import pickle
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ..dtypes import uint8 as _BYTES
from ..io.archive import ArchiveReader, buffer_of
from ..io.pickles import StorageType, storage_over
from ..io.serialization import _DAMAGE, _placement
from ..io.unpickling import TorchUnpickler
from ..nn.parameter import Parameter
from ..tensor import Tensor
from ..tensor.storage import Storage
from .code import Class, Function, Unit
from .module import RecursiveScriptModule, ScriptModule, put
from .objects import ScriptObject, named_tuple
from .types import from_code

NEWEST_VERSION = 10
_MOST_CODE = 1 << 26


def load(
    f: Any, map_location: Any = None, _extra_files: Any = None, _restore_shapes: bool = False
) -> Any:
    """A module saved by `torch.jit.save`, here or in PyTorch.

    `_extra_files` is a dict whose keys name files to read; their contents become its values.
    ValueError for a missing file, RuntimeError for a damaged one. Source: torch.jit.load.
    """
    if _restore_shapes:
        raise NotImplementedError("torch.jit.load: argument '_restore_shapes' is not implemented")
    place = _placement(map_location)
    if isinstance(f, (str, os.PathLike)):
        if not os.path.exists(f):
            raise ValueError(f"The provided filename {f} does not exist")
        if os.path.isdir(f):
            raise ValueError(f"The provided filename {f} is a directory")
        with open(f, "rb") as file:
            return Loading(ArchiveReader(file, None), place).module(_extra_files)
    return Loading(ArchiveReader(buffer_of(f), None), place).module(_extra_files)


class Loading:
    """One archive while it is read."""

    def __init__(self, reader: ArchiveReader, place: Callable[[Storage], None]) -> None:
        self.reader, self.place = reader, place
        self.unit = Unit()
        self.sources: dict[str, dict[str, ast.stmt]] = {}
        self.stored: dict[str, Storage] = {}

    def module(self, extra: dict[str, Any] | None) -> Any:
        """The module that the archive holds."""
        self._check_version()
        if "data.pkl" not in self.reader:
            raise RuntimeError("PytorchStreamReader failed locating file data.pkl: file not found")
        if "constants.pkl" not in self.reader:
            raise RuntimeError(
                "PytorchStreamReader failed locating file constants.pkl: file not found. The file "
                "was written by torch.save, which torch.load reads."
            )
        self.unit.constants = list(self._unpickled("constants"))
        made = self._unpickled("data")
        for name in extra or ():
            path = f"extra/{name}"
            if path in self.reader:
                extra[name] = self._text(path)  # type: ignore[index]
        if not isinstance(made, ScriptModule):
            raise RuntimeError("the archive holds no module")
        self._resolve()
        return made

    def _check_version(self) -> None:
        for name in (".data/version", "version"):
            if name in self.reader:
                text = self.reader.read(name)[:20].strip()
                if not text.isdigit() or int(text) > NEWEST_VERSION:
                    raise RuntimeError(
                        f"Attempted to read a PyTorch file with version {text.decode('latin1')}, "
                        f"but the maximum supported version for reading is {NEWEST_VERSION}. Your "
                        "PyTorch installation may be too old."
                    )
                return

    # -- code ----------------------------------------------------------------------------------

    def find(self, name: str) -> Class | Function:
        """The class or function of a qualified name; its code is read when first asked for."""
        found = self.unit.find(name)
        if found is not None:
            return found
        home, _, short = name.rpartition(".")
        node = self._source(home).get(short)
        if isinstance(node, ast.ClassDef):
            return self._class(name, node)
        if isinstance(node, ast.FunctionDef):
            made = self.unit.functions[name] = Function(name, node, self.unit)
            return made
        raise RuntimeError(f"the archive has no code for {name!r:.100}")

    def _source(self, home: str) -> dict[str, ast.stmt]:
        if home not in self.sources:
            path = "code/" + home.replace(".", "/") + ".py"
            self.sources[home] = _parsed(self._text(path)) if path in self.reader else {}
        return self.sources[home]

    def _text(self, path: str) -> bytes:
        """A file of code, which may be compressed; never more than a bound."""
        info = self.reader.zip.getinfo(self.reader.members[path])
        if info.file_size > _MOST_CODE:
            raise RuntimeError("a file of code is larger than any that PyTorch writes")
        try:
            with self.reader.zip.open(info) as file:
                return file.read(info.file_size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise RuntimeError(f"PytorchStreamReader failed reading file {path}: {error}") from None

    def _class(self, name: str, node: ast.ClassDef) -> Class:
        base = node.bases[0].id if node.bases and isinstance(node.bases[0], ast.Name) else ""
        if base not in ("", "Module", "NamedTuple", "Enum", "Interface", "ModuleInterface"):
            raise RuntimeError(f"a class of kind {base!r:.40} is not known")
        cls = self.unit.classes[name] = Class(name, base, self.unit)
        if base == "Enum":
            cls.python = enum.Enum(node.name, _members(node))  # type: ignore[misc]
            return cls
        for one in node.body:
            self._member(cls, one)
        return cls

    def _member(self, cls: Class, node: ast.stmt) -> None:
        if isinstance(node, ast.FunctionDef):
            name = f"{cls.name}.{node.name}"
            cls.methods[node.name] = Function(name, node, self.unit, cls)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name, kind = node.target.id, from_code(node.annotation)
            if kind.name == "Final" and node.value is not None:
                cls.constants[name] = _constant(node.value)
            else:
                cls.attributes[name] = kind
                if node.value is not None:
                    cls.defaults[name] = _constant(node.value)
        elif isinstance(node, ast.Assign):
            self._listing(cls, node)
        elif not isinstance(node, (ast.Pass, ast.Expr)):
            raise RuntimeError(f"a {type(node).__name__} in class {cls.name} is refused")

    def _listing(self, cls: Class, node: ast.Assign) -> None:
        (target,) = node.targets
        if isinstance(target, ast.Name) and target.id in ("__parameters__", "__buffers__"):
            names = [str(one) for one in _constant(node.value)]
            setattr(cls, target.id.strip("_"), names)
        elif isinstance(target, ast.Subscript):
            cls.attributes[str(_constant(target.slice))] = from_code(node.value)
        elif not isinstance(target, ast.Name):
            raise RuntimeError(f"an assignment in class {cls.name} is refused")

    def _resolve(self) -> None:
        """Finds every class and function that the code names."""
        done: set[int] = set()
        while True:
            waiting = [
                one
                for one in (
                    *self.unit.functions.values(),
                    *(m for c in list(self.unit.classes.values()) for m in c.methods.values()),
                )
                if id(one) not in done
            ]
            if not waiting:
                return
            for one in waiting:
                done.add(id(one))
                for name in _qualified(one.node):
                    self._find_in(name)

    def _find_in(self, name: str) -> None:
        parts = name.split(".")
        for count in range(len(parts), 1, -1):
            home, short = ".".join(parts[: count - 1]), parts[count - 1]
            if short in self._source(home):
                self.find(f"{home}.{short}")
                return

    # -- values --------------------------------------------------------------------------------

    def _unpickled(self, name: str) -> Any:
        def storage_of(pid: tuple) -> Storage:
            _, kind, key, _, count = pid[:5]
            if not isinstance(kind, StorageType) or not isinstance(key, str):
                raise pickle.UnpicklingError(f"unknown storage type in {pid!r:.80}")
            path = f"{name}/{key}" if f"{name}/{key}" in self.reader else f"data/{key}"
            if path not in self.stored:
                made = storage_over(self.reader.array(path), kind.kind or _BYTES, count)
                self.place(made)
                self.stored[path] = made
            return self.stored[path]

        file = io.BytesIO(self.reader.read(f"{name}.pkl"))
        try:
            return _Unpickler(file, storage_of, self).load()
        except _DAMAGE as error:
            raise RuntimeError(f"the file is damaged: {type(error).__name__}: {error}") from None


def _parsed(text: bytes) -> dict[str, ast.stmt]:
    """The definitions in a file of code. RuntimeError where it can't be parsed."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise RuntimeError(f"the archive's code cannot be parsed: {error}") from None
    found: dict[str, ast.stmt] = {}
    for one in tree.body:
        if not isinstance(one, (ast.ClassDef, ast.FunctionDef)):
            raise RuntimeError(f"a {type(one).__name__} at the top of a file of code is refused")
        found[one.name] = one
    return found


def _constant(node: ast.expr) -> Any:
    """A constant's value: literals, lists and tuples of them, infinities."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        made = [_constant(one) for one in node.elts]
        return made if isinstance(node, ast.List) else tuple(made)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_constant(node.operand)
    if isinstance(node, ast.Name) and node.id in ("inf", "nan"):
        return float(node.id)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {_constant(key): _constant(value) for key, value in pairs if key is not None}
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("torch.device", "annotate"):
        return _constant(node.args[-1])
    raise RuntimeError(f"{ast.unparse(node)!r:.60} is not a constant")


def _members(node: ast.ClassDef) -> list[tuple[str, Any]]:
    return [
        (one.targets[0].id, _constant(one.value))
        for one in node.body
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
    ]


def _qualified(node: ast.AST) -> set[str]:
    """The qualified names in a tree."""
    found = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute):
            name = _dotted(one)
            if name is not None and name.startswith("__torch__."):
                found.add(name)
    return found


def _dotted(node: ast.expr) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


# -- the pickles ---------------------------------------------------------------------------------


def _plain_list(values: Any) -> list:
    return list(values)


def _tagged(value: Any, tag: Any) -> Any:
    return value


def _build_tensor_from_id(index: Any) -> Any:
    raise pickle.UnpicklingError("tensors by number are refused")


_BUILDERS = {
    ("torch.jit._pickle", name): _plain_list
    for name in ("build_intlist", "build_doublelist", "build_boollist", "build_tensorlist")
} | {("torch.jit._pickle", "restore_type_tag"): _tagged}


class _Unpickler(TorchUnpickler):
    """Also makes instances of the archive's own classes."""

    dispatch = dict(TorchUnpickler.dispatch)

    def __init__(self, file: Any, storages: Callable, loading: Loading) -> None:
        super().__init__(file, storages, {}, weights_only=True)
        self.loading = loading

    def find_class(self, module: str, name: str) -> Any:
        if module == "__torch__" or module.startswith("__torch__."):
            found = self.loading.find(f"{module}.{name}")
            if not isinstance(found, Class):
                raise pickle.UnpicklingError(f"{module}.{name} is not a class")
            return found
        found = _BUILDERS.get((module, name))
        if found is not None:
            self._callable.add(id(found))
            return found
        return super().find_class(module, name)

    def load_newobj(self) -> None:
        if not isinstance(self.stack[-2], Class):
            return super().load_newobj()
        args = self.stack.pop()
        cls = self.stack.pop()
        if not isinstance(args, tuple):
            raise pickle.UnpicklingError("making an object without arguments is refused")
        if cls.kind == "NamedTuple":
            self.stack.append(named_tuple(cls)(*args))
        elif cls.kind == "Module":
            self.stack.append(RecursiveScriptModule(cls))
        else:
            self.stack.append(ScriptObject(cls))
        return None

    def load_reduce(self) -> None:
        if not isinstance(self.stack[-2], Class):
            return super().load_reduce()
        args = self.stack.pop()
        cls = self.stack.pop()
        if cls.kind == "NamedTuple":
            self.stack.append(named_tuple(cls)(*args))
        elif cls.kind == "Enum":
            self.stack.append(cls.python(*args))
        else:
            raise pickle.UnpicklingError(f"calling {cls.name} is refused")
        return None

    def load_build(self) -> None:
        made = self.stack[-2]
        if not isinstance(made, (RecursiveScriptModule, ScriptObject)):
            return super().load_build()
        state = self.stack.pop()
        if isinstance(made, ScriptObject):
            made.fields.update(state if isinstance(state, dict) else {})
            return None
        _fill(made, state)
        return None

    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.BUILD[0]] = load_build


def _fill(module: RecursiveScriptModule, state: Any) -> None:
    cls: Any = module._script_class
    if not isinstance(state, dict) or set(cls.attributes) - set(state):
        raise pickle.UnpicklingError(f"the state of a {cls.name} is not its attributes")
    values = {name: state[name] for name in cls.attributes}
    for name, value in values.items():
        if name in cls.parameters and isinstance(value, Tensor):
            values[name] = Parameter(value.detach(), value.requires_grad)
    put(module, values)
    module._buffers = OrderedDict(module._buffers)  # type: ignore[assignment]
