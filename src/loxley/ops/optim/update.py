"""Update rules as operators: `Update` makes a row of the table from an elementwise rule.

In: a rule `(m, param, grad, *buffers, scalars, flags)` in the arithmetic of `arrays`.  Out: an
operator `(param, grad, *buffers, scalars, flags) -> (param, *buffers)` that walks all of them
together in blocks that stay in the cache, overwriting those that nobody else reads.  `scalars`
(learning rate and the like) is a 1-D float64 value, so that a decaying rate is the same plan.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np

from ...ir.graph import Op
from ...numerics.blocks import BLOCK_BYTES, block_length, chunks
from .arrays import ArrayMath, LowPrecisionMath

RULE_OF: dict[str, Callable] = {}  # the rule behind each operator, by its name


class Update:
    """An optimizer's rule: `op` for recording, `rule` to run in another arithmetic.

    buffers  names of the state tensors besides the parameter, all of its shape
    scratch  how many arrays the rule makes (`m.name` without underscore) at most
    """

    def __init__(
        self, name: str, rule: Callable, buffers: tuple[str, ...] = (), *, scratch: int
    ) -> None:
        self.rule = RULE_OF[name] = rule
        count = 2 + len(buffers)
        written = (0, *range(2, count))

        def update_into(*args):
            arrays, scalars, flags = args[:count], args[count].tolist(), args[count + 1]
            _walk(rule, arrays, scalars, flags, scratch + 1)
            return tuple(arrays[i] for i in written)

        def update(*args):
            own = [np.array(args[i], order="C", copy=True) for i in range(count)]
            return update_into(*own, *args[count:])

        self.op = Op(
            name,
            rule=lambda *args: [(args[i].shape, args[i].dtype) for i in written],
            eval=update,
            eval_into=update_into,
            donate=written,
            names=("param", "grad", *buffers, "scalars"),
            attrs=("flags",),
            outputs=len(written),
        )


class _Scratch(threading.local):
    """The scratch blocks of one thread, by dtype; kept, since every step needs the same."""

    def __init__(self) -> None:
        self.blocks: dict[np.dtype, list[np.ndarray]] = {}

    def take(self, kind: np.dtype, count: int) -> list[np.ndarray]:
        have = self.blocks.setdefault(kind, [])
        while len(have) < count:
            have.append(np.empty(block_length(kind), kind))
        return have[:count]


_scratch = _Scratch()


def _walk(
    rule: Callable, arrays: Sequence[np.ndarray], scalars: list, flags: tuple, scratch: int
) -> None:
    """Runs the rule on one block after the other; all arrays but the gradient are written."""
    if arrays[0].dtype.kind == "c":
        arrays = [_real(a) for a in arrays]
    flat = [a.reshape(-1) for a in arrays]
    kind = flat[0].dtype
    if kind.itemsize == 2:
        _walk_low(rule, flat, scalars, flags, scratch)
        return
    math = ArrayMath(_scratch.take(kind, scratch))
    length, total = BLOCK_BYTES // kind.itemsize, flat[0].size
    if total <= length:
        math.begin(total)
        rule(math, *flat, scalars, flags)
        return
    for piece in chunks(total, length):
        math.begin(piece.stop - piece.start)
        rule(math, *[a[piece] for a in flat], scalars, flags)


def _walk_low(rule: Callable, flat: list, scalars: list, flags: tuple, scratch: int) -> None:
    """16-bit floats: each block is widened to float32, where the rule rounds every result."""
    wide = np.dtype(np.float32)
    buffers = _scratch.take(wide, scratch + len(flat))
    math = LowPrecisionMath(buffers[len(flat) :], flat[0].dtype)
    for piece in chunks(flat[0].size, block_length(wide)):
        math.begin(piece.stop - piece.start)
        _run_wide(rule, math, [a[piece] for a in flat], buffers, scalars, flags)


def _run_wide(rule, math, parts, buffers, scalars, flags) -> None:
    wide = [buffer[: part.size] for buffer, part in zip(buffers, parts)]
    for to, part in zip(wide, parts):
        np.copyto(to, part)
    rule(math, *wide, scalars, flags)
    for i, part in enumerate(parts):
        if i != 1:
            np.copyto(part, wide[i], casting="unsafe")


def _real(a: np.ndarray) -> np.ndarray:
    """Complex numbers as pairs of reals: rules treat both parts alike."""
    return np.ascontiguousarray(a).view(a.real.dtype)
