"""`torch.func`: functions of functions, by reverse-mode differentiation.

In: a function of tensors (or dicts, lists and tuples of them). Out: a function.
`vmap` is not there: it raises NotImplementedError.
Source: https://docs.pytorch.org/docs/stable/func.api.html
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NoReturn

from . import autograd
from .autograd import enable_grad
from .autograd.functional import jacobian
from .autograd.functional import jvp as _jvp
from .nn.modules.module import Module
from .nn.utils.functional_call import functional_call
from .tensor import Tensor, stack

__all__ = [
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "stack_module_state",
    "vjp",
    "vmap",
]


def _map(tree: Any, change: Callable[[Tensor], Any]) -> Any:
    """The same dicts, lists and tuples with every tensor changed, in order."""
    if isinstance(tree, Tensor):
        return change(tree)
    if isinstance(tree, dict):
        return type(tree)((key, _map(value, change)) for key, value in tree.items())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(_map(value, change) for value in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(_map(value, change) for value in tree)
    return tree


def _leaves(tree: Any) -> list[Tensor]:
    found: list[Tensor] = []
    _map(tree, found.append)
    return found


def _tracked(t: Tensor) -> Tensor:
    """A tensor of its own in the graph: outer derivatives go through it."""
    return t.view_as(t) if t.requires_grad else t.detach().requires_grad_()


def _positions(argnums: int | tuple[int, ...], args: tuple) -> tuple[int, ...]:
    chosen = argnums if isinstance(argnums, tuple) else (argnums,)
    for position in chosen:
        if not -len(args) <= position < len(args):
            raise RuntimeError(f"Got argnum={position}, but only {len(args)} positional inputs")
    return tuple(position % len(args) for position in chosen)


def _zeros_for_none(found: Any, inputs: list[Tensor]) -> list[Tensor]:
    return [x.new_zeros(x.shape) if g is None else g for g, x in zip(found, inputs)]


def _gradients(output: Tensor, inputs: list[Tensor], seed: Any, outer: bool) -> list[Tensor]:
    if not output.requires_grad or not inputs:
        return [x.new_zeros(x.shape) for x in inputs]
    found = autograd.grad(
        output, inputs, seed, create_graph=outer, retain_graph=True, allow_unused=True
    )
    return _zeros_for_none(found, inputs)


def grad_and_value(
    func: Callable, argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable:
    """A function giving (gradient, value), or (gradient, (value, aux)) with `has_aux`.

    RuntimeError unless `func` gives one number. Source: torch.func.grad_and_value.
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        places = _positions(argnums, args)
        with enable_grad():
            given = [_map(a, _tracked) if i in places else a for i, a in enumerate(args)]
            result = func(*given, **kwargs)
            output, aux = result if has_aux else (result, None)
            _check_scalar(output)
            chosen = tuple(given[i] for i in places)
            found = iter(_gradients(output, _leaves(chosen), None, True))
        shown = _shown(_leaves(given))
        gradients = tuple(_map(tree, lambda _: shown(next(found))) for tree in chosen)
        gradient = gradients if isinstance(argnums, tuple) else gradients[0]
        value, aux = _map(output, shown), _map(aux, shown)
        return gradient, (value, aux) if has_aux else value

    return wrapper


def _shown(own: list[Tensor]) -> Callable[[Tensor], Tensor]:
    """Results that depend on no tensor that is tracked outside come without a graph."""
    ids = {id(t) for t in own if t.is_leaf}

    def show(t: Tensor) -> Tensor:
        return t if t.requires_grad and _reaches_others(t, ids) else t.detach()

    return show


def _reaches_others(t: Tensor, own: set[int]) -> bool:
    if t.grad_fn is None:
        return id(t) not in own
    seen, waiting = set(), [t.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if hasattr(node, "variable") and id(node.variable) not in own:
            return True
        waiting.extend(following for following, _ in node.next_functions)
    return False


def _check_scalar(output: Any) -> None:
    if not isinstance(output, Tensor):
        raise RuntimeError(
            f"grad_and_value(f)(*args): Expected f(*args) to return a tensor, got {type(output)}"
        )
    if output.dim() != 0:
        raise RuntimeError(
            "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor "
            f"with {output.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
        )


def grad(func: Callable, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable:
    """A function giving the gradient of `func`, or (gradient, aux). Source: torch.func.grad."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return wrapper


def vjp(func: Callable, *primals: Any, has_aux: bool = False) -> tuple:
    """(output, vjp_fn[, aux]): `vjp_fn(cotangents)` gives a gradient per primal.

    Source: torch.func.vjp.
    """
    with enable_grad():
        given = tuple(_map(p, _tracked) for p in primals)
        result = func(*given)
    output, aux = result if has_aux else (result, None)

    def vjp_fn(*cotangents: Any) -> tuple:
        seeds = _leaves(cotangents)
        outputs, inputs = _leaves(output), _leaves(given)
        if len(seeds) != len(outputs):
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of "
                "outputs to the function."
            )
        reached = [(o, s) for o, s in zip(outputs, seeds) if o.requires_grad]
        if not reached:
            found = iter([x.new_zeros(x.shape) for x in inputs])
        else:
            tensors, starts = zip(*reached)
            options = {"retain_graph": True, "create_graph": True, "allow_unused": True}
            found = iter(_zeros_for_none(autograd.grad(tensors, inputs, starts, **options), inputs))
        shown = _shown(_leaves(given))
        return tuple(_map(tree, lambda _: shown(next(found))) for tree in given)

    shown = _shown(_leaves(given))
    return (_map(output, shown), vjp_fn, aux) if has_aux else (_map(output, shown), vjp_fn)


def jvp(
    func: Callable, primals: tuple, tangents: tuple, *, strict: bool = False, has_aux: bool = False
) -> tuple:
    """(output, derivative along `tangents`). Source: torch.func.jvp."""
    if has_aux:
        raise NotImplementedError("torch.func.jvp: argument 'has_aux' is not implemented")
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple):
        raise RuntimeError("jvp(f, primals, tangents): Expected primals and tangents to be tuples")
    return _jvp(func, primals, tangents, strict=strict)


def jacrev(
    func: Callable,
    argnums: int | tuple[int, ...] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable:
    """A function giving the derivative of each output element by each input element.

    `chunk_size` bounds the memory only in PyTorch: rows are computed one by one here.
    Source: torch.func.jacrev.
    """
    if has_aux:
        raise NotImplementedError("torch.func.jacrev: argument 'has_aux' is not implemented")

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        places = _positions(argnums, args)

        def of_chosen(*chosen: Tensor) -> Any:
            given = list(args)
            for place, value in zip(places, chosen):
                given[place] = value
            return func(*given, **kwargs)

        chosen = tuple(args[place] for place in places)
        if not all(isinstance(value, Tensor) for value in chosen):
            raise NotImplementedError("torch.func.jacrev: inputs that are not tensors")
        outer = any(t.requires_grad for t in chosen)
        found = jacobian(of_chosen, chosen, create_graph=outer)
        if isinstance(argnums, tuple):
            return found
        several = isinstance(found[0], tuple)
        return tuple(row[0] for row in found) if several else found[0]

    return wrapper


def jacfwd(
    func: Callable,
    argnums: int | tuple[int, ...] = 0,
    has_aux: bool = False,
    *,
    chunk_size: int | None = None,
    randomness: str = "error",
) -> Callable:
    """As `jacrev`: both give the same numbers, by another way. Source: torch.func.jacfwd."""
    if has_aux:
        raise NotImplementedError("torch.func.jacfwd: argument 'has_aux' is not implemented")
    if randomness != "error":
        raise NotImplementedError("torch.func.jacfwd: argument 'randomness' is not implemented")
    return jacrev(func, argnums, chunk_size=chunk_size)


def hessian(func: Callable, argnums: int = 0) -> Callable:
    """A function giving the second derivatives of `func`. Source: torch.func.hessian."""
    if not isinstance(argnums, int):
        raise NotImplementedError("torch.func.hessian: several argnums are not implemented")

    @functools.wraps(func)
    def wrapper(*args: Any) -> Any:
        (place,) = _positions(argnums, args)

        def of_one(x: Tensor) -> Any:
            return func(*args[:place], x, *args[place + 1 :])

        def first(x: Tensor) -> Tensor:
            return jacobian(of_one, x, create_graph=True)

        return jacobian(first, args[place], create_graph=args[place].requires_grad)

    return wrapper


def stack_module_state(models: list[Module]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """(parameters, buffers) of equal modules, stacked. Source: torch.func.stack_module_state."""
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({model.training for model in models}) > 1:
        raise RuntimeError(
            "stack_module_state: Expected all models to have the same training/eval mode."
        )
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")

    def stacked(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        made = {}
        for name, one in states[0].items():
            joined = stack([state[name].detach() for state in states])
            made[name] = joined.requires_grad_(one.requires_grad)
        return made

    parameters = stacked([dict(model.named_parameters()) for model in models])
    return parameters, stacked([dict(model.named_buffers()) for model in models])


def vmap(*args: Any, **kwargs: Any) -> NoReturn:
    """Not here: write the batch dimension out."""
    raise NotImplementedError("torch.func.vmap is not implemented")
