"""Systems with triangular matrices as calls of their template."""

from __future__ import annotations

from math import prod

from ..nodes import Layout, Node, expand, view
from ..templates import triangle
from .products import call, contiguous_memory
from .rules import rule


@rule("linalg_solve_triangular", "triangular_solve")
def _solve(inputs, attrs, metas):
    (a, b), (upper, unit), (shape, kind) = inputs, attrs, metas[0]
    if kind not in ("f32", "f64"):
        return None
    *lead, rows, columns = shape
    batch = prod(lead)

    def whole(x: Node) -> Node:
        return contiguous_memory(expand(x, (*lead, *x.shape[-2:])))

    spec = triangle.Spec(kind, bool(upper), bool(unit))
    values = {"batch": batch, "rows": rows, "columns": columns}
    values |= {"a": "in0", "b": "in1", "out": "out0"}

    def plan(*_layouts: Layout):
        return triangle.template(spec), values

    made = call("triangle", plan, (whole(a), whole(b)), [((batch, rows, columns), kind)])
    return view(made[0], shape)
