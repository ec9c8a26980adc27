"""`blocked` on every memory layout, and the scratch pool."""

import threading

import numpy as np
import pytest

from loxley.numerics import blocks


def doubled_plus(x, y, out, scratch):
    np.multiply(x, 2, out=scratch)
    np.add(scratch, y, out=out)


def layouts(shape):
    base = np.arange(np.prod(shape, dtype=int), dtype=np.float64).reshape(shape)
    yield base
    yield np.asfortranarray(base)
    yield base[::-1]
    yield np.repeat(base, 2, axis=-1)[..., ::2]
    yield np.swapaxes(np.ascontiguousarray(np.swapaxes(base, 0, -1)), 0, -1)


@pytest.mark.parametrize("shape", [(3, 4, 5), (200, 1001), (0, 3)])
def test_every_layout_of_inputs_and_out(shape):
    for x in layouts(shape):
        for y in layouts(shape):
            expected = 2 * x + y
            np.testing.assert_array_equal(blocks.blocked(doubled_plus, [x, y], scratch=1), expected)
            for out in layouts(shape):
                out = out.copy(order="K") if out.flags.owndata else out
                result = blocks.blocked(doubled_plus, [x.copy(), y.copy()], out, scratch=1)
                assert result is out
                np.testing.assert_array_equal(out, expected)


def test_broadcasts_and_casts():
    x, y = np.ones((4, 1), np.float32), np.arange(3, dtype=np.float32)
    got = blocks.blocked(doubled_plus, [x, y], scratch=1, dtype=np.float64)
    assert got.dtype == np.float64
    np.testing.assert_array_equal(got, np.tile([2.0, 3.0, 4.0], (4, 1)))


def test_chunks_cover_the_range():
    assert [(s.start, s.stop) for s in blocks.chunks(10, 4)] == [(0, 4), (4, 8), (8, 10)]
    assert list(blocks.chunks(0, 4)) == []


def test_row_chunks_take_at_least_one_row():
    width = 2 * blocks.block_length(np.float32)
    assert [s.stop - s.start for s in blocks.row_chunks(3, width, np.float32)] == [1, 1, 1]
    assert [s.stop for s in blocks.row_chunks(3, 8, np.float32)] == [3]
    assert [s.stop for s in blocks.row_chunks(3, 0, np.float32)] == [3]


def test_borrowed_buffers_are_apart_aligned_and_used_again():
    with blocks.borrowed(2, 100, np.float32) as (a, b):
        assert a.shape == (100,) and a.dtype == np.float32
        assert not np.shares_memory(a, b)
        assert a.ctypes.data % 64 == 0
        with blocks.borrowed(1, 100, np.float64) as (c,):
            assert not np.shares_memory(c, a) and not np.shares_memory(c, b)
        addresses = {a.ctypes.data, b.ctypes.data, c.ctypes.data}
    with blocks.borrowed(1, 10, np.float64) as (d,):
        assert d.ctypes.data in addresses


def test_a_large_loan_is_not_kept():
    size = 3 * blocks.block_length(np.float64)
    with blocks.borrowed(1, size, np.float64) as (a,):
        assert a.shape == (size,)
    with blocks.borrowed(1, 5, np.float64) as (b,):
        assert not np.shares_memory(a, b)


def test_threads_do_not_share_scratch():
    with blocks.borrowed(1, 100, np.float64) as (mine,):
        seen = []

        def other():
            with blocks.borrowed(1, 100, np.float64) as (theirs,):
                seen.append(np.shares_memory(mine, theirs))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen == [False]
