"""`torch.device`: a name and an index. Only `cpu` computes here; `meta` has shapes alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_TYPES = (
    "cpu cuda ipu xpu mkldnn opengl opencl ideep hip ve fpga maia xla lazy vulkan mps meta hpu "
    "mtia "
    "privateuseone"
).split()


class device:  # noqa: N801 - PyTorch's name
    """`device("cpu")`, `device("cuda:1")`, `device("cuda", 1)`; compared by type and index.

    Also a context manager and decorator that sets the default device of creation functions.
    Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.device
    """

    __slots__ = ("type", "index", "_previous")

    def __init__(self, type: str | device | int = "cpu", index: int | None = None) -> None:
        if isinstance(type, device):
            self.type, self.index = type.type, type.index
            return
        if isinstance(type, int):
            type, index = "cuda", type
        if not isinstance(type, str):
            raise TypeError(f"device(): argument 'type' must be str, not {type.__class__.__name__}")
        name, _, digits = type.partition(":")
        if name not in _TYPES:
            raise RuntimeError(
                "Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, "
                "fpga, "
                "maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone device type at start "
                "of "
                f"device string: {name}"
            )
        if digits or type.endswith(":"):
            if index is not None:
                raise RuntimeError(
                    "type (string) must not include an index because index was passed explicitly: "
                    f"{type}"
                )
            if not digits.isdigit() or (len(digits) > 1 and digits[0] == "0"):
                raise RuntimeError(f"Invalid device string: '{type}'")
            index = int(digits)
        if index is not None and index < 0:
            raise RuntimeError("Device index must not be negative")
        self.type, self.index = name, index

    def __repr__(self) -> str:
        if self.index is None:
            return f"device(type='{self.type}')"
        return f"device(type='{self.type}', index={self.index})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, device):
            return NotImplemented
        return self.type == other.type and self.index == other.index

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple:
        return (device, (self.type,) if self.index is None else (self.type, self.index))

    def __enter__(self) -> device:
        _DEFAULT.append(self)
        return self

    def __exit__(self, *exc: object) -> None:
        _DEFAULT.pop()

    def __call__(self, function: F) -> F:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]


CPU = device("cpu")
META = device("meta")
_DEFAULT = [CPU]


def current_default() -> device:
    """The device on which creation functions place tensors when none is named."""
    return _DEFAULT[-1]


def set_default(d: device) -> None:
    """Replaces the process's default device (`torch.set_default_device`)."""
    _DEFAULT[0] = d


def resolve(d: device | str | int | None) -> device:
    """The device a creation function should use; RuntimeError for hardware that isn't here."""
    if d is None:
        d = _DEFAULT[-1]
    if not isinstance(d, device):
        if isinstance(d, int):
            at_fault = "Device index must not be negative"
            none = "Cannot access accelerator device when none is available."
            raise RuntimeError(at_fault if d < 0 else none)
        d = device(d)
    if d.type == "cpu":
        return CPU
    if d.type == "meta":
        return META
    if d.type == "cuda":
        raise AssertionError("Torch not compiled with CUDA enabled")
    raise RuntimeError(f"PyTorch is not linked with support for {d.type} devices")


def no_states() -> list[Any]:
    """The random states of a kind of device that is not there."""
    return []


def ignored_states(new_states: Any) -> None:
    """Random states of devices that are not there: kept by PyTorch for later, so without effect."""
