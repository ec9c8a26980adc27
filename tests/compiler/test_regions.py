"""Diagonals, padding, interpolation, extrema, norms and products: native, as NumPy's rules say."""

from __future__ import annotations

import pytest

import loxley
from loxley.nn import functional as F

from .test_decompositions import native

FLOATS = [loxley.float32, loxley.float64, loxley.bfloat16]
floats = pytest.mark.parametrize("dtype", FLOATS, ids=str)


def normal(*shape, dtype=loxley.float32):
    loxley.manual_seed(sum(shape))
    return loxley.randn(*shape).to(dtype).requires_grad_()


def with_gradient(function, x):
    out = function(x)
    return loxley.autograd.grad((out * out).sum(), x)


@floats
@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding(mode, dtype):
    for shape, pad in (((2, 3, 7), (2, 3)), ((2, 4, 5), (0, 4)), ((1, 2, 5, 6), (4, 0, 1, 3))):
        x = normal(*shape, dtype=dtype)
        native(with_gradient, lambda v, p=pad: F.pad(v, p, mode=mode), x)
    with loxley.no_grad():
        native(lambda v: F.pad(v, (-1, 2, 1, -2), mode=mode), x)
    x = normal(1, 2, 5, 6, 4, dtype=dtype)
    native(with_gradient, lambda v: F.pad(v, (1, 2, 0, 3, 2, 1), mode=mode), x)


@floats
@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "nearest", "nearest-exact"])
def test_interpolation(mode, align, dtype):
    options = {} if mode.startswith("nearest") else {"align_corners": align}
    x = normal(2, 3, 7, 5, dtype=dtype)
    for size in ((11, 4), (14, 15), (3, 5)):
        native(with_gradient, lambda v, n=size: F.interpolate(v, n, mode=mode, **options), x)
    scaled = {"scale_factor": (1.7, 0.6), **options}
    native(with_gradient, lambda v: F.interpolate(v, mode=mode, **scaled), x)


@floats
def test_interpolation_of_other_ranks(dtype):
    x, y = normal(2, 3, 7, dtype=dtype), normal(1, 2, 4, 5, 3, dtype=dtype)
    native(with_gradient, lambda v: F.interpolate(v, 12, mode="linear"), x)
    native(with_gradient, lambda v: F.interpolate(v, (3, 9, 4), mode="trilinear"), y)


@floats
def test_diagonals(dtype):
    x, line = normal(4, 6, 5, dtype=dtype), normal(3, 4, dtype=dtype)
    for offset in (-2, 0, 3):
        native(with_gradient, lambda v, o=offset: v.diagonal(o, 0, 2), x)
        native(with_gradient, lambda v, o=offset: loxley.diag_embed(v, o), line)
        native(with_gradient, lambda v, o=offset: loxley.diagonal_copy(v, o, 1, 2), x)
    native(with_gradient, lambda v: v.trace(), line)
    for k in range(-1, 4):
        native(with_gradient, lambda v, k=k: v.rot90(k, (0, 2)), x)


@pytest.mark.parametrize("dtype", [*FLOATS, loxley.int64], ids=str)
def test_extrema(dtype):
    loxley.manual_seed(1)
    x = loxley.randint(-5, 5, (6, 1, 7)).to(dtype)
    if dtype.is_floating_point:
        x[2, 0, 3] = float("nan")
    for dim in range(3):
        native(lambda d: (*x.max(d), *x.min(d), x.argmax(d), x.argmin(d)), dim)
    native(lambda: (x.argmax(), x.argmin(), x[0, 0, 0].argmax(), *x[0, 0, 0].max(0)))


@floats
@pytest.mark.parametrize("order", [0, 0.5, 1, 2, 3.5, float("inf"), -float("inf")])
def test_norms(order, dtype):
    x = normal(4, 5, 6, dtype=dtype)
    for dim in (None, 1, (0, 2)):
        native(lambda d: loxley.linalg.vector_norm(x, order, d), dim)


@floats
def test_products(dtype):
    x = normal(4, 5, 3, dtype=dtype)
    with loxley.no_grad():
        x[1, 2:4, 1] = 0
    for dim in range(3):
        native(with_gradient, lambda v, d=dim: v.prod(d), x)
    native(with_gradient, lambda v: (v * 1.5).prod(), x)


@pytest.mark.parametrize("dtype", [*FLOATS, loxley.int64, loxley.uint8, loxley.bool], ids=str)
def test_orders(dtype):
    loxley.manual_seed(2)
    x = loxley.randint(0, 9, (3, 50, 4)).to(dtype)
    for dim in (0, 1, 2):
        native(lambda d: (*x.sort(d), x.argsort(d, descending=True)), dim)
    if dtype.is_floating_point:
        native(with_gradient, lambda v: v.sort(1)[0] + v.sort(0)[0], x.requires_grad_())
    native(lambda: x.topk(7, 1)) if dtype is not loxley.bool else None
