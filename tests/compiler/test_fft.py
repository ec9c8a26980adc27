"""Fourier transforms by machine code: against float64, for each way of filling vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import loxley as torch
from loxley.compiler.llvm import target
from loxley.compiler.llvm.launch import launch_template
from loxley.compiler.templates import complex_lanes, fft
from loxley.compiler.templates.fft_plan import LONGEST, Spec, chosen, radices, reason
from loxley.compiler.templates.fft_small import roots
from loxley.config import config
from loxley.runtime import explain

from .attention_cases import targets

REAL = {"f32": np.dtype(np.float32), "f64": np.dtype(np.float64)}
COMPLEX = {"f32": np.dtype(np.complex64), "f64": np.dtype(np.complex128)}
# Of the largest element: a few roundings per pass.
BOUND = {"f32": 5e-7, "f64": 1e-15}
WIDTHS = {"f32": 16, "f64": 8}


def sample(spec: Spec, outer: int, inner: int) -> np.ndarray:
    numbers = np.random.default_rng(spec.size + outer)
    size = spec.size // 2 + 1 if spec.what == "c2r" else spec.size
    x = numbers.standard_normal((outer, size, inner))
    if spec.what == "r2c":
        return x.astype(REAL[spec.kind])
    return (x + 1j * numbers.standard_normal(x.shape)).astype(COMPLEX[spec.kind])


def wanted(x: np.ndarray, spec: Spec, scale: float) -> np.ndarray:
    """In float64."""
    if spec.what == "r2c":
        made: Any = (np.fft.fft if spec.whole else np.fft.rfft)(x.astype(np.float64), axis=1)
    elif spec.what == "c2r":
        made = np.fft.irfft(x.astype(np.complex128), spec.size, axis=1, norm="forward")
    else:
        y = x.astype(np.complex128)
        made = np.fft.fft(y, axis=1) if spec.forward else np.fft.ifft(y, axis=1, norm="forward")
    return made * scale


def run(x: np.ndarray, spec: Spec, scale: float = 1.0, workers: int = 1, machine=None):
    outer, _, inner = x.shape
    size = spec.size // 2 + 1 if spec.what == "r2c" and not spec.whole else spec.size
    out = np.empty((outer, size, inner), (REAL if spec.what == "c2r" else COMPLEX)[spec.kind])
    slots = {"x": x, "out": out, "outer": outer, "inner": inner, "scale": scale}
    launch_template(fft.template(spec), slots, workers, machine or target.detect())
    return out


def check(spec: Spec, outer: int, inner: int, machine=None) -> None:
    x, scale = sample(spec, outer, inner), 0.25 if spec.scaled else 1.0
    made, right = run(x, spec, scale, 1, machine), wanted(x, spec, scale)
    assert np.abs(made - right).max() <= BOUND[spec.kind] * np.abs(right).max(), spec
    for workers in (2, 5):
        assert run(x, spec, scale, workers, machine).tobytes() == made.tobytes(), spec


@pytest.mark.parametrize("kind", ["f32", "f64"])
@pytest.mark.parametrize("size", [256, 320, 768, 1792, 1280, 4096])
def test_one_line_in_vectors(kind, size):
    lanes = WIDTHS[kind]
    check(Spec(kind, "c2c", size, True, False, False, "split", lanes), 3, 1)
    check(Spec(kind, "c2c", size, False, False, True, "split", lanes), 1, 1)
    for whole in (False, True):
        check(Spec(kind, "r2c", 2 * size, True, whole, whole, "split", lanes), 3, 1)
    check(Spec(kind, "c2r", 2 * size, False, False, True, "split", lanes), 3, 1)


@pytest.mark.parametrize("kind", ["f32", "f64"])
@pytest.mark.parametrize("size", [8, 9, 10, 28, 27, 30, 99, 125, 128, 169, 400])
def test_lines_as_lanes(kind, size):
    lanes = WIDTHS[kind]
    for outer in (1, lanes, 2 * lanes + 3):
        check(Spec(kind, "c2c", size, False, False, True, "rows", lanes), outer, 1)
        check(Spec(kind, "r2c", 2 * size, True, outer == 1, False, "rows", lanes), outer, 1)
        check(Spec(kind, "c2r", 2 * size, False, False, False, "rows", lanes), outer, 1)


@pytest.mark.parametrize("kind", ["f32", "f64"])
@pytest.mark.parametrize("size", [2, 3, 5, 7, 11, 13, 16, 36, 100, 112])
def test_what_lies_behind_the_dimension(kind, size):
    lanes = WIDTHS[kind]
    for inner in (2, lanes, 2 * lanes + 1):
        check(Spec(kind, "c2c", size, True, False, True, "columns", lanes), 3, inner)
        check(Spec(kind, "r2c", 2 * size, True, inner == 2, True, "columns", lanes), 2, inner)
        check(Spec(kind, "c2r", 2 * size, False, False, False, "columns", lanes), 2, inner)


@pytest.mark.parametrize("machine", list(targets()), ids=lambda t: t.name)
@pytest.mark.parametrize("size", [12, 60, 256, 1000])
def test_processors(machine, size):
    for what in ("c2c", "r2c", "c2r"):
        for outer, inner in ((1, 1), (19, 1), (2, 5)):
            if reason("f32", what, size) is None:
                lanes = chosen("f32", what, size, (outer, inner), machine.vector_bytes)
                forward = what != "c2r"
                check(Spec("f32", what, size, forward, False, False, *lanes), outer, inner, machine)


def test_lengths_are_products_of_small_primes():
    for n in range(1, 3000):
        found, rest = radices(n), n
        for p in (2, 3, 5, 7, 11, 13):
            while rest % p == 0:
                rest //= p
        assert (found is not None) == (rest == 1)
        assert found is None or np.prod(found, dtype=int) == n
    assert "above 13" in reason("f32", "c2c", 34)
    assert "odd length" in reason("f32", "r2c", 15)
    assert "beyond" in reason("f32", "c2c", 2 * LONGEST)
    assert "float32 and float64" in reason(None, "c2c", 16)


def test_roots_are_right_to_the_last_digit():
    real, imaginary = roots(np.arange(24), 24)
    assert real[[0, 6, 12, 18]].tolist() == [1, 0, -1, 0]
    assert imaginary[[0, 6, 12, 18]].tolist() == [0, -1, 0, 1]
    for n in (24, 1000, 3 << 20):
        k = np.random.default_rng(n).integers(0, n, 400)
        real, imaginary = roots(k, n)
        angle = -2 * np.longdouble("3.14159265358979323846264338327950288") * k / n
        assert np.abs(real - np.cos(angle)).max() < 2.3e-16
        assert np.abs(imaginary - np.sin(angle)).max() < 2.3e-16


def test_sizes_of_extreme_numbers():
    parts = np.array([[3e38, 1e38], [1e-44, 0], [0, 0], [np.inf, np.nan], [np.nan, 1], [-3, 4]])
    x = np.tile(parts.astype(np.float32), (5, 1))
    out = np.empty(len(x), np.float32)
    slots = {"a": x, "b": x, "out": out, "count": len(x), "real": 0.0, "imag": 0.0}
    launch_template(complex_lanes.template(complex_lanes.Spec("f32", "abs")), slots)
    with np.errstate(over="ignore"):
        right = np.hypot(*x.astype(np.float64).T).astype(np.float32)
    np.testing.assert_allclose(out, right, rtol=2e-7)


@pytest.fixture
def _compiled(monkeypatch):
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "compile_strict", True)


def spectrum(size: int) -> Any:
    x = torch.arange(6.0 * size).reshape(2, 3, size).sin()
    return lambda: torch.fft.irfft(torch.fft.rfft(x) * (2 - 1j), size).abs().sum().item()


@pytest.mark.usefixtures("_compiled")
def test_a_filter_leaves_nothing_to_numpy():
    told = str(explain(spectrum(64)))
    assert "fft_c2r_f32_64" in told and "NumPy" not in told


@pytest.mark.usefixtures("_compiled")
def test_planes_of_reals_are_not_made_complex():
    x = torch.arange(320.0).reshape(2, 10, 16).cos()
    told = str(explain(lambda: torch.fft.fft2(x).abs().sum().item()))
    assert "fft_r2c_f32_16" in told and "widened" not in told
    made = torch.fft.fft2(x, norm="ortho").numpy()
    np.testing.assert_allclose(made, np.fft.fft2(x.numpy(), norm="ortho"), atol=1e-5)


@pytest.mark.usefixtures("_compiled")
def test_other_lengths_say_why():
    assert "a length (34) with a factor above 13" in str(explain(spectrum(34)))
    assert "a real line of odd length (25)" in str(explain(spectrum(25)))
