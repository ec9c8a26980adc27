"""Modules and functions of TorchScript, as a program holds them.

In: a class or function of TorchScript code (`code`), and the values of its attributes.
Out: `RecursiveScriptModule` and `ScriptFunction`: called, saved, printed and trained like modules
and functions of Python. Source: https://docs.pytorch.org/docs/2.13/jit.html
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from ..dtypes import dtype
from ..layouts import layout, memory_format
from ..nn.modules.module import Module
from ..tensor import Tensor
from .code import Argument, Class, Function, Unit
from .execute import bind, declaration, run_of
from .objects import ScriptMethod
from .state import STATE
from .types import code_of, entering


class ScriptCall:
    """What a function and a method share: the call that comes from Python."""

    function: Function
    owner: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        tracer = STATE.tracer
        if tracer is not None:
            return tracer.scripted(self, args, kwargs)
        return self.run(args, kwargs)

    def run(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Runs the code on values that come from Python."""
        function = self.function
        values = bind(function, args, kwargs)
        for at, argument in enumerate(function.declared()):
            values[at] = _entered(function, at, argument, values[at])
        held = () if self.owner is None else (self.owner,)
        STATE.scripting += 1
        try:
            return run_of(function)([*held, *values])
        finally:
            STATE.scripting -= 1

    @property
    def code(self) -> str:
        """The code, in the form that archives hold."""
        return _unannotated_self(self.function.text())

    @property
    def code_with_constants(self) -> tuple[str, Any]:
        """The code and the constants that it names."""
        return self.code, self.function.unit.constants

    @property
    def graph(self) -> Any:
        """NotImplementedError: there is code, but no graph."""
        raise NotImplementedError("torch.jit: 'graph' is not implemented; see 'code'")

    @property
    def inlined_graph(self) -> Any:
        """NotImplementedError: there is code, but no graph."""
        raise NotImplementedError("torch.jit: 'inlined_graph' is not implemented; see 'code'")

    @property
    def schema(self) -> str:
        """The signature."""
        return declaration(self.function)


def _unannotated_self(text: str) -> str:
    head, _, rest = text.partition("\n")
    for mark in (", ", ")"):
        at = head.find(mark)
        colon = head.find(": __torch__")
        if 0 <= colon < at:
            return head[:colon] + head[at:] + "\n" + rest
    return text


def _entered(function: Function, at: int, argument: Argument, value: Any) -> Any:
    if isinstance(value, (dtype, layout, memory_format)):
        value = code_of(value)
    if argument.broadcast and isinstance(value, tuple):
        value = list(value)
    try:
        return entering(value, argument.kind)
    except ValueError:
        name = function.name.rpartition(".")[2]
        inferred = "Inferred" if argument.kind.name == "Tensor" else ""
        raise RuntimeError(
            f"{name}() Expected a value of type '{argument.kind}"
            f"{' (inferred)' if inferred and _unannotated(function, at) else ''}' for argument "
            f"'{argument.name}' but instead found type '{_kind_of(value)}'.\n"
            + (
                f"Inferred '{argument.name}' to be of type 'Tensor' because it was not annotated "
                "with an explicit type.\n"
                if inferred and _unannotated(function, at)
                else ""
            )
            + f"Position: {at + (function.owner is not None)}\nValue: {value!r}\n"
            f"Declaration: {declaration(function)}\n"
            "Cast error details: Unable to cast Python instance of type "
            f"{type(value)} to C++ type"
        ) from None


def _unannotated(function: Function, at: int) -> bool:
    return getattr(function.node, "inferred", ()) and at in function.node.inferred  # type: ignore[attr-defined]


def _kind_of(value: Any) -> str:
    return "Tensor" if isinstance(value, Tensor) else type(value).__name__


class ScriptFunction(ScriptCall):
    """A function of TorchScript. Source: torch.jit.ScriptFunction."""

    _is_script_method = True

    def __init__(self, function: Function, original: Callable | None = None) -> None:
        self.function = function
        self.__name__ = function.name.rpartition(".")[2]
        self.__doc__ = getattr(original, "__doc__", None)
        self._torchdynamo_inline = original
        if original is not None:
            self.__wrapped__ = original

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.name.rpartition(".")[2]

    @property
    def qualified_name(self) -> str:
        """The name with its module."""
        return self.function.name

    def save(self, f: Any, _extra_files: Any = None) -> None:
        """Writes it to a file, as a module that has it as its `forward`."""
        writer(self, f, _extra_files)

    def __deepcopy__(self, memo: dict) -> ScriptFunction:
        return self

    def __repr__(self) -> str:
        return f"<torch.jit.ScriptFunction object at {id(self):#x}>"


class BoundMethod(ScriptCall, ScriptMethod):
    """A method of a module, called from Python. Source: torch.jit.ScriptMethod."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The method's name."""
        return self.function.name.rpartition(".")[2]

    def __repr__(self) -> str:
        return f"<torch.ScriptMethod object at {id(self):#x}>"


_saver: list[Callable] = []
_compiler: list[Callable] = []


def compiles_with(script: Callable) -> None:
    """Tells how a program's own `ScriptModule`s are compiled."""
    _compiler.append(script)


def compiled(module: Module) -> Any:
    """A program's own `ScriptModule`, scripted."""
    return _compiler[0](module)


def saves_with(save: Callable) -> None:
    """Tells how modules are written."""
    _saver.append(save)


def writer(made: Any, f: Any, extra: Any) -> None:
    """`torch.jit.save`."""
    _saver[0](made, f, extra)


class ScriptModule(Module):
    """A module of TorchScript code; made by `script`, `trace` and `load`.

    A program's own subclass runs as Python; it is compiled where its code is asked for, or saved.
    Source: torch.jit.ScriptModule.
    """

    _script_class: Class | None = None

    def __init__(self) -> None:
        super().__init__()

    @property
    def code(self) -> str:
        """`forward`, in the form that archives hold."""
        return compiled(self).code

    def save(self, f: Any, _extra_files: Any = None) -> None:
        """Writes the module with its code to a file that PyTorch loads too."""
        writer(compiled(self), f, _extra_files)


class RecursiveScriptModule(ScriptModule):
    """A module whose methods are TorchScript code."""

    def __init__(self, cls: Class) -> None:
        super().__init__()
        self.__dict__["_script_class"] = cls
        self.__dict__["_name"] = cls.short_name

    @property
    def forward(self) -> Any:  # type: ignore[override]
        """The method of that name."""
        return self._method("forward")

    def _method(self, name: str) -> Any:
        cls = self._script_class
        if cls is None or name not in cls.methods:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return BoundMethod(self, cls.methods[name])

    def __getattr__(self, name: str) -> Any:
        cls = self.__dict__.get("_script_class")
        if cls is not None:
            if name in cls.methods:
                return self._method(name)
            if name in cls.constants and name not in self.__dict__:
                return cls.constants[name]
        return super().__getattr__(name)

    @property
    def original_name(self) -> str:
        """The name of the class that it was made from."""
        return self.__dict__["_name"]

    @property
    def code(self) -> str:
        """`forward`, in the form that archives hold."""
        return self.forward.code

    @property
    def code_with_constants(self) -> tuple[str, Any]:
        """`forward`, and the constants that it names."""
        return self.forward.code_with_constants

    @property
    def graph(self) -> Any:
        """NotImplementedError: there is code, but no graph."""
        return self.forward.graph

    @property
    def inlined_graph(self) -> Any:
        """NotImplementedError: there is code, but no graph."""
        return self.forward.inlined_graph

    def save(self, f: Any, _extra_files: Any = None) -> None:
        """Writes the module with its code to a file that PyTorch loads too."""
        writer(self, f, _extra_files)

    def save_to_buffer(self, _extra_files: Any = None) -> bytes:
        """The bytes that `save` would write."""
        from_buffer = _Buffer()
        writer(self, from_buffer, _extra_files)
        return bytes(from_buffer.data)

    def get_debug_state(self, *args: Any, **kwargs: Any) -> Any:
        """NotImplementedError: nothing is specialized here."""
        raise NotImplementedError("torch.jit.ScriptModule.get_debug_state is not implemented")

    def extra_repr(self) -> str:
        return f"original_name={self.original_name}"

    def define(self, src: str) -> None:
        """NotImplementedError: methods come with the module."""
        raise NotImplementedError("torch.jit.ScriptModule.define is not implemented")

    def __len__(self) -> int:
        return self._container("__len__", lambda: len(self._modules))

    def __iter__(self) -> Iterator[Any]:
        return self._container("__iter__", lambda: iter(self._modules.values()))

    def __getitem__(self, index: Any) -> Any:
        values = list(self._modules.values())
        if isinstance(index, str):
            return self._container("__getitem__", lambda: self._modules[index])
        return self._container("__getitem__", lambda: values[index])

    def __contains__(self, key: Any) -> bool:
        return self._container("__contains__", lambda: key in self._modules)

    def items(self) -> Any:
        """Names and modules of a dict of modules."""
        return self._container("items", lambda: self._modules.items())

    def keys(self) -> Any:
        """Names of a dict of modules."""
        return self._container("keys", lambda: self._modules.keys())

    def values(self) -> Any:
        """Modules of a dict of modules."""
        return self._container("values", lambda: self._modules.values())

    def _container(self, name: str, answer: Callable[[], Any]) -> Any:
        if self.original_name not in ("Sequential", "ModuleList", "ModuleDict"):
            found = self._script_class.methods.get(name)  # type: ignore[union-attr]
            if found is None:
                raise NotImplementedError(name)
        return answer()

    def __bool__(self) -> bool:
        return True

    def __copy__(self) -> RecursiveScriptModule:
        return self._copied(lambda value: value)

    def __deepcopy__(self, memo: dict) -> RecursiveScriptModule:
        return self._copied(lambda value: copy.deepcopy(value, memo))

    def copy(self) -> RecursiveScriptModule:
        """The same module as another object."""
        return self.__copy__()

    def _copied(self, of: Callable[[Any], Any]) -> RecursiveScriptModule:
        made = object.__new__(type(self))
        shared = ("_script_class", "_name")
        made.__dict__.update({k: v if k in shared else of(v) for k, v in self.__dict__.items()})
        return made

    def __reduce__(self) -> Any:
        raise RuntimeError(
            "ScriptModules cannot be deepcopied using copy.deepcopy or saved using torch.save. "
            "Mixed serialization of script and non-script modules is not supported. For purely "
            "script modules use my_script_module.save(<filename>) instead."
        )

    def __dir__(self) -> list[str]:
        cls = self.__dict__.get("_script_class")
        return [*super().__dir__(), *(cls.methods if cls is not None else ())]

    @property
    def unit(self) -> Unit:
        """Where the code lives."""
        return self._script_class.unit  # type: ignore[union-attr]


class _Buffer:
    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        self.data += data


class TracedModule(RecursiveScriptModule):
    """A module whose code was recorded by a trace."""

    def _get_name(self) -> str:
        return self.original_name


class TopLevelTracedModule(TracedModule):
    """The module that was traced. Source: torch.jit.TopLevelTracedModule."""


def put(module: RecursiveScriptModule, values: dict[str, Any]) -> None:
    """Gives a module the values of its attributes."""
    cls = module._script_class
    for name in cls.attributes:  # type: ignore[union-attr]
        value = values[name]
        if isinstance(value, Module):
            module._modules[name] = value
        elif name in cls.parameters:  # type: ignore[union-attr]
            module._parameters[name] = value
        elif name in cls.buffers:  # type: ignore[union-attr]
            module._buffers[name] = value
        else:
            module.__dict__[name] = value
