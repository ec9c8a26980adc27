"""Which method computes a product of given sizes fastest.

In: a `Spec` and sizes.  Out: the name of a method.  Costs are counted in vector instructions, those
of `direct` in cycles of a processor that starts one multiply-add of 64 bytes in each; their factors
were measured (`benchmarks/gemm.py`).
"""

from __future__ import annotations

from typing import Literal

from .gemm_direct import most_rows, shape_of
from .gemm_spec import Spec
from .memory import BYTES

Method = Literal["blocked", "dot", "sweep", "direct"]

# Beyond so many rows or columns only the blocked product is considered, and `direct`.
_FEW = 64
# What `direct` reads again for each tile of rows stays in the second cache: bytes of b, and k.
_SMALL, _SHORT = 256 << 10, 384
# Cycles of an instruction of `dot`, whose sums are folded one by one.
_FOLDING = 1.5


def choose(spec: Spec, m: int, n: int, k: int) -> Method:
    """The method for these sizes; it depends on nothing else, so neither do a product's bits."""
    if _near(spec, m, n, k):
        folded = min(m, n) <= _FEW and _FOLDING * _dot(spec, m, n, k) < _direct(spec, m, n, k)
        return "dot" if folded else "direct"
    costs: dict[Method, float] = {"blocked": _blocked(spec, m, n, k)}
    if min(m, n) <= _FEW:
        costs["dot"] = _dot(spec, m, n, k)
    if m <= _FEW and spec.b_unit == "lines":
        costs["sweep"] = _sweep(spec, m, n, k)
    return min(costs, key=lambda method: costs[method])


def _near(spec: Spec, m: int, n: int, k: int) -> bool:
    """Whether operands can be read where they lie, and b again and again."""
    if not (spec.a == spec.b == spec.kind in ("f32", "f64")):
        return False
    return m > 0 < n and k <= _SHORT and n * k * BYTES[spec.kind] < _SMALL


def _up(count: int, multiple: int) -> int:
    return -(-count // multiple) * multiple


def _lanes(spec: Spec) -> int:
    return 8 if spec.kind == "f64" else 16


def _blocked(spec: Spec, m: int, n: int, k: int) -> float:
    """Tiles of 14 rows and two vectors, both operands packed."""
    lanes = _lanes(spec)
    rows = m // 14 * 14 + next(r for r in (0, 1, 2, 4, 8, 14) if r >= m % 14)
    sums = rows * _up(n, 2 * lanes) / lanes
    packing = sum(
        lines * k * (32.0 if unit == "none" else 8.0) / lanes
        for lines, unit in ((m, spec.a_unit), (n, spec.b_unit))
    )
    return sums * k / (2 if spec.kind == "bf16" else 1) + 3 * sums + packing + 400


def _dot(spec: Spec, m: int, n: int, k: int) -> float:
    """Tiles of 4 x 4, folded; operands whose k are apart are copied."""
    lanes = _lanes(spec)
    products = _up(m, 4 if m > 2 else m or 1) * _up(n, 4) * _up(k, lanes) / lanes
    paired = spec.a == spec.b == "bf16" and spec.a_unit == spec.b_unit == "k"
    copied = sum(
        lines * k * 2.0 for lines, unit in ((m, spec.a_unit), (n, spec.b_unit)) if unit != "k"
    )
    return products / (2 if paired else 1) + 2.5 * m * n + copied + 200


def _sweep(spec: Spec, m: int, n: int, k: int) -> float:
    """Four rows at a time; each row of b is read for each of them."""
    passes = -(-m // 4)
    products = 1.05 * _up(m, 4 if m > 1 else 1) * _up(n, _lanes(spec)) / _lanes(spec) * k
    return products + passes * k * (0.05 * n + 3) + 200


def _direct(spec: Spec, m: int, n: int, k: int) -> float:
    """Tiles that fill registers; nothing is packed but a b whose columns are apart."""
    lanes, shape = _lanes(spec), shape_of(spec.kind, n)
    wide = (shape.columns or _up(shape.last, lanes)) // lanes
    panels, tiles = -(-n // (wide * lanes)), -(-m // most_rows(wide))
    total = 40.0
    for count, vectors in ((panels - 1, wide), (1, shape.last / lanes)):
        # Multiply-adds, or what they read, or the time that one waits for the one before.
        step = max(m * vectors, m / 2 + tiles * vectors, 4.0 * tiles)
        total += count * (1.1 * step * k + 15 * tiles + 2.0 * m * vectors)
    if spec.b_unit == "lines":
        return total
    lines = panels * wide * lanes
    transposed = 8.0 / lanes * lines * _up(k, lanes) + 30
    return total + (transposed if spec.b_unit == "k" else 2.5 * lines * k)
