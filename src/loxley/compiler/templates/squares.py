"""The microkernel of bf16 products on AMX: 32 x 32 sums in four tile registers of 16 x 16.

In: panels that `packing` writes for a `Tile` with `squares`.  Out: a tile of sums in a small
buffer, as `micro.define_packed` leaves it.  One instruction adds the products of 16 rows with 16
columns over 32 successive k.  A thread configures its tile registers before the first tile and
gives them back after the last one.
Source: Intel, Architecture Instruction Set Extensions Programming Reference, AMX.
"""

from __future__ import annotations

from ..llvm.builder import Function, Module, V, i64, shared
from .micro import Tile

_SIDE = 16  # rows of a tile register, and its i32 in a row
_SUMS, _A, _B = range(4), (4, 5), (6, 7)  # registers: sums by rows, rows of A, columns of B
_CONFIGURATION = "square_tiles"


def configure(f: Function) -> None:
    """Every tile register has 16 rows of 64 bytes."""
    numbers = [1, *[0] * 15, *[64, 0] * 8, *[0] * 16, *[_SIDE] * 8, *[0] * 8]
    text = ", ".join(f"i8 {n}" for n in numbers)
    constant = f"@{_CONFIGURATION} = internal constant [64 x i8] [{text}], align 64"
    if constant not in f.module.constants:
        f.module.constants.append(constant)
    f.call("llvm.x86.ldtilecfg", "void", [V(f"@{_CONFIGURATION}", "ptr")])


def release(f: Function) -> None:
    f.call("llvm.x86.tilerelease", "void", [])


@shared
def define_squares(module: Module, tile: Tile) -> str:
    """The name of a function of `micro.define_packed`'s parameters; steps are a multiple of 16."""
    name = f"squares_{tile.rows}x{tile.columns}"
    parameters = [("i64", "steps"), ("ptr", "a"), ("ptr", "b"), ("i64", "rows"), ("ptr", "out")]
    f = Function(module, name, parameters, linkage="internal", attributes="nounwind noinline")
    few, many, end = f.label("few"), f.label("many"), f.label("end")
    f.branch_if(f.compare("icmp sle", f["rows"], i64(_SIDE)), few, many)
    for label, squares in ((few, 1), (many, 2)):
        f.place(label)
        _sums(f, tile, squares)
        f.branch(end)
    f.place(end)
    f.ret()
    return name


def _sums(f: Function, tile: Tile, squares: int) -> None:
    """`squares` x 2 squares of sums."""
    for number in _SUMS[: 2 * squares]:
        f.call("llvm.x86.tilezero", "void", [_register(number)])
    with f.loop(i64(0), f["steps"], _SIDE) as step:
        for i in range(squares):
            at = f.binary("add", f.binary("mul", step, i64(tile.rows)), i64(i * _SIDE * _SIDE))
            _move(f, "tileloadd64", _A[i], f.address(f["a"], "i32", at), _SIDE)
        for j in range(tile.vectors):
            at = f.binary("add", f.binary("mul", step, i64(tile.columns)), i64(j * _SIDE))
            _move(f, "tileloadd64", _B[j], f.address(f["b"], "i32", at), tile.columns)
        for i in range(squares):
            for j in range(tile.vectors):
                registers = [_register(n) for n in (_SUMS[2 * i + j], _A[i], _B[j])]
                f.call("llvm.x86.tdpbf16ps", "void", registers)
    for i in range(squares):
        for j in range(tile.vectors):
            at = i64((i * tile.columns + j) * _SIDE)
            _move(f, "tilestored64", _SUMS[2 * i + j], f.address(f["out"], "i32", at), tile.columns)


def _register(number: int) -> V:
    return V(str(number), "i8")


def _move(f: Function, what: str, register: int, place: V, columns: int) -> None:
    """A square to or from memory, whose rows are `columns` elements of 4 bytes apart."""
    f.call(f"llvm.x86.{what}", "void", [_register(register), place, i64(columns * 4)])
