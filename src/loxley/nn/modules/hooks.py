"""Hooks of modules: the registries that hold for every module, and the nodes that carry backward
hooks.

In: callables, registered on one module (`HookMethods`) or on all (`register_module_*`).
Out: `RemovableHandle`s; `Module.__call__` walks the registries in the order they were filled.
Behaviour: https://pytorch.org/docs/stable/generated/torch.nn.Module.html
"""

from __future__ import annotations

import functools
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from ...autograd.function import Function
from ...tensor import Tensor
from .handle import RemovableHandle

global_forward_pre_hooks: OrderedDict[int, Callable] = OrderedDict()
global_forward_hooks: OrderedDict[int, Callable] = OrderedDict()
global_forward_hooks_with_kwargs: OrderedDict[int, bool] = OrderedDict()
global_forward_hooks_always_called: OrderedDict[int, bool] = OrderedDict()
global_backward_pre_hooks: OrderedDict[int, Callable] = OrderedDict()
global_backward_hooks: OrderedDict[int, Callable] = OrderedDict()
global_parameter_registration_hooks: OrderedDict[int, Callable] = OrderedDict()
global_buffer_registration_hooks: OrderedDict[int, Callable] = OrderedDict()
global_module_registration_hooks: OrderedDict[int, Callable] = OrderedDict()


class _GlobalKind:
    """Whether the hooks that hold for every module are full backward hooks (None: none yet)."""

    full_backward: bool | None = None


def _register(
    registry: OrderedDict,
    hook: Callable,
    marks: Sequence[tuple[OrderedDict, bool]] = (),
    prepend: bool = False,
) -> RemovableHandle:
    """Add `hook` to `registry`, and its id to each registry of `marks` that applies."""
    handle = RemovableHandle(registry, extra_dict=[marked for marked, _ in marks])
    registry[handle.id] = hook
    for marked, applies in marks:
        if applies:
            marked[handle.id] = True
    if prepend:
        registry.move_to_end(handle.id, last=False)
    return handle


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`hook(module, args)` runs before the forward of every module; it may return new args."""
    return _register(global_forward_pre_hooks, hook)


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """`hook(module, args[, kwargs], output)` runs after the forward of every module."""
    marks = [
        (global_forward_hooks_with_kwargs, with_kwargs),
        (global_forward_hooks_always_called, always_call),
    ]
    return _register(global_forward_hooks, hook, marks)


def register_module_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`hook(module, grad_input, grad_output)` on the last node of every module (deprecated)."""
    if _GlobalKind.full_backward is True:
        raise RuntimeError(
            "Cannot use both regular backward hooks and full backward hooks as a "
            "global Module hook. Please use only one of them."
        )
    _GlobalKind.full_backward = False
    return _register(global_backward_hooks, hook)


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`hook(module, grad_output)` runs before the backward of every module."""
    return _register(global_backward_pre_hooks, hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`hook(module, grad_input, grad_output)` runs after the backward of every module."""
    if _GlobalKind.full_backward is False:
        raise RuntimeError(
            "Cannot use both regular backward hooks and full backward hooks as a "
            "global Module hook. Please use only one of them."
        )
    _GlobalKind.full_backward = True
    return _register(global_backward_hooks, hook)


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`hook(module, name, parameter)` sees every parameter registered and may replace it."""
    return _register(global_parameter_registration_hooks, hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`hook(module, name, buffer)` sees every buffer registered and may replace it."""
    return _register(global_buffer_registration_hooks, hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`hook(module, name, submodule)` sees every submodule registered and may replace it."""
    return _register(global_module_registration_hooks, hook)


def has_any_global_hook() -> bool:
    return bool(
        global_forward_hooks
        or global_forward_pre_hooks
        or global_backward_hooks
        or global_backward_pre_hooks
    )


class HookMethods:
    """What `Module` offers to register hooks on one module."""

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """`hook(module, args[, kwargs])` runs before forward; it may return new args.

        With `with_kwargs` it returns None or a pair `(new_args, new_kwargs)`.
        """
        marks = [(self._forward_pre_hooks_with_kwargs, with_kwargs)]
        return _register(self._forward_pre_hooks, hook, marks, prepend)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """`hook(module, args[, kwargs], output)` runs after forward; it may return a new output.

        With `always_call` it runs even where forward raised.
        """
        marks = [
            (self._forward_hooks_with_kwargs, with_kwargs),
            (self._forward_hooks_always_called, always_call),
        ]
        return _register(self._forward_hooks, hook, marks, prepend)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """`hook(module, grad_output)` runs before the module's backward; may change grad_output."""
        return _register(self._backward_pre_hooks, hook, prepend=prepend)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """`hook(module, grad_input, grad_output)` runs after the module's backward."""
        self._set_backward_kind(full=True)
        return _register(self._backward_hooks, hook, prepend=prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, grad_input, grad_output)` on the module's last node (deprecated)."""
        self._set_backward_kind(full=False)
        return _register(self._backward_hooks, hook)

    def _set_backward_kind(self, full: bool) -> None:
        if self._is_full_backward_hook is (not full):
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a "
                "single Module. Please use only one of them."
            )
        self._is_full_backward_hook = full

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, prefix, keep_vars)` runs before `state_dict` collects."""
        return _register(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, state_dict, prefix, local_metadata)` changes the state dict in place."""
        hook._from_public_api = True
        return _register(self._state_dict_hooks, hook)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError(
                "Cannot register the same function as the state dict post hook that was "
                "previously registered via register_state_dict_post_hook"
            )
        return _register(self._state_dict_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, state_dict, prefix, local_metadata, strict, missing_keys,
        unexpected_keys, error_msgs)` runs before the module loads."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        wrapped = WrappedHook(hook, self if with_module else None)
        return _register(self._load_state_dict_pre_hooks, wrapped)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, incompatible_keys)` runs after the module and its children loaded."""
        return _register(self._load_state_dict_post_hooks, hook)

    def _get_backward_hooks(self) -> tuple[list, list]:
        """The full and the non-full backward hooks that hold for this module."""
        full, non_full = [], []
        kind = _GlobalKind.full_backward
        if kind is not None:
            (full if kind else non_full).extend(global_backward_hooks.values())
        if self._is_full_backward_hook is not None:
            (full if self._is_full_backward_hook else non_full).extend(
                self._backward_hooks.values()
            )
        return full, non_full

    def _get_backward_pre_hooks(self) -> list:
        return [*global_backward_pre_hooks.values(), *self._backward_pre_hooks.values()]


class WrappedHook:
    """A hook that remembers, weakly, the module it is to be called with."""

    def __init__(self, hook: Callable, module: Any = None) -> None:
        self.hook = hook
        functools.update_wrapper(self, hook)
        self.with_module = module is not None
        if self.with_module:
            self.module = weakref.ref(module)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.with_module:
            return self.hook(*args, **kwargs)
        module = self.module()
        if module is None:
            raise RuntimeError("You are trying to call the hook of a dead Module!")
        return self.hook(module, *args, **kwargs)

    def __getstate__(self) -> dict:
        state = {"hook": self.hook, "with_module": self.with_module}
        if self.with_module:
            state["module"] = self.module()
        return state

    def __setstate__(self, state: dict) -> None:
        self.hook = state["hook"]
        self.with_module = state["with_module"]
        if self.with_module:
            if state["module"] is None:
                raise RuntimeError("You are trying to revive the hook of a dead Module!")
            self.module = weakref.ref(state["module"])


class BackwardHookFunction(Function):
    """The identity on tensors; its backward hands the gradients to a callback."""

    @staticmethod
    def forward(
        ctx: Any, callback: Callable, materialize: bool, *tensors: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.callback = callback
        ctx.set_materialize_grads(materialize)
        ctx.mark_non_differentiable(*[t for t in tensors if not t.requires_grad])
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple:
        return (None, None, *ctx.callback(grads))


class BackwardHook:
    """One call of a module with full backward hooks.

    `setup_input_hook` and `setup_output_hook` pass the module's inputs and outputs through
    identity nodes. Backward reaches the output node first (grad_output: the pre-hooks run), then
    the input node (grad_input: the hooks run). Where no input needs a gradient the hooks run at
    the output node with grad_input of Nones.
    """

    def __init__(self, module: Any, user_hooks: list, user_pre_hooks: list) -> None:
        self.user_hooks = user_hooks
        self.user_pre_hooks = user_pre_hooks
        self.module = module
        self.grad_outputs: tuple | None = None
        self.n_outputs = -1
        self.output_tensors_index: list[int] | None = None
        self.n_inputs = -1
        self.input_tensors_index: list[int] | None = None

    def setup_input_hook(self, args: tuple) -> tuple:
        args, self.input_tensors_index = self._pass_through(args, self._on_grad_input, True)
        self.n_inputs = len(args)
        return args

    def setup_output_hook(self, result: Any) -> Any:
        single = not isinstance(result, tuple)
        values = (result,) if single else result
        values, self.output_tensors_index = self._pass_through(values, self._on_grad_output, False)
        self.n_outputs = len(values)
        return values[0] if single else values

    @staticmethod
    def _pass_through(
        values: tuple, callback: Callable, materialize: bool
    ) -> tuple[tuple, list[int] | None]:
        """`values` with their tensors behind one identity node; hooks of grad_input see zeros
        where there is no gradient (`materialize`), those of grad_output see None."""
        index = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
        if not any(values[i].requires_grad for i in index):
            return values, None
        passed = BackwardHookFunction.apply(callback, materialize, *[values[i] for i in index])
        new_values = list(values)
        for i, value in zip(index, passed, strict=True):
            new_values[i] = value
        if type(values) is tuple:
            return tuple(new_values), index
        return type(values)(*new_values), index  # a named tuple

    @staticmethod
    def _spread(grads: tuple, index: list[int] | None, size: int) -> tuple:
        spread = [None] * size
        for i, grad in zip(index or (), grads, strict=True):
            spread[i] = grad
        return tuple(spread)

    def _on_grad_output(self, grads: tuple) -> tuple:
        outputs = self._spread(grads, self.output_tensors_index, self.n_outputs)
        for hook in self.user_pre_hooks:
            new = hook(self.module, outputs)
            if new is None:
                continue
            new = new if isinstance(new, tuple) else (new,)
            if len(new) != len(outputs):
                raise RuntimeError(
                    "Backward pre hook returned an invalid number of grad_output, "
                    f"got {len(new)}, but expected {len(outputs)}"
                )
            outputs = new
        self.grad_outputs = outputs
        if self.input_tensors_index is None:
            self._run_hooks_without_grad_input()
        return tuple(outputs[i] for i in self.output_tensors_index)

    def _run_hooks_without_grad_input(self) -> None:
        if self.user_hooks:
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module "
                "outputs since no inputs require gradients. See https://docs.pytorch.org/docs/main/"
                "generated/torch.nn.Module.html#torch.nn.Module.register_full_backward_hook for "
                "more details.",
                stacklevel=5,
            )
        nothing = (None,) * self.n_inputs
        for hook in self.user_hooks:
            result = hook(self.module, nothing, self.grad_outputs)
            if result is not None and not _all_none(result):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires "
                    "gradient should always return None or None for all gradients."
                )
        self.grad_outputs = None

    def _on_grad_input(self, grads: tuple) -> tuple:
        if self.grad_outputs is None:
            raise RuntimeError(
                "Module backward hook for grad_input is called before the grad_output one. "
                "This happens because the gradient in your nn.Module flows to the Module's input "
                "without passing through the Module's output. Make sure that the output depends on "
                "the input and that the loss is computed based on the output."
            )
        inputs = self._spread(grads, self.input_tensors_index, self.n_inputs)
        for hook in self.user_hooks:
            new = hook(self.module, inputs, self.grad_outputs)
            if new is None:
                continue
            new = new if isinstance(new, tuple) else (new,)
            if len(new) != len(inputs):
                raise RuntimeError(
                    "Backward hook returned an invalid number of grad_input, "
                    f"got {len(new)}, but expected {len(inputs)}"
                )
            inputs = new
        self.grad_outputs = None
        return tuple(inputs[i] for i in self.input_tensors_index)


def _all_none(values: Any) -> bool:
    return isinstance(values, tuple) and all(value is None for value in values)


def _is_tensor_or_tensors(values: Any) -> bool:
    if isinstance(values, Tensor):
        return True
    return isinstance(values, tuple) and all(isinstance(value, Tensor) for value in values)


def _warn_partial(message: str) -> None:
    warnings.warn(
        f"{message} Please use register_full_backward_hook to get the documented behavior.",
        FutureWarning,
        stacklevel=5,
    )


def warn_non_full_backward_hook(inputs: Any, result: Any, grad_fn: Any) -> None:
    """Say where the deprecated `register_backward_hook` sees only part of the gradients."""
    if not _is_tensor_or_tensors(result):
        _warn_partial(
            "Using non-full backward hooks on a Module that does not return a single Tensor or a "
            "tuple of Tensors is deprecated and will be removed in future versions. This hook "
            "will be missing some of the grad_output."
        )
        return
    if not _is_tensor_or_tensors(inputs):
        _warn_partial(
            "Using non-full backward hooks on a Module that does not take as input a single "
            "Tensor or a tuple of Tensors is deprecated and will be removed in future versions. "
            "This hook will be missing some of the grad_input."
        )
        return
    results = (result,) if isinstance(result, Tensor) else result
    if {r.grad_fn for r in results if r.grad_fn is not None} != {grad_fn}:
        _warn_partial(
            "Using a non-full backward hook when outputs are generated by different autograd "
            "Nodes is deprecated and will be removed in future versions. This hook will be "
            "missing some grad_output."
        )
        return
    args = (inputs,) if isinstance(inputs, Tensor) else inputs
    input_nodes = {i.grad_fn for i in args if i.grad_fn is not None}
    next_nodes = {node for node, _ in grad_fn.next_functions}
    if input_nodes != next_nodes:
        _warn_partial(
            "Using a non-full backward hook when the forward contains multiple autograd Nodes is "
            "deprecated and will be removed in future versions. This hook will be missing some "
            "grad_input."
        )
