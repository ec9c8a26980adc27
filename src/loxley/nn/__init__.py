"""`torch.nn`: modules, losses, initialization and utilities on top of tensors and autograd."""

from . import attention, functional, grad, init, modules, parallel, utils
from .modules import *  # noqa: F403
from .modules import __all__ as _module_names
from .modules.module import Module
from .parallel import DataParallel
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__all__ = [
    "Buffer",
    "DataParallel",
    "Module",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "attention",
    "factory_kwargs",
    "functional",
    "grad",
    "init",
    "modules",
    "parallel",
    "utils",
    *_module_names,
]


def factory_kwargs(kwargs: dict | None) -> dict:
    """The `device`, `dtype` and `memory_format` of `kwargs`, also from its `factory_kwargs`.

    Raises TypeError for anything else, or for what is given twice.
    """
    if kwargs is None:
        return {}
    simple = {"device", "dtype", "memory_format"}
    unexpected = kwargs.keys() - (simple | {"factory_kwargs"})
    if unexpected:
        raise TypeError(f"unexpected kwargs {unexpected}")
    given = dict(kwargs.get("factory_kwargs", {}))
    for key in simple & kwargs.keys():
        if key in given:
            raise TypeError(f"{key} specified twice, in **kwargs and in factory_kwargs")
        given[key] = kwargs[key]
    return given
