# Made by `make stubs` from the running package; changes go into what it is made of.
"""`Tensor`: a storage seen through a layout, with its place in the grad graph."""

import numpy as np
from builtins import bool as _bool, float as _float, int as _int, type as _type
from collections.abc import Callable, Iterator, Sequence
from loxley.devices import device as _device
from loxley.dtypes import dtype as _dtype
from loxley.ir.graph import Op, Value
from loxley.layouts import layout as _layout, qscheme as _qscheme, memory_format
from loxley.shapes import Shape
from loxley.tensor.column_compressed import ColumnCompressedTensor
from loxley.tensor.compressed import CompressedTensor
from loxley.tensor.coordinate import SparseTensor
from loxley.tensor.generator import Generator
from loxley.tensor.grad import Handle, Node, OpNode, Saved
from loxley.tensor.norms import Dims as _Dims
from loxley.tensor.reduction import Dims
from loxley.tensor.return_types import return_types
from loxley.tensor.size import Size
from loxley.tensor.storage import Storage
from loxley.tensor.storages import TypedStorage, UntypedStorage
from typing import Any, Literal, NoReturn, Self, SupportsIndex, TypeVar, overload

_T = TypeVar("_T")

class Tensor:
    """A multi-dimensional array of one dtype that records what is done with it."""
    _storage: Storage
    _shape: Shape
    _strides: Shape
    dtype: _dtype
    _grad_fn: Any
    _grad: Tensor | None
    _base: Tensor | None
    _own_counter: Counter | None
    _accumulator: Any
    _tensor_hooks: Any
    _post_accumulate_hooks: Any
    _tangents: dict[_int, Tensor] | None
    _levels: tuple[_int, ...]
    @property
    def H(self) -> Tensor:
        """A matrix transposed and conjugated. Source: torch.Tensor.H."""
    @property
    def T(self) -> Tensor:
        """All dimensions reversed, sharing memory. Source: torch.Tensor.T."""
    def __abs__(self) -> Tensor: ...
    def __add__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __and__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __array__(self, dtype: Any = None, copy: _bool | None = None) -> np.ndarray: ...
    __array_priority__: _int
    def __array_wrap__(
        self,
        array: np.ndarray,
        context: Any = None,
        return_scalar: _bool = False,
    ) -> Tensor: ...
    def __bool__(self) -> _bool: ...
    def __complex__(self) -> complex: ...
    def __contains__(self, element: Any) -> _bool: ...
    def __deepcopy__(self, memo: dict[Any, Any]) -> Tensor: ...
    def __delitem__(self, index: Any) -> None: ...
    def __div__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __dlpack__(self, **options: Any) -> Any: ...
    def __dlpack_device__(self) -> tuple[Any, _int]: ...
    def __eq__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...  # type: ignore[override]
    def __float__(self) -> _float: ...
    def __floordiv__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __format__(self, spec: str) -> str: ...
    def __ge__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __getitem__(self, key: Any) -> Tensor: ...
    def __gt__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __hash__(self) -> _int: ...
    def __iadd__(self, other: Tensor | _int | _float | _bool | complex) -> Self: ...
    def __iand__(self, other: Tensor | _int | _float | _bool | complex) -> Self: ...
    def __idiv__(self, other: Tensor | _int | _float | _bool | complex) -> Self: ...
    def __ifloordiv__(self, other: Tensor | _int | _float | _bool | complex) -> Self: ...
    def __ilshift__(self, other: Tensor | _int | _float | _bool | complex) -> Self: ...
    def __imod__(self, other: Tensor | _int | _float | _bool | complex) -> Self: ...
    def __imul__(self, other: Tensor | _int | _float | _bool | complex) -> Self: ...
    def __index__(self) -> _int: ...
    @classmethod
    def __init_subclass__(cls, **kwargs: Any) -> None: ...
    def __int__(self) -> _int: ...
    def __invert__(self) -> Tensor: ...
    def __ior__(self, other: Tensor | _int | _float | _bool | complex) -> Self: ...
    def __ipow__(self, other: Tensor | _int | _float | _bool | complex) -> Self: ...
    def __irshift__(self, other: Tensor | _int | _float | _bool | complex) -> Self: ...
    def __isub__(self, other: Tensor | _int | _float | _bool | complex) -> Self: ...
    def __iter__(self) -> Iterator[Tensor]: ...
    def __itruediv__(self, other: Tensor | _int | _float | _bool | complex) -> Self: ...
    def __ixor__(self, other: Tensor | _int | _float | _bool | complex) -> Self: ...
    def __le__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __len__(self) -> _int: ...
    def __lshift__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __lt__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __matmul__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __mod__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __mul__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __ne__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...  # type: ignore[override]
    def __neg__(self) -> Tensor: ...
    def __new__(
        cls,
        *args: Any,
        device: _device | str | _int | None = None,
        **kwargs: Any,
    ) -> Self: ...
    def __or__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __pos__(self) -> Tensor: ...
    def __pow__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __radd__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __rand__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __rdiv__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]: ...
    def __repr__(self, *, tensor_contents: str | None = None) -> str: ...
    def __reversed__(self) -> Tensor: ...
    def __rfloordiv__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __rlshift__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __rmatmul__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __rmod__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __rmul__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __ror__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __rpow__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __rrshift__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __rshift__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __rsub__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __rtruediv__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __rxor__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __setitem__(self, key: Any, value: Any) -> None: ...
    def __str__(self) -> str: ...
    def __sub__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: tuple[_type[Any], ...],
        args: tuple[Any, ...] = (),
        kwargs: Any = None,
    ) -> Any:
        """Runs the function and gives its tensors the subclass. Source: Tensor.__torch_function__."""
    def __truediv__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    def __xor__(self, other: Tensor | _int | _float | _bool | complex) -> Tensor: ...
    @staticmethod
    def _alias(
        storage: Storage,
        kind: _dtype,
        shape: Shape,
        strides: Shape,
        offset: _int,
    ) -> Tensor:
        """A tensor that sees a storage through a layout."""
    def _all_slices(self) -> np.ndarray:
        """The elements, inside of a `vmap` those of all slices: to check them."""
    def _array(self) -> np.ndarray:
        """The elements as an array that must not be written to, computed now."""
    _attr_version: _int
    def _bare(self) -> Tensor:
        """The same memory without history."""
    def _become(self, shape: tuple[_int, ...]) -> None:
        """Gives the tensor another shape over its storage, which grows as needed; no write yet."""
    _contiguous: _bool
    @property
    def _counter(self) -> Any: ...
    def _current_grad_fn(self) -> Any:
        """`grad_fn`, made anew where the base of a view was overwritten since."""
    def _edge(self) -> Any:
        """Where this tensor's gradient goes: (node, output number), or None."""
    _ended: _bool
    @staticmethod
    def _from_array(array: np.ndarray, kind: _dtype) -> Tensor:
        """A tensor over an array that nobody else will write to."""
    def _indices(self) -> Tensor: ...
    _inference: _bool
    def _is_view(self) -> _bool: ...
    @staticmethod
    def _make_subclass(
        cls: _type[_T],
        data: Tensor,
        require_grad: _bool = False,
        **kwargs: Any,
    ) -> _T:
        """An instance of `cls` over the data's memory, a leaf of its own."""
    def _nnz(self) -> _int: ...
    def _number(self) -> Any:
        """The only element as a Python number; None where it takes more than reading memory."""
    _offset: _int
    _output_nr: _int
    _plain: _bool
    def _read(self) -> Value: ...
    _requires_grad: _bool
    _retains: _bool
    def _set_grad_fn(self, node: Any, output_nr: _int) -> None:
        """New history; what `retain_grad` asked for goes along."""
    def _there(self) -> np.ndarray | None:
        """The elements without recording that they are read, if they have been computed."""
    def _tracks(self) -> _bool:
        """`requires_grad`: a view of a tensor that requires gradients does, whatever its past."""
    def _typed_storage(self) -> TypedStorage:
        """The tensor's storage as elements of its dtype. Source: torch.Tensor.storage."""
    def _values(self) -> Tensor: ...
    @property
    def _version(self) -> _int: ...
    _view_kind: _int
    @staticmethod
    def _wrap(value: Value, meta: _bool = False) -> Tensor:
        """A new tensor with a storage of its own."""
    def _write(self, value: Value) -> None:
        """Replaces the elements; the value has this tensor's shape and dtype."""
    def abs(self) -> Tensor:
        """The absolute value of each element. Source: torch.abs."""
    def abs_(self) -> Self:
        """`abs` written into the tensor itself, which it returns."""
    def absolute(self) -> Tensor:
        """The absolute value of each element. Source: torch.abs."""
    def absolute_(self) -> Self:
        """`abs` written into the tensor itself, which it returns."""
    def acos(self) -> Tensor:
        """The angle whose cosine is each element. Source: torch.acos."""
    def acos_(self) -> Self:
        """`acos` written into the tensor itself, which it returns."""
    def acosh(self) -> Tensor:
        """The number whose hyperbolic cosine is each element. Source: torch.acosh."""
    def acosh_(self) -> Self:
        """`acosh` written into the tensor itself, which it returns."""
    def add(
        self,
        other: Tensor | _int | _float | _bool | complex,
        *,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Tensor:
        """`input + alpha * other`. Source: torch.add."""
    def add_(
        self,
        other: Tensor | _int | _float | _bool | complex,
        *,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Self:
        """`add` written into the tensor itself, which it returns."""
    def addbmm(
        self,
        batch1: Tensor,
        batch2: Tensor,
        *,
        beta: _int | _float | _bool | complex = 1,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Tensor:
        """beta * input + alpha * the sum over batches of batch1 @ batch2. Source: torch.addbmm."""
    def addbmm_(
        self,
        batch1: Tensor,
        batch2: Tensor,
        *,
        beta: _int | _float | _bool | complex = 1,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Self:
        """`addbmm` written into the tensor itself, which it returns."""
    def addcdiv(
        self,
        tensor1: Tensor,
        tensor2: Tensor,
        *,
        value: _int | _float | _bool | complex = 1,
    ) -> Tensor:
        """`input + value * tensor1 / tensor2`; RuntimeError for integers. Source: torch.addcdiv."""
    def addcdiv_(
        self,
        tensor1: Tensor,
        tensor2: Tensor,
        *,
        value: _int | _float | _bool | complex = 1,
    ) -> Self:
        """`addcdiv` written into the tensor itself, which it returns."""
    def addcmul(
        self,
        tensor1: Tensor,
        tensor2: Tensor,
        *,
        value: _int | _float | _bool | complex = 1,
    ) -> Tensor:
        """`input + value * tensor1 * tensor2`. Source: torch.addcmul."""
    def addcmul_(
        self,
        tensor1: Tensor,
        tensor2: Tensor,
        *,
        value: _int | _float | _bool | complex = 1,
    ) -> Self:
        """`addcmul` written into the tensor itself, which it returns."""
    def addmm(
        self,
        mat1: Tensor,
        mat2: Tensor,
        *,
        beta: _int | _float | _bool | complex = 1,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Tensor:
        """beta * input + alpha * (mat1 @ mat2). Source: torch.addmm."""
    def addmm_(
        self,
        mat1: Tensor,
        mat2: Tensor,
        *,
        beta: _int | _float | _bool | complex = 1,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Self:
        """`addmm` written into the tensor itself, which it returns."""
    def addmv(
        self,
        mat: Tensor,
        vec: Tensor,
        *,
        beta: _int | _float | _bool | complex = 1,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Tensor:
        """beta * input + alpha * (mat @ vec). Source: torch.addmv."""
    def addmv_(
        self,
        mat: Tensor,
        vec: Tensor,
        *,
        beta: _int | _float | _bool | complex = 1,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Self:
        """`addmv` written into the tensor itself, which it returns."""
    def addr(
        self,
        vec1: Tensor,
        vec2: Tensor,
        *,
        beta: _int | _float | _bool | complex = 1,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Tensor:
        """beta * input + alpha * outer(vec1, vec2). Source: torch.addr."""
    def addr_(
        self,
        vec1: Tensor,
        vec2: Tensor,
        *,
        beta: _int | _float | _bool | complex = 1,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Self:
        """`addr` written into the tensor itself, which it returns."""
    def adjoint(self) -> Tensor:
        """The conjugate with the last two dimensions exchanged. Source: torch.adjoint."""
    def all(self, dim: Dims | None = None, keepdim: _bool = False) -> Tensor:
        """Whether all elements are nonzero. Source: torch.all."""
    def allclose(
        self,
        other: Tensor,
        rtol: _float = 1e-05,
        atol: _float = 1e-08,
        equal_nan: _bool = False,
    ) -> _bool:
        """Whether all elements are close. Source: torch.allclose."""
    def amax(
        self,
        dim: Dims = (),
        keepdim: _bool = False,
        *,
        out: Tensor | None = None,
    ) -> Tensor:
        """The largest elements; the gradient is shared among equals. Source: torch.amax."""
    def amin(
        self,
        dim: Dims = (),
        keepdim: _bool = False,
        *,
        out: Tensor | None = None,
    ) -> Tensor:
        """The smallest elements; the gradient is shared among equals. Source: torch.amin."""
    def aminmax(
        self,
        *,
        dim: _int | None = None,
        keepdim: _bool = False,
        out: Tensor | tuple[Tensor, ...] | list[Tensor] | None = None,
    ) -> return_types.aminmax:
        """The smallest and the largest elements. Source: torch.aminmax."""
    def angle(self) -> Tensor:
        """The angle of each element in radians. Source: torch.angle."""
    def any(self, dim: Dims | None = None, keepdim: _bool = False) -> Tensor:
        """Whether some element is nonzero. Source: torch.any."""
    def apply_(self, callable: Any) -> Self:
        """Replaces each element by a Python function of it. Source: torch.Tensor.apply_."""
    def arccos(self) -> Tensor:
        """The angle whose cosine is each element. Source: torch.acos."""
    def arccos_(self) -> Self:
        """`acos` written into the tensor itself, which it returns."""
    def arccosh(self) -> Tensor:
        """The number whose hyperbolic cosine is each element. Source: torch.acosh."""
    def arccosh_(self) -> Self:
        """`acosh` written into the tensor itself, which it returns."""
    def arcsin(self) -> Tensor:
        """The angle whose sine is each element. Source: torch.asin."""
    def arcsin_(self) -> Self:
        """`asin` written into the tensor itself, which it returns."""
    def arcsinh(self) -> Tensor:
        """The number whose hyperbolic sine is each element. Source: torch.asinh."""
    def arcsinh_(self) -> Self:
        """`asinh` written into the tensor itself, which it returns."""
    def arctan(self) -> Tensor:
        """The angle whose tangent is each element. Source: torch.atan."""
    def arctan2(self, other: Tensor) -> Tensor:
        """The angle of the point (other, input). Source: torch.atan2."""
    def arctan2_(self, other: Tensor) -> Self:
        """`atan2` written into the tensor itself, which it returns."""
    def arctan_(self) -> Self:
        """`atan` written into the tensor itself, which it returns."""
    def arctanh(self) -> Tensor:
        """The number whose hyperbolic tangent is each element. Source: torch.atanh."""
    def arctanh_(self) -> Self:
        """`atanh` written into the tensor itself, which it returns."""
    def argmax(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """Where the largest element is, the first among equals. Source: torch.argmax."""
    def argmin(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """Where the smallest element is, the first among equals. Source: torch.argmin."""
    def argsort(
        self,
        dim: _int = -1,
        descending: _bool = False,
        *,
        stable: _bool = False,
    ) -> Tensor:
        """The places that sort the elements along a dimension. Source: torch.argsort."""
    def argwhere(self) -> Tensor:
        """The indices of elements that aren't zero, a row each. Source: torch.argwhere."""
    def as_strided(
        self,
        size: _int | Sequence[_int],
        stride: Sequence[_int],
        storage_offset: _int | None = None,
    ) -> Tensor:
        """Any layout of the tensor's storage; RuntimeError outside of it. Source: torch.as_strided."""
    def as_strided_(
        self,
        size: _int | Sequence[_int],
        stride: Sequence[_int],
        storage_offset: _int | None = None,
    ) -> Self:
        """`as_strided` of the tensor itself."""
    def as_strided_scatter(
        self,
        src: Tensor,
        size: _int | Sequence[_int],
        stride: Sequence[_int],
        storage_offset: _int | None = None,
    ) -> Tensor:
        """`input` with a layout of its memory replaced by `src`. Source: torch.as_strided_scatter."""
    def as_subclass(self, cls: _type[_T]) -> _T:
        """The same tensor, history included, as an instance of a subclass."""
    def asin(self) -> Tensor:
        """The angle whose sine is each element. Source: torch.asin."""
    def asin_(self) -> Self:
        """`asin` written into the tensor itself, which it returns."""
    def asinh(self) -> Tensor:
        """The number whose hyperbolic sine is each element. Source: torch.asinh."""
    def asinh_(self) -> Self:
        """`asinh` written into the tensor itself, which it returns."""
    def atan(self) -> Tensor:
        """The angle whose tangent is each element. Source: torch.atan."""
    def atan2(self, other: Tensor) -> Tensor:
        """The angle of the point (other, input). Source: torch.atan2."""
    def atan2_(self, other: Tensor) -> Self:
        """`atan2` written into the tensor itself, which it returns."""
    def atan_(self) -> Self:
        """`atan` written into the tensor itself, which it returns."""
    def atanh(self) -> Tensor:
        """The number whose hyperbolic tangent is each element. Source: torch.atanh."""
    def atanh_(self) -> Self:
        """`atanh` written into the tensor itself, which it returns."""
    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: _bool | None = None,
        create_graph: _bool = False,
        inputs: Tensor | Sequence[Tensor] | None = None,
    ) -> None:
        """Adds this tensor's gradients to the leaves it was computed from."""
    def baddbmm(
        self,
        batch1: Tensor,
        batch2: Tensor,
        *,
        beta: _int | _float | _bool | complex = 1,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Tensor:
        """beta * input + alpha * (batch1 @ batch2), batch by batch. Source: torch.baddbmm."""
    def baddbmm_(
        self,
        batch1: Tensor,
        batch2: Tensor,
        *,
        beta: _int | _float | _bool | complex = 1,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Self:
        """`baddbmm` written into the tensor itself, which it returns."""
    def bernoulli(
        self,
        p: _float | None = None,
        *,
        generator: Generator | None = None,
    ) -> Tensor:
        """1 with probability input[i] (or p), else 0. Source: torch.bernoulli."""
    def bernoulli_(
        self,
        p: _float | Tensor = 0.5,
        *,
        generator: Generator | None = None,
    ) -> Self:
        """1 with probability p (a number or a tensor), else 0. Source: torch.Tensor.bernoulli_."""
    def bfloat16(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor as bfloat16. Source: torch.Tensor.bfloat16."""
    def bincount(self, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
        """How often each non-negative integer occurs. Source: torch.bincount."""
    def bitwise_and(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """The bits that are set in both elements. Source: torch.bitwise_and."""
    def bitwise_and_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`bitwise_and` written into the tensor itself, which it returns."""
    def bitwise_left_shift(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """The bits of input moved left by other. Source: torch.bitwise_left_shift."""
    def bitwise_left_shift_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`bitwise_left_shift` written into the tensor itself, which it returns."""
    def bitwise_not(self) -> Tensor:
        """Each element with its bits inverted. Source: torch.bitwise_not."""
    def bitwise_not_(self) -> Self:
        """`bitwise_not` written into the tensor itself, which it returns."""
    def bitwise_or(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """The bits that are set in one of the elements. Source: torch.bitwise_or."""
    def bitwise_or_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`bitwise_or` written into the tensor itself, which it returns."""
    def bitwise_right_shift(
        self,
        other: Tensor | _int | _float | _bool | complex,
    ) -> Tensor:
        """The bits of input moved right by other. Source: torch.bitwise_right_shift."""
    def bitwise_right_shift_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`bitwise_right_shift` written into the tensor itself, which it returns."""
    def bitwise_xor(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """The bits that are set in just one of the elements. Source: torch.bitwise_xor."""
    def bitwise_xor_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`bitwise_xor` written into the tensor itself, which it returns."""
    def bmm(self, mat2: Tensor) -> Tensor:
        """(b, n, m) @ (b, m, p). Source: torch.bmm."""
    def bool(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor as bool. Source: torch.Tensor.bool."""
    def broadcast_to(self, size: _int | Sequence[_int]) -> Tensor:
        """The tensor stretched to a shape. Source: torch.broadcast_to."""
    def byte(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor as uint8. Source: torch.Tensor.byte."""
    def cauchy_(
        self,
        median: _float = 0,
        sigma: _float = 1,
        *,
        generator: Generator | None = None,
    ) -> Self:
        """Cauchy of the given median and half width sigma. Source: torch.Tensor.cauchy_."""
    def ccol_indices(self) -> Any: ...
    def cdouble(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor as complex128. Source: torch.Tensor.cdouble."""
    def ceil(self) -> Tensor:
        """The least integer that is no less than each element. Source: torch.ceil."""
    def ceil_(self) -> Self:
        """`ceil` written into the tensor itself, which it returns."""
    def cfloat(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor as complex64. Source: torch.Tensor.cfloat."""
    def chalf(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor as complex32. Source: torch.Tensor.chalf."""
    def char(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor as int8. Source: torch.Tensor.char."""
    def cholesky(self, upper: _bool = False) -> Tensor:
        """The Cholesky factor, deprecated for torch.linalg's. Source: torch.cholesky."""
    def cholesky_inverse(self, upper: _bool = False) -> Tensor:
        """The inverse of a matrix from its Cholesky factor. Source: torch.cholesky_inverse."""
    def cholesky_solve(self, L: Tensor, upper: _bool = False) -> Tensor:
        """The solution X of A X = B from the Cholesky factor of A. Source: torch.cholesky_solve."""
    def chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """At most `chunks` pieces of equal size, sharing memory. Source: torch.chunk."""
    def clamp(
        self,
        min: Tensor | _int | _float | _bool | complex | None = None,
        max: Tensor | _int | _float | _bool | complex | None = None,
    ) -> Tensor:
        """Each element no less than `min` and no greater than `max`. Source: torch.clamp."""
    def clamp_(
        self,
        min: Tensor | _int | _float | _bool | complex | None = None,
        max: Tensor | _int | _float | _bool | complex | None = None,
    ) -> Self:
        """`clamp` written into the tensor itself, which it returns."""
    def clamp_max(self, max: Tensor | _int | _float | _bool | complex | None) -> Tensor:
        """Each element no greater than `max`. Source: torch.clamp_max."""
    def clamp_max_(self, max: Tensor | _int | _float | _bool | complex | None) -> Self:
        """`clamp_max` written into the tensor itself, which it returns."""
    def clamp_min(self, min: Tensor | _int | _float | _bool | complex | None) -> Tensor:
        """Each element no less than `min`. Source: torch.clamp_min."""
    def clamp_min_(self, min: Tensor | _int | _float | _bool | complex | None) -> Self:
        """`clamp_min` written into the tensor itself, which it returns."""
    def clip(
        self,
        min: Tensor | _int | _float | _bool | complex | None = None,
        max: Tensor | _int | _float | _bool | complex | None = None,
    ) -> Tensor:
        """Each element no less than `min` and no greater than `max`. Source: torch.clamp."""
    def clip_(
        self,
        min: Tensor | _int | _float | _bool | complex | None = None,
        max: Tensor | _int | _float | _bool | complex | None = None,
    ) -> Self:
        """`clamp` written into the tensor itself, which it returns."""
    def clone(self, *, memory_format: memory_format | None = ...) -> Tensor:
        """A copy, differentiable. Source: torch.clone."""
    def coalesce(self) -> Tensor: ...
    def col_indices(self) -> Tensor: ...
    def combinations(self, r: _int = 2, with_replacement: _bool = False) -> Tensor:
        """All choices of r elements, in order. Source: torch.combinations."""
    def conj(self) -> Tensor:
        """The complex conjugate; a real tensor itself. Source: torch.conj."""
    def conj_physical(self) -> Tensor:
        """The complex conjugate of each element. Source: torch.conj_physical."""
    def conj_physical_(self) -> Self:
        """`conj_physical` written into the tensor itself, which it returns."""
    def const_data_ptr(self) -> _int:
        """The address of the first element, where the storage stays from now on."""
    def contiguous(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor with its elements in order in memory, itself if they are."""
    def copy_(
        self,
        src: Tensor | _int | _float | _bool | complex | None,
        non_blocking: _bool = False,
    ) -> Self:
        """Overwrites the tensor with `src`, broadcast and converted. Source: torch.Tensor.copy_."""
    def copysign(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """The magnitude of `input` with the sign of `other`. Source: torch.copysign."""
    def copysign_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`copysign` written into the tensor itself, which it returns."""
    def corrcoef(self) -> Tensor:
        """Pearson's correlation coefficients of variables in rows. Source: torch.corrcoef."""
    def cos(self) -> Tensor:
        """The cosine of each element. Source: torch.cos."""
    def cos_(self) -> Self:
        """`cos` written into the tensor itself, which it returns."""
    def cosh(self) -> Tensor:
        """The hyperbolic cosine of each element. Source: torch.cosh."""
    def cosh_(self) -> Self:
        """`cosh` written into the tensor itself, which it returns."""
    def count_nonzero(self, dim: Dims | None = None) -> Tensor:
        """How many elements are not zero. Source: torch.count_nonzero."""
    def cov(
        self,
        *,
        correction: _int = 1,
        fweights: Tensor | None = None,
        aweights: Tensor | None = None,
    ) -> Tensor:
        """The covariance matrix of variables in rows, observations in columns. Source: torch.cov."""
    def cpu(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor on the processor. Source: torch.Tensor.cpu."""
    def cross(self, other: Tensor, dim: _int | None = None) -> Tensor:
        """The cross product along `dim`, by default the first of size 3. Source: torch.cross."""
    def crow_indices(self) -> Tensor: ...
    def cuda(
        self,
        device: _device | str | _int | None = None,
        non_blocking: _bool = False,
        **kwargs: Any,
    ) -> Tensor:
        """AssertionError: there is no CUDA device. Source: torch.Tensor.cuda."""
    def cummax(self, dim: _int) -> return_types.cummax:
        """The largest element up to each place, and where it is. Source: torch.cummax."""
    def cummin(self, dim: _int) -> return_types.cummin:
        """The smallest element up to each place, and where it is. Source: torch.cummin."""
    def cumprod(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """Products of the elements up to each place. Source: torch.cumprod."""
    def cumprod_(self, dim: _int, *, dtype: _dtype | None = None) -> Self:
        """`cumprod` written into the tensor itself, which it returns."""
    def cumsum(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """Sums of the elements up to each place. Source: torch.cumsum."""
    def cumsum_(self, dim: _int, *, dtype: _dtype | None = None) -> Self:
        """`cumsum` written into the tensor itself, which it returns."""
    @property
    def data(self) -> Tensor: ...
    @data.setter
    def data(self, value: Tensor) -> None: ...
    def data_ptr(self) -> _int:
        """The address of the first element, where the storage stays from now on."""
    def deg2rad(self) -> Tensor:
        """Degrees as radians. Source: torch.deg2rad."""
    def deg2rad_(self) -> Self:
        """`deg2rad` written into the tensor itself, which it returns."""
    def dense_dim(self) -> _int:
        """The number of dimensions: all are dense."""
    def dequantize(self) -> Any:
        """The real numbers in float32, of a tensor or of each of a list; others are converted."""
    def det(self) -> Tensor:
        """The determinants of square matrices. Source: torch.linalg.det."""
    def detach(self) -> Tensor:
        """The same memory without history. Source: torch.Tensor.detach."""
    def detach_(self) -> Self:
        """Forgets the tensor's history. Source: torch.Tensor.detach_."""
    @property
    def device(self) -> _device: ...
    def diag(self, diagonal: _int = 0) -> Tensor:
        """A vector as a diagonal matrix, or a matrix's diagonal as a copy. Source: torch.diag."""
    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
        """Matrices with the last dimension on a diagonal. Source: torch.diag_embed."""
    def diagflat(self, offset: _int = 0) -> Tensor:
        """All elements on the diagonal of a matrix. Source: torch.diagflat."""
    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """The diagonal over two dimensions as a last one, sharing memory. Source: torch.diagonal."""
    def diagonal_scatter(
        self,
        src: Tensor,
        offset: _int = 0,
        dim1: _int = 0,
        dim2: _int = 1,
    ) -> Tensor:
        """`input` with a diagonal replaced by `src`. Source: torch.diagonal_scatter."""
    def diff(
        self,
        n: _int = 1,
        dim: _int = -1,
        prepend: Tensor | None = None,
        append: Tensor | None = None,
    ) -> Tensor:
        """The n-th differences of neighbours along `dim`. Source: torch.diff."""
    def digamma(self) -> Tensor:
        """The logarithmic derivative of the gamma function. Source: torch.digamma."""
    def digamma_(self) -> Self:
        """`digamma` written into the tensor itself, which it returns."""
    def dim(self) -> _int:
        """The number of dimensions. Source: torch.Tensor.dim."""
    def dim_order(
        self,
        *,
        ambiguity_check: _bool | Sequence[memory_format] = False,
    ) -> Shape:
        """The dimensions from slowest to fastest in memory. Source: torch.Tensor.dim_order."""
    @staticmethod
    def dispatch(
        op: Op,
        inputs: tuple[Any, ...],
        attrs: tuple[Any, ...],
        shown: _int | None = None,
    ) -> Any:
        """Records `op` on tensors (values, numbers and None among them), with its grad node."""
    def dist(self, other: Tensor, p: _float = 2) -> Tensor:
        """The norm of order p of the difference. Source: torch.dist."""
    def div(
        self,
        other: Tensor | _int | _float | _bool | complex,
        *,
        rounding_mode: str | None = None,
    ) -> Tensor:
        """`input / other`, rounded down ("floor") or towards zero ("trunc"). Source: torch.div."""
    def div_(
        self,
        other: Tensor | _int | _float | _bool | complex,
        *,
        rounding_mode: str | None = None,
    ) -> Self:
        """`div` written into the tensor itself, which it returns."""
    def divide(
        self,
        other: Tensor | _int | _float | _bool | complex,
        *,
        rounding_mode: str | None = None,
    ) -> Tensor:
        """`input / other`, rounded down ("floor") or towards zero ("trunc"). Source: torch.div."""
    def divide_(
        self,
        other: Tensor | _int | _float | _bool | complex,
        *,
        rounding_mode: str | None = None,
    ) -> Self:
        """`div` written into the tensor itself, which it returns."""
    def dot(self, tensor: Tensor) -> Tensor:
        """The sum of products of two vectors. Source: torch.dot."""
    def double(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor as float64. Source: torch.Tensor.double."""
    def dsplit(
        self,
        indices_or_sections: _int | Sequence[_int] | Tensor | None = None,
        *,
        indices: Sequence[_int] | Tensor | None = None,
        sections: _int | None = None,
    ) -> tuple[Tensor, ...]:
        """Pieces along the third dimension. Source: torch.dsplit."""
    def eig(self, eigenvectors: _bool = False) -> NoReturn:
        """Removed: raises RuntimeError. Source: torch.Tensor.eig."""
    def element_size(self) -> _int:
        """The bytes of one element. Source: torch.Tensor.element_size."""
    def eq(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """Whether elements are equal. Source: torch.eq."""
    def eq_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`eq` written into the tensor itself, which it returns."""
    def equal(self, other: Tensor) -> _bool:
        """Whether size and elements are the same. Source: torch.equal."""
    def erf(self) -> Tensor:
        """The error function. Source: torch.erf."""
    def erf_(self) -> Self:
        """`erf` written into the tensor itself, which it returns."""
    def erfc(self) -> Tensor:
        """The complementary error function. Source: torch.erfc."""
    def erfc_(self) -> Self:
        """`erfc` written into the tensor itself, which it returns."""
    def erfinv(self) -> Tensor:
        """The inverse error function. Source: torch.erfinv."""
    def erfinv_(self) -> Self:
        """`erfinv` written into the tensor itself, which it returns."""
    def exp(self) -> Tensor:
        """e to the power of each element. Source: torch.exp."""
    def exp2(self) -> Tensor:
        """Two to the power of each element. Source: torch.exp2."""
    def exp2_(self) -> Self:
        """`exp2` written into the tensor itself, which it returns."""
    def exp_(self) -> Self:
        """`exp` written into the tensor itself, which it returns."""
    @overload
    def expand(self, *size: _int) -> Tensor: ...
    @overload
    def expand(self, size: Sequence[_int]) -> Tensor: ...
    def expand_as(self, other: Tensor) -> Tensor:
        """`self.expand(other.size())`. Source: torch.Tensor.expand_as."""
    def expm1(self) -> Tensor:
        """e to the power of each element, minus one. Source: torch.expm1."""
    def expm1_(self) -> Self:
        """`expm1` written into the tensor itself, which it returns."""
    def exponential_(
        self,
        lambd: _float = 1,
        *,
        generator: Generator | None = None,
    ) -> Self:
        """Exponential of rate lambd. Source: torch.Tensor.exponential_."""
    def fill_(self, value: Tensor | _int | _float | _bool | complex) -> Self:
        """Sets every element to a number or a 0-d tensor. Source: torch.Tensor.fill_."""
    def fill_diagonal_(
        self,
        fill_value: Tensor | _int | _float | _bool | complex,
        wrap: _bool = False,
    ) -> Self:
        """One number along the main diagonal, of tall matrices again and again with `wrap`."""
    def fix(self) -> Tensor:
        """Each element without its fractional part. Source: torch.trunc."""
    def fix_(self) -> Self:
        """`trunc` written into the tensor itself, which it returns."""
    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
        """Adjacent dimensions merged into one, a view where possible. Source: torch.flatten."""
    @overload
    def flip(self, dims: Sequence[_int]) -> Tensor: ...
    @overload
    def flip(self, *dims: _int) -> Tensor: ...
    def fliplr(self) -> Tensor:
        """Columns in reverse order. Source: torch.fliplr."""
    def flipud(self) -> Tensor:
        """Rows in reverse order. Source: torch.flipud."""
    def float(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor as float32. Source: torch.Tensor.float."""
    def float_power(self, exponent: Tensor | _int | _float | _bool | complex) -> Tensor:
        """`input ** exponent` in double precision. Source: torch.float_power."""
    def float_power_(self, exponent: Tensor | _int | _float | _bool | complex) -> Self:
        """`float_power` in place; RuntimeError unless the tensor is of double precision."""
    def floor(self) -> Tensor:
        """The greatest integer that is no greater than each element. Source: torch.floor."""
    def floor_(self) -> Self:
        """`floor` written into the tensor itself, which it returns."""
    def floor_divide(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """The quotient rounded down. Source: torch.floor_divide."""
    def floor_divide_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`floor_divide` written into the tensor itself, which it returns."""
    def fmax(self, other: Tensor) -> Tensor:
        """The greater of two elements, a number before NaN. Source: torch.fmax."""
    def fmin(self, other: Tensor) -> Tensor:
        """The lesser of two elements, a number before NaN. Source: torch.fmin."""
    def fmod(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """The remainder with the dividend's sign, C's `fmod`. Source: torch.fmod."""
    def fmod_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`fmod` written into the tensor itself, which it returns."""
    def frac(self) -> Tensor:
        """The fractional part of each element. Source: torch.frac."""
    def frac_(self) -> Self:
        """`frac` written into the tensor itself, which it returns."""
    def frexp(self) -> return_types.frexp:
        """Mantissas in [0.5, 1) and exponents of two. Source: torch.frexp."""
    def gather(self, dim: _int, index: Tensor, *, sparse_grad: _bool = False) -> Tensor:
        """`out[i][j] = input[index[i][j]][j]` for dim 0, and so on. Source: torch.gather."""
    def gcd(self, other: Tensor) -> Tensor:
        """The greatest common divisor. Source: torch.gcd."""
    def gcd_(self, other: Tensor) -> Self:
        """`gcd` written into the tensor itself, which it returns."""
    def ge(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """Whether elements of input are greater or equal. Source: torch.ge."""
    def ge_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`ge` written into the tensor itself, which it returns."""
    def geometric_(self, p: _float, *, generator: Generator | None = None) -> Self:
        """Trials of probability p until the first success. Source: torch.Tensor.geometric_."""
    def geqrf(self) -> return_types.geqrf:
        """The QR decomposition as LAPACK packs it: R and reflections. Source: torch.geqrf."""
    def ger(self, vec2: Tensor) -> Tensor:
        """All products of the elements of two vectors. Source: torch.outer."""
    def get_device(self) -> _int:
        """-1: the tensor is on the processor. Source: torch.get_device."""
    @property
    def grad(self) -> Tensor | None: ...
    @grad.setter
    def grad(self, value: Tensor | None) -> None: ...
    @property
    def grad_fn(self) -> Node | None:
        """`grad_fn`, made anew where the base of a view was overwritten since."""
    def greater(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """Whether elements of input are greater. Source: torch.gt."""
    def greater_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`gt` written into the tensor itself, which it returns."""
    def greater_equal(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """Whether elements of input are greater or equal. Source: torch.ge."""
    def greater_equal_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`ge` written into the tensor itself, which it returns."""
    def gt(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """Whether elements of input are greater. Source: torch.gt."""
    def gt_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`gt` written into the tensor itself, which it returns."""
    def half(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor as float16. Source: torch.Tensor.half."""
    def hardshrink(self, lambd: _float = 0.5) -> Tensor:
        """x where |x| > lambd, else 0. Source: torch.nn.functional.hardshrink."""
    def hash_tensor(
        self,
        dim: _int | Sequence[_int] | None = (),
        *,
        keepdim: _bool = False,
        mode: _int = 0,
    ) -> Tensor:
        """The elements' bits, widened to 64, combined by exclusive or. Source: torch.hash_tensor."""
    def heaviside(self, values: Tensor) -> Tensor:
        """0 below zero, 1 above, `values` at zero. Source: torch.heaviside."""
    def heaviside_(self, values: Tensor) -> Self:
        """`heaviside` written into the tensor itself, which it returns."""
    def histc(
        self,
        bins: _int = 100,
        min: Tensor | _int | _float | _bool | complex | None = 0,
        max: Tensor | _int | _float | _bool | complex | None = 0,
    ) -> Tensor:
        """Counts in equal bins between min and max. Source: torch.histc."""
    def histogram(
        self,
        bins: _int | Tensor = 100,
        *,
        range: tuple[_float, _float] | None = None,
        weight: Tensor | None = None,
        density: _bool = False,
    ) -> return_types.histogram:
        """Counts (or density) of elements in bins, and the bins' edges. Source: torch.histogram."""
    def hsplit(
        self,
        indices_or_sections: _int | Sequence[_int] | Tensor | None = None,
        *,
        indices: Sequence[_int] | Tensor | None = None,
        sections: _int | None = None,
    ) -> tuple[Tensor, ...]:
        """Pieces along columns (the only dimension of a vector). Source: torch.hsplit."""
    def hypot(self, other: Tensor) -> Tensor:
        """The root of the sum of squares. Source: torch.hypot."""
    def hypot_(self, other: Tensor) -> Self:
        """`hypot` written into the tensor itself, which it returns."""
    def i0(self) -> Tensor:
        """The modified Bessel function of the first kind of order zero. Source: torch.i0."""
    def i0_(self) -> Self:
        """`i0` written into the tensor itself, which it returns."""
    def igamma(self, other: Tensor) -> Tensor:
        """The regularized lower incomplete gamma function. Source: torch.igamma."""
    def igamma_(self, other: Tensor) -> Self:
        """`igamma` written into the tensor itself, which it returns."""
    def igammac(self, other: Tensor) -> Tensor:
        """The regularized upper incomplete gamma function. Source: torch.igammac."""
    def igammac_(self, other: Tensor) -> Self:
        """`igammac` written into the tensor itself, which it returns."""
    @property
    def imag(self) -> Tensor:
        """The imaginary parts, sharing memory. Source: torch.imag."""
    @imag.setter
    def imag(self, value: Tensor) -> None: ...
    def index_add(
        self,
        dim: _int,
        index: Tensor,
        source: Tensor,
        *,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Tensor:
        """Parts of `source`, times alpha, added at places of a dimension. Source: torch.index_add."""
    def index_add_(
        self,
        dim: _int,
        index: Tensor,
        source: Tensor,
        *,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Self:
        """`index_add` written into the tensor itself, which it returns."""
    def index_copy(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """Parts of `source` copied to places of a dimension. Source: torch.index_copy."""
    def index_copy_(self, dim: _int, index: Tensor, source: Tensor) -> Self:
        """`index_copy` written into the tensor itself, which it returns."""
    def index_fill(
        self,
        dim: _int,
        index: Tensor,
        value: Tensor | _int | _float | _bool | complex,
    ) -> Tensor:
        """One number written at places of a dimension. Source: torch.index_fill."""
    def index_fill_(
        self,
        dim: _int,
        index: Tensor,
        value: Tensor | _int | _float | _bool | complex,
    ) -> Self:
        """`index_fill` written into the tensor itself, which it returns."""
    def index_put(
        self,
        indices: Sequence[Tensor | None],
        values: Tensor,
        accumulate: _bool = False,
    ) -> Tensor:
        """Values written at (or added to) places given by index tensors. Source: torch.index_put."""
    def index_put_(
        self,
        indices: Sequence[Tensor | None],
        values: Tensor,
        accumulate: _bool = False,
    ) -> Self:
        """`index_put` written into the tensor itself, which it returns."""
    def index_reduce(
        self,
        dim: _int,
        index: Tensor,
        source: Tensor,
        reduce: str,
        *,
        include_self: _bool = True,
    ) -> Tensor:
        """Parts of `source` combined into places of a dimension. Source: torch.index_reduce."""
    def index_reduce_(
        self,
        dim: _int,
        index: Tensor,
        source: Tensor,
        reduce: str,
        *,
        include_self: _bool = True,
    ) -> Self:
        """`index_reduce` written into the tensor itself, which it returns."""
    def index_select(self, dim: _int, index: Tensor) -> Tensor:
        """The parts of a dimension at the places of a vector. Source: torch.index_select."""
    def indices(self) -> Tensor: ...
    def inner(self, other: Tensor) -> Tensor:
        """Products summed over the last dimensions. Source: torch.inner."""
    def int(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor as int32. Source: torch.Tensor.int."""
    def int_repr(self) -> Tensor:
        """The integers. Source: torch.Tensor.int_repr."""
    def inverse(self) -> Tensor:
        """The inverse of square matrices. Source: torch.inverse."""
    def is_coalesced(self) -> _bool:
        """RuntimeError: for sparse tensors only."""
    def is_complex(self) -> _bool:
        """Whether the dtype is complex. Source: torch.is_complex."""
    def is_conj(self) -> _bool:
        """Whether the tensor is a lazy conjugate, which there are none of here."""
    def is_contiguous(self, memory_format: memory_format | None = ...) -> _bool:
        """Whether the elements lie in memory as the format says. Source: torch.Tensor.is_contiguous."""
    @property
    def is_cpu(self) -> _bool: ...
    @property
    def is_cuda(self) -> _bool: ...
    def is_distributed(self) -> _bool:
        """False: tensors are in one process."""
    def is_floating_point(self) -> _bool:
        """Whether the dtype is a floating one. Source: torch.is_floating_point."""
    def is_inference(self) -> _bool:
        """Whether the tensor was made in inference mode. Source: torch.is_inference."""
    @property
    def is_ipu(self) -> _bool: ...
    @property
    def is_leaf(self) -> _bool: ...
    @property
    def is_maia(self) -> _bool: ...
    @property
    def is_meta(self) -> _bool: ...
    @property
    def is_mkldnn(self) -> _bool: ...
    @property
    def is_mps(self) -> _bool: ...
    @property
    def is_mtia(self) -> _bool: ...
    def is_neg(self) -> _bool:
        """Whether the tensor is lazily negated, which there are none of here."""
    @property
    def is_nested(self) -> _bool: ...
    def is_nonzero(self) -> _bool:
        """Whether the only element is not zero. Source: torch.is_nonzero."""
    def is_pinned(self, device: _device | str | _int | None = None) -> _bool:
        """False: there is no accelerator to pin memory for."""
    @property
    def is_quantized(self) -> _bool: ...
    def is_same_size(self, other: Tensor) -> _bool:
        """Whether both have the same sizes. Source: torch.is_same_size."""
    def is_set_to(self, tensor: Tensor) -> _bool:
        """Whether both have the same memory under the same layout. Source: torch.Tensor.is_set_to."""
    def is_shared(self) -> _bool:
        """Whether processes forked from now on see the same memory. Source: torch.Tensor.is_shared."""
    def is_signed(self) -> _bool:
        """Whether the dtype has negative numbers. Source: torch.is_signed."""
    @property
    def is_sparse(self) -> _bool: ...
    @property
    def is_sparse_csr(self) -> _bool: ...
    @property
    def is_vulkan(self) -> _bool: ...
    @property
    def is_xla(self) -> _bool: ...
    @property
    def is_xpu(self) -> _bool: ...
    def isclose(
        self,
        other: Tensor,
        rtol: _float = 1e-05,
        atol: _float = 1e-08,
        equal_nan: _bool = False,
    ) -> Tensor:
        """Whether |input - other| <= atol + rtol |other|, elementwise. Source: torch.isclose."""
    def isfinite(self) -> Tensor:
        """Whether each element is finite. Source: torch.isfinite."""
    def isinf(self) -> Tensor:
        """Whether each element is infinite. Source: torch.isinf."""
    def isnan(self) -> Tensor:
        """Whether each element is NaN. Source: torch.isnan."""
    def isneginf(self) -> Tensor:
        """Whether each element is negative infinity. Source: torch.isneginf."""
    def isposinf(self) -> Tensor:
        """Whether each element is positive infinity. Source: torch.isposinf."""
    def isreal(self) -> Tensor:
        """Whether each element is real. Source: torch.isreal."""
    def istft(
        self,
        n_fft: _int,
        hop_length: _int | None = None,
        win_length: _int | None = None,
        window: Tensor | None = None,
        center: _bool = True,
        normalized: _bool = False,
        onesided: _bool | None = None,
        length: _int | None = None,
        return_complex: _bool = False,
    ) -> Tensor:
        """The signal of which `stft` made the spectra, by least squares. Source: torch.istft."""
    def item(self) -> _int | _float | _bool:
        """The only element as a Python number; RuntimeError where there are more or none."""
    @property
    def itemsize(self) -> _int:
        """The bytes of one element."""
    def kron(self, other: Tensor) -> Tensor:
        """The Kronecker product. Source: torch.kron."""
    def kthvalue(
        self,
        k: _int,
        dim: _int = -1,
        keepdim: _bool = False,
        *,
        out: Tensor | tuple[Tensor, ...] | list[Tensor] | None = None,
    ) -> return_types.kthvalue:
        """The k-th smallest elements (k from 1) and their places. Source: torch.kthvalue."""
    @property
    def layout(self) -> _layout:
        """Always `torch.strided`."""
    def lcm(self, other: Tensor) -> Tensor:
        """The least common multiple. Source: torch.lcm."""
    def lcm_(self, other: Tensor) -> Self:
        """`lcm` written into the tensor itself, which it returns."""
    def ldexp(self, other: Tensor) -> Tensor:
        """`input * 2 ** other`. Source: torch.ldexp."""
    def ldexp_(self, other: Tensor) -> Self:
        """`ldexp` written into the tensor itself, which it returns."""
    def le(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """Whether elements of input are less or equal. Source: torch.le."""
    def le_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`le` written into the tensor itself, which it returns."""
    def lerp(self, end: Tensor, weight: Tensor | _int | _float | _bool | complex) -> Tensor:
        """`input + weight * (end - input)`. Source: torch.lerp."""
    def lerp_(self, end: Tensor, weight: Tensor | _int | _float | _bool | complex) -> Self:
        """`lerp` written into the tensor itself, which it returns."""
    def less(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """Whether elements of input are less. Source: torch.lt."""
    def less_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`lt` written into the tensor itself, which it returns."""
    def less_equal(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """Whether elements of input are less or equal. Source: torch.le."""
    def less_equal_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`le` written into the tensor itself, which it returns."""
    def lgamma(self) -> Tensor:
        """The logarithm of the gamma function's magnitude. Source: torch.lgamma."""
    def lgamma_(self) -> Self:
        """`lgamma` written into the tensor itself, which it returns."""
    def log(self) -> Tensor:
        """The natural logarithm of each element. Source: torch.log."""
    def log10(self) -> Tensor:
        """The logarithm to base ten of each element. Source: torch.log10."""
    def log10_(self) -> Self:
        """`log10` written into the tensor itself, which it returns."""
    def log1p(self) -> Tensor:
        """The natural logarithm of one plus each element. Source: torch.log1p."""
    def log1p_(self) -> Self:
        """`log1p` written into the tensor itself, which it returns."""
    def log2(self) -> Tensor:
        """The logarithm to base two of each element. Source: torch.log2."""
    def log2_(self) -> Self:
        """`log2` written into the tensor itself, which it returns."""
    def log_(self) -> Self:
        """`log` written into the tensor itself, which it returns."""
    def log_normal_(
        self,
        mean: _float = 1,
        std: _float = 2,
        *,
        generator: Generator | None = None,
    ) -> Self:
        """exp of normal variates of this mean and std. Source: torch.Tensor.log_normal_."""
    def log_softmax(self, dim: _int, dtype: _dtype | None = None) -> Tensor:
        """The logarithm of `softmax`, computed without overflow. Source: torch.log_softmax."""
    def logaddexp(self, other: Tensor) -> Tensor:
        """log(exp(input) + exp(other)) without overflow. Source: torch.logaddexp."""
    def logaddexp2(self, other: Tensor) -> Tensor:
        """log2(2**input + 2**other) without overflow. Source: torch.logaddexp2."""
    def logcumsumexp(self, dim: _int) -> Tensor:
        """log of the cumulative sums of exp. Source: torch.logcumsumexp."""
    def logdet(self) -> Tensor:
        """The log of determinants, NaN for negative ones. Source: torch.logdet."""
    def logical_and(self, other: Tensor) -> Tensor:
        """Whether both elements are nonzero. Source: torch.logical_and."""
    def logical_and_(self, other: Tensor) -> Self:
        """`logical_and` written into the tensor itself, which it returns."""
    def logical_not(self) -> Tensor:
        """Whether each element is zero. Source: torch.logical_not."""
    def logical_not_(self) -> Self:
        """`logical_not` written into the tensor itself, which it returns."""
    def logical_or(self, other: Tensor) -> Tensor:
        """Whether one of the elements is nonzero. Source: torch.logical_or."""
    def logical_or_(self, other: Tensor) -> Self:
        """`logical_or` written into the tensor itself, which it returns."""
    def logical_xor(self, other: Tensor) -> Tensor:
        """Whether just one of the elements is nonzero. Source: torch.logical_xor."""
    def logical_xor_(self, other: Tensor) -> Self:
        """`logical_xor` written into the tensor itself, which it returns."""
    def logit(self, eps: _float | None = None) -> Tensor:
        """log(x / (1 - x)), x first clamped to [eps, 1 - eps] if eps is given. Source: torch.logit."""
    def logit_(self, eps: _float | None = None) -> Self:
        """`logit` written into the tensor itself, which it returns."""
    def logsumexp(self, dim: Dims, keepdim: _bool = False) -> Tensor:
        """log(sum(exp(input))) without overflow. Source: torch.logsumexp."""
    def long(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor as int64. Source: torch.Tensor.long."""
    def lstsq(self, other: Tensor | _int | _float | _bool | complex) -> NoReturn:
        """Removed: raises RuntimeError. Source: torch.Tensor.lstsq."""
    def lt(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """Whether elements of input are less. Source: torch.lt."""
    def lt_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`lt` written into the tensor itself, which it returns."""
    @overload
    def lu(
        self,
        pivot: _bool = True,
        get_infos: Literal[False] = False,
    ) -> tuple[Tensor, Tensor]: ...
    @overload
    def lu(
        self,
        pivot: _bool = True,
        *,
        get_infos: Literal[True],
    ) -> tuple[Tensor, Tensor, Tensor]: ...
    @overload
    def lu(self, pivot: _bool, get_infos: Literal[True]) -> tuple[Tensor, Tensor, Tensor]: ...
    def lu_solve(self, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
        """The solution of A x = b from packed factors. Source: torch.lu_solve."""
    @property
    def mH(self) -> Tensor:
        """The conjugate with the last two dimensions exchanged. Source: torch.Tensor.mH."""
    @property
    def mT(self) -> Tensor:
        """The last two dimensions exchanged. Source: torch.Tensor.mT."""
    def map2_(self, x: Tensor, y: Tensor, callable: Any) -> Self:
        """Replaces each element by a function of it and two others'."""
    def map_(self, tensor: Tensor, callable: Any) -> Self:
        """Replaces each element by a function of it and another's. Source: torch.Tensor.map_."""
    def masked_fill(
        self,
        mask: Tensor,
        value: Tensor | _int | _float | _bool | complex,
    ) -> Tensor:
        """One number where the mask holds. Source: torch.Tensor.masked_fill."""
    def masked_fill_(
        self,
        mask: Tensor,
        value: Tensor | _int | _float | _bool | complex,
    ) -> Self:
        """`masked_fill` written into the tensor itself, which it returns."""
    def masked_scatter(self, mask: Tensor, source: Tensor) -> Tensor:
        """Elements of `source`, in order, where the mask holds. Source: Tensor.masked_scatter."""
    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Self:
        """`masked_scatter` written into the tensor itself, which it returns."""
    def masked_select(self, mask: Tensor) -> Tensor:
        """The elements where the mask holds, computed at once. Source: torch.masked_select."""
    def matmul(self, other: Tensor) -> Tensor:
        """The matrix product of all ranks, batches broadcast. Source: torch.matmul."""
    def matrix_exp(self) -> Tensor:
        """The exponential of square matrices. Source: torch.linalg.matrix_exp."""
    def matrix_power(self, n: _int) -> Tensor:
        """The n-th power, for negative n of the inverse. Source: torch.linalg.matrix_power."""
    @overload
    def max(self) -> Tensor: ...
    @overload
    def max(self, dim: _int, keepdim: _bool = False) -> return_types.max: ...
    @overload
    def max(self, other: Tensor) -> Tensor: ...
    def maximum(self, other: Tensor) -> Tensor:
        """The greater of two elements, NaN if one is. Source: torch.maximum."""
    def mean(
        self,
        dim: Dims | None = None,
        keepdim: _bool = False,
        *,
        dtype: _dtype | None = None,
    ) -> Tensor:
        """The mean over `dim` (all by default). Source: torch.mean."""
    @overload
    def median(self) -> Tensor: ...
    @overload
    def median(self, dim: _int, keepdim: _bool = False) -> return_types.median: ...
    @overload
    def min(self) -> Tensor: ...
    @overload
    def min(self, dim: _int, keepdim: _bool = False) -> return_types.min: ...
    @overload
    def min(self, other: Tensor) -> Tensor: ...
    def minimum(self, other: Tensor) -> Tensor:
        """The lesser of two elements, NaN if one is. Source: torch.minimum."""
    def mm(self, mat2: Tensor) -> Tensor:
        """(n, m) @ (m, p). Source: torch.mm."""
    def mode(self, dim: _int = -1, keepdim: _bool = False) -> return_types.mode:
        """The most frequent elements, the least among equals, and a place. Source: torch.mode."""
    def moveaxis(
        self,
        source: _int | Sequence[_int],
        destination: _int | Sequence[_int],
    ) -> Tensor:
        """Dimensions moved to other places, the rest in order. Source: torch.movedim."""
    def movedim(
        self,
        source: _int | Sequence[_int],
        destination: _int | Sequence[_int],
    ) -> Tensor:
        """Dimensions moved to other places, the rest in order. Source: torch.movedim."""
    def msort(self) -> Tensor:
        """The rows in order along the first dimension. Source: torch.msort."""
    def mul(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """`input * other`. Source: torch.mul."""
    def mul_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`mul` written into the tensor itself, which it returns."""
    def multinomial(
        self,
        num_samples: _int,
        replacement: _bool = False,
        *,
        generator: Generator | None = None,
        out: Tensor | None = None,
    ) -> Tensor:
        """Categories drawn by weight, by row: int64. Source: torch.multinomial."""
    def multiply(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """`input * other`. Source: torch.mul."""
    def multiply_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`mul` written into the tensor itself, which it returns."""
    def mv(self, vec: Tensor) -> Tensor:
        """(n, m) @ (m). Source: torch.mv."""
    def mvlgamma(self, p: _int) -> Tensor:
        """The logarithm of the multivariate gamma function of dimension p. Source: torch.mvlgamma."""
    def mvlgamma_(self, p: _int) -> Self:
        """`mvlgamma` written into the tensor itself, which it returns."""
    def nan_to_num(
        self,
        nan: _float | None = None,
        posinf: _float | None = None,
        neginf: _float | None = None,
    ) -> Tensor:
        """NaN and infinities replaced, the latter by the largest numbers. Source: torch.nan_to_num."""
    def nan_to_num_(
        self,
        nan: _float | None = None,
        posinf: _float | None = None,
        neginf: _float | None = None,
    ) -> Self:
        """`nan_to_num` written into the tensor itself, which it returns."""
    def nanmean(
        self,
        dim: Dims | None = None,
        keepdim: _bool = False,
        *,
        dtype: _dtype | None = None,
    ) -> Tensor:
        """The mean of what is not NaN. Source: torch.nanmean."""
    @overload
    def nanmedian(self) -> Tensor: ...
    @overload
    def nanmedian(self, dim: _int, keepdim: _bool = False) -> return_types.nanmedian: ...
    def nanquantile(
        self,
        q: _float | Tensor,
        dim: _int | None = None,
        keepdim: _bool = False,
        *,
        interpolation: str = 'linear',
    ) -> Tensor:
        """The q-quantiles of what is not NaN. Source: torch.nanquantile."""
    def nansum(
        self,
        dim: Dims | None = None,
        keepdim: _bool = False,
        *,
        dtype: _dtype | None = None,
    ) -> Tensor:
        """The sum, NaNs counting as zero. Source: torch.nansum."""
    def narrow(self, dim: _int, start: _int | Tensor, length: _int) -> Tensor:
        """`length` places of a dimension from `start`, sharing memory. Source: torch.narrow."""
    def narrow_copy(self, dim: _int, start: _int, length: _int) -> Tensor:
        """`narrow` as a tensor of its own. Source: torch.narrow_copy."""
    @property
    def nbytes(self) -> _int:
        """The bytes of all elements."""
    @property
    def ndim(self) -> _int: ...
    def ndimension(self) -> _int:
        """The number of dimensions. Source: torch.Tensor.dim."""
    def ne(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """Whether elements differ. Source: torch.ne."""
    def ne_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`ne` written into the tensor itself, which it returns."""
    def neg(self) -> Tensor:
        """Each element negated. Source: torch.neg."""
    def neg_(self) -> Self:
        """`neg` written into the tensor itself, which it returns."""
    def negative(self) -> Tensor:
        """Each element negated. Source: torch.neg."""
    def negative_(self) -> Self:
        """`neg` written into the tensor itself, which it returns."""
    def nelement(self) -> _int:
        """The number of elements. Source: torch.numel."""
    def new(self, *args: Any, device: _device | str | _int | None = None) -> Tensor:
        """A tensor of this one's dtype, from sizes or data. Source: torch.Tensor.new."""
    @overload
    def new_empty(
        self,
        *size: _int,
        dtype: _dtype | None = None,
        layout: _layout | None = None,
        device: _device | str | _int | None = None,
        requires_grad: _bool = False,
        pin_memory: _bool = False,
    ) -> Tensor: ...
    @overload
    def new_empty(
        self,
        size: Sequence[_int],
        *,
        dtype: _dtype | None = None,
        layout: _layout | None = None,
        device: _device | str | _int | None = None,
        requires_grad: _bool = False,
        pin_memory: _bool = False,
    ) -> Tensor: ...
    def new_empty_strided(
        self,
        size: _int | Sequence[_int],
        stride: Sequence[_int],
        dtype: _dtype | None = None,
        layout: _layout | None = None,
        device: _device | str | _int | None = None,
        requires_grad: _bool = False,
        pin_memory: _bool = False,
    ) -> Tensor:
        """`empty_strided` with this tensor's dtype. Source: torch.Tensor.new_empty_strided."""
    def new_full(
        self,
        size: _int | Sequence[_int],
        fill_value: Tensor | _int | _float | _bool | complex,
        *,
        dtype: _dtype | None = None,
        layout: _layout | None = None,
        device: _device | str | _int | None = None,
        requires_grad: _bool = False,
        pin_memory: _bool = False,
    ) -> Tensor:
        """A tensor of the given size filled with one number. Source: torch.Tensor.new_full."""
    @overload
    def new_ones(
        self,
        *size: _int,
        dtype: _dtype | None = None,
        layout: _layout | None = None,
        device: _device | str | _int | None = None,
        requires_grad: _bool = False,
        pin_memory: _bool = False,
    ) -> Tensor: ...
    @overload
    def new_ones(
        self,
        size: Sequence[_int],
        *,
        dtype: _dtype | None = None,
        layout: _layout | None = None,
        device: _device | str | _int | None = None,
        requires_grad: _bool = False,
        pin_memory: _bool = False,
    ) -> Tensor: ...
    def new_tensor(
        self,
        data: Any,
        dtype: _dtype | None = None,
        device: _device | str | _int | None = None,
        requires_grad: _bool = False,
        layout: _layout | None = None,
        pin_memory: _bool = False,
    ) -> Tensor:
        """A copy of `data` with this tensor's dtype and device. Source: torch.Tensor.new_tensor."""
    @overload
    def new_zeros(
        self,
        *size: _int,
        dtype: _dtype | None = None,
        layout: _layout | None = None,
        device: _device | str | _int | None = None,
        requires_grad: _bool = False,
        pin_memory: _bool = False,
    ) -> Tensor: ...
    @overload
    def new_zeros(
        self,
        size: Sequence[_int],
        *,
        dtype: _dtype | None = None,
        layout: _layout | None = None,
        device: _device | str | _int | None = None,
        requires_grad: _bool = False,
        pin_memory: _bool = False,
    ) -> Tensor: ...
    def nextafter(self, other: Tensor) -> Tensor:
        """The next number after input towards other. Source: torch.nextafter."""
    def nextafter_(self, other: Tensor) -> Self:
        """`nextafter` written into the tensor itself, which it returns."""
    @overload
    def nonzero(
        self,
        *,
        as_tuple: Literal[False] = False,
        out: Tensor | tuple[Tensor, ...] | list[Tensor] | None = None,
    ) -> Tensor: ...
    @overload
    def nonzero(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...
    @overload
    def nonzero(self, *, as_tuple: _bool) -> Tensor | tuple[Tensor, ...]: ...
    def nonzero_static(self, *, size: _int, fill_value: _int = -1) -> Tensor:
        """`nonzero` cut or filled up to `size` rows. Source: torch.nonzero_static."""
    def norm(
        self,
        p: _float | str | None = 'fro',
        dim: _Dims | None = None,
        keepdim: _bool = False,
        dtype: _dtype | None = None,
    ) -> Tensor:
        """The norm of order p over `dim`, of all elements by default. Source: torch.norm."""
    def normal_(
        self,
        mean: _float = 0,
        std: _float = 1,
        *,
        generator: Generator | None = None,
    ) -> Self:
        """Normal of the given mean and standard deviation. Source: torch.Tensor.normal_."""
    def not_equal(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """Whether elements differ. Source: torch.ne."""
    def not_equal_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`ne` written into the tensor itself, which it returns."""
    def numel(self) -> _int:
        """The number of elements. Source: torch.numel."""
    def numpy(self, *, force: _bool = False) -> np.ndarray:
        """An array that shares the tensor's memory, both ways. Source: torch.Tensor.numpy."""
    def orgqr(self, tau: Tensor) -> Tensor:
        """`torch.linalg.householder_product`. Source: torch.orgqr."""
    def ormqr(
        self,
        tau: Tensor,
        other: Tensor,
        left: _bool = True,
        transpose: _bool = False,
    ) -> Tensor:
        """A product of reflections (or its adjoint) times a matrix. Source: torch.ormqr."""
    def outer(self, vec2: Tensor) -> Tensor:
        """All products of the elements of two vectors. Source: torch.outer."""
    @property
    def output_nr(self) -> _int: ...
    @overload
    def permute(self, dims: Sequence[_int]) -> Tensor: ...
    @overload
    def permute(self, *dims: _int) -> Tensor: ...
    def pin_memory(self, device: _device | str | _int | None = None) -> Tensor:
        """RuntimeError: there is no accelerator to pin memory for."""
    def pinverse(self, rcond: _float = 1e-15) -> Tensor:
        """The pseudo-inverse. Source: torch.pinverse."""
    def polygamma(self, n: _int) -> Tensor: ...
    def polygamma_(self, n: _int) -> Self: ...
    def positive(self) -> Tensor:
        """The tensor itself; RuntimeError for bools. Source: torch.positive."""
    def pow(self, exponent: Tensor | _int | _float | _bool | complex) -> Tensor:
        """`input ** exponent`. Source: torch.pow."""
    def pow_(self, exponent: Tensor | _int | _float | _bool | complex) -> Self:
        """`pow` written into the tensor itself, which it returns."""
    def prelu(self, weight: Tensor) -> Tensor:
        """x where positive, else weight x, one weight or one per channel."""
    def prod(
        self,
        dim: _int | None = None,
        keepdim: _bool = False,
        *,
        dtype: _dtype | None = None,
    ) -> Tensor:
        """The product over one dimension or all. Source: torch.prod."""
    def put(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """Elements written at (or added to) places of the flat order. Source: torch.Tensor.put_."""
    def put_(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Self:
        """`put` written into the tensor itself, which it returns."""
    def q_per_channel_axis(self) -> _int:
        """The dimension of the channels. Source: torch.Tensor.q_per_channel_axis."""
    def q_per_channel_scales(self) -> Tensor:
        """The channels' scales in float64. Source: torch.Tensor.q_per_channel_scales."""
    def q_per_channel_zero_points(self) -> Tensor:
        """The channels' zero points. Source: torch.Tensor.q_per_channel_zero_points."""
    def q_scale(self) -> _float:
        """The scale of all elements. Source: torch.Tensor.q_scale."""
    def q_zero_point(self) -> _int:
        """The zero point of all elements. Source: torch.Tensor.q_zero_point."""
    def qr(self, some: _bool = True) -> return_types.qr:
        """The QR decomposition, deprecated for torch.linalg's. Source: torch.qr."""
    def qscheme(self) -> _qscheme:
        """Whether there is one scale or one for each channel. Source: torch.Tensor.qscheme."""
    def quantile(
        self,
        q: _float | Tensor,
        dim: _int | None = None,
        keepdim: _bool = False,
        *,
        interpolation: str = 'linear',
    ) -> Tensor:
        """The q-quantiles of the elements along `dim`, or of all. Source: torch.quantile."""
    def rad2deg(self) -> Tensor:
        """Radians as degrees. Source: torch.rad2deg."""
    def rad2deg_(self) -> Self:
        """`rad2deg` written into the tensor itself, which it returns."""
    @overload
    def random_(self, *, generator: Generator | None = None) -> Self: ...
    @overload
    def random_(self, to: _int, /, *, generator: Generator | None = None) -> Self: ...
    @overload
    def random_(
        self,
        from_: _int,
        to: _int | None,
        /,
        *,
        generator: Generator | None = None,
    ) -> Self: ...
    def ravel(self) -> Tensor:
        """All elements in one dimension, a view of a contiguous tensor. Source: torch.ravel."""
    @property
    def real(self) -> Tensor:
        """The real parts, sharing memory. Source: torch.real."""
    @real.setter
    def real(self, value: Tensor) -> None: ...
    def reciprocal(self) -> Tensor:
        """One divided by each element. Source: torch.reciprocal."""
    def reciprocal_(self) -> Self:
        """`reciprocal` written into the tensor itself, which it returns."""
    def register_hook(self, hook: Callable[[Tensor], Any]) -> Handle:
        """`hook(grad)` when this tensor's gradient is computed; a returned tensor replaces it."""
    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> Handle:
        """`hook(tensor)` after a leaf's `.grad` has been updated."""
    def relu(self) -> Tensor:
        """max(input, 0). Source: torch.relu."""
    def relu_(self) -> Self:
        """`relu` written into the tensor itself, which it returns."""
    def remainder(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """The remainder with the divisor's sign, Python's `%`. Source: torch.remainder."""
    def remainder_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`remainder` written into the tensor itself, which it returns."""
    def renorm(
        self,
        p: _int | _float | _bool | complex,
        dim: _int,
        maxnorm: _int | _float | _bool | complex,
    ) -> Tensor:
        """The parts along `dim` scaled down to at most the norm `maxnorm`. Source: torch.renorm."""
    def renorm_(
        self,
        p: _int | _float | _bool | complex,
        dim: _int,
        maxnorm: _int | _float | _bool | complex,
    ) -> Self:
        """`renorm` written into the tensor itself, which it returns."""
    @overload
    def repeat(self, *repeats: _int) -> Tensor: ...
    @overload
    def repeat(self, repeats: Sequence[_int]) -> Tensor: ...
    def repeat_interleave(
        self,
        repeats: _int | Sequence[_int] | Tensor | None = None,
        dim: _int | None = None,
        *,
        output_size: _int | None = None,
    ) -> Tensor:
        """Each element, or part along `dim`, repeated in place. Source: torch.repeat_interleave."""
    @property
    def requires_grad(self) -> _bool: ...
    @requires_grad.setter
    def requires_grad(self, value: _bool) -> None: ...
    def requires_grad_(self, requires_grad: _bool = True) -> Self:
        """Sets whether gradients are wanted for this leaf, which it returns."""
    @overload
    def reshape(self, shape: Sequence[_int]) -> Tensor: ...
    @overload
    def reshape(self, *shape: _int) -> Tensor: ...
    def reshape_as(self, other: Tensor) -> Tensor:
        """`self.reshape(other.size())`. Source: torch.Tensor.reshape_as."""
    @overload
    def resize(self, *sizes: _int) -> Tensor: ...
    @overload
    def resize(self, sizes: Sequence[_int]) -> Tensor: ...
    @overload
    def resize_(
        self,
        size: Sequence[_int],
        *,
        memory_format: memory_format | None = None,
    ) -> Self: ...
    @overload
    def resize_(self, *size: _int, memory_format: memory_format | None = None) -> Self: ...
    def resize_as(self, tensor: Tensor) -> Tensor:
        """`resize` to another tensor's size. Source: torch.Tensor.resize_as."""
    def resize_as_(
        self,
        tensor: Tensor,
        memory_format: memory_format | None = None,
    ) -> Self:
        """`resize_` to another tensor's size. Source: torch.Tensor.resize_as_."""
    def resolve_conj(self) -> Tensor:
        """The tensor itself: conjugates are not lazy here. Source: torch.resolve_conj."""
    def resolve_neg(self) -> Tensor:
        """The tensor itself: negation is not lazy here. Source: torch.resolve_neg."""
    def retain_grad(self) -> None:
        """Keeps this non-leaf's gradient in `.grad` after backward."""
    @property
    def retains_grad(self) -> _bool: ...
    def roll(
        self,
        shifts: _int | Sequence[_int],
        dims: _int | Sequence[_int] | None = None,
    ) -> Tensor:
        """Elements moved around along dimensions, or in flat order. Source: torch.roll."""
    def rot90(self, k: _int = 1, dims: Sequence[_int] = (0, 1)) -> Tensor:
        """The tensor turned by 90 degrees k times in a plane. Source: torch.rot90."""
    def round(self, *, decimals: _int | None = None) -> Tensor:
        """Each element rounded to `decimals` places, halves to even. Source: torch.round."""
    def round_(self, *, decimals: _int | None = None) -> Self:
        """`round` written into the tensor itself, which it returns."""
    def row_indices(self) -> Any: ...
    def rsqrt(self) -> Tensor:
        """One divided by the square root of each element. Source: torch.rsqrt."""
    def rsqrt_(self) -> Self:
        """`rsqrt` written into the tensor itself, which it returns."""
    def scatter(
        self,
        dim: _int,
        index: Tensor,
        src: Tensor | _int | _float | _bool | complex | None = None,
        *,
        value: _int | _float | _bool | complex | None = None,
        reduce: str | None = None,
    ) -> Tensor:
        """`out[index[i][j]][j] = src[i][j]` for dim 0, and so on. Source: torch.scatter."""
    def scatter_(
        self,
        dim: _int,
        index: Tensor,
        src: Tensor | _int | _float | _bool | complex | None = None,
        *,
        value: Tensor | _int | _float | _bool | complex | None = None,
        reduce: str | None = None,
    ) -> Self:
        """`scatter` written into the tensor itself, which it returns."""
    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """`out[index[i][j]][j] += src[i][j]` for dim 0, and so on. Source: torch.scatter_add."""
    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Self:
        """`scatter_add` written into the tensor itself, which it returns."""
    def scatter_reduce(
        self,
        dim: _int,
        index: Tensor,
        src: Tensor,
        reduce: str,
        *,
        include_self: _bool = True,
    ) -> Tensor:
        """Elements of `src` combined into places of a dimension. Source: torch.scatter_reduce."""
    def scatter_reduce_(
        self,
        dim: _int,
        index: Tensor,
        src: Tensor,
        reduce: str,
        *,
        include_self: _bool = True,
    ) -> Self:
        """`scatter_reduce` written into the tensor itself, which it returns."""
    def select(self, dim: _int, index: _int) -> Tensor:
        """The part at one place of a dimension, sharing memory. Source: torch.select."""
    def select_scatter(self, src: Tensor, dim: _int, index: _int) -> Tensor:
        """`input` with one place of a dimension replaced by `src`. Source: torch.select_scatter."""
    def set_(
        self,
        source: _int | Sequence[_int] | None = None,
        storage_offset: _int = 0,
        size: _int | Sequence[_int] | None = None,
        stride: Sequence[_int] | None = None,
    ) -> Self:
        """Sees another tensor's or storage's memory. Source: torch.Tensor.set_."""
    def sgn(self) -> Tensor:
        """The sign of each element, for complex ones the direction. Source: torch.sgn."""
    def sgn_(self) -> Self:
        """`sgn` written into the tensor itself, which it returns."""
    @property
    def shape(self) -> Size: ...
    def share_memory_(self) -> Self:
        """Moves the elements to shared memory. Source: torch.Tensor.share_memory_."""
    def short(self, memory_format: memory_format | None = ...) -> Tensor:
        """The tensor as int16. Source: torch.Tensor.short."""
    def sigmoid(self) -> Tensor:
        """The logistic function of each element. Source: torch.sigmoid."""
    def sigmoid_(self) -> Self:
        """`sigmoid` written into the tensor itself, which it returns."""
    def sign(self) -> Tensor:
        """The sign of each element. Source: torch.sign."""
    def sign_(self) -> Self:
        """`sign` written into the tensor itself, which it returns."""
    def signbit(self) -> Tensor:
        """Whether each element's sign bit is set. Source: torch.signbit."""
    def sin(self) -> Tensor:
        """The sine of each element. Source: torch.sin."""
    def sin_(self) -> Self:
        """`sin` written into the tensor itself, which it returns."""
    def sinc(self) -> Tensor:
        """sin(pi x) / (pi x) of each element x, one at zero. Source: torch.sinc."""
    def sinc_(self) -> Self:
        """`sinc` written into the tensor itself, which it returns."""
    def sinh(self) -> Tensor:
        """The hyperbolic sine of each element. Source: torch.sinh."""
    def sinh_(self) -> Self:
        """`sinh` written into the tensor itself, which it returns."""
    @overload
    def size(self, dim: None = None) -> Size: ...
    @overload
    def size(self, dim: _int) -> _int: ...
    def slice_scatter(
        self,
        src: Tensor,
        dim: _int = 0,
        start: _int | None = None,
        end: _int | None = None,
        step: _int = 1,
    ) -> Tensor:
        """`input` with a slice of one dimension replaced by `src`. Source: torch.slice_scatter."""
    def slogdet(self) -> return_types.slogdet:
        """Sign and log of the determinant's size. Source: torch.slogdet."""
    def softmax(self, dim: _int, dtype: _dtype | None = None) -> Tensor:
        """exp(input) normalized to sum 1 along `dim`. Source: torch.softmax."""
    def solve(self, other: Tensor | _int | _float | _bool | complex) -> NoReturn:
        """Removed: raises RuntimeError. Source: torch.Tensor.solve."""
    def sort(
        self,
        dim: _int = -1,
        descending: _bool = False,
        *,
        stable: _bool | None = None,
    ) -> return_types.sort:
        """The elements in order along a dimension, and their places. Source: torch.sort."""
    def sparse_dim(self) -> _int:
        """The number of sparse dimensions: none."""
    def sparse_mask(self, *args: Any, **kwargs: Any) -> Tensor: ...
    def sparse_resize_(self, *args: Any, **kwargs: Any) -> Tensor: ...
    def sparse_resize_and_clear_(self, *args: Any, **kwargs: Any) -> Tensor: ...
    def split(self, split_size: _int | Sequence[_int], dim: _int = 0) -> tuple[Tensor, ...]:
        """Pieces along a dimension, sharing memory. Source: torch.Tensor.split."""
    def split_with_sizes(
        self,
        split_sizes: Sequence[_int],
        dim: _int = 0,
    ) -> tuple[Tensor, ...]:
        """Pieces of the given sizes, sharing memory. Source: torch.split_with_sizes."""
    def sqrt(self) -> Tensor:
        """The square root of each element. Source: torch.sqrt."""
    def sqrt_(self) -> Self:
        """`sqrt` written into the tensor itself, which it returns."""
    def square(self) -> Tensor:
        """The square of each element. Source: torch.square."""
    def square_(self) -> Self:
        """`square` written into the tensor itself, which it returns."""
    def squeeze(self, dim: _int | Sequence[_int] | None = None) -> Tensor:
        """Dimensions of size one left out: all, or those named. Source: torch.squeeze."""
    def squeeze_(self, dim: _int | Sequence[_int] | None = None) -> Self:
        """`squeeze` of the tensor itself."""
    @overload
    def std(
        self,
        dim: _int | Sequence[_int] | None = None,
        unbiased: _bool = True,
        keepdim: _bool = False,
    ) -> Tensor: ...
    @overload
    def std(self, unbiased: _bool) -> Tensor: ...
    @overload
    def std(
        self,
        dim: _int | Sequence[_int] | None = None,
        *,
        correction: _int | _float | None = None,
        keepdim: _bool = False,
    ) -> Tensor: ...
    def stft(
        self,
        n_fft: _int,
        hop_length: _int | None = None,
        win_length: _int | None = None,
        window: Tensor | None = None,
        center: _bool = True,
        pad_mode: str = 'reflect',
        normalized: _bool = False,
        onesided: _bool | None = None,
        return_complex: _bool | None = None,
        align_to_window: _bool | None = None,
    ) -> Tensor:
        """Spectra (B, N, T) of overlapping windows of signals (B, L). Source: torch.stft."""
    def storage(self) -> TypedStorage:
        """The tensor's storage as elements of its dtype. Source: torch.Tensor.storage."""
    def storage_offset(self) -> _int:
        """Where in its storage the tensor begins, in elements."""
    def storage_type(self) -> _type[Any]:
        """The type of `storage()`, such as `torch.FloatStorage`."""
    @overload
    def stride(self, dim: None = None) -> tuple[_int, ...]: ...
    @overload
    def stride(self, dim: _int) -> _int: ...
    def sub(
        self,
        other: Tensor | _int | _float | _bool | complex,
        *,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Tensor:
        """`input - alpha * other`. Source: torch.sub."""
    def sub_(
        self,
        other: Tensor | _int | _float | _bool | complex,
        *,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Self:
        """`sub` written into the tensor itself, which it returns."""
    def subtract(
        self,
        other: Tensor | _int | _float | _bool | complex,
        *,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Tensor:
        """`input - alpha * other`. Source: torch.sub."""
    def subtract_(
        self,
        other: Tensor | _int | _float | _bool | complex,
        *,
        alpha: _int | _float | _bool | complex = 1,
    ) -> Self:
        """`sub` written into the tensor itself, which it returns."""
    def sum(
        self,
        dim: Dims | None = None,
        keepdim: _bool = False,
        *,
        dtype: _dtype | None = None,
    ) -> Tensor:
        """The sum over `dim` (all by default); integers sum in int64. Source: torch.sum."""
    @overload
    def sum_to_size(self, *size: _int) -> Tensor: ...
    @overload
    def sum_to_size(self, size: Sequence[_int]) -> Tensor: ...
    def svd(self, some: _bool = True, compute_uv: _bool = True) -> return_types.svd:
        """input = U diag(S) V^H, deprecated for torch.linalg's. Source: torch.svd."""
    def swapaxes(self, axis0: _int, axis1: _int) -> Tensor:
        """Two dimensions exchanged, sharing memory. Source: torch.swapaxes."""
    def swapaxes_(self, axis0: _int, axis1: _int) -> Self:
        """`transpose_` under NumPy's name."""
    def swapdims(self, dim0: _int, dim1: _int) -> Tensor:
        """Two dimensions exchanged, sharing memory. Source: torch.transpose."""
    def swapdims_(self, dim0: _int, dim1: _int) -> Self:
        """`transpose_` under another name."""
    def symeig(self, eigenvectors: _bool = False) -> NoReturn:
        """Removed: raises RuntimeError. Source: torch.Tensor.symeig."""
    def t(self) -> Tensor:
        """A matrix transposed, sharing memory. Source: torch.t."""
    def t_(self) -> Self:
        """`t` of the tensor itself."""
    def take(self, index: Tensor) -> Tensor:
        """Elements at places of the flat order. Source: torch.take."""
    def take_along_dim(self, indices: Tensor, dim: _int | None = None) -> Tensor:
        """`gather` with both broadcast against each other. Source: torch.take_along_dim."""
    def tan(self) -> Tensor:
        """The tangent of each element. Source: torch.tan."""
    def tan_(self) -> Self:
        """`tan` written into the tensor itself, which it returns."""
    def tanh(self) -> Tensor:
        """The hyperbolic tangent of each element. Source: torch.tanh."""
    def tanh_(self) -> Self:
        """`tanh` written into the tensor itself, which it returns."""
    def tensor_split(
        self,
        indices_or_sections: _int | Sequence[_int] | Tensor | None = None,
        dim: _int = 0,
        *,
        indices: Sequence[_int] | Tensor | None = None,
        sections: _int | None = None,
        tensor_indices_or_sections: Tensor | None = None,
    ) -> tuple[Tensor, ...]:
        """Pieces between indices, or so many of nearly equal size. Source: torch.tensor_split."""
    @overload
    def tile(self, dims: Sequence[_int]) -> Tensor: ...
    @overload
    def tile(self, *dims: _int) -> Tensor: ...
    @overload
    def to(
        self,
        dtype: _dtype,
        non_blocking: _bool = False,
        copy: _bool = False,
        *,
        memory_format: memory_format | None = None,
    ) -> Self: ...
    @overload
    def to(
        self,
        device: _device | str | _int | None = None,
        dtype: _dtype | None = None,
        non_blocking: _bool = False,
        copy: _bool = False,
        *,
        memory_format: memory_format | None = None,
    ) -> Self: ...
    @overload
    def to(
        self,
        other: Tensor,
        non_blocking: _bool = False,
        copy: _bool = False,
        *,
        memory_format: memory_format | None = None,
    ) -> Self: ...
    def to_dense(
        self,
        dtype: _dtype | None = None,
        *,
        masked_grad: _bool | None = None,
    ) -> Tensor:
        """The tensor itself, which is dense already. Source: torch.Tensor.to_dense."""
    def to_sparse(self, sparse_dim: _int | None = None, **kwargs: Any) -> SparseTensor:
        """The elements that are not zero, in coordinate form. Source: torch.Tensor.to_sparse."""
    def to_sparse_bsc(self, *args: Any, **kwargs: Any) -> Tensor: ...
    def to_sparse_bsr(self, *args: Any, **kwargs: Any) -> Tensor: ...
    def to_sparse_csc(self, dense_dim: _int | None = None) -> ColumnCompressedTensor:
        """The elements that are not zero, in compressed columns. Source: torch.Tensor.to_sparse_csc."""
    def to_sparse_csr(self, dense_dim: _int | None = None) -> CompressedTensor:
        """The elements that are not zero, in compressed rows. Source: torch.Tensor.to_sparse_csr."""
    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers. Source: torch.Tensor.tolist."""
    def topk(
        self,
        k: _int,
        dim: _int = -1,
        largest: _bool = True,
        sorted: _bool = True,
    ) -> return_types.topk:
        """The k largest (or smallest) elements and their places. Source: torch.topk."""
    def trace(self) -> Tensor:
        """The sum of a matrix's diagonal. Source: torch.trace."""
    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """Two dimensions exchanged, sharing memory. Source: torch.transpose."""
    def transpose_(self, dim0: _int, dim1: _int) -> Self:
        """`transpose` of the tensor itself. Source: torch.Tensor.transpose_."""
    def triangular_solve(
        self,
        A: Tensor,
        upper: _bool = True,
        transpose: _bool = False,
        unitriangular: _bool = False,
    ) -> return_types.triangular_solve:
        """The solution of a triangular system, deprecated. Source: torch.triangular_solve."""
    def tril(self, diagonal: _int = 0) -> Tensor:
        """The lower triangle of matrices, zeros elsewhere. Source: torch.tril."""
    def tril_(self, diagonal: _int = 0) -> Self:
        """`tril` written into the tensor itself, which it returns."""
    def triu(self, diagonal: _int = 0) -> Tensor:
        """The upper triangle of matrices, zeros elsewhere. Source: torch.triu."""
    def triu_(self, diagonal: _int = 0) -> Self:
        """`triu` written into the tensor itself, which it returns."""
    def true_divide(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """`input / other`. Source: torch.true_divide."""
    def true_divide_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`true_divide` written into the tensor itself, which it returns."""
    def trunc(self) -> Tensor:
        """Each element without its fractional part. Source: torch.trunc."""
    def trunc_(self) -> Self:
        """`trunc` written into the tensor itself, which it returns."""
    @overload
    def type(self, dtype: None = None, non_blocking: _bool = False) -> str: ...
    @overload
    def type(self, dtype: str | _dtype | _type[Any], non_blocking: _bool = False) -> Tensor: ...
    def type_as(self, other: Tensor) -> Tensor:
        """The tensor at another's dtype. Source: torch.Tensor.type_as."""
    def unbind(self, dim: _int = 0) -> tuple[Tensor, ...]:
        """One view for each place of a dimension. Source: torch.unbind."""
    def unflatten(self, dim: _int, sizes: _int | Sequence[_int]) -> Tensor:
        """One dimension cut into several. Source: torch.Tensor.unflatten."""
    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """Windows along a dimension as a last one, sharing memory. Source: torch.Tensor.unfold."""
    def uniform_(
        self,
        from_: _float = 0,
        to: _float = 1,
        /,
        *,
        generator: Generator | None = None,
    ) -> Self:
        """Uniform in [from, to), `uniform_(from=0, to=1)`. Source: torch.Tensor.uniform_."""
    @overload
    def unique(
        self,
        sorted: _bool = True,
        return_inverse: Literal[False] = False,
        return_counts: Literal[False] = False,
        dim: _int | None = None,
    ) -> Tensor: ...
    @overload
    def unique(
        self,
        sorted: _bool = True,
        *,
        return_inverse: Literal[True],
        return_counts: Literal[False] = False,
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor]: ...
    @overload
    def unique(
        self,
        sorted: _bool = True,
        return_inverse: Literal[False] = False,
        *,
        return_counts: Literal[True],
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor]: ...
    @overload
    def unique(
        self,
        sorted: _bool = True,
        *,
        return_inverse: Literal[True],
        return_counts: Literal[True],
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]: ...
    @overload
    def unique(
        self,
        sorted: _bool = True,
        return_inverse: _bool = False,
        return_counts: _bool = False,
        dim: _int | None = None,
    ) -> Any: ...
    @overload
    def unique_consecutive(
        self,
        return_inverse: Literal[False] = False,
        return_counts: Literal[False] = False,
        dim: _int | None = None,
    ) -> Tensor: ...
    @overload
    def unique_consecutive(
        self,
        *,
        return_inverse: Literal[True],
        return_counts: Literal[False] = False,
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor]: ...
    @overload
    def unique_consecutive(
        self,
        return_inverse: Literal[False] = False,
        *,
        return_counts: Literal[True],
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor]: ...
    @overload
    def unique_consecutive(
        self,
        *,
        return_inverse: Literal[True],
        return_counts: Literal[True],
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]: ...
    @overload
    def unique_consecutive(
        self,
        return_inverse: _bool = False,
        return_counts: _bool = False,
        dim: _int | None = None,
    ) -> Any: ...
    def unsafe_chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """`chunk` whose pieces autograd does not know as views. Source: torch.unsafe_chunk."""
    def unsafe_split(self, split_size: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """`split` whose pieces autograd does not know as views. Source: torch.unsafe_split."""
    def unsafe_split_with_sizes(
        self,
        split_sizes: Sequence[_int],
        dim: _int = 0,
    ) -> tuple[Tensor, ...]:
        """`split_with_sizes` whose pieces autograd does not know as views."""
    def unsqueeze(self, dim: _int) -> Tensor:
        """A dimension of size one put in at `dim`. Source: torch.unsqueeze."""
    def unsqueeze_(self, dim: _int) -> Self:
        """`unsqueeze` of the tensor itself."""
    def untyped_storage(self) -> UntypedStorage:
        """The tensor's storage as bytes. Source: torch.Tensor.untyped_storage."""
    def values(self) -> Tensor: ...
    @overload
    def var(
        self,
        dim: _int | Sequence[_int] | None = None,
        unbiased: _bool = True,
        keepdim: _bool = False,
    ) -> Tensor: ...
    @overload
    def var(self, unbiased: _bool) -> Tensor: ...
    @overload
    def var(
        self,
        dim: _int | Sequence[_int] | None = None,
        *,
        correction: _int | _float | None = None,
        keepdim: _bool = False,
    ) -> Tensor: ...
    def vdot(self, other: Tensor) -> Tensor:
        """The dot product with the first vector conjugated. Source: torch.vdot."""
    @overload
    def view(self, dtype: _dtype) -> Tensor: ...
    @overload
    def view(self, size: Sequence[_int]) -> Tensor: ...
    @overload
    def view(self, *size: _int) -> Tensor: ...
    def view_as(self, other: Tensor) -> Tensor:
        """The same memory under another tensor's shape. Source: torch.Tensor.view_as."""
    def vsplit(
        self,
        indices_or_sections: _int | Sequence[_int] | Tensor | None = None,
        *,
        indices: Sequence[_int] | Tensor | None = None,
        sections: _int | None = None,
    ) -> tuple[Tensor, ...]:
        """Pieces along rows. Source: torch.vsplit."""
    def where(self, condition: Tensor, other: Tensor | _int | _float) -> Tensor:
        """`self` where the condition holds, else `other`. Source: torch.Tensor.where."""
    def xlogy(self, other: Tensor | _int | _float | _bool | complex) -> Tensor:
        """`input * log(other)`, zero where input is zero. Source: torch.xlogy."""
    def xlogy_(self, other: Tensor | _int | _float | _bool | complex) -> Self:
        """`xlogy` written into the tensor itself, which it returns."""
    def zero_(self) -> Self:
        """Sets every element to zero. Source: torch.Tensor.zero_."""
class Counter:
    version: Any
def _keep_strides(copy: Tensor, t: Tensor) -> None:
    """A copy of a dense tensor has its very strides, odd ones of dimensions of size one too."""
def _record_specially(
    op: Op,
    values: tuple[Any, ...],
    attrs: tuple[Any, ...],
    inputs: tuple[Any, ...],
) -> tuple[Any, _bool]:
    """What is recorded on meta tensors, and what runs at once: (result, whether it is meta)."""
def _run_now(result: Any, inputs: Tensor | Sequence[Tensor] | None) -> None:
    """Evaluates at once, and lets no result share memory that the outside may write to."""
def _common_order(inputs: tuple[Any, ...]) -> Shape | None:
    """The memory order an elementwise result takes from its inputs; None for row-major."""
def _permuted(v: Any, order: Shape) -> Any: ...
def _wrap_ordered(value: Value, order: Shape, meta: _bool) -> Tensor:
    """A tensor over a result that was computed in another order of dimensions."""
def _attach_several(
    op: Op,
    inputs: tuple[Any, ...],
    values: list[Any],
    attrs: tuple[Any, ...],
    results: tuple[Any, ...],
    outs: tuple[Any, ...],
) -> None:
    """Gives the differentiable ones of several results their grad node; `outs` may be fewer."""
def _grad_node(
    op: Op,
    inputs: tuple[Any, ...],
    values: list[Any],
    attrs: tuple[Any, ...],
    out_metas: list[Any],
    now: dict[str, Any],
) -> OpNode:
    """The node of an application, with what its formulas name of the inputs."""
def _meta(x: Any) -> tuple[Any, ...] | None:
    """(shape, dtype) of an operator's input that is no tensor."""
def _saved_result(
    outs: tuple[Any, ...],
    results: tuple[Any, ...],
    origin: _type[Node],
    i: _int,
) -> Saved:
    """One of several results, saved for backward; no tensor can overwrite one that isn't shown."""
def saved_output(out: Tensor, origin: _type[Node], output_nr: _int) -> Saved:
    """A node's own output, saved for its backward."""
def _saved_inputs(
    inputs: tuple[Any, ...],
    values: list[Any],
    wanted: tuple[_int, ...],
    packing: tuple[Any, ...],
) -> dict[_int, Saved | None]: ...
def _number(number: Any, inputs: Tensor | Sequence[Tensor] | None) -> Value:
    """The value of a number among an operator's inputs, as the operator read it."""
def _dispatch_view(op: Op, t: Tensor, attrs: tuple[Any, ...]) -> Any:
    """The alias(es) that a view operator makes, and their grad node."""
def view_kind_of(t: Tensor, many: _bool, now: dict[str, Any]) -> _int:
    """How a view that is being made of `t` is made, as far as writes through it care."""
