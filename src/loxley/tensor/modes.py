"""Per-thread modes that recording consults: gradients, inference, autocast, anomaly, hooks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Modes(threading.local):
    """The modes of the running thread; change them through the context managers of `autograd`.

    What looks at several of them for every operator takes `modes.__dict__`, the thread's own, once.
    """

    def __init__(self) -> None:
        self.grad = True  # record grad nodes
        self.inference = False  # results are inference tensors
        # (op, inputs) -> inputs at the type the policy wants
        self.autocast: Callable | None = None
        self.anomaly = False  # grad nodes remember their forward line
        self.anomaly_check_nan = True
        self.read_exported = False  # backward read saved memory that has been handed out
        # (pack, unpack), innermost last
        self.saved_hooks: tuple[tuple[Callable, Callable], ...] = ()
        self.saved_hooks_disabled: str | None = None
        # Forward mode: what dispatches operators on dual tensors, and the levels in force.
        self.forward: Any = None
        self.forward_levels: tuple[int, ...] = ()
        self.forward_enabled = True
        self.transforms = 0  # how many functions of `torch.func` are under way
        self.levels: tuple[int, ...] = ()  # of the `vmap`s in force, outermost first
        self.vmaps: tuple[Any, ...] = ()  # their sizes and ways with randomness


modes = Modes()
