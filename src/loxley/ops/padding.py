"""Padding: by a constant, by reflection, by the nearest edge, around in a circle.

`pad` lists (before, after) from the last dimension backwards, as torch.nn.functional.pad has it;
negative numbers cut off.
"""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from ..narrow_types import NARROW, narrowed
from ..shapes import Shape
from .family import LOW


def padded_shape(shape: Shape, pad: tuple[int, ...]) -> Shape:
    """The sizes after padding."""
    made = list(shape)
    for i in range(len(pad) // 2):
        made[-1 - i] += pad[2 * i] + pad[2 * i + 1]
    return tuple(made)


def _constant_eval(x, /, pad, value):
    if x.dtype in NARROW:
        value = narrowed(value, x.dtype)
    whole = np.full(padded_shape(x.shape, pad), value, x.dtype)
    source, target = [slice(None)] * x.ndim, [slice(None)] * x.ndim
    for i in range(len(pad) // 2):
        d, before, after = x.ndim - 1 - i, pad[2 * i], pad[2 * i + 1]
        size = x.shape[d]
        source[d] = slice(max(0, -before), size - max(0, -after))
        target[d] = slice(max(0, before), whole.shape[d] - max(0, after))
    whole[tuple(target)] = x[tuple(source)]
    return whole


constant_pad_nd = Op(
    "constant_pad_nd",
    rule=lambda x, pad, value: (padded_shape(x.shape, pad), x.dtype),
    eval=_constant_eval,
    vjp=lambda g, pad: constant_pad_nd(g, tuple(-n for n in pad), 0),
)


def _sources(size: int, before: int, after: int, mode: str) -> np.ndarray:
    """Where each padded place takes its element from."""
    if mode == "circular":  # around what is left after cutting
        first = max(0, -before)
        left = size - first - max(0, -after)
        return first + np.arange(-max(0, before), left + max(0, after)) % left
    places = np.arange(-before, size + after)
    if mode == "replicate":
        return np.clip(places, 0, size - 1)
    places = np.abs(places)
    return np.where(places >= size, 2 * (size - 1) - places, places)


def _pad_eval(x, pad, mode):
    for i in range(len(pad) // 2):
        d = x.ndim - 1 - i
        if pad[2 * i] or pad[2 * i + 1]:
            x = np.take(x, _sources(x.shape[d], pad[2 * i], pad[2 * i + 1], mode), axis=d)
    return x


def _fold(g: np.ndarray, d: int, size: int, before: int, after: int, mode: str) -> np.ndarray:
    """The adjoint of padding one dimension."""
    sources = _sources(size, before, after, mode)
    whole = np.zeros(g.shape[:d] + (size,) + g.shape[d + 1 :], g.dtype)
    lead = (slice(None),) * d
    low, high = max(0, -before), min(size, size + after)
    whole[(*lead, slice(low, high))] = g[(*lead, slice(low + before, high + before))]
    for i, place in enumerate(sources):
        if not low + before <= i < high + before:
            whole[(*lead, place)] += g[(*lead, i)]
    return whole


def _pad_backward_eval(g, /, shape, pad, mode):
    kind = g.dtype
    g = g.astype(np.float32) if kind in LOW else g
    for i in range(len(pad) // 2):
        if pad[2 * i] or pad[2 * i + 1]:
            d = g.ndim - 1 - i
            g = _fold(g, d, shape[d], pad[2 * i], pad[2 * i + 1], mode)
    return g


pad_backward = Op(
    "pad_backward",
    rule=lambda g, shape, pad, mode: (shape, g.dtype),
    eval=_pad_backward_eval,
    names=("x",),
    attrs=("shape", "pad", "mode"),
    vjp=lambda g, pad, mode: PADS[mode, len(pad) // 2](g, pad),
)


def _pad_row(mode: str, name: str, grad_name: str) -> Op:
    return Op(
        name,
        rule=lambda x, pad: (padded_shape(x.shape, pad), x.dtype),
        eval=lambda x, /, pad: _pad_eval(x, pad, mode),
        vjp=lambda g, x_shape, pad: pad_backward(g, x_shape, pad, mode),
        grad_name=grad_name,
    )


# (mode, padded dimensions) -> operator
PADS = {}
for _n in (1, 2, 3):
    PADS["reflect", _n] = _pad_row(
        "reflect", f"reflection_pad{_n}d", f"ReflectionPad{_n}DBackward0"
    )
    PADS["replicate", _n] = _pad_row(
        "replicate", f"replication_pad{_n}d", f"ReplicationPad{_n}DBackward0"
    )
    PADS["circular", _n] = _pad_row("circular", f"circular_pad{_n}d", "CopySlices")
