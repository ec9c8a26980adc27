"""Scans in machine code against the operators' NumPy rules, and their gradients."""

from __future__ import annotations

from contextlib import contextmanager

import ml_dtypes
import numpy as np
import pytest

import loxley
from loxley.compiler.kinds import NUMPY
from loxley.compiler.llvm.launch import launch_template
from loxley.compiler.loops.interpreter import run as interpret
from loxley.compiler.loops.verifier import verify
from loxley.compiler.templates import scans

from .attention_cases import targets
from .test_decompositions import native

SHAPES = [
    (1, 1, 1),
    (3, 7, 1),
    (1, 40, 1),
    (2, 5, 33),
    (1, 9, 16),
    (4, 1, 3),
    (5, 130, 2),
    (70, 5, 1),
]
SPECS = [
    *(scans.Spec("sum", kind, back) for kind in ("f32", "f64", "i64", "u8") for back in (0, 1)),
    *(scans.Spec("prod", kind) for kind in ("f32", "i32")),
    *(
        scans.Spec(what, kind)
        for what in ("max", "min")
        for kind in ("f32", "bf16", "f16", "i64", "i8")
    ),
    *(scans.Spec("logaddexp", kind) for kind in ("f32", "f64")),
    *(scans.Spec("runs", kind) for kind in ("f32", "f64", "i64")),
    *(scans.Spec("linear", kind, back) for kind in ("f32", "f64") for back in (0, 1)),
]


def sample(shape, kind, seed=0):
    x = np.random.default_rng(seed + sum(shape)).integers(-9, 9, shape) / 4
    if kind in ("f32", "f64", "f16", "bf16") and x.size > 20:
        x.flat[3::17] = np.nan
        x.flat[5::19] = np.inf
        x.flat[4::23] = -0.0
    elif kind[0] in "iu":
        x = np.abs(x * 4)
    return x.astype(NUMPY[kind])


@pytest.mark.parametrize("machine", list(targets()), ids=lambda t: t.name)
@pytest.mark.parametrize("spec", SPECS, ids=lambda s: f"{s.what}-{s.kind}-{int(s.backwards)}")
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_scan(machine, spec, shape):
    if spec.kind == "f16" and not machine.has("f16c"):
        pytest.skip("halves are converted by calls there")
    spec = spec._replace(backwards=bool(spec.backwards), last=shape[2] == 1)
    kernel = scans.nest(spec)
    verify(kernel)
    sizes = dict(zip(("outer", "size", "inner"), shape))
    arrays, wanted = {}, {}
    for i, buffer in enumerate(kernel.buffers):
        arrays[buffer.name] = sample(shape, buffer.kind, i)
        wanted[buffer.name] = arrays[buffer.name].copy().reshape(-1)
    interpret(kernel, wanted, sizes)
    for workers in (1, 2, 5):
        launch_template(scans.template(spec), arrays | sizes, workers, machine)
        for name, array in arrays.items():
            array = array.reshape(-1)
            if spec.what == "logaddexp":
                np.testing.assert_allclose(array, wanted[name], 1e-5)
            elif array.dtype == ml_dtypes.bfloat16:
                np.testing.assert_array_equal(array.view(np.int16), wanted[name].view(np.int16))
            else:
                np.testing.assert_array_equal(array, wanted[name])


@contextmanager
def threads(count):
    before = loxley.get_num_threads()
    loxley.set_num_threads(count)
    try:
        yield
    finally:
        loxley.set_num_threads(before)


FUNCTIONS = {
    "cumsum": lambda x, dim: x.cumsum(dim),
    "cumprod": lambda x, dim: x.cumprod(dim),
    "cummax": lambda x, dim: x.cummax(dim)[0],
    "cummin": lambda x, dim: x.cummin(dim)[0],
    "logcumsumexp": lambda x, dim: x.logcumsumexp(dim),
}


@pytest.mark.parametrize("dim", [0, 1, 2])
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [loxley.float32, loxley.float64, loxley.bfloat16], ids=str)
def test_operator_and_gradient(name, dim, dtype):
    loxley.manual_seed(dim)
    x = loxley.randn(4, 9, 5, dtype=loxley.float64).to(dtype)
    x[1, 2:6:3, 3] = 0
    x.requires_grad_()
    weight = loxley.randn(4, 9, 5, dtype=loxley.float64).to(dtype)
    turned = x.transpose(0, 2)

    def run(of):
        out = FUNCTIONS[name](of, dim)
        (grad,) = loxley.autograd.grad((out * weight.reshape(out.shape)).sum(), x)
        return out, grad

    for of in (x, turned):
        results = []
        for count in (1, 2, 5):
            with threads(count):
                results.append([t.detach().double().numpy() for t in native(run, of)])
        for other in results[1:]:
            for a, b in zip(results[0], other):
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", [loxley.int64, loxley.int32, loxley.uint8, loxley.bool], ids=str)
def test_integers(dtype):
    x = loxley.arange(60).reshape(3, 20).remainder(7).to(dtype)
    native(lambda: x.cumsum(1))
    native(lambda: x.cumprod(0))
    if dtype is not loxley.bool:
        native(lambda: x.cummax(1))
