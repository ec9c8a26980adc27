"""`IterDataPipe`: a stream, whose methods are further streams over it.

In: classes that are declared with `functional_datapipe("name")`.  Out: `pipe.name(...)`.
Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.IterDataPipe
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from ..dataset import IterableDataset


class IterDataPipe(IterableDataset):
    """Base of streams: subclasses define `__iter__`, and `__len__` where it is known.

    Beginning to iterate anew calls `reset`.
    """

    functions: ClassVar[dict[str, Callable]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__iter__" in vars(cls):
            cls.__iter__ = _restarting(cls.__iter__)  # type: ignore[method-assign]

    def __getattr__(self, name: str) -> Any:
        if name in IterDataPipe.functions:
            return functools.partial(IterDataPipe.functions[name], self)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}")

    @classmethod
    def register_function(cls, function_name: str, function: Callable) -> None:
        """Makes a function a method of every stream."""
        cls.functions[function_name] = function

    @classmethod
    def register_datapipe_as_function(
        cls, function_name: str, cls_to_register: type, enable_df_api_tracing: bool = False
    ) -> None:
        """Makes a class of streams a method of every stream; an Exception where there is one."""
        if function_name in cls.functions:
            raise Exception(  # noqa: TRY002 - PyTorch's
                f"Unable to add DataPipe function name {function_name} as it is already taken"
            )
        cls.functions[function_name] = cls_to_register

    def reset(self) -> None:
        """Gets ready for another iteration."""

    def __str__(self) -> str:
        return type(self).__name__

    __repr__ = __str__

    def __reduce_ex__(self, protocol: Any) -> Any:
        return object.__reduce_ex__(self, protocol)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__


def _restarting(iterate: Callable) -> Callable:
    """An `__iter__` that resets its stream first."""

    @functools.wraps(iterate)
    def begin(self: IterDataPipe) -> Iterator:
        self.reset()
        return iterate(self)

    return begin


class functional_datapipe:  # noqa: N801 - PyTorch's name
    """Declares a class of streams a method `name` of every stream."""

    def __init__(self, name: str, enable_df_api_tracing: bool = False) -> None:
        self.name, self.enable_df_api_tracing = name, enable_df_api_tracing

    def __call__(self, cls: type) -> type:
        if not issubclass(cls, IterDataPipe):
            raise TypeError("`functional_datapipe` can only decorate IterDataPipe")
        IterDataPipe.register_datapipe_as_function(self.name, cls)
        return cls
