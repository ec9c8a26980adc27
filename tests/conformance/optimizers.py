"""PyTorch's optimizer table, `optim_db`, against the target.

Every listed set of options takes several steps on parameters of several shapes, alone and in two
groups; parameters and state_dict must agree after each step, and a new optimizer that loads
torch's state_dict must go on as torch does. Schedulers and errors of the table likewise.
"""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch.testing._internal.common_optimizers import OptimizerErrorEnum, optim_db

from tests.bridge import Bridge, load_target, resolve
from tests.conformance.compare import difference
from tests.conformance.harness import Skip, Table, describe
from tests.conformance.swap import Swapper
from tests.conformance.usage import optimizer_names

SEED = 123
STEPS = 5
ENTRIES = {info.optim_cls.__name__: info for info in optim_db}


@functools.cache
def _swapper() -> Swapper:
    return Swapper(load_target())


def _bridge() -> Bridge:
    return _swapper().bridge


def _shapes(info: Any) -> list[tuple[int, ...]]:
    if info.optim_cls.__name__ == "Muon":  # takes matrices only
        return [(2, 3), (4, 4), (5, 2)]
    if info.only_supports_sparse_grads:
        return [(4, 3), (5,)]
    return [(2, 3), (4,), (), (3, 2, 2)]


def _dtypes(info: Any) -> tuple[torch.dtype, ...]:
    """The dtypes whose tolerance a rule can be held to.

    A search of up to 25 evaluations multiplies the rounding of float32 beyond any tolerance; Muon
    computes its update in bfloat16, whose rounding shows in float64.
    """
    if info.step_requires_closure:
        return (torch.float64,)
    return (
        (torch.float32,) if info.optim_cls is torch.optim.Muon else (torch.float32, torch.float64)
    )


class _Side:
    """Parameters and optimizer on one side, fed with given gradients."""

    def __init__(self, module: Any, info: Any, parameters: list[Any], kwargs: dict[str, Any]):
        self.module, self.info = module, info
        self.parameters = parameters
        self.kwargs = kwargs

    def build(self, grouped: bool) -> None:
        """Make the optimizer, with one parameter group or with two."""
        parameters: list[Any] = self.parameters
        if grouped:
            extra = {"params": self.parameters[1:], "lr": 0.02}
            parameters = [{"params": self.parameters[:1]}, extra]
        cls = resolve(self.module.optim, self.info.optim_cls.__name__)
        self.optimizer = cls(parameters, **self.kwargs)

    def step(self, gradients: list[Any]) -> None:
        """One step with gradients given, or with a closure for optimizers that search."""
        if self.info.step_requires_closure:
            self.optimizer.step(functools.partial(self._closure, gradients))
            return
        self.optimizer.zero_grad()
        for parameter, gradient in zip(self.parameters, gradients):
            sparse = self.info.only_supports_sparse_grads
            parameter.grad = gradient.to_sparse() if sparse else gradient
        self.optimizer.step()

    def _closure(self, gradients: list[Any]) -> Any:
        """A smooth loss whose minimum lies at the gradients' values."""
        self.optimizer.zero_grad()
        loss = sum(((p - g) ** 2).sum() for p, g in zip(self.parameters, gradients))
        loss = loss + sum((p**4).sum() for p in self.parameters)
        loss.backward()
        return loss


def _gradients(info: Any, dtype: torch.dtype, generator: torch.Generator) -> list[torch.Tensor]:
    made = [torch.randn(shape, dtype=dtype, generator=generator) for shape in _shapes(info)]
    if info.only_supports_sparse_grads:
        for gradient in made:
            gradient[1:3] = 0.0
    return made


def _sides(info: Any, kwargs: dict[str, Any], dtype: torch.dtype) -> tuple[_Side, _Side]:
    bridge = _bridge()
    generator = torch.Generator().manual_seed(SEED)
    values = [torch.randn(shape, dtype=dtype, generator=generator) for shape in _shapes(info)]
    here = [torch.nn.Parameter(value.clone()) for value in values]
    there = [bridge.target.nn.Parameter(bridge.forward(value)) for value in values]
    options = bridge.forward(kwargs)
    return _Side(torch, info, here, dict(kwargs)), _Side(bridge.target, info, there, options)


def _compare(here: _Side, there: _Side) -> str | None:
    bridge = _bridge()
    values = [p.detach() for p in here.parameters]
    found = difference(values, bridge.back([p.detach() for p in there.parameters]))
    if found:
        return f"parameters {found}"
    found = difference(
        _plain(here.optimizer.state_dict()), _plain(bridge.back(there.optimizer.state_dict()))
    )
    return f"state_dict {found}" if found else None


def _plain(value: Any) -> Any:
    """A state_dict with its mappings in one order and its lists as lists."""
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.detach() if isinstance(value, torch.Tensor) else value


def _run_options(
    info: Any, kwargs: dict[str, Any], dtype: torch.dtype, grouped: bool
) -> str | None:
    here, there = _sides(info, kwargs, dtype)
    here.build(grouped)
    there.build(grouped)
    found = difference(repr(here.optimizer), repr(there.optimizer))
    if found:
        return f"repr: {found}"
    generator = torch.Generator().manual_seed(SEED + 1)
    # A search that has all but arrived divides rounding by rounding: stop it well before.
    steps = 1 if info.step_requires_closure else STEPS
    for step in range(steps + 1):
        if step == steps:
            state = here.optimizer.state_dict()
            crossed = _bridge().forward(state)
            here.build(grouped)
            here.optimizer.load_state_dict(state)
            there.build(grouped)
            there.optimizer.load_state_dict(crossed)
        gradients = _gradients(info, dtype, generator)
        crossed = _bridge().forward(gradients)
        here.step(gradients)
        there.step(crossed)
        found = _compare(here, there)
        if found:
            return f"step {step}: {found}"
    return None


def check_optimizer(entry: str) -> str | None:
    """All option sets of one optimizer, float32 and float64, one group and two."""
    info = ENTRIES[entry]
    resolve(_bridge().target, f"optim.{entry}")
    for options in info.optim_inputs_func("cpu"):
        for grouped in (False, True) if info.supports_param_groups else (False,):
            for dtype in _dtypes(info):
                found = _run_options(info, options.kwargs, dtype, grouped)
                if found:
                    groups = "two groups" if grouped else "one group"
                    return f"{found} ({options.desc}, {groups}, {dtype})"
    return None


# -- schedulers -----------------------------------------------------------------------------------


def _scheduled(module: Any, info: Any, side: _Side, makers: list[Any]) -> list[list[float]]:
    side.build(False)
    schedulers = [maker(side.optimizer) for maker in makers]
    rates = []
    for step in range(15):
        if not info.step_requires_closure:
            side.optimizer.step()
        for scheduler in schedulers:
            plateau = type(scheduler).__name__ == "ReduceLROnPlateau"
            scheduler.step(*((1.0 + step,) if plateau else ()))
        rates.append([float(group["lr"]) for group in side.optimizer.param_groups])
    return rates


def check_schedulers(entry: str) -> str | None:
    """The learning rates that the listed schedulers give over 15 steps."""
    info = ENTRIES[entry]
    for makers in info.scheduler_inputs:
        here, there = _sides(info, {}, torch.float32)
        crossed = [_swapper().swap(maker) for maker in makers]
        expected = _scheduled(torch, info, here, makers)
        actual = _scheduled(_bridge().target, info, there, crossed)
        for step, pair in enumerate(zip(expected, actual)):
            if any(abs(a - b) > 1e-12 * abs(a) for a, b in zip(*pair)):
                return f"step {step}: expected {pair[0]}, got {pair[1]}"
    return None


# -- errors ---------------------------------------------------------------------------------------


def _raised(action: Callable[[], Any]) -> BaseException | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        try:
            action()
        except Exception as error:
            return error
    return None


def _attempt(module: Any, entry: str, case: Any, params: Any, kwargs: Any) -> None:
    if params is None:
        params = [module.nn.Parameter(module.ones(1, 1))]
    optimizer = resolve(module.optim, entry)(params, **kwargs)
    if case.error_on == OptimizerErrorEnum.STEP_ERROR:
        optimizer.step()


def _error_difference(entry: str, case: Any) -> str | None:
    sample, bridge = case.optimizer_error_input, _bridge()
    crossed = bridge.forward([sample.params, sample.kwargs])
    expected = _raised(lambda: _attempt(torch, entry, case, sample.params, sample.kwargs))
    actual = _raised(lambda: _attempt(bridge.target, entry, case, *crossed))
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
    """Bad options: exception types (warnings included) and messages."""
    info = ENTRIES[entry]
    if info.optim_error_inputs_func is None:
        raise Skip("no error inputs")
    for case in info.optim_error_inputs_func("cpu", torch.float32):
        found = _error_difference(entry, case)
        if found:
            return f"{found} ({case.optimizer_error_input.desc})"
    return None


def tables() -> list[Table]:
    """The optimizer tables."""
    names = tuple(ENTRIES)
    return [
        Table("optimizers", "optim_db", names, check_optimizer, optimizer_names),
        Table("schedulers", "optim_db schedulers", names, check_schedulers),
        Table("optimizer_errors", "optim_db errors", names, check_errors, optimizer_names),
    ]
