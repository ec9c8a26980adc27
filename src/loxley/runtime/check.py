"""`LOXLEY_CHECK=1`: every run of a compiled plan is compared with the operators' NumPy rules.

In: a plan with its leaves, and its machine code.  Out: the machine code's arrays, or a
`CompilationError` that names the first recorded value that differs and the user's line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import compiler
from ..errors import CompilationError
from ..ir.graph import ITEM, Value
from ..narrow_types import NARROW, narrowed, widened

# How far sums in another order may lead, in units of the last place of the largest element.
_ULPS = {"float16": 16, "bfloat16": 16, "float32": 4096, "float64": 1 << 16}


def run_checked(plan: Any, compiled: Any) -> list:
    """Runs a plan both ways; CompilationError where machine code is wrong.

    Where results differ, every operator is judged by itself, on the arguments that it was given:
    an ill-conditioned one (a step by a gradient over its own size) makes much of small differences.
    """
    leaves = [leaf.data for leaf in plan.leaves]
    expected = interpreted(plan.nodes, plan.leaves, leaves)
    found = compiled.run([_copied(a) for a in leaves])
    if any(differs(expected[i], array) for i, array in zip(plan.wanted, found)):
        _judge_each(plan, leaves)
    return found


def _copied(array: Any) -> Any:
    return array.copy() if isinstance(array, np.ndarray) else array


def interpreted(nodes: Sequence[Value], leaves: Sequence[Value], arrays: Sequence[Any]) -> list:
    """What NumPy's rules make of each node, without touching the recorded values."""
    known: dict[int, Any] = {id(v): a for v, a in zip(leaves, arrays)}
    made = []
    for node in nodes:
        known[id(node)] = _by_rule(node, known)
        made.append(known[id(node)])
    return made


def _by_rule(node: Value, known: dict[int, Any]) -> Any:
    """A node's NumPy rule on known arguments."""
    inputs = [None if i is None else known[id(i)] for i in node.inputs]
    op = node.op
    if op is ITEM:
        result = inputs[0][node.attrs[0]]
    else:
        result = op.run(inputs, node.attrs)
    if node.dtype is not None and node.dtype.numpy is not None:
        result, kind = np.asarray(result), node.dtype.numpy
        if result.dtype != kind:
            result = narrowed(result, kind) if kind in NARROW else result.astype(kind)
        result = result.reshape(node.shape)
    return result


def differs(expected: Any, found: Any) -> str | None:
    """How two results differ by more than the order of sums explains, or None."""
    if not isinstance(expected, np.ndarray) or not isinstance(found, np.ndarray):
        return None
    if expected.shape != found.shape or expected.dtype != found.dtype:
        return f"{found.dtype}{list(found.shape)} for {expected.dtype}{list(expected.shape)}"
    if expected.dtype in NARROW:
        same = np.array_equal(widened(expected), widened(found), equal_nan=True)
        return None if same else f"{expected.dtype} elements differ"
    if expected.dtype.kind == "c":
        expected, found = (np.stack([x.real, x.imag], -1) for x in (expected, found))
    ulps = _ULPS.get(expected.dtype.name)
    if ulps is None or not expected.size:
        same = np.array_equal(expected, found)
        return None if same else f"{int((expected != found).sum())} elements differ"
    a, b = (np.atleast_1d(x.astype(np.float64)) for x in (expected, found))
    gap = np.abs(a - b)
    gap[(a == b) | (np.isnan(a) & np.isnan(b))] = 0
    finite = np.abs(a[np.isfinite(a)])
    scale = float(finite.max()) if finite.size else 1.0
    eps = 2.0**-7 if expected.dtype.name == "bfloat16" else float(np.finfo(expected.dtype).eps)
    worst = int(np.argmax(np.where(np.isnan(gap), np.inf, gap)))
    if not gap.reshape(-1)[worst] <= ulps * eps * max(scale, 1e-30):
        place = tuple(int(i) for i in np.unravel_index(worst, a.shape))
        return f"{b[place]} for {a[place]} at {list(place)}"
    return None


def _judge_each(plan: Any, leaves: list) -> None:
    """The same plan with every value handed out: CompilationError for the first wrong one."""
    every = tuple(i for i, n in enumerate(plan.nodes) if n.dtype is not None)
    compiled = compiler.compile_plan(plan.nodes, plan.leaves, every, frozenset())
    known = {id(v): a for v, a in zip(plan.leaves, leaves)}
    found = dict(zip(every, compiled.run([_copied(a) for a in leaves])))
    for position, node in enumerate(plan.nodes):
        expected = _by_rule(node, known)
        known[id(node)] = found.get(position, expected)
        how = differs(expected, known[id(node)])
        if how is not None:
            raise _mismatch(node, how)


def _mismatch(node: Value, how: str | None) -> CompilationError:
    name = node.inputs[0].op.name if node.op is ITEM else node.op.name
    line = node.extra if isinstance(node.extra, str) else "?"
    return CompilationError(f"machine code of {name} recorded at {line} is wrong: {how}")
