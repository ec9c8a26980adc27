"""Operands of products in every layout, and products in NumPy: what the tests of them share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from loxley.compiler.kinds import NUMPY
from loxley.compiler.llvm import target
from loxley.compiler.llvm.launch import launch_template
from loxley.compiler.templates.gemm import Spec, template

# What a sum of k products may be off by, relative to the sum of their magnitudes.
TOLERANCE = {"f32": 1e-5, "f64": 1e-13, "bf16": 1e-5}
ROUNDING = {"f32": 0.0, "f64": 0.0, "bf16": 2.0**-8, "f16": 2.0**-10}
GUARD = 77.0


def targets() -> Iterator[Any]:
    """Every level that this processor can run."""
    full = target.detect()
    for name in ("sse2", "avx2", "avx512", "avx512_bf16"):
        try:
            yield target.lesser(full, name)
        except RuntimeError:
            continue


MACHINES = [t for t in targets() if t.name != "avx512"]
machines = pytest.mark.parametrize("machine", MACHINES, ids=lambda t: t.name)


def laid(array: np.ndarray, layout: str) -> np.ndarray:
    """The last two dimensions laid as `layout` says; the numbers stay."""
    if layout == "transposed":
        return np.ascontiguousarray(array.swapaxes(-1, -2)).swapaxes(-1, -2)
    if layout == "wide":
        room = np.full((*array.shape[:-1], array.shape[-1] + 5), np.nan, array.dtype)
        room[..., : array.shape[-1]] = array
        return room[..., : array.shape[-1]]
    if layout == "strided":
        room = np.full((*array.shape[:-2], 2 * array.shape[-2], 3 * array.shape[-1]), np.nan)
        room = room.astype(array.dtype)
        room[..., ::2, ::3] = array
        return room[..., ::2, ::3]
    if layout == "reversed":
        return np.ascontiguousarray(array[..., ::-1, ::-1])[..., ::-1, ::-1]
    return np.ascontiguousarray(array)


LAYOUTS = ("plain", "transposed", "wide", "strided", "reversed")


def unit(array: np.ndarray, line: int, k: int) -> str:
    strides = [s // array.itemsize for s in array.strides]
    return "k" if strides[k] == 1 else "lines" if strides[line] == 1 else "none"


class Product(NamedTuple):
    """Operands [x, y, m, k], [x, y, k, n], and out [x, y, m, n] between guards."""

    a: np.ndarray
    b: np.ndarray
    out: np.ndarray
    room: np.ndarray


def product(rng: Any, kinds: tuple[str, str, str], sizes: tuple, layouts: tuple) -> Product:
    m, n, k, x, y = sizes
    a = laid(rng.standard_normal((x, y, m, k)).astype(NUMPY[kinds[0]]), layouts[0])
    b = laid(rng.standard_normal((x, y, k, n)).astype(NUMPY[kinds[1]]), layouts[1])
    # Heads inside rows: [x, m, y, n], with room between the rows and around.
    room = np.full((x, m + 2, y, n + 3), GUARD, NUMPY[kinds[2]])
    return Product(a, b, room[:, 1 : m + 1, :, 1 : n + 1].transpose(0, 2, 1, 3), room)


def spec_of(p: Product, kind: str, kinds: tuple[str, str, str], **more: Any) -> Spec:
    return Spec(kind, *kinds, unit(p.a, -2, -1), unit(p.b, -1, -2), **more)


def arguments(p: Product) -> dict[str, Any]:
    x, y, m, k = p.a.shape
    values: dict[str, Any] = {"a": p.a, "b": p.b, "out": p.out, "m": m, "n": p.b.shape[-1], "k": k}
    values |= {"x": x, "y": y}
    for name, array in (("a", p.a), ("b", p.b), ("out", p.out)):
        strides = [s // array.itemsize for s in array.strides]
        names = [f"{name}_{n}" for n in ("x", "y", "row", "col")]
        values |= dict(zip(names, strides, strict=True))
    del values["out_col"]
    return values


def run(
    spec: Spec, p: Product, machine: Any, workers: int = 1, method: Any = None, **more: Any
) -> None:
    made = method or template(spec)
    launch_template(made, arguments(p) | more, workers, machine)


def expected(p: Product, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """The product, and the sum of the magnitudes of what was added, in float64."""
    a, b = (v.astype(NUMPY["bf16"]) if kind == "bf16" else v for v in (p.a, p.b))
    a, b = a.astype(np.float64), b.astype(np.float64)
    return a @ b, np.abs(a) @ np.abs(b)


def assert_product(p: Product, kind: str, out: str, want: np.ndarray, size: np.ndarray) -> None:
    """`out` is near `want`, and nothing around it was written."""
    got = p.out.astype(np.float64)
    bound = TOLERANCE[kind] * (size + 1) + ROUNDING[out] * (np.abs(want) + TOLERANCE[kind])
    assert (np.abs(got - want) <= bound).all(), np.abs(got - want).max()
    outside = np.array(p.room, copy=True)
    m, n = p.out.shape[-2:]
    outside[:, 1 : m + 1, :, 1 : n + 1] = GUARD
    assert (outside == GUARD).all()
