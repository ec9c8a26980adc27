"""`DistributedDataParallel`: a module whose gradients are averaged over processes.

In: a module; a process group of one process.  Out: a module with the same results, whose
gradients pass through a communication hook where one is registered.
Source: https://docs.pytorch.org/docs/2.13/generated/torch.nn.parallel.DistributedDataParallel.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..autograd import is_grad_enabled
from ..nn import Module
from ..tensor import Tensor
from .algorithms.join import Join, Joinable, JoinHook
from .buckets import Reducer
from .groups import default_group


def _synchronized(broadcast_buffers: bool | None, forward_sync_buffers: bool | None) -> bool:
    """Whether buffers are broadcast before each forward, under the argument's old or new name."""
    if forward_sync_buffers is not None:
        return forward_sync_buffers
    return True if broadcast_buffers is None else broadcast_buffers


class DistributedDataParallel(Module, Joinable):
    """Wraps `module`, whose parameters are found under `module.`.

    ValueError before `init_process_group` and for device ids of a module on the CPU; RuntimeError
    where nothing needs a gradient, and at the next forward pass where parameters got none.
    """

    def __init__(
        self,
        module: Module,
        device_ids: list | None = None,
        output_device: Any = None,
        dim: int = 0,
        broadcast_buffers: bool | None = None,
        init_sync: bool = True,
        process_group: Any = None,
        bucket_cap_mb: float | None = None,
        find_unused_parameters: bool = False,
        check_reduction: bool = False,
        gradient_as_bucket_view: bool = False,
        static_graph: bool = False,
        delay_all_reduce_named_params: Any = None,
        param_to_hook_all_reduce: Any = None,
        mixed_precision: Any = None,
        device_mesh: Any = None,
        skip_all_reduce_unused_params: bool = False,
        bucket_cap_mb_list: list[int] | None = None,
        batched_grad_copy: bool = False,
        forward_sync_buffers: bool | None = None,
    ) -> None:
        given = {
            "device_mesh": device_mesh,
            "mixed_precision": mixed_precision,
            "delay_all_reduce_named_params": delay_all_reduce_named_params,
            "param_to_hook_all_reduce": param_to_hook_all_reduce,
            "bucket_cap_mb_list": bucket_cap_mb_list,
        }
        broadcast_buffers = _synchronized(broadcast_buffers, forward_sync_buffers)
        for name, value in given.items():
            if value is not None:
                raise NotImplementedError(
                    f"torch.nn.parallel.DistributedDataParallel: argument '{name}'"
                )
        group = default_group() if process_group is None else process_group
        super().__init__()
        Joinable.__init__(self)
        self.process_group, self.dim, self.static_graph = group, dim, static_graph
        ignored = set(getattr(module, "_ddp_params_and_buffers_to_ignore", ()))
        self.parameters_to_ignore = ignored
        trained = [p for n, p in module.named_parameters() if p.requires_grad and n not in ignored]
        _check(module, trained, device_ids, output_device)
        self.module = module
        self.device_ids, self.output_device = None, None
        self.device = trained[0].device
        self.broadcast_buffers, self.find_unused_parameters = (
            broadcast_buffers,
            find_unused_parameters,
        )
        self.gradient_as_bucket_view = gradient_as_bucket_view
        self.require_backward_grad_sync = True
        self.reducer = Reducer(trained, bucket_cap_mb)

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """The module's result."""
        Join.notify_join_context(self)
        syncs = is_grad_enabled() and self.require_backward_grad_sync
        if syncs and not self.static_graph:
            self.reducer.check_finished()
        output = self.module(*inputs, **kwargs)
        if syncs:
            trained = self.reducer.parameters
            unused = _unused(trained, output) if self.find_unused_parameters else set()
            self.reducer.start(unused, watch=True)
        elif is_grad_enabled():
            self.reducer.start(set(), watch=False)
        return output

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """A block whose gradients are only accumulated."""
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    def register_comm_hook(self, state: object, hook: Callable) -> None:
        """Passes complete buckets to `hook(state, bucket)`, whose future holds the gradients.

        TypeError for what cannot be called and for bfloat16 hooks, which need an accelerator;
        RuntimeError the second time.
        """
        if not callable(hook):
            raise TypeError("Communication hook must be callable.")
        if getattr(hook, "__name__", "") in ("bf16_compress_hook", "bf16_compress_wrapper_hook"):
            raise TypeError(
                "BF16 all reduce communication hook required CUDA 11+ and NCCL 2.10+ "
                "or XPU and XCCL"
            )
        if self.reducer.hook is not None:
            raise RuntimeError(
                "register_comm_hook or register_builtin_comm_hook can only be called once."
            )
        self.reducer.state, self.reducer.hook = state, hook

    def join(
        self,
        divide_by_initial_world_size: bool = True,
        enable: bool = True,
        throw_on_early_termination: bool = False,
    ) -> Join:
        """A block in which processes may have different numbers of inputs."""
        return Join(
            [self],
            enable,
            throw_on_early_termination,
            divide_by_initial_world_size=divide_by_initial_world_size,
        )

    def join_hook(self, **kwargs: Any) -> JoinHook:
        """What a process that has ended does for the others: there are none."""
        return JoinHook()

    @property
    def join_device(self) -> Any:
        """The module's device."""
        return self.device

    @property
    def join_process_group(self) -> Any:
        """The module's process group."""
        return self.process_group

    @staticmethod
    def _set_params_and_buffers_to_ignore_for_model(
        module: Module, params_and_buffers_to_ignore: Any
    ) -> None:
        module._ddp_params_and_buffers_to_ignore = params_and_buffers_to_ignore


def _check(module: Module, trained: list, device_ids: Any, output_device: Any) -> None:
    if not trained:
        raise RuntimeError(
            "DistributedDataParallel is not needed when a module doesn't have any parameter that "
            "requires a gradient."
        )
    if device_ids or output_device is not None:
        raise ValueError(
            "DistributedDataParallel device_ids and output_device arguments only work with "
            "single-device/multiple-device GPU modules or CPU modules, but got device_ids "
            f"{device_ids}, output_device {output_device}, and module parameters "
            f"{ {p.device for p in module.parameters()} }."
        )


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [t for part in value for t in _tensors(part)]
    return _tensors(vars(value)) if hasattr(value, "__dataclass_fields__") else []


def _unused(trained: list[Tensor], output: Any) -> set[int]:
    """The parameters, by id, that no tensor of the output depends on."""
    outputs = _tensors(output)
    used = {id(t) for t in outputs if t.grad_fn is None}
    waiting, seen = [t.grad_fn for t in outputs if t.grad_fn is not None], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if hasattr(node, "variable"):
            used.add(id(node.variable))
        waiting.extend(n for n, _ in node.next_functions if n is not None)
    return {id(p) for p in trained} - used
