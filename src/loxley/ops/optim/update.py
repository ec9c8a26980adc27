"""Update rules as operators: `Update` makes a row of the table from an elementwise rule.

In: a rule `(m, param, grad, *buffers, scalars, flags)` in the arithmetic of `arrays`.  Out: an
operator `(param, grad, *buffers, scalars, flags) -> (param, *buffers)` that walks all of them
together in blocks that stay in the cache, overwriting those that nobody else reads.  `scalars`
(learning rate and the like) is a 1-D float64 value, so that a decaying rate is the same plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...ir.graph import Op
from ...numerics.blocks import block_length, borrowed, chunks
from .arrays import ArrayMath, LowPrecisionMath


class Update:
    """An optimizer's rule: `op` for recording, `rule` to run in another arithmetic.

    buffers  names of the state tensors besides the parameter, all of its shape
    scratch  how many arrays the rule makes (`m.name` without underscore) at most
    """

    def __init__(
        self, name: str, rule: Callable, buffers: tuple[str, ...] = (), *, scratch: int
    ) -> None:
        self.rule = rule
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


def _walk(
    rule: Callable, arrays: Sequence[np.ndarray], scalars: list, flags: tuple, scratch: int
) -> None:
    """Runs the rule on one block after the other; all arrays but the gradient are written."""
    flat = [_real(np.asarray(a)).reshape(-1) for a in arrays]
    kind = flat[0].dtype
    low = kind.itemsize == 2
    compute = np.dtype(np.float32) if low else kind
    length, total = block_length(compute), flat[0].size
    copies = len(flat) if low else 0
    with (
        np.errstate(all="ignore"),
        borrowed(scratch + copies, min(length, total), compute) as buffers,
    ):
        temporary = buffers[copies:]
        math = LowPrecisionMath(temporary, kind) if low else ArrayMath(temporary)
        for piece in chunks(total, length):
            parts = [a[piece] for a in flat]
            math.begin(parts[0].size)
            if low:
                _run_wide(rule, math, parts, buffers[:copies], scalars, flags)
            else:
                rule(math, *parts, scalars, flags)


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
    if a.dtype.kind != "c":
        return a
    return np.ascontiguousarray(a).view(a.real.dtype)
