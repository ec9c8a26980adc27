"""The special functions against recorded mpmath values, at their edges, and through `out=`."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from loxley.numerics import special

_path = Path(__file__).with_name("special_values.py")
_spec = importlib.util.spec_from_file_location("special_values", _path)
values = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(values)

INF, NAN = float("inf"), float("nan")
DTYPES = [np.float64, np.float32]


def check(name, compute, columns, expected, dtype):
    """float64 against the recorded value, float32 against float64 at the rounded arguments."""
    arguments = [np.array(c, dtype) for c in columns]
    got = compute(*arguments)
    assert got.dtype == dtype, name
    if dtype == np.float64:
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15, err_msg=name)
        return
    with np.errstate(over="ignore"):
        exact = compute(*(a.astype(np.float64) for a in arguments)).astype(np.float32)
    np.testing.assert_allclose(got, exact, rtol=1.3e-6, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", values.ONE_ARGUMENT)
def test_one_argument(name, dtype):
    x, expected = zip(*values.ONE_ARGUMENT[name])
    check(name, getattr(special, name), [x], expected, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", values.TWO_ARGUMENTS)
def test_two_arguments(name, dtype):
    a, b, expected = zip(*values.TWO_ARGUMENTS[name])
    check(name, getattr(special, name), [a, b], expected, dtype)


def test_polygamma():
    for n, x, expected in values.POLYGAMMA:
        got = special.polygamma(n, np.array([x]))
        np.testing.assert_allclose(got, [expected], rtol=1e-12, err_msg=f"{n}, {x}")


def test_multigammaln():
    for x, p, expected in values.MULTIGAMMALN:
        got = special.multigammaln(np.array([x]), p)
        np.testing.assert_allclose(got, [expected], rtol=1e-13)


@pytest.mark.parametrize("dtype, atol", [(np.float64, 1e-15), (np.float32, 3e-7)])
def test_activations(dtype, atol):
    x, gelu, tanh, silu, gelu_slope, tanh_slope, silu_slope = np.array(values.ACTIVATIONS).T
    x, g = x.astype(dtype), np.full(len(x), 2, dtype)
    rtol = 1e-12 if dtype == np.float64 else 1.3e-6
    for got, expected in [
        (special.gelu(x), gelu),
        (special.gelu(x, "tanh"), tanh),
        (special.silu(x), silu),
        (special.gelu_backward(g, x) / 2, gelu_slope),
        (special.gelu_backward(g, x, "tanh") / 2, tanh_slope),
        (special.silu_backward(g, x) / 2, silu_slope),
    ]:
        assert got.dtype == dtype
        np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol)


def test_erf_float32_is_within_three_units_everywhere():
    x = np.concatenate([np.geomspace(1e-30, 5, 200_001), -np.linspace(0, 5, 200_001)])
    x = x.astype(np.float32)
    exact = special.erf(x.astype(np.float64))
    units = np.abs(special.erf(x) - exact) / np.spacing(np.abs(exact.astype(np.float32)))
    assert units.max() < 3


EDGES = {
    "erf": ([-INF, -0.0, INF, NAN], [-1, -0.0, 1, NAN]),
    "erfc": ([-INF, 0.0, INF, NAN], [2, 1, 0, NAN]),
    "erfcx": ([-INF, -30.0, 0.0, INF, NAN], [INF, INF, 1, 0, NAN]),
    "erfinv": ([-1.0, -0.0, 1.0, 1.5, NAN], [-INF, -0.0, INF, NAN, NAN]),
    "ndtr": ([-INF, 0.0, INF, NAN], [0, 0.5, 1, NAN]),
    "log_ndtr": ([-INF, INF, NAN], [-INF, -0.0, NAN]),
    "ndtri": ([-0.1, 0.0, 0.5, 1.0, 1.1, NAN], [NAN, -INF, 0, INF, NAN, NAN]),
    "lgamma": ([-INF, -2.0, -0.0, 0.0, 1.0, 2.0, INF, NAN], [INF, INF, INF, INF, 0, 0, INF, NAN]),
    "digamma": ([-INF, -2.0, -0.0, 0.0, INF, NAN], [NAN, NAN, INF, -INF, INF, NAN]),
    "i0": ([-INF, -1e9, 0.0, 1e9, INF, NAN], [NAN, INF, 1, INF, NAN, NAN]),
    "i1": ([-INF, -1e9, -0.0, 0.0, 1e9, NAN], [NAN, -INF, 0.0, 0.0, INF, NAN]),
    "i0e": ([-INF, 0.0, INF, NAN], [0, 1, 0, NAN]),
    "i1e": ([-INF, -0.0, INF, NAN], [-0.0, 0.0, 0, NAN]),
    "bessel_j0": ([-INF, 0.0, INF, NAN], [NAN, 1, NAN, NAN]),
    "bessel_j1": ([-INF, -0.0, INF, NAN], [NAN, -0.0, NAN, NAN]),
    "bessel_y0": ([-1.0, -0.0, 0.0, INF, NAN], [NAN, -INF, -INF, NAN, NAN]),
    "bessel_y1": ([-1.0, -0.0, 0.0, INF, NAN], [NAN, -INF, -INF, NAN, NAN]),
    "modified_bessel_k0": ([-1.0, -0.0, 0.0, INF, NAN], [NAN, INF, INF, 0, NAN]),
    "modified_bessel_k1": ([-1.0, -0.0, 0.0, INF, NAN], [NAN, INF, INF, 0, NAN]),
    "spherical_bessel_j0": ([-INF, -0.0, 0.0, INF, NAN], [0, 1, 1, 0, NAN]),
    "airy_ai": ([-INF, 1e9, INF, NAN], [NAN, 0, NAN, NAN]),
    "sinc": ([-INF, -0.0, 0.0, INF, NAN], [NAN, 1, 1, NAN, NAN]),
    "entr": ([-INF, -1e-30, -0.0, 0.0, INF, NAN], [-INF, -INF, 0, 0, -INF, NAN]),
    "logit": ([-0.1, 0.0, 0.5, 1.0, 1.1, NAN], [NAN, -INF, 0, INF, NAN, NAN]),
    "expit": ([-INF, 0.0, INF, NAN], [0, 0.5, 1, NAN]),
    "gelu": ([-INF, -100.0, -0.0, INF, NAN], [NAN, -0.0, -0.0, INF, NAN]),
    "silu": ([-INF, -1e9, -0.0, INF, NAN], [NAN, -0.0, -0.0, INF, NAN]),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", EDGES)
def test_edges(name, dtype):
    x, expected = EDGES[name]
    got = getattr(special, name)(np.array(x, dtype))
    expected = np.array(expected, dtype)
    np.testing.assert_array_equal(got, expected)
    zero = expected == 0
    np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(expected[zero]))


PAIRS = {
    "zeta": [
        (1, 2, INF),
        (0.5, 2, NAN),
        (2, -1, INF),
        (2.5, -0.5, NAN),
        (INF, 1, 1),
        (2, INF, NAN),
    ],
    "gammainc": [(0, 0, NAN), (0, 1, 1), (1, 0, 0), (-1, 1, NAN), (INF, 1, 0), (1, INF, 1)],
    "gammaincc": [(0, 0, NAN), (0, 1, 0), (1, 0, 1), (1, -1, NAN), (INF, INF, NAN), (1, INF, 0)],
    "xlogy": [(0, 0, 0), (0, -1, 0), (0, NAN, NAN), (1, 0, -INF), (1, -1, NAN), (0, INF, 0)],
    "xlog1py": [(0, -1, 0), (0, NAN, NAN), (1, -1, -INF), (1, -2, NAN)],
    "logaddexp": [(-INF, -INF, -INF), (INF, INF, INF), (INF, -INF, INF), (NAN, 1, NAN)],
    "chebyshev_polynomial_t": [
        (0.5, -1, 0),
        (0.5, 0, 1),
        (1, 300, 1),
        (INF, 2, INF),
        (NAN, 3, NAN),
    ],
    "chebyshev_polynomial_u": [(-1, 301, -302), (0.5, 2.9, 0), (1, 9, 10)],
    "hermite_polynomial_h": [(0.5, 600, NAN), (0.5, 1, 1), (NAN, 0, 1)],
    "laguerre_polynomial_l": [(0, 50, 1), (2, 1, -1), (2, -3, 0)],
    "legendre_polynomial_p": [(-1, 51, -1), (1, 51, 1), (-1, 50, 1)],
    "ldexp": [(3, 2, 12), (1, -1, 0.5), (0, 5000, NAN)],
    "nextafter": [(1, 1, 1), (NAN, 1, NAN)],
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PAIRS)
def test_edges_of_two_arguments(name, dtype):
    a, b, expected = np.array(PAIRS[name], dtype).T
    np.testing.assert_array_equal(getattr(special, name)(a, b), expected)


def test_polygamma_poles():
    x = np.array([-INF, -2.0, 0.0, INF])
    np.testing.assert_array_equal(special.polygamma(1, x), [NAN, INF, INF, 0])
    np.testing.assert_array_equal(special.polygamma(2, x), [-INF, -INF, -INF, NAN])


def test_frexp_gives_exponent_zero_where_there_is_none():
    mantissa, exponent = special.frexp(np.array([0.0, 6.0, INF, -INF, NAN], np.float32))
    np.testing.assert_array_equal(mantissa, [0, 0.75, INF, -INF, NAN])
    np.testing.assert_array_equal(exponent, [0, 3, 0, 0, 0])
    assert exponent.dtype == np.int32 and mantissa.dtype == np.float32


def test_logit_clamps_to_eps():
    got = special.logit(np.array([-1.0, 0.5, 2.0]), eps=0.25)
    np.testing.assert_allclose(got, [-np.log(3), 0, np.log(3)])


def test_complex_arguments():
    z = np.array([1 + 1j, 0j])
    np.testing.assert_allclose(special.sinc(z)[1], 1)
    np.testing.assert_allclose(special.silu(z), z * special.expit(z))
    w = np.array([-2j, 1 - 1j])
    np.testing.assert_allclose(special.logaddexp(z, w), np.log(np.exp(z) + np.exp(w)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_out_may_be_the_argument(dtype):
    x = np.linspace(-4, 4, 12).astype(dtype).reshape(3, 4)
    for compute in (
        special.erf,
        special.gelu,
        special.silu,
        special.expit,
        lambda v, out=None: special.gelu(v, "tanh", out=out),
        lambda v, out=None: special.gelu_backward(v, v, out=out),
        lambda v, out=None: special.gelu_backward(v, v, "tanh", out=out),
        lambda v, out=None: special.silu_backward(v, v, out=out),
    ):
        expected, buffer = compute(x), x.copy()
        assert compute(buffer, out=buffer) is buffer
        np.testing.assert_array_equal(buffer, expected)


def test_wrong_arguments_are_refused():
    with pytest.raises(TypeError, match="float16"):
        special.erf(np.zeros(3, np.float16))
    with pytest.raises(TypeError, match="int64"):
        special.lgamma(np.zeros(3, np.int64))
    with pytest.raises(RuntimeError, match="approximate argument must be either none or tanh"):
        special.gelu(np.zeros(3, np.float32), "sigmoid")
    with pytest.raises(ValueError, match="out has shape"):
        special.erf(np.zeros(3, np.float32), out=np.zeros(4, np.float32))


def test_scalars_empty_arrays_and_broadcasting():
    assert special.erf(np.array(0.5)).shape == ()
    assert special.lgamma(np.zeros((0, 3))).shape == (0, 3)
    got = special.xlogy(np.ones((3, 1)), np.array([1.0, 2.0]))
    np.testing.assert_allclose(got, np.tile(np.log([1.0, 2.0]), (3, 1)))
    assert special.zeta(np.array([2.0], np.float32), np.array([1.0])).dtype == np.float64
