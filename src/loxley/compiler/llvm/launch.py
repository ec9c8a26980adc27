"""Calls one kernel on NumPy arrays: for tests and experiments; plans go through the driver.

In: a kernel's text (or a `Template`) and its arguments.  Out: nothing; the kernel wrote its
buffers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..templates.template import Template
from . import driver, jit
from .slots import Slots, data_address
from .target import Target, host

Argument = np.ndarray | int | float
_GUARD = 64  # bytes before and after scratch memory that must stay as they were
_MARK = 0xA5


def launch(
    name: str,
    text: str,
    arguments: Sequence[Argument],
    workers: int = 1,
    target: Target | None = None,
) -> None:
    """Runs `name` of the module `text` with `workers` workers, in native threads.

    An array is passed as its address (its strides are the caller's business), an int as i64, a
    float as f64.
    """
    function = jit.address(name, text, target or host())
    slots = Slots()
    slots.take(_slots(arguments))
    driver.start(workers - 1)
    driver.Plan(slots, [driver.Step(function, 0, workers)]).run(workers)


def launch_template(
    template: Template,
    arguments: Mapping[str, Argument],
    workers: int = 1,
    target: Target | None = None,
) -> None:
    """Runs a template; `arguments` by slot name, without "scratch", which is allocated here.

    RuntimeError if the kernel wrote outside its scratch memory; TypeError for an argument that is
    missing, unknown or of another kind than its slot.
    """
    target = target or host()
    values = dict(arguments)
    kinds = dict(template.slots)
    sizes = {n: v for n, v in values.items() if kinds.get(n) == "i64"}
    guarded = None
    if "scratch" in kinds:
        guarded, values["scratch"] = _scratch(template.scratch(sizes, target) * workers)
    _check(template.name, kinds, values)
    ordered = [values[n] for n, _ in template.slots]
    launch(template.name, template.text(target), ordered, workers, target)
    if guarded is not None and not _intact(guarded, values["scratch"]):
        raise RuntimeError(f"{template.name} wrote outside its scratch memory")


def _slots(arguments: Sequence[Argument]) -> list[int | float]:
    """Arrays by the address of their data; NumPy's scalars as Python's."""
    return [
        data_address(a)
        if isinstance(a, np.ndarray)
        else a.item()
        if isinstance(a, np.generic)
        else a
        for a in arguments
    ]


def _check(name: str, kinds: Mapping[str, str], values: Mapping[str, Any]) -> None:
    accepted = {
        "ptr": np.ndarray,
        "i64": (int, np.integer),
        "f64": (float, np.floating),
    }
    if kinds.keys() != values.keys():
        raise TypeError(f"{name}: expected arguments {sorted(kinds)}, but got {sorted(values)}")
    for slot, kind in kinds.items():
        if not isinstance(values[slot], accepted[kind]):
            raise TypeError(f"{name}: {slot} is {kind}, but got {type(values[slot]).__name__}")


def _scratch(size: int) -> tuple[np.ndarray, np.ndarray]:
    """(everything, the usable part): 64-byte aligned, filled and surrounded with marks."""
    whole = np.full(size + 2 * _GUARD + 64, _MARK, np.uint8)
    start = _GUARD + -(whole.ctypes.data + _GUARD) % 64
    return whole, whole[start : start + size]


def _intact(whole: np.ndarray, usable: np.ndarray) -> bool:
    start = usable.ctypes.data - whole.ctypes.data
    outside = (whole[:start], whole[start + usable.size :])
    return all(bool((part == _MARK).all()) for part in outside)
