"""PyTorch's module table, `module_db`, against the target.

Each module is built on both sides with the same arguments and the same seed, printed, given
torch's state_dict, and run forward (float32 and float64) and backward (float64) in train and eval
mode: outputs, gradients of inputs and parameters, and the state afterwards must agree.
"""

from __future__ import annotations

import functools
import random
import re
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_modules import ModuleErrorEnum, module_db

from tests.bridge import Bridge, load_target, resolve
from tests.conformance.compare import declared_tolerance, difference
from tests.conformance.harness import Skip, Table, describe
from tests.conformance.swap import Swapper
from tests.conformance.usage import module_names

SEED = 123
MOST_SAMPLES = 80
ENTRIES = {info.name: info for info in module_db}


@functools.cache
def _bridge() -> Bridge:
    return Swapper(load_target()).bridge


def _seed_all() -> None:
    torch.manual_seed(SEED)
    random.seed(SEED)
    np.random.seed(SEED)


def _build(info: Any, constructor: Any, memo: dict[Any, Any]) -> tuple[Any, Any]:
    bridge = _bridge()
    cls = resolve(bridge.target, info.name)
    args = bridge.forward(constructor.args, memo)
    kwargs = bridge.forward(constructor.kwargs, memo)
    torch.manual_seed(SEED)
    here = info.module_cls(*constructor.args, **constructor.kwargs)
    bridge.target.manual_seed(SEED)
    return here, cls(*args, **kwargs)


def _state(module: Any) -> dict[str, Any]:
    return {name: _bridge().back(value) for name, value in module.state_dict().items()}


def _call(module: Any, seed: Any, args: Any, kwargs: Any) -> Any:
    seed(SEED)
    return module(*args, **kwargs)


def _tensors(value: Any) -> list[Any]:
    if isinstance(value, (torch.Tensor, _bridge().target.Tensor)):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in _tensors(item)]
    return []


class _Case:
    """One module on both sides with one set of inputs."""

    def __init__(self, info: Any, sample: Any, dtype: torch.dtype, training: bool):
        self.dtype, self.sample = dtype, sample
        self.tolerance = {dtype: declared_tolerance(info.decorators, dtype)}
        self.memo: dict[Any, Any] = {}
        self.here, self.there = _build(info, sample.constructor_input, self.memo)
        self.is_lazy = info.is_lazy
        self.training = training

    def difference(self) -> str | None:
        """What differs between the two sides, or None."""
        for check in (
            self._printed,
            self._initialized,
            self._loaded,
            self._forward,
            self._backward,
        ):
            found = check()
            if found:
                return f"{check.__name__.strip('_')}: {found}"
        return None

    def _printed(self) -> str | None:
        return difference(repr(self.here), repr(self.there))

    def _initialized(self) -> str | None:
        if self.is_lazy:
            return None
        return difference(_state_of_torch(self.here), _state(self.there), self.tolerance)

    def _loaded(self) -> str | None:
        bridge = _bridge()
        self.here = self.here.to(self.dtype).train(self.training)
        self.there = self.there.to(bridge.forward(self.dtype)).train(self.training)
        forward = self.sample.forward_input
        self.args, self.kwargs = forward.args, forward.kwargs
        self.args_there = bridge.forward(self.args, self.memo)
        self.kwargs_there = bridge.forward(self.kwargs, self.memo)
        if self.is_lazy:
            _call(self.here, torch.manual_seed, self.args, self.kwargs)
            _call(self.there, bridge.target.manual_seed, self.args_there, self.kwargs_there)
        self.there.load_state_dict(bridge.forward(dict(self.here.state_dict())))
        return None

    def _forward(self) -> str | None:
        bridge = _bridge()
        self.out = _call(self.here, torch.manual_seed, self.args, self.kwargs)
        seed = bridge.target.manual_seed
        self.out_there = _call(self.there, seed, self.args_there, self.kwargs_there)
        found = difference(self.out, bridge.back(self.out_there), self.tolerance)
        return found or difference(_state_of_torch(self.here), _state(self.there), self.tolerance)

    def _backward(self) -> str | None:
        if self.dtype is not torch.float64:
            return None
        here = self._gradients(torch, self.here, self.out, self.args, self.kwargs)
        target = _bridge().target
        arguments = self.args_there, self.kwargs_there
        there = self._gradients(target, self.there, self.out_there, *arguments)
        return difference(here, _bridge().back(there), self.tolerance)

    def _gradients(self, side: Any, module: Any, out: Any, *arguments: Any) -> list[Any]:
        outputs = [t for t in _tensors(out) if t.requires_grad]
        inputs = [t for t in _tensors(arguments) if t.requires_grad]
        inputs += [p for _, p in module.named_parameters() if p.requires_grad]
        if not outputs or not inputs:
            return []
        generator = torch.Generator().manual_seed(SEED)
        cotangents: Any = [
            torch.randn(tuple(t.shape), dtype=self.dtype, generator=generator) for t in outputs
        ]
        if side is not torch:
            cotangents = _bridge().forward(cotangents)
        return list(side.autograd.grad(outputs, inputs, cotangents, allow_unused=True))


def _state_of_torch(module: Any) -> dict[str, Any]:
    return {name: value.detach().clone() for name, value in module.state_dict().items()}


def _samples(info: Any, dtype: torch.dtype, training: bool) -> list[Any]:
    """The inputs of a module; of very many an even spread."""
    _seed_all()
    made = info.module_inputs_func(
        info, device="cpu", dtype=dtype, requires_grad=True, training=training
    )
    samples = [sample for sample in made if sample.forward_input is not None]
    count = min(len(samples), MOST_SAMPLES)
    return [samples[i * len(samples) // count] for i in range(count)]


def check_module(entry: str) -> str | None:
    """All inputs of one module, both dtypes, both modes."""
    info = ENTRIES[entry]
    resolve(_bridge().target, info.name)
    ran = False
    for training in (True, False) if info.train_and_eval_differ else (True,):
        for dtype in (torch.float32, torch.float64):
            if dtype not in info.supported_dtypes("cpu"):
                continue
            for sample in _samples(info, dtype, training):
                ran = True
                found = _Case(info, sample, dtype, training).difference()
                if found:
                    mode = "train" if training else "eval"
                    return (
                        f"{found} ({sample.desc or sample.constructor_input.args} {mode} {dtype})"
                    )
    if not ran:
        raise Skip("no inputs")
    return None


# -- errors ---------------------------------------------------------------------------------------


def _raised(build_and_call: Any) -> Exception | None:
    try:
        build_and_call()
    except Exception as error:
        return error
    return None


def _error_difference(info: Any, case: Any) -> str | None:
    bridge, memo = _bridge(), {}
    sample = case.module_error_input
    constructor, forward = sample.constructor_input, sample.forward_input
    cls = resolve(bridge.target, info.name)

    def here() -> Any:
        module = info.module_cls(*constructor.args, **constructor.kwargs)
        if case.error_on == ModuleErrorEnum.FORWARD_ERROR:
            module(*forward.args, **forward.kwargs)

    def there() -> Any:
        crossed = bridge.forward([constructor.args, constructor.kwargs], memo)
        module = cls(*crossed[0], **crossed[1])
        if case.error_on == ModuleErrorEnum.FORWARD_ERROR:
            crossed = bridge.forward([forward.args, forward.kwargs], memo)
            module(*crossed[0], **crossed[1])

    expected, actual = _raised(here), _raised(there)
    if expected is None:
        return None
    if actual is None:
        return f"expected {type(expected).__name__}: {expected}; nothing was raised"
    if type(expected).__name__ != type(actual).__name__:
        return f"expected {type(expected).__name__}: {expected}; got {describe(actual)}"
    if re.search(case.error_regex, str(expected)) and not re.search(case.error_regex, str(actual)):
        return f"message: expected {str(expected)!r}, got {str(actual)!r}"
    return None


def check_errors(entry: str) -> str | None:
    """Bad construction and bad input: exception types and messages."""
    info = ENTRIES[entry]
    if info.module_error_inputs_func is None:
        raise Skip("no error inputs")
    _seed_all()
    cases = info.module_error_inputs_func(
        info, device="cpu", dtype=torch.float32, requires_grad=False, training=False
    )
    for case in cases:
        found = _error_difference(info, case)
        if found:
            return found
    return None


def tables() -> list[Table]:
    """The module tables."""
    names = tuple(ENTRIES)
    return [
        Table("modules", "module_db, train and eval", names, check_module, module_names),
        Table("module_errors", "module_db errors", names, check_errors, module_names),
    ]
