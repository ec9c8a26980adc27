"""Matrix products as calls of the product template: any strides, batches, epilogues with a bias."""

from __future__ import annotations

from typing import NamedTuple

from ...ir.loops import Buffer, Call, Expr, Kind, Load, Ref, Var
from ..kinds import FLOATING, INTEGERS, wide
from ..nodes import (
    FREE,
    Invocation,
    Layout,
    Node,
    copied,
    expand,
    permute,
    reduce,
    to_kind,
    view,
    widened,
)
from ..templates.gemm import Spec
from ..templates.gemm_fit import Strides, fit
from ..templates.gemm_spec import sum_kind
from ..templates.template import Template
from .batches import paired
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


class Product(NamedTuple):
    """How the template is called: a plan of an `Invocation`, for a, b and perhaps a bias."""

    spec: Spec  # without an epilogue
    sizes: tuple[tuple[str, int], ...]
    bias: str | None  # its kind in memory
    unrounded: bool = False  # whether the sums are the result, not rounded to the operands' kind

    def __call__(self, a: Layout, b: Layout, *_bias: Layout) -> tuple[Template, dict]:
        sizes = dict(self.sizes)
        y, m, n = sizes["y"], sizes["m"], sizes["n"]
        out = Strides(y * m * n, m * n, n, 1)
        spec = self._finished()
        fitted = fit(spec, sizes, Strides(*a[1]), Strides(*b[1]), out)
        names = ("in1", "in0") if fitted.swapped else ("in0", "in1")
        values = dict(fitted.slots) | {"a": names[0], "b": names[1], "out": "out0"}
        return fitted.template, values | ({} if self.bias is None else {"bias": "in2"})

    def reading(self, number: int, kind: Kind) -> Product:
        """The same product whose operand or bias lies in memory as another kind."""
        if number == 2:
            return self._replace(bias=kind)
        spec = self.spec._replace(b=kind) if number else self.spec._replace(a=kind)
        return self._replace(spec=spec)

    def _finished(self) -> Spec:
        """The spec with its epilogue: the bias, and a result that is rounded before it is widened.

        A bias is rounded to the kind of the arithmetic, as operands are.
        """
        spec = self.spec
        if self.unrounded:
            return spec
        inner, rounded = sum_kind(spec), spec.kind if spec.kind == "bf16" else spec.out
        made: Expr = Ref("acc", inner)
        if self.bias is not None:
            value = _cast(_cast(Load("bias", Var("j"), self.bias), rounded), inner)
            made = Call("add", (made, value), inner)
            spec = spec._replace(buffers=(Buffer("bias", self.bias),))
        if spec.out != rounded:
            made = _cast(_cast(made, rounded), spec.out)
        return spec if type(made) is Ref else spec._replace(epilogue=made)


def _cast(expr: Expr, kind: Kind) -> Expr:
    return expr if expr.kind == kind else Call("cast", (expr,), kind)


def product(a: Node, b: Node, bias: Node | None = None, unrounded: bool = False) -> Node:
    """a (X, Y, M, K) times b (X, Y, K, N), plus a bias (N,); batch dimensions have equal sizes.

    `unrounded` without a bias: 16-bit operands give the float32 sums.
    """
    a, b = in_memory(a), in_memory(b)
    x, y, m, k = a.shape
    n, kind = b.shape[3], a.kind
    sizes = (("m", m), ("n", n), ("k", k), ("x", x), ("y", y))
    spec = Spec(_computed_in(kind), kind, kind, wide(kind) if unrounded else kind)
    plan = Product(spec, sizes, None if bias is None else bias.kind, unrounded)
    inputs = (a, b) if bias is None else (a, b, contiguous_memory(bias))
    return call("product", plan, inputs, [((x, y, m, n), spec.out)])[0]


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
def _matmul(inputs, attrs, metas, unrounded=False):
    a, b = inputs
    if a.kind == b.kind and a.kind in INTEGERS:
        return _of_integers(a, b, metas[0])
    if not _suits(a, b):
        return None
    shape = metas[0][0]
    a = view(a, (1, *a.shape)) if len(a.shape) == 1 else a
    b = view(b, (*b.shape, 1)) if len(b.shape) == 1 else b
    if len(b.shape) == 2:
        return view(product(_matrix(a), _matrix(b), None, unrounded), shape)
    lead = _broadcast(a.shape[:-2], b.shape[:-2])
    return view(product(*paired(a, b, lead), None, unrounded), shape)


def _of_integers(a: Node, b: Node, meta) -> Node:
    """Sums over k of rows of b, each times a number of a; they wrap around."""
    shape, kind = meta
    a = view(a, (1, a.size)) if len(a.shape) == 1 else a
    b = view(b, (b.size, 1)) if len(b.shape) == 1 else b
    lead = _broadcast(a.shape[:-2], b.shape[:-2])
    (m, k), n, rank = a.shape[-2:], b.shape[-1], len(lead)
    a = expand(view(a, (*a.shape, 1)), (*lead, m, k, n))
    b = expand(view(b, (*b.shape[:-2], 1, k, n)), (*lead, m, k, n))
    return view(reduce("add", a * b, (rank + 1,)), shape)


def _broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    return tuple(n if m == 1 else m for m, n in zip(a, b))


def _scaled_add(inner):
    """beta * bias + alpha * inner(a, b); a row of numbers is added in the product itself."""

    def decompose(inputs, attrs, metas):
        (bias, a, b), (beta, alpha) = inputs, attrs
        if not _suits(bias, a, b) or isinstance(beta, complex) or isinstance(alpha, complex):
            return None
        shape, kind = metas[0]
        if beta == alpha == 1 and len(a.shape) == len(b.shape) == 2 and bias.shape == shape[1:]:
            return view(product(_matrix(a), _matrix(b), bias), shape)
        made = inner((a, b), (), metas, True)
        made = made if alpha == 1 else made * alpha
        if beta != 0:
            made = made + (widened(bias) if beta == 1 else widened(bias) * beta)
        return to_kind(made, kind)

    return decompose


def _summed_batches(inputs, attrs, metas, unrounded):
    """The sum over a batch of products: one product of the batches laid side by side."""
    a, b = inputs
    x, rows, inner = a.shape
    side = view(permute(a, (1, 0, 2)), (rows, x * inner))
    return view(product(_matrix(side), _matrix(b), None, unrounded), metas[0][0])


rule("addmm", "baddbmm", "addmv")(_scaled_add(_matmul))
rule("addbmm")(_scaled_add(_summed_batches))
