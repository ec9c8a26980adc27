"""`gradcheck`: derivatives by formula against derivatives by small differences.

Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..config import config
from ..dtypes import complex128, float64
from ..tensor import Tensor, from_numpy, zeros_like
from ..tensor.modes import modes
from .backward import grad
from .grad_mode import enable_grad


class GradcheckError(RuntimeError):
    """Raised by `gradcheck` and `gradgradcheck`."""


def _tuple(x: Any) -> tuple:
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def _differentiable(outputs: Any) -> tuple[Tensor, ...]:
    return tuple(o for o in _tuple(outputs) if isinstance(o, Tensor) and o.requires_grad)


def gradcheck(
    func: Callable,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the gradients of `func` agree with central differences (True, or GradcheckError).

    `fast_mode` compares one random projection instead of the whole Jacobian.
    """
    for name, wanted in (
        ("check_batched_grad", check_batched_grad),
        ("check_batched_forward_grad", check_batched_forward_grad),
        ("check_forward_ad", check_forward_ad),
        ("masked", masked),
    ):
        if wanted:
            raise NotImplementedError(f"gradcheck: argument '{name}' is not implemented")
    try:
        with config.one_executor():
            _check(func, _tuple(inputs), eps, atol, rtol, nondet_tol, check_grad_dtypes, fast_mode)
            if check_undefined_grad:
                _check_undefined(func, _tuple(inputs))
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check(func, inputs, eps, atol, rtol, nondet_tol, check_dtypes, fast) -> None:
    wanted = [t for t in inputs if isinstance(t, Tensor) and t.requires_grad]
    if not wanted:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them "
            "have "
            "requires_grad=True."
        )
    for i, t in enumerate(inputs):
        if isinstance(t, Tensor) and t.requires_grad and t.dtype not in (float64, complex128):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or "
                "complex. "
                "This check will likely fail if all the inputs are not of double precision "
                "floating "
                "point or complex. ",
                stacklevel=3,
            )
    outputs = _differentiable(func(*inputs))
    if not outputs:
        _check_constant(func, inputs, wanted, eps)
    for k, output in enumerate(outputs):
        for i, t in enumerate(wanted):
            _compare(
                func,
                inputs,
                wanted,
                i,
                k,
                output,
                t,
                eps,
                atol,
                rtol,
                nondet_tol,
                check_dtypes,
                fast,
            )


def _check_constant(func, inputs, wanted, eps) -> None:
    for i in range(len(wanted)):
        for k in range(len(_tuple(func(*inputs)))):
            if np.any(_numerical(func, inputs, wanted[i], k, eps, only_differentiable=False) != 0):
                raise GradcheckError("Numerical gradient for function expected to be zero")


def _compare(
    func, inputs, wanted, i, k, output, t, eps, atol, rtol, nondet_tol, check_dtypes, fast
):
    numerical = _numerical(func, inputs, t, k, eps)
    analytical = _analytical(output, t, check_dtypes)
    again = _analytical(output, t, False)
    if np.max(np.abs(analytical - again), initial=0.0) > nondet_tol:
        raise GradcheckError(
            "Backward is not reentrant, i.e., running backward with same input and grad_output "
            "multiple "
            "times gives different values, although analytical gradient matches numerical gradient."
            f"The tolerance for nondeterminism was {nondet_tol}."
        )
    if fast:
        weights = np.random.default_rng(0).random(analytical.shape)
        numerical, analytical = np.sum(numerical * weights), np.sum(analytical * weights)
    if not np.allclose(analytical, numerical, rtol, atol, equal_nan=True):
        raise GradcheckError(
            f"Jacobian mismatch for output {k} with respect to input {i},\n"
            f"numerical:{numerical}\nanalytical:{analytical}\n"
        )


def _parts(array: np.ndarray) -> list[complex | float]:
    return [1.0, 1j] if array.dtype.kind == "c" else [1.0]


def _numerical(func, inputs, t, k, eps, only_differentiable=True) -> np.ndarray:
    """d outputs / d real parameters of t by central differences: (parameters, output size)."""
    base = np.array(t._array())
    rows = []
    for at in np.ndindex(base.shape):
        for unit in _parts(base):
            low, high = (
                _evaluate(func, inputs, t, base, at, sign * eps * unit, k, only_differentiable)
                for sign in (-1, 1)
            )
            rows.append((high - low) / (2 * eps))
    return np.array(rows)


def _evaluate(func, inputs, t, base, at, step, k, only_differentiable) -> np.ndarray:
    moved = base.copy()
    moved[at] += step
    given = [from_numpy(moved).requires_grad_(t.requires_grad) if x is t else x for x in inputs]
    with enable_grad():
        made = func(*given)
    made = _differentiable(made) if only_differentiable else _tuple(made)
    return np.array(made[k].detach()._array()).reshape(-1)


def _analytical(output: Tensor, t: Tensor, check_dtypes: bool) -> np.ndarray:
    """The same Jacobian from backward passes, one per real degree of freedom of the output."""
    shape = tuple(output.shape)
    count = int(np.prod(shape))
    complex_in, complex_out = t.dtype.is_complex, output.dtype.is_complex
    parameters = t.numel() * (2 if complex_in else 1)
    table = np.zeros((parameters, count), np.complex128 if complex_out else np.float64)
    for j in range(count):
        for unit in (1.0, 1j) if complex_out else (1.0,):
            seed = np.zeros(count, output.dtype.numpy)
            seed[j] = unit
            (g,) = grad(
                output, t, from_numpy(seed.reshape(shape)), retain_graph=True, allow_unused=True
            )
            if g is None:
                continue
            if check_dtypes and g.dtype is not t.dtype:
                raise GradcheckError("Gradient has dtype mismatch")
            flat = np.array(g._array()).reshape(-1)
            row = np.stack([flat.real, flat.imag], 1).reshape(-1) if complex_in else flat
            table[:, j] += row * (unit if complex_out else 1.0)
    return table


def _check_undefined(func: Callable, inputs: tuple) -> None:
    """Backward must accept missing gradients for some of several outputs."""
    outputs = _differentiable(func(*inputs))
    if len(outputs) < 2:
        return
    wanted = [t for t in inputs if isinstance(t, Tensor) and t.requires_grad]
    for one in outputs:
        grad(one, wanted, zeros_like(one), retain_graph=True, allow_unused=True)


def gradgradcheck(
    func: Callable,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether second derivatives agree with differences of the first ones."""
    if check_fwd_over_rev:
        raise NotImplementedError("gradgradcheck: argument 'check_fwd_over_rev' is not implemented")
    inputs = _tuple(inputs)
    outputs = _differentiable(func(*inputs))
    if grad_outputs is None:
        random = np.random.default_rng(0)
        seeds = tuple(
            from_numpy(
                random.standard_normal(tuple(o.shape)).astype(o.dtype.numpy)
            ).requires_grad_()
            for o in outputs
        )
    else:
        seeds = _tuple(grad_outputs)
    count = len(inputs)

    def first(*args: Any) -> tuple:
        given, weights = args[:count], args[count:]
        made = _differentiable(func(*given))
        wanted = [x for x in given if isinstance(x, Tensor) and x.requires_grad]
        previous, modes.grad = modes.grad, True
        try:
            found = grad(made, wanted, weights, create_graph=True, allow_unused=True)
        finally:
            modes.grad = previous
        return tuple(g for g in found if g is not None)

    return gradcheck(
        first,
        inputs + seeds,
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        fast_mode=fast_mode,
    )
