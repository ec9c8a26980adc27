"""`rearrange`: dimensions named, split, merged and reordered by a pattern, as in einops.

Source: https://docs.pytorch.org/docs/stable/generated/torch.func.rearrange.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import Any

from ..tensor import Tensor
from ..tensor.joining import stack

_ELLIPSIS = "…"
Group = tuple[str, ...]  # names of one dimension; () and "1" are dimensions of size one


class DimensionBindError(Exception):
    """A pattern whose sizes cannot be those of the tensor."""


def rearrange(
    tensor: Tensor | list[Tensor] | tuple[Tensor, ...], pattern: str, **axes_lengths: int
) -> Tensor:
    """The tensor with the dimensions of the left side of `pattern` as its right side has them.

    `"b (h w) c -> b c h w"` splits the second dimension (`axes_lengths` gives all sizes but one)
    and moves the last; `...` stands for any dimensions, `1` and `()` for dimensions of size one.
    ValueError for a pattern that is none, or fits no tensor of this many dimensions.
    """
    whole: Tensor = tensor if isinstance(tensor, Tensor) else stack(tensor)
    left, right = _sides(pattern)
    _check_names(left, right, pattern, axes_lengths)
    left, right = _without_ellipsis(left, right, whole.dim())
    if len(left) != whole.dim():
        raise ValueError(
            f"Number of dimensions in pattern ({len(left)}) must be equal to the number of "
            f"dimensions in the tensor ({whole.dim()})"
        )
    for d in reversed([d for d, group in enumerate(left) if not _names(group)]):
        whole = whole.select(d, 0)
    left = [group for group in left if _names(group)]
    sizes = _sizes(left, whole.shape, axes_lengths)
    order = [name for group in left for name in _names(group)]
    apart = whole.reshape([sizes[name] for name in order])
    moved = apart.permute([order.index(name) for group in right for name in _names(group)])
    return moved.reshape([prod(sizes[name] for name in _names(group)) for group in right])


def _names(group: Group) -> Group:
    return tuple(name for name in group if name != "1")


def _sides(pattern: str) -> tuple[list[Group], list[Group]]:
    parts = pattern.split("->")
    if len(parts) != 2:
        raise ValueError("Pattern must contain a single '->' separator")
    if _ELLIPSIS not in parts[0].replace("...", _ELLIPSIS) and "..." in parts[1]:
        raise ValueError(f"Ellipsis found in right side, but not left side of a pattern {pattern}")
    return _groups(parts[0]), _groups(parts[1])


def _groups(text: str) -> list[Group]:
    """The dimensions of one side."""
    dotted = text.replace("...", _ELLIPSIS)
    if "." in dotted or dotted.count(_ELLIPSIS) > 1:
        raise ValueError(
            "Expression may contain dots only inside ellipsis (...); only one ellipsis for tensor "
        )
    made: list[Group] = []
    inside: list[str] | None = None
    for word in re.findall(r"[()]|[^\s()]+", dotted):
        if word == "(":
            if inside is not None:
                raise ValueError(
                    "Axis composition is one-level (brackets inside brackets not allowed)"
                )
            inside = []
        elif word == ")":
            if inside is None:
                raise ValueError("Brackets are not balanced")
            made.append((*inside, "1"))  # in brackets even `...` is one dimension
            inside = None
        else:
            _check_word(word)
            made.append((word,)) if inside is None else inside.append(word)
    if inside is not None:
        raise ValueError(f"Imbalanced parentheses in expression: '{text}'")
    return made


def _check_word(word: str) -> None:
    if word in ("1", _ELLIPSIS):
        return
    if word.isdecimal():
        raise ValueError("rearrange only supports unnamed axes of size 1")
    if not word.isidentifier():
        raise ValueError(f"Invalid axis identifier: {word}\nnot a valid python identifier")


def _check_names(
    left: list[Group], right: list[Group], pattern: str, lengths: dict[str, int]
) -> None:
    found = [[name for group in side for name in _names(group)] for side in (left, right)]
    for names in found:
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"Indexing expression contains duplicate dimension '{name}'")
    alone = set(found[0]) ^ set(found[1])
    if alone:
        raise ValueError(
            f"Identifiers only on one side of rearrange expression (should be on both): {alone}"
        )
    unknown = set(lengths) - set(found[0])
    if unknown:
        raise ValueError(f"Identifiers not found in rearrange expression: {unknown}")


def _without_ellipsis(
    left: list[Group], right: list[Group], ndim: int
) -> tuple[list[Group], list[Group]]:
    """Both sides with names for the dimensions that `...` stands for."""
    count = max(ndim - len(left) + 1, 0)
    named = [f"{_ELLIPSIS}{i}" for i in range(count)]
    return _spelled(left, named), _spelled(right, named)


def _spelled(side: list[Group], named: Sequence[str]) -> list[Group]:
    made: list[Group] = []
    for group in side:
        if group == (_ELLIPSIS,):
            made.extend((name,) for name in named)
        else:
            words: list[str] = []
            for name in group:
                words.extend(named if name == _ELLIPSIS else (name,))
            made.append(tuple(words))
    return made


def _sizes(left: list[Group], shape: Any, lengths: dict[str, int]) -> dict[str, int]:
    """The size of every name; one per dimension may be inferred."""
    made = dict(lengths)
    for group, size in zip(left, shape):
        names = _names(group)
        missing = [name for name in names if name not in made]
        if len(missing) > 1:
            raise DimensionBindError(
                f"cannot infer the sizes of {len(missing)} dimensions at once "
                f"{' and '.join(missing)}"
            )
        known = prod(made[name] for name in names if name in made)
        if missing:
            if not known or size % known:
                shown = tuple(made.get(name, "?") for name in names)
                raise DimensionBindError(
                    f"inferred dimension does not evenly fit into larger dimension: {size} vs "
                    f"{shown}"
                )
            made[missing[0]] = size // known
        elif known != size:
            raise DimensionBindError(
                f"Dimension sizes to do not match ({size} != {known}) when matching dimension pack "
                f"{list(names)}"
            )
    return made
