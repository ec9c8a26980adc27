"""Optimizers' states of wrapped modules, by the names of the original parameters.

In: an optimizer over flat parameters.  Out: `{"state": {name: ...}, "param_groups": [...]}`, and
back.
"""

from __future__ import annotations

from typing import Any

from ...nn import Module
from ...optim import Optimizer
from ...tensor import Tensor, cat
from .api import OptimStateKeyType


def _names(model: Module) -> dict[int, tuple[list[str], Any]]:
    """By an optimizer's parameter: the original names, and how it is cut (None: it is not)."""
    flats = {}
    for path, module in model.named_modules():
        flat = getattr(module, "_flat", None)
        if flat is None or flat.flat is None:
            continue
        start = f"{path}." if path else ""
        names = [(start + name).replace("_fsdp_wrapped_module.", "") for name in flat.names()]
        flats[id(flat.flat)] = (names, flat)
    made: dict[int, tuple[list[str], Any]] = {}
    for name, p in model.named_parameters():
        made[id(p)] = flats.get(id(p), ([name.replace("_fsdp_wrapped_module.", "")], None))
    return made


class OptimStates:
    """The methods of `FullyShardedDataParallel` for optimizers' states."""

    @staticmethod
    def optim_state_dict(
        model: Module, optim: Optimizer, optim_state_dict: dict | None = None, group: Any = None
    ) -> dict[str, Any]:
        """The state by names, each tensor in its parameter's shape."""
        if optim_state_dict is not None:
            raise NotImplementedError("optim_state_dict: argument 'optim_state_dict'")
        known, state = _names(model), {}
        groups = []
        for given in optim.param_groups:
            names = [name for p in given["params"] for name in known[id(p)][0]]
            groups.append({**{k: v for k, v in given.items() if k != "params"}, "params": names})
            for p in given["params"]:
                if p in optim.state:
                    state.update(_cut(optim.state[p], *known[id(p)]))
        if all(flat is None for _, flat in known.values()):  # PyTorch's order
            state = dict(sorted(state.items()))
        return {"state": state, "param_groups": groups}

    @staticmethod
    def full_optim_state_dict(
        model: Module,
        optim: Optimizer,
        optim_input: Any = None,
        rank0_only: bool = True,
        group: Any = None,
    ) -> dict[str, Any]:
        """As `optim_state_dict`; this process is the first. NotImplementedError: `optim_input`."""
        if optim_input is not None:
            raise NotImplementedError("full_optim_state_dict: argument 'optim_input'")
        return OptimStates.optim_state_dict(model, optim, group=group)

    sharded_optim_state_dict = optim_state_dict

    @staticmethod
    def optim_state_dict_to_load(
        model: Module,
        optim: Optimizer,
        optim_state_dict: dict[str, Any],
        is_named_optimizer: bool = False,
        load_directly: bool = False,
        group: Any = None,
    ) -> dict[str, Any]:
        """The state as `optim.load_state_dict` wants it; with `load_directly` it is loaded."""
        if is_named_optimizer:
            raise NotImplementedError("optim_state_dict_to_load: argument 'is_named_optimizer'")
        params = [p for given in optim.param_groups for p in given["params"]]
        made = _numbered(model, params, optim_state_dict)
        number = {id(p): i for i, p in enumerate(params)}
        made["param_groups"] = [
            {**dict(saved), "params": [number[id(p)] for p in given["params"]]}
            for saved, given in zip(optim_state_dict["param_groups"], optim.param_groups)
        ]
        if load_directly:
            optim.load_state_dict(made)
        return made

    @staticmethod
    def scatter_full_optim_state_dict(
        full_optim_state_dict: dict[str, Any] | None,
        model: Module,
        optim_input: Any = None,
        optim: Optimizer | None = None,
        group: Any = None,
    ) -> dict[str, Any]:
        """As `optim_state_dict_to_load`."""
        if full_optim_state_dict is None or optim is None:
            raise NotImplementedError("scatter_full_optim_state_dict: give the state and 'optim'")
        return OptimStates.optim_state_dict_to_load(model, optim, full_optim_state_dict)

    @staticmethod
    def rekey_optim_state_dict(
        optim_state_dict: dict[str, Any],
        optim_state_key_type: OptimStateKeyType,
        model: Module,
        optim_input: Any = None,
        optim: Optimizer | None = None,
    ) -> dict[str, Any]:
        """A state by names for a module that is not wrapped, by numbers; or the other way."""
        names = [name for name, _ in model.named_parameters()]
        pairs: dict[Any, Any] = dict(zip(names, range(len(names))))
        if optim_state_key_type is OptimStateKeyType.PARAM_NAME:
            pairs = {number: name for name, number in pairs.items()}
        groups = []
        for given in optim_state_dict["param_groups"]:
            keys = [pairs[key] for key in given["params"]]
            ordered = sorted(keys) if keys and isinstance(keys[0], int) else keys
            groups.append({**given, "params": ordered})
        state = {pairs[key]: value for key, value in optim_state_dict["state"].items()}
        return {"state": state, "param_groups": groups}


def _cut(state: dict[str, Any], names: list[str], flat: Any) -> dict[str, dict[str, Any]]:
    if flat is None:
        return {names[0]: dict(state)}
    made: dict[str, dict[str, Any]] = {name: {} for name in names}
    for key in sorted(state):
        value = state[key]
        whole = isinstance(value, Tensor) and value.dim() > 0
        parts = flat.views(value) if whole else [value] * len(names)
        for name, part in zip(names, parts):
            made[name][key] = part
    tensors = {n: {k: v for k, v in s.items() if _long(v)} for n, s in made.items()}
    return {
        n: {**tensors[n], **{k: v for k, v in s.items() if not _long(v)}} for n, s in made.items()
    }


def _long(value: Any) -> bool:
    return isinstance(value, Tensor) and value.dim() > 0


def _numbered(model: Module, params: list[Any], saved: dict[str, Any]) -> dict[str, Any]:
    known, state = _names(model), {}
    for number, p in enumerate(params):
        names, flat = known[id(p)]
        found = [saved["state"][name] for name in names if name in saved["state"]]
        if not found:
            continue
        if flat is None:
            state[number] = dict(found[0])
            continue
        state[number] = {
            key: cat([part[key].reshape(-1) for part in found]) if _long(value) else value
            for key, value in found[0].items()
        }
    return {"state": state}
