"""Arrays whose memory the outside may write to: what is prepared of them can't be kept.

In: arrays as storages hand them out.  Out: whether an array's elements stay what they are while
its value lives.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakValueDictionary

import numpy as np

_LENT: WeakValueDictionary[int, np.ndarray] = WeakValueDictionary()  # by id, while they live


def lend(array: np.ndarray) -> None:
    """Marks an array whose memory is handed out, for good: nobody tells when it was last written
    to."""
    _LENT[id(array)] = array


def stays(array: Any) -> bool:
    """Whether nobody but the library can reach an array's memory."""
    while type(array) is np.ndarray:
        if id(array) in _LENT:
            return False
        array = array.base
    return array is None or type(array) is bytes
