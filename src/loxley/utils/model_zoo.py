"""`torch.utils.model_zoo`: the names that `torch.hub` had before.

Source: https://docs.pytorch.org/docs/stable/model_zoo.html
"""

from __future__ import annotations

from ..hub import download_url_to_file as _download_url_to_file
from ..hub import load_state_dict_from_url as load_url
from ..hub import tqdm

__all__ = ["_download_url_to_file", "load_url", "tqdm"]
