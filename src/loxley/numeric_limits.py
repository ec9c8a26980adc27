"""`torch.finfo` and `torch.iinfo`: what the numbers of a dtype can express.

A dtype comes in; the limits are computed from the widths of its parts (IEEE 754, and bfloat16's
eight exponent and seven fraction bits), not tabulated.
Source: https://docs.pytorch.org/docs/stable/type_info.html
"""

from __future__ import annotations

import math
from typing import NoReturn

from .dtypes import dtype as DType
from .dtypes import get_default_dtype

_EXPONENT_AND_FRACTION_BITS = {
    "float16": (5, 10),
    "bfloat16": (8, 7),
    "float32": (8, 23),
    "float64": (11, 52),
}
# What PyTorch tells of 8-bit floats: eps, max, smallest_normal.
_EIGHT_BITS = {
    "float8_e4m3fn": (2.0**-3, 448.0, 2.0**-6),
    "float8_e5m2": (2.0**-2, 57344.0, 2.0**-14),
    "float8_e4m3fnuz": (2.0**-3, 240.0, 2.0**-7),
    "float8_e5m2fnuz": (2.0**-3, 57344.0, 2.0**-15),
    "float8_e8m0fnu": (1.0, 2.0**127, 2.0**-127),
}


def _require_dtype(owner: str, candidate: object) -> DType:
    if not isinstance(candidate, DType):
        raise TypeError(
            f"{owner}(): argument 'type' (position 1) must be torch.dtype, "
            f"not {type(candidate).__name__}"
        )
    return candidate


class _Limits:
    """What both classes share: read-only attributes, equality by dtype."""

    __slots__ = ("_type",)
    _type: DType

    @property
    def dtype(self) -> str:
        """The dtype's name without `torch.`; a complex dtype's parts'."""
        return self._type.name

    @property
    def bits(self) -> int:
        """The bits that a number takes."""
        return 8 * self._type.itemsize

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._type is self._type  # type: ignore[attr-defined]

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"cannot pickle 'torch.{type(self).__name__}' object")


class finfo(_Limits):  # noqa: N801 - PyTorch's name
    """The limits of a floating dtype, of a complex one's parts, or of the default dtype.

    TypeError for other dtypes.
    Source: https://docs.pytorch.org/docs/stable/type_info.html#torch.torch.finfo

    >>> finfo().eps
    1.1920928955078125e-07
    """

    __slots__ = ("_exponent_bits", "_fraction_bits")

    def __init__(self, *args: DType, **kwargs: DType) -> None:
        found = _one_type("finfo", args, kwargs) if args or kwargs else get_default_dtype()
        if not (found.is_floating_point or found.is_complex):
            raise TypeError(
                "torch.finfo() requires a floating point input type. "
                "Use torch.iinfo to handle 'torch.finfo'"
            )
        self._type = found.to_real()
        name = self._type.name
        self._exponent_bits, self._fraction_bits = _EXPONENT_AND_FRACTION_BITS.get(name, (0, 0))

    @property
    def eps(self) -> float:
        """The distance from 1.0 to the next larger number."""
        if self._type.name in _EIGHT_BITS:
            return _EIGHT_BITS[self._type.name][0]
        return 2.0**-self._fraction_bits

    @property
    def max(self) -> float:
        """The largest finite number."""
        if self._type.name in _EIGHT_BITS:
            return _EIGHT_BITS[self._type.name][1]
        return (2.0 - self.eps) * 2.0 ** (2 ** (self._exponent_bits - 1) - 1)

    @property
    def min(self) -> float:
        """The smallest finite number, `-max` but for the powers of two of float8_e8m0fnu."""
        return self.max * 2.0**-254 if self._type.name == "float8_e8m0fnu" else -self.max

    @property
    def smallest_normal(self) -> float:
        """The smallest positive number with full precision."""
        if self._type.name in _EIGHT_BITS:
            return _EIGHT_BITS[self._type.name][2]
        return 2.0 ** (2 - 2 ** (self._exponent_bits - 1))

    @property
    def tiny(self) -> float:
        """The older name of `smallest_normal`."""
        return self.smallest_normal

    @property
    def resolution(self) -> float:
        """Ten to minus the number of decimal digits that are always right; 1 for 8-bit floats."""
        return float(f"1e-{math.floor(self._fraction_bits * math.log10(2))}")

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        fields = ", ".join(f"{name}={getattr(self, name):g}" for name in names)
        return f"finfo({fields}, dtype={self.dtype})"


class iinfo(_Limits):  # noqa: N801 - PyTorch's name
    """The limits of an integer dtype; TypeError for other dtypes.

    Source: https://docs.pytorch.org/docs/stable/type_info.html#torch.torch.iinfo

    >>> iinfo(int8).min
    -128
    """

    __slots__ = ()

    def __init__(self, *args: DType, **kwargs: DType) -> None:
        found = _one_type("iinfo", args, kwargs)
        if found.name == "bool":
            raise TypeError("torch.bool is not supported by torch.iinfo")
        if found.is_quantized:
            raise NotImplementedError(f"\"dtype\" not implemented for '{found.legacy_name}'")
        if found.is_floating_point or found.is_complex:
            raise TypeError(
                "torch.iinfo() requires an integer input type. "
                "Use torch.finfo to handle 'torch.iinfo'"
            )
        self._type = found

    @property
    def max(self) -> int:
        """The largest number."""
        return 2 ** (self.bits - self._type.is_signed) - 1

    @property
    def min(self) -> int:
        """The smallest number."""
        return -(2 ** (self.bits - 1)) if self._type.is_signed else 0

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"


def _one_type(owner: str, args: tuple[object, ...], kwargs: dict[str, object]) -> DType:
    """The one argument `type`, by place or by name; None is no dtype, unlike leaving it out."""
    given = (*args, *kwargs.values())
    if len(given) > 1:
        raise TypeError(f"{owner}() takes 1 positional argument but {len(given)} were given")
    if not given or (kwargs and "type" not in kwargs):
        raise TypeError(f'{owner}() missing 1 required positional arguments: "type"')
    return _require_dtype(owner, given[0])
