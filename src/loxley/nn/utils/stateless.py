"""Calling a module with other parameters and buffers than its own.

In: a module and a mapping of dotted names to tensors. Out: its output; afterwards the module is as
before (buffers that the call replaced are put back, those it wrote to keep what was written).
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

from ...tensor import Tensor
from ..modules.module import Module


def _tied_names(module: Module) -> list[set[str]]:
    """The groups of names under which the module holds one tensor."""
    groups: dict[Tensor, set[str]] = {}
    named = [
        *module.named_parameters(remove_duplicate=False),
        *module.named_buffers(remove_duplicate=False),
    ]
    for name, value in named:
        groups.setdefault(value, set()).add(name)
    return [names for names in groups.values() if len(names) > 1]


def _with_tied(module: Module, given: dict[str, Tensor]) -> dict[str, Tensor]:
    """`given` extended to every name of each tensor that is named once."""
    extended = dict(given)
    for names in _tied_names(module):
        values = {name: given[name] for name in sorted(names) if name in given}
        if not values:
            continue
        first = next(iter(values.values()))
        if any(value is not first for value in values.values()):
            raise ValueError(
                "functional_call got multiple values for keys "
                f"{sorted(values)}, which are tied. Consider using tie_weights=False"
            )
        extended.update(dict.fromkeys(names, first))
    return extended


def _check_strict(module: Module, given: dict[str, Tensor]) -> None:
    own = {name for name, _ in module.named_parameters(remove_duplicate=False)}
    own |= {name for name, _ in module.named_buffers(remove_duplicate=False)}
    unexpected = [name for name in given if name not in own]
    missing = [name for name in _ordered_names(module) if name not in given]
    if not unexpected and not missing:
        return
    message = f"Error(s) in reparametrizing for {module._get_name()}:"
    if unexpected:
        message += f"\n\tUnexpected key(s): {', '.join(map(repr, unexpected))}."
    if missing:
        message += f"\n\tMissing key(s): {', '.join(map(repr, missing))}."
    raise RuntimeError(message)


def _ordered_names(module: Module) -> list[str]:
    named = [
        *module.named_parameters(remove_duplicate=False),
        *module.named_buffers(remove_duplicate=False),
    ]
    return [name for name, _ in named]


_MISSING = object()


def _swap(module: Module, name: str, value: Any) -> Any:
    """Put `value` at `name` without checks; returns what was there."""
    for registry in (module._parameters, module._buffers):
        if name in registry:
            old = registry[name]
            registry[name] = value
            return old
    old = module.__dict__.get(name, _MISSING)
    if value is _MISSING:
        module.__dict__.pop(name, None)
    elif old is _MISSING and hasattr(type(module), name):
        raise NotImplementedError(
            f"torch.func.functional_call: '{name}' of a parametrized module is not implemented"
        )
    else:
        module.__dict__[name] = value
    return old


@contextlib.contextmanager
def _reparametrize_module(
    module: Module,
    parameters_and_buffers: dict[str, Tensor],
    tie_weights: bool = False,
    strict: bool = False,
    stack_weights: bool = False,
) -> Iterator[None]:
    """Within the block the module holds the given tensors."""
    given = dict(parameters_and_buffers)
    if tie_weights:
        given = _with_tied(module, given)
    if strict:
        _check_strict(module, given)
    places = []
    for name, value in given.items():
        if not isinstance(value, Tensor):
            raise TypeError(f"{value} is not an instance of torch.Tensor")
        path, _, leaf = name.rpartition(".")
        places.append((module.get_submodule(path), leaf, value))
    swapped = []
    try:
        for owner, leaf, value in places:
            swapped.append((owner, leaf, _swap(owner, leaf, value)))
        yield
    finally:
        for owner, leaf, old in reversed(swapped):
            _swap(owner, leaf, old)


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Tensor],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """`torch.func.functional_call` under its deprecated name."""
    warnings.warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be "
        "removed in a future version of PyTorch. Please use `torch.func.functional_call` instead "
        "which is a drop-in replacement.",
        FutureWarning,
        stacklevel=2,
    )
    return _functional_call(
        module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict
    )


def _functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Tensor],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """`module(*args, **kwargs)` with the given tensors in place of its own."""
    if args is None:
        args = ()
    elif not isinstance(args, tuple):
        args = (args,)
    with _reparametrize_module(
        module, parameters_and_buffers, tie_weights=tie_weights, strict=strict
    ):
        return module(*args, **(kwargs or {}))
