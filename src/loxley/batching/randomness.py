"""Random operators on batched values, and draws inside of a `vmap`."""

from __future__ import annotations

from typing import Any

from ..ir.graph import Op, Value, record
from ..ops import movement
from .core import RULES, batched, every, levels_of, slice_at, stacked, with_level


def each(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """A draw per element of parameters that are batched: of all slices at once."""
    parameters = every(inputs[1:], flags[1:], size)
    ndim = max((p.ndim for p in parameters), default=1)
    wide = [movement.view(p, (size, *(1,) * (ndim - p.ndim), *p.shape[1:])) for p in parameters]
    return record(op, (inputs[0], *wide), attrs)


def one_by_one(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """A draw per slice, one after the other."""
    state, rows = inputs[0], []
    for i in range(size):
        given = [slice_at(x, i) if f else x for x, f in zip(inputs[1:], flags[1:])]
        row, state = record(op, (state, *given), attrs)
        rows.append(row)
    return stacked(rows), state


def draw_slices(op: Op, state: Value, arguments: tuple, vmaps: tuple) -> tuple[Value, Value]:
    """A draw inside of `vmap`s, outermost first: (sample, next state).

    RuntimeError where randomness is an error, or is to be the same in slices that differ.
    """
    if any(frame.randomness == "error" for frame in vmaps):
        raise RuntimeError(
            "vmap: called random operation while in randomness error mode. Please either use the "
            "'same' or 'different' randomness flags on vmap or perform the randomness operation "
            "out of vmap"
        )
    given = {n for x in arguments if isinstance(x, Value) for n in levels_of(x)}
    if any(frame.randomness == "same" and frame.level in given for frame in vmaps):
        raise RuntimeError(
            "Vmap does not currently support same randomness with a batched tensor input. Please "
            "file an issue with functorch"
        )
    apart = [frame for frame in vmaps if frame.randomness == "different"]
    parameters = sum(isinstance(x, Value) for x in arguments)
    if parameters:
        missing = [frame for frame in apart if frame.level not in given]
        return _drawn_of(op, state, arguments, missing)
    shape, *rest = arguments
    if op.name == "random_permutation" and apart:
        return _permutations(op, state, arguments, apart)
    sample, state = op(state, (*(frame.size for frame in apart), *shape), *rest)
    for frame in apart:
        sample = batched(sample, frame.level)
    return sample, state


def _drawn_of(op: Op, state: Value, arguments: tuple, missing: list) -> tuple[Value, Value]:
    """A draw per element of parameters, which are repeated in slices that they don't have."""
    made = list(arguments)
    for i, x in enumerate(made):
        if isinstance(x, Value):
            for frame in missing:
                x = with_level(x, frame.level, frame.size)
            made[i] = x
    return op(state, *made)


def _permutations(op: Op, state: Value, arguments: tuple, apart: list) -> tuple[Value, Value]:
    *outer, last = apart
    rows = []
    for _ in range(last.size):
        if outer:
            row, state = _permutations(op, state, arguments, outer)
        else:
            row, state = op(state, *arguments)
        rows.append(row)
    return batched(stacked(rows), last.level), state


def _multinomial(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    weights: Value = inputs[1]
    rows = movement.view(weights, (weights.numel() // weights.shape[-1], weights.shape[-1]))
    return record(op, (inputs[0], rows), attrs)


for _name in "poisson binomial standard_gamma dirichlet leaky_slopes bernoulli_each".split():
    RULES[f"random_{_name}"] = each
RULES["random_multinomial"] = _multinomial
