"""`RuleOptimizer`: the step that all optimizers with a rule per parameter share, and their checks.

A subclass gives `_start_state(group, param, state)` and `_update(group, param, grad, state)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd import enable_grad
from ..tensor import Tensor
from ..tensor.sparse_gradients import SparseTensor
from .applying import new_count, number_of
from .optimizer import Optimizer, _use_grad_for_differentiable

_CAPTURABLE_DEVICES = ["cuda", "xpu", "hpu", "privateuseone", "xla"]


class RuleOptimizer(Optimizer):
    """An optimizer that updates each parameter by itself, by one recorded operator."""

    # Options that older checkpoints lack, and state that they hold as numbers.
    _later_options: dict[str, Any] = {}
    _counts: tuple[str, ...] = ("step",)
    # What the error about `capturable` names, and the devices it lists.
    _captured = "params and state_steps"
    _capturable_devices = _CAPTURABLE_DEVICES
    _differentiates_foreach = False
    _dense_only = ""  # the error about sparse gradients, where it is not the usual one

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, default in self._later_options.items():
                group.setdefault(name, default)
            for p in group["params"]:
                own = self.state.get(p, {})
                for name in self._counts:
                    if name in own and not isinstance(own[name], Tensor):
                        own[name] = new_count(own[name], group.get("fused"))

    @_use_grad_for_differentiable
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step; `closure`, where given, recomputes the loss, which is returned."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        found_inf = getattr(self, "found_inf", None)
        if found_inf is not None and number_of(found_inf):
            return loss
        for group in self.param_groups:
            self._step_group(group)
        return loss

    def _step_group(self, group: dict[str, Any]) -> None:
        pairs = [(p, grad) for p in group["params"] if (grad := p.grad) is not None]
        if not pairs:
            return
        params = [p for p, _ in pairs]
        states: list[dict[str, Any]] = [{} for _ in params]
        if self._has_state(group):
            states = [self.state[p] for p in params]
            for p, state in zip(params, states):
                if not state:
                    self._start_state(group, p, state)
        self._check_modes(group)
        scale = getattr(self, "grad_scale", None)
        if scale is not None:  # a GradScaler leaves unscaling to fused optimizers
            for _, grad in pairs:
                grad.div_(scale)
        for (p, grad), state in zip(pairs, states):
            update = self._update_sparsely if type(grad) is SparseTensor else self._update
            update(group, p, grad, state)

    def _has_state(self, group: dict[str, Any]) -> bool:
        """Whether parameters of this group get an entry in `state`."""
        return True

    def _check_modes(self, group: dict[str, Any]) -> None:
        for p in group["params"] if group.get("fused") else ():
            if not p.is_floating_point():
                raise RuntimeError(
                    "`fused=True` requires all the params to be floating point Tensors of "
                    f"supported devices: {_FUSED_DEVICES} but {p.dtype} and {p.device.type}"
                )
        foreach = group.get("foreach") and not self._differentiates_foreach
        if foreach and group.get("differentiable"):
            raise AssertionError("_foreach ops don't support autograd")
        if group.get("capturable"):
            raise AssertionError(
                f"If capturable=True, {self._captured} must be on supported devices: "
                f"{self._capturable_devices}."
            )

    def _start_state(self, group: dict[str, Any], param: Tensor, state: dict[str, Any]) -> None:
        raise NotImplementedError

    def _update(self, group: dict, param: Tensor, grad: Tensor, state: dict[str, Any]) -> None:
        raise NotImplementedError

    def _update_sparsely(
        self, group: dict, param: Tensor, grad: SparseTensor, state: dict[str, Any]
    ) -> None:
        wrong = self._dense_only or f"{type(self).__name__} does not support sparse gradients"
        raise RuntimeError(wrong)

    def _set_up_fused(self, fused: bool | None, foreach: bool | None, differentiable: bool) -> None:
        """Check `fused=True`: the one update that there is serves for it."""
        if not fused:
            return
        if differentiable:
            raise RuntimeError("`fused` does not support `differentiable`")
        self._step_supports_amp_scaling = True
        if foreach:
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


_FUSED_DEVICES = ["mps", "cuda", "xpu", "hpu", "cpu", "mtia", "privateuseone"]


def check_lr(lr: float | Tensor) -> None:
    """ValueError for a learning rate that is negative, or a tensor of several."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    check(lr, 0.0 <= lr, "Invalid learning rate")


def check(value: Any, fine: Any, complaint: str) -> None:
    """ValueError "complaint: value" unless fine."""
    if not fine:
        raise ValueError(f"{complaint}: {value}")


def check_betas(betas: tuple) -> None:
    """ValueError unless both averaging coefficients are in [0, 1)."""
    for i in range(2):
        check(betas[i], 0.0 <= betas[i] < 1.0, f"Invalid beta parameter at index {i}")


def lr_of(group: dict[str, Any]) -> Any:
    """The learning rate: a tensor only where it is to be differentiated."""
    return group["lr"] if group.get("differentiable") else number_of(group["lr"])
