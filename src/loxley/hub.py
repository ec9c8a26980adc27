"""`torch.hub`: models from the network, which loxley does not fetch; every function says so.

Source: https://docs.pytorch.org/docs/stable/hub.html
"""

from __future__ import annotations

from typing import Any, NoReturn


def _absent(name: str) -> Any:
    def function(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"torch.hub.{name} is not implemented: it downloads")

    function.__name__ = name
    function.__doc__ = f"Raises NotImplementedError. Source: torch.hub.{name}."
    return function


download_url_to_file = _absent("download_url_to_file")
help = _absent("help")
list = _absent("list")
load = _absent("load")
load_state_dict_from_url = _absent("load_state_dict_from_url")
