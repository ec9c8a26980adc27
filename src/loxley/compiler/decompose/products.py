"""Matrix products as calls of the product template: any strides, batches, epilogues with a bias."""

from __future__ import annotations

from math import prod

from ...ir.loops import Buffer, Call, Expr, Load, Ref, Var
from ..kinds import FLOATING
from ..nodes import FREE, Invocation, Layout, Node, copied, expand, permute, view
from ..templates.gemm import Spec
from ..templates.gemm_fit import Strides, fit
from .rules import rule

_KINDS = frozenset(FLOATING)


def in_memory(x: Node) -> Node:
    """`x`, or a copy of it where it is an expression without memory."""
    return copied(x) if x.base.what in FREE else x


def call(name: str, plan, inputs: tuple[Node, ...], outputs) -> tuple[Node, ...]:
    """A template's results as nodes."""
    outputs = tuple(outputs)
    node = Node("template", (), None, inputs, Invocation(name, plan, outputs))
    return tuple(Node("item", shape, kind, (node,), i) for i, (shape, kind) in enumerate(outputs))


def _computed_in(kind: str) -> str:
    """The kind of a product's arithmetic: bf16 multiplies exactly and sums in f32."""
    return "f32" if kind == "f16" else kind


def product(a: Node, b: Node, bias: Node | None = None) -> Node:
    """a (X, Y, M, K) times b (X, Y, K, N), plus a bias (N,); batch dimensions have equal sizes."""
    a, b = in_memory(a), in_memory(b)
    x, y, m, k = a.shape
    n = b.shape[3]
    kind = a.kind

    sizes = {"m": m, "n": n, "k": k, "x": x, "y": y}
    spec = Spec(_computed_in(kind), kind, kind, kind)
    if bias is not None:
        inner = "f64" if kind == "f64" else "f32"
        value: Expr = Load("bias", Var("j"), kind)
        value = value if kind == inner else Call("cast", (value,), inner)
        made = Call("add", (Ref("acc", inner), value), inner)
        spec = spec._replace(epilogue=made, buffers=(Buffer("bias", kind),))

    def plan(a: Layout, b: Layout, *_bias: Layout):
        out = Strides(y * m * n, m * n, n, 1)
        fitted = fit(spec, sizes, Strides(*a[1]), Strides(*b[1]), out)
        names = ("in1", "in0") if fitted.swapped else ("in0", "in1")
        values = dict(fitted.slots) | {"a": names[0], "b": names[1], "out": "out0"}
        return fitted.template, values | ({} if bias is None else {"bias": "in2"})

    inputs = (a, b) if bias is None else (a, b, contiguous_memory(bias))
    return call("product", plan, inputs, [((x, y, m, n), kind)])[0]


def contiguous_memory(x: Node) -> Node:
    """`x` with its elements in order in memory."""
    shape, strides, _ = x.layout
    size, same = 1, True
    for n, s in zip(reversed(shape), reversed(strides)):
        same = same and (n == 1 or s == size)
        size *= n
    return in_memory(x) if same else copied(x)


def _matrix(x: Node) -> Node:
    """Any rank as (1, 1, rows, columns)."""
    columns = x.shape[-1] if x.shape else 1
    return view(x, (1, 1, x.size // max(columns, 1), columns))


def _transposed(x: Node) -> Node:
    return permute(x, (0, 1, 3, 2))


def _suits(*nodes: Node | None) -> bool:
    kinds = {n.kind for n in nodes if n is not None}
    return len(kinds) == 1 and kinds <= _KINDS


@rule("linear")
def _linear(inputs, attrs, metas):
    x, weight, bias = inputs
    if not _suits(x, weight, bias) or len(weight.shape) != 2:
        return None
    if bias is not None and bias.shape != weight.shape[:1]:
        bias = expand(view(bias, (1,)), weight.shape[:1])
    made = product(_matrix(x), _transposed(_matrix(weight)), bias)
    return view(made, metas[0][0])


@rule("linear_grad_input")
def _linear_grad_input(inputs, attrs, metas):
    dy, weight = inputs
    if not _suits(dy, weight) or len(weight.shape) != 2:
        return None
    return view(product(_matrix(dy), _matrix(weight)), metas[0][0])


@rule("linear_grad_weight")
def _linear_grad_weight(inputs, attrs, metas):
    dy, x = inputs
    if not _suits(dy, x) or len(dy.shape) != len(x.shape):
        return None
    return view(product(_transposed(_matrix(dy)), _matrix(x)), metas[0][0])


@rule("mm", "bmm", "matmul")
def _matmul(inputs, attrs, metas):
    a, b = inputs
    if not _suits(a, b):
        return None
    shape = metas[0][0]
    a = view(a, (1, *a.shape)) if len(a.shape) == 1 else a
    b = view(b, (*b.shape, 1)) if len(b.shape) == 1 else b
    if len(b.shape) == 2:
        return view(product(_matrix(a), _matrix(b)), shape)
    lead = _broadcast(a.shape[:-2], b.shape[:-2])
    a, b = _batched(a, lead), _batched(b, lead)
    return view(product(a, b), shape)


def _broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    return tuple(n if m == 1 else m for m, n in zip(a, b))


def _batched(x: Node, lead: tuple[int, ...]) -> Node:
    """A batch of matrices as (X, Y, rows, columns)."""
    rows, columns = x.shape[-2:]
    x = expand(x, (*lead, rows, columns))
    if len(lead) == 1:
        return view(x, (1, lead[0], rows, columns))
    if len(lead) == 2:
        return x
    return view(x, (lead[0], prod(lead[1:]), rows, columns))
