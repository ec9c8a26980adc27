"""Convolutions, transposed ones and their weights' gradients as calls of the template."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from ..nodes import Layout, Node, view
from ..templates import conv
from ..templates.conv_epilogue import slots
from ..templates.template import Template
from .products import call, contiguous_memory
from .rules import rule

_SMALL = 1 << 20  # products of a convolution that NumPy does as well
_KINDS = frozenset(("f32", "f64", "bf16", "f16"))
_READ = {"forward": ("x", "w", "y"), "input": ("y", "w", "x"), "weight": ("y", "x", "w")}


def _suits(*nodes: Node | None) -> bool:
    kinds = {n.kind for n in nodes if n is not None}
    return len(kinds) == 1 and kinds <= _KINDS


class Convolution(NamedTuple):
    """How the template is called: a plan of an `Invocation`, for two tensors and what follows.

    sizes     the slots that `conv.arguments` makes
    epilogue  operations on each sum (`conv_epilogue`), their arguments read after the tensors
    """

    spec: conv.Spec
    sizes: tuple[tuple[str, int], ...]

    def __call__(self, *_layouts: Layout) -> tuple[Template, dict]:
        given = dict(self.sizes)
        spec = conv.fastest(self.spec, given)
        first, second, result = _READ[spec.direction]
        values: dict = {**conv.sizes_of(spec, given), first: "in0", second: "in1", result: "out0"}
        values |= {slot: f"in{i}" for i, slot in enumerate(slots(spec.epilogue), 2)}
        return conv.template(spec), values

    def followed_by(self, operation: str) -> Convolution:
        """The same with one more operation on each sum."""
        return self._replace(spec=self.spec._replace(epilogue=(*self.spec.epilogue, operation)))


def _call(
    direction: str, tensors: tuple[Node, Node], bias: Node | None, meta, shapes, geometry
) -> Node:
    stride, padding, dilation, groups = geometry
    x_shape, w_shape, out = shapes
    epilogue = ("bias",) if bias is not None else ()
    apart = groups > 1 and groups == x_shape[1] == w_shape[0]
    sizes = conv.arguments(x_shape, w_shape, out, stride, padding, dilation, groups)
    spec = conv.spec_of(direction, meta[1], stride, epilogue, depthwise=apart)
    plan = Convolution(spec, tuple(sizes.items()))
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
    return _call("forward", (x, w), bias, metas[0], (x.shape, w.shape, metas[0][0][2:]), attrs)


@rule("convolution_transposed")
def _transposed(inputs, attrs, metas):
    dy, w, bias = inputs
    _size, *geometry = attrs
    if not _suits(dy, w, bias):
        return None
    if len(dy.shape) == 5 and _few(dy.shape, w.shape):
        return "so few terms: NumPy sums the channels under each tap apart, as PyTorch does"
    shapes = metas[0][0], w.shape, dy.shape[2:]
    return _call("input", (dy, w), bias, metas[0], shapes, geometry)


@rule("convolution_grad_weight")
def _grad_weight(inputs, attrs, metas):
    dy, x = inputs
    shape, *geometry = attrs
    if not _suits(dy, x):
        return None
    return _call("weight", (dy, x), None, metas[0], (x.shape, shape, dy.shape[2:]), geometry)
