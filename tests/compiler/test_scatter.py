"""Scatter, index_put and their like in machine code against the operators' NumPy rules."""

from __future__ import annotations

from functools import partial

import pytest

import loxley

from .test_decompositions import native

DTYPES = [loxley.float32, loxley.float64, loxley.bfloat16, loxley.int64, loxley.uint8]
SHAPES = [(7,), (3, 9), (4, 5, 6)]
types = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def sample(shape, dtype, seed=0):
    loxley.manual_seed(seed)
    return loxley.randint(0, 9, shape).to(dtype)


def index_of(shape, size, seed=5):
    loxley.manual_seed(seed)
    return loxley.randint(0, size, shape)


def cases():
    for shape in SHAPES:
        for dim in range(len(shape)):
            for fewer in (0, 1):  # in all dimensions
                yield shape, dim, tuple(max(n - fewer, 1) for n in shape)


@types
@pytest.mark.parametrize("threads", [1, 5])
def test_scatter(dtype, threads):
    before = loxley.get_num_threads()
    loxley.set_num_threads(threads)
    for shape, dim, sizes in cases():
        x, source = sample(shape, dtype), sample(shape, dtype, 1)
        for size in sizes, sizes[:dim] + (1,) + sizes[dim + 1 :]:
            index = index_of(size, shape[dim])
            native(x.scatter, dim, index, source)
            native(x.scatter, dim, index, 3)
            native(x.scatter_add, dim, index, source)
    loxley.set_num_threads(before)


@types
@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("reduce", ["sum", "mean", "prod", "amax", "amin"])
def test_reductions(dtype, reduce, include_self):
    for shape, dim, sizes in list(cases())[::2]:
        x, source = sample(shape, dtype), sample(shape, dtype, 1)
        index = index_of(sizes, shape[dim])
        native(partial(x.scatter_reduce, include_self=include_self), dim, index, source, reduce)
        if reduce != "sum":
            rows = index_of((shape[dim],), shape[dim])
            reduced = partial(x.index_reduce, include_self=include_self)
            native(reduced, dim, rows, source, reduce)


@types
def test_rows(dtype):
    for shape, dim, _ in list(cases())[::2]:
        x, source = sample(shape, dtype), sample(shape, dtype, 1)
        rows = index_of((shape[dim],), shape[dim])
        native(x.index_copy, dim, rows, source)
        native(x.index_fill, dim, rows, 2)
        if dtype is not loxley.bfloat16:
            native(x.index_add, dim, rows, source)


@types
def test_assigned_by_index(dtype):
    x = sample((4, 5, 6), dtype)
    rows, columns = index_of((3,), 4), index_of((3,), 5, 6)

    def assign(key, value, accumulate=False):
        y = x.clone()
        y.index_put_(key, value, accumulate) if accumulate else y.__setitem__(key, value)
        return y

    one = loxley.tensor(7).to(dtype)
    native(lambda: assign(rows, 1))
    native(lambda: assign((slice(None), columns), one))
    native(lambda: assign((rows, columns), sample((3, 6), dtype, 2)))
    native(lambda: assign((rows, slice(None), columns), sample((3, 5), dtype, 2)))
    native(lambda: assign((rows, columns), sample((3, 6), dtype, 2), True))
    native(x.put, index_of((2, 5), 120), sample((2, 5), dtype, 3))
    native(partial(x.put, accumulate=True), index_of((2, 5), 120), sample((2, 5), dtype, 3))


@pytest.mark.parametrize("dtype", DTYPES[:3], ids=str)
def test_gradients(dtype):
    for shape, dim, sizes in list(cases())[1::2]:
        x = sample(shape, dtype).requires_grad_()
        index = index_of(sizes, shape[dim])
        rows = index_of((3,), shape[dim])
        native(_gradients, x, dim, index, rows)


def _gradients(x, dim, index, rows):
    picked, kept = x.gather(dim, index), x.index_select(dim, rows)
    return loxley.autograd.grad((picked * picked).sum() + (kept * kept).sum(), x)
