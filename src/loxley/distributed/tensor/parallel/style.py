"""How a module is spread over a mesh: its parameters' placements, its inputs' and outputs'.

In: modules and a mesh of one process.  Out: the same modules with `DTensor` parameters; inside
`forward` they and the inputs are local tensors, so that the results are the plain module's.
Source: https://docs.pytorch.org/docs/2.13/distributed.tensor.parallel.html
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ....nn import Embedding, Linear, Module
from ....tensor import Tensor
from ...device_mesh import DeviceMesh
from ..api import DTensor, _shown, distribute_parameter
from ..placement_types import Placement, Replicate, Shard


class ParallelStyle(ABC):
    """Something that can be applied to a module."""

    src_data_rank: int | None = 0

    @abstractmethod
    def _apply(self, module: Module, device_mesh: DeviceMesh) -> Module:
        """Spreads the module."""


def _placed(value: Any, mesh: DeviceMesh, layout: Placement) -> Any:
    if isinstance(value, DTensor) or not isinstance(value, Tensor):
        return value
    return DTensor.from_local(value, mesh, (layout,))


def _local(value: Any) -> Any:
    return value.to_local() if isinstance(value, DTensor) else value


def use_local_parameters(module: Module) -> None:
    """Inside `forward`, parameters and inputs are local tensors."""
    kept: list[dict[str, Any]] = []

    def before(mod: Module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        kept.append(dict(mod._parameters))
        for name, p in mod._parameters.items():
            if isinstance(p, DTensor):
                mod._parameters[name] = p.to_local()
        return tuple(_local(a) for a in args), {k: _local(v) for k, v in kwargs.items()}

    def after(mod: Module, args: tuple, output: Any) -> None:
        mod._parameters.update(kept.pop())

    module.register_forward_pre_hook(before, with_kwargs=True)
    module.register_forward_hook(after, prepend=True, always_call=True)


class _Spread(ParallelStyle):
    """A style of a whole module: what its result is, and what it shall become."""

    input_layouts: tuple[Placement, ...]
    output_layouts: tuple[Placement, ...]
    use_local_output: bool

    def _output(self, module: Module, mesh: DeviceMesh) -> None:
        def after(mod: Module, args: tuple, output: Any) -> Any:
            made = DTensor.from_local(output, mesh, self.output_layouts)
            return made.to_local() if self.use_local_output else made

        module.register_forward_hook(after)

    def _spread(self, module: Module, mesh: DeviceMesh, placed: dict[str, Placement]) -> None:
        for name, p in list(module._parameters.items()):
            if p is not None:
                made = distribute_parameter(p, mesh, [placed.get(name, Replicate())])
                module._parameters[name] = made
        use_local_parameters(module)
        self._output(module, mesh)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(input_layouts={_shown(self.input_layouts)}, "
            f"output_layouts={_shown(self.output_layouts)}, "
            f"use_local_output={self.use_local_output})"
        )


class ColwiseParallel(_Spread):
    """A `Linear` or `Embedding` cut along its outputs."""

    def __init__(
        self,
        *,
        input_layouts: Placement | None = None,
        output_layouts: Placement | None = None,
        use_local_output: bool = True,
    ) -> None:
        self.input_layouts = (input_layouts or Replicate(),)
        self.output_layouts = (output_layouts or Shard(-1),)
        self.use_local_output = use_local_output

    def _apply(self, module: Module, device_mesh: DeviceMesh) -> Module:
        if isinstance(module, Linear):
            placed: dict[str, Placement] = {"weight": Shard(0), "bias": Shard(0)}
        elif isinstance(module, Embedding):
            placed = {"weight": Shard(1)}
        else:
            raise NotImplementedError(
                "ColwiseParallel currently only support nn.Linear and nn.Embedding!"
            )
        self._spread(module, device_mesh, placed)
        return module


class RowwiseParallel(_Spread):
    """A `Linear` or `Embedding` cut along its inputs."""

    def __init__(
        self,
        *,
        input_layouts: Placement | None = None,
        output_layouts: Placement | None = None,
        use_local_output: bool = True,
    ) -> None:
        self.input_layouts = (input_layouts or Shard(-1),)
        self.output_layouts = (output_layouts or Replicate(),)
        self.use_local_output = use_local_output

    def _apply(self, module: Module, device_mesh: DeviceMesh) -> Module:
        if isinstance(module, Linear):
            placed: dict[str, Placement] = {"weight": Shard(1), "bias": Replicate()}
        elif isinstance(module, Embedding):
            placed = {"weight": Shard(0)}
        else:
            raise NotImplementedError(
                "RowwiseParallel currently only support nn.Linear and nn.Embedding!"
            )
        self._spread(module, device_mesh, placed)
        return module


class SequenceParallel(_Spread):
    """A normalization or dropout cut along the sequence."""

    def __init__(self, *, sequence_dim: int = 1, use_local_output: bool = False) -> None:
        self.sequence_dim, self.use_local_output = sequence_dim, use_local_output
        self.sequence_sharding = (Shard(sequence_dim),)
        self.output_layouts = self.sequence_sharding

    def _apply(self, module: Module, device_mesh: DeviceMesh) -> Module:
        self._spread(module, device_mesh, {})
        return module

    def __repr__(self) -> str:
        return (
            f"SequenceParallel(sequence_dim={self.sequence_dim}, "
            f"use_local_output={self.use_local_output})"
        )


def _tuple(layouts: Any) -> tuple | None:
    if layouts is None:
        return None
    return (layouts,) if isinstance(layouts, Placement) else tuple(layouts)


def _moved(value: Any, layout: Any, desired: Any, mesh: DeviceMesh, local: bool) -> Any:
    if layout is None or not isinstance(value, Tensor):
        return value
    made = _placed(value, mesh, layout)
    if desired is not None and layout != desired:
        made = made.redistribute(placements=(desired,))
    return made.to_local() if local else made


class PrepareModuleInput(ParallelStyle):
    """Places a module's inputs."""

    def __init__(
        self,
        *,
        input_layouts: Any = None,
        desired_input_layouts: Any = None,
        input_kwarg_layouts: dict[str, Placement] | None = None,
        desired_input_kwarg_layouts: dict[str, Placement] | None = None,
        use_local_output: bool = False,
    ) -> None:
        self.input_layouts, self.desired_input_layouts = (
            _tuple(input_layouts),
            _tuple(desired_input_layouts),
        )
        self.use_local_output = use_local_output
        if self.input_layouts is not None:
            if self.desired_input_layouts is None:
                raise AssertionError("desired module inputs should not be None!")
            if len(self.input_layouts) != len(self.desired_input_layouts):
                raise AssertionError(
                    "input_layouts and desired_input_layouts should have same length!"
                )
        self.input_kwarg_layouts = input_kwarg_layouts or {}
        self.desired_input_kwarg_layouts = desired_input_kwarg_layouts or {}

    def _apply(self, module: Module, device_mesh: DeviceMesh) -> Module:
        def before(mod: Module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
            if self.input_layouts is not None:
                if len(args) != len(self.input_layouts):
                    raise ValueError("module inputs and input_layouts should have same length!")
                pairs = zip(args, self.input_layouts, self.desired_input_layouts or ())
                local = self.use_local_output
                args = tuple(_moved(a, i, d, device_mesh, local) for a, i, d in pairs)
            named = {
                key: _moved(
                    value,
                    self.input_kwarg_layouts.get(key),
                    self.desired_input_kwarg_layouts.get(key),
                    device_mesh,
                    self.use_local_output,
                )
                for key, value in kwargs.items()
            }
            return args, named

        module.register_forward_pre_hook(before, with_kwargs=True)
        return module

    def __repr__(self) -> str:
        return (
            f"PrepareModuleInput(input_layouts={self.input_layouts}, "
            f"desired_input_layouts={self.desired_input_layouts}, "
            f"input_kwarg_layouts={self.input_kwarg_layouts}, "
            f"desired_input_kwarg_layouts={self.desired_input_kwarg_layouts}, "
            f"use_local_output={self.use_local_output})"
        )


class PrepareModuleOutput(ParallelStyle):
    """Places a module's outputs."""

    def __init__(
        self, *, output_layouts: Any, desired_output_layouts: Any, use_local_output: bool = True
    ) -> None:
        self.output_layouts = _tuple(output_layouts) or ()
        self.desired_output_layouts = _tuple(desired_output_layouts) or ()
        self.use_local_output = use_local_output
        if len(self.output_layouts) != len(self.desired_output_layouts):
            raise AssertionError(
                "output_layouts and desired_output_layouts should have same length!"
            )

    def _apply(self, module: Module, device_mesh: DeviceMesh) -> Module:
        def after(mod: Module, args: tuple, output: Any) -> Any:
            given = output if isinstance(output, tuple) else (output,)
            if len(given) != len(self.output_layouts):
                raise ValueError("module outputs and output_layouts should have same length!")
            pairs = zip(given, self.output_layouts, self.desired_output_layouts)
            local = self.use_local_output
            made = tuple(_moved(o, i, d, device_mesh, local) for o, i, d in pairs)
            return made if isinstance(output, tuple) else made[0]

        module.register_forward_hook(after)
        return module
