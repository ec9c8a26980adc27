"""Lists and dicts that a node's arguments are kept in: reading only, so that users stay true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn


def _refusing(kind: type, name: str) -> Callable:
    def refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(
            f"'{kind.__name__}' object does not support mutation. If you are attempting to modify "
            f"the kwargs or args of a torch.fx.Node object,\ninstead create a new copy of it and "
            f"assign the copy to the node:\n    new_args = ... # copy and mutate args\n    "
            "node.args = new_args\n"
        )

    refuse.__name__ = name
    return refuse


class immutable_list(list):  # noqa: N801 - PyTorch's name
    """A list that can't be changed."""

    def __reduce__(self) -> tuple:
        return immutable_list, (tuple(self),)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))


class immutable_dict(dict):  # noqa: N801 - PyTorch's name
    """A dict that can't be changed."""

    def __reduce__(self) -> tuple:
        return immutable_dict, (tuple(self.items()),)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


for (
    _name
) in "__delitem__ __iadd__ __imul__ __setitem__ append clear extend insert pop remove".split():
    setattr(immutable_list, _name, _refusing(immutable_list, _name))
for _name in "__delitem__ __ior__ __setitem__ clear pop popitem setdefault update".split():
    setattr(immutable_dict, _name, _refusing(immutable_dict, _name))
