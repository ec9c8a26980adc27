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
from .forward import new_level, tangent_of, with_tangent
from .grad_mode import enable_grad
from .vmap import vmap


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

    `fast_mode` compares one random projection instead of the whole Jacobian (in reverse mode).
    ValueError where forward mode or batched gradients are asked for without what they rest on.
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError(
            "Expected at least one of check_forward_ad or check_backward_ad to be True"
        )
    if check_batched_grad and not check_backward_ad:
        raise AssertionError(
            "Setting check_batched_grad=True requires check_backward_ad to be True"
        )
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError(
            "Setting check_batched_forward_grad=True requires check_forward_ad to be True"
        )
    for name, wanted in (("masked", masked),):
        if wanted:
            raise NotImplementedError(f"gradcheck: argument '{name}' is not implemented")
    try:
        with config.one_executor():
            given = _tuple(inputs)
            if check_backward_ad:
                _check(func, given, eps, atol, rtol, nondet_tol, check_grad_dtypes, fast_mode)
                if check_undefined_grad:
                    _check_undefined(func, given)
            if check_forward_ad:
                _check_forward(func, given, eps, atol, rtol)
            if check_batched_forward_grad:
                _check_batched_forward(func, given)
            if check_batched_grad:
                _check_batched(func, given)
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


def _wanted(inputs: tuple) -> list[Tensor]:
    return [t for t in inputs if isinstance(t, Tensor) and t.requires_grad]


def _along(func: Callable, inputs: tuple, t: Tensor, direction: Tensor) -> list[Tensor]:
    """The tangents of the results, `t` alone being moved."""
    with new_level() as level:
        given = [with_tangent(x, direction, level) if x is t else x for x in inputs]
        outs = [o for o in _tuple(func(*given)) if isinstance(o, Tensor)]
        outs = [o for o in outs if o.is_floating_point() or o.is_complex()]
        found = [tangent_of(o, level) for o in outs]
    return [zeros_like(o).detach() if g is None else g.detach() for o, g in zip(outs, found)]


def _check_forward(func: Callable, inputs: tuple, eps: float, atol: float, rtol: float) -> None:
    """Tangents along every element against central differences."""
    for i, t in enumerate(_wanted(inputs)):
        rows: list[list[np.ndarray]] = []
        base = np.array(t._array())
        for at in np.ndindex(base.shape):
            for unit in _parts(base):
                direction = np.zeros_like(base)
                direction[at] = unit
                made = _along(func, inputs, t, from_numpy(direction))
                rows.append([np.array(o._array()).reshape(-1) for o in made])
        for k, column in enumerate(zip(*rows)):
            numerical = _numerical(func, inputs, t, k, eps, only_differentiable=False)
            if not np.allclose(np.array(column), numerical, rtol, atol, equal_nan=True):
                raise GradcheckError(
                    f"Jacobian computed with forward mode mismatch for output {k} with respect to "
                    f"input {i},\nnumerical:{numerical}\nanalytical:{np.array(column)}\n"
                )


def _agree(made: list, expected: list, how: str) -> None:
    for one, rows in zip(made, expected):
        if not np.allclose(one._array(), np.stack([r._array() for r in rows]), equal_nan=True):
            raise GradcheckError(
                f"While attempting to check the result of batched {how}-mode AD, found a mismatch "
                "between vmap and the same computation slice by slice"
            )


def _check_batched_forward(func: Callable, inputs: tuple) -> None:
    """Tangents by `vmap` over two directions against those of each alone."""
    random = np.random.default_rng(0)
    for t in _wanted(inputs):
        pair = random.standard_normal((2, *t.shape)).astype(t.dtype.numpy)
        expected = [_along(func, inputs, t, from_numpy(d)) for d in pair]
        made = vmap(lambda d, t=t: tuple(_along(func, inputs, t, d)))(from_numpy(pair))
        _agree(list(made), list(zip(*expected)), "forward")


def _check_batched(func: Callable, inputs: tuple) -> None:
    """Gradients by `vmap` over two cotangents against those of each alone."""
    random = np.random.default_rng(0)
    wanted = _wanted(inputs)
    for output in _differentiable(func(*inputs)):
        pair = random.standard_normal((2, *output.shape)).astype(output.dtype.numpy)

        def pulled(seed: Tensor, output: Tensor = output) -> tuple:
            found = grad(output, wanted, seed, retain_graph=True, allow_unused=True)
            return tuple(zeros_like(t).detach() if g is None else g for g, t in zip(found, wanted))

        expected = [pulled(from_numpy(seed)) for seed in pair]
        _agree(list(vmap(pulled)(from_numpy(pair))), list(zip(*expected)), "reverse")


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
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
    )
