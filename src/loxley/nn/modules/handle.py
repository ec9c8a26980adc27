"""`RemovableHandle`: what registering a hook returns, to take it away again."""

from __future__ import annotations

import itertools
import weakref
from collections import OrderedDict
from typing import Any


class RemovableHandle:
    """Removes one hook from its registry: `remove()`, or leaving a `with` block.

    `extra_dict` names further registries with an entry under the same id.
    """

    id: int
    _ids = itertools.count()

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.id = next(RemovableHandle._ids)
        extras = [] if extra_dict is None else extra_dict
        extras = extras if isinstance(extras, (list, tuple)) else [extras]
        self.extra_dict_ref = tuple(weakref.ref(extra) for extra in extras)

    def remove(self) -> None:
        """Take the hook out; nothing happens where it is gone already."""
        for registry in (self.hooks_dict_ref, *self.extra_dict_ref):
            hooks = registry()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __getstate__(self) -> tuple:
        return self.hooks_dict_ref(), self.id, tuple(ref() for ref in self.extra_dict_ref)

    def __setstate__(self, state: tuple) -> None:
        hooks, self.id, extras = state
        # A registry that was not pickled along is as good as empty.
        self.hooks_dict_ref = weakref.ref(OrderedDict() if hooks is None else hooks)
        self.extra_dict_ref = tuple(
            weakref.ref(OrderedDict() if extra is None else extra) for extra in extras
        )

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, type: Any, value: Any, traceback: Any) -> None:
        self.remove()
