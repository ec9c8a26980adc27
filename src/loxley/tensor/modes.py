"""Per-thread modes that recording consults: gradients, inference, autocast, anomaly, hooks."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Modes(threading.local):
    """The modes of the running thread; change them through the context managers of `autograd`."""

    grad = True  # record grad nodes
    inference = False  # results are inference tensors
    autocast: Callable | None = None  # (op, inputs) -> inputs at the type the policy wants
    anomaly = False  # grad nodes remember their forward line
    anomaly_check_nan = True
    read_exported = False  # the backward pass read saved memory that has been handed out
    saved_hooks: tuple[tuple[Callable, Callable], ...] = ()  # (pack, unpack), innermost last
    saved_hooks_disabled: str | None = None


modes = Modes()
