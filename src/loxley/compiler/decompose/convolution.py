"""Convolutions, transposed ones and their weights' gradients as calls of the template."""

from __future__ import annotations

from math import prod

from ..nodes import Layout, Node, view
from ..templates import conv
from .products import call, contiguous_memory
from .rules import rule

_SMALL = 1 << 20  # products of a convolution that NumPy does as well
_KINDS = frozenset(("f32", "f64", "bf16", "f16"))


def _suits(*nodes: Node | None) -> bool:
    kinds = {n.kind for n in nodes if n is not None}
    return len(kinds) == 1 and kinds <= _KINDS


def _call(
    direction: str,
    names: tuple[str, str, str],
    tensors: tuple[Node, Node],
    bias: Node | None,
    meta,
    shapes,
    geometry,
) -> Node:
    """`names` are the template's names of the two tensors read and of the result."""
    kind = meta[1]
    stride, padding, dilation, groups = geometry
    x_shape, w_shape, out = shapes
    epilogue = ("bias",) if bias is not None else ()
    apart = groups > 1 and groups == x_shape[1] == w_shape[0]
    given = conv.arguments(x_shape, w_shape, out, stride, padding, dilation, groups)
    spec = conv.fastest(conv.spec_of(direction, kind, stride, epilogue, depthwise=apart), given)
    sizes = dict(conv.sizes_of(spec, given))

    def plan(*_layouts: Layout):
        values = sizes | {names[0]: "in0", names[1]: "in1", names[2]: "out0"}
        return conv.template(spec), values | ({"bias": "in2"} if bias is not None else {})

    read = tuple(contiguous_memory(t) for t in (*tensors, *(() if bias is None else (bias,))))
    return view(call(f"convolution {direction}", plan, read, [meta])[0], meta[0])


def _few(dy: tuple[int, ...], w: tuple[int, ...]) -> bool:
    """Whether a transposed convolution adds few channels in many taps, and takes no time.

    The kernel's one chain through all of them would round more often than a chain per tap.
    """
    return w[0] < prod(w[2:]) and prod(dy) * prod(w[1:]) < _SMALL


@rule("convolution")
def _convolution(inputs, attrs, metas):
    x, w, bias = inputs
    if not _suits(x, w, bias):
        return None
    shapes = x.shape, w.shape, metas[0][0][2:]
    return _call("forward", ("x", "w", "y"), (x, w), bias, metas[0], shapes, attrs)


@rule("convolution_transposed")
def _transposed(inputs, attrs, metas):
    dy, w, bias = inputs
    _size, *geometry = attrs
    if not _suits(dy, w, bias):
        return None
    if len(dy.shape) == 5 and _few(dy.shape, w.shape):
        return "so few terms: NumPy sums the channels under each tap apart, as PyTorch does"
    shapes = metas[0][0], w.shape, dy.shape[2:]
    return _call("input", ("y", "w", "x"), (dy, w), bias, metas[0], shapes, geometry)


@rule("convolution_grad_weight")
def _grad_weight(inputs, attrs, metas):
    dy, x = inputs
    shape, *geometry = attrs
    if not _suits(dy, x):
        return None
    shapes = x.shape, shape, dy.shape[2:]
    return _call("weight", ("y", "x", "w"), (dy, x), None, metas[0], shapes, geometry)
