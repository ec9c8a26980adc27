"""The overloads of each operator under `torch.ops.aten`, as PyTorch 2.13 names them.

Made by listing `torch.ops.aten.<name>.overloads()` for the functions that exist here.
"""

from __future__ import annotations

# {overloads: the operators that have them}
_GROUPS = {
    "default out": (
        "_batch_norm_with_update _chunk_cat _pin_memory _log_softmax _log_softmax_backward_data "
        "_sample_dirichlet _softmax _softmax_backward_data _standard_gamma _to_copy abs absolute "
        "acos acosh adaptive_avg_pool1d addbmm addcdiv addcmul addmv addr alias_copy amax amin "
        "aminmax angle arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin "
        "as_strided_copy as_strided_scatter asin asinh atan atan2 atanh avg_pool1d bincount "
        "binomial bitwise_not block_diag cat ceil celu chain_matmul channel_shuffle cholesky "
        "cholesky_inverse cholesky_solve clone column_stack complex concat concatenate "
        "conj_physical constant_pad_nd conv_tbc convolution convolution_backward cos cosh "
        "cross cummax cummin cumprod "
        "cumsum deg2rad detach_copy diag diag_embed diagonal_copy diagonal_scatter diff digamma "
        "dist dot dstack elu embedding empty_like empty_permuted empty_strided erf erfc erfinv "
        "exp exp2 expand_copy expm1 fix flip floor fmax fmin frac full full_like gather gcd gelu "
        "ger glu grid_sampler_2d grid_sampler_3d hardshrink hardsigmoid hardswish hardtanh "
        "hash_tensor heaviside histc hstack hypot i0 igamma igammac index_add index_copy "
        "index_reduce index_select inner inverse isinf isnan isneginf isposinf kron lcm "
        "leaky_relu lgamma linear log log10 log1p log2 log_sigmoid logaddexp logaddexp2 "
        "logcumsumexp logical_and logical_not logical_or logical_xor logit logsumexp lu_solve "
        "lu_unpack masked_scatter masked_select matmul matrix_power max_pool2d_with_indices "
        "maximum minimum mish msort multinomial mv mvlgamma nan_to_num nanmean nansum narrow_copy "
        "native_batch_norm native_dropout_backward native_group_norm native_layer_norm neg "
        "negative new_empty new_empty_strided new_full new_ones new_zeros nextafter nonzero "
        "nonzero_static ones ones_like orgqr ormqr outer permute_copy pixel_shuffle "
        "pixel_unshuffle poisson polar polygamma put rad2deg reciprocal relu renorm repeat resize "
        "resize_as roll rot90 row_stack rsqrt scalar_tensor scatter_add segment_reduce "
        "select_scatter sgn sigmoid sign signbit silu sin sinc sinh slice_scatter slogdet "
        "softplus softshrink sparse_mask split_with_sizes_copy sqrt square stack t_copy take "
        "take_along_dim tan tanh tensordot threshold trace tril tril_indices triu triu_indices "
        "trunc unfold_copy unique_consecutive unsafe_split_with_sizes unsqueeze_copy vdot "
        "view_as_complex_copy view_as_real_copy vstack zeros zeros_like"
    ),
    "default": (
        "_efficient_attention_forward _indices _nnz _safe_softmax _unsafe_masked_index "
        "_unsafe_masked_index_put_accumulate _values abs_ absolute_ acos_ acosh_ "
        "adaptive_max_pool1d addbmm_ addcdiv_ addcmul_ addmm_ addmv_ addr_ adjoint allclose "
        "alias alpha_dropout alpha_dropout_ arccos_ arccosh_ arcsin_ arcsinh_ arctan2_ arctan_ "
        "arctanh_ "
        "argwhere as_strided as_strided_ asin_ asinh_ atan2_ atan_ atanh_ baddbmm_ batch_norm "
        "bilinear bitwise_not_ broadcast_tensors broadcast_to cartesian_prod cauchy_ cdist ceil_ "
        "celu_ chalf chunk coalesce combinations conj conj_physical_ contiguous conv_transpose1d "
        "corrcoef cos_ cosh_ cosine_similarity cov cpu cuda cumprod_ cumsum_ deg2rad_ dense_dim "
        "det detach detach_ diagflat diagonal digamma_ dim dropout dropout_ element_size "
        "embedding_renorm_ equal erf_ erfc_ erfinv_ exp2_ exp_ expand expand_as expm1_ "
        "exponential_ feature_alpha_dropout feature_alpha_dropout_ feature_dropout "
        "feature_dropout_ fill_diagonal_ fix_ fliplr flipud floor_ frac_ gcd_ geometric_ "
        "get_device grid_sampler group_norm heaviside_ hypot_ i0_ igamma_ igammac_ imag "
        "index_add_ index_copy_ index_reduce_ indices instance_norm is_coalesced is_complex "
        "is_conj is_distributed is_floating_point is_inference is_neg is_nonzero is_pinned "
        "is_same_size is_set_to is_signed isclose isfinite isreal istft item layer_norm lcm_ "
        "ldexp_ lgamma_ lift_fresh log10_ log1p_ log2_ log_ log_normal_ logdet logical_and_ "
        "logical_not_ logical_or_ logical_xor_ logit_ masked_scatter_ matrix_exp max_pool1d "
        "max_pool1d_with_indices max_pool2d max_pool3d mvlgamma_ nan_to_num_ neg_ negative_ "
        "nextafter_ norm_except_dim normal_ numel pairwise_distance pdist permute pin_memory "
        "pinverse polygamma_ positive prelu put_ rad2deg_ ravel real reciprocal_ relu6 relu_ "
        "renorm_ requires_grad_ reshape reshape_as resize_ resize_as_ resolve_conj resolve_neg "
        "retain_grad rms_norm rrelu rrelu_ rsqrt_ scaled_dot_product_attention scatter_add_ selu "
        "selu_ sgn_ sigmoid_ sign_ sin_ sinc_ sinh_ sparse_dim sparse_resize_ "
        "sparse_resize_and_clear_ split_with_sizes sqrt_ square_ storage_offset sum_to_size "
        "swapaxes swapaxes_ swapdims swapdims_ t t_ tan_ tanh_ threshold_ tile to_dense "
        "to_sparse_bsc to_sparse_bsr to_sparse_csc to_sparse_csr transpose_ tril_ triu_ trunc_ "
        "type_as unfold uniform_ unsafe_chunk unsqueeze unsqueeze_ vander view_as view_as_complex "
        "view_as_real zero_"
    ),
    "Scalar Tensor": (
        "add_ bitwise_and_ bitwise_or_ bitwise_xor_ copysign_ eq_ fill_ float_power_ "
        "floor_divide_ fmod_ ge_ greater_ greater_equal_ gt_ le_ lerp_ less_ less_equal_ lt_ "
        "masked_fill_ mul_ multiply_ ne_ not_equal_ pow_ remainder_ sub_ subtract_ true_divide_"
    ),
    "Scalar Scalar_out Tensor Tensor_out": (
        "bucketize fill fmod ge greater greater_equal gt le lerp less less_equal lt masked_fill "
        "not_equal rsub searchsorted"
    ),
    "Tensor default": "clamp_ clamp_max_ clamp_min_ clip_ narrow values",
    "default dtype dtype_out out": "addmm baddbmm bmm mm view_copy",
    "default generator generator_out out": "rand rand_like randn randn_like randperm",
    "int int_out": "log_softmax select_copy softmax transpose_copy unbind_copy",
    "Scalar Scalar_Tensor Scalar_Tensor_out Scalar_out Tensor Tensor_out": (
        "bitwise_and bitwise_or bitwise_xor remainder"
    ),
    "Scalar Scalar_out Tensor out": "add copysign mul sub",
    "Tensor Tensor_out": "frexp slice_copy split_copy unsafe_split",
    "Tensor Tensor_out default out": "clamp clamp_max clamp_min clip",
    "int": "select transpose unbind unflatten",
    "Scalar Tensor out": "multiply subtract true_divide",
    "Sequence default": "atleast_1d atleast_2d atleast_3d",
    "array int": "dsplit hsplit vsplit",
    "default out periodic periodic_out": "bartlett_window blackman_window hann_window",
    "default padding": "conv1d conv2d conv3d",
    "default values": "kthvalue mode topk",
    "dx x": "cumulative_trapezoid trapezoid trapz",
    "Scalar Scalar_mode Tensor Tensor_mode": "div_ divide_",
    "Scalar Scalar_out Tensor Tensor_list Tensor_out": "eq ne",
    ("Scalar Scalar_out Tensor_Scalar Tensor_Scalar_out Tensor_Tensor Tensor_Tensor_out"): (
        "float_power pow"
    ),
    ("Scalar_Tensor Scalar_Tensor_out Tensor Tensor_Scalar Tensor_Scalar_out Tensor_out"): (
        "bitwise_left_shift bitwise_right_shift"
    ),
    (
        "Scalar_Tensor Scalar_Tensor_out Tensor_Scalar Tensor_Scalar_out Tensor_Tensor "
        "Tensor_Tensor_out default out"
    ): ("linspace logspace"),
    "Tensor Tensor_Scalar": "bitwise_left_shift_ bitwise_right_shift_",
    "all_out default dim dims dims_out out": "all any",
    "ccol_row_value ccol_row_value_size": "sparse_bsc_tensor sparse_csc_tensor",
    "correction correction_out default dim": "std_mean var_mean",
    "correction correction_out default dim out": "std var",
    "crow_col_value crow_col_value_size": "sparse_bsr_tensor sparse_csr_tensor",
    "default dim dim_values out": "median nanmedian",
    "default dim dims": "squeeze squeeze_",
    "default int": "size stride",
    "default out scalar scalar_out": "nanquantile quantile",
    "input": "conv_transpose2d conv_transpose3d",
    "int intlist": "moveaxis movedim",
    "IntList_out default dim_IntList out": "sum",
    "OutScalar_Other OutScalar_Self OutTensor Scalar_Other Scalar_Self Tensor": "xlogy",
    "Q default": "qr",
    (
        "Scalar ScalarOpt_dim ScalarOpt_dim_dtype ScalarOpt_dtype ScalarOpt_dtype_out "
        "Scalar_out dtype_out out"
    ): ("norm"),
    "Scalar ScalarOther ScalarSelf default self self_out": "where",
    "Scalar Scalar_Tensor Tensor": "result_type",
    "Scalar Scalar_mode Scalar_mode_out Scalar_out Tensor Tensor_mode out out_mode": "div",
    "Scalar Scalar_mode Tensor Tensor_mode out out_mode": "divide",
    "Scalar Scalar_out default out": "floor_divide",
    "Scalar_Other Tensor": "xlogy_",
    (
        "Scalar_Tensor Scalar_Tensor_out Tensor_Scalar Tensor_Scalar_out Tensor_Tensor "
        "Tensor_Tensor_out"
    ): ("isin"),
    "Tensor": "slice",
    (
        "Tensor Tensor_generator Tensor_generator_out Tensor_out default generator "
        "generator_out low_dtype low_dtype_out low_generator_dtype "
        "low_generator_dtype_out out"
    ): ("randint_like"),
    "Tensor Tensor_out default float_out out p": "bernoulli",
    "Tensor Tensor_out self_Tensor self_int": "repeat_interleave",
    "Tensor default float int": "copy_",
    "Tensor default sizes": "split",
    "Tensor default stable values values_stable": "sort",
    "Tensor float": "bernoulli_",
    "Tensor out": "ldexp",
    "TensorList default": "backward",
    "TensorList_bins default int_bins": "histogramdd",
    (
        "Tensor_Tensor Tensor_Tensor_out Tensor_float Tensor_float_out float_Tensor "
        "float_Tensor_out float_float float_float_out out"
    ): ("normal"),
    "U default": "svd",
    "X default": "triangular_solve",
    "a default": "geqrf",
    ("array scalararray scalarint scalarrayarray scalarrayint tensorarray tensorarrayint"): (
        "gradient"
    ),
    "beta beta_out default out periodic periodic_out": "kaiser_window",
    "bin_ct bin_ct_out bins_tensor bins_tensor_out": "histogram",
    "bool complex default float int": "tensor",
    "bool complex default float int list": "as_tensor",
    "center default": "stft",
    "comp_plain_value comp_plain_value_size": "sparse_compressed_tensor",
    "decimals decimals_out default out": "round",
    "decimals default": "round_",
    "default dim dim_max other out unary_out": "max",
    "default dim dim_min other out unary_out": "min",
    "default dim dim_out dims dims_out out": "squeeze_copy",
    "default dim dim_out out": "nuclear_norm",
    "default dim dtype_out out": "mean",
    "default dim_IntList dim_IntList_out out": "count_nonzero",
    "default dim_int int_out out": "prod",
    "default dtype": "view",
    "default from to": "random_",
    "default generator generator_out low low_generator low_generator_out low_out out": ("randint"),
    "default grad_input": "max_pool2d_with_indices_backward",
    "default hacked_twin": "index_put_",
    "default hacked_twin out": "index_put",
    "default indexing": "meshgrid",
    "default m m_out out": "eye",
    "default memory_format": "is_contiguous",
    "default no_stats no_stats_out out": "_native_batch_norm_legit",
    "default out out_ step": "range",
    (
        "default out periodic periodic_alpha periodic_alpha_beta periodic_alpha_beta_out "
        "periodic_alpha_out periodic_out"
    ): ("hamming_window"),
    "default out start start_out start_step": "arange",
    "default out vec": "_upsample_bilinear2d_aa",
    "default quantized": "_flash_attention_forward",
    (
        "default source_Storage source_Storage_storage_offset source_Tensor "
        "source_Tensor_storage_offset"
    ): ("set_"),
    "default sparse_dim": "to_sparse",
    "default stable stable_out": "argsort",
    "default sublist": "einsum",
    "device dtype dtype_layout other prim_Device prim_dtype prim_other": "to",
    "dim out": "frobenius_norm",
    "indices indices_size size size_out": "sparse_coo_tensor",
    "indices sections tensor_indices_or_sections": "tensor_split",
    "int_Scalar int_Scalar_out int_Tensor int_Tensor_out": "index_fill",
    "int_Scalar int_Tensor": "index_fill_",
    "memory_format out": "empty",
    (
        "Tensor Tensor_hacked_twin Tensor_out list_Tensor list_bool list_float list_int list_str "
        "str"
    ): "index",
    "reduce reduce_out src src_out value value_out value_reduce value_reduce_out": "scatter",
    "reduce src value value_reduce": "scatter_",
    "two": "scatter_reduce_",
    "two two_out": "scatter_reduce",
    "using_ints": "flatten",
}
OVERLOADS: dict[str, tuple[str, ...]] = {
    name: tuple(overloads.split()) for overloads, names in _GROUPS.items() for name in names.split()
}
