"""Infinities and NaN stay with the elements that they belong to, interpreted and compiled."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isfinite, nan

import pytest

import loxley
from loxley.config import config
from loxley.nn.functional import grid_sample, interpolate
from loxley.runtime import interpreter


@pytest.fixture(params=["0", "1"], ids=["interpreted", "compiled"])
def mode(request) -> Iterator[None]:
    before = config.compile, config.compile_strict
    interpreter.flush()
    config.compile, config.compile_strict = request.param, True
    yield
    interpreter.flush()
    config.compile, config.compile_strict = before


@pytest.mark.parametrize("kind", ["bilinear", "bicubic"])
@pytest.mark.parametrize("corner", [inf, -inf, nan])
def test_a_tap_outside_the_image_gives_its_grid_no_gradient(mode, kind, corner):
    # What lies outside is read from the nearest element, the corner, and must not count.
    image = loxley.ones(1, 1, 3, 3, dtype=loxley.float64)
    image[0, 0, 0, 0] = corner
    grid = loxley.tensor([[[[-3.0, -3.0], [-3.0, 0.5]]]], dtype=loxley.float64).requires_grad_()
    grid_sample(image, grid, mode=kind, align_corners=False).sum().backward()
    assert grid.grad.tolist() == [[[[0.0, 0.0], [0.0, 0.0]]]]


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("unit", [False, True])
def test_an_infinite_row_leaves_the_rows_known_before_it(mode, upper, unit):
    a = loxley.tensor([[2.0, 0.5, 1.0], [1.0, 4.0, 0.25], [3.0, -1.0, 2.0]], dtype=loxley.float64)
    b = loxley.ones(3, 2, dtype=loxley.float64)
    last = 0 if upper else 2
    b[last, 1] = inf
    made = loxley.linalg.solve_triangular(a, b, upper=upper, unitriangular=unit).tolist()
    assert made[last][1] == inf
    made[last][1] = 0.0
    assert all(isfinite(x) for row in made for x in row)


def test_a_diagonal_of_ones_is_not_read(mode):
    a = loxley.tensor([[nan, 7.0], [3.0, inf]], dtype=loxley.float64)
    b = loxley.tensor([[1.0], [5.0]], dtype=loxley.float64)
    made = loxley.linalg.solve_triangular(a, b, upper=False, unitriangular=True)
    assert made.tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("size", [1, 5, 200])
def test_an_infinite_pivot_has_an_infinite_root(mode, upper, size):
    a = loxley.eye(size, dtype=loxley.float64) * 4
    a[0, 0] = inf
    made = loxley.linalg.cholesky(a, upper=upper)
    assert made.diagonal().tolist() == [inf, *[2.0] * (size - 1)]


@pytest.mark.parametrize("size", [1, 5, 200])
def test_a_matrix_with_nan_has_no_cholesky_factor(mode, size):
    a = loxley.eye(size, dtype=loxley.float64).repeat(2, 1, 1)
    a[1, size - 1, 0] = nan
    assert loxley.linalg.cholesky_ex(a).info.tolist() == [0, size]
    with pytest.raises(loxley.linalg.LinAlgError, match=rf"element 1\).* order {size} is not"):
        loxley.linalg.cholesky(a)


@pytest.mark.parametrize("kind", ["bilinear", "bicubic"])
@pytest.mark.parametrize("bad", [inf, nan])
def test_an_image_has_infinities_where_its_pixels_are_read(mode, kind, bad):
    image = loxley.ones(1, 1, 4, 9)
    image[..., 0] = bad
    image.requires_grad_()
    made = interpolate(image, (5, 11), mode=kind)
    assert not made[..., 0].isfinite().any() and made[..., 3:].isfinite().all()
    cotangent = loxley.ones(1, 1, 5, 11)
    cotangent[..., 0] = bad
    (back,) = loxley.autograd.grad(made, image, cotangent)
    assert not back[..., 0].isfinite().any() and back[..., 3:].isfinite().all()
