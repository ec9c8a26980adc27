"""Panels and the microkernel against NumPy, for every target that this processor can run."""

from __future__ import annotations

import ctypes

import ml_dtypes
import numpy as np
import pytest

from loxley.compiler.kinds import NUMPY
from loxley.compiler.llvm import jit, target
from loxley.compiler.llvm.builder import Function
from loxley.compiler.templates import micro, packing


def targets():
    full = target.detect()
    for name in ("sse2", "avx2", "avx512", "avx512_bf16"):
        try:
            yield target.lesser(full, name)
        except RuntimeError:
            continue


def exported(module, inner, parameters, name="kernel"):
    """A visible function that passes its parameters on to an internal one."""
    f = Function(module, name, parameters)
    f.call_defined(inner, "void", [f[n] for _, n in parameters])
    f.ret()


def run(module, inner, parameters, arguments, machine):
    exported(module, inner, parameters)
    kinds = [ctypes.c_void_p if t == "ptr" else ctypes.c_int64 for t, _ in parameters]
    address = jit.address("kernel", str(module), machine)
    values = [a.ctypes.data if isinstance(a, np.ndarray) else a for a in arguments]
    ctypes.CFUNCTYPE(None, *kinds)(address)(*values)


PACK = [("ptr", "s"), ("i64", "l"), ("i64", "a"), ("i64", "n"), ("i64", "k"), ("ptr", "o")]


def expected_panels(matrix, tile, width):
    """[panels][steps][width] of the packed element, as the bits of what each lane holds."""
    lines, depth = matrix.shape
    steps = -(-depth // tile.depth)
    panels = -(-lines // width)
    if tile.kind == "bf16":
        matrix = matrix.astype(np.float32).astype(ml_dtypes.bfloat16)
    full = np.zeros((panels * width, steps * tile.depth), matrix.dtype)
    full[:lines, :depth] = matrix
    if not tile.paired:
        full = full.astype(np.float64 if tile.kind == "f64" else np.float32)
        return full.reshape(panels, width, steps).transpose(0, 2, 1)
    pairs = np.ascontiguousarray(full).view(np.uint32)
    return pairs.reshape(panels, width, steps).transpose(0, 2, 1)


KINDS = [("f32", "f32"), ("f32", "bf16"), ("f32", "f16"), ("f64", "f64")]
KINDS += [("bf16", "bf16"), ("bf16", "f32")]


@pytest.mark.parametrize("machine", list(targets()), ids=lambda t: t.name)
@pytest.mark.parametrize("kind, memory", KINDS)
@pytest.mark.parametrize("contiguous", ["lines", "k", "none"])
def test_panels(machine, kind, memory, contiguous):
    tile = micro.tile_of(machine, kind)
    rng = np.random.default_rng(0)
    for width in (tile.rows, tile.columns):
        for lines, depth in ((1, 1), (3, 17), (width, 32), (2 * width + 1, 33), (70, 45)):
            matrix = rng.standard_normal((lines, depth)).astype(NUMPY[memory])
            laid = {
                "lines": np.asfortranarray(matrix),
                "k": matrix,
                "none": np.repeat(matrix, 3, axis=1)[:, ::3],
            }[contiguous]
            line, along = (s // laid.itemsize for s in laid.strides)
            module = micro.Module()
            name = packing.define_pack(module, machine, tile, width, memory, contiguous)
            want = expected_panels(matrix, tile, width)
            out = np.zeros(want.size + tile.slack // tile.bytes + 64, want.dtype)
            guard = want.size + tile.slack // tile.bytes
            out[guard:] = 7
            run(module, name, PACK, (laid, line, along, lines, depth, out), machine)
            got = out[: want.size].reshape(want.shape).transpose(0, 2, 1).reshape(-1, want.shape[1])
            want = want.transpose(0, 2, 1).reshape(got.shape)
            assert np.array_equal(got[:lines], want[:lines]), (width, lines, depth)
            assert (out[guard:] == 7).all()


@pytest.mark.parametrize("machine", list(targets()), ids=lambda t: t.name)
@pytest.mark.parametrize("kind", ["f32", "f64", "bf16"])
def test_packed_tile(machine, kind):
    tile = micro.tile_of(machine, kind)
    module = micro.Module()
    name = micro.define_packed(module, machine, tile)
    parameters = [("i64", "s"), ("ptr", "a"), ("ptr", "b"), ("i64", "r"), ("ptr", "o")]
    rng = np.random.default_rng(0)
    dtype = np.float64 if kind == "f64" else np.float32
    exported(module, name, parameters)
    address = jit.address("kernel", str(module), machine)
    for rows in range(1, tile.rows + 1):
        for depth in (1, 2, 7, 40):
            a = rng.standard_normal((tile.rows, depth)).astype(NUMPY[kind])
            b = rng.standard_normal((tile.columns, depth)).astype(NUMPY[kind])
            pa = np.ascontiguousarray(expected_panels(a, tile, tile.rows)[0])
            pb = np.ascontiguousarray(expected_panels(b, tile, tile.columns)[0])
            out = np.full((tile.rows, tile.columns), np.nan, dtype)
            call = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * 2, *[ctypes.c_int64])
            call = ctypes.CFUNCTYPE(None, *call._argtypes_, ctypes.c_void_p)(address)
            call(len(pa), pa.ctypes.data, pb.ctypes.data, rows, out.ctypes.data)
            want = a.astype(np.float64) @ b.astype(np.float64).T
            np.testing.assert_allclose(out[:rows], want[:rows], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("machine", list(targets()), ids=lambda t: t.name)
@pytest.mark.parametrize("kind", ["f32", "f64"])
def test_direct_tile(machine, kind):
    tile = micro.tile_of(machine, kind)
    module = micro.Module()
    name = micro.define_direct(module, machine, tile)
    integers = [("i64", n) for n in ("steps", "a_row", "a_step", "b_step", "columns", "rows")]
    parameters = [integers[0], ("ptr", "a"), *integers[1:3], ("ptr", "b"), *integers[3:]]
    exported(module, name, [*parameters, ("ptr", "o")])
    address = jit.address("kernel", str(module), machine)
    types = [ctypes.c_void_p if t == "ptr" else ctypes.c_int64 for t, _ in parameters]
    call = ctypes.CFUNCTYPE(None, *types, ctypes.c_void_p)(address)
    rng = np.random.default_rng(0)
    for rows in range(1, tile.rows + 1):
        for columns in (1, tile.lanes, tile.lanes + 1, tile.columns):
            a = rng.standard_normal((rows, 19)).astype(NUMPY[kind])
            b = rng.standard_normal((19, columns)).astype(NUMPY[kind])
            out = np.full((tile.rows, tile.columns), np.nan, NUMPY[kind])
            call(19, a.ctypes.data, 19, 1, b.ctypes.data, columns, columns, rows, out.ctypes.data)
            np.testing.assert_allclose(out[:rows, :columns], a @ b, rtol=1e-4, atol=1e-4)
