"""Loop nests: what a kernel does, scalar by scalar, before it becomes machine code.

A `Kernel` names its buffers and scalars and holds statements; statements hold expressions.  Sizes
and strides are scalars of the kernel, so that one kernel serves many shapes.  Nodes are immutable;
`repr` of a kernel is not its text: see `compiler.loops.printer`.  What an operation means is the
NumPy function in `compiler.loops.interpreter`; what becomes of it is `compiler.llvm.emit`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

# The element types of buffers and expressions.  16-bit floats are only loaded, stored and cast:
# arithmetic on them is done in f32, with the casts written out.  `bool` is a byte in memory.
Kind = str


class Const(NamedTuple):
    """A number that is part of the kernel's identity (0, 1, a mathematical constant)."""

    value: int | float | bool
    kind: Kind


class Param(NamedTuple):
    """A scalar argument of the kernel: an extent, a stride, a learning rate."""

    name: str
    kind: Kind


class Var(NamedTuple):
    """A loop variable; always i64."""

    name: str
    kind: Kind = "i64"


class Ref(NamedTuple):
    """The value of a `Let`, or what a `Register` holds at this moment."""

    name: str
    kind: Kind


class Load(NamedTuple):
    """`buffer[index]`, in elements; `kind` is the buffer's."""

    buffer: str
    index: Expr
    kind: Kind


class Call(NamedTuple):
    """A scalar operation; see `compiler.loops.interpreter.MEANING` for the names.

    Both operands of a binary operation have one kind; comparisons give bool; `where` takes a bool
    and two of one kind; `cast` converts its argument to `kind` as C does.
    """

    op: str
    args: tuple[Expr, ...]
    kind: Kind


Expr = Const | Param | Var | Ref | Load | Call


class Let(NamedTuple):
    """Names a value until the end of the enclosing body."""

    name: str
    value: Expr


class Register(NamedTuple):
    """A mutable scalar that lives until the end of the enclosing body."""

    name: str
    init: Expr


class Update(NamedTuple):
    """`register = op(register, value)` with an associative `op`: add, mul, maximum, minimum ...

    Inside a vector loop, updates of a register from outside it are accumulated lane by lane and
    combined once after the loop, in an order that depends on the target's vector width alone.
    """

    register: str
    op: str
    value: Expr


class Store(NamedTuple):
    """`buffer[index] = value`."""

    buffer: str
    index: Expr
    value: Expr


class For(NamedTuple):
    """`for var in range(extent)`.

    serial    in order
    parallel  iterations are independent; only the outermost statement of a kernel
    vector    iterations are independent, updates of outer registers apart; lanes of vectors.
              May hold serial loops, never another vector loop.
    unroll    serial, with a constant extent, written out
    """

    var: str
    extent: Expr
    body: tuple[Stmt, ...]
    mode: Literal["serial", "parallel", "vector", "unroll"] = "serial"


Stmt = Let | Register | Update | Store | For


class Buffer(NamedTuple):
    """Memory that a kernel reads or writes; no two buffers overlap if either is written to, unless
    they are the same memory read and written at equal indices only."""

    name: str
    kind: Kind
    writable: bool = False


class Kernel(NamedTuple):
    """A native function: its argument slots are the buffers' addresses, then the scalars.

    A slot has 8 bytes: an address, an i64 (integers, bools), or an f64 (floats of any width).
    """

    name: str
    buffers: tuple[Buffer, ...]
    scalars: tuple[Param, ...]
    body: tuple[Stmt, ...]
