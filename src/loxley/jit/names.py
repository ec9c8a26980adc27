"""What names in a program's source stand for: operators, functions of the library, types.

In: Python objects that a function of a program refers to.  Out: the operator's name, the function
written for TorchScript that replaces it, or the qualified name of a class.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from typing import Any

from .. import _VF, fft, linalg, special
from .. import aten as aten_module
from ..nn import functional as F
from ..nn.modules.module import Module
from ..tensor import PUBLIC
from .types import PREFIX

# Functions of `nn.functional` whose arguments are those of an operator, and its name.
_DIRECT = (
    "linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d avg_pool1d "
    "avg_pool2d avg_pool3d gelu softplus hardshrink pixel_shuffle pixel_unshuffle one_hot pad "
    "scaled_dot_product_attention cosine_similarity pairwise_distance channel_shuffle prelu "
    "bilinear pdist logsigmoid:log_sigmoid softshrink"
)
DIRECT: dict[int, str] = {}
for _pair in _DIRECT.split():
    _name, _, _operator = _pair.partition(":")
    DIRECT[id(getattr(F, _name))] = _operator or _name
for _name, _function in PUBLIC.items():
    if callable(_function) and not isinstance(_function, type):
        DIRECT.setdefault(id(_function), _name)
for _library in (linalg, fft, special):
    _prefix = _library.__name__.rpartition(".")[2]
    for _name in _library.__all__:
        DIRECT.setdefault(id(getattr(_library, _name)), f"{_prefix}_{_name}")
for _name in _VF.__all__:
    DIRECT[id(getattr(_VF, _name))] = _name
for _name in (
    "sqrt exp log log2 log10 log1p expm1 sin cos tan asin acos atan atan2 sinh cosh tanh floor "
    "ceil fabs pow fmod copysign factorial gcd degrees radians erf erfc gamma lgamma isnan isinf "
    "isfinite ldexp frexp modf"
).split():
    DIRECT[id(getattr(math, _name))] = _name

# Builtin functions that TorchScript has under the same name.
BUILTINS = {
    id(one): one.__name__
    for one in (
        *(print, range, enumerate, zip, int, float, bool, complex, str, len, tuple, list, dict),
        *(sorted, reversed, min, max, sum, all, any, abs, divmod, round, pow, ord, chr, hex, oct),
        *(bin, hash, getattr, hasattr, isinstance),
    )
}
_HOMES = {
    "loxley.nn.modules.attention": "loxley.nn.modules.activation",
    "loxley.nn.modules.lazy_conv": "loxley.nn.modules.conv",
    "loxley.nn.modules.parameter_container": "loxley.nn.modules.container",
}
_ours = __name__.partition(".")[0]


def is_ours(thing: Any) -> bool:
    """Whether a function or class is the library's."""
    return (getattr(thing, "__module__", None) or "").startswith(_ours + ".")


def operator_of(function: Any) -> str | None:
    """The operator that a function of the library is."""
    packet = getattr(function, "overloadpacket", function)
    if isinstance(packet, aten_module.OpOverloadPacket):
        return packet.__name__
    return getattr(function, "aten_name", None) or DIRECT.get(id(function))


def qualified(thing: Any) -> str:
    """The name of a class or function in TorchScript's code."""
    module = getattr(thing, "__module__", None) or "__main__"
    name = thing.__name__
    if module.startswith(_ours + "."):
        module = _HOMES.get(module, module)
        if module.startswith(_ours + ".jit.library"):
            module = _ours + ".nn.functional"
        elif module.startswith(_ours + ".nn.functional"):
            module = _ours + ".nn.functional"
        module = "torch" + module[len(_ours) :]
    if name == "<lambda>":
        raise RuntimeError("Could not get name of python class object")
    if module == "__main__":
        return PREFIX + name
    safe = ".".join(part if part.isidentifier() else "_" for part in module.split("."))
    return f"{PREFIX}{safe}.{name}"


def is_named_tuple(thing: Any) -> bool:
    """Whether it is a class of named tuples."""
    return isinstance(thing, type) and issubclass(thing, tuple) and hasattr(thing, "_fields")


def is_enumeration(thing: Any) -> bool:
    """Whether it is a class of constants."""
    return isinstance(thing, type) and issubclass(thing, enum.Enum)


LIBRARY: dict[int, Callable] = {}  # by a function's id, what TorchScript has in its place
METHODS: dict[tuple[type, str], Callable] = {}  # by a class of modules and a method's name


def replaces(*functions: Any) -> Callable[[Callable], Callable]:
    """Declares the function below to be what TorchScript runs in place of these."""

    def declare(written: Callable) -> Callable:
        for one in functions:
            LIBRARY[id(one)] = written
        return written

    return declare


def stands_for(*classes: type[Module], name: str = "forward") -> Callable[[Callable], Callable]:
    """Declares the function below to be a method of these classes of modules."""

    def declare(written: Callable) -> Callable:
        for one in classes:
            METHODS[one, name] = written
        return written

    return declare
