"""loxley: PyTorch's tensors, automatic differentiation and deep-learning library in pure Python.

`loxley.X` stands where `torch.X` stands.  `python -m loxley script.py` runs a PyTorch program.

Tensors and autograd are here at once; everything above them is loaded when a program first asks
for it, by the tables `_MODULES` and `_BROUGHT` (late.py).
"""

from __future__ import annotations

import math as _math
import sys as _sys
from types import ModuleType as _ModuleType
from typing import TYPE_CHECKING as _TYPE_CHECKING, Any as _Any

from .collector import (
    collect_less_often as _collect_less_often,
    without_collections as _without_collections,
)
from .late import Late as _Late, by_name as _by_name, same as _same

with _without_collections(settle=True):
    from . import dtypes as _dtypes
    from .dtypes import can_cast, dtype, get_default_dtype, promote_types, set_default_dtype
    from .devices import device
    from .numeric_limits import finfo, iinfo
    from .tensor import PUBLIC as _PUBLIC
    from .tensor import Tensor
    from .tensor.rare import FUNCTIONS as _RARE
    from .tensor.size import Size
    from . import autograd, version
    from .autograd import (
        enable_grad,
        inference_mode,
        is_grad_enabled,
        is_inference_mode_enabled,
        no_grad,
        set_grad_enabled,
    )
    from .determinism import (
        are_deterministic_algorithms_enabled,
        get_float32_matmul_precision,
        is_deterministic_algorithms_warn_only_enabled,
        set_deterministic_debug_mode,
        set_float32_matmul_precision,
        use_deterministic_algorithms,
    )

_collect_less_often()
if _TYPE_CHECKING:  # what `_MODULES` loads, for checkers and editors
    from . import (
        _C,
        _VF,
        __config__,
        _dynamo,
        _prims_common,
        _tensor,
        _tensor_str,
        _utils,
        accelerator,
        amp,
        ao,
        backends,
        classes,
        compiler,
        cpu,
        cuda,
        distributed,
        distributions,
        fft,
        func,
        functional,
        futures,
        fx,
        hub,
        jit,
        library,
        linalg,
        masked,
        mps,
        mtia,
        multiprocessing,
        nn,
        numa,
        onnx,
        optim,
        overrides,
        profiler,
        quasirandom,
        random,
        signal,
        sparse,
        special,
        storage,
        testing,
        types,
        utils,
        xpu,
    )
    from .io import serialization

del ops  # type: ignore[name-defined]  # noqa: F821 - the operator table's; `torch.ops` is aten's
globals().update(dict.items(_PUBLIC))
globals().update(_dtypes.BY_NAME)
globals().update(_dtypes.ALIASES)

inf, nan, pi, e = _math.inf, _math.nan, _math.pi, _math.e
newaxis = None
__version__ = version.__version__

# Modules that are loaded when they are first asked for.
_MODULES = _same(
    "_C _VF __config__ _dynamo _prims_common _tensor _tensor_str _utils accelerator amp ao "
    "backends classes compiler cpu cuda distributed distributions fft func functional futures fx "
    "hub jit library linalg masked mps mtia multiprocessing nn numa onnx optim overrides profiler "
    "quasirandom random signal sparse special storage testing types utils xpu"
) | {"serialization": "io.serialization"}
# Names that a module brings along when they are first asked for: {module: its names}.
_BROUGHT = {
    "aten": "ops",
    "_VF": "gru gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell",
    "amp": "GradScaler autocast",
    "amp.state": (
        "autocast_decrement_nesting autocast_increment_nesting clear_autocast_cache "
        "get_autocast_cpu_dtype get_autocast_dtype get_autocast_gpu_dtype "
        "is_autocast_cache_enabled is_autocast_cpu_enabled is_autocast_enabled "
        "set_autocast_cache_enabled set_autocast_cpu_dtype set_autocast_cpu_enabled "
        "set_autocast_dtype set_autocast_enabled set_autocast_gpu_dtype"
    ),
    "autograd.vmap": "vmap",
    "compiling": "compile",
    "device_modules": "get_device_module",
    "errors": "AcceleratorError OutOfMemoryError",
    "io.serialization": "load save",
    "nn.functional": (
        "bilinear celu celu_ channel_shuffle cosine_similarity pairwise_distance pixel_shuffle "
        "pixel_unshuffle rrelu rrelu_ selu selu_ threshold threshold_"
    ),
    "streams": "Event Stream",
    "tensor.torch_function": "DisableTorchFunction DisableTorchFunctionSubclass",
    "threads": ("get_num_interop_threads get_num_threads set_num_interop_threads set_num_threads"),
}
_NAMES = _by_name(_BROUGHT)
_LATE = _Late(globals(), _MODULES, _NAMES | dict.fromkeys(_RARE, "tensor"))

__all__ = [
    name
    for name, thing in {**globals(), **_LATE.brought}.items()
    if not name.startswith("_") and name != "annotations" and not isinstance(thing, _ModuleType)
]


def __getattr__(name: str) -> _Any:
    if name == "torch":  # PyTorch's own files import it into itself, and libraries rely on that
        return _sys.modules[__package__]
    return _LATE.find(name)


def __dir__() -> list[str]:
    return _LATE.names()


def _assert(condition: _Any, message: str) -> None:
    """`assert`, as a function."""
    if not condition:
        raise AssertionError(message)


def _check(cond: bool, message: _Any = None) -> None:
    """RuntimeError unless `cond`, worded by what `message` returns. Source: torch._check."""
    if cond is not True and cond is not False:  # `bool` is a dtype in this module
        raise TypeError(f"cond must be a bool, but got {type(cond)}")
    if cond:
        return
    if message is not None and not callable(message):
        raise TypeError("message must be a callable")
    raise RuntimeError(_UNTOLD if message is None else str(message()))


_UNTOLD = (
    "Expected cond to be True, but got False. (Could this error message be improved? If so, "
    "please report an enhancement request to PyTorch.)"
)
