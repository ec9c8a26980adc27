"""Parsing of einsum equations: what is summed, kept, and in which order."""

from __future__ import annotations

from typing import NamedTuple

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Equation(NamedTuple):
    """Subscripts of every operand and of the output; ellipsis dimensions are "0", "1", ..."""

    operands: tuple[tuple[str, ...], ...]
    output: tuple[str, ...]


def _subscripts(text: str, ndim: int | None, place: int) -> list[str]:
    made: list[str] = []
    i = 0
    while i < len(text):
        c = text[i]
        if c == " ":
            pass
        elif text.startswith("...", i):
            if "..." in made:
                where = f"operand {place}" if ndim is not None else "the output"
                raise RuntimeError(
                    f"einsum(): found '.' for {where} for which an ellipsis was already found"
                )
            made.append("...")
            i += 2
        elif c in _LETTERS:
            made.append(c)
        elif c == ".":
            where = f"operand {place}" if ndim is not None else "the output"
            raise RuntimeError(f"einsum(): found '.' for {where} that is not part of any ellipsis")
        else:
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {i} in the equation string, "
                "subscripts must be "
                "in [a-zA-Z]"
            )
        i += 1
    return made


def parse(equation: str, shapes: list[tuple[int, ...]]) -> Equation:
    """The equation with ellipses spelled out; RuntimeError in PyTorch's words."""
    left, arrow, right = equation.partition("->")
    parts = left.split(",")
    if len(parts) != len(shapes):
        more = "more" if len(parts) < len(shapes) else "fewer"
        raise RuntimeError(
            f"einsum(): {more} operands were provided than specified in the equation"
        )
    listed = [_subscripts(p, len(s), i) for i, (p, s) in enumerate(zip(parts, shapes))]
    spread = 0
    for i, (names, shape) in enumerate(zip(listed, shapes)):
        extra = len(shape) - (len(names) - ("..." in names))
        if extra < 0 or (extra and "..." not in names):
            given = "and no ellipsis was given" if "..." not in names else ""
            relation = "does not match" if given else "is more than"
            raise RuntimeError(
                "einsum(): the number of subscripts in the equation "
                f"({len(names) - ('...' in names)}) "
                f"{relation} the number of dimensions ({len(shape)}) for operand {i} "
                f"{given}".rstrip()
            )
        spread = max(spread, extra if "..." in names else 0)
    operands = tuple(_spelled(names, len(shape), spread) for names, shape in zip(listed, shapes))
    if arrow:
        output = _output(_subscripts(right, None, 0), operands, spread)
    else:
        output = _implicit(operands, spread)
    return Equation(operands, output)


def _ellipsis(count: int, spread: int) -> list[str]:
    return [str(d) for d in range(spread - count, spread)]


def _spelled(names: list[str], ndim: int, spread: int) -> tuple[str, ...]:
    if "..." not in names:
        return tuple(names)
    at = names.index("...")
    count = ndim - (len(names) - 1)
    return tuple(names[:at] + _ellipsis(count, spread) + names[at + 1 :])


def _output(names: list[str], operands: tuple, spread: int) -> tuple[str, ...]:
    known = {n for operand in operands for n in operand}
    for n in names:
        if n != "..." and n not in known:
            raise RuntimeError(
                f"einsum(): output subscript {n} does not appear in the equation for any input "
                "operand"
            )
        if n != "..." and names.count(n) > 1:
            raise RuntimeError(
                f"einsum(): output subscript {n} appears more than once in the output"
            )
    if "..." not in names:
        return tuple(names)
    at = names.index("...")
    return tuple(names[:at] + _ellipsis(spread, spread) + names[at + 1 :])


def _implicit(operands: tuple, spread: int) -> tuple[str, ...]:
    every = [n for operand in operands for n in operand if not n.isdigit()]
    single = sorted((n for n in set(every) if every.count(n) == 1), key=_LETTERS.index)
    return tuple(_ellipsis(spread, spread) + single)
