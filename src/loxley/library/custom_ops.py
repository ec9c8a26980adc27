"""`torch.library.custom_op`: a Python function as an operator.

Source: https://docs.pytorch.org/tutorials/advanced/python_custom_ops.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..aten.custom import CustomOverload, remove
from .definitions import Library
from .inference import infer_schema


class CustomOpDef:
    """A function that is an operator: calls go through `torch.ops.<namespace>.<name>`."""

    def __init__(
        self, namespace: str, name: str, schema: str, fn: Callable, tags: Any = None
    ) -> None:
        self._namespace, self._name, self._schema = namespace, name, schema
        self._init_fn = fn
        self._lib = Library(namespace, "FRAGMENT")
        self._opoverload = self._defined()
        self._opoverload.strict = True
        self._opoverload.shown = repr(self)
        self._opoverload.formula = (None, None)  # backward raises until there is a formula

    def _defined(self) -> CustomOverload:
        """The operator; one of the name that was there before gives way."""
        known = _OPS.get(self._qualname)
        if known is not None:
            remove(known._opoverload)
        _OPS[self._qualname] = self
        self._lib.define(f"{self._name}{self._schema}")
        return self._lib._ops[-1]

    @property
    def _qualname(self) -> str:
        return f"{self._namespace}::{self._name}"

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._opoverload(*args, **kwargs)

    def register_kernel(
        self,
        device_types: str | Sequence[str] | None,
        fn: Callable | None = None,
        /,
    ) -> Callable:
        """The function that computes the operator on devices of some types, None for all."""

        def register(fn: Callable) -> Callable:
            kinds = [device_types] if isinstance(device_types, str) else device_types
            for kind in kinds or ["default"]:
                key = "CompositeExplicitAutograd" if kind == "default" else kind.upper()
                self._opoverload.kernels[key] = fn
            return fn

        return register if fn is None else register(fn)

    def register_fake(self, fn: Callable, /) -> Callable:
        """The function that tells shapes and dtypes of results: it runs on meta tensors."""
        self._opoverload.fake = fn
        return fn

    def register_autograd(
        self, backward: Callable, /, *, setup_context: Callable | None = None
    ) -> None:
        """The operator's derivative, see `torch.library.register_autograd`."""
        if any(one.written for one in self._opoverload._schema.arguments):
            raise RuntimeError(
                f"Cannot register autograd formula for non-functional operator {self} with schema "
                f"{self._opoverload._schema}. Please create a functional operator and register an "
                "autograd formula for that."
            )
        self._opoverload.formula = (backward, setup_context)

    def register_vmap(self, func: Callable | None = None) -> Callable:
        """The operator's rule for `vmap`, see `torch.library.register_vmap`."""

        def register(fn: Callable) -> Callable:
            self._opoverload.vmap = fn
            return fn

        return register if func is None else register(func)

    def register_autocast(self, device_type: str, cast_inputs: Any) -> None:
        """The type that floating-point arguments are cast to under autocast."""
        if device_type not in ("cpu", "cuda"):
            raise ValueError(f"Unknown device type: {device_type}")
        self._opoverload.autocast[device_type] = cast_inputs

    @contextmanager
    def set_kernel_enabled(self, device_type: str, enabled: bool = True) -> Iterator[None]:
        """A block in which the kernel of a type of device is used, or the default one is."""
        key, disabled = device_type.upper(), self._opoverload.disabled
        before = key in disabled
        (disabled.discard if enabled else disabled.add)(key)
        try:
            yield
        finally:
            (disabled.add if before else disabled.discard)(key)


_OPS: dict[str, CustomOpDef] = {}


def custom_op(
    name: str,
    fn: Callable | None = None,
    /,
    *,
    mutates_args: str | Iterable[str],
    device_types: str | Sequence[str] | None = None,
    schema: str | None = None,
    tags: Any = None,
) -> Any:
    """Makes a function the operator "namespace::name", or gives a decorator that does.

    mutates_args  the arguments that it writes to, or "unknown"
    device_types  the devices that it is for, by default all
    schema        by default told by the annotations

    ValueError for names of another form and functions whose schema cannot be told.
    Source: torch.library.custom_op.
    """

    def make(fn: Callable) -> CustomOpDef:
        told = infer_schema(fn, mutates_args=mutates_args) if schema is None else schema
        namespace, _, rest = name.partition("::")
        if not rest:
            raise ValueError(
                f"Expected custom operator name to be of the form 'namespace::name', got {name!r}"
            )
        made = CustomOpDef(namespace, rest, told, fn, tags)
        made.register_kernel(device_types, fn)
        return made

    return make if fn is None else make(fn)
