"""Models' and optimizers' states by the names that the parameters had before anything wrapped them.

Source: https://docs.pytorch.org/docs/2.13/distributed.checkpoint.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...nn import Module
from ...optim import Optimizer
from ...tensor import Tensor, zeros_like
from ..fsdp.optim_state import OptimStates
from ..tensor.api import DTensor

_WRAPPERS = ("_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "_orig_mod.")


@dataclass
class StateDictOptions:
    """What is given and how it is taken."""

    full_state_dict: bool = False
    cpu_offload: bool = False
    ignore_frozen_params: bool = False
    keep_submodule_prefixes: bool = True
    strict: bool = True
    broadcast_from_rank0: bool = False
    flatten_optimizer_state_dict: bool = False
    dsd_fqn_modifiers: str = "_fqn_modifiers"


def _checked(options: StateDictOptions | None, submodules: Any = None) -> StateDictOptions:
    made = options or StateDictOptions()
    if made.dsd_fqn_modifiers != "_fqn_modifiers" or not made.keep_submodule_prefixes:
        raise NotImplementedError("StateDictOptions: only full names are implemented")
    if submodules is not None:
        raise NotImplementedError("get_state_dict: argument 'submodules' is not implemented")
    return made


def _clean(name: str, model: Module) -> str:
    for wrapper in _WRAPPERS:
        name = name.replace(wrapper, "")
    wraps = type(model).__name__ == "DistributedDataParallel"
    return name.removeprefix("module.") if wraps else name


def _given(value: Any, options: StateDictOptions) -> Any:
    if options.full_state_dict and isinstance(value, DTensor):
        value = value.full_tensor().detach()
    return value.cpu() if options.cpu_offload and isinstance(value, Tensor) else value


def get_model_state_dict(
    model: Module,
    *,
    submodules: set[Module] | None = None,
    options: StateDictOptions | None = None,
) -> dict[str, Any]:
    """Parameters and buffers by their original names."""
    made = _checked(options, submodules)
    state = model.state_dict()
    frozen = {_clean(n, model) for n, p in model.named_parameters() if not p.requires_grad}
    for key in list(state):
        name, value = _clean(key, model), _given(state.pop(key), made)
        if not (made.ignore_frozen_params and name in frozen):
            state[name] = value
    return state


def set_model_state_dict(
    model: Module, model_state_dict: dict[str, Any], *, options: StateDictOptions | None = None
) -> Any:
    """Loads parameters and buffers by their original names."""
    made = _checked(options)
    names = {_clean(key, model): key for key in model.state_dict()}
    state = {names.get(name, name): value for name, value in model_state_dict.items()}
    return model.load_state_dict(state, strict=made.strict)


def _all(optimizers: Optimizer | Iterable[Optimizer]) -> list[Optimizer]:
    return [optimizers] if isinstance(optimizers, Optimizer) else list(optimizers)


def _init_optim_state(optim: Optimizer) -> None:
    """Makes an optimizer's state by a step that changes nothing: no gradient and no rate."""
    if optim.state:
        return
    params = [p for given in optim.param_groups for p in given["params"]]
    if any(p.grad is not None for p in params):
        return
    for p in params:
        if p.requires_grad:
            p.grad = zeros_like(p)
    rates = [given.get("lr") for given in optim.param_groups]
    for given in optim.param_groups:
        if "lr" in given:
            given["lr"] = zeros_like(given["lr"]) if isinstance(given["lr"], Tensor) else 0.0
    optim.step(closure=None)
    for given, rate in zip(optim.param_groups, rates):
        if "lr" in given:
            given["lr"] = rate
    optim.zero_grad(set_to_none=True)


def get_optimizer_state_dict(
    model: Module,
    optimizers: Optimizer | Iterable[Optimizer],
    *,
    submodules: set[Module] | None = None,
    options: StateDictOptions | None = None,
) -> dict[str, Any]:
    """Optimizers' states by parameters' original names."""
    made = _checked(options, submodules)
    whole: dict[str, Any] = {"state": {}, "param_groups": []}
    for optim in _all(optimizers):
        _init_optim_state(optim)
        found = OptimStates.optim_state_dict(model, optim)
        for name, state in found["state"].items():
            given = {key: _given(value, made) for key, value in state.items()}
            whole["state"][_clean(name, model)] = given
        for group in found["param_groups"]:
            names = [_clean(name, model) for name in group["params"]]
            whole["param_groups"].append({**group, "params": names})
    return _flat(whole) if made.flatten_optimizer_state_dict else whole


def _flat(whole: dict[str, Any]) -> dict[str, Any]:
    made = {
        f"state.{name}.{key}": value
        for name, state in whole["state"].items()
        for key, value in state.items()
    }
    for group in whole["param_groups"]:
        for name in group["params"]:
            for key, value in group.items():
                if key != "params":
                    made[f"param_groups.{name}.{key}"] = value
    return made


def set_optimizer_state_dict(
    model: Module,
    optimizers: Optimizer | Iterable[Optimizer],
    optim_state_dict: dict[str, Any],
    *,
    options: StateDictOptions | None = None,
) -> None:
    """Loads optimizers' states by parameters' original names."""
    _checked(options)
    if optim_state_dict and "state" not in optim_state_dict:
        raise NotImplementedError("set_optimizer_state_dict: a flattened state dict")
    for optim in _all(optimizers):
        _init_optim_state(optim)
        own = OptimStates.optim_state_dict(model, optim)
        state, groups = {}, []
        for group in own["param_groups"]:
            names = [_clean(name, model) for name in group["params"]]
            for full, name in zip(group["params"], names):
                if name in optim_state_dict["state"]:
                    state[full] = optim_state_dict["state"][name]
            saved = [g for g in optim_state_dict["param_groups"] if set(names) & set(g["params"])]
            if not saved and names:
                raise RuntimeError(f"the state dict has no group of parameters with {names[0]}")
            groups.append({**(saved[0] if saved else group), "params": group["params"]})
        found = {"state": state, "param_groups": groups}
        OptimStates.optim_state_dict_to_load(model, optim, found, load_directly=True)


def get_state_dict(
    model: Module,
    optimizers: Optimizer | Iterable[Optimizer],
    *,
    submodules: set[Module] | None = None,
    options: StateDictOptions | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A model's and its optimizers' states."""
    return (
        get_model_state_dict(model, submodules=submodules, options=options),
        get_optimizer_state_dict(model, optimizers, submodules=submodules, options=options),
    )


def set_state_dict(
    model: Module,
    optimizers: Optimizer | Iterable[Optimizer],
    *,
    model_state_dict: dict[str, Any],
    optim_state_dict: dict[str, Any],
    options: StateDictOptions | None = None,
) -> Any:
    """Loads a model's and its optimizers' states."""
    set_optimizer_state_dict(model, optimizers, optim_state_dict, options=options)
    return set_model_state_dict(model, model_state_dict, options=options)
