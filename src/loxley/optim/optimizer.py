"""`Optimizer`: parameter groups, state, hooks, and what `step` is wrapped in.

In: tensors, or dictionaries of tensors with options of their own.  Out: an object whose `step`
changes them by their `.grad`.  Every `step` ends with the pending work computed.
Source: https://docs.pytorch.org/docs/2.13/optim.html
"""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any, TypeAlias

from ..autograd import set_grad_enabled
from ..runtime import flush
from ..tensor import Tensor
from ..tensor.grad import Handle
from .loading import loaded_state

ParamsT: TypeAlias = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]

__all__ = [
    "Optimizer",
    "register_optimizer_step_post_hook",
    "register_optimizer_step_pre_hook",
]

_global_pre_hooks: OrderedDict[int, Callable] = OrderedDict()
_global_post_hooks: OrderedDict[int, Callable] = OrderedDict()


class _RequiredParameter:
    """The default of an option that each group must give."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _RequiredParameter()


def register_optimizer_step_pre_hook(hook: Callable) -> Handle:
    """`hook(optimizer, args, kwargs)` before the step of every optimizer; see `Optimizer`."""
    return Handle(_global_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Callable) -> Handle:
    """`hook(optimizer, args, kwargs)` after the step of every optimizer."""
    return Handle(_global_post_hooks, hook)


def _use_grad_for_differentiable(step: Callable) -> Callable:
    """Let `step` record gradients where the optimizer is differentiable, and only there."""

    @functools.wraps(step)
    def wrapped(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        with set_grad_enabled(bool(self.defaults.get("differentiable"))):
            return step(self, *args, **kwargs)

    return wrapped


def typename(value: Any) -> str:
    """`module.Class` of a value as messages name it; builtins without their module."""
    kind = type(value)
    if isinstance(value, Tensor):
        return f"torch.{value.dtype.legacy_name}Tensor"
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


class Optimizer:
    """The base of optimizers: `param_groups`, `state`, saving and loading, hooks.

    `params` are tensors, (name, tensor) pairs, or dictionaries with "params" and options that
    override `defaults`.  Raises TypeError or ValueError as PyTorch for anything else.
    """

    OptimizerPreHook: TypeAlias = Callable[..., Any]
    OptimizerPostHook: TypeAlias = Callable[..., None]

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._make_hook_tables()
        self._patch_step_function()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                "but got " + typename(params)
            )
        self.state: defaultdict[Tensor, Any] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)
        self._warned_capturable_if_run_uncaptured = True

    def _make_hook_tables(self) -> None:
        for when in (
            "step_pre",
            "step_post",
            "state_dict_pre",
            "state_dict_post",
            "load_state_dict_pre",
            "load_state_dict_post",
        ):
            name = f"_optimizer_{when}_hooks"
            if name not in self.__dict__:
                setattr(self, name, OrderedDict())

    def _patch_step_function(self) -> None:
        """Wrap the class's own `step`, once, in hooks and the flush at its end."""
        self._zero_grad_profile_name = f"Optimizer.zero_grad#{type(self).__name__}.zero_grad"
        if not getattr(type(self).step, "hooked", False):
            type(self).step = self.profile_hook_step(type(self).step)
            type(self).step.hooked = True

    def __getstate__(self) -> dict[str, Any]:
        return {
            "defaults": self.defaults,
            "state": self.state,
            "param_groups": self.param_groups,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._make_hook_tables()
        self._patch_step_function()
        self.defaults.setdefault("differentiable", False)

    def __repr__(self) -> str:
        groups = []
        for i, group in enumerate(self.param_groups):
            options = [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
            groups.append("\n".join(["", f"Parameter Group {i}", *options, ""]))
        return f"{type(self).__name__} ({''.join(groups)})"

    @staticmethod
    def profile_hook_step(func: Callable) -> Callable:
        """`func`, a step, between its hooks; what is pending is computed at its end."""

        @functools.wraps(func)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            self = args[0]
            pre = chain(_global_pre_hooks.values(), self._optimizer_step_pre_hooks.values())
            for hook in list(pre):
                result = hook(self, args, kwargs)
                if result is not None:
                    args, kwargs = _replaced_arguments(hook, result)
            out = func(*args, **kwargs)
            flush()
            post = chain(self._optimizer_step_post_hooks.values(), _global_post_hooks.values())
            for hook in list(post):
                hook(self, args, kwargs)
            return out

        return wrapper

    # ------------------------------------------------------------------ hooks

    def register_step_pre_hook(self, hook: Callable) -> Handle:
        """`hook(optimizer, args, kwargs)` before `step`; may return new (args, kwargs)."""
        return Handle(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable) -> Handle:
        """`hook(optimizer, args, kwargs)` after `step`."""
        return Handle(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> Handle:
        """`hook(optimizer)` before `state_dict`."""
        return _register(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> Handle:
        """`hook(optimizer, state_dict)` after `state_dict`; may return another one."""
        return _register(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> Handle:
        """`hook(optimizer, state_dict)` before `load_state_dict`; may return another one."""
        return _register(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> Handle:
        """`hook(optimizer)` after `load_state_dict`."""
        return _register(self._optimizer_load_state_dict_post_hooks, hook, prepend)

    # ------------------------------------------------------------------ saving and loading

    def state_dict(self) -> dict[str, Any]:
        """{"state": {parameter number: its state}, "param_groups": [options with numbers]}.

        The tensors are the optimizer's own, not copies.
        """
        for hook in list(self._optimizer_state_dict_pre_hooks.values()):
            hook(self)
        numbers: dict[int, int] = {}
        groups = [_packed(group, numbers) for group in self.param_groups]
        state = {
            numbers[id(key)] if isinstance(key, Tensor) else key: value
            for key, value in self.state.items()
        }
        result = {"state": state, "param_groups": groups}
        for hook in list(self._optimizer_state_dict_post_hooks.values()):
            replaced = hook(self, result)
            if replaced is not None:
                result = replaced
        return result

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a `state_dict`; floating state takes the parameters' dtype, "step" its own.

        Raises ValueError where groups do not match in number or size.
        """
        state_dict = state_dict.copy()
        for hook in list(self._optimizer_load_state_dict_pre_hooks.values()):
            replaced = hook(self, state_dict)
            if replaced is not None:
                state_dict = replaced
        saved_groups = deepcopy(state_dict["param_groups"])
        self._check_groups(saved_groups)
        state = loaded_state(state_dict["state"], self.param_groups, saved_groups)
        groups = []
        for own, saved in zip(self.param_groups, saved_groups):
            if "param_names" in own and "param_names" not in saved:
                saved["param_names"] = own["param_names"]
            groups.append({**saved, "params": own["params"]})
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in list(self._optimizer_load_state_dict_post_hooks.values()):
            hook(self)

    def _check_groups(self, saved_groups: list[dict[str, Any]]) -> None:
        if len(self.param_groups) != len(saved_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        for own, saved in zip(self.param_groups, saved_groups):
            if len(own["params"]) != len(saved["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group "
                    "that doesn't match the size of optimizer's group"
                )

    # ------------------------------------------------------------------ gradients and steps

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or (`set_to_none=False`) fill them with zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if set_to_none:
                    p.grad = None
                    continue
                if p.grad.grad_fn is not None:
                    p.grad.detach_()
                else:
                    p.grad.requires_grad_(False)
                p.grad.zero_()

    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Change the parameters by their gradients; `closure`, where given, computes the loss."""
        raise NotImplementedError

    # ------------------------------------------------------------------ groups

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add {"params": tensors, option: value, ...}; what it leaves out is taken from `defaults`.

        Raises TypeError or ValueError for what is no group of leaf tensors not yet held.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        _unpack_params(param_group)
        self._check_params(param_group["params"])
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(
                    "parameter group didn't specify a value of required optimization parameter "
                    + name
                )
            param_group.setdefault(name, default)
        ids = {id(p) for p in param_group["params"]}
        if len(ids) != len(param_group["params"]):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this "
                "will cause an error; see github.com/pytorch/pytorch/issues/40967 for more "
                "information",
                stacklevel=3,
            )
        if any(id(p) in ids for group in self.param_groups for p in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        self._check_names(param_group)
        self.param_groups.append(param_group)

    def _check_params(self, params: list[Tensor]) -> None:
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(
                    "optimizer can only optimize Tensors, but one of the params is "
                    + typename(param)
                )
            if not self.defaults.get("differentiable") and not (
                param.is_leaf or param.retains_grad
            ):
                raise ValueError("can't optimize a non-leaf Tensor")

    def _check_names(self, group: dict[str, Any]) -> None:
        named = "param_names" in group
        if self.param_groups and ("param_names" in self.param_groups[0]) != named:
            text = "with names" if named else "without names"
            raise ValueError(
                "all optimizer param groups should be with/without names. "
                f"cannot add param group {text} to the optimizer"
            )


def _unpack_params(group: dict[str, Any]) -> None:
    """Make group["params"] a list of tensors, and group["param_names"] where they have names."""
    params = group["params"]
    if isinstance(params, Tensor):
        group["params"] = [params]
        return
    if isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering "
            "of tensors in sets will change between runs. Please use a list instead."
        )
    params = list(params)
    named = [isinstance(p, tuple) for p in params]
    if any(named):
        if not all(named):
            raise ValueError(
                "all optimizer params should be with/without names. Some param names are missing"
            )
        group["param_names"] = [name for name, _ in params]
        params = [p for _, p in params]
    group["params"] = params


def _packed(group: dict[str, Any], numbers: dict[int, int]) -> dict[str, Any]:
    """A group with numbers in place of parameters; new ones are entered in `numbers`."""
    packed = {key: value for key, value in group.items() if key != "params"}
    for p in group["params"]:
        numbers.setdefault(id(p), len(numbers))
    packed["params"] = [numbers[id(p)] for p in group["params"]]
    return packed


def _register(hooks: OrderedDict, hook: Callable, prepend: bool) -> Handle:
    handle = Handle(hooks, hook)
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def _replaced_arguments(hook: Callable, result: Any) -> tuple[tuple, dict]:
    if isinstance(result, tuple) and len(result) == 2:
        return result
    raise RuntimeError(
        f"{hook} must return None or a tuple of (new_args, new_kwargs), but got {result}."
    )
