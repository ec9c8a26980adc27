"""What a product computes: its key, its slots, its sizes.

    out[b, i, j] = epilogue(sum over k of a[b, i, k] * b[b, k, j] (+ out[b, i, j]))

There are two batch dimensions, so that heads inside a [B, T, H, D] layout need no copies.  Sizes
and strides (in elements) are slots; what a text depends on is a `Spec`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...ir.loops import Buffer, Expr, Param
from ..llvm.builder import Function, V, i64
from ..llvm.target import Target
from .memory import Contiguous
from .micro import Tile


class Spec(NamedTuple):
    """What a product's text depends on.

    kind        of the arithmetic: f32, f64, or bf16 (both operands rounded to bf16, sums in f32)
    a, b, out   kinds in memory: f32, f64, bf16, f16; f64 only with f64
    a_unit      which direction of a has a unit stride: "lines" (its rows lie side by side,
                a_row == 1), "k" (a_col == 1), or "none"
    b_unit      "lines" (b_col == 1), "k" (b_row == 1), or "none"
    accumulate  out's old value is added to the sum
    epilogue    of `Ref("acc", f32 or f64)`, `Var("i")`, `Var("j")`, `Var("x")`, `Var("y")` (the
                batch's two indices), Loads from `buffers` whose index moves with j by 0, 1 or any
                other stride, and `params`; its kind is out's or acc's.  None: acc itself
    buffers     memory that the epilogue reads; may be out's own, read at the index written
    """

    kind: str = "f32"
    a: str = "f32"
    b: str = "f32"
    out: str = "f32"
    a_unit: Contiguous = "k"
    b_unit: Contiguous = "lines"
    accumulate: bool = False
    epilogue: Expr | None = None
    buffers: tuple[Buffer, ...] = ()
    params: tuple[Param, ...] = ()


SIZES = ("m", "n", "k", "x", "y")
_A, _B = ("a_row", "a_col", "a_x", "a_y"), ("b_row", "b_col", "b_x", "b_y")
STRIDES = (*_A, *_B, "out_row", "out_x", "out_y")


def slots_of(spec: Spec, scratch: bool) -> tuple[tuple[str, str], ...]:
    """(name, kind) of each slot.

    m, n, k  rows and columns of out, the summed extent; x, y: the extents of the batch
    strides  in elements; out's columns always lie side by side
    """
    names = ["a", "b", "out", *(b.name for b in spec.buffers), *(["scratch"] if scratch else [])]
    pointers = [(name, "ptr") for name in names]
    params = [(p.name, "f64" if p.kind in ("f32", "f64") else "i64") for p in spec.params]
    return (*pointers, *((name, "i64") for name in SIZES + STRIDES), *params)


class Slots:
    """Reads a kernel's slots by name, from the `args` that every function here is passed."""

    def __init__(self, slots: tuple[tuple[str, str], ...]) -> None:
        self.places = {name: (i, kind) for i, (name, kind) in enumerate(slots)}

    def get(self, f: Function, name: str) -> V:
        type = {"ptr": "ptr", "i64": "i64", "f64": "double"}[self.places[name][1]]
        return f.load(self.address(f, name), type, 8)

    def address(self, f: Function, name: str) -> V:
        return f.address(f["args"], "i64", i64(self.places[name][0]))

    def all(self, f: Function, *names: str) -> list[V]:
        return [self.get(f, name) for name in names]


def offset(f: Function, *terms: tuple[V, V]) -> V:
    """The sum of products of indices and strides."""
    total = i64(0)
    for index, stride in terms:
        total = f.binary("add", total, f.binary("mul", index, stride))
    return total


def least(f: Function, a: V, b: V | int) -> V:
    return f.call("llvm.smin.i64", "i64", [a, i64(b) if isinstance(b, int) else b])


def up(f: Function, a: V, multiple: int) -> V:
    """`a` rounded up to a multiple."""
    count = f.binary("udiv", f.binary("add", a, i64(multiple - 1)), i64(multiple))
    return f.binary("mul", count, i64(multiple))


class Blocking(NamedTuple):
    """How much of B is packed at a time: k steps, columns.

    A panel of A stays in the first cache, a block of B in the second, a block of A in the third.
    Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).
    """

    steps: int
    columns: int


def blocking_of(target: Target, tile: Tile) -> Blocking:
    steps = target.l1 * 2 // 3 // (tile.rows * tile.bytes) // 16 * 16
    steps = max(64, min(steps, 384))
    columns = target.l2 * 2 // 3 // (steps * tile.bytes) // tile.columns * tile.columns
    columns = max(tile.columns, min(columns, 32 * tile.columns))
    return Blocking(steps, columns)


def check(spec: Spec) -> None:
    """ValueError where a spec's kinds do not go together, or two of its slots have one name."""
    kinds = (spec.kind, spec.a, spec.b, spec.out)
    known = {"f32": ("f32", "bf16", "f16"), "bf16": ("f32", "bf16", "f16"), "f64": ("f64",)}
    if spec.kind not in known or any(k not in known[spec.kind] for k in kinds[1:]):
        raise ValueError(f"gemm: expected kinds of one family, but got {kinds}")
    if spec.epilogue is not None and spec.epilogue.kind not in (spec.out, sum_kind(spec)):
        got = spec.epilogue.kind
        raise ValueError(f"gemm: expected an epilogue of {spec.out} or the sums, but got {got}")
    names = [name for name, _ in slots_of(spec, scratch=True)] + ["i", "j", "acc"]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"gemm: expected other names for buffers and parameters than {twice}")


def sum_kind(spec: Spec) -> str:
    return "f64" if spec.kind == "f64" else "f32"


def flops(sizes: Mapping[str, int]) -> int:
    """A product's operations."""
    return 2 * sizes["m"] * sizes["n"] * sizes["k"] * sizes["x"] * sizes["y"]
