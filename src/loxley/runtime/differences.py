"""Why a plan was compiled anew: the first thing in which it differs from the nearest known plan.

In: a plan and the key of another.  Out: a sentence that names the operator or leaf, what differs
and the user's line.  The order of a key is that of `plans.sight`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..ir.graph import ITEM, Value


def line_of(value: Value) -> str:
    """Where a value was recorded, if that was traced."""
    extra = value.extra
    if type(extra) is tuple:  # the items of a value of several results
        extra = next((i.extra for i in (weak() for weak in extra) if i is not None), None)
    return extra if isinstance(extra, str) else "?"


def name_of(value: Value) -> str:
    """`add at program.py:3`."""
    op = value.inputs[0].op if value.op is ITEM and value.inputs else value.op
    return f"{op.name} at {line_of(value)}"


def why_new(plan: Any, near: tuple | None) -> str:
    """What is new about a plan, compared with the nearest known plan's key."""
    key, names = plan.key, [name_of(n) for n in plan.nodes]
    if near is None or near[1:2] != key[1:2]:
        return f"{names[0]}: no known plan begins like this one"
    for position, (what, whose) in enumerate(_fields(plan, names)):
        if position >= len(near):
            return f"{whose}: more is computed than before"
        old, new = near[position], key[position]
        if old is new or old == new:
            continue
        if what in ("is wanted", "may be overwritten"):
            return _sets(what, old, new, names if what == "is wanted" else _leaves(plan, names))
        return f"{whose}: {what} {_short(new)}, was {_short(old)}"
    return "less is computed than before"


def _fields(plan: Any, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """For each position of a plan's key, what stands there and whose it is."""
    yield "number of threads", "settings"
    for node, name in zip(plan.nodes, names):
        yield from (("operator", name), ("attributes", name), ("dtype", name))
        for i in range(len(node.inputs)):
            yield f"wiring of input {i}", name
    for leaf in _leaves(plan, names):
        yield from (("shape", leaf), ("dtype", leaf), ("being a number", leaf))
    yield from (("is wanted", ""), ("may be overwritten", ""))


def _leaves(plan: Any, names: Sequence[str]) -> list[str]:
    """A name for each leaf: whose input it first is."""
    found: dict[int, str] = {}
    for node, name in zip(plan.nodes, names):
        for i, value in enumerate(node.inputs):
            found.setdefault(id(value), f"input {i} of {name}")
    return [found[id(leaf)] for leaf in plan.leaves]


def _sets(what: str, old: Any, new: Any, names: Sequence[str]) -> str:
    if not (isinstance(old, tuple) and isinstance(new, tuple)):
        return f"other numbers of operators or leaves, from {names[0]} on"
    more, less = sorted(set(new) - set(old)), sorted(set(old) - set(new))
    if more:
        return f"{names[more[0]]}: {what}, was not"
    return f"{names[less[0]]}: {'not wanted' if what[-6:] == 'wanted' else 'kept'}, was not"


def _short(part: Any) -> str:
    text = getattr(part, "name", None) or repr(part)
    return text if len(text) < 80 else text[:77] + "..."
