"""An example computed by the operators' NumPy rules and by machine code, on 1, 2 and 5 threads.

In: a `Case`.  Out: what differs, or None.  Each kernel is divided among all the threads however
little it has to do.  Arguments, results and intermediate results are guarded (`memory`), or, so
that arguments are written over, owned by nobody but the plan.  Plans are neither read from disk,
where another process's gaps would not be known, nor left there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

import loxley as torch
from loxley.compiler import assemble, plan_keys
from loxley.config import config
from loxley.dtypes import BY_NUMPY
from loxley.runtime import interpreter, plans

from .draw import Case, Operand
from .memory import AVAILABLE, guarded, guards

THREADS = (1, 2, 5)
# What the order of sums may make of a result, in units of the last place of the largest element.
_ULPS = {"float16": 8, "bfloat16": 8, "float32": 512, "float64": 1 << 14}
_EPSILON = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52}


@contextmanager
def _mode(mode: str, threads: int) -> Iterator[None]:
    before = config.compile, config.compile_strict, config.num_threads
    least, digest = assemble._WORK_PER_WORKER, plan_keys.digest
    plan_keys.digest = lambda key: None
    config.compile, config.compile_strict, config.num_threads = mode, True, threads
    assemble._WORK_PER_WORKER = 1
    interpreter.flush()
    plans.PLANS.clear()
    try:
        yield
        interpreter.flush()
    finally:
        config.compile, config.compile_strict, config.num_threads = before
        assemble._WORK_PER_WORKER, plan_keys.digest = least, digest


def _tensor(operand: Operand, owned: bool, at_end: bool) -> Any:
    """A fresh tensor that sees an operand's elements in memory of its own."""
    memory = operand.memory
    if owned:
        base = memory.copy()
    else:
        base = guarded(memory.shape, memory.dtype, at_end)
        base[:] = memory
    made = torch.Tensor._from_array(base, BY_NUMPY[memory.dtype])
    plain = np.ascontiguousarray(operand.elements()).strides == operand.elements().strides
    if operand.offset or not plain or memory.size != operand.elements().size:
        made = made.as_strided(operand.shape, operand.strides, operand.offset)
    else:
        made = made.view(operand.shape)
    return made.detach().requires_grad_(True) if operand.gradient else made


def _computed(case: Case, owned: bool, at_end: bool) -> list[Any]:
    """The results of one run, as tensors that are not yet computed."""
    torch.manual_seed(case.seed)
    tensors = [_tensor(o, owned, at_end) for o in case.operands]
    leaves = [t for t in tensors if t.requires_grad] if case.gradient else []
    before, after = case.wrap
    given = [x * 1.25 if before and x.dtype.is_floating_point else x for x in tensors]
    if not case.gradient:
        given = [x.detach() for x in given]
    del tensors
    made = case.function(*given)
    made = list(made) if isinstance(made, (tuple, list)) else [made]
    if after:
        made = [m.clamp(min=-0.5) * 2 if m.dtype.is_floating_point else m for m in made]
    roots = [m for m in made if m.requires_grad]
    if leaves and roots:
        source = np.random.RandomState(case.seed)
        seeds = [torch.tensor(source.randn(*r.shape)).to(r.dtype) for r in roots]
        found = torch.autograd.grad(roots, leaves, seeds, allow_unused=True)
        made += [g for g in found if g is not None]
    return [m.detach() for m in made]


def results(
    case: Case, mode: str, threads: int = 1, owned: bool = False, at_end: bool = True
) -> list[np.ndarray]:
    """The arrays of one run."""
    with _mode(mode, threads):
        made = _computed(case, owned, at_end)
        interpreter.flush()
        return [np.array(m._array()) for m in made]


def difference(case: Case) -> str | None:
    """How machine code differs from the rules, or its own runs from each other."""
    at_end = case.seed % 3 != 2
    owned = case.seed % 3 == 0 or not AVAILABLE
    with np.errstate(all="ignore"):
        expected = results(case, "0", owned=True)
        found = None
        for threads in THREADS:
            with nullcontext() if owned else guards(at_end):
                made = results(case, "1", threads, owned, at_end)
            if found is None:
                found = made
            for number, (a, b) in enumerate(zip(found, made, strict=True)):
                if a.tobytes() != b.tobytes():
                    return f"result {number}: {threads} threads give {b}, one gives {a}"
    for number, (x, y) in enumerate(zip(expected, found, strict=True)):
        how = _differs(x, y, case.slack)
        if how is not None:
            return f"result {number} ({x.dtype}{list(x.shape)}): {how}"
    return None


def _differs(x: np.ndarray, y: np.ndarray, slack: float) -> str | None:
    if x.shape != y.shape or x.dtype != y.dtype:
        return f"{y.dtype}{list(y.shape)}"
    if x.dtype.name not in _ULPS:
        wrong = x != y
    else:
        eps = _EPSILON[x.dtype.name]
        x, y, ulps = x.astype(np.float64), y.astype(np.float64), _ULPS[x.dtype.name] * slack
        size = np.abs(x[np.isfinite(x)]).max(initial=0.1)
        with np.errstate(all="ignore"):
            near = np.abs(x - y) <= ulps * eps * size
        wrong = ~(near | (x == y) | (np.isnan(x) & np.isnan(y)))
    if not wrong.any():
        return None
    at = tuple(int(i) for i in np.argwhere(wrong)[0])
    return f"{y[at]} for {x[at]} at {list(at)}, and {int(wrong.sum()) - 1} others"
