"""Calls one kernel on NumPy arrays: for tests and experiments; plans go through the driver.

In: a kernel's text (or a `Template`) and its arguments.  Out: nothing; the kernel wrote its
buffers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..templates.template import Template
from . import driver, jit
from .slots import Slots, data_address
from .target import Target, host

Argument = np.ndarray | int | float
_ACCEPTED: Mapping[str, tuple[type, ...]] = {
    "ptr": (np.ndarray,),
    "i64": (int, np.integer),
    "f64": (float, np.floating),
}
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
    float as f64.  RuntimeError if the system refuses that many threads.
    """
    function = jit.address(name, text, target or host())
    slots = Slots()
    slots.take(_slots(arguments))
    if driver.start(workers - 1) < workers - 1:
        raise RuntimeError(f"launch: {workers} workers were asked for, but threads are lacking")
    driver.forgive()
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
    kinds = dict(template.slots)
    needed = kinds.keys() - {"scratch"}
    if needed != arguments.keys():
        raise TypeError(f"{template.name}: expected {sorted(needed)}, but got {sorted(arguments)}")
    for slot, value in arguments.items():
        if not isinstance(value, _ACCEPTED[kinds[slot]]):
            got = type(value).__name__
            raise TypeError(f"{template.name}: {slot} is {kinds[slot]}, but got {got}")
    sizes = {n: int(v) for n, v in arguments.items() if kinds[n] == "i64"}
    whole, scratch = _scratch(template.scratch(sizes, target) * workers)
    values = {**arguments, "scratch": scratch}
    ordered = [values[n] for n, _ in template.slots]
    launch(template.name, template.text(target), ordered, workers, target)
    if not _intact(whole, scratch):
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


def _scratch(size: int) -> tuple[np.ndarray, np.ndarray]:
    """(everything, the usable part): 64-byte aligned, filled and surrounded with marks."""
    whole = np.full(size + 2 * _GUARD + 64, _MARK, np.uint8)
    start = _GUARD + -(whole.ctypes.data + _GUARD) % 64
    return whole, whole[start : start + size]


def _intact(whole: np.ndarray, usable: np.ndarray) -> bool:
    start = usable.ctypes.data - whole.ctypes.data
    outside = (whole[:start], whole[start + usable.size :])
    return all(bool((part == _MARK).all()) for part in outside)
