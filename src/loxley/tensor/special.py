"""The functions of `torch.special`.

Source: https://docs.pytorch.org/docs/stable/special.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ops import elementwise as ops
from . import arithmetic, unary
from .api import write_out
from .arguments import check_tensor, two_operands
from .signatures import checked
from .tensor import Tensor

SPECIAL: dict[str, Callable] = {}


def _declare(name: str, raw: Callable, meaning: str) -> None:
    def function(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
        made = raw(*args, **kwargs)
        return made if out is None else write_out(name, made, out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{meaning} Source: torch.special.{name}."
    SPECIAL[name] = checked(function, f"special_{name}")


def _unary(name: str, op: Any, meaning: str) -> None:
    def raw(input: Tensor) -> Tensor:
        return op(check_tensor(f"special_{name}", input))

    _declare(name, raw, meaning)


_unary("entr", ops.entr, "-x log(x) of each element x.")
_unary("erfcx", ops.erfcx, "exp(x^2) erfc(x) of each element x.")
_unary("i0e", ops.i0e, "The exponentially scaled modified Bessel function of order zero.")
_unary("i1", ops.i1, "The modified Bessel function of the first kind of order one.")
_unary("i1e", ops.i1e, "The exponentially scaled modified Bessel function of order one.")
_unary("ndtr", ops.ndtr, "The normal distribution function.")
_unary("ndtri", ops.ndtri, "The inverse of the normal distribution function.")
_unary("log_ndtr", ops.log_ndtr, "The logarithm of the normal distribution function.")
for _name, _op in ops.BESSEL.items():
    _unary(_name, _op, f"The function {_name.replace('_', ' ')}.")


def _polynomial(name: str, op: Any) -> None:
    def raw(input: Any, n: Any) -> Tensor:
        return op(*two_operands(f"special_{name}", input, n))

    _declare(name, raw, f"The {name.replace('_', ' ')} of degree n.")


for _name, _op in ops.POLYNOMIALS.items():
    _polynomial(_name, _op)


def _xlog1py(input: Any, other: Any) -> Tensor:
    operands = two_operands("special_xlog1py", input, other)
    return arithmetic.forms_of(ops.XLOG1PY, *operands)


def _zeta(input: Any, other: Any) -> Tensor:
    return arithmetic.forms_of(ops.ZETA, *two_operands("special_zeta", input, other))


_declare("xlog1py", _xlog1py, "input log(1 + other), zero where input is zero.")
_declare("zeta", _zeta, "The Hurwitz zeta function.")
_declare("multigammaln", unary.mvlgamma, "The logarithm of the multivariate gamma function.")
# The rest are functions of `torch` under another or the same name.
ALIASES = {
    "digamma": "digamma",
    "erf": "erf",
    "erfc": "erfc",
    "erfinv": "erfinv",
    "exp2": "exp2",
    "expit": "sigmoid",
    "expm1": "expm1",
    "gammainc": "igamma",
    "gammaincc": "igammac",
    "gammaln": "lgamma",
    "i0": "i0",
    "log1p": "log1p",
    "log_softmax": "log_softmax",
    "logit": "logit",
    "logsumexp": "logsumexp",
    "polygamma": "polygamma",
    "psi": "digamma",
    "round": "round",
    "sinc": "sinc",
    "softmax": "softmax",
    "xlogy": "xlogy",
}
