"""Systems with triangular matrices, Cholesky factors: blocks by templates, the rest products."""

from __future__ import annotations

from math import nan, prod

from ..nodes import Layout, Node, constant, expand, map_of, permute, to_kind, view
from ..scalars import number, where
from ..templates import cholesky, triangle
from .products import call, contiguous_memory, product
from .regions import Memory, block
from .rules import rule

# Rows of a block whose factor one worker finds, and of the largest matrix that is taken apart.
_BLOCK, _MOST = 192, 2048


@rule("linalg_solve_triangular", "triangular_solve")
def _solve(inputs, attrs, metas):
    (a, b), (upper, unit), (shape, kind) = inputs, attrs, metas[0]
    if kind not in ("f32", "f64"):
        return None
    lead = shape[:-2]

    def whole(x: Node) -> Node:
        x = expand(x, (*lead, *x.shape[-2:]))
        return view(x, (prod(lead), *x.shape[-2:]))

    b = to_kind(b, kind)  # the matrix tells the kind of the result
    return view(_solved(whole(a), whole(b), bool(upper), bool(unit)), shape)


def _solved(a: Node, b: Node, upper: bool, unit: bool = False) -> Node:
    """x with a x = b, of (Z, N, N) and (Z, N, M)."""
    batch, rows, columns = b.shape
    spec = triangle.Spec(b.kind, upper, unit)
    values: dict = {"batch": batch, "rows": rows, "columns": columns}
    values |= {"a": "in0", "b": "in1", "out": "out0"}

    def plan(*_layouts: Layout):
        return triangle.template(spec), values

    read = contiguous_memory(a), contiguous_memory(b)
    return call("triangle", plan, read, [(b.shape, b.kind)])[0]


@rule("linalg_cholesky_ex", "cholesky")
def _cholesky(inputs, attrs, metas):
    (x,), (upper,), ((shape, kind), (lead, info_kind)) = inputs, attrs, metas
    if kind not in ("f32", "f64") or shape[-1] > _MOST:
        return None
    a = view(x, (prod(lead), *shape[-2:]))
    factor, info = _factor(a if upper else permute(a, (0, 2, 1)))
    factor = factor if upper else permute(factor, (0, 2, 1))

    def known(value, order):  # a matrix that has no factor gives no numbers
        return where(order == 0, value, number(nan, value.kind))

    factor = map_of(known, factor, view(info, (info.size, 1, 1)))
    return view(factor, shape), to_kind(view(info, lead), info_kind)


def _factor(a: Node) -> tuple[Node, Node]:
    """(upper factor, order of the first minor that is not positive) of the upper triangles."""
    batch, rows, _ = a.shape
    if rows <= _BLOCK:
        return _small_factor(a)
    half = _BLOCK * -(-rows // (2 * _BLOCK))
    rest = rows - half
    corner, info = _factor(block(a, (0, 0, 0), (batch, half, half)))
    beside = _solved(permute(corner, (0, 2, 1)), block(a, (0, 0, half), (batch, half, rest)), False)
    one = view(beside, (1, batch, half, rest))
    taken = view(product(permute(one, (0, 1, 3, 2)), one), (batch, rest, rest))
    last, later = _factor(block(a, (0, half, half), (batch, rest, rest)) - taken)
    made = Memory(a.shape, a.kind)
    made.put(corner, (0, 0, 0))
    made.put(beside, (0, 0, half))
    made.put(constant(0, a.kind, (batch, rest, half)), (0, half, 0))
    made.put(last, (0, half, half))

    def first(one, other):
        return where((one == 0) & (other != 0), other + half, one)

    return made.joined(), map_of(first, info, later)


def _small_factor(a: Node) -> tuple[Node, Node]:
    batch, rows, _ = a.shape
    slots: dict = {"batch": batch, "rows": rows, "a": "in0", "out": "out0", "info": "out1"}

    def plan(*_layouts: Layout):
        return cholesky.template(a.kind), slots

    outputs = [(a.shape, a.kind), ((batch,), "i64")]
    factor, info = call("cholesky", plan, (contiguous_memory(a),), outputs)
    return factor, info
