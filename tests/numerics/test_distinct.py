"""Distinct elements, runs and orders, against NumPy's own functions."""

from __future__ import annotations

import numpy as np
import pytest

from loxley.numerics.distinct import distinct, order_of, places_where, runs

KINDS = ["bool", "uint8", "int8", "int16", "int32", "int64", "uint64", "float32", "float64"]


def sample(kind, count, wide=False):
    x = np.random.default_rng(count).integers(-50, 50, count)
    if wide and kind in ("int32", "int64"):
        x = x * (np.iinfo(kind).max // 60)
    return np.abs(x).astype(kind) if kind[0] in "ub" else x.astype(kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 2, 300])
@pytest.mark.parametrize("wide", [False, True])
def test_distinct(kind, count, wide):
    x = sample(kind, count, wide)
    wanted = np.unique(x, return_inverse=True, return_counts=True)
    for got, right in zip(distinct(x, True, True), wanted, strict=True):
        np.testing.assert_array_equal(got, right)
    values, places, counts = distinct(x, False, False)
    np.testing.assert_array_equal(values, wanted[0])
    assert values.dtype == x.dtype and places is None and counts is None


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_zeros_and_missing_numbers(kind, both):
    x = np.array([1, np.nan, -0.0, 0.0, -np.inf, -np.nan, 0.0, 1], kind)
    values, places, counts = distinct(x, both, both)
    np.testing.assert_array_equal(values, [-np.inf, -0.0, 1, np.nan, np.nan])
    assert np.signbit(values[1])
    if both:
        np.testing.assert_array_equal(counts, [1, 3, 2, 1, 1])
        np.testing.assert_array_equal(places, [2, 3, 1, 1, 0, 4, 1, 2])


def test_extremes_of_integers():
    x = np.array([2**63 - 1, -(2**63), 0, 2**63 - 1])
    np.testing.assert_array_equal(distinct(x, True, True)[1], [2, 0, 1, 2])
    x = np.array([2**64 - 1, 2**64 - 5, 2**64 - 1], np.uint64)
    values, places, _ = distinct(x, True, False)
    np.testing.assert_array_equal(values, x[[1, 0]])
    np.testing.assert_array_equal(places, [1, 0, 1])


@pytest.mark.parametrize("kind", KINDS[1:])
def test_order(kind):
    x = sample(kind, 400)
    np.testing.assert_array_equal(order_of(x), np.argsort(x, kind="stable"))


def test_runs():
    x = np.array([3, 3, 1, 3, 3, 3])
    values, places, counts = runs(x, True, True)
    np.testing.assert_array_equal(values, [3, 1, 3])
    np.testing.assert_array_equal(places, [0, 0, 1, 2, 2, 2])
    np.testing.assert_array_equal(counts, [2, 1, 3])
    assert [len(r) for r in runs(x[:0], True, True)] == [0, 0, 0]


@pytest.mark.parametrize("shape", [(7,), (0,), (5, 9), (3, 0, 2), (4, 5, 6), (2, 1, 3, 1)])
@pytest.mark.parametrize("kind", ["bool", "float32", "int64", "complex64"])
def test_places(shape, kind):
    x = np.random.default_rng(3).integers(0, 2, shape).astype(kind)
    np.testing.assert_array_equal(places_where(x), np.argwhere(x))
    np.testing.assert_array_equal(places_where(x.T), np.argwhere(x.T))
