"""`torch.autograd.functional`: jacobians, hessians and their products by repeated backward passes.

Source: https://docs.pytorch.org/docs/stable/autograd.html#functional-higher-level-api
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tensor import Tensor, cat, reshape
from .backward import grad
from .grad_mode import enable_grad
from .tracking import tracked

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def _as_tuple(x: Any, what: str, function: str) -> tuple[bool, tuple[Tensor, ...]]:
    is_tuple = isinstance(x, (tuple, list))
    items = tuple(x) if is_tuple else (x,)
    for i, t in enumerate(items):
        if not isinstance(t, Tensor):
            which = f"the value at index {i}" if is_tuple else f"the given {what}"
            raise TypeError(
                f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but "
                f"{which} has type {type(t)}."
            )
    return is_tuple, items


def _fresh(inputs: tuple[Tensor, ...], create_graph: bool) -> tuple[Tensor, ...]:
    made = []
    for t in inputs:
        made.append(tracked(t if create_graph else t.detach()))
    return tuple(made)


def _shown(result: Any, create_graph: bool) -> Any:
    if isinstance(result, tuple):
        return tuple(_shown(r, create_graph) for r in result)
    return result if create_graph else result.detach()


def _gradients(outputs, inputs, seeds, create_graph, strict, what) -> tuple[Tensor, ...]:
    pairs = [(o, s) for o, s in zip(outputs, seeds) if o.requires_grad]
    if strict and len(pairs) != len(outputs):
        raise RuntimeError(
            "The output of the user-provided function is independent of the input. This is not "
            "allowed "
            f"in strict mode ({what})."
        )
    if not pairs:
        return tuple(t.new_zeros(t.shape) for t in inputs)
    outs, grads = zip(*pairs)
    found = grad(
        outs, inputs, grads, retain_graph=True, create_graph=create_graph, allow_unused=True
    )
    if strict and any(g is None for g in found):
        raise RuntimeError(
            "The output of the user-provided function is independent of an input. This is not "
            "allowed in "
            "strict mode."
        )
    return tuple(t.new_zeros(t.shape) if g is None else g for g, t in zip(found, inputs))


def vjp(
    func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """func(inputs) and v^T J. Source: torch.autograd.functional.vjp."""
    with enable_grad():
        is_tuple, items = _as_tuple(inputs, "inputs", "vjp")
        items = _fresh(items, create_graph)
        outputs = func(*items)
        out_tuple, outs = _as_tuple(outputs, "outputs", "vjp")
        seeds = _seed(v, outs, "vjp", "outputs")
        found = _gradients(outs, items, seeds, create_graph, strict, "vjp")
    result = found if is_tuple else found[0]
    return _shown(outputs, create_graph), _shown(result, create_graph)


def _seed(v: Any, like: tuple[Tensor, ...], function: str, what: str) -> tuple[Tensor, ...]:
    if v is not None:
        return _as_tuple(v, "v", function)[1]
    if len(like) != 1 or like[0].numel() != 1:
        raise RuntimeError(
            "The vector v can only be None if the user-provided function returns a single Tensor "
            "with a "
            "single element."
            if what == "outputs"
            else "The vector v can only be None if the input to the user-provided function is a "
            "single Tensor with a single element."
        )
    return (like[0].new_ones(like[0].shape),)


def jvp(
    func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """func(inputs) and J v, by differentiating the vjp. Source: torch.autograd.functional.jvp."""
    with enable_grad():
        _, items = _as_tuple(inputs, "inputs", "jvp")
        seeds = _seed(v, items, "jvp", "inputs")
        items = _fresh(items, create_graph)
        outputs = func(*items)
        out_tuple, outs = _as_tuple(outputs, "outputs", "jvp")
        zeros = tuple(o.new_zeros(o.shape).requires_grad_(True) for o in outs)
        first = _gradients(outs, items, zeros, True, strict, "jvp")
        found = _gradients(first, zeros, seeds, create_graph, False, "jvp")
    result = found if out_tuple else found[0]
    return _shown(outputs, create_graph), _shown(result, create_graph)


def jacobian(
    func: Callable,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """All partial derivatives: outputs' shape followed by inputs' shape.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.functional.jacobian.html
    """
    if strategy not in ("reverse-mode", "forward-mode"):
        raise AssertionError(
            'Expected strategy to be either "reverse-mode" or "forward-mode". Hint: If your '
            'function has more outputs than inputs, "forward-mode" tends to be more performant. '
            'Otherwise, prefer to use "reverse-mode".'
        )
    with enable_grad():
        is_tuple, items = _as_tuple(inputs, "inputs", "jacobian")
        items = _fresh(items, create_graph)
        outputs = func(*items)
        out_tuple, outs = _as_tuple(outputs, "outputs", "jacobian")
        table = tuple(_rows(o, items, create_graph, strict) for o in outs)
    table = _shown(table, create_graph)
    if not is_tuple:
        table = tuple(row[0] for row in table)
    return table if out_tuple else table[0]


def _rows(output: Tensor, inputs: tuple, create_graph: bool, strict: bool) -> tuple[Tensor, ...]:
    columns: list[list[Tensor]] = [[] for _ in inputs]
    flat = reshape(output, (-1,))
    for i in range(flat.numel()):
        found = _gradients(
            (flat[i],), inputs, (flat.new_ones(()),), create_graph, strict, "jacobian"
        )
        for column, g in zip(columns, found):
            column.append(reshape(g, (1, -1)))
    made = []
    for column, t in zip(columns, inputs):
        shape = tuple(output.shape) + tuple(t.shape)
        if not column:
            made.append(t.new_zeros(shape))
        else:
            made.append(cat(column).reshape(shape))
    return tuple(made)


def hessian(
    func: Callable,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """All second derivatives of a scalar function. Source: torch.autograd.functional.hessian."""
    is_tuple, items = _as_tuple(inputs, "inputs", "hessian")

    def gradient(*xs: Tensor) -> Any:
        found = jacobian(_scalar(func), xs, create_graph=True)
        return found if is_tuple else found[0]

    found = jacobian(gradient, items if is_tuple else items[0], create_graph, strict)
    return found


def _scalar(func: Callable) -> Callable:
    def checked(*xs: Tensor) -> Tensor:
        out = func(*xs)
        if not isinstance(out, Tensor):
            raise RuntimeError("The function given to hessian should return a single Tensor")
        if out.numel() != 1:
            raise RuntimeError(
                "The Tensor returned by the function given to hessian should contain a single "
                "element"
            )
        return out.reshape(())

    return checked


def vhp(
    func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """func(inputs) and v^T H. Source: torch.autograd.functional.vhp."""
    with enable_grad():
        is_tuple, items = _as_tuple(inputs, "inputs", "vhp")
        seeds = _seed(v, items, "vhp", "inputs")
        items = _fresh(items, create_graph)
        output = _scalar(func)(*items)
        first = _gradients((output,), items, (output.new_ones(()),), True, strict, "vhp")
        found = _gradients(first, items, seeds, create_graph, strict, "vhp")
    result = found if is_tuple else found[0]
    return _shown(output, create_graph), _shown(result, create_graph)


def hvp(
    func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """func(inputs) and H v; the Hessian is symmetric. Source: torch.autograd.functional.hvp."""
    return vhp(func, inputs, v, create_graph, strict)
