"""Sobol' points without PyTorch: recorded ones, and what makes them even."""

from __future__ import annotations

import numpy as np
import pytest

import loxley as torch
from loxley.numerics import sobol
from loxley.quasirandom import SobolEngine


def test_recorded_points():
    assert SobolEngine(3).draw(4).tolist() == [
        [0.0, 0.0, 0.0],
        [0.5, 0.5, 0.5],
        [0.75, 0.25, 0.25],
        [0.25, 0.75, 0.75],
    ]
    made = SobolEngine(4, scramble=True, seed=7).draw(1)
    torch.testing.assert_close(
        made, torch.tensor([[0.1995, 0.1709, 0.7494, 0.1843]]), atol=1e-4, rtol=0
    )


@pytest.mark.parametrize("scramble", [False, True])
def test_every_dimension_is_filled_evenly(scramble):
    points = SobolEngine(200, scramble=scramble, seed=1).draw(256).numpy()
    assert (np.sort(np.floor(points * 256), axis=0) == np.arange(256)[:, None]).all()


def test_primitive_polynomials():
    assert sobol.primitive_polynomials(4).tolist() == [0b10011, 0b11001]
    counts = [len(sobol.primitive_polynomials(d)) for d in range(1, 9)]
    assert counts == [1, 1, 2, 2, 6, 6, 18, 16]
