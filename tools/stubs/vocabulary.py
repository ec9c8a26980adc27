"""The module in whose names the hand-written forms of the stubs are understood; never run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence  # noqa: F401
from types import EllipsisType  # noqa: F401
from typing import Any, Literal, NoReturn, Self, SupportsIndex  # noqa: F401

import numpy as np  # noqa: F401

from loxley.devices import device  # noqa: F401
from loxley.dtypes import dtype  # noqa: F401
from loxley.layouts import layout, memory_format  # noqa: F401
from loxley.tensor.generator import Generator  # noqa: F401
from loxley.tensor.grad import Handle, Node  # noqa: F401
from loxley.tensor.return_types import return_types  # noqa: F401
from loxley.tensor.size import Size  # noqa: F401
from loxley.tensor.storages import TypedStorage, UntypedStorage  # noqa: F401
from loxley.tensor.tensor import _T, Tensor  # noqa: F401
