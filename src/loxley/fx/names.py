"""How functions are named in printed graphs and generated code: `torch.relu`, `operator.add`.

In: a function.  Out: the dotted name under which PyTorch's programs find it.  PyTorch's builtin
functions of networks, linear algebra and transforms live in `torch._C`; so their names say.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

from .. import fft, linalg, special
from ..nn import functional as F
from ..tensor import PUBLIC, Tensor
from ..tensor.rare import load_all

# Of `nn.functional`, what PyTorch has in `torch` and in `torch._C._nn`.
_IN_TORCH = (
    "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d conv_tbc avg_pool1d "
    "adaptive_avg_pool1d threshold_ relu_ selu_ celu_ prelu rrelu_ hardshrink bilinear "
    "pixel_shuffle pixel_unshuffle channel_shuffle native_channel_shuffle pairwise_distance pdist "
    "cosine_similarity"
).split()
_IN_NN = (
    "avg_pool2d avg_pool3d hardtanh_ elu_ leaky_relu_ gelu softplus softshrink linear one_hot "
    "scaled_dot_product_attention"
).split()
_IN_FUNCTIONAL = (
    "atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors cartesian_prod "
    "cdist chain_matmul einsum lu meshgrid norm split stft tensordot unique unique_consecutive "
    "unravel_index"
).split()


def _of_networks(name: str) -> str:
    if name == "logsigmoid":
        return "torch._C._nn.log_sigmoid"
    if name in _IN_NN:
        return f"torch._C._nn.{name}"
    return f"torch.{name}" if name in _IN_TORCH else f"torch.nn.functional.{name}"


@functools.cache
def _names() -> dict[Callable, str]:
    """The library's functions; of several names, the function's own."""
    made: dict[Callable, str] = {}

    def put(function: Any, own: str, name: str) -> None:
        if isinstance(function, types.FunctionType):
            if function not in made or function.__name__ == own:
                made[function] = name

    for kind, module in (("fft", fft), ("special", special), ("linalg", linalg)):
        for name in module.__all__:
            put(getattr(module, name), name, f"torch._C._{kind}.{kind}_{name}")
    load_all()
    for name, one in vars(Tensor).items():
        put(one, name, f"torch.Tensor.{name}")
    for name, one in vars(F).items():
        if not name.startswith("_"):
            put(one, name, _of_networks(name))
    for name, one in PUBLIC.items():
        if isinstance(one, types.FunctionType):
            if made.get(one, "").startswith("torch._C.") and one.__name__ != name:
                continue
            if not made.get(one, "torch.T").startswith("torch.T") and one.__name__ != name:
                continue
            made[one] = f"torch.functional.{name}" if name in _IN_FUNCTIONAL else f"torch.{name}"
    return made


def qualified_name(function: Callable) -> str:
    """The dotted name of a function; RuntimeError where it has none."""
    if getattr(__import__("builtins"), getattr(function, "__name__", ""), None) is function:
        return function.__name__
    if isinstance(function, types.FunctionType) and function in _names():
        return _names()[function]
    if isinstance(function, (types.MethodDescriptorType, types.WrapperDescriptorType)):
        return f"torch.Tensor.{function.__name__}"
    name = getattr(function, "__name__", type(function).__name__)
    module = (getattr(function, "__module__", None) or "").replace("loxley", "torch", 1)
    if module == "torch._ops.aten":
        module = "torch.ops.aten"
    return f"{module}.{name}" if module else name
