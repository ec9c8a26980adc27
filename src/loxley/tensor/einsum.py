"""`einsum`: sums of products named by subscripts, contracted pairwise through batched products.

Source: https://docs.pytorch.org/docs/stable/generated/torch.einsum.html
"""

from __future__ import annotations

from collections.abc import Sequence
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
    x, names = terms[0]
    for i, (y, other) in enumerate(terms[1:], 1):
        later = set(parsed.output)
        for _, more in terms[i + 1 :]:
            later.update(more)
        x, names = _contract(x, names, y, other, later, sizes)
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
    dims = [d for d, n in enumerate(names) if n in drop]
    if not dims:
        return x, names
    return x.sum(dims), tuple(n for n in names if n not in drop)


def _contract(
    x: Tensor, a: Names, y: Tensor, b: Names, later: set[str], sizes: dict[str, int]
) -> tuple[Tensor, Names]:
    """One batched product: batch, rows, columns and summed subscripts told apart."""
    x, a = _summed(x, a, set(a) - set(b) - later)
    y, b = _summed(y, b, set(b) - set(a) - later)
    shared = [n for n in a if n in b]
    batch = [n for n in shared if n in later]
    summed = [n for n in shared if n not in later]
    for n in list(summed):  # a broadcast dimension of size one is summed on its own side
        if x._shape[a.index(n)] != y._shape[b.index(n)]:
            if x._shape[a.index(n)] == 1:
                x, a = _summed(x, a, {n})
                y, b = _summed(y, b, {n})
            else:
                y, b = _summed(y, b, {n})
                x, a = _summed(x, a, {n})
            summed.remove(n)
    rows = [n for n in a if n not in shared]
    columns = [n for n in b if n not in shared]
    left = _arranged(x, a, batch, rows, summed, sizes)
    right = _arranged(y, b, batch, summed, columns, sizes)
    made = ops.bmm(left, right) if left.ndim == 3 else ops.mm(left, right)
    names = (*batch, *rows, *columns)
    shape = [sizes[n] for n in batch]
    shape += [x._shape[a.index(n)] for n in rows] + [y._shape[b.index(n)] for n in columns]
    return made.view(shape), names


def _arranged(
    x: Tensor, names: Names, batch: list, rows: list, columns: list, sizes: dict[str, int]
) -> Tensor:
    """(batch, rows, columns) as a matrix or a batch of matrices."""
    x = x.permute([names.index(n) for n in (*batch, *rows, *columns)])
    wanted = [sizes[n] for n in batch] + list(x._shape[len(batch) :])
    x = x.expand(wanted)
    count = _product(wanted[: len(batch)])
    height = _product(wanted[len(batch) : len(batch) + len(rows)])
    width = _product(wanted[len(batch) + len(rows) :])
    return x.reshape((count, height, width) if batch else (height, width))


def _product(numbers: list[int]) -> int:
    made = 1
    for n in numbers:
        made *= n
    return made


def _finish(x: Tensor, names: Names, output: Names) -> Tensor:
    x, names = _summed(x, names, set(names) - set(output))
    return x if names == output else x.permute([names.index(n) for n in output])
