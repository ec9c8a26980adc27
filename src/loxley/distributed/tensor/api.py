"""`DTensor`: a tensor with a mesh and placements, on a mesh of one process.

In: local tensors.  Out: the same numbers with their placements; what one process holds is the
whole.  Methods and operators in `POINTWISE` and below keep placements as PyTorch's do; other
functions compute with the local tensor and give plain tensors (docs/distributed.md).
Source: https://docs.pytorch.org/docs/2.13/distributed.tensor.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...autograd import no_grad
from ...autograd.function import Function
from ...nn import Module
from ...nn.parameter import Parameter
from ...tensor import Tensor
from ...tensor import empty as _empty
from ...tensor import full as _full
from ..device_mesh import DeviceMesh
from .placement_types import Partial, Placement, Replicate, Shard, _StridedShard

POINTWISE = (
    "__add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ __neg__ __pow__ "
    "__gt__ __ge__ __lt__ __le__ add sub mul div neg exp log sqrt rsqrt abs relu sigmoid tanh pow "
    "square clone contiguous to float double half bfloat16 type_as"
).split()

LINEAR = (
    "__add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __neg__ add sub mul div neg "
    "clone contiguous to float double half bfloat16 type_as"
).split()


class _ToTorchTensor(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.as_subclass(Tensor).detach()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient


def _as_dtensor(local: Tensor, mesh: DeviceMesh, placements: tuple[Placement, ...]) -> DTensor:
    made = local.as_subclass(DTensor)
    made._mesh, made._placements = mesh, placements
    return made


class DTensor(Tensor):
    """A tensor that lies on a mesh; make it with `from_local` or `distribute_tensor`."""

    _mesh: DeviceMesh
    _placements: tuple[Placement, ...]

    @staticmethod
    def from_local(
        local_tensor: Tensor,
        device_mesh: DeviceMesh | None = None,
        placements: Sequence[Placement] | None = None,
        *,
        run_check: bool = False,
        shape: Any = None,
        stride: Any = None,
        grad_placements: Sequence[Placement] | None = None,
    ) -> DTensor:
        """A tensor whose part on this process is `local_tensor`; gradients go back to it."""
        if grad_placements is not None:
            raise NotImplementedError("DTensor.from_local: argument 'grad_placements'")
        mesh, placed = _checked(local_tensor, device_mesh, placements)
        return _as_dtensor(local_tensor.view_as(local_tensor), mesh, placed)

    @property
    def device_mesh(self) -> DeviceMesh:
        """Where it lies."""
        return self._mesh

    @property
    def placements(self) -> tuple[Placement, ...]:
        """How it lies there."""
        return self._placements

    @property
    def _local_tensor(self) -> Tensor:
        return self.as_subclass(Tensor).detach()

    def to_local(self, *, grad_placements: Sequence[Placement] | None = None) -> Tensor:
        """This process's part; gradients go back to this tensor."""
        return _ToTorchTensor.apply(self) if self.requires_grad else self.as_subclass(Tensor)

    def full_tensor(self, *, grad_placements: Sequence[Placement] | None = None) -> Tensor:
        """The whole: this process's part."""
        return self.to_local()

    def redistribute(
        self,
        device_mesh: DeviceMesh | None = None,
        placements: Sequence[Placement] | None = None,
        *,
        async_op: bool = False,
        forward_dtype: Any = None,
        backward_dtype: Any = None,
    ) -> DTensor:
        """The same tensor, placed in another way; RuntimeError for `Partial`."""
        if placements is None:
            raise RuntimeError("placements is needed for redistribute!")
        if forward_dtype is not None or backward_dtype is not None:
            raise NotImplementedError("DTensor.redistribute: argument 'forward_dtype'")
        mesh, placed = _checked(self, device_mesh or self._mesh, placements)
        for old, new in zip(self._placements, placed):
            if new.is_partial() and old != new:
                raise RuntimeError(
                    f"Can not redistribute from {old} to {new}, redistributing to Partial is for "
                    "internal use only!"
                )
        return _as_dtensor(self, mesh, placed)

    def detach(self) -> DTensor:
        """The same numbers without history."""
        return _as_dtensor(self._local_tensor, self._mesh, self._placements)

    @property
    def data(self) -> DTensor:
        """As `detach`."""
        return self.detach()

    @data.setter
    def data(self, value: Tensor) -> None:
        Tensor.data.__set__(self, value)  # type: ignore[attr-defined]

    @property
    def grad(self) -> DTensor | None:
        """The gradient, placed as this tensor is."""
        found = Tensor.grad.__get__(self)  # type: ignore[attr-defined]
        if found is None or isinstance(found, DTensor):
            return found
        placed = tuple(Replicate() if p.is_partial() else p for p in self._placements)
        return _as_dtensor(found, self._mesh, placed)

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        plain = value._local_tensor if isinstance(value, DTensor) else value
        Tensor.grad.__set__(self, plain)  # type: ignore[attr-defined]

    def tolist(self) -> Any:
        """RuntimeError: take the local tensor."""
        raise RuntimeError(".tolist() is not supported for tensor subclasses, got DTensor")

    def numpy(self, *, force: bool = False) -> Any:
        """RuntimeError: take the local tensor."""
        raise RuntimeError(".numpy() is not supported for tensor subclasses.")

    def __repr__(self) -> str:
        shown = self.as_subclass(Tensor)
        if not self.is_leaf or not self.requires_grad:
            shown = shown.detach()
        elif shown.grad_fn is not None:
            shown = shown.detach().requires_grad_()
        return (
            f"DTensor(local_tensor={shown}, device_mesh={self._mesh}, "
            f"placements={_shown(self._placements)})"
        )

    def t(self) -> DTensor:
        """The transposed matrix."""
        turned = tuple(
            Shard(1 - p.dim) if isinstance(p, Shard) and self.ndim == 2 else p
            for p in self._placements
        )
        return _as_dtensor(self.to_local().t(), self._mesh, turned)

    def sum(self, *args: Any, **kwargs: Any) -> DTensor:
        """The sum of all elements; over dimensions it takes the local tensor's."""
        return self._reduced("sum", args, kwargs)

    def mean(self, *args: Any, **kwargs: Any) -> DTensor:
        """The mean of all elements; over dimensions it takes the local tensor's."""
        return self._reduced("mean", args, kwargs)

    def _reduced(self, name: str, args: tuple, kwargs: dict) -> DTensor:
        dims = kwargs.get("dim", args[0] if args else None)
        dims = range(self.ndim) if dims is None else [dims] if isinstance(dims, int) else dims
        gone = {d % max(self.ndim, 1) for d in dims}
        keeps = kwargs.get("keepdim", len(args) > 1 and args[1])
        op = {"sum": "sum", "mean": "avg"}[name]
        placed = []
        for p in self._placements:
            if isinstance(p, Shard):
                moved = p.dim - (0 if keeps else sum(d < p.dim for d in gone))
                placed.append(Partial(op) if p.dim in gone else Shard(moved))
            else:
                placed.append(p)
        local = getattr(self.to_local(), name)(*args, **kwargs)
        return _as_dtensor(local, self._mesh, tuple(placed))


def _shown(placements: tuple[Placement, ...]) -> str:
    comma = "," if len(placements) == 1 else ""
    return f"({', '.join(repr(p) for p in placements)}{comma})"


def _pointwise(name: str) -> Callable:
    plain = getattr(Tensor, name)

    def method(self: DTensor, *args: Any, **kwargs: Any) -> Any:
        given = []
        for a in args:
            if isinstance(a, DTensor):
                if a._placements != self._placements and a.ndim:
                    raise NotImplementedError(
                        f"torch.distributed.tensor: {name} of tensors placed as "
                        f"{_shown(self._placements)} and {_shown(a._placements)}"
                    )
                a = a.to_local()
            elif isinstance(a, Tensor) and a.ndim:
                raise RuntimeError(
                    f"aten.{name.strip('_')}.Tensor got mixed torch.Tensor and DTensor, need to "
                    "convert all torch.Tensor to DTensor before calling distributed operators!"
                )
            given.append(a)
        result = plain(self.to_local(), *given, **kwargs)
        placed = self._placements
        if name not in LINEAR:  # of a sum that was yet to be taken, it is taken first
            placed = tuple(Replicate() if p.is_partial() else p for p in placed)
        return _as_dtensor(result, self._mesh, placed)

    method.__name__, method.__doc__ = name, plain.__doc__
    return method


for _name in POINTWISE:
    setattr(DTensor, _name, _pointwise(_name))


def _checked(
    tensor: Tensor, mesh: DeviceMesh | None, placements: Sequence[Placement] | None
) -> tuple[DeviceMesh, tuple[Placement, ...]]:
    if mesh is None:
        raise RuntimeError("No device mesh is currently active!")
    given = [Replicate()] * mesh.ndim if placements is None else list(placements)
    if len(given) != mesh.ndim:
        raise ValueError(
            "`placements` must have the same length as `device_mesh.ndim`! Found placements "
            f"length: {len(given)}, and device_mesh.ndim: {mesh.ndim}."
        )
    placed: list[Placement] = []
    for p in given:
        if isinstance(p, _StridedShard):
            raise NotImplementedError("torch.distributed.tensor: placement _StridedShard")
        if isinstance(p, Shard):
            dim = p.dim + tensor.ndim if p.dim < 0 else p.dim
            if dim >= tensor.ndim:
                raise AssertionError(f"Sharding dim {dim} greater than tensor ndim {tensor.ndim}")
            p = Shard(dim)
        placed.append(p)
    return mesh, tuple(placed)


def distribute_tensor(
    tensor: Tensor,
    device_mesh: DeviceMesh | None = None,
    placements: Sequence[Placement] | None = None,
    *,
    src_data_rank: int | None = 0,
) -> DTensor:
    """A new leaf whose whole is `tensor`; ValueError for placements that do not fit the mesh."""
    mesh, placed = _checked(tensor, device_mesh, placements)
    made = _as_dtensor(tensor.detach(), mesh, placed)
    return made.requires_grad_(tensor.requires_grad)


def distribute_parameter(p: Tensor, mesh: DeviceMesh, placements: Sequence[Placement]) -> Parameter:
    """A parameter placed on a mesh."""
    if isinstance(p, DTensor):
        return p
    return Parameter(distribute_tensor(p.data, mesh, placements), p.requires_grad)


def distribute_module(
    module: Module,
    device_mesh: DeviceMesh | None = None,
    partition_fn: Callable | None = None,
    input_fn: Callable | None = None,
    output_fn: Callable | None = None,
) -> Module:
    """Places a module's parameters, in full where `partition_fn` does not say otherwise."""
    if device_mesh is None:
        raise RuntimeError("No device mesh is currently active!")
    for name, sub in module.named_modules():
        if partition_fn is not None:
            partition_fn(name, sub, device_mesh)
        for key, p in list(sub._parameters.items()):
            if p is not None:
                placed = distribute_parameter(p, device_mesh, [Replicate()] * device_mesh.ndim)
                sub._parameters[key] = placed
        for key, b in list(sub._buffers.items()):
            if b is not None and not isinstance(b, DTensor):
                sub._buffers[key] = distribute_tensor(b, device_mesh)
    if input_fn is not None:
        module.register_forward_pre_hook(lambda mod, given: input_fn(mod, given, device_mesh))
    if output_fn is not None:
        module.register_forward_hook(lambda mod, _, out: output_fn(mod, out, device_mesh))
    return module


def _size(size: tuple) -> tuple[int, ...]:
    return tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else tuple(size)


def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    requires_grad: bool = False,
    device_mesh: DeviceMesh | None = None,
    placements: Sequence[Placement] | None = None,
) -> DTensor:
    """A tensor of one value."""
    made = distribute_tensor(
        _full(_size((size,)), fill_value, dtype=dtype), device_mesh, placements
    )
    return made.requires_grad_(requires_grad)


def ones(*size: Any, **options: Any) -> DTensor:
    """A tensor of ones."""
    return full(_size(size), 1.0, **options)


def zeros(*size: Any, **options: Any) -> DTensor:
    """A tensor of zeros."""
    return full(_size(size), 0.0, **options)


def empty(
    *size: Any,
    dtype: Any = None,
    layout: Any = None,
    requires_grad: bool = False,
    device_mesh: DeviceMesh | None = None,
    placements: Sequence[Placement] | None = None,
) -> DTensor:
    """A tensor of undefined content."""
    with no_grad():
        made = distribute_tensor(_empty(_size(size), dtype=dtype), device_mesh, placements)
    return made.requires_grad_(requires_grad)


def rand(*size: Any, **options: Any) -> DTensor:
    """NotImplementedError: PyTorch has no streams of random numbers on a mesh of CPUs either."""
    raise NotImplementedError("torch.distributed.tensor.rand is not implemented")


def randn(*size: Any, **options: Any) -> DTensor:
    """NotImplementedError: PyTorch has no streams of random numbers on a mesh of CPUs either."""
    raise NotImplementedError("torch.distributed.tensor.randn is not implemented")
