"""Which method computes a product of given sizes fastest.

In: a `Spec` and sizes.  Out: the name of a method.  Costs are counted in vector instructions of a
16-lane processor; their factors were measured (`benchmarks/gemm.py`).
"""

from __future__ import annotations

from typing import Literal

from .gemm_spec import Spec

Method = Literal["blocked", "dot", "sweep"]

# Beyond so many rows or columns only the blocked product is considered.
_FEW = 64


def choose(spec: Spec, m: int, n: int, k: int) -> Method:
    """The method for these sizes; it depends on nothing else, so neither do a product's bits."""
    costs: dict[Method, float] = {"blocked": _blocked(spec, m, n, k)}
    if min(m, n) <= _FEW:
        costs["dot"] = _dot(spec, m, n, k)
    if m <= _FEW and spec.b_unit == "lines":
        costs["sweep"] = _sweep(spec, m, n, k)
    return min(costs, key=lambda method: costs[method])


def _up(count: int, multiple: int) -> int:
    return -(-count // multiple) * multiple


def _blocked(spec: Spec, m: int, n: int, k: int) -> float:
    """Tiles of 14 x 32, both operands packed."""
    rows = m // 14 * 14 + next(r for r in (0, 1, 2, 4, 8, 14) if r >= m % 14)
    sums = rows * _up(n, 32) / 16
    packing = sum(
        lines * k * (2.0 if unit == "none" else 0.5)
        for lines, unit in ((m, spec.a_unit), (n, spec.b_unit))
    )
    return sums * k / (2 if spec.kind == "bf16" else 1) + 3 * sums + packing + 400


def _dot(spec: Spec, m: int, n: int, k: int) -> float:
    """Tiles of 4 x 4, folded; operands whose k are apart are copied."""
    products = _up(m, 4 if m > 2 else m or 1) * _up(n, 4) * _up(k, 16) / 16
    paired = spec.a == spec.b == "bf16" and spec.a_unit == spec.b_unit == "k"
    copied = sum(
        lines * k * 2.0 for lines, unit in ((m, spec.a_unit), (n, spec.b_unit)) if unit != "k"
    )
    return products / (2 if paired else 1) + 2.5 * m * n + copied + 200


def _sweep(spec: Spec, m: int, n: int, k: int) -> float:
    """Four rows at a time; each row of b is read for each of them."""
    passes = -(-m // 4)
    products = 1.05 * _up(m, 4 if m > 1 else 1) * _up(n, 16) / 16 * k
    return products + passes * k * (0.05 * n + 3) + 200
