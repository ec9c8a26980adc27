"""`no_grad` and `enable_grad` as classes of TorchScript."""

from __future__ import annotations

from typing import Any

from ...autograd import enable_grad as _enable_grad
from ...autograd import no_grad as _no_grad
from ..aten_calls import aten


class no_grad:  # noqa: N801 - PyTorch's name
    """A block in which nothing is recorded for gradients."""

    def __init__(self) -> None:
        self.prev = False

    def __enter__(self) -> None:
        self.prev = aten.is_grad_enabled()
        aten.set_grad_enabled(False)

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        aten.set_grad_enabled(self.prev)


class enable_grad:  # noqa: N801 - PyTorch's name
    """A block in which gradients are recorded."""

    def __init__(self) -> None:
        self.prev = False

    def __enter__(self) -> None:
        self.prev = aten.is_grad_enabled()
        aten.set_grad_enabled(True)

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        aten.set_grad_enabled(self.prev)


CLASSES: dict[Any, type] = {_no_grad: no_grad, _enable_grad: enable_grad}
