"""Activation checkpointing: forget intermediate values, compute them anew for backward.

In: a function and its arguments.  Out: its result, whose backward runs the function once more.
Source: Chen et al., https://arxiv.org/abs/1604.06174;
https://docs.pytorch.org/docs/2.13/checkpoint.html
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from ..amp import autocast
from ..amp.state import get_autocast_dtype, is_autocast_cache_enabled, is_autocast_enabled
from ..autograd import backward, enable_grad, no_grad
from ..autograd.engine import runs_for_inputs
from ..autograd.function import Function
from ..nn import Sequential
from ..random import fork_rng, get_rng_state, set_rng_state
from ..tensor import Tensor
from .recomputation import (
    CheckpointError,
    recomputing,
    set_checkpoint_debug_enabled,
    set_checkpoint_early_stop,
)

__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "DefaultDeviceType",
    "check_backward_validity",
    "checkpoint",
    "checkpoint_sequential",
    "detach_variable",
    "get_device_states",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
    "set_device_states",
]

Contexts = tuple[AbstractContextManager, AbstractContextManager]


class DefaultDeviceType:
    """The kind of device whose random state is kept where the arguments do not tell."""

    _default_device_type = "cuda"

    @staticmethod
    def set_device_type(device: str = "cuda") -> None:
        """Set the kind of device."""
        DefaultDeviceType._default_device_type = device

    @staticmethod
    def get_device_type() -> str:
        """The kind of device."""
        return DefaultDeviceType._default_device_type


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Detached copies of the tensors of a tuple, requiring gradients as they do."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(
            "Only tuple of tensors is supported. Got Unsupported input type: "
            f"{type(inputs).__name__}"
        )
    return tuple(_detached(x) if isinstance(x, Tensor) else x for x in inputs)


def _detached(x: Tensor) -> Tensor:
    y = x.detach()
    y.requires_grad = x.requires_grad
    return y


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn where no input requires a gradient."""
    if not any(x.requires_grad for x in inputs if isinstance(x, Tensor)):
        warnings.warn(
            "None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2
        )


def get_device_states(*args: Any) -> tuple[list[int], list[Tensor]]:
    """Numbers and random states of the accelerators that the arguments are on: there are none."""
    return [], []


def set_device_states(
    devices: list[int], states: list[Tensor], *, device_type: str | None = None
) -> None:
    """Restore what `get_device_states` gave."""
    if devices or states:
        raise NotImplementedError("torch.utils.checkpoint: there are no accelerators")


def noop_context_fn() -> Contexts:
    """Contexts that do nothing, for the forward pass and for the recomputation."""
    return nullcontext(), nullcontext()


class _Circumstances:
    """What a recomputation must find as the first computation found it: randomness, autocast."""

    def __init__(self, preserve_rng_state: bool) -> None:
        self.rng_state = get_rng_state() if preserve_rng_state else None
        self.autocast = {
            "device_type": "cpu",
            "enabled": is_autocast_enabled("cpu"),
            "dtype": get_autocast_dtype("cpu"),
            "cache_enabled": is_autocast_cache_enabled(),
        }

    @contextmanager
    def restored(self) -> Iterator[None]:
        """While it lasts, things are as they were; afterwards as they are now."""
        with fork_rng(devices=[], enabled=self.rng_state is not None), autocast(**self.autocast):
            if self.rng_state is not None:
                set_rng_state(self.rng_state)
            yield


class CheckpointFunction(Function):
    """The reentrant form: a custom function whose backward runs a backward of its own."""

    @staticmethod
    def forward(ctx: Any, run_function: Callable, preserve_rng_state: bool, *args: Any) -> Any:
        check_backward_validity(args)
        ctx.run_function = run_function
        ctx.circumstances = _Circumstances(preserve_rng_state)
        ctx.places = [i for i, x in enumerate(args) if isinstance(x, Tensor)]
        ctx.inputs = [None if isinstance(x, Tensor) else x for x in args]
        ctx.save_for_backward(*(args[i] for i in ctx.places))
        with no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        if runs_for_inputs():
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or "
                "passing an `inputs` parameter to .backward(). To resolve this error, you can "
                "either set use_reentrant=False, or call .backward() without passing the `inputs` "
                "argument."
            )
        inputs = list(ctx.inputs)
        for i, tensor in zip(ctx.places, ctx.saved_tensors):
            inputs[i] = tensor
        detached = detach_variable(tuple(inputs))
        with ctx.circumstances.restored(), enable_grad():
            outputs = ctx.run_function(*detached)
        if isinstance(outputs, Tensor):
            outputs = (outputs,)
        tracked = [
            (out, grad)
            for out, grad in zip(outputs, grads)
            if isinstance(out, Tensor) and out.requires_grad
        ]
        if not tracked:
            raise RuntimeError(
                "none of output has requires_grad=True, this checkpoint() is not necessary"
            )
        backward([out for out, _ in tracked], [grad for _, grad in tracked])
        found = tuple(x.grad if isinstance(x, Tensor) else None for x in detached)
        return None, None, *found


def checkpoint(
    function: Callable,
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, keeping only its inputs for backward.

    `preserve_rng_state=False` (a keyword) lets the recomputation draw other random numbers;
    `use_reentrant=False` is the form that supports keywords, nesting and `autograd.grad`.
    Raises ValueError for keywords that the form does not take, CheckpointError (in backward) where
    the recomputation saves other tensors than the first computation did.
    """
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. "
            "Starting in PyTorch 2.9, calling checkpoint without use_reentrant will raise an "
            "exception. use_reentrant=False is recommended, but if you need to preserve the "
            "current default behavior, you can pass use_reentrant=True. Refer to docs for more "
            "details on the differences between the two variants.",
            stacklevel=2,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if not use_reentrant:
        if debug and context_fn is not noop_context_fn:
            raise ValueError("debug=True is incompatible with non-default context_fn")
        if debug:
            raise NotImplementedError(
                "torch.utils.checkpoint.checkpoint: argument 'debug' is not implemented"
            )
        circumstances = _Circumstances(preserve)
        forward_context, recompute_context = context_fn()
        with recomputing(
            lambda: function(*args, **kwargs),
            lambda: _nested(circumstances.restored(), recompute_context),
            determinism_check,
            early_stop,
        ):
            with forward_context:
                return function(*args, **kwargs)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if context_fn is not noop_context_fn or debug is not False:
        raise ValueError(
            "Passing `context_fn` or `debug` is only supported when use_reentrant=False."
        )
    return CheckpointFunction.apply(function, preserve, *args)


@contextmanager
def _nested(outer: AbstractContextManager, inner: AbstractContextManager) -> Iterator[None]:
    with outer, inner, enable_grad():
        yield


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Run functions one after the other in `segments` checkpoints; the last is not checkpointed."""
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be "
            "passed explicitly. In version 2.9 we will raise an exception if use_reentrant is not "
            "passed. use_reentrant=False is recommended, but if you need to preserve the current "
            "default behavior, you can pass use_reentrant=True. Refer to docs for more details on "
            "the differences between the two variants.",
            stacklevel=2,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    steps = list(functions.children()) if isinstance(functions, Sequential) else list(functions)
    size = len(steps) // segments
    end = 0
    for start in range(0, size * (segments - 1), size):
        end = start + size
        input = checkpoint(
            _in_sequence(steps[start:end]),
            input,
            use_reentrant=use_reentrant,
            preserve_rng_state=preserve,
        )
    return _in_sequence(steps[end:])(input)


def _in_sequence(steps: list[Callable]) -> Callable:
    def forward(x: Any) -> Any:
        for step in steps:
            x = step(x)
        return x

    return forward
