"""Functions of neural networks: `torch.nn.functional`."""

from ...tensor.casting import FUNCTIONS as _CAST
from ...tensor.casting import under_autocast as _under_autocast
from ...tensor.signatures import checked_functional as _checked
from ...tensor.torch_function import offer as _offer
from ...tensor.torch_function import tells as _tells
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
globals().update(_checked(globals()))

# What handlers of `__torch_function__` are told: how many arguments by place, the rest by name.
_TOLD = {
    1: """dropout alpha_dropout dropout1d dropout2d dropout3d feature_alpha_dropout relu glu
        hardtanh relu6 elu selu celu leaky_relu rrelu tanhshrink softsign softmin softmax
        gumbel_softmax log_softmax hardsigmoid silu mish hardswish instance_norm interpolate
        normalize""",
    2: """fractional_max_pool2d fractional_max_pool3d max_pool1d max_pool2d max_pool3d
        adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d adaptive_avg_pool2d
        adaptive_avg_pool3d embedding embedding_bag layer_norm rms_norm group_norm
        local_response_norm nll_loss poisson_nll_loss kl_div cross_entropy binary_cross_entropy
        binary_cross_entropy_with_logits smooth_l1_loss huber_loss l1_loss mse_loss
        hinge_embedding_loss multilabel_margin_loss soft_margin_loss multilabel_soft_margin_loss
        multi_margin_loss grid_sample affine_grid pad unfold""",
    3: """max_unpool1d max_unpool2d max_unpool3d lp_pool1d lp_pool2d lp_pool3d threshold batch_norm
        gaussian_nll_loss margin_ranking_loss cosine_embedding_loss triplet_margin_loss
        triplet_margin_with_distance_loss fold""",
    4: "ctc_loss",
}
_tells(**{_n: _count for _count, _names in _TOLD.items() for _n in _names.split()})
_offer(globals())
