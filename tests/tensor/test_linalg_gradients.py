"""First and second derivatives of linear algebra on complex matrices, against differences."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import loxley as torch
from loxley.autograd import gradcheck, gradgradcheck


def _sizes(tensors: tuple) -> tuple:
    """What of a decomposition does not depend on the phases of its vectors."""
    return tuple(t.abs() for t in tensors)


def _random(*shape: int) -> torch.Tensor:
    torch.manual_seed(sum(shape))
    return torch.randn(shape, dtype=torch.complex128, requires_grad=True)


_L = torch.linalg
CASES: dict[str, tuple[Callable, tuple[tuple[int, ...], ...]]] = {
    "inv": (_L.inv, ((2, 2, 2),)),
    "det": (_L.det, ((3, 3),)),
    "slogdet": (lambda a: tuple(_L.slogdet(a)), ((3, 3),)),
    "cholesky": (lambda a: _L.cholesky(a @ a.mH + torch.eye(3)), ((3, 3),)),
    "qr": (lambda a: tuple(_L.qr(a)), ((3, 3),)),
    "qr, wide": (lambda a: tuple(_L.qr(a)), ((2, 3),)),
    "qr, tall": (lambda a: tuple(_L.qr(a)), ((3, 2),)),
    "svd": (lambda a: _sizes(_L.svd(a, full_matrices=False)), ((2, 3),)),
    "svdvals": (_L.svdvals, ((3, 2),)),
    "eigh": (lambda a: _sizes(_L.eigh(a + a.mH)), ((3, 3),)),
    "lu, wide": (lambda a: tuple(_L.lu(a))[1:], ((2, 3),)),
    "lu_factor, tall": (lambda a: _L.lu_factor(a)[0], ((3, 2),)),
    "lu_solve": (
        lambda a, b: _L.lu_solve(*_L.lu_factor(a), b, adjoint=True),
        ((2, 2), (2, 3)),
    ),
    "solve": (_L.solve, ((2, 2), (2, 3))),
    "solve_triangular": (lambda a, b: _L.solve_triangular(a, b, upper=True), ((2, 2), (2, 1))),
    "pinv": (_L.pinv, ((2, 3),)),
    "lstsq": (lambda a, b: _L.lstsq(a, b)[0], ((3, 2), (3, 1))),
    "householder_product": (_L.householder_product, ((3, 2), (2,))),
    "ormqr": (lambda v, tau, x: torch.ormqr(v, tau, x, False, True), ((3, 2), (2,), (2, 3))),
    "matrix_exp": (_L.matrix_exp, ((2, 2),)),
    "nuclear norm": (lambda a: _L.matrix_norm(a, "nuc"), ((2, 3),)),
    "vector norm": (lambda a: _L.vector_norm(a, 3), ((4,),)),
    "logcumsumexp": (lambda a: torch.logcumsumexp(a, 0), ((4, 1),)),
    "cumprod": (lambda a: torch.cumprod(a, 0), ((4, 1),)),
    "prod": (lambda a: torch.prod(a, 0), ((3, 2),)),
    "irfftn": (torch.fft.irfftn, ((3, 3),)),
    "hfft2": (torch.fft.hfft2, ((2, 3),)),
    "renorm": (lambda a: torch.renorm(a, 2, 0, 1.0), ((2, 3),)),
    "vdot": (torch.vdot, ((3,), (3,))),
    "addr": (lambda m, a, b: torch.addr(m, a, b, beta=2j, alpha=1 + 1j), ((2, 3), (2,), (3,))),
    "var_mean": (lambda a: torch.var_mean(a, 0), ((3, 2),)),
    "cov": (torch.cov, ((2, 4),)),
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives_are_those_of_differences(name: str) -> None:
    function, shapes = CASES[name]
    inputs = tuple(_random(*shape) for shape in shapes)
    assert gradcheck(function, inputs)
    assert gradgradcheck(function, inputs)
