"""Functions of linear algebra that PyTorch has removed: they say what to call instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from .api import public
from .tensor import Tensor

_SINCE = "This function was deprecated since version 1.9 and is now removed."
_ADVICE = {
    "solve": (
        " `torch.solve` is deprecated in favor of `torch.linalg.solve`. `torch.linalg.solve` has "
        "its "
        "arguments reversed and does not return the LU factorization.\n\nTo get the LU "
        "factorization "
        "see `torch.lu`, which can be used with `torch.lu_solve` or `torch.lu_unpack`.\nX = "
        "torch.solve(B, A).solution should be replaced with:\nX = torch.linalg.solve(A, B)"
    ),
    "lstsq": (
        " `torch.lstsq` is deprecated in favor of `torch.linalg.lstsq`.\n`torch.linalg.lstsq` has "
        "reversed arguments and does not return the QR decomposition in the returned tuple "
        "(although "
        "it returns other information about the problem).\n\nTo get the QR decomposition consider "
        "using `torch.linalg.qr`.\n\nThe returned solution in `torch.lstsq` stored the residuals "
        "of "
        "the solution in the last m - n columns of the returned value whenever m > n. In "
        "torch.linalg.lstsq, the residuals are in the field 'residuals' of the returned named "
        "tuple."
        "\n\nThe unpacking of the solution, as in\nX, _ = torch.lstsq(B, A).solution[:A.size(1)]\n"
        "should be replaced with:\nX = torch.linalg.lstsq(A, B).solution"
    ),
    "eig": (
        " `torch.linalg.eig` returns complex tensors of dtype `cfloat` or `cdouble` rather than "
        "real "
        "tensors mimicking complex tensors.\n\nL, _ = torch.eig(A) should be replaced with:\n"
        "L_complex = torch.linalg.eigvals(A)\n\nand\n\nL, V = torch.eig(A, eigenvectors=True) "
        "should "
        "be replaced with:\nL_complex, V_complex = torch.linalg.eig(A)"
    ),
    "symeig": (
        " The default behavior has changed from using the upper triangular portion of the matrix "
        "by "
        "default to using the lower triangular portion.\n\nL, _ = torch.symeig(A, upper=upper) "
        "should "
        "be replaced with:\nL = torch.linalg.eigvalsh(A, UPLO='U' if upper else 'L')\n\nand\n\nL, "
        "V = "
        "torch.symeig(A, eigenvectors=True) should be replaced with:\nL, V = torch.linalg.eigh(A, "
        "UPLO='U' if upper else 'L')"
    ),
    "matrix_rank": (
        "\nPlease use the `torch.linalg.matrix_rank` function instead. The parameter 'symmetric' "
        "was "
        "renamed in `torch.linalg.matrix_rank()` to 'hermitian'."
    ),
}


def _removed(name: str) -> Callable:
    def function(*args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(_SINCE + _ADVICE[name])

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Removed: raises RuntimeError. Source: torch.{name}."
    return public(method=False)(function)


for _name in _ADVICE:
    _removed(_name)


def _method(name: str) -> Callable:
    def two(self: Tensor, other: Any) -> NoReturn:
        raise RuntimeError(_SINCE + _ADVICE[name])

    def one(self: Tensor, eigenvectors: bool = False) -> NoReturn:
        raise RuntimeError(_SINCE + _ADVICE[name])

    made: Any = one if "eig" in name else two
    made.__name__, made.__qualname__ = name, f"Tensor.{name}"
    made.__doc__ = f"Removed: raises RuntimeError. Source: torch.Tensor.{name}."
    return made


for _name in ("solve", "lstsq", "eig", "symeig"):
    setattr(Tensor, _name, _method(_name))
