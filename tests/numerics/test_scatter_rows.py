"""Adding rows into places: as a plain loop, in any shape and dtype."""

from __future__ import annotations

import numpy as np
import pytest

from loxley.numerics.scatter_rows import add_rows


def _loop(whole: np.ndarray, index: np.ndarray, source: np.ndarray) -> np.ndarray:
    whole = whole.copy()
    for i, place in enumerate(index):
        whole[:, place] += source[:, i]
    return whole


@pytest.mark.parametrize("kind", ["float32", "float64", "int64", "complex64", "bool"])
@pytest.mark.parametrize("outer, places, width", [(1, 5, 1), (1, 40, 32), (3, 7, 4), (2, 3, 20)])
@pytest.mark.parametrize("count", [0, 1, 6, 200])
def test_rows_are_added_in_order(kind, outer, places, width, count) -> None:
    rng = np.random.default_rng(count)
    index = rng.integers(0, places, count)
    source = (rng.standard_normal((outer, count, width)) * 4).astype(kind)
    whole = (rng.standard_normal((outer, places, width)) * 4).astype(kind)
    expected = _loop(whole, index, source)
    add_rows(whole, index, source)
    np.testing.assert_allclose(whole, expected, rtol=1e-4, atol=1e-4)
