"""`grad`, `vjp`, `jacrev`: derivatives in reverse mode.

Every transform gives its function inputs of their own in the grad graph.  A result that depends on
nothing that is tracked outside comes without history, and its gradients are computed without a
graph of their own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..autograd.backward import grad as autograd_grad
from ..autograd.grad_mode import enable_grad
from ..autograd.tracking import tracked, transforming
from ..autograd.trees import Tree, flatten, leaves_of, mapped, mapped_tensors
from ..autograd.vmap import vmap
from ..tensor import Tensor
from ..tensor.modes import modes
from .arguments import Argnums, basis, of_chosen, positions, tensors_of


def _own(tree: Any) -> tuple[Any, list[Tensor]]:
    """The tree with inputs in place of its tensors, and these."""
    leaves, shape = tensors_of(tree)
    given = [tracked(leaf) for leaf in leaves]
    return shape.build(list(given)), given


def _tensors(tree: Any) -> list[Tensor]:
    return [leaf for leaf in leaves_of(tree) if isinstance(leaf, Tensor)]


def reaches_others(results: Sequence[Tensor], own: Sequence[Tensor]) -> bool:
    """Whether some result depends on a tensor that is tracked and none of `own`."""
    leaves = {id(t) for t in own}
    seen: set[int] = set()
    waiting = []
    for t in results:
        fn = t._current_grad_fn()
        if fn is None and t._requires_grad and id(t) not in leaves and not t._ended:
            return True
        waiting.append(fn)
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        variable = getattr(node, "variable", None)
        if variable is not None and id(variable) not in leaves and not variable._ended:
            return True
        waiting.extend(edge[0] for edge in node.edges if edge is not None)
    return False


def _shown(own: Sequence[Tensor]) -> Callable[[Tensor], Tensor]:
    """Results as they are seen outside: without history where that ends in `own` alone."""

    def show(t: Tensor) -> Tensor:
        if not t._tracks() or reaches_others([t], own):
            return t
        made = t.detach()
        made._tangents = t._tangents
        return made

    return show


def _end(own: Sequence[Tensor]) -> None:
    """Nobody outside of a transform that is over differentiates by its own inputs."""
    for t in own:
        if t._grad_fn is None:
            t._ended = True


def _gradients(outputs: list, inputs: list, seeds: list | None) -> list[Tensor]:
    """A gradient per input, zeros where there is none."""
    pairs = [(o, None if seeds is None else s) for o, s in zip(outputs, seeds or outputs)]
    pairs = [(o, s) for o, s in pairs if o._tracks()]
    if not pairs or not inputs:
        return [x.new_zeros(x.shape) for x in inputs]
    roots, starts = (list(column) for column in zip(*pairs))
    outer = reaches_others(roots, inputs) or any(s is not None and s._tracks() for s in starts)
    found = autograd_grad(
        roots,
        inputs,
        None if seeds is None else starts,
        create_graph=outer and modes.grad,
        retain_graph=True,
        allow_unused=True,
    )
    return [x.new_zeros(x.shape) if g is None else g for g, x in zip(found, inputs)]


def grad_and_value(func: Callable, argnums: Argnums = 0, has_aux: bool = False) -> Callable:
    """A function giving (gradient, value), or (gradient, (value, aux)) with `has_aux`.

    RuntimeError unless `func` gives one number. Source: torch.func.grad_and_value.
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        places = positions(argnums, args)
        with enable_grad():
            chosen, own = _own(tuple(args[place] for place in places))
            with transforming():
                result = of_chosen(func, args, kwargs, places)(*chosen)
            output, aux = _with_aux(result, has_aux)
            _check_scalar(output)
            found = iter(_gradients([output], own, None))
        _end(own)
        shown = _shown(own)
        gradients = mapped(lambda _: shown(next(found)), chosen)
        value, aux = shown(output), mapped_tensors(shown, aux)
        gradient = gradients if isinstance(argnums, tuple) else gradients[0]
        return gradient, (value, aux) if has_aux else value

    return wrapper


def _with_aux(result: Any, has_aux: bool, name: str = "grad_and_value(f)(*args)") -> tuple:
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(
            f"{name}: output of function f should be a tuple: (output, aux) if has_aux is True"
        )
    tensors_of(result[1])
    return result


def _check_scalar(output: Any) -> None:
    if not isinstance(output, Tensor):
        raise RuntimeError(
            f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(output)}"
        )
    if output.dim() != 0:
        raise RuntimeError(
            "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor "
            f"with {output.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
        )


def grad(func: Callable, argnums: Argnums = 0, has_aux: bool = False) -> Callable:
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
        given, own = _own(primals)
        with transforming():
            result = func(*given)
        output, aux = _with_aux(result, has_aux, "vjp(f, *primals)")
    outputs, shape = flatten(output)
    _check_outputs(outputs, "vjp(f, *primals)")
    shown = _shown(own)
    _end(own)

    def vjp_fn(*cotangents: Any, retain_graph: bool = True, create_graph: Any = None) -> Any:
        """The gradients of the primals, given those of the output."""
        seeds = _matching(cotangents, shape)
        with enable_grad():
            found = iter(_gradients(outputs, own, seeds))
        inner = _shown([*own])
        made = mapped(lambda _: inner(next(found)), given)
        return made

    results = (mapped(shown, output), vjp_fn)
    return (*results, mapped_tensors(shown, aux)) if has_aux else results


def _check_outputs(outputs: list, name: str) -> None:
    for one in outputs:
        if not isinstance(one, Tensor):
            raise RuntimeError(
                f"{name}: expected f(*primals) to return only tensors, got unsupported type "
                f"{type(one)}"
            )


def _matching(cotangents: tuple, shape: Tree) -> list[Tensor]:
    given = cotangents[0] if len(cotangents) == 1 else cotangents
    leaves, found = flatten(given)
    if found != shape:
        raise RuntimeError(
            "Expected pytree structure of cotangents to be the same as pytree structure of outputs "
            f"to the function. cotangents: {_simple(given)}, primal output: {_simple_tree(shape)}"
        )
    return leaves


def _simple(tree: Any) -> str:
    return _simple_tree(flatten(tree)[1])


def _simple_tree(shape: Tree) -> str:
    """Containers as messages about cotangents show them."""
    if shape.kind is None:
        return "*"
    return str(shape.build(["*"] * shape.size)).replace("'*'", "*")


def jacrev(
    func: Callable,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable:
    """A function giving the derivative of each output element by each input element.

    `chunk_size` bounds how many rows are computed at once. Source: torch.func.jacrev.
    """
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        places = positions(argnums, args)
        chosen = tuple(args[place] for place in places)
        inner = of_chosen(func, args, kwargs, places)
        output, vjp_fn, *aux = vjp(inner, *chosen, has_aux=has_aux)
        outputs, out_tree = flatten(output)
        if not outputs:
            raise RuntimeError("jacrev(f, *primals): expected f to return a tensor")
        inputs, in_tree = tensors_of(chosen)
        rows = vmap(
            lambda *seeds: leaves_of(vjp_fn(out_tree.build(list(seeds)))), chunk_size=chunk_size
        )(*basis(outputs))
        table, start = [], 0
        for out in outputs:
            stop = start + out.numel()
            blocks = [
                column[start:stop].reshape(*out.shape, *x.shape) for column, x in zip(rows, inputs)
            ]
            made = in_tree.build(blocks)
            table.append(made if isinstance(argnums, tuple) else made[0])
            start = stop
        found = out_tree.build(table)
        return (found, aux[0]) if has_aux else found

    return wrapper
