"""`torch.autograd.functional`: jacobians, hessians and their products by repeated backward passes.

Source: https://docs.pytorch.org/docs/stable/autograd.html#functional-higher-level-api
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tensor import Tensor, cat, eye, reshape
from .backward import grad
from .forward import new_level, tangent_of, with_tangent
from .grad_mode import enable_grad
from .tracking import tracked
from .vmap import vmap

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
        made.append(tracked(t if create_graph or t._tangents is not None else t.detach()))
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
    if strategy == "forward-mode":
        return _forward_jacobian(func, inputs, create_graph, strict, vectorize)
    if strict and vectorize:
        raise RuntimeError(
            "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not "
            "supported together. Please either set `strict=False` or `vectorize=False`."
        )
    rows = _rows_at_once if vectorize else _rows
    with enable_grad():
        is_tuple, items = _as_tuple(inputs, "inputs", "jacobian")
        items = _fresh(items, create_graph)
        outputs = func(*items)
        out_tuple, outs = _as_tuple(outputs, "outputs", "jacobian")
        table = tuple(rows(o, items, create_graph, strict) for o in outs)
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


def _identity(t: Tensor) -> Tensor:
    """One direction per element: (elements, *shape)."""
    count = t.numel()
    return eye(count, dtype=t.dtype).reshape((count, *t.shape))


def _rows_at_once(output: Tensor, inputs: tuple, create_graph: bool, strict: bool) -> tuple:
    """As `_rows`, by one batched backward pass."""
    if not output.requires_grad or not output.numel():
        return tuple(t.new_zeros((*output.shape, *t.shape)) for t in inputs)
    options: dict[str, Any] = {"retain_graph": True, "create_graph": create_graph}
    options |= {"allow_unused": True, "is_grads_batched": True}
    found = grad(output, inputs, _identity(output), **options)
    return tuple(
        t.new_zeros((*output.shape, *t.shape)) if g is None else g.reshape(*output.shape, *t.shape)
        for g, t in zip(found, inputs)
    )


def _forward_jacobian(
    func: Callable, inputs: Any, create_graph: bool, strict: bool, vectorize: bool
) -> Any:
    """Columns by forward mode, all at once."""
    if strict:
        raise RuntimeError(
            'torch.autograd.functional.jacobian: `strict=True` and `strategy="forward-mode"` are '
            "not supported together (yet). Please either set `strict=False` or "
            '`strategy="reverse-mode"`.'
        )
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly "
            "implemented for `vectorize=True`."
        )
    if create_graph:
        raise NotImplementedError(
            "torch.autograd.functional.jacobian: `create_graph=True` and "
            '`strategy="forward-mode"` are not supported together (yet). Please either set '
            '`create_graph=False` or `strategy="reverse-mode"`.'
        )
    is_tuple, items = _as_tuple(inputs, "inputs", "jacobian")
    columns, shapes, out_tuple = [], [], False
    for i, x in enumerate(items):

        def push(direction: Tensor, i: int = i, x: Tensor = x) -> tuple:
            nonlocal out_tuple, shapes
            with new_level() as level:
                dual = with_tangent(x, direction, level)
                outputs = func(*items[:i], dual, *items[i + 1 :])
                out_tuple, outs = _as_tuple(outputs, "outputs", "jacobian")
                shapes = [o.shape for o in outs]
                found = [tangent_of(o, level) for o in outs]
            return tuple(o.new_zeros(o.shape) if t is None else t for t, o in zip(found, outs))

        columns.append(vmap(push, out_dims=-1)(_identity(x)))
    table = [  # lists, as PyTorch gives them here alone
        [column[k].reshape(*shape, *x.shape) for column, x in zip(columns, items)]
        for k, shape in enumerate(shapes)
    ]
    made = table if is_tuple else tuple(row[0] for row in table)
    return made if out_tuple else made[0]


def hessian(
    func: Callable,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """All second derivatives of a scalar function. Source: torch.autograd.functional.hessian."""
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "reverse-mode" or "forward-mode".')
    is_tuple, items = _as_tuple(inputs, "inputs", "hessian")
    forward = outer_jacobian_strategy == "forward-mode"

    def gradient(*xs: Tensor) -> Any:
        if forward:  # inputs of their own, so that derivatives of either mode go through them
            xs = tuple(tracked(x) for x in xs)
        found = jacobian(_scalar(func), xs, create_graph=True)
        return found if is_tuple else found[0]

    given = items if is_tuple else items[0]
    return jacobian(gradient, given, create_graph, strict, vectorize, outer_jacobian_strategy)


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
