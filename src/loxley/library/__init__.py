"""`torch.library`: operators of programs, under `torch.ops`.

In: schemas, kernels, derivatives, rules for `vmap` and for meta tensors.  Out: operators that check
their arguments against the schema and take part in autograd.  Kernels are functions of Python:
there are no dispatch keys below them, and on this machine only those for the CPU (or for all
devices) run.
Source: https://docs.pytorch.org/docs/stable/library.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ..aten.custom import CustomOverload
from .custom_ops import CustomOpDef, custom_op
from .definitions import Library, define, find_op, impl, library_for
from .inference import infer_schema

__all__ = [
    "CustomOpDef",
    "Library",
    "custom_op",
    "define",
    "fallthrough_kernel",
    "get_ctx",
    "impl",
    "impl_abstract",
    "infer_schema",
    "register_autocast",
    "register_autograd",
    "register_fake",
    "register_kernel",
    "register_torch_dispatch",
    "register_vmap",
    "triton_op",
    "wrap_triton",
]

_Operator = str | CustomOverload | CustomOpDef


def _decorating(register: Callable[[Callable], None], func: Callable | None) -> Any:
    """Registers the function, or gives a decorator that will."""

    def decorate(fn: Callable) -> Callable:
        register(fn)
        return fn

    return decorate if func is None else decorate(func)


def register_kernel(
    op: _Operator,
    device_types: str | Sequence[str] | None,
    func: Callable | None = None,
    /,
    *,
    lib: Library | None = None,
) -> Any:
    """The function that computes the operator on devices of some types, None for all.

    Source: torch.library.register_kernel.
    """
    found = find_op(op)
    if device_types is None:
        device_types = "CompositeExplicitAutograd"
    return impl(found.name(), device_types, func, lib=lib)


def register_fake(
    op: _Operator,
    func: Callable | None = None,
    /,
    *,
    lib: Library | None = None,
    _stacklevel: int = 1,
    allow_override: bool = True,
) -> Any:
    """The function that tells shapes and dtypes of results: it runs on meta tensors.

    RuntimeError for a second one unless `allow_override`. Source: torch.library.register_fake.
    """

    def register(fn: Callable) -> None:
        found = find_op(op)
        library_for(found, lib)._register_fake(found, fn, allow_override=allow_override)

    return _decorating(register, func)


def impl_abstract(
    qualname: str,
    func: Callable | None = None,
    *,
    lib: Library | None = None,
    _stacklevel: int = 1,
) -> Any:
    """`register_fake` under its former name."""
    return register_fake(qualname, func, lib=lib)


def register_autograd(
    op: _Operator,
    backward: Callable,
    /,
    *,
    setup_context: Callable | None = None,
    lib: Library | None = None,
) -> None:
    """The operator's derivative: `backward(ctx, *grads)` gives a gradient (or None) per argument;
    `setup_context(ctx, inputs, output)` saves what it needs (and takes `keyword_only_inputs` where
    the schema has such).  Source: torch.library.register_autograd."""
    find_op(op).formula = (backward, setup_context)


def register_vmap(
    op: _Operator, func: Callable | None = None, /, *, lib: Library | None = None
) -> Any:
    """The operator's rule for `vmap`: `func(info, in_dims, *args)` gives (results, out_dims).

    Source: torch.library.register_vmap.
    """

    def register(fn: Callable) -> None:
        found = find_op(op)
        found.vmap = fn
        if found.formula is None:
            found.formula = (None, None)

    return _decorating(register, func)


def register_autocast(
    op: _Operator, device_type: str, cast_inputs: Any, /, *, lib: Library | None = None
) -> None:
    """The type that floating-point arguments are cast to under autocast.

    Source: torch.library.register_autocast.
    """
    if device_type not in ("cpu", "cuda"):
        raise ValueError(f"Unknown device type: {device_type}")
    find_op(op).autocast[device_type] = cast_inputs


def register_torch_dispatch(
    op: _Operator,
    torch_dispatch_class: Any,
    func: Callable | None = None,
    /,
    *,
    lib: Library | None = None,
) -> NoReturn:
    """NotImplementedError: there are no dispatch modes here."""
    raise NotImplementedError("torch.library.register_torch_dispatch is not implemented")


def fallthrough_kernel() -> NoReturn:
    """Stands for a kernel that hands on to the next; calling it is an error."""
    raise NotImplementedError("fallthrough_kernel() should never be called.")


def get_ctx() -> None:
    """None: meta tensors have no sizes that depend on values."""
    return None


def triton_op(
    name: str,
    fn: Callable | None = None,
    /,
    *,
    mutates_args: Any,
    schema: str | None = None,
) -> NoReturn:
    """NotImplementedError: Triton's kernels need a GPU."""
    raise NotImplementedError("torch.library.triton_op is not implemented")


def wrap_triton(triton_kernel: Callable, /) -> NoReturn:
    """NotImplementedError: Triton's kernels need a GPU."""
    raise NotImplementedError("torch.library.wrap_triton is not implemented")
