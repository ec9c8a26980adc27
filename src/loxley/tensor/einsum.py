"""`einsum`: sums of products named by subscripts, contracted pairwise through batched products.

Source: https://docs.pytorch.org/docs/stable/generated/torch.einsum.html
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..ops import matmul as ops
from ..ops.einsum import _LETTERS, parse
from .api import public
from .tensor import Tensor

Names = tuple[str, ...]


@public(method=False)
def einsum(equation: Any, *operands: Any) -> Tensor:
    """The sum of products of the operands over the subscripts that the output leaves out.

    `einsum("bij,bjk->bik", a, b)`, or operands alternating with lists of subscript numbers.
    """
    if not isinstance(equation, str) and not isinstance(equation, Tensor):
        raise TypeError(
            f"einsum(): argument 'equation' (position 1) must be str, not {type(equation).__name__}"
        )
    if not isinstance(equation, str):
        equation, operands = _from_sublists((equation, *operands))
    elif len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not operands:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one "
            "operand "
            "and its subscripts list"
        )
    parsed = parse(equation, [x._shape for x in operands])
    terms = [
        _without_repeats(x, names, i) for i, (x, names) in enumerate(zip(operands, parsed.operands))
    ]
    sizes = _sizes([names for _, names in terms], [x for x, _ in terms])
    order = (*parsed.output, *sorted(set(sizes) - set(parsed.output)))
    terms = [(_spread(x, names, own), own) for x, names in terms for own in [_only(order, names)]]
    x, names = terms[0]
    for i, (y, other) in enumerate(terms[1:], 1):
        later = set(parsed.output)
        for _, more in terms[i + 1 :]:
            later.update(more)
        x, names = _contract(x, names, y, other, later, order)
    return _finish(x, names, parsed.output)


def _from_sublists(items: tuple) -> tuple[str, tuple]:
    """The sublist format as an equation."""

    def text(numbers: Any) -> str:
        made = ""
        for n in numbers:
            if n is Ellipsis:
                made += "..."
            elif not 0 <= n < 52:
                raise ValueError(
                    "einsum(): subscripts in subscript list are not within the valid range [0, 52)"
                )
            else:
                made += _LETTERS[n]
        return made

    operands, subscripts, output = [], [], ""
    pairs = len(items) // 2
    for i in range(pairs):
        operands.append(items[2 * i])
        subscripts.append(text(items[2 * i + 1]))
    if len(items) % 2:
        output = "->" + text(items[-1])
    return ",".join(subscripts) + output, tuple(operands)


def _sizes(names: Sequence[Names], operands: Sequence[Tensor]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for i, (subscripts, x) in enumerate(zip(names, operands)):
        for d, n in enumerate(subscripts):
            size = x._shape[d]
            have = sizes.setdefault(n, size)
            if have != size and have != 1 and size != 1:
                raise RuntimeError(
                    f"einsum(): subscript {n} has size {size} for operand {i} which does not "
                    "broadcast with "
                    f"previously seen size {have}"
                )
            sizes[n] = max(have, size) if 0 not in (have, size) else 0
    return sizes


def _without_repeats(x: Tensor, names: Names, place: int) -> tuple[Tensor, Names]:
    """Diagonals where a subscript is repeated."""
    names = tuple(names)
    for n in dict.fromkeys(names):
        while names.count(n) > 1:
            first = names.index(n)
            second = names.index(n, first + 1)
            if x._shape[first] != x._shape[second]:
                raise RuntimeError(
                    f"einsum(): subscript {n} is repeated for operand {place} but the sizes don't "
                    "match, "
                    f"{x._shape[second]} != {x._shape[first]}"
                )
            x = x.diagonal(0, first, second).movedim(-1, first)
            names = names[:second] + names[second + 1 :]
    return x, names


def _summed(x: Tensor, names: Names, drop: set[str]) -> tuple[Tensor, Names]:
    """Without some subscripts. One of size one is left out, not summed: integers stay as wide."""
    dims = [d for d, n in enumerate(names) if n in drop]
    single = [d for d in dims if x._shape[d] == 1]
    if single:
        x = x.squeeze(single)
        names = tuple(n for d, n in enumerate(names) if d not in single)
        dims = [d for d, n in enumerate(names) if n in drop]
    if not dims:
        return x, names
    return x.sum(dims), tuple(n for n in names if n not in drop)


def _contract(
    x: Tensor, a: Names, y: Tensor, b: Names, later: set[str], order: Names
) -> tuple[Tensor, Names]:
    """Two operands as one: a product of matrices where both have a subscript to be summed."""
    long = {n for n, size in zip(a, x._shape) if size != 1}
    long &= {n for n, size in zip(b, y._shape) if size != 1}
    x, a = _summed(x, a, set(a) - long - later)
    y, b = _summed(y, b, set(b) - long - later)
    shared = [n for n in _only(order, a) if n in b]
    batch = [n for n in shared if n in later]
    summed = [n for n in shared if n not in later]
    if not summed:
        names = _only(order, a + b)
        return _spread(x, a, names) * _spread(y, b, names), names
    rows, columns = ([n for n in names if n not in shared] for names in (a, b))
    sizes = _sizes((a, b), (x, y))
    left = _arranged(x, a, batch, rows, summed, sizes)
    right = _arranged(y, b, batch, summed, columns, sizes)
    plain = not batch and x.dtype is y.dtype and x.dtype.name != "bool"
    made = ops.mm(left, right) if plain else _batched(left, right)
    return made.view([sizes[n] for n in (*batch, *rows, *columns)]), (*batch, *rows, *columns)


def _batched(left: Tensor, right: Tensor) -> Tensor:
    """What is no product is refused in `bmm`'s words, with or without a batch."""
    left, right = (x if x.ndim == 3 else x[None] for x in (left, right))
    return ops.bmm(left, right)


def _only(order: Names, names: Names) -> Names:
    return tuple(n for n in order if n in names)


def _spread(x: Tensor, names: Names, wanted: Names) -> Tensor:
    """Dimensions in the order of the wanted names, of size one where there was none."""
    own = [n for n in wanted if n in names]
    if own != list(names):
        x = x.permute([names.index(n) for n in own])
    for d, n in enumerate(wanted):
        if n not in names:
            x = x.unsqueeze(d)
    return x


def _arranged(
    x: Tensor, names: Names, batch: list, rows: list, columns: list, sizes: dict[str, int]
) -> Tensor:
    """(batch, rows, columns) as a matrix or a batch of matrices."""
    x = _spread(x, names, (*batch, *rows, *columns))
    x = x.expand([sizes[n] for n in batch] + list(x._shape[len(batch) :]))
    count, height, width = (prod(sizes[n] for n in part) for part in (batch, rows, columns))
    return x.reshape((count, height, width) if batch else (height, width))


def _finish(x: Tensor, names: Names, output: Names) -> Tensor:
    """In the output's order; only a single operand still has more dimensions, the last then."""
    order = output + tuple(n for n in names if n not in output)
    if names != order:
        x = x.permute([names.index(n) for n in order])
    return x.sum(list(range(len(output), len(order)))) if len(order) > len(output) else x
