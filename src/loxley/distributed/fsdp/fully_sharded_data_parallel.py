"""`FullyShardedDataParallel` with one process: parameters flattened, nothing cut.

In: a module, `device_id="cpu"` (without an accelerator PyTorch asks for it).  Out: a module with
the same results, whose parameters are one flat tensor a wrapped module (or stay, with
`use_orig_params`), with mixed precision and full state dicts.
Source: https://docs.pytorch.org/docs/2.13/fsdp.html
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ...devices import device as Device
from ...nn import Module
from ...nn.utils import clip_grad_norm_
from ...tensor import Tensor
from ..groups import default_group
from .api import (
    BackwardPrefetch,
    FullOptimStateDictConfig,
    FullStateDictConfig,
    MixedPrecision,
    OptimStateDictConfig,
    ShardingStrategy,
    StateDictConfig,
    StateDictSettings,
    StateDictType,
)
from .casting import cast_floats
from .flat import FLAT, FlatParameters
from .optim_state import OptimStates
from .wrap import wrap_children

_INNER = "_fsdp_wrapped_module"
_PREFIX = _INNER + "."
_running = [0]  # how deep inside wrapped modules we are


class FullyShardedDataParallel(Module, OptimStates):
    """Wraps `module`, and by `auto_wrap_policy` its submodules.

    RuntimeError without an accelerator unless `device_id` is the CPU; ValueError before
    `init_process_group`.
    """

    def __init__(
        self,
        module: Module,
        process_group: Any = None,
        sharding_strategy: ShardingStrategy | None = None,
        cpu_offload: Any = None,
        auto_wrap_policy: Any = None,
        backward_prefetch: BackwardPrefetch | None = BackwardPrefetch.BACKWARD_PRE,
        mixed_precision: MixedPrecision | None = None,
        ignored_modules: Iterable[Module] | None = None,
        param_init_fn: Callable | None = None,
        device_id: Any = None,
        sync_module_states: bool = False,
        forward_prefetch: bool = False,
        limit_all_gathers: bool = True,
        use_orig_params: bool = False,
        ignored_states: Any = None,
        device_mesh: Any = None,
    ) -> None:
        super().__init__()
        for name, value in (("param_init_fn", param_init_fn), ("ignored_states", ignored_states)):
            if value is not None:
                raise NotImplementedError(f"FullyShardedDataParallel: argument '{name}'")
        if device_id is None or Device(device_id).type != "cpu":
            raise RuntimeError(
                "FSDP needs a non-CPU accelerator device, but no accelerator device is detected."
            )
        group = default_group() if process_group is None else process_group
        _check_precision(module, mixed_precision, auto_wrap_policy)
        wanted = sharding_strategy or ShardingStrategy.FULL_SHARD
        if wanted is not ShardingStrategy.NO_SHARD:
            warnings.warn(
                "FSDP is switching to use `NO_SHARD` instead of "
                f"{wanted} since the world size is 1."
            )
        self.sharding_strategy, self.process_group = ShardingStrategy.NO_SHARD, group
        self.mixed_precision = mixed_precision or MixedPrecision()
        given = {
            "process_group": process_group,
            "sharding_strategy": ShardingStrategy.NO_SHARD,
            "mixed_precision": mixed_precision,
            "ignored_modules": ignored_modules,
            "device_id": device_id,
            "use_orig_params": use_orig_params,
        }
        if auto_wrap_policy is not None:
            kind = FullyShardedDataParallel
            wrap_children(module, auto_wrap_policy, lambda m, **o: kind(m, **{**given, **o}), kind)
        ignored = {id(p) for m in ignored_modules or () for p in m.parameters()}
        self._fsdp_wrapped_module = module
        self._flat = FlatParameters(module, FullyShardedDataParallel, ignored, use_orig_params)
        self._buffers_cast: dict[str, Any] | None = None
        self._settings = StateDictSettings(
            StateDictType.FULL_STATE_DICT, FullStateDictConfig(), FullOptimStateDictConfig()
        )
        self._reduce_in_lower_precision()
        self.register_load_state_dict_pre_hook(_before_loading)
        self.register_load_state_dict_post_hook(lambda m, _: m._flat.flatten())

    def _reduce_in_lower_precision(self) -> None:
        precision = self.mixed_precision
        kind = precision.reduce_dtype or precision.param_dtype
        for p in self._flat.trained():
            if kind is not None and p.requires_grad:
                p.register_hook(lambda g, kind=kind: g.to(kind).to(g.dtype))

    @property
    def module(self) -> Module:
        """The wrapped module."""
        return self._fsdp_wrapped_module

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__(_INNER), name)

    def __getitem__(self, key: int) -> Any:
        return self._fsdp_wrapped_module.__getitem__(key)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The module's result, its parameters in the dtype to compute in."""
        precision = self.mixed_precision
        if self._buffers_cast is None:
            self._cast_buffers()
        root = not _running[0]
        casts = precision.cast_root_forward_inputs if root else precision.cast_forward_inputs
        if precision.param_dtype is not None and casts:
            args, kwargs = cast_floats((args, kwargs), precision.param_dtype)
        self._flat.start(precision.param_dtype)
        _running[0] += 1
        try:
            return self._fsdp_wrapped_module(*args, **kwargs)
        finally:
            _running[0] -= 1
            self._flat.end()

    def _cast_buffers(self) -> None:
        self._buffers_cast = {}
        kind = self.mixed_precision.buffer_dtype
        if kind is None:
            return
        for name, buffer in list(self._fsdp_wrapped_module.named_buffers()):
            if buffer.is_floating_point():
                path, _, last = name.rpartition(".")
                self._fsdp_wrapped_module.get_submodule(path)._buffers[last] = buffer.to(kind)
                self._buffers_cast[name.replace(_PREFIX, "")] = buffer.dtype

    @staticmethod
    def fsdp_modules(module: Module, root_only: bool = False) -> list[FullyShardedDataParallel]:
        """The wrapped modules inside a module; with `root_only` those in no other."""
        found = [m for m in module.modules() if isinstance(m, FullyShardedDataParallel)]
        if not root_only:
            return found
        inner = {id(n) for m in found for n in m.modules() if n is not m}
        return [m for m in found if id(m) not in inner]

    def check_is_root(self) -> bool:
        """Whether no wrapped module runs around this one."""
        return not _running[0]

    def apply(self, fn: Callable[[Module], None]) -> FullyShardedDataParallel:
        """Runs `fn` on all submodules, whose parameters are there in full."""
        with FullyShardedDataParallel.summon_full_params(self):
            return super().apply(fn)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """A block whose gradients are only accumulated: there is nothing to leave out."""
        yield

    def clip_grad_norm_(self, max_norm: float, norm_type: float = 2.0) -> Tensor:
        """Scales the gradients down to a norm; the norm before."""
        return clip_grad_norm_(list(self.parameters()), max_norm, norm_type)

    @staticmethod
    @contextmanager
    def summon_full_params(
        module: Module,
        recurse: bool = True,
        writeback: bool = True,
        rank0_only: bool = False,
        offload_to_cpu: bool = False,
        with_grads: bool = False,
    ) -> Iterator[None]:
        """A block in which the original parameters are there, sharing the flat one's memory."""
        if not writeback or with_grads:
            name = "with_grads" if with_grads else "writeback"
            raise NotImplementedError(f"summon_full_params: argument '{name}'")
        found = FullyShardedDataParallel.fsdp_modules(module)
        found = found if recurse else [m for m in found if m is module]
        for m in found:
            m._flat.unflatten()
            m.__dict__["_summoned"] = True
        try:
            yield
        finally:
            for m in found:
                m.__dict__["_summoned"] = False
                m._flat.flatten()

    def named_parameters(self, *args: Any, **kwargs: Any) -> Iterator[tuple[str, Any]]:
        """Names and parameters; inside `summon_full_params` without the wrappers' names."""
        clean = self.__dict__.get("_summoned", False)
        for name, p in super().named_parameters(*args, **kwargs):
            yield name.replace(_PREFIX, "") if clean else name, p

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The original parameters and buffers, under the original names."""
        prefix = kwargs.get("prefix", args[1] if len(args) > 1 else "")
        self._flat.unflatten()
        try:
            state = super().state_dict(*args, **kwargs)
        finally:
            self._flat.flatten()
        for key in list(state):
            if key.startswith(prefix + _PREFIX):
                value, clean = state.pop(key), key[len(prefix + _PREFIX) :]
                kind = (self._buffers_cast or {}).get(clean)
                state[prefix + clean] = value if kind is None else value.to(kind)
        return state

    @staticmethod
    def set_state_dict_type(
        module: Module,
        state_dict_type: StateDictType,
        state_dict_config: StateDictConfig | None = None,
        optim_state_dict_config: OptimStateDictConfig | None = None,
    ) -> StateDictSettings:
        """Sets the form of state dicts, which with one process is always the full one."""
        before = FullyShardedDataParallel.get_state_dict_type(module)
        made = StateDictSettings(
            state_dict_type,
            state_dict_config or FullStateDictConfig(),
            optim_state_dict_config or FullOptimStateDictConfig(),
        )
        for m in FullyShardedDataParallel.fsdp_modules(module):
            m.__dict__["_settings"] = made
        return before

    @staticmethod
    def get_state_dict_type(module: Module) -> StateDictSettings:
        """What was set."""
        found = FullyShardedDataParallel.fsdp_modules(module)
        if found:
            return found[0]._settings
        return StateDictSettings(
            StateDictType.FULL_STATE_DICT, FullStateDictConfig(), FullOptimStateDictConfig()
        )

    @staticmethod
    @contextmanager
    def state_dict_type(
        module: Module,
        state_dict_type: StateDictType,
        state_dict_config: StateDictConfig | None = None,
        optim_state_dict_config: OptimStateDictConfig | None = None,
    ) -> Iterator[None]:
        """A block with another form of state dicts."""
        kind = FullyShardedDataParallel
        before = kind.set_state_dict_type(
            module, state_dict_type, state_dict_config, optim_state_dict_config
        )
        try:
            yield
        finally:
            kind.set_state_dict_type(
                module,
                before.state_dict_type,
                before.state_dict_config,
                before.optim_state_dict_config,
            )


def _before_loading(module: FullyShardedDataParallel, state: dict, prefix: str, *_: Any) -> None:
    module._flat.unflatten()
    for key in list(state):
        if key.startswith(prefix) and not key.startswith(prefix + _PREFIX):
            state[prefix + _PREFIX + key[len(prefix) :]] = state.pop(key)


def _check_precision(module: Module, precision: MixedPrecision | None, policy: Any) -> None:
    if precision is None:
        return
    if precision.keep_low_precision_grads:
        raise NotImplementedError("MixedPrecision: keep_low_precision_grads is not implemented")
    ignored = tuple(precision._module_classes_to_ignore)
    if policy is not None and any(isinstance(m, ignored) for m in module.modules()):
        raise NotImplementedError(
            "FullyShardedDataParallel: mixed_precision with auto_wrap_policy over modules of "
            f"classes {ignored}"
        )


__all__ = ["FLAT", "FullyShardedDataParallel"]
