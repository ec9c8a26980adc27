"""Which submodules are wrapped. Source: torch.distributed.fsdp.wrap"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ...nn import Module, ModuleDict, ModuleList, MultiheadAttention

__all__ = [
    "CustomPolicy",
    "ModuleWrapPolicy",
    "always_wrap_policy",
    "enable_wrap",
    "lambda_auto_wrap_policy",
    "size_based_auto_wrap_policy",
    "transformer_auto_wrap_policy",
    "wrap",
]


def always_wrap_policy(*args: Any, **kwargs: Any) -> bool:
    """Every module."""
    return True


def lambda_auto_wrap_policy(
    module: Module, recurse: bool, nonwrapped_numel: int, lambda_fn: Callable
) -> bool:
    """Modules for which a function is true."""
    return True if recurse else lambda_fn(module)


def transformer_auto_wrap_policy(
    module: Module, recurse: bool, nonwrapped_numel: int, transformer_layer_cls: set
) -> bool:
    """Modules of some classes."""
    return True if recurse else isinstance(module, tuple(transformer_layer_cls))


def _or_policy(
    module: Module, recurse: bool, nonwrapped_numel: int, policies: Iterable[Callable]
) -> bool:
    """Modules that any of some policies names."""
    return any(
        policy(module=module, recurse=recurse, nonwrapped_numel=nonwrapped_numel)
        for policy in policies
    )


def size_based_auto_wrap_policy(
    module: Module,
    recurse: bool,
    nonwrapped_numel: int,
    min_num_params: int = 100_000_000,
    force_leaf_modules: set | None = None,
    exclude_wrap_modules: set | None = None,
) -> bool:
    """Modules with as many elements in parameters that are not wrapped yet."""
    leaves = {MultiheadAttention} if force_leaf_modules is None else force_leaf_modules
    excluded = {ModuleList, ModuleDict} if exclude_wrap_modules is None else exclude_wrap_modules
    large = nonwrapped_numel >= min_num_params
    if recurse:
        return large and not isinstance(module, tuple(leaves))
    return large and not isinstance(module, tuple(excluded))


size_based_auto_wrap_policy.EXCLUDE_WRAP_MODULES = {ModuleList, ModuleDict}  # type: ignore[attr-defined]
size_based_auto_wrap_policy.FORCE_LEAF_MODULES = {MultiheadAttention}  # type: ignore[attr-defined]


class ModuleWrapPolicy:
    """Modules of some classes; the root is not one of them."""

    def __init__(self, module_classes: Iterable[type[Module]]) -> None:
        self._module_classes = set(module_classes)

    def __call__(self, module: Module, recurse: bool, *args: Any, **kwargs: Any) -> bool:
        return True if recurse else isinstance(module, tuple(self._module_classes))

    def __repr__(self) -> str:
        return f"ModuleWrapPolicy({self._module_classes})"


class CustomPolicy:
    """Modules for which a function is true, or gives keyword arguments of the wrapper."""

    def __init__(self, lambda_fn: Callable[[Module], bool | dict[str, Any]]) -> None:
        self._lambda_fn = lambda_fn


def wrap_children(module: Module, policy: Any, wrapper: Callable, wrapped: type) -> None:
    """Wraps in place the submodules that a policy names; modules wrapped already are left."""
    if isinstance(policy, CustomPolicy):
        _by_function(module, policy._lambda_fn, wrapper, wrapped)
    else:
        _by_size(module, policy, wrapper, wrapped, is_root=True)


def _by_function(module: Module, choose: Callable, wrapper: Callable, wrapped: type) -> None:
    for name, child in list(module.named_children()):
        if isinstance(child, wrapped):
            continue
        _by_function(child, choose, wrapper, wrapped)
        chosen = choose(child)
        if chosen:
            setattr(module, name, wrapper(child, **(chosen if isinstance(chosen, dict) else {})))


def _by_size(
    module: Module, policy: Callable, wrapper: Callable, wrapped: type, is_root: bool
) -> tuple[Module, int]:
    """The module, wrapped or not, and how many elements are in wrapped parameters."""
    total = sum(p.numel() for p in module.parameters())
    if not policy(module=module, recurse=True, nonwrapped_numel=total):
        return module, 0
    inside = 0
    for name, child in list(module.named_children()):
        if isinstance(child, wrapped):
            inside += sum(p.numel() for p in child.parameters())
            continue
        made, count = _by_size(child, policy, wrapper, wrapped, is_root=False)
        if made is not child:
            setattr(module, name, made)
        inside += count
    if not is_root and policy(module=module, recurse=False, nonwrapped_numel=total - inside):
        return wrapper(module), total
    return module, inside


def replace_modules(root: Module, check: Callable[[Module], bool], make: Callable) -> None:
    """Replaces in place, from the innermost on, the submodules that `check` names."""
    for name, child in list(root.named_children()):
        replace_modules(child, check, make)
        if check(child):
            setattr(root, name, make(child))


_wrapping: list[tuple[Any, dict[str, Any]]] = []


@contextmanager
def enable_wrap(*, wrapper_cls: Any, **wrapper_kwargs: Any) -> Iterator[None]:
    """A block in which `wrap(module)` wraps."""
    _wrapping.append((wrapper_cls, wrapper_kwargs))
    try:
        yield
    finally:
        _wrapping.pop()


def wrap(module: Module, **wrap_overrides: Any) -> Module:
    """The module, wrapped inside `enable_wrap`."""
    if not _wrapping:
        return module
    cls, options = _wrapping[-1]
    return functools.partial(cls, **{**options, **wrap_overrides})(module)
