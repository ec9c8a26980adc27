"""The update rules that look at a whole matrix: Adafactor and Muon.

In: parameter, gradient, state, scalars of this step.  Out: the new parameter and state, written
into the given arrays where nobody else reads them.
Sources: Shazeer and Stern, https://arxiv.org/abs/1804.04235; Jordan,
https://kellerjordan.github.io/posts/muon/; Liu et al., https://arxiv.org/abs/2502.16982.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import ml_dtypes
import numpy as np

from ...ir.graph import Op

_NS_DTYPE = ml_dtypes.bfloat16


def _matrix_update(name: str, rule: Callable, buffers: tuple[str, ...]) -> Op:
    """An operator that applies `rule(param, grad, *buffers, scalars, flags)`, 16 bits widened."""
    count = 2 + len(buffers)
    written = (0, *range(2, count))

    def update_into(*args):
        arrays, scalars, flags = args[:count], args[count].tolist(), args[count + 1]
        wide = [a.astype(np.float32) if a.dtype.itemsize == 2 else a for a in arrays]
        rule(*wide, scalars, flags)
        for i in written:
            if wide[i] is not arrays[i]:
                arrays[i][...] = wide[i].astype(arrays[i].dtype)
        return tuple(arrays[i] for i in written)

    def update(*args):
        own = [np.array(args[i], order="C", copy=True) for i in range(count)]
        return update_into(*own, *args[count:])

    return Op(
        name,
        rule=lambda *args: [(args[i].shape, args[i].dtype) for i in written],
        eval=update,
        eval_into=update_into,
        donate=written,
        names=("param", "grad", *buffers, "scalars"),
        attrs=("flags",),
        outputs=len(written),
    )


def _root_mean_square(a: np.ndarray) -> float:
    return float(np.linalg.norm(a.reshape(-1))) / math.sqrt(a.size)


def _lerp(a: np.ndarray, b: np.ndarray, weight: float) -> np.ndarray:
    if abs(weight) < 0.5:
        return a + (b - a) * weight
    return b - (b - a) * (1 - weight)


def _adafactor_apply(param, grad, estimate, size, scalars) -> None:
    """Scale the gradient by the estimated variance, clip the update's size, and take it."""
    lr, decay, _weight, eps1, _eps2, clip = scalars
    if decay != 0:
        param *= 1 - lr * decay
    np.maximum(estimate, eps1 * eps1, out=estimate)
    estimate = grad / np.sqrt(estimate)
    excess = max(1.0, _root_mean_square(estimate) / clip)
    estimate *= -size / excess
    param += estimate


def _adafactor_size(param, scalars, rate) -> float:
    return max(scalars[4], _root_mean_square(param)) * rate


def _adafactor(param, grad, row, column, s, f) -> None:
    *scalars, rate = s
    (maximize,) = f
    grad = -grad if maximize else grad
    size = _adafactor_size(param, scalars, rate)
    weight, eps1 = scalars[2], scalars[3]
    square = np.square(grad)
    row[...] = _lerp(row, square.mean(-1, keepdims=True), weight)
    column[...] = _lerp(column, square.mean(-2, keepdims=True), weight)
    estimate = row @ column
    estimate /= np.maximum(row.mean(-2, keepdims=True), eps1)
    _adafactor_apply(param, grad, estimate, size, scalars)


def _adafactor_vector(param, grad, variance, s, f) -> None:
    *scalars, rate = s
    (maximize,) = f
    grad = -grad if maximize else grad
    size = _adafactor_size(param, scalars, rate)
    variance[...] = _lerp(variance, np.square(grad), scalars[2])
    _adafactor_apply(param, grad, variance.copy(), size, scalars)


ADAFACTOR = _matrix_update("adafactor", _adafactor, ("row_var", "col_var"))
ADAFACTOR_VECTOR = _matrix_update("adafactor_vector", _adafactor_vector, ("variance",))


def _rounded(a: np.ndarray) -> np.ndarray:
    return a.astype(_NS_DTYPE).astype(np.float32)


def _orthogonalized(update: np.ndarray, coefficients: tuple, steps: int, eps: float) -> np.ndarray:
    """The nearest semi-orthogonal matrix, about, by Newton and Schulz's iteration in bfloat16."""
    a, b, c = coefficients
    x = _rounded(update.astype(np.float32))
    turned = x.shape[0] > x.shape[1]
    x = x.T if turned else x
    norm = _rounded(np.linalg.norm(x.reshape(-1)))
    x = _rounded(x / max(norm, _rounded(np.float32(eps))))
    for _ in range(steps):
        gram = _rounded(x @ x.T)
        mixed = _rounded(b * gram + c * (gram @ gram))
        x = _rounded(a * x + mixed @ x)
    return x.T if turned else x


def _muon(param, grad, buf, s, f) -> None:
    shrink, rate, momentum, eps = s
    nesterov, coefficients, steps = f
    buf[...] = _lerp(buf, grad, 1 - momentum)
    direction = _lerp(grad, buf, momentum) if nesterov else buf
    param *= shrink
    param -= _orthogonalized(direction, coefficients, steps, eps).astype(param.dtype) * rate


MUON = _matrix_update("muon", _muon, ("momentum_buffer",))
