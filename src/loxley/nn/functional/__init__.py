"""Functions of neural networks: `torch.nn.functional`."""

from ...tensor.casting import FUNCTIONS as _CAST
from ...tensor.casting import under_autocast as _under_autocast
from .attention import *  # noqa: F403
from .convolution import *  # noqa: F403
from .cross_entropy import *  # noqa: F403
from .distance import *  # noqa: F403
from .dropout import *  # noqa: F403
from .embedding import *  # noqa: F403
from .linear import *  # noqa: F403
from .loss import *  # noqa: F403
from .max_pooling import *  # noqa: F403
from .multi_head_attention import *  # noqa: F403
from .multi_head_attention import _canonical_mask, _mha_shape_check, _none_or_dtype  # noqa: F401
from .normalization import *  # noqa: F403
from .padding import *  # noqa: F403
from .pooling import *  # noqa: F403
from .rectifiers import *  # noqa: F403
from .softmax import *  # noqa: F403
from .sparse import *  # noqa: F403
from .units import *  # noqa: F403
from .vision import *  # noqa: F403

# Functions that autocast runs at another type, by the table.
globals().update({_n: _under_autocast(globals()[_n]) for _n in _CAST if _n in globals()})
