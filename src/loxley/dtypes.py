"""Element types and the rules that combine them.

A `dtype` knows its name, its NumPy counterpart and its category; nothing here knows of tensors.
Promotion follows https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from . import narrow_types as narrow

_BOOL, _INTEGRAL, _FLOATING, _COMPLEX = range(4)


class dtype:  # noqa: N801 - PyTorch's name
    """A tensor's element type, such as `float32`; compared by identity.

    Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.dtype
    """

    __slots__ = (
        "name",
        "numpy",
        "category",
        "itemsize",
        "is_floating_point",
        "is_complex",
        "is_signed",
        "rank",
        "scalar",
        "legacy_name",
        "restricted",
        "is_quantized",
    )

    def __init__(self, name: str, numpy: Any, category: int, rank: int, legacy_name: str) -> None:
        self.name = name
        self.numpy = np.dtype(numpy)
        self.category = category
        self.rank = rank  # position within the category, narrow to wide
        self.itemsize = self.numpy.itemsize
        self.is_floating_point = category == _FLOATING
        self.is_complex = category == _COMPLEX
        self.is_signed = name not in _UNSIGNED
        self.is_quantized: bool = name.startswith(("qint", "quint"))
        # Only the operators that `ops.restricted` lists take such elements.
        self.restricted: bool = self.is_quantized or narrow.is_narrow(self.numpy)
        # Python number -> NumPy scalar
        self.scalar: Callable = self.numpy.type if not self.restricted else self._narrow_scalar
        self.legacy_name = legacy_name  # the storage type's name in files and messages

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return "bool_" if self.name == "bool" else self.name  # the name in this module

    def __copy__(self) -> dtype:
        return self

    def __deepcopy__(self, memo: dict) -> dtype:
        return self

    def _narrow_scalar(self, number: Any) -> Any:
        if self.is_quantized:
            raise NotImplementedError(
                f"tensors of dtype {self} are made by torch.quantize_per_tensor and its like alone"
            )
        return narrow.narrowed(np.asarray(number), self.numpy)[()]

    def to_complex(self) -> dtype:
        """The complex type with this real type's precision; RuntimeError for 8-bit floats."""
        if self.is_complex:
            return self
        if self.restricted:
            raise RuntimeError(f"Unknown Complex ScalarType for {self.legacy_name}")
        if self is float16:
            return complex32
        return complex128 if self is float64 else complex64

    def to_real(self) -> dtype:
        """The real type of this complex type's parts."""
        if not self.is_complex:
            return self
        if self is complex32:
            return float16
        return float64 if self is complex128 else float32


_UNSIGNED = ("bool", "uint8", "uint16", "uint32", "uint64", "float8_e8m0fnu", "quint8")
bool_ = dtype("bool", np.bool_, _BOOL, 0, "Bool")
uint8 = dtype("uint8", np.uint8, _INTEGRAL, 0, "Byte")
int8 = dtype("int8", np.int8, _INTEGRAL, 1, "Char")
int16 = dtype("int16", np.int16, _INTEGRAL, 2, "Short")
int32 = dtype("int32", np.int32, _INTEGRAL, 3, "Int")
int64 = dtype("int64", np.int64, _INTEGRAL, 4, "Long")
uint16 = dtype("uint16", np.uint16, _INTEGRAL, 5, "UInt16")
uint32 = dtype("uint32", np.uint32, _INTEGRAL, 6, "UInt32")
uint64 = dtype("uint64", np.uint64, _INTEGRAL, 7, "UInt64")
float16 = dtype("float16", np.float16, _FLOATING, 0, "Half")
bfloat16 = dtype("bfloat16", ml_dtypes.bfloat16, _FLOATING, 0, "BFloat16")
float32 = dtype("float32", np.float32, _FLOATING, 1, "Float")
float64 = dtype("float64", np.float64, _FLOATING, 2, "Double")
float8_e4m3fn = dtype("float8_e4m3fn", narrow.FLOAT8_E4M3FN, _FLOATING, -1, "Float8_e4m3fn")
float8_e5m2 = dtype("float8_e5m2", narrow.FLOAT8_E5M2, _FLOATING, -1, "Float8_e5m2")
float8_e4m3fnuz = dtype("float8_e4m3fnuz", narrow.FLOAT8_E4M3FNUZ, _FLOATING, -1, "Float8_e4m3fnuz")
float8_e5m2fnuz = dtype("float8_e5m2fnuz", narrow.FLOAT8_E5M2FNUZ, _FLOATING, -1, "Float8_e5m2fnuz")
float8_e8m0fnu = dtype("float8_e8m0fnu", narrow.FLOAT8_E8M0FNU, _FLOATING, -1, "Float8_e8m0fnu")
complex32 = dtype("complex32", narrow.COMPLEX32, _COMPLEX, 0, "ComplexHalf")
complex64 = dtype("complex64", np.complex64, _COMPLEX, 1, "ComplexFloat")
complex128 = dtype("complex128", np.complex128, _COMPLEX, 2, "ComplexDouble")
# Integers that stand for real numbers: see `tensor.quantized`.
quint8 = dtype("quint8", np.uint8, _INTEGRAL, 8, "QUInt8")
qint8 = dtype("qint8", np.int8, _INTEGRAL, 9, "QInt8")
qint32 = dtype("qint32", np.int32, _INTEGRAL, 10, "QInt32")

DTYPES = (
    bool_,
    uint8,
    int8,
    int16,
    int32,
    int64,
    uint16,
    uint32,
    uint64,
    float16,
    bfloat16,
    float32,
    float64,
    float8_e4m3fn,
    float8_e5m2,
    float8_e4m3fnuz,
    float8_e5m2fnuz,
    float8_e8m0fnu,
    complex32,
    complex64,
    complex128,
    quint8,
    qint8,
    qint32,
)
BY_NUMPY = {d.numpy: d for d in DTYPES if not d.is_quantized}
BY_NAME = {d.name: d for d in DTYPES}
ALIASES = {
    "bool": bool_,
    "half": float16,
    "float": float32,
    "double": float64,
    "short": int16,
    "int": int32,
    "long": int64,
    "chalf": complex32,
    "cfloat": complex64,
    "cdouble": complex128,
}


def from_numpy_dtype(numpy_dtype: np.dtype) -> dtype:
    """The dtype of a NumPy dtype; TypeError for those that PyTorch has not (strings, objects)."""
    found = BY_NUMPY.get(numpy_dtype)
    if found is not None and found.restricted:
        found = None
    elif found is None:
        found = BY_NUMPY.get(numpy_dtype.newbyteorder("="))
        if found is not None and numpy_dtype.byteorder not in "=|":
            raise ValueError(
                "given numpy array has byte order different from the native byte order. "
                "Conversion between byte orders is currently not supported."
            )
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type {numpy_dtype.type.__module__}."
            f"{numpy_dtype.type.__name__}. The only supported types are: float64, float32, "
            "float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, "
            "uint8, and bool."
        )
    return found


def _promote(a: dtype, b: dtype) -> dtype:
    if a is b:
        return a
    if a.rank < 0 or b.rank < 0:
        raise RuntimeError(
            "Promotion for Float8 Types is not supported, attempted to promote "
            f"{legacy(a)} and {legacy(b)}"
        )
    if a.category != b.category:
        low, high = (a, b) if a.category < b.category else (b, a)
        if high.category == _COMPLEX and low.is_floating_point:
            of_low = low.to_complex()
            return of_low if of_low.rank > high.rank else high
        return high
    if a.category == _FLOATING and a.rank == b.rank:
        return float32  # float16 with bfloat16
    if uint8 in (a, b):
        other = b if a is uint8 else a
        return int16 if other is int8 else other
    if not (a.is_signed and b.is_signed) and a.category == _INTEGRAL:
        unsigned = a if not a.is_signed else b
        other = b if unsigned is a else a
        if not other.is_signed:
            raise RuntimeError(
                f"Promotion for uint16, uint32, uint64 types is not supported, attempted to "
                f"promote {legacy(a)} and {legacy(b)}"
            )
        raise RuntimeError(
            f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
            f"{legacy(a)} and {legacy(b)}"
        )
    return a if a.rank >= b.rank else b


def legacy(d: dtype) -> str:
    """The name that PyTorch's C++ messages use, such as `Float` or `Long`."""
    return d.legacy_name


_PROMOTED: dict[tuple[dtype, dtype], dtype] = {}


def promote_types(a: dtype, b: dtype) -> dtype:
    """The smallest dtype that both convert to without changing category downwards.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.promote_types.html
    """
    key = (a, b)
    found = _PROMOTED.get(key)
    if found is None:
        found = _PROMOTED[key] = _promote(a, b)
    return found


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether a result of one category may be written into the other.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.can_cast.html
    """
    if from_.category > to.category:
        return False
    return not (to.category == _BOOL and from_.category != _BOOL)


class _Default:
    """The default floating dtype, a setting of the process."""

    floating = float32


def get_default_dtype() -> dtype:
    """The dtype that Python floats become. Source: torch.get_default_dtype."""
    return _Default.floating


def set_default_dtype(d: dtype) -> None:
    """Sets the dtype that Python floats become; TypeError unless it is floating point.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.set_default_dtype.html
    """
    if not isinstance(d, dtype):
        raise TypeError(
            "invalid dtype object: only floating-point types are supported as the default type"
        )
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    if d.restricted:
        raise TypeError(f"couldn't find storage object {d.legacy_name}Storage")
    _Default.floating = d


def dtype_of_scalar(value: object) -> dtype:
    """The dtype that a lone Python number has: bool, int64, default float, its complex type."""
    if isinstance(value, (bool, np.bool_)):
        return bool_
    if isinstance(value, (int, np.integer)):
        return int64
    if isinstance(value, (float, np.floating)):
        return _Default.floating
    if isinstance(value, (complex, np.complexfloating)):
        return _Default.floating.to_complex()
    raise TypeError(f"unsupported scalar type {type(value).__name__}")
