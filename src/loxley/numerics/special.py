"""PyTorch's special functions on NumPy arrays, under PyTorch's names; one file per family.

In: float32 or float64 arrays (the caller widens float16 and bfloat16), complex ones where the
function's docstring says so.  Out: arrays of the broadcast shape and common dtype; every function
of arrays alone takes `out=`.  float64 results are good to about 1e-13, float32 ones are rounded
from float64 except in `activations`, `elementary`, `orthogonal` and float32 `erf`.
"""

from __future__ import annotations

from .activations import gelu, gelu_backward, silu, silu_backward
from .airy import airy_ai
from .bessel import (
    bessel_j0,
    bessel_j1,
    bessel_y0,
    bessel_y1,
    i0,
    i0e,
    i1,
    i1e,
    modified_bessel_i0,
    modified_bessel_i1,
    modified_bessel_k0,
    modified_bessel_k1,
    scaled_modified_bessel_k0,
    scaled_modified_bessel_k1,
    spherical_bessel_j0,
)
from .elementary import (
    entr,
    expit,
    frexp,
    ldexp,
    logaddexp,
    logaddexp2,
    logit,
    nextafter,
    sign,
    sinc,
    xlog1py,
    xlogy,
)
from .error_functions import erf, erfc, erfcx, erfinv, log_ndtr, ndtr, ndtri
from .gamma import digamma, lgamma, multigammaln, mvlgamma, polygamma, zeta
from .incomplete_gamma import gammainc, gammaincc, igamma, igammac
from .orthogonal import (
    chebyshev_polynomial_t,
    chebyshev_polynomial_u,
    chebyshev_polynomial_v,
    chebyshev_polynomial_w,
    hermite_polynomial_h,
    hermite_polynomial_he,
    laguerre_polynomial_l,
    legendre_polynomial_p,
    shifted_chebyshev_polynomial_t,
    shifted_chebyshev_polynomial_u,
    shifted_chebyshev_polynomial_v,
    shifted_chebyshev_polynomial_w,
)

__all__ = [
    "airy_ai",
    "bessel_j0",
    "bessel_j1",
    "bessel_y0",
    "bessel_y1",
    "chebyshev_polynomial_t",
    "chebyshev_polynomial_u",
    "chebyshev_polynomial_v",
    "chebyshev_polynomial_w",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcx",
    "erfinv",
    "expit",
    "frexp",
    "gammainc",
    "gammaincc",
    "gelu",
    "gelu_backward",
    "hermite_polynomial_h",
    "hermite_polynomial_he",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "igamma",
    "igammac",
    "laguerre_polynomial_l",
    "ldexp",
    "legendre_polynomial_p",
    "lgamma",
    "log_ndtr",
    "logaddexp",
    "logaddexp2",
    "logit",
    "modified_bessel_i0",
    "modified_bessel_i1",
    "modified_bessel_k0",
    "modified_bessel_k1",
    "multigammaln",
    "mvlgamma",
    "ndtr",
    "ndtri",
    "nextafter",
    "polygamma",
    "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1",
    "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u",
    "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w",
    "silu",
    "silu_backward",
    "sign",
    "sinc",
    "spherical_bessel_j0",
    "xlog1py",
    "xlogy",
    "zeta",
]
