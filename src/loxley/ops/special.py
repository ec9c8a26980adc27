"""Special functions: error, gamma and Bessel functions, zeta, orthogonal polynomials.

The algorithms are in `numerics`; here are their derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..ir.graph import Op
from ..numerics import special as numeric
from .comparison import eq, where
from .complex_numbers import conj, sgn
from .exponential import exp, log
from .family import binary, elementwise, not_differentiable, promote_float, unary, wide
from .trigonometric import cos, sin

_ROOT_PI = math.sqrt(math.pi)


def _of_floats(name: str, function: Callable, vjp=None, **options) -> Op:
    """A special function of real numbers; NumPy's scalars become arrays on the way."""
    return unary(
        name,
        lambda x: function(np.asarray(x)),
        vjp,
        floating=True,
        supports="bif",
        **options,
    )


erf = _of_floats("erf", numeric.erf, lambda g, x: g * (exp(-(x * x)) * (2 / _ROOT_PI)))
erfc = _of_floats("erfc", numeric.erfc, lambda g, x: g * (exp(-(x * x)) * (-2 / _ROOT_PI)))
erfinv = _of_floats("erfinv", numeric.erfinv, lambda g, out: g * (exp(out * out) * (_ROOT_PI / 2)))
erfcx = _of_floats(
    "special_erfcx", numeric.erfcx, lambda g, x, out: g * (x * out * 2 - 2 / _ROOT_PI)
)


def _ndtr(x):
    """As PyTorch composes it, in which 16-bit floats round at every step."""
    scaled = x * x.dtype.type(math.sqrt(0.5))
    error = numeric.erf(wide(np.asarray(scaled))).astype(x.dtype)
    return (1 + error) * x.dtype.type(0.5)


ndtr = unary(
    "special_ndtr",
    _ndtr,
    lambda g, x: g * (exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))),
    floating=True,
    supports="bif",
    widen=False,
    grad_name="MulBackward1",
)
ndtri = _of_floats(
    "special_ndtri",
    numeric.ndtri,
    lambda g, out: g * (exp(out * out * 0.5) * math.sqrt(2 * math.pi)),
)
log_ndtr = _of_floats(
    "special_log_ndtr",
    numeric.log_ndtr,
    lambda g, x: g / erfcx(x * -math.sqrt(0.5)) * math.sqrt(2 / math.pi),
)
lgamma = _of_floats("lgamma", numeric.lgamma, lambda g, x: g * digamma(x), kernel="lgamma_cpu")
digamma = _of_floats("digamma", numeric.digamma, lambda g, x: g * polygamma(x, 1), kernel="digamma")
polygamma = elementwise(
    "polygamma",
    lambda x, n: numeric.polygamma(n, np.asarray(x)),
    names=("x",),
    attrs=("n",),
    vjp=lambda g, x, n: g * polygamma(x, n + 1),
    floating=True,
    supports="bif",
)


def _d_mvlgamma(g, x, p):
    total = digamma(x)
    for i in range(1, p):
        total = total + digamma(x - i / 2)
    return g * total


mvlgamma = elementwise(
    "mvlgamma",
    lambda x, p: numeric.mvlgamma(np.asarray(x), p),
    names=("x",),
    attrs=("p",),
    vjp=_d_mvlgamma,
    floating=True,
    supports="bif",
)


def _d_gamma_density(g, a, b):
    return g * exp((a - 1) * log(b) - b - lgamma(a))


igamma = binary(
    "igamma",
    numeric.igamma,
    (not_differentiable("igamma: input"), _d_gamma_density),
    supports="f",
)
igammac = binary(
    "igammac",
    numeric.igammac,
    (not_differentiable("igammac: input"), lambda g, a, b: -_d_gamma_density(g, a, b)),
    supports="f",
)


def _d_zeta(g, a, b):
    return g * -a * ZETA[0](a + 1, b)


def _zeta_row(number: int) -> Op:
    return binary(
        "special_zeta" if number == 0 else f"special_zeta_{number}",
        numeric.zeta,
        (not_differentiable("special_zeta"), _d_zeta),
        prepare=promote_float,
        supports="f",
        grad_name=f"SpecialZetaBackward{number}",
    )


# By the forms of the operands: two tensors, a number first, a number second.
ZETA = tuple(_zeta_row(n) for n in range(3))

i0 = _of_floats("i0", numeric.i0, lambda g, x: g * i1(x))
i0e = _of_floats("special_i0e", numeric.i0e, lambda g, x, out: g * (i1e(x) - sgn(x) * out))


def _d_i1(g, x, out):
    return g * where(eq(x, 0), 0.5, i0(x) - out / where(eq(x, 0), 1.0, x))


def _d_i1e(g, x, out):
    inverse = 1 / where(eq(x, 0), 1.0, x)
    return g * where(eq(x, 0), 0.5, i0e(x) - out * (sgn(x) + inverse))


i1 = _of_floats("special_i1", numeric.i1, _d_i1)
i1e = _of_floats("special_i1e", numeric.i1e, _d_i1e)


def _d_sinc(g, x):
    from_zero = eq(x, 0)
    safe = where(from_zero, 1.0, x)
    scaled = safe * math.pi
    slope = (scaled * cos(scaled) - sin(scaled)) / (safe * scaled)
    return g * conj(where(from_zero, 0.0, slope))


sinc = unary("sinc", lambda x: numeric.sinc(np.asarray(x)), _d_sinc, floating=True)


# PyTorch records no gradient for these.
BESSEL = {
    name: _of_floats(f"special_{name}", getattr(numeric, name))
    for name in (
        "airy_ai",
        "bessel_j0",
        "bessel_j1",
        "bessel_y0",
        "bessel_y1",
        "modified_bessel_i0",
        "modified_bessel_i1",
        "modified_bessel_k0",
        "modified_bessel_k1",
        "scaled_modified_bessel_k0",
        "scaled_modified_bessel_k1",
        "spherical_bessel_j0",
    )
}
POLYNOMIALS = {
    name: binary(f"special_{name}", getattr(numeric, name), prepare=promote_float, supports="f")
    for name in (
        "chebyshev_polynomial_t",
        "chebyshev_polynomial_u",
        "chebyshev_polynomial_v",
        "chebyshev_polynomial_w",
        "hermite_polynomial_h",
        "hermite_polynomial_he",
        "laguerre_polynomial_l",
        "legendre_polynomial_p",
        "shifted_chebyshev_polynomial_t",
        "shifted_chebyshev_polynomial_u",
        "shifted_chebyshev_polynomial_v",
        "shifted_chebyshev_polynomial_w",
    )
}
