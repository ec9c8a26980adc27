"""Pooling and its gradients as calls of their template."""

from __future__ import annotations

from math import prod

from ..nodes import Layout, Node, constant, pick, to_kind, view, widened
from ..templates import pool, pool_lines, pool_maxima
from .products import call, contiguous_memory, in_memory
from .rules import rule
from .scattering import scattered

_FEW = 8  # elements of a window that are compared one by one

_KINDS = frozenset(("f32", "f64", "bf16", "f16"))
Shape = tuple[int, ...]


def _call(name: str, read: dict[str, Node], write: dict, sizes: dict, spec: pool.Spec, **more):
    """Calls the template; `read` and `write` say what its tensors are."""
    slots = dict(sizes) | more

    def plan(*_layouts: Layout):
        values = slots | {n: f"in{i}" for i, n in enumerate(read)}
        return pool.template(spec), values | {n: f"out{i}" for i, n in enumerate(write)}

    inputs = tuple(contiguous_memory(x) for x in read.values())
    made = call(f"pooling {name}", plan, inputs, write.values())
    return made[0] if len(made) == 1 else made


def _sizes(shape: Shape, size: Shape, out: Shape, windows=None) -> dict[str, int]:
    planes = prod(shape[: len(shape) - len(size)])
    if windows is None:
        return pool.arguments(planes, size, out)
    geometry = windows.kernel, windows.stride, windows.padding, windows.dilation
    return pool.arguments(planes, size, out, *geometry)


@rule("max_pool_with_indices")
def _max(inputs, attrs, metas):
    (x,), (windows,) = inputs, attrs
    if x.kind not in _KINDS:
        return None
    n = len(windows.kernel)
    if x.kind == "f32" and _in_lines(windows, x.shape, metas[0][0]):
        return _maxima_of_lines(x, windows, metas)
    spec = pool.spec_of("max", x.kind, windows.kernel, windows.stride)
    sizes = _sizes(x.shape, x.shape[-n:], metas[0][0][-n:], windows)
    return _call("max", {"x": x}, {"y": metas[0], "where": metas[1]}, sizes, spec)


def _in_lines(windows, size: Shape, out: Shape) -> bool:
    """Whether windows are a few elements of the last dimension, and none reaches beyond its end."""
    (*others, taps), step = windows.kernel, windows.stride[-1]
    plain = not any(windows.padding) and all(d == 1 for d in windows.dilation)
    inside = (out[-1] - 1) * step + taps <= size[-1] and all(s == 1 for s in windows.stride[:-1])
    return plain and inside and step <= 2 and taps <= _FEW and all(k == 1 for k in others)


def _maxima_of_lines(x: Node, windows, metas):
    (shape, _), length = metas[0], x.shape[-1]
    slots: dict = {"lines": x.size // length, "length": length, "windows": shape[-1]}
    slots |= {"x": "in0", "y": "out0", "where": "out1"}
    spec = pool_lines.Spec(windows.kernel[-1], windows.stride[-1])

    def plan(*_layouts: Layout):
        return pool_lines.template(spec), slots

    return call("pooling lines", plan, (contiguous_memory(x),), metas)


@rule("adaptive_max_pool")
def _adaptive_max(inputs, attrs, metas):
    (x,), (cells,) = inputs, attrs
    if x.kind not in _KINDS:
        return None
    n = len(cells)
    slots: dict = dict(_sizes(x.shape, x.shape[-n:], tuple(cells)))
    slots = {name: slots[name] for name, _ in pool_maxima.template(x.kind).slots[3:]}
    slots |= {"x": "in0", "y": "out0", "places": "out1"}

    def plan(*_layouts: Layout):
        return pool_maxima.template(x.kind), slots

    return call("pooling adaptive max", plan, (contiguous_memory(x),), metas)


@rule("add_at_places")
def _add_at(inputs, attrs, metas):
    """Zeros with `dy` added at flat positions of its planes."""
    (dy, at), (size,), (shape, kind) = inputs, attrs, metas[0]
    if dy.kind not in _KINDS:
        return None
    planes, count = prod(shape[: len(shape) - len(size)]), prod(size)
    dy, at = (view(n, (planes, n.size // planes)) for n in (widened(dy), at))
    made = scattered("add", constant(0, dy.kind, (planes, count)), at, dy, 1)
    return None if made is None else to_kind(view(made, shape), kind)


@rule("pick_at_places")
def _pick_at(inputs, attrs, metas):
    (source, at), (n,) = inputs, attrs
    planes = prod(source.shape[: len(source.shape) - n])
    flat = view(source, (planes, source.size // planes))
    index = view(to_kind(at, "i64"), (planes, at.size // planes))
    return view(pick(in_memory(flat), index, 1, (0, None)), metas[0][0])


@rule("max_pool_backward")
def _max_backward(inputs, attrs, metas):
    (dy, where), (windows, size) = inputs, attrs
    if dy.kind not in _KINDS:
        return None
    spec = pool.spec_of("max_backward", dy.kind, windows.kernel, windows.stride)
    sizes = _sizes(dy.shape, size, dy.shape[-len(size) :], windows)
    return _call("max backward", {"y": dy, "where": where}, {"x": metas[0]}, sizes, spec)


def _divisor(divisor: int | None) -> dict[str, float]:
    return {} if divisor is None else {"divisor": float(divisor)}


@rule("avg_pool")
def _mean(inputs, attrs, metas):
    (x,), (windows, include_pad, divisor) = inputs, attrs
    if x.kind not in _KINDS:
        return None
    n = len(windows.kernel)
    spec = pool.spec_of("mean", x.kind, windows.kernel, windows.stride, include_pad, divisor)
    sizes = _sizes(x.shape, x.shape[-n:], metas[0][0][-n:], windows)
    return _call("mean", {"x": x}, {"y": metas[0]}, sizes, spec, **_divisor(divisor))


@rule("avg_pool_backward")
def _mean_backward(inputs, attrs, metas):
    (dy,), (windows, include_pad, divisor, size) = inputs, attrs
    if dy.kind not in _KINDS:
        return None
    kind, kernel, stride = dy.kind, windows.kernel, windows.stride
    spec = pool.spec_of("mean_backward", kind, kernel, stride, include_pad, divisor)
    sizes = _sizes(dy.shape, size, dy.shape[-len(size) :], windows)
    return _call("mean backward", {"y": dy}, {"x": metas[0]}, sizes, spec, **_divisor(divisor))


@rule("adaptive_avg_pool")
def _adaptive(inputs, attrs, metas):
    (x,), (cells,) = inputs, attrs
    if x.kind not in _KINDS:
        return None
    n = len(cells)
    sizes = _sizes(x.shape, x.shape[-n:], tuple(cells))
    return _call("adaptive", {"x": x}, {"y": metas[0]}, sizes, pool.spec_of("adaptive", x.kind))


@rule("adaptive_avg_pool_backward")
def _adaptive_backward(inputs, attrs, metas):
    (dy,), (size,) = inputs, attrs
    if dy.kind not in _KINDS:
        return None
    n = len(size)
    sizes = _sizes(dy.shape, tuple(size), dy.shape[-n:])
    spec = pool.spec_of("adaptive_backward", dy.kind)
    return _call("adaptive backward", {"y": dy}, {"x": metas[0]}, sizes, spec)
