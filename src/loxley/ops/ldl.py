"""LDL decompositions with the diagonal pivoting of Bunch and Kaufman, packed as LAPACK packs them.

Source: J. Bunch and L. Kaufman, "Some stable methods for calculating inertia and solving symmetric
linear systems" (1977).  D has blocks of one or two rows; a pivot p > 0 says that row p (counted
from 1) was exchanged with this one, a pair of equal pivots -p < 0 marks a block of two.
"""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op
from ..shapes import broadcast_shapes
from .family import not_differentiable
from .lu import magnitudes

_ALPHA = (1 + 17**0.5) / 8  # bounds the growth of elements


def _turn(x: np.ndarray, hermitian: bool) -> np.ndarray:
    return np.conj(x) if hermitian else x


def _choose(a: np.ndarray, k: int) -> tuple[int, int]:
    """The row to exchange with, and the size of the block."""
    n = len(a)
    here = magnitudes(a[k, k])
    if k == n - 1:
        return k, 1
    column = magnitudes(a[k + 1 :, k])
    at = k + 1 + int(np.argmax(column))
    largest = column[at - k - 1]
    if max(here, largest) == 0 or here >= _ALPHA * largest:
        return k, 1
    row = max(np.max(magnitudes(a[at, k:at])), np.max(magnitudes(a[at + 1 :, at]), initial=0))
    if here >= _ALPHA * largest * (largest / row):
        return k, 1
    return (at, 1) if magnitudes(a[at, at]) >= _ALPHA * row else (at, 2)


def _exchange(a: np.ndarray, k: int, p: int, step: int, hermitian: bool) -> None:
    """Rows and columns kk and p of the trailing lower triangle change places."""
    kk = k + step - 1
    if p == kk:
        return
    a[p + 1 :, [kk, p]] = a[p + 1 :, [p, kk]]
    down, across = a[kk + 1 : p, kk].copy(), a[p, kk + 1 : p].copy()
    a[kk + 1 : p, kk], a[p, kk + 1 : p] = _turn(across, hermitian), _turn(down, hermitian)
    a[p, kk] = _turn(a[p, kk], hermitian)
    a[kk, kk], a[p, p] = a[p, p], a[kk, kk]
    if step == 2:
        a[k + 1, k], a[p, k] = a[p, k], a[k + 1, k]


def _block(a: np.ndarray, k: int, hermitian: bool) -> np.ndarray:
    """The block of two of D."""
    below = a[k + 1, k]
    return np.array([[a[k, k], _turn(below, hermitian)], [below, a[k + 1, k + 1]]], a.dtype)


def _eliminate(a: np.ndarray, k: int, step: int, hermitian: bool) -> None:
    rest = slice(k + step, None)
    columns = a[rest, k : k + step].copy()
    if not len(columns):
        return
    d = a[k : k + 1, k : k + 1] if step == 1 else _block(a, k, hermitian)
    weights = columns / d[0, 0] if step == 1 else columns @ np.linalg.inv(d)
    a[rest, rest] -= np.tril(weights @ _turn(columns, hermitian).T)
    a[rest, k : k + step] = weights


def _factor_one(a: np.ndarray, pivots: np.ndarray, hermitian: bool) -> int:
    k, failed = 0, 0
    while k < len(a):
        p, step = _choose(a, k)
        if step == 1 and a[k, k] == 0 and p == k and not np.any(a[k + 1 :, k]):
            failed = failed or k + 1
        else:
            _exchange(a, k, p, step, hermitian)
            if hermitian:
                a[k, k] = a[k, k].real
            _eliminate(a, k, step, hermitian)
        pivots[k : k + step] = p + 1 if step == 1 else -(p + 1)
        k += step
    return failed


def _factor(x, /, hermitian):
    n = x.shape[-1]
    count = int(np.prod(x.shape[:-2]))
    packed = np.array(np.tril(x), order="C").reshape(count, n, n)
    pivots, info = np.zeros((count, n), np.int32), np.zeros(count, np.int32)
    for i in range(count):
        info[i] = _factor_one(packed[i], pivots[i], hermitian)
    return packed.reshape(x.shape), pivots.reshape(x.shape[:-1]), info.reshape(x.shape[:-2])


ldl_factor = Op(
    "linalg_ldl_factor_ex",
    rule=lambda x, hermitian: [
        (x.shape, x.dtype),
        (x.shape[:-1], dt.int32),
        (x.shape[:-2], dt.int32),
    ],
    eval=_factor,
    vjp=not_differentiable("linalg_ldl_factor_ex"),
    outputs=3,
    grad_name="torch::autograd::NotImplemented",
)


def _steps(pivots: np.ndarray) -> list[tuple[int, int]]:
    made, k = [], 0
    while k < len(pivots):
        made.append((k, 1 if pivots[k] > 0 else 2))
        k += made[-1][1]
    return made


def _solve_one(a, pivots, x, hermitian):
    x = x.copy()
    steps = _steps(pivots)
    for k, step in steps:
        kk, p = k + step - 1, abs(int(pivots[k])) - 1
        x[[kk, p]] = x[[p, kk]]
        rest = slice(k + step, None)
        x[rest] -= a[rest, k : k + step] @ x[k : k + step]
        if step == 1:
            x[k] /= a[k, k]
        else:
            x[k : k + 2] = np.linalg.solve(_block(a, k, hermitian), x[k : k + 2])
    for k, step in reversed(steps):
        kk, p = k + step - 1, abs(int(pivots[k])) - 1
        rest = slice(k + step, None)
        x[k : k + step] -= _turn(a[rest, k : k + step], hermitian).T @ x[rest]
        x[[kk, p]] = x[[p, kk]]
    return x


def _solve(packed, pivots, b, /, hermitian):
    batch = broadcast_shapes(packed.shape[:-2], b.shape[:-2])
    a, x = (np.broadcast_to(m, batch + m.shape[-2:]) for m in (packed, b))
    pivots = np.broadcast_to(pivots, batch + pivots.shape[-1:])
    made = np.empty(x.shape, b.dtype)
    for place in np.ndindex(*batch):
        made[place] = _solve_one(a[place], pivots[place], x[place], hermitian)
    return made


ldl_solve = Op(
    "linalg_ldl_solve",
    rule=lambda packed, pivots, b, hermitian: (
        (*broadcast_shapes(packed.shape[:-2], b.shape[:-2]), *b.shape[-2:]),
        b.dtype,
    ),
    eval=_solve,
    vjp=(
        not_differentiable("linalg_ldl_solve"),
        None,
        not_differentiable("linalg_ldl_solve"),
    ),
    grad_name="torch::autograd::NotImplemented",
)
