"""Operators that read or make complex numbers: moved by loops, computed by templates of their own.

In: an operator with its inputs, of which some or whose results are complex.  Out: nodes, or the
reason why NumPy carries it out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import prod

from ...ir.graph import Op
from ..kinds import COMPLEX
from ..nodes import Layout, Node, expand, view
from ..templates import complex_lanes
from . import fourier
from .products import call, contiguous_memory
from .rules import RULES

# What moves elements as they are, whatever they are.
_MOVES = frozenset(
    (
        *("view", "reshape_alias", "unsafe_view", "unsqueeze", "squeeze", "squeeze_dim"),
        *("squeeze_dims", "permute", "transpose", "t", "expand", "read_strided", "slice", "select"),
        *("flip", "full", "copy", "write_strided", "cat", "stack", "leading", "leading_backward"),
        *("constant_pad_nd", "select_scatter", "slice_scatter", "select_backward"),
        *("slice_backward", "repeat", "roll"),
    )
)
_COPIES = frozenset(("clone", "contiguous", "alias"))
_ONE = {"abs": "abs", "sgn": "sgn", "neg": "neg", "real_part": "real", "imag_part": "imag"}
_ONE |= {"conj": "conj", "conj_physical": "conj"}
_TWO = frozenset(("add", "sub", "mul", "complex"))


def is_complex(kinds) -> bool:
    return any([k in COMPLEX for k in kinds])


def decompose(op: Op, inputs: tuple, attrs: tuple, metas: tuple):
    """As a rule of the register."""
    name, kind = op.name, metas[0][1]
    inputs = (_stored(inputs[0]),) if op.variadic else _stored(inputs)
    if name in fourier.RULES:
        return fourier.RULES[name](inputs, attrs, metas)
    nodes = inputs[0] if op.variadic else inputs
    if name in _MOVES and {n.kind for n in nodes if n is not None} == {kind}:
        return RULES[name](inputs, attrs, metas)
    if name in _COPIES:
        return inputs[0]
    if name in ("bitcast", "to_copy"):
        return _recast(inputs[0], name == "bitcast", metas)
    if name in _ONE:
        return _applied(_ONE[name], inputs, metas)
    if name in _TWO and len(inputs) == 2 and not attrs:
        return _applied(name, inputs, metas)
    return "complex numbers, with which few operators compute natively"


def _stored(nodes) -> tuple:
    """Complex numbers of the program in memory, one element each."""
    return tuple([_number(n) if _is_number(n) else n for n in nodes])


def _is_number(x: Node | None) -> bool:
    return x is not None and x.what == "scalar" and x.kind in COMPLEX


def _number(x: Node) -> Node:
    kind = COMPLEX[x.kind]
    slots = {part: Node("scalar", (), part, (), x.data) for part in ("real", "imag")}
    values = {"a": 0, "b": 0, "out": "out0", "count": 1, **slots}

    def plan(*_layouts: Layout):
        return complex_lanes.template(complex_lanes.Spec(kind, "number", "")), values

    return call("complex number", plan, (), [((), x.kind)])[0]


def _parts(kind: str) -> str:
    """The kind of the parts of complex numbers; of real ones their own."""
    return COMPLEX.get(kind, kind)


def _recast(x: Node, bits: bool, metas) -> Node | str:
    """Memory seen as another kind, or elements converted to it."""
    shape, kind = metas[0]
    if kind == x.kind:
        return view(x, shape)
    if _parts(x.kind) != _parts(kind):
        return f"elements of {x.kind} as {kind}"
    if not bits:
        return _applied("widened" if kind in COMPLEX else "real", (x,), metas)
    count = x.size // (1 if x.kind in COMPLEX else 2)
    return _call("same", "c", (x,), count, metas[0])


def _applied(what: str, inputs: tuple[Node, ...], metas) -> Node | str:
    """A function of the elements of arguments that are broadcast."""
    shape, kind = metas[0]
    kinds = {_parts(k) for k in (kind, *(x.kind for x in inputs))}
    if len(kinds) != 1 or not kinds <= {"f32", "f64"}:
        return f"{what} of {', '.join(sorted(kinds))}"
    real = [x.kind not in COMPLEX for x in inputs]
    if what in ("add", "sub") and any(real):
        return f"{what} of complex and real numbers"
    single = [x.size == 1 and prod(shape) != 1 for x in inputs]
    read = "".join(("cr" if not s else "CR")[r] for r, s in zip(real, single))
    inputs = tuple(x if s else expand(x, shape) for x, s in zip(inputs, single))
    return _call(what, read, inputs, prod(shape), metas[0])


@lru_cache(maxsize=512)
def _plan(spec: complex_lanes.Spec, count: int) -> Callable:
    values: dict = {"a": "in0", "b": "in1" if len(spec.read) == 2 else 0, "out": "out0"}
    values |= {"count": count, "real": 0.0, "imag": 0.0}

    def plan(*_layouts: Layout):
        return complex_lanes.template(spec), values

    return plan


def _call(what: str, read: str, inputs: tuple[Node, ...], count: int, meta: tuple) -> Node:
    spec = complex_lanes.Spec(_parts(meta[1]), what, read)
    memory = tuple(contiguous_memory(x) for x in inputs)
    return call(f"complex {what}", _plan(spec, count), memory, [meta])[0]
