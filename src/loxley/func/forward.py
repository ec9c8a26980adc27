"""`jvp`, `jacfwd`, `hessian`, `linearize`: derivatives in forward mode."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..autograd.backward import grad as autograd_grad
from ..autograd.forward import new_level, tangent_of, with_tangent
from ..autograd.grad_mode import enable_grad
from ..autograd.tracking import tracked, transforming
from ..autograd.trees import flatten, leaves_of, mapped_tensors
from ..autograd.vmap import vmap
from ..tensor import Tensor
from .arguments import Argnums, basis, of_chosen, positions, tensors_of
from .reverse import jacrev

_JVP = "jvp(f, primals, tangents)"


def jvp(
    func: Callable, primals: tuple, tangents: tuple, *, strict: bool = False, has_aux: bool = False
) -> tuple:
    """(output, derivative along `tangents`[, aux]). Source: torch.func.jvp."""
    if not isinstance(primals, tuple):
        raise RuntimeError(
            f"{_JVP}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    given, shape = flatten(primals)
    directions, other = flatten(tangents)
    if shape != other:
        raise RuntimeError(
            f"{_JVP}: Expected primals and tangents to have the same python structure. For "
            f"example, if primals is a tuple of 3 tensors, tangents also must be. Got primals "
            f"with structure {shape} and tangents with structure {other}"
        )
    _check(given, "primals")
    _check(directions, "tangents")
    with new_level() as level:
        duals = [with_tangent(x, t, level) for x, t in zip(given, directions)]
        with transforming():
            result = func(*shape.build(duals))
        output, aux = _apart(result, has_aux)
        outputs, out_shape = flatten(output)
        made = [_tangent(one, level, strict) for one in outputs]
        plain = [_without(one, level) for one in outputs]
    results = (out_shape.build(plain), out_shape.build(made))
    return (*results, mapped_tensors(lambda t: _without(t, level), aux)) if has_aux else results


def _check(leaves: list, what: str) -> None:
    if not leaves:
        raise RuntimeError(f"{_JVP}: Expected {what} to contain at least one Tensor.")
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"{_JVP}: Expected {what} to only contain Tensors, got {type(leaf)}")


def _apart(result: Any, has_aux: bool) -> tuple:
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(
            f"{_JVP}: output of function f should be a tuple: (output, aux) if has_aux is True"
        )
    return result


def _tangent(one: Any, level: int, strict: bool) -> Tensor:
    if not isinstance(one, Tensor):
        raise RuntimeError(
            f"{_JVP}: expected f(*primals) to return only tensors, got unsupported type {type(one)}"
        )
    found = tangent_of(one, level)
    if found is None and strict:
        raise RuntimeError(
            "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. "
            "This is not allowed with strict=True."
        )
    return one.new_zeros(one.shape) if found is None else found


def _without(one: Tensor, level: int) -> Tensor:
    """A result whose tangent at a level that ends is dropped."""
    if one._tangents is not None and level in one._tangents:
        rest = {at: t for at, t in one._tangents.items() if at != level}
        one._tangents = rest or None
    return one


def jacfwd(
    func: Callable,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
) -> Callable:
    """As `jacrev`, by forward mode: a column at a time, all at once. Source: torch.func.jacfwd."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        places = positions(argnums, args)
        chosen = tuple(args[place] for place in places)
        inner = of_chosen(func, args, kwargs, places)
        inputs, in_tree = tensors_of(chosen)

        def push(*directions: Tensor) -> Any:
            output, made, *aux = jvp(
                inner, chosen, in_tree.build(list(directions)), has_aux=has_aux
            )
            seen.append((output, aux[0] if aux else None))
            return leaves_of(made)

        seen: list = []
        columns = vmap(push, out_dims=-1, randomness=randomness)(*basis(inputs))
        shapes, out_tree = flatten(seen[0][0])
        table = []
        for column, out in zip(columns, shapes):
            blocks, start = [], 0
            for x in inputs:
                block = column[..., start : start + x.numel()]
                blocks.append(block.reshape(*out.shape, *x.shape))
                start += x.numel()
            made = in_tree.build(blocks)
            table.append(made if isinstance(argnums, tuple) else made[0])
        found = out_tree.build(table)
        return (found, seen[0][1]) if has_aux else found

    return wrapper


def hessian(func: Callable, argnums: Argnums = 0) -> Callable:
    """A function giving the second derivatives of `func`: forward over reverse mode.

    Source: torch.func.hessian.
    """
    return jacfwd(jacrev(func, argnums), argnums)


def linearize(func: Callable, *primals: Any) -> tuple[Any, Callable]:
    """(output, jvp_fn): `jvp_fn(*tangents)` is the derivative at the primals along tangents.

    `func` is called once; its derivative is kept as a graph and walked at every call.
    Source: torch.func.linearize.
    """
    leaves, shape = tensors_of(primals)
    with enable_grad():
        given = [tracked(x) for x in leaves]
        output = func(*shape.build(list(given)))
        outputs, out_shape = flatten(output)
        seeds = [tracked(o.detach() * 0) for o in outputs]
        pairs = [(o, s) for o, s in zip(outputs, seeds) if o._tracks()]
        pulled = _pulled(pairs, given)

    def jvp_fn(*tangents: Any) -> Any:
        directions, other = flatten(tangents)
        if other != shape:
            raise RuntimeError(
                f"Expected the tangents {other} to have the same argspec as the primals {shape}"
            )
        for x, t in zip(leaves, directions):
            if x.shape != t.shape:
                raise RuntimeError(
                    f"Expected the tangents to have the same shape as the primals: {x.shape} and "
                    f"{t.shape}"
                )
        made = _pushed(pulled, seeds, directions)
        return out_shape.build(made)

    return out_shape.build([o.detach() for o in outputs]), jvp_fn


def _pulled(pairs: list, given: list) -> list:
    """The gradients of inputs as functions of the seeds; None for inputs that nothing reads."""
    if not pairs:
        return [None] * len(given)
    outs, seeds = zip(*pairs)
    return list(autograd_grad(outs, given, seeds, create_graph=True, allow_unused=True))


def _pushed(pulled: list, seeds: list, directions: list) -> list:
    pairs = [(g, t) for g, t in zip(pulled, directions) if g is not None and g._tracks()]
    if not pairs:
        return [s.detach() for s in seeds]
    roots, starts = zip(*pairs)
    found = autograd_grad(roots, seeds, starts, retain_graph=True, allow_unused=True)
    return [s.detach() if f is None else f for f, s in zip(found, seeds)]
