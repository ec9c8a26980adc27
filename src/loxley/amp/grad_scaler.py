"""`GradScaler`: multiplies the loss so that small gradients survive 16 bits, and divides again.

In: a loss, an optimizer.  Out: a scaled loss; steps that are left out where a gradient is infinite
or no number; a scale that grows while all is well and falls when it is not.
Source: https://docs.pytorch.org/docs/2.13/amp.html#gradient-scaling
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable
from enum import Enum
from typing import Any

from ..autograd import no_grad
from ..dtypes import float16, float32, int32
from ..tensor import Tensor, full, isfinite

__all__ = ["GradScaler", "OptState"]


class OptState(Enum):
    """What has been done with an optimizer since the last `update`."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


def _fresh_state() -> dict[str, Any]:
    return {"stage": OptState.READY, "found_inf_per_device": {}}


class GradScaler:
    """`scaler.scale(loss).backward(); scaler.step(optimizer); scaler.update()`.

    With device "cuda", which is not there, it warns and lets everything pass unscaled.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device = device
        self._enabled = enabled
        if device == "cuda" and enabled:
            warnings.warn(
                "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.",
                stacklevel=2,
            )
            self._enabled = False
        if not self._enabled:
            return
        if growth_factor <= 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if backoff_factor >= 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._init_scale = init_scale
        self._scale: Tensor | None = None  # made when the first loss is scaled
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._init_growth_tracker = 0
        self._growth_tracker: Tensor | None = None
        self._per_optimizer_states: defaultdict[int, dict] = defaultdict(_fresh_state)

    def _check_scale_growth_tracker(self, funcname: str) -> Tensor:
        fix = (
            "This may indicate your script did not use scaler.scale(loss or outputs) earlier in "
            "the iteration."
        )
        for name in ("_scale", "_growth_tracker"):
            if getattr(self, name) is None:
                raise AssertionError(f"Attempted {funcname} but {name} is None.  {fix}")
        return self._scale

    # ------------------------------------------------------------------ the iteration

    def scale(self, outputs: Any) -> Any:
        """A tensor, or all tensors of an iterable, times the scale; ValueError for other things."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            return outputs * self._current_scale()
        if isinstance(outputs, Iterable):
            scaled = [self.scale(output) for output in outputs]
            if isinstance(outputs, (list, tuple)):
                named = hasattr(outputs, "_fields")
                return type(outputs)(*scaled) if named else type(outputs)(scaled)
            return iter(scaled)
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    def _current_scale(self) -> Tensor:
        if self._scale is None:
            self._scale = full((), self._init_scale, dtype=float32)
            self._growth_tracker = full((), self._init_growth_tracker, dtype=int32)
        return self._scale

    def unscale_(self, optimizer: Any) -> None:
        """Divide the optimizer's gradients by the scale, noting whether all are finite.

        Raises RuntimeError when called twice or after `step`.
        """
        if not self._enabled:
            return
        scale = self._check_scale_growth_tracker("unscale_")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.UNSCALED:
            raise RuntimeError(
                "unscale_() has already been called on this optimizer since the last update()."
            )
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        inverse = 1.0 / scale.item()
        state["found_inf_per_device"] = _unscale_gradients(optimizer, inverse)
        state["stage"] = OptState.UNSCALED

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """`optimizer.step(...)` if all gradients are finite; unscales them if need be."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._check_scale_growth_tracker("step")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if state["stage"] is OptState.READY:
            self.unscale_(optimizer)
        if not state["found_inf_per_device"]:
            raise AssertionError("No inf checks were recorded for this optimizer.")
        result = None
        if not _any_infinite(state):
            result = optimizer.step(*args, **kwargs)
        state["stage"] = OptState.STEPPED
        return result

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """End the iteration: choose the next scale, or set it to `new_scale`."""
        if not self._enabled:
            return
        scale = self._check_scale_growth_tracker("update")
        if new_scale is not None:
            self._set_scale(new_scale)
        else:
            states = self._per_optimizer_states.values()
            if not any(state["found_inf_per_device"] for state in states):
                raise AssertionError("No inf checks were recorded prior to update.")
            self._adapt(scale, any(_any_infinite(state) for state in states))
        self._per_optimizer_states = defaultdict(_fresh_state)

    def _set_scale(self, new_scale: float | Tensor) -> None:
        if isinstance(new_scale, Tensor):
            reason = (
                "new_scale should be a float or a 1-element torch.cuda.FloatTensor or "
                "torch.FloatTensor with requires_grad=False."
            )
            if new_scale.dtype is not float32 or new_scale.numel() != 1 or new_scale.requires_grad:
                raise AssertionError(reason)
            self._scale.copy_(new_scale)
        else:
            self._scale.fill_(new_scale)

    @no_grad()
    def _adapt(self, scale: Tensor, infinite: bool) -> None:
        if infinite:
            scale.mul_(self._backoff_factor)
            self._growth_tracker.fill_(0)
            return
        successes = int(self._growth_tracker.item()) + 1
        if successes == self._growth_interval:
            grown = scale * self._growth_factor
            if bool(isfinite(grown)):
                scale.copy_(grown)
            successes = 0
        self._growth_tracker.fill_(successes)

    # ------------------------------------------------------------------ looking and setting

    def get_scale(self) -> float:
        """The scale as a number; 1.0 when disabled."""
        if not self._enabled:
            return 1.0
        return self._init_scale if self._scale is None else self._scale.item()

    def get_growth_factor(self) -> float:
        """The factor on the scale after `growth_interval` good steps."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set `get_growth_factor`."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """The factor on the scale after a bad step."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set `get_backoff_factor`."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """How many good steps in a row make the scale grow."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set `get_growth_interval`."""
        self._growth_interval = new_interval

    def _get_growth_tracker(self) -> int:
        if not self._enabled:
            return 0
        if self._growth_tracker is None:
            return self._init_growth_tracker
        return int(self._growth_tracker.item())

    def is_enabled(self) -> bool:
        """Whether it scales at all."""
        return self._enabled

    # ------------------------------------------------------------------ saving

    def state_dict(self) -> dict[str, Any]:
        """Scale, factors and counts; empty when disabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._get_growth_tracker(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state; RuntimeError for that of a disabled scaler."""
        if not self._enabled:
            return
        if len(state_dict) == 0:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved "
                "from a disabled instance of GradScaler."
            )
        self._init_scale = state_dict["scale"]
        if self._scale is not None:
            self._scale.fill_(state_dict["scale"])
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._init_growth_tracker = state_dict["_growth_tracker"]
        if self._growth_tracker is not None:
            self._growth_tracker.fill_(state_dict["_growth_tracker"])

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        if self._enabled:
            if len(self._per_optimizer_states) != 0:
                raise AssertionError(
                    "A GradScaler instance may only be pickled at the beginning "
                    "of an iteration, or at the end after scaler.update()."
                )
            state["_init_scale"] = self.get_scale()
            state["_init_growth_tracker"] = self._get_growth_tracker()
            state["_scale"] = None
            state["_growth_tracker"] = None
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


@no_grad()
def _unscale_gradients(optimizer: Any, inverse: float) -> dict[Any, Tensor]:
    """Multiply all gradients by `inverse`; by device, 1.0 where any was not finite."""
    found: dict[Any, Tensor] = {}
    for param in (p for group in optimizer.param_groups for p in group["params"]):
        if not isinstance(param, Tensor):
            raise AssertionError(f"expected param to be torch.Tensor, got {type(param).__name__}")
        if param.grad is None:
            continue
        if param.grad.dtype is float16:
            raise ValueError("Attempting to unscale FP16 gradients.")
        bad = float(not bool(isfinite(param.grad).all()))
        device = param.grad.device
        found[device] = max(found.get(device, 0.0), bad)
        param.grad.mul_(inverse)
    return {device: full((), bad, dtype=float32) for device, bad in found.items()}


def _any_infinite(state: dict[str, Any]) -> bool:
    return any(bool(found.item()) for found in state["found_inf_per_device"].values())
