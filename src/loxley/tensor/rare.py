"""Families of functions that not every program needs, loaded with the first name that is used.

In: a name of a function or of a tensor's method.  Out: the family's module, which declares them as
every other does (`api.public`): the functions go to `PUBLIC`, the methods take the places that
`Rare` keeps for them on `Tensor`.  What the table says is compared with what the modules declare by
tests/test_architecture.py.  Those of networks are here too: `loxley.nn` imports them.
"""

from __future__ import annotations

from typing import Any

from ..late import by_name, load
from .tensor import Tensor

# {module: (its functions, what it gives to Tensor)}
FAMILIES: dict[str, tuple[str, str]] = {
    "decompositions": ("geqrf orgqr ormqr qr svd", "geqrf orgqr ormqr qr svd"),
    "differences": ("cumulative_trapezoid diff gradient trapezoid trapz", "diff"),
    "distance": ("cdist dist pdist renorm", "dist renorm renorm_"),
    "foreach": (
        (
            "_foreach_abs _foreach_abs_ _foreach_acos _foreach_acos_ _foreach_add _foreach_add_ "
            "_foreach_addcdiv _foreach_addcdiv_ _foreach_addcmul _foreach_addcmul_ "
            "_foreach_asin _foreach_asin_ _foreach_atan _foreach_atan_ _foreach_ceil "
            "_foreach_ceil_ _foreach_clamp_max _foreach_clamp_max_ _foreach_clamp_min "
            "_foreach_clamp_min_ _foreach_clone _foreach_copy_ _foreach_cos _foreach_cos_ "
            "_foreach_cosh _foreach_cosh_ _foreach_div _foreach_div_ _foreach_erf _foreach_erf_ "
            "_foreach_erfc _foreach_erfc_ _foreach_exp _foreach_exp_ _foreach_expm1 "
            "_foreach_expm1_ _foreach_floor _foreach_floor_ _foreach_frac _foreach_frac_ "
            "_foreach_lerp _foreach_lerp_ _foreach_lgamma _foreach_lgamma_ _foreach_log "
            "_foreach_log10 _foreach_log10_ _foreach_log1p _foreach_log1p_ _foreach_log2 "
            "_foreach_log2_ _foreach_log_ _foreach_max _foreach_maximum _foreach_maximum_ "
            "_foreach_minimum _foreach_minimum_ _foreach_mul _foreach_mul_ _foreach_neg "
            "_foreach_neg_ _foreach_norm _foreach_pow _foreach_pow_ _foreach_reciprocal "
            "_foreach_reciprocal_ _foreach_round _foreach_round_ _foreach_rsqrt _foreach_rsqrt_ "
            "_foreach_sigmoid _foreach_sigmoid_ _foreach_sign _foreach_sign_ _foreach_sin "
            "_foreach_sin_ _foreach_sinh _foreach_sinh_ _foreach_sqrt _foreach_sqrt_ "
            "_foreach_sub _foreach_sub_ _foreach_tan _foreach_tan_ _foreach_tanh _foreach_tanh_ "
            "_foreach_trunc _foreach_trunc_ _foreach_zero_"
        ),
        "",
    ),
    "fourier": ("", ""),
    "grids": ("grid_sampler grid_sampler_2d grid_sampler_3d", ""),
    "histograms": ("bincount histc histogram histogramdd", "bincount histc histogram"),
    "ldl": ("", ""),
    "least_squares": ("pca_lowrank svd_lowrank", ""),
    "linear_solvers": (
        (
            "cholesky cholesky_inverse cholesky_solve det inverse logdet pinverse slogdet "
            "triangular_solve"
        ),
        (
            "cholesky cholesky_inverse cholesky_solve det inverse logdet pinverse slogdet "
            "triangular_solve"
        ),
    ),
    "lu_factors": ("lu lu_solve lu_unpack", "lu lu_solve"),
    "matrix_functions": (
        "chain_matmul cross kron matrix_exp matrix_power",
        "cross kron matrix_exp matrix_power",
    ),
    "nn_basic": (
        (
            "_softmax_backward_data embedding embedding_renorm_ hardshrink log_softmax prelu "
            "relu relu_ softmax"
        ),
        "hardshrink log_softmax prelu relu relu_ softmax",
    ),
    "nn_conv": (
        (
            "conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d "
            "convolution"
        ),
        "",
    ),
    "nn_dropout": (
        (
            "alpha_dropout alpha_dropout_ dropout dropout_ feature_alpha_dropout "
            "feature_alpha_dropout_ feature_dropout feature_dropout_"
        ),
        "",
    ),
    "nn_norm": (
        (
            "_native_batch_norm_legit batch_norm group_norm instance_norm layer_norm "
            "native_batch_norm native_group_norm native_layer_norm rms_norm"
        ),
        "",
    ),
    "nn_pool": (
        (
            "adaptive_avg_pool1d adaptive_max_pool1d avg_pool1d max_pool1d "
            "max_pool1d_with_indices max_pool2d max_pool3d"
        ),
        "",
    ),
    "norms": ("frobenius_norm norm norm_except_dim nuclear_norm", "norm"),
    "order_statistics": (
        "kthvalue median mode nanmedian nanquantile quantile",
        "kthvalue median mode nanmedian nanquantile quantile",
    ),
    "random_of": (
        (
            "_dirichlet_grad _sample_dirichlet _standard_gamma _standard_gamma_grad bernoulli "
            "binomial multinomial normal poisson"
        ),
        "bernoulli multinomial",
    ),
    "removed": ("eig lstsq matrix_rank solve symeig", "eig lstsq solve symeig"),
    "scaled_products": ("_scaled_mm _scaled_mm_v2", ""),
    "scanning": (
        "cummax cummin cumprod cumsum logcumsumexp",
        "cummax cummin cumprod cumprod_ cumsum cumsum_ logcumsumexp",
    ),
    "searching": ("bucketize searchsorted", ""),
    "segments": ("_chunk_cat _segment_reduce hash_tensor segment_reduce", "hash_tensor"),
    "short_time": ("istft stft", "istft stft"),
    "special": ("", ""),
    "statistics": ("corrcoef cov", "corrcoef cov"),
    "view_copies": (
        (
            "alias_copy as_strided_copy as_strided_scatter detach_copy diagonal_copy "
            "diagonal_scatter expand_copy narrow_copy permute_copy select_copy select_scatter "
            "slice_copy slice_scatter split_copy split_with_sizes_copy squeeze_copy t_copy "
            "transpose_copy unbind_copy unfold_copy unsqueeze_copy view_copy"
        ),
        "as_strided_scatter diagonal_scatter narrow_copy select_scatter slice_scatter",
    ),
    "windows": ("bartlett_window blackman_window hamming_window hann_window kaiser_window", ""),
}
FUNCTIONS = by_name({module: names for module, (names, _) in FAMILIES.items()})
METHODS = by_name({module: names for module, (_, names) in FAMILIES.items()})


def load_family(module: str) -> None:
    load(f".{module}", __package__)


def load_all() -> None:
    """Loads every family: for what goes through all functions, methods or operators."""
    for module in FAMILIES:
        load_family(module)


class Rare:
    """What stands for a method, or a property, until its family is loaded."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        load_family(METHODS[self.name])
        return vars(Tensor)[self.name].__get__(instance, owner)


def keep_places() -> None:
    """Puts a `Rare` in the place of every late method."""
    for name in METHODS:
        setattr(Tensor, name, Rare(name))


def is_taken(name: str) -> bool:
    """Whether a program has put something of its own in a late method's place meanwhile."""
    return name in METHODS and not isinstance(vars(Tensor).get(name), Rare)
