"""Primitives: what operators are taken apart into before they are fused.

A `Node` is one of
  leaf       an array that exists before the plan runs          data: position among the leaves
  scalar     a 0-d number that may change from run to run       data: position among the leaves
  number     a number that is part of the plan                  data: the number
  map        the same scalar expression for every element       data: Expr of Ref("0"), Ref("1") ...
  view, permute, expand, slice, strided    the same elements elsewhere; see `base` and `layout`
  reduce     one operation over dimensions, which stay with size 1             data: (op, dims)
  gather     elements of the first input at the second's indices  data: (dim, mapping), see `pick`
  iota       the index along a dimension                        data: the dimension
  template   a kernel written by hand, with several results     data: Invocation
  extern     an operator that NumPy carries out                 data: (Op, attrs)
  item       one result of a template or extern                 data: its number
  write      the first input with a region replaced by the second     data: (strides, offset)
  cat        inputs one after the other along a dimension       data: dim
and, once `program` has taken these two apart,
  stored     the first input, laid out in its user's memory     data: (strides, offset)
  joined     the memory that its inputs were stored in
Shapes are exact; arithmetic on nodes makes maps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

from ..ir.loops import Call, Expr, Kind, Ref
from ..shapes import broadcast_shapes, contiguous_strides, view_strides
from .kinds import SIZE, wide
from .scalars import Scalar, cast, compute, number, symbol

MOVES = frozenset(("view", "permute", "expand", "slice", "strided"))
FREE = frozenset(("number", "scalar", "iota"))  # expressions, which have no memory
Layout = tuple[tuple[int, ...], tuple[int, ...], int]  # shape, strides, offset in elements


class Invocation(NamedTuple):
    """A call of a template: `plan(layouts of inputs) -> (Template, slot values)`; equal plans give
    equal ones.

    Slot values are numbers, or the names "in0", "out1" ... for addresses; an input's address is
    that of its layout's first element.  Result 0 may be written over input `over`, if that is read
    nowhere else.
    """

    name: str
    plan: Callable
    outputs: tuple[tuple[tuple[int, ...], Kind], ...]
    over: int | None = None


class Node:
    """One primitive; see the module's docstring.

    size    how many elements it has
    base    for moves, the node whose memory is seen; the node itself for others
    layout  where its elements lie in the row-major memory of `base`
    origin  position in the plan of the recorded value that it was made for; -1 for leaves
    moved   moves of the node that are known, by what they are and their layout
    """

    __slots__ = (
        *("what", "shape", "kind", "inputs", "data", "size"),
        *("index", "origin", "users", "base", "layout", "moved"),
    )

    def __init__(
        self,
        what: str,
        shape: tuple[int, ...],
        kind: Any,
        inputs: tuple[Node, ...] = (),
        data: Any = None,
        base: Node | None = None,
        layout: Layout | None = None,
    ) -> None:
        self.what, self.shape = what, shape
        self.kind: Any = kind  # None for what only NumPy can hold
        self.inputs, self.data, self.size = inputs, data, prod(shape)
        self.index = self.origin = -1  # index: position in the program
        self.users: list[Node] = []
        self.base: Node = self if base is None else base
        self.layout: Layout = contiguous(shape) if layout is None else layout
        self.moved: dict[tuple[str, Layout], Node] = {}

    def __repr__(self) -> str:
        inputs = ", ".join(f"%{i.index}" for i in self.inputs)
        return f"%{self.index} = {self.what}({inputs}) {self.kind}{list(self.shape)}"

    def __add__(self, other):
        return arithmetic("add", self, other)

    def __radd__(self, other):
        return arithmetic("add", other, self)

    def __sub__(self, other):
        return arithmetic("sub", self, other)

    def __rsub__(self, other):
        return arithmetic("sub", other, self)

    def __mul__(self, other):
        return arithmetic("mul", self, other)

    def __rmul__(self, other):
        return arithmetic("mul", other, self)

    def __truediv__(self, other):
        return arithmetic("div", self, other)

    def __rtruediv__(self, other):
        return arithmetic("div", other, self)

    def __neg__(self):
        return map_of(lambda x: compute("neg", x.kind, x), self)


# ---------------------------------------------------------------- making nodes


def map_of(function: Callable, *inputs: Node, kind: Kind | None = None) -> Node:
    """`function` of one element of every input, for every element of the broadcast shape."""
    symbols = [Scalar(Ref(str(i), x.kind)) for i, x in enumerate(inputs)]
    made = function(*symbols)
    if kind is not None:
        made = cast(symbol(made, kind), kind)
    return map_expr(made.expr, *inputs)


def map_expr(expr: Expr, *inputs: Node) -> Node:
    shape = broadcast_shapes(*(x.shape for x in inputs)) if inputs else ()
    return Node("map", tuple(shape), expr.kind, inputs, expr)


def arithmetic(op: str, a: Any, b: Any) -> Node:
    """`a op b` where numbers take the node's kind; both nodes have one kind."""
    if not isinstance(a, Node):
        return map_of(lambda y: compute(op, y.kind, number(a, y.kind), y), b)
    if not isinstance(b, Node):
        return map_of(lambda x: compute(op, x.kind, x, number(b, x.kind)), a)
    return map_of(lambda x, y: compute(op, x.kind, x, y), a, b)


def unary(op: str, x: Node) -> Node:
    return map_of(lambda s: compute(op, s.kind, s), x)


def to_kind(x: Node, kind: Kind) -> Node:
    return x if x.kind == kind else map_of(lambda s: cast(s, kind), x)


def widened(x: Node) -> Node:
    return to_kind(x, wide(x.kind))


def constant(value: float, kind: Kind, shape: tuple[int, ...] = ()) -> Node:
    made = Node("number", (), kind, (), value)
    return made if shape == () else expand(made, shape)


def move(what: str, x: Node, layout: Layout) -> Node:
    """`x` seen through a layout of its base's memory; the same node for the same move."""
    key = what, layout
    made = x.moved.get(key)
    if made is None:
        made = x.moved[key] = Node(what, layout[0], x.kind, (x,), None, x.base, layout)
    return made


def copied(x: Node) -> Node:
    """The same elements in order in memory of their own."""
    return Node("map", x.shape, x.kind, (x,), Ref("0", x.kind))


def _is_number(x: Node) -> bool:
    return x.base.what in FREE and not x.base.shape


def view(x: Node, shape: tuple[int, ...]) -> Node:
    """The elements in order under another shape; copied where no strides can say it."""
    if x.shape == shape:
        return x
    if _is_number(x):
        return expand(x.base, shape)
    old, strides, offset = x.layout
    made = view_strides(old, strides, shape)
    if made is None:
        return view(copied(x), shape)
    return move("view", x, (shape, tuple(made), offset))


def permute(x: Node, dims: Sequence[int]) -> Node:
    dims = tuple(dims)
    shape, strides, offset = x.layout
    if dims == tuple(range(len(dims))):
        return x
    layout = tuple(shape[d] for d in dims), tuple(strides[d] for d in dims), offset
    return move("permute", x, layout)


def expand(x: Node, shape: tuple[int, ...]) -> Node:
    if x.shape == shape:
        return x
    old, strides, offset = x.layout
    return move("expand", x, (shape, expanded_strides(old, strides, shape), offset))


def slice_of(x: Node, starts: Sequence[int], shape: Sequence[int], steps: Sequence[int]) -> Node:
    """The elements at starts + steps * index; steps may be negative."""
    starts, shape = tuple(starts), tuple(shape)
    if shape == x.shape and not any(starts) and all(s == 1 for s in steps):
        return x
    _, strides, offset = x.layout
    offset += sum(a * s for a, s in zip(starts, strides))
    return move("slice", x, (shape, tuple(s * k for s, k in zip(strides, steps)), offset))


def reduce(op: str, x: Node, dims: Sequence[int]) -> Node:
    """`op` (add, mul, maximum, minimum, and, or) over dimensions, which stay with size one."""
    dims = tuple(sorted(d for d in dims if x.shape[d] != 1))
    if not dims:
        return x
    shape = tuple(1 if d in dims else n for d, n in enumerate(x.shape))
    return Node("reduce", shape, x.kind, (x,), (op, dims))


def pick(x: Node, index: Node, dim: int, mapping: tuple[int | None, ...]) -> Node:
    """`x` where its dimension `dim` stands at `index`; dimension i of the result runs along
    dimension `mapping[i]` of x, or along the index alone (None)."""
    source = cast_source(x.base)
    if source is not None and is_whole(source) and SIZE[source.kind] < SIZE[x.kind]:
        # the cast of what is picked, not of the whole table
        return to_kind(pick(strided(source, *x.layout), index, dim, mapping), x.kind)
    shape = tuple(
        n if m is None else x.shape[m]
        for n, m in zip(index.shape + (1,) * (len(mapping) - len(index.shape)), mapping)
    )
    if _is_number(x):
        return expand(x.base, shape)
    x = copied(x) if x.base.what in FREE else x
    return Node("gather", shape, x.kind, (x, index), (dim, mapping))


def cast_source(x: Node) -> Node | None:
    """What `x` is the cast of, if it is nothing else."""
    expr = x.data
    if x.what != "map" or type(expr) is not Call or expr.op != "cast":
        return None
    return x.inputs[0] if expr.args == (Ref("0", x.inputs[0].kind),) else None


def places(shape: tuple[int, ...], dim: int) -> Node:
    """The index along `dim` of every element."""
    return Node("iota", shape, "i64", (), dim)


def strided(x: Node, shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Node:
    """The elements of `x` in order, taken as flat memory and read through a layout."""
    if _is_number(x):
        return expand(x.base, shape)
    if x.layout == contiguous(x.base.shape) or x.base.size == x.size and in_order(x):
        return move("strided", x, (shape, strides, offset))
    moved = as_moves(x, shape, strides, offset)
    return strided(copied(x), shape, strides, offset) if moved is None else moved


def is_whole(x: Node) -> bool:
    """Whether `x` is all of its base's memory in order."""
    return x.layout[2] == 0 and x.size == x.base.size and in_order(x)


def in_order(x: Node) -> bool:
    """Whether the elements lie in order from the start of the base's memory."""
    shape, strides, offset = x.layout
    if offset:
        return False
    own = contiguous(shape)[1]
    return strides == own or strides_agree(shape, strides, own)


def strides_agree(shape: Sequence[int], a: Sequence[int], b: Sequence[int]) -> bool:
    """Whether two strides say the same, but for dimensions of size one."""
    return all(n == 1 or s == t for n, s, t in zip(shape, a, b))


def as_moves(x: Node, shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Node | None:
    """`x` viewed, sliced, permuted and expanded so that it has this layout, if that can be."""
    kept = [d for d, (n, s) in enumerate(zip(shape, strides)) if n != 1 and s != 0]
    order = sorted(kept, key=lambda d: -strides[d])
    bounds = [x.size, *(strides[d] for d in order)]
    if 0 in shape or any(b <= 0 or a % b for a, b in zip(bounds, bounds[1:])) or not x.size:
        return None
    sizes, starts, parts = [], [], [shape[d] for d in order]
    for outer, inner in zip(bounds, bounds[1:]):
        sizes.append(outer // inner)
        starts.append(offset // inner)
        offset %= inner
    if bounds[-1] != 1:  # what lies inside the smallest stride: one element of it
        sizes.append(bounds[-1])
        starts.append(offset)
        parts.append(1)
    elif offset:
        return None
    if any(start + n > size for start, n, size in zip(starts, parts, sizes)):
        return None
    made = slice_of(view(x, tuple(sizes)), starts, parts, [1] * len(parts))
    made = view(made, tuple(parts[: len(order)]))
    made = permute(made, [order.index(d) for d in kept])
    ones = tuple(n if d in kept else 1 for d, n in enumerate(shape))
    return expand(view(made, ones), shape)


# ---------------------------------------------------------------- layouts


def expanded_strides(
    shape: tuple[int, ...], strides: tuple[int, ...], target: tuple[int, ...]
) -> tuple[int, ...]:
    """The strides of a layout broadcast to a shape."""
    if shape == target:
        return strides
    lead = len(target) - len(shape)
    return (0,) * lead + tuple(
        0 if n == 1 and target[lead + i] != 1 else strides[i] for i, n in enumerate(shape)
    )


@lru_cache(maxsize=1 << 12)
def contiguous(shape: tuple[int, ...]) -> Layout:
    return shape, tuple(contiguous_strides(shape)), 0
