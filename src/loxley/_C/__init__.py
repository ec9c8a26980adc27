"""`torch._C`: the few names of PyTorch's extension module that programs reach for.

`_nn`, `_linalg`, `_fft` and `_special` hold functions under the names that traced graphs print.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, NoReturn

from .. import fft, linalg, special
from ..devices import device
from ..nn import functional as F
from ..tensor.conversion import parse_to
from ..tensor.generator import Generator
from ..tensor.torch_function import DisableTorchFunction, DisableTorchFunctionSubclass
from ..tensor.torch_function import disabled as _disabled_torch_function_impl  # noqa: F401

__all__ = ["DisableTorchFunction", "DisableTorchFunctionSubclass", "Generator"]


def _get_tracing_state() -> None:
    """None: TorchScript's tracer records nothing."""
    return None


def _log_api_usage_once(event: str) -> None:
    """Nothing: PyTorch hands `event` to a logger that only its owner's own builds have."""


def _get_accelerator(check: bool | None = None) -> device:
    """The device that computes: the CPU."""
    return device("cpu")


class _ExcludeDispatchKeyGuard:
    """Calls that skip a dispatch key. NotImplementedError: there are no dispatch keys here."""

    def __init__(self, *args: Any) -> NoReturn:
        raise NotImplementedError("torch._C._ExcludeDispatchKeyGuard is not implemented")


class _Functions(ModuleType):
    """Functions of a module, with a prefix to their names."""

    def __init__(self, name: str, module: ModuleType, prefix: str = "") -> None:
        super().__init__(f"torch._C.{name}")
        self._module, self._prefix = module, prefix

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not name.startswith(self._prefix):
            raise AttributeError(name)
        own = {"log_sigmoid": "logsigmoid"}.get(name, name.removeprefix(self._prefix))
        found = getattr(self._module, own, None)
        if found is None:
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        return found


def _parse_to(*args: Any, **kwargs: Any) -> tuple:
    """What `Tensor.to` is asked for: device, dtype, non_blocking, memory_format."""
    given = parse_to(args, kwargs)
    place, kind, other = given.get("device"), given.get("dtype"), given.get("other")
    if other is not None:
        place, kind = other.device, other.dtype
    if place is not None:
        place = device(place)
    return place, kind, bool(given.get("non_blocking", False)), given.get("memory_format")


_nn = _Functions("_nn", F)
_nn._parse_to = _parse_to  # type: ignore[attr-defined]
_linalg = _Functions("_linalg", linalg, "linalg_")
_fft = _Functions("_fft", fft, "fft_")
_special = _Functions("_special", special, "special_")
