"""What `Optimizer.load_state_dict` does to the state: numbers become parameters, tensors are cast.

In: the saved state, the optimizer's groups and the saved ones.  Out: state by parameter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain
from typing import Any

from ..dtypes import float32
from ..tensor import Tensor


def loaded_state(saved: dict, groups: list[dict], saved_groups: list[dict]) -> defaultdict:
    """The saved state keyed by our parameters, cast to them; entries of others are kept as is."""
    theirs = chain.from_iterable(group["params"] for group in saved_groups)
    ours = ((p, group) for group in groups for p in group["params"])
    by_number = dict(zip(theirs, ours))
    state: defaultdict = defaultdict(dict)
    for key, value in saved.items():
        if key in by_number:
            param, group = by_number[key]
            state[param] = _cast(param, value, group)
        else:
            state[key] = value
    return state


def _cast(param: Tensor, value: Any, group: dict, key: str | None = None) -> Any:
    if isinstance(value, Tensor):
        return _cast_tensor(param, value, group, key)
    if isinstance(value, dict):
        return {k: _cast(param, v, group, k) for k, v in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return type(value)(_cast(param, v, group) for v in value)
    return value


def _cast_tensor(param: Tensor, value: Tensor, group: dict, key: str | None) -> Tensor:
    """ "step" counts in a dtype of its own; other state follows a floating parameter."""
    if key == "step":
        if group.get("capturable") or group.get("fused"):
            return value.to(dtype=float32, device=param.device)
        return value
    if param.is_floating_point():
        return value.to(dtype=param.dtype, device=param.device)
    return value.to(device=param.device)
