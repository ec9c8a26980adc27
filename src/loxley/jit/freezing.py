"""`torch.jit.freeze`, and the switches of PyTorch's own optimizer, which switch nothing here.

Source: https://docs.pytorch.org/docs/2.13/jit.html
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ..futures import Future
from ..tensor import Tensor
from .calls import specially
from .code import Class, Function
from .markers import export, jit_isinstance
from .module import RecursiveScriptModule, ScriptModule, put
from .types import BOOL
from .vocabulary import fork

T = TypeVar("T")


def freeze(
    mod: Any, preserved_attrs: list[str] | None = None, optimize_numerics: bool = True
) -> Any:
    """A copy of a scripted module in evaluation whose parameters and buffers are plain values.

    RuntimeError for other modules. Source: torch.jit.freeze.
    """
    if not isinstance(mod, ScriptModule):
        raise RuntimeError(
            "Freezing expects a ScriptModule as input. Please use torch.jit.script or "
            "torch.jit.trace to script your 'nn.Module'."
        )
    if mod.training:
        raise RuntimeError(
            "Freezing is currently only implemented for modules in eval mode. Please call .eval() "
            "on your module before freezing."
        )
    for name in preserved_attrs or ():
        if not hasattr(mod, name):
            raise AttributeError(f"'{type(mod).__name__}' object has no attribute '{name}'")
    return _frozen(mod)


def _frozen(module: Any) -> RecursiveScriptModule:
    old: Class = module._script_class
    cls = copy.copy(old)
    cls.parameters, cls.buffers, cls.attributes = [], [], dict(old.attributes)
    cls.methods = {
        name: Function(one.name, one.node, one.unit, cls, broadcasts=one.broadcasts)
        for name, one in old.methods.items()
    }
    made = type(module)(cls)
    made.__dict__["_name"] = module.original_name
    values: dict[str, Any] = {}
    for name in old.attributes:
        value = getattr(module, name)
        if isinstance(value, RecursiveScriptModule):
            value = _frozen(value)
        elif isinstance(value, Tensor):
            value = value.detach().clone()
        values[name] = value
    cls.attributes["training"] = BOOL
    put(made, values)
    made.training = False
    return made


def optimize_for_inference(mod: Any, other_methods: list[str] | None = None) -> Any:
    """`freeze`, for a module in evaluation. Source: torch.jit.optimize_for_inference."""
    if not isinstance(mod, ScriptModule):
        raise RuntimeError(
            "optimize_for_inference expects a ScriptModule as input. Please use torch.jit.script "
            "or torch.jit.trace to script your 'nn.Module'."
        )
    return freeze(mod.eval(), other_methods)


def run_frozen_optimizations(
    mod: Any, optimize_numerics: bool = True, preserved_methods: list[str] | None = None
) -> None:
    """Does nothing: calls are recorded and compiled as they come."""


def wait(future: Future) -> Any:
    """The value that a future will hold. Source: torch.jit.wait."""
    return future.wait()


_strategy = [("STATIC", 2), ("DYNAMIC", 10)]
_switches = {"onednn": False, "optimized": True}


def set_fusion_strategy(strategy: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Keeps a strategy and gives the one before; no fuser of TorchScript's asks for it."""
    global _strategy
    before, _strategy = _strategy, strategy
    return before


def enable_onednn_fusion(enabled: bool) -> None:
    """Keeps what `onednn_fusion_enabled` answers."""
    _switches["onednn"] = enabled


def onednn_fusion_enabled() -> bool:
    """What `enable_onednn_fusion` was told."""
    return _switches["onednn"]


@contextmanager
def optimized_execution(should_optimize: bool) -> Iterator[None]:
    """A block; results are the same with and without."""
    before, _switches["optimized"] = _switches["optimized"], should_optimize
    try:
        yield
    finally:
        _switches["optimized"] = before


@contextmanager
def fuser(name: str) -> Iterator[None]:
    """A block with one of PyTorch's fusers; results are the same with each."""
    if name not in ("fuser0", "fuser1", "fuser2", "fuser3", "none"):
        raise Exception(f"unrecognized fuser option (name: {name})")  # noqa: TRY002
    yield


class strict_fusion:  # noqa: N801 - PyTorch's name
    """A block that asks for fused code; results are the same."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, type: Any, value: Any, tb: Any) -> None:
        pass


def interface(obj: T) -> T:
    """Marks a class as a set of methods; returns it."""
    return obj


def script_method(fn: Any) -> Any:
    """Marks a method of a `ScriptModule`; returns it."""
    return export(fn)


def export_opnames(m: Any) -> list[str]:
    """NotImplementedError: mobile builds aren't there."""
    raise NotImplementedError("torch.jit.export_opnames is not implemented")


specially(fork, "jit_fork")
specially(wait, "jit_wait")
specially(jit_isinstance, "jit_isinstance")
