"""The operators of TorchScript code: `torch.X`, `ops.aten.X`, `ops.prim.X`.

In: an operator's name, and arguments as TorchScript has them (dtypes, layouts and memory formats
are numbers).  Out: what it computes; a name that isn't an operator is a RuntimeError.  While a call
is traced, the operators tell the tracer.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .. import _VF, dtypes, fft, layouts, linalg, special
from ..amp.state import is_autocast_enabled
from ..aten import _function
from ..aten.overloads import OVERLOADS
from ..autograd import is_grad_enabled, set_grad_enabled
from ..futures import Future
from ..nn import functional as F
from ..tensor import PUBLIC, Tensor
from . import scalars
from .state import STATE
from .types import CODES, FORMAT_CODES, LAYOUT_CODES, code_of

_DTYPES = {
    code: getattr(dtypes, name, None) or dtypes.BY_NAME[name]
    for name, code in CODES.items()
    if name in dtypes.BY_NAME
}
_LAYOUTS = {code: getattr(layouts, name) for name, code in LAYOUT_CODES.items()}
_FORMATS = {code: getattr(layouts, name) for name, code in FORMAT_CODES.items()}
_REDUCTIONS = ("none", "mean", "sum")


def to_dtype(code: Any) -> Any:
    """The dtype that a number stands for."""
    if isinstance(code, int) and not isinstance(code, bool):
        if code not in _DTYPES:
            raise RuntimeError(f"unknown dtype number {code}")
        return _DTYPES[code]
    return code


# -- arguments ------------------------------------------------------------------------------------

# Operators that take a dtype by place, with its place.
_DTYPE_AT = {
    **dict.fromkeys(("softmax", "log_softmax", "softmin", "_safe_softmax"), 2),
    **dict.fromkeys(("_softmax_backward_data", "_log_softmax_backward_data"), 3),
    "can_cast": 0,
    "promote_types": 0,
    "special_softmax": 2,
    "special_log_softmax": 2,
}
_LISTS = frozenset(
    "split chunk unbind tensor_split hsplit vsplit dsplit meshgrid split_with_sizes unsafe_split "
    "unsafe_chunk unsafe_split_with_sizes broadcast_tensors".split()
)


# Operators whose sizes may be given one by one, and the place of the first.
_SIZES_FROM = {
    **dict.fromkeys("zeros ones empty rand randn".split(), 0),
    **dict.fromkeys(
        "view reshape permute expand repeat flip tile new_zeros new_ones new_empty".split(), 1
    ),
}


def _all_sizes(values: tuple) -> bool:
    return all(isinstance(one, int) and not isinstance(one, bool) for one in values)


def _converted(kwargs: dict[str, Any]) -> dict[str, Any]:
    made = dict(kwargs)
    for name in ("dtype", "layout", "memory_format"):
        value = made.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            table = {"dtype": _DTYPES, "layout": _LAYOUTS, "memory_format": _FORMATS}[name]
            made[name] = table[value]
    if made.get("pin_memory", False) is None:
        del made["pin_memory"]
    for name in ("layout", "memory_format", "device", "generator", "dtype"):
        if name in made and made[name] is None:
            del made[name]
    if "implicit" in made:
        del made["implicit"]
    return made


def _of_tensors(name: str) -> Callable | None:
    """The function on tensors, with the schema's arguments."""
    adapted = _ADAPTED.get(name)
    if adapted is not None:
        return adapted
    function = _function(name) if name in OVERLOADS and name != "from_file" else None
    if function is None and name in _IN_F:
        function = getattr(F, name, None)
    if function is None and name.startswith(("fft_", "linalg_", "special_")):
        function = _of_library(name)
    if function is None and name in _PRIVATE and name.startswith("__"):
        function = getattr(Tensor, name, None)
    if function is None or name.startswith("_") and name not in _PRIVATE:
        return None
    return function


def _of_library(name: str) -> Callable | None:
    library, _, rest = name.partition("_")
    home = {"linalg": linalg, "special": special, "fft": fft}[library]
    return getattr(home, rest) if rest in home.__all__ else None


_PRIVATE = frozenset(
    "_softmax _log_softmax _softmax_backward_data _log_softmax_backward_data _safe_softmax "
    "_to_copy _standard_gamma _sample_dirichlet _weight_norm __and__ __or__ __xor__ __lshift__ "
    "__rshift__ __iand__ __ior__ __ixor__ _shape_as_tensor".split()
)
_IN_F = frozenset(
    "avg_pool2d avg_pool3d one_hot pad adaptive_avg_pool2d adaptive_avg_pool3d channel_shuffle "
    "fractional_max_pool2d fractional_max_pool3d softmin logsigmoid".split()
)


@functools.cache
def aten(name: str) -> Callable:
    """The operator `aten::name`. RuntimeError where there is none."""
    tensors, plain = _of_tensors(name), scalars.SCALARS.get(name)
    if tensors is None and plain is None:
        raise RuntimeError(f"Unknown builtin op: aten::{name}.\nHere it is not known.")
    place, listed, lead = _DTYPE_AT.get(name), name in _LISTS, _SIZES_FROM.get(name)

    def call(*args: Any, **kwargs: Any) -> Any:
        tracer = STATE.tracer
        if tracer is not None:
            return tracer.operator(name, call, args, kwargs)
        if plain is not None and (tensors is None or _is_plain(name, args)):
            return plain(*args, **kwargs)
        if kwargs:
            kwargs = _converted(kwargs)
        if lead is not None and len(args) > lead + 1 and _all_sizes(args[lead:]):
            args = (*args[:lead], list(args[lead:]))
        if place is not None and len(args) > place:
            args = (*args[:place], to_dtype(args[place]), *args[place + 1 :])
        made = tensors(*args, **kwargs)  # type: ignore[misc]
        return list(made) if listed else _leaving(made)

    call.__name__ = call.aten_name = name  # type: ignore[attr-defined]
    return call


# Operators on lists of tensors that are about the list.
_OF_CONTAINERS = frozenset(
    "len append extend insert pop remove clear copy reverse __contains__ __getitem__ _set_item "
    "keys values items get update setdefault Delete format __is__ __isnot__ list dict str join "
    "count".split()
)


def _is_plain(name: str, args: tuple) -> bool:
    if not args:
        return False
    if name in _OF_CONTAINERS:
        return not isinstance(args[0], Tensor) or name in ("__is__", "__isnot__", "format", "str")
    for one in args:
        if isinstance(one, Tensor):
            return False
    if name == "slice" or name in ("add", "mul", "eq", "ne") and isinstance(args[0], list):
        return True
    return not (isinstance(args[0], (list, tuple)) and args[0] and isinstance(args[0][0], Tensor))


def _leaving(made: Any) -> Any:
    if isinstance(made, Tensor):
        return made
    code = code_of(made)
    if code is not None:
        return code
    if isinstance(made, tuple):
        return made if hasattr(made, "_fields") else tuple(made)
    return made


# -- operators whose schema differs from the public function's ------------------------------------


def _size(x: Tensor, dim: int | None = None) -> Any:
    return list(x.shape) if dim is None else x.size(dim)


def _to(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """`to` in all its forms: by dtype, by device, by both, like another tensor."""
    places = list(args)
    if places and isinstance(places[0], int) and not isinstance(places[0], bool):
        places[0] = to_dtype(places[0])
        names = ("dtype", "non_blocking", "copy", "memory_format")
    elif places and isinstance(places[0], Tensor):
        names = ("other", "non_blocking", "copy", "memory_format")
    elif len(places) > 1 and (places[1] is None or not isinstance(places[1], bool)):
        places[1] = to_dtype(places[1])
        names = ("device", "dtype", "non_blocking", "copy", "memory_format")
    else:
        names = ("device", "non_blocking", "copy", "memory_format")
    if (
        len(places) == 3 and places[0] is None and places[1] is None
    ):  # prim::to(device?, dtype?, ..)
        return x
    given = _converted({**dict(zip(names, places, strict=False)), **kwargs})
    lead = given.pop("other", given.pop("device", None))
    if lead is None:
        lead = given.pop("dtype", None)
        if lead is None:
            return x.clone() if given.get("copy") else x
    if "dtype" in given and not isinstance(lead, Tensor):
        return x.to(lead, given.pop("dtype"), **given)
    return x.to(lead, **given)


def _convolution(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: list,
    padding: list,
    dilation: list,
    transposed: bool,
    output_padding: list,
    groups: int,
    *flags: bool,
) -> Tensor:
    """A convolution of one, two or three dimensions."""
    rank = weight.dim() - 2
    if transposed:
        function = getattr(F, f"conv_transpose{rank}d")
        return function(input, weight, bias, stride, padding, output_padding, groups, dilation)
    return getattr(F, f"conv{rank}d")(input, weight, bias, stride, padding, dilation, groups)


def _getitem(x: Tensor, indices: list) -> Tensor:
    return x[tuple(slice(None) if one is None else one for one in indices)]


def _index_put(x: Tensor, indices: list, values: Tensor, accumulate: bool = False) -> Tensor:
    return x.clone().index_put_(_places(x, indices), values, accumulate)


def _index_put_(x: Tensor, indices: list, values: Tensor, accumulate: bool = False) -> Tensor:
    if any(one is None for one in indices):
        key = tuple(slice(None) if one is None else one for one in indices)
        if accumulate:
            raise NotImplementedError("aten::index_put_: accumulate with whole dimensions")
        x[key] = values
        return x
    return x.index_put_(tuple(indices), values, accumulate)


def _places(x: Tensor, indices: list) -> tuple:
    if any(one is None for one in indices):
        raise NotImplementedError("aten::index_put: whole dimensions among the indices")
    return tuple(indices)


def _reduced(function: Callable, names: str) -> Callable:
    """A loss whose schema has a number for the reduction."""
    order = names.split()

    def call(*args: Any, **kwargs: Any) -> Tensor:
        given = {**dict(zip(order, args, strict=False)), **kwargs}
        if "reduction" in given:
            given["reduction"] = _REDUCTIONS[given["reduction"]]
        return function(**given)

    return call


def _upsample(mode: str, aligned: bool) -> Callable:
    """An upsampling, given sizes or (for `.vec`) sizes or factors."""

    def call(x: Tensor, size: Any, *rest: Any) -> Tensor:
        corners = rest[0] if aligned else None
        factors = rest[1:] if aligned else rest
        scale = factors[0] if factors and isinstance(factors[0], list) else None
        if scale is None and size is None:
            raise RuntimeError("Must specify exactly one of output_size and scale_factors")
        if size is not None:
            return F.interpolate(x, size=list(size), mode=mode, align_corners=corners)
        return F.interpolate(x, scale_factor=tuple(scale or ()), mode=mode, align_corners=corners)

    return call


def _in_place(function: Callable) -> Callable:
    return lambda x, *args: function(x, *args, inplace=True)


def _log_sigmoid(x: Tensor) -> Tensor:
    return F.logsigmoid(x)


def _tensor_from(data: Any, **kwargs: Any) -> Tensor:
    given = _converted(kwargs)
    return PUBLIC["tensor"](data, **{k: v for k, v in given.items() if k in _OF_TENSOR})


_OF_TENSOR = ("dtype", "device", "requires_grad")


def _feature_dropout(x: Tensor, p: float, train: bool) -> Tensor:
    return PUBLIC["feature_dropout"](x, p, train)


def _attention_layer(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim: int,
    num_head: int,
    qkv_weight: Tensor,
    qkv_bias: Tensor,
    proj_weight: Tensor,
    proj_bias: Tensor,
    mask: Tensor | None = None,
    need_weights: bool = True,
    average_attn_weights: bool = True,
    mask_type: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Attention of an encoder whose batch comes first; weights are empty where not asked for."""
    masks: dict[str, Any] = {}
    if mask is not None:
        masks["key_padding_mask" if mask_type == 1 else "attn_mask"] = _masking(mask)
        if mask_type == 2 and mask.dim() == 4:
            masks["attn_mask"] = _masking(mask).reshape(-1, *mask.shape[-2:])
    swapped = (one.transpose(0, 1) for one in (query, key, value))
    made, weights = F.multi_head_attention_forward(
        *swapped,
        *(embed_dim, num_head, qkv_weight, qkv_bias, None, None, False, 0.0, proj_weight),
        proj_bias,
        training=False,
        need_weights=need_weights,
        average_attn_weights=average_attn_weights,
        **masks,
    )
    return made.transpose(0, 1), PUBLIC["empty"](0) if weights is None else weights


def _masking(mask: Tensor) -> Tensor:
    return mask.to(dtypes.BY_NAME["bool"]) if mask.dtype is not dtypes.float32 else mask


def _encoder_layer(
    src: Tensor,
    embed_dim: int,
    num_heads: int,
    qkv_weight: Tensor,
    qkv_bias: Tensor,
    proj_weight: Tensor,
    proj_bias: Tensor,
    use_gelu: bool,
    norm_first: bool,
    eps: float,
    norm_weight_1: Tensor,
    norm_bias_1: Tensor,
    norm_weight_2: Tensor,
    norm_bias_2: Tensor,
    ffn_weight_1: Tensor,
    ffn_bias_1: Tensor,
    ffn_weight_2: Tensor,
    ffn_bias_2: Tensor,
    mask: Tensor | None = None,
    mask_type: int | None = None,
) -> Tensor:
    """A whole layer of a transformer's encoder, as PyTorch runs it for inference."""

    def attend(x: Tensor) -> Tensor:
        weights = (qkv_weight, qkv_bias, proj_weight, proj_bias)
        return _attention_layer(
            x, x, x, embed_dim, num_heads, *weights, mask, False, True, mask_type
        )[0]

    def feed(x: Tensor) -> Tensor:
        hidden = F.linear(x, ffn_weight_1, ffn_bias_1)
        return F.linear(F.gelu(hidden) if use_gelu else F.relu(hidden), ffn_weight_2, ffn_bias_2)

    def norm(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return F.layer_norm(x, (embed_dim,), weight, bias, eps)

    if norm_first:
        src = src + attend(norm(src, norm_weight_1, norm_bias_1))
        return src + feed(norm(src, norm_weight_2, norm_bias_2))
    src = norm(src + attend(src), norm_weight_1, norm_bias_1)
    return norm(src + feed(src), norm_weight_2, norm_bias_2)


_ADAPTED: dict[str, Callable] = {
    "size": _size,
    "to": _to,
    "_convolution": _convolution,
    "convolution": _convolution,
    "index": _getitem,
    "index_put": _index_put,
    "index_put_": _index_put_,
    "_index_put_impl_": _index_put_,
    "lstm": _VF.lstm,
    "gru": _VF.gru,
    "rnn_tanh": _VF.rnn_tanh,
    "rnn_relu": _VF.rnn_relu,
    "lstm_cell": _VF.lstm_cell,
    "gru_cell": _VF.gru_cell,
    "rnn_tanh_cell": _VF.rnn_tanh_cell,
    "rnn_relu_cell": _VF.rnn_relu_cell,
    "upsample_nearest1d": _upsample("nearest", False),
    "upsample_nearest2d": _upsample("nearest", False),
    "upsample_nearest3d": _upsample("nearest", False),
    "_upsample_nearest_exact2d": _upsample("nearest-exact", False),
    "upsample_linear1d": _upsample("linear", True),
    "upsample_bilinear2d": _upsample("bilinear", True),
    "upsample_trilinear3d": _upsample("trilinear", True),
    "upsample_bicubic2d": _upsample("bicubic", True),
    "cross_entropy_loss": _reduced(
        F.cross_entropy, "input target weight reduction ignore_index label_smoothing"
    ),
    "nll_loss_nd": _reduced(F.nll_loss, "input target weight reduction ignore_index"),
    "nll_loss": _reduced(F.nll_loss, "input target weight reduction ignore_index"),
    "nll_loss2d": _reduced(F.nll_loss, "input target weight reduction ignore_index"),
    "mse_loss": _reduced(F.mse_loss, "input target reduction"),
    "l1_loss": _reduced(F.l1_loss, "input target reduction"),
    "smooth_l1_loss": _reduced(F.smooth_l1_loss, "input target reduction beta"),
    "huber_loss": _reduced(F.huber_loss, "input target reduction delta"),
    "binary_cross_entropy": _reduced(F.binary_cross_entropy, "input target weight reduction"),
    "binary_cross_entropy_with_logits": _reduced(
        F.binary_cross_entropy_with_logits, "input target weight pos_weight reduction"
    ),
    "kl_div": _reduced(F.kl_div, "input target reduction log_target"),
    "soft_margin_loss": _reduced(F.soft_margin_loss, "input target reduction"),
    "hinge_embedding_loss": _reduced(F.hinge_embedding_loss, "input target margin reduction"),
    "margin_ranking_loss": _reduced(F.margin_ranking_loss, "input1 input2 target margin reduction"),
    "cosine_embedding_loss": _reduced(
        F.cosine_embedding_loss, "input1 input2 target margin reduction"
    ),
    "triplet_margin_loss": _reduced(
        F.triplet_margin_loss, "anchor positive negative margin p eps swap reduction"
    ),
    "poisson_nll_loss": _reduced(F.poisson_nll_loss, "input target log_input full eps reduction"),
    "hardtanh_": _in_place(F.hardtanh),
    "silu_": _in_place(F.silu),
    "elu_": _in_place(F.elu),
    "leaky_relu_": _in_place(F.leaky_relu),
    "hardswish_": _in_place(F.hardswish),
    "hardsigmoid_": _in_place(F.hardsigmoid),
    "mish_": _in_place(F.mish),
    "relu6_": _in_place(F.relu6),
    "log_sigmoid": _log_sigmoid,
    "tensor": _tensor_from,
    "as_tensor": _tensor_from,
    "feature_dropout": _feature_dropout,
    "_native_multi_head_attention": _attention_layer,
    "_transformer_encoder_layer_fwd": _encoder_layer,
    "wait": Future.wait,
    "numpy_T": lambda x: x.T,
    "item": lambda x: x.item(),
    "Int": lambda x: int(x.item()),
    "Float": lambda x: float(x.item()),
    "Bool": lambda x: bool(x.item()),
    "IntImplicit": lambda x: int(x.item()),
    "FloatImplicit": lambda x: float(x.item()),
    "ScalarImplicit": lambda x: x.item(),
    "len": lambda x: x.size(0),
    "is_scripting": lambda: True,
    "cuda": lambda x, *args: x.cuda(*args),
    "cpu": lambda x: x.cpu(),
    "tolist": lambda x: x.tolist(),
    "__contains__": lambda x, item: item in x,
    "floordiv": lambda a, b: a // b,
    "__getitem__": lambda x, key: x[key],
    "unflatten": lambda x, dim, sizes: x.unflatten(dim, sizes),
    "device": lambda text: PUBLIC["zeros"](0, device=text).device,
    "set_grad_enabled": lambda on: set_grad_enabled(on) and None,
    "is_grad_enabled": is_grad_enabled,
    "is_autocast_enabled": lambda: is_autocast_enabled("cpu"),
    "is_autocast_cpu_enabled": lambda: is_autocast_enabled("cpu"),
}
