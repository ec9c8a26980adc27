"""Tensors that modules register: parameters and buffers, and their uninitialized forms.

In: a tensor. Out: a `Parameter` sharing its memory, or the tensor marked as a buffer. Lazy modules
hold uninitialized ones until their first input tells the shapes.
Behaviour: https://pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
"""

from __future__ import annotations

from typing import Any

from .. import origin
from ..devices import device as Device
from ..dtypes import dtype as DType
from ..tensor import Tensor, empty
from ..tensor.torch_function import disabled


def _as_class(cls: type, data: Tensor, requires_grad: bool) -> Any:
    """A leaf of class `cls` over the memory of `data`."""
    made = data.detach()
    made.__class__ = cls
    if requires_grad and not (made.is_floating_point() or made.is_complex()):
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    made.requires_grad = requires_grad
    return made


class _ParameterMeta(type(Tensor)):
    """`isinstance(t, Parameter)` also for tensors of other classes that were made parameters."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        return (
            cls is Parameter
            and isinstance(instance, Tensor)
            and getattr(instance, "_is_param", False)
        )


class Parameter(Tensor, metaclass=_ParameterMeta):
    """A tensor that a module registers as its parameter when it is assigned to it.

    `Parameter(data, requires_grad=True)` shares memory with `data`; None means an empty tensor.
    """

    __torch_function__ = classmethod(disabled)

    __module__ = f"{origin.root}.nn.parameter"

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        if data is None:
            data = empty(0)
        if type(data) is Tensor or type(data) is Parameter:
            return _as_class(cls, data, requires_grad)
        other = data.detach().requires_grad_(requires_grad)
        if type(other) is not type(data):
            raise RuntimeError(
                f"Creating a Parameter from an instance of type {type(data).__name__} requires "
                "that detach() returns an instance of the same type, but return type "
                f"{type(other).__name__} was found instead. To use the type as a Parameter, "
                "please correct the detach() semantics defined by its __torch_dispatch__() "
                "implementation."
            )
        other._is_param = True
        return other

    def __deepcopy__(self, memo: dict) -> Parameter:
        if id(self) not in memo:
            copied = self.data.clone()
            memo[id(self)] = type(self)(copied, self.requires_grad)
        return memo[id(self)]

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


class _BufferMeta(type(Tensor)):
    """`isinstance(t, Buffer)`: a tensor marked as a buffer."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        return (
            cls is Buffer
            and isinstance(instance, Tensor)
            and getattr(instance, "_is_buffer", False)
        )


class Buffer(Tensor, metaclass=_BufferMeta):
    """A tensor that a module registers as its buffer when it is assigned to it."""

    __torch_function__ = classmethod(disabled)

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Tensor:
        if data is None:
            data = empty(0)
        marked = data.detach().requires_grad_(data.requires_grad)
        marked.persistent = persistent
        marked._is_buffer = True
        return marked


class UninitializedTensorMixin:
    """A tensor that has a dtype and a device but no shape yet."""

    cls_to_become: type | None = None

    def materialize(
        self,
        shape: Any,
        device: Device | str | None = None,
        dtype: DType | None = None,
    ) -> None:
        """Give this tensor a shape (and storage of undefined content) and its ordinary class."""
        device = self.device if device is None else device
        dtype = self.dtype if dtype is None else dtype
        self.__class__ = self.cls_to_become
        self.data = empty(shape, device=device, dtype=dtype)

    @property
    def shape(self) -> Any:
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually "
            "happens in `load_state_dict` when trying to load an uninitialized parameter into an "
            "initialized one. Call `forward` to initialize the parameters before accessing their "
            "attributes."
        )

    def share_memory_(self) -> None:
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to "
            "initialize the parameters before calling `module.share_memory()`."
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: int) -> tuple:
        return type(self), (self.requires_grad,)

    def numel(self) -> int:
        raise ValueError(_uninitialized("numel"))

    def __len__(self) -> int:
        raise ValueError(_uninitialized("__len__"))

    def _read(self) -> Any:
        raise ValueError(_uninitialized("read"))

    @staticmethod
    def dispatch(op: Any, inputs: tuple, attrs: tuple, shown: int | None = None) -> Any:
        raise ValueError(_uninitialized(op.name))

    def detach(self) -> Any:
        """Itself without gradients."""
        return type(self)(False, self.device, self.dtype)

    def copy_(self, src: Tensor, non_blocking: bool = False) -> Any:
        """Nothing, from another that has no shape yet; else ValueError."""
        if not is_lazy(src):
            raise ValueError(_uninitialized("copy_"))
        return self


def _uninitialized(name: str) -> str:
    return (
        f"Attempted to use an uninitialized parameter in <method '{name}' of 'torch._C.TensorBase' "
        "objects>. This error happens when you are using a `LazyModule` or explicitly "
        "manipulating `torch.nn.parameter.UninitializedParameter` objects. When using "
        "LazyModules Call `forward` with a dummy batch to initialize the parameters before "
        "calling torch functions"
    )


def _converts(name: str) -> Any:
    """A conversion that changes what dtype and device the tensor will have."""

    def convert(self: Any, *args: Any, **kwargs: Any) -> Any:
        blank = empty(0, device=self.device, dtype=self.dtype)
        target = getattr(blank, name)(*args, **kwargs)
        return type(self)(self.requires_grad, target.device, target.dtype)

    return convert


for _name in "half float double bfloat16 char short int long cpu cuda to type".split():
    setattr(UninitializedTensorMixin, _name, _converts(_name))


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A parameter without a shape; `materialize` gives it one."""

    cls_to_become = Parameter

    def __new__(
        cls, requires_grad: bool = True, device: Any = None, dtype: Any = None
    ) -> UninitializedParameter:
        made = _as_class(cls, empty(0, device=device, dtype=dtype), requires_grad)
        made._plain = False  # so that no operator reads it without `_read`
        return made

    def __deepcopy__(self, memo: dict) -> UninitializedParameter:
        if id(self) not in memo:
            copied = type(self)(self.requires_grad, self.device, self.dtype)
            memo[id(self)] = copied
        return memo[id(self)]


class UninitializedBuffer(UninitializedTensorMixin, Tensor):
    """A buffer without a shape; `materialize` gives it one."""

    cls_to_become = Tensor

    def __new__(
        cls,
        requires_grad: bool = False,
        device: Any = None,
        dtype: Any = None,
        persistent: bool = True,
    ) -> UninitializedBuffer:
        made = _as_class(cls, empty(0, device=device, dtype=dtype), requires_grad)
        made._plain = False
        made.persistent = persistent
        made._is_buffer = True
        return made


def is_lazy(param: Any) -> bool:
    """Whether a tensor has no shape yet."""
    return isinstance(param, UninitializedTensorMixin)
