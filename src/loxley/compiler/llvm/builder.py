"""LLVM's text, built line by line: what the emitter and the templates write kernels with.

In: instructions as method calls on a `Function`.  Out: the text of a module.  Mutable variables
are allocas, which LLVM turns into registers; so loops and conditions need no phi nodes here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, wraps
from typing import Any, NamedTuple

_remembered = lru_cache(maxsize=4096)  # of constants and types: a kernel has the same ones again


class V(NamedTuple):
    """An operand: `name` as LLVM writes it (`%12`, `0`, `zeroinitializer`), and its type."""

    name: str
    type: str

    def __str__(self) -> str:
        return f"{self.type} {self.name}"


@_remembered
def i64(number: int) -> V:
    return V(str(number), "i64")


def f32(number: float) -> V:
    """A float32 constant, written exactly (LLVM wants the bits of the equal double)."""
    return _f32(number) if number else _f32.__wrapped__(number)  # zeros are equal, with any sign


@_remembered
def _f32(number: float) -> V:
    rounded = struct.unpack("<f", struct.pack("<f", number))[0]
    return V(f"0x{struct.unpack('<Q', struct.pack('<d', rounded))[0]:016X}", "float")


def f64(number: float) -> V:
    return V(f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}", "double")


@_remembered
def vector(lanes: int, element: str) -> str:
    return f"<{lanes} x {element}>"


@_remembered
def element_of(type: str) -> str:
    """The element type of a vector type; a scalar type itself."""
    return type[1:-1].split(" x ")[1] if type.startswith("<") else type


@_remembered
def lanes_of(type: str) -> int:
    """The lanes of a vector type; 0 for a scalar type."""
    return int(type[1:].split(" x ")[0]) if type.startswith("<") else 0


class Written(NamedTuple):
    """The text of a function."""

    name: str
    text: str

    def __str__(self) -> str:
        return self.text


class Module:
    """Functions and the declarations that they need; `str(module)` is the text."""

    def __init__(self) -> None:
        self.functions: list[Function | Written] = []
        self.declarations: dict[str, str] = {}
        self.constants: list[str] = []

    def declare(self, name: str, result: str, parameters: Sequence[str]) -> None:
        self.declarations.setdefault(name, f"declare {result} @{name}({', '.join(parameters)})")

    def include(self, other: Module) -> None:
        """Takes over what another module has and this one has not, by its name."""
        names = {f.name for f in self.functions}
        self.functions += [f for f in other.functions if f.name not in names]
        self.declarations |= other.declarations
        self.constants += [c for c in other.constants if c not in self.constants]

    def __str__(self) -> str:
        parts = [*self.constants, *self.declarations.values(), *map(str, self.functions)]
        return "\n".join(parts) + "\n"


def shared(define: Callable) -> Callable:
    """Lets `define(module, ...)`, which adds functions to a module, write them once.

    Kernels have many functions in common; all else that `define` is given has to be hashable and
    to decide alone what it writes and returns.
    """

    @lru_cache(maxsize=256)
    def write(*args, **kwargs) -> tuple[Module, Any]:
        module = Module()
        result = define(module, *args, **kwargs)
        module.functions = [Written(f.name, str(f)) for f in module.functions]
        return module, result

    @wraps(define)
    def defined(module: Module, *args, **kwargs) -> Any:
        made, result = write(*args, **kwargs)
        module.include(made)
        return result

    return defined


_operand = tuple.__new__


def _flatten(lines: list[str | list], text: list[str]) -> None:
    for line in lines:
        if type(line) is str:
            text.append(line)
        else:
            _flatten(line, text)  # type: ignore[arg-type]


class Function:
    """One function under construction.

    parameters  their types and names; `function[name]` is the operand
    attributes  as LLVM writes them after the signature (`alwaysinline nounwind`)
    """

    def __init__(
        self,
        module: Module,
        name: str,
        parameters: Sequence[tuple[str, str]],
        result: str = "void",
        attributes: str = "nounwind",
        linkage: str = "",
    ) -> None:
        self.module, self.name, self.result = module, name, result
        self.parameters = {n: V(f"%{n}", t) for t, n in parameters}
        signature = ", ".join(f"{t} %{n}" for t, n in parameters)
        self._head = f"define {linkage} {result} @{name}({signature}) {attributes} {{"
        self._allocas: list[str] = []
        self._lines: list[str | list] = []
        self._count = 0
        module.functions.append(self)

    def __str__(self) -> str:
        text = [self._head, "entry:", *self._allocas]
        _flatten(self._lines, text)
        text.append("}")
        return "\n".join(text)

    def __getitem__(self, name: str) -> V:
        return self.parameters[name]

    def fresh(self, stem: str) -> str:
        self._count += 1
        return f"%{stem}{self._count}"

    def line(self, text: str) -> None:
        self._lines.append("  " + text)

    def let(self, type: str, text: str) -> V:
        """A new operand of `type`, defined by the instruction `text`."""
        self._count = number = self._count + 1
        name = f"%v{number}"
        self._lines.append(f"  {name} = {text}")
        return _operand(V, (name, type))  # as V(name, type), without a call of Python's

    def hole(self) -> list[str | list]:
        """A place in the text that can be written to later, with `inside`."""
        lines: list[str | list] = []
        self._lines.append(lines)
        return lines

    @contextmanager
    def inside(self, hole: list[str | list]) -> Iterator[None]:
        """Instructions go to a `hole`, after what it holds already."""
        lines, self._lines = self._lines, hole
        try:
            yield
        finally:
            self._lines = lines

    # ------------------------------------------------------------------ instructions

    def binary(self, op: str, a: V, b: V, flags: str = "") -> V:
        """`op` is LLVM's: add, mul, fadd, fmul, and, shl ...; operands of one type."""
        if flags:
            op = f"{op} {flags}"
        return self.let(a.type, f"{op} {a.type} {a.name}, {b.name}")

    def compare(self, predicate: str, a: V, b: V) -> V:
        """`predicate` with its instruction: "icmp slt", "fcmp olt" ..."""
        lanes = lanes_of(a.type)
        type = vector(lanes, "i1") if lanes else "i1"
        return self.let(type, f"{predicate} {a.type} {a.name}, {b.name}")

    def select(self, condition: V, a: V, b: V) -> V:
        return self.let(a.type, f"select {condition}, {a}, {b}")

    def convert(self, op: str, a: V, type: str) -> V:
        """`op` is LLVM's: sext, zext, trunc, sitofp, fpext, bitcast, inttoptr ..."""
        return self.let(type, f"{op} {a} to {type}")

    def address(self, base: V, element: str, index: V) -> V:
        start, offset = f"ptr {base.name}", f"{index.type} {index.name}"
        return self.let("ptr", f"getelementptr {element}, {start}, {offset}")

    def load(self, pointer: V, type: str, align: int) -> V:
        return self.let(type, f"load {type}, ptr {pointer.name}, align {align}")

    def store(self, value: V, pointer: V, align: int) -> None:
        to = f"ptr {pointer.name}, align {align}"
        self._lines.append(f"  store {value.type} {value.name}, {to}")

    def call(self, name: str, result: str, arguments: Sequence[V]) -> V:
        """Calls an intrinsic or function, declaring it."""
        self.module.declare(name, result, [a.type for a in arguments])
        return self.call_defined(name, result, arguments)

    def call_defined(self, name: str, result: str, arguments: Sequence[V]) -> V:
        """Calls a function that is defined in this module."""
        text = f"call {result} @{name}({', '.join(map(str, arguments))})"
        if result == "void":
            self.line(text)
            return V("void", "void")
        return self.let(result, text)

    def splat(self, scalar: V, lanes: int) -> V:
        """A vector with `scalar` in every lane; a constant stays one."""
        type = vector(lanes, scalar.type)
        if scalar.name[0] not in "%@":
            return V(f"splat ({scalar})", type)
        one = self.let(type, f"insertelement {type} poison, {scalar}, i64 0")
        zero = f"<{lanes} x i32> zeroinitializer"
        return self.let(type, f"shufflevector {one}, {type} poison, {zero}")

    # ------------------------------------------------------------------ variables and control

    def variable(self, type: str, start: V | None = None) -> V:
        """A pointer to a mutable variable, which LLVM keeps in a register where it can."""
        name = self.fresh("m")
        self._allocas.append(f"  {name} = alloca {type}")
        pointer = V(name, "ptr")
        if start is not None:
            self.line(f"store {start}, {pointer}")
        return pointer

    def get(self, variable: V, type: str) -> V:
        return self.let(type, f"load {type}, ptr {variable.name}")

    def set(self, variable: V, value: V) -> None:
        self._lines.append(f"  store {value.type} {value.name}, ptr {variable.name}")

    def label(self, stem: str) -> str:
        self._count += 1
        return f"{stem}{self._count}"

    def place(self, label: str) -> None:
        self._lines.append(f"{label}:")

    def branch(self, target: str) -> None:
        self.line(f"br label %{target}")

    def branch_if(self, condition: V, yes: str, no: str) -> None:
        self.line(f"br {condition}, label %{yes}, label %{no}")

    @contextmanager
    def loop(self, start: V, stop: V, step: V | int = 1) -> Iterator[V]:
        """`for i in range(start, stop, step)` with a positive step; yields `i` (i64)."""
        head, body, end = self.label("head"), self.label("body"), self.label("end")
        counter = self.variable("i64", start)
        self.branch(head)
        self.place(head)
        i = self.get(counter, "i64")
        self.branch_if(self.compare("icmp slt", i, stop), body, end)
        self.place(body)
        yield i
        self.set(counter, self.binary("add", i, i64(step) if isinstance(step, int) else step))
        self.branch(head)
        self.place(end)

    @contextmanager
    def when(self, condition: V) -> Iterator[None]:
        """The body runs where `condition` (i1) holds."""
        yes, end = self.label("then"), self.label("end")
        self.branch_if(condition, yes, end)
        self.place(yes)
        yield
        self.branch(end)
        self.place(end)

    def ret(self, value: V | None = None) -> None:
        self.line("ret void" if value is None else f"ret {value}")
