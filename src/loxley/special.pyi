# Made by `make stubs` from the running package; changes go into what it is made of.
"""`torch.special`: special functions under the names that SciPy uses."""

from loxley.dtypes import dtype
from loxley.tensor.reduction import Dims
from loxley.tensor.tensor import Tensor
from typing import Any

from loxley.tensor.tensor import Tensor as Tensor

def airy_ai(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The function airy ai. Source: torch.special.airy_ai."""
def bessel_j0(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The function bessel j0. Source: torch.special.bessel_j0."""
def bessel_j1(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The function bessel j1. Source: torch.special.bessel_j1."""
def bessel_y0(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The function bessel y0. Source: torch.special.bessel_y0."""
def bessel_y1(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The function bessel y1. Source: torch.special.bessel_y1."""
def chebyshev_polynomial_t(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The chebyshev polynomial t of degree n. Source: torch.special.chebyshev_polynomial_t."""
def chebyshev_polynomial_u(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The chebyshev polynomial u of degree n. Source: torch.special.chebyshev_polynomial_u."""
def chebyshev_polynomial_v(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The chebyshev polynomial v of degree n. Source: torch.special.chebyshev_polynomial_v."""
def chebyshev_polynomial_w(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The chebyshev polynomial w of degree n. Source: torch.special.chebyshev_polynomial_w."""
def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithmic derivative of the gamma function. Source: torch.digamma."""
def entr(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """-x log(x) of each element x. Source: torch.special.entr."""
def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The error function. Source: torch.erf."""
def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complementary error function. Source: torch.erfc."""
def erfcx(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """exp(x^2) erfc(x) of each element x. Source: torch.special.erfcx."""
def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse error function. Source: torch.erfinv."""
def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Two to the power of each element. Source: torch.exp2."""
def expit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logistic function of each element. Source: torch.sigmoid."""
def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """e to the power of each element, minus one. Source: torch.expm1."""
def gammainc(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The regularized lower incomplete gamma function. Source: torch.igamma."""
def gammaincc(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The regularized upper incomplete gamma function. Source: torch.igammac."""
def gammaln(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the gamma function's magnitude. Source: torch.lgamma."""
def hermite_polynomial_h(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The hermite polynomial h of degree n. Source: torch.special.hermite_polynomial_h."""
def hermite_polynomial_he(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The hermite polynomial he of degree n. Source: torch.special.hermite_polynomial_he."""
def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order zero. Source: torch.i0."""
def i0e(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The exponentially scaled modified Bessel function of order zero. Source: torch.special.i0e."""
def i1(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The modified Bessel function of the first kind of order one. Source: torch.special.i1."""
def i1e(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The exponentially scaled modified Bessel function of order one. Source: torch.special.i1e."""
def laguerre_polynomial_l(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The laguerre polynomial l of degree n. Source: torch.special.laguerre_polynomial_l."""
def legendre_polynomial_p(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The legendre polynomial p of degree n. Source: torch.special.legendre_polynomial_p."""
def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The natural logarithm of one plus each element. Source: torch.log1p."""
def log_ndtr(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The logarithm of the normal distribution function. Source: torch.special.log_ndtr."""
def log_softmax(
    input: Tensor,
    dim: int,
    dtype: dtype | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The logarithm of `softmax`, computed without overflow. Source: torch.log_softmax."""
def logit(
    input: Tensor,
    eps: float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """log(x / (1 - x)), x first clamped to [eps, 1 - eps] if eps is given. Source: torch.logit."""
def logsumexp(
    input: Tensor,
    dim: Dims,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """log(sum(exp(input))) without overflow. Source: torch.logsumexp."""
def modified_bessel_i0(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The function modified bessel i0. Source: torch.special.modified_bessel_i0."""
def modified_bessel_i1(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The function modified bessel i1. Source: torch.special.modified_bessel_i1."""
def modified_bessel_k0(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The function modified bessel k0. Source: torch.special.modified_bessel_k0."""
def modified_bessel_k1(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The function modified bessel k1. Source: torch.special.modified_bessel_k1."""
def multigammaln(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The logarithm of the multivariate gamma function. Source: torch.special.multigammaln."""
def ndtr(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The normal distribution function. Source: torch.special.ndtr."""
def ndtri(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The inverse of the normal distribution function. Source: torch.special.ndtri."""
def polygamma(n: int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The nth derivative of digamma. Source: torch.polygamma."""
def psi(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithmic derivative of the gamma function. Source: torch.digamma."""
def round(
    input: Tensor,
    *,
    decimals: int | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Each element rounded to `decimals` places, halves to even. Source: torch.round."""
def scaled_modified_bessel_k0(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The function scaled modified bessel k0. Source: torch.special.scaled_modified_bessel_k0."""
def scaled_modified_bessel_k1(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The function scaled modified bessel k1. Source: torch.special.scaled_modified_bessel_k1."""
def shifted_chebyshev_polynomial_t(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The shifted chebyshev polynomial t of degree n. Source: torch.special.shifted_chebyshev_polynomial_t."""
def shifted_chebyshev_polynomial_u(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The shifted chebyshev polynomial u of degree n. Source: torch.special.shifted_chebyshev_polynomial_u."""
def shifted_chebyshev_polynomial_v(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The shifted chebyshev polynomial v of degree n. Source: torch.special.shifted_chebyshev_polynomial_v."""
def shifted_chebyshev_polynomial_w(
    *args: Any,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """The shifted chebyshev polynomial w of degree n. Source: torch.special.shifted_chebyshev_polynomial_w."""
def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """sin(pi x) / (pi x) of each element x, one at zero. Source: torch.sinc."""
def softmax(
    input: Tensor,
    dim: int,
    dtype: dtype | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """exp(input) normalized to sum 1 along `dim`. Source: torch.softmax."""
def spherical_bessel_j0(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The function spherical bessel j0. Source: torch.special.spherical_bessel_j0."""
def xlog1py(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """input log(1 + other), zero where input is zero. Source: torch.special.xlog1py."""
def xlogy(
    input: Tensor | int | float | bool | complex,
    other: Tensor | int | float | bool | complex,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """`input * log(other)`, zero where input is zero. Source: torch.xlogy."""
def zeta(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The Hurwitz zeta function. Source: torch.special.zeta."""
