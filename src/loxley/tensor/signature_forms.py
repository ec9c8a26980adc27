"""Which types the functions take that PyTorch binds by hand, or that are called very often.

Rows as in `signature_table.py`; `!` stands before ways to call that no error names, `FACTORY` for
what all functions take that make tensors.
Sources: the documentation of each function; the forms that PyTorch's own TypeErrors list.
"""

from __future__ import annotations

FACTORY = "*d?:dtype= *L?:layout= *D?:device= *b?:pin_memory="
_LIKE = f"{FACTORY} *M?:memory_format="
_WINDOW = f"i:window_length {FACTORY} | i:window_length b:periodic {FACTORY}"
_SPLIT = "T:input i:sections | T:input i[]:indices > "
_TWO = "T:input T:other | T:input S:other > T"
_SPACED = f"i:steps {FACTORY}"
_POWERS = f"i:steps f:base= {FACTORY}"
# Where a number stands for a tensor: the functions behind Python's arithmetic.
_OPERANDS = ("T:input T:other", "!T:input S:other", "!S:input T:other", "!S:input S:other")
_NUMBERS = f"{' | '.join(_OPERANDS)} > T"
_DIVIDED = f"{' | '.join(f'{two} *s?:rounding_mode=' for two in _OPERANDS)} > T"
_SCALED = f"{' | '.join(f'{two} *S:alpha=' for two in _OPERANDS)} | !T:input S:alpha T:other > T"
_ENDS = ("T:start T:end", "S:start T:end", "T:start S:end", "S:start S:end")

_BINS = "f[]?:range= T?:weight= b:density="
_HISTOGRAM = f"T:input i[]:bins {_BINS} | T:input i:bins {_BINS} | T:input T[]:bins {_BINS} > "
_OF_THREE = "T:input T:tensor1 T:tensor2 *S:value= | !T:input S:value T:tensor1 T:tensor2 > T"


def _product(a: str, b: str, *, typed: bool = False) -> str:
    """A scaled product added to a tensor; once the factors stood before what they scale."""
    now = f"T:input T:{a} T:{b} *S:beta= *S:alpha="
    at_type = f" | T:input T:{a} T:{b} d:out_dtype *S:beta= *S:alpha=" if typed else ""
    once = f"!S:beta T:input T:{a} T:{b} | !S:beta T:input S:alpha T:{a} T:{b}"
    return f"{now}{at_type} | {once} > T"


FORMS: dict[str, str] = {
    "add": _SCALED,
    "addbmm": _product("batch1", "batch2"),
    "addcdiv": _OF_THREE,
    "addcmul": _OF_THREE,
    "addmm": _product("mat1", "mat2", typed=True),
    "addmv": _product("mat", "vec"),
    "addr": _product("vec1", "vec2"),
    "arange": f"S:end {FACTORY} | S:start S:end {FACTORY} | S:start S:end S:step= {FACTORY} > T",
    "baddbmm": _product("batch1", "batch2", typed=True),
    "bartlett_window": f"{_WINDOW} > ",
    "bernoulli": "T:input *G?:generator= | T:input f:p *G?:generator= > T",
    "blackman_window": f"{_WINDOW} > ",
    "bmm": "T:input T:mat2 | T:input T:mat2 d:out_dtype > T",
    "cauchy_": "T:input f:median= f:sigma= *G?:generator= > ",
    "chunk": "T:input i:chunks i:dim= > ",
    "clone": "T:input *M?:memory_format= > ",
    "contiguous": "T:input *M:memory_format= > ",
    "detach": "T:input > ",
    "div": _DIVIDED,
    "divide": _DIVIDED,
    "dsplit": _SPLIT,
    "empty": f"i[]:size {_LIKE} > T",
    "empty_permuted": f"i[]:size i[]:physical_layout {FACTORY} > ",
    "empty_strided": f"i[]:size i[]:stride {FACTORY} > ",
    "eq": _TWO,
    "exp": "T:input > T",
    "expand": "T:input i[]:size *b:implicit= > ",
    "exponential_": "T:input f:lambd= *G?:generator= > ",
    "eye": f"i:n {FACTORY} | i:n i:m {FACTORY} > T",
    "flip": "T:input i[]:dims > ",
    "floor_divide": _NUMBERS,
    "full": f"i[]:size S:fill_value {FACTORY} > T",
    "full_like": f"T:input S:fill_value {_LIKE} > ",
    "ge": _TWO,
    "geometric_": "T:input f:p *G?:generator= > ",
    "gt": _TWO,
    "hamming_window": f"{_WINDOW} | i:window_length b:periodic f:alpha {FACTORY} | "
    f"i:window_length b:periodic f:alpha f:beta {FACTORY} > ",
    "hann_window": f"{_WINDOW} > ",
    "hsplit": _SPLIT,
    "index_put": "T:input T?[]:indices T:values b:accumulate= > ",
    "kaiser_window": f"{_WINDOW} | i:window_length b:periodic f:beta {FACTORY} > ",
    "le": _TWO,
    "linspace": f"{' | '.join(f'{ends} {_SPACED}' for ends in _ENDS)} > T",
    "log_normal_": "T:input f:mean= f:std= *G?:generator= > ",
    "logspace": f"{' | '.join(f'{ends} {_POWERS}' for ends in _ENDS)} > T",
    "lt": _TWO,
    "matmul": "T:input T:other > T",
    "matrix_power": "T:input i:n > T",
    "mm": "T:input T:mat2 | T:input T:mat2 d:out_dtype > T",
    "mul": _NUMBERS,
    "multiply": _NUMBERS,
    "ne": _TWO,
    "neg": "T:input > T",
    "new_empty": f"T:input i[]:size {FACTORY} > ",
    "new_full": f"T:input i[]:size S:fill_value {FACTORY} > ",
    "new_ones": f"T:input i[]:size {FACTORY} > ",
    "new_zeros": f"T:input i[]:size {FACTORY} > ",
    "normal_": "T:input f:mean= f:std= *G?:generator= > ",
    "ones": f"i[]:size {FACTORY} > T",
    "permute": "T:input i[]:dims > ",
    "poisson": "T:input G?:generator= > ",
    "pow": "T:input T:exponent | S:input T:exponent | T:input S:exponent > T",
    "rand": f"i[]:size *G?:generator= {FACTORY} > T",
    "randint": f"i:high i[]:size *G?:generator= {FACTORY} | "
    f"i:low i:high i[]:size *G?:generator= {FACTORY} > T",
    "randint_like": f"T:input i:low i:high *G?:generator= {_LIKE} | "
    f"T:input T:high *G?:generator= {_LIKE} | T:input i:high *G?:generator= {_LIKE} > ",
    "randn": f"i[]:size *G?:generator= {FACTORY} > T",
    "random_": "T:input *G?:generator= | T:input i:from i?:to *G?:generator= | "
    "T:input i:to *G?:generator= > ",
    "randperm": f"i:n *G?:generator= {FACTORY} > T",
    "relu": "T:input > ",
    "repeat": "T:input i[]:repeats > ",
    "requires_grad_": "T:input b:requires_grad= > ",
    "reshape": "T:input i[]:shape > ",
    "result_type": "T:tensor T:other | S:scalar T:tensor | T:tensor S:other | "
    "S:scalar1 S:scalar2 > ",
    "rsqrt": "T:input > T",
    "rsub": "T:input T:other *S:alpha= | T:input S:other S:alpha= > ",
    "scalar_tensor": f"S:s {FACTORY} > ",
    "sigmoid": "T:input > T",
    "split": "T:input i:split_size i:dim= | T:input i[]:split_size i:dim= > ",
    "stft": "T:input i:n_fft i?:hop_length= i?:win_length= T?:window= A:center= A:pad_mode= "
    "b:normalized= b?:onesided= b?:return_complex= b?:align_to_window= > ",
    "split_with_sizes": "T:input i[]:split_sizes i:dim= > ",
    "sqrt": "T:input > T",
    "squeeze": "T:input | T:input i:dim | T:input i[]:dim > ",
    "sub": _SCALED,
    "subtract": _SCALED,
    "sum_to_size": "T:input i[]:size > ",
    "tanh": "T:input > T",
    "tensor_split": "T:input i[]:indices i:dim= | T:input T:tensor_indices_or_sections i:dim= | "
    "T:input i:sections i:dim= > ",
    "tile": "T:input i[]:dims > ",
    "transpose": "T:input i:dim0 i:dim1 > ",
    "tril_indices": f"i:row i:col i:offset= {FACTORY} > ",
    "triu_indices": f"i:row i:col i:offset= {FACTORY} > ",
    "true_divide": _NUMBERS,
    "unbind": "T:input i:dim= > ",
    "uniform_": "T:input f:from= f:to= *G?:generator= > ",
    "unsafe_chunk": "T:input i:chunks i:dim= > ",
    "unsqueeze": "T:input i:dim > ",
    "view": "T:input d:dtype | T:input i[]:size > ",
    "vsplit": _SPLIT,
    "where": "T:condition | T:condition T:input T:other | T:condition S:input T:other | "
    "T:condition T:input S:other | T:condition S:input S:other > T",
    "_chunk_cat": "T[]:tensors i:dim i:num_chunks > T",
    "_native_batch_norm_legit": "T:input T?:weight T?:bias T:running_mean T:running_var "
    "b:training f:momentum f:eps | T:input T?:weight T?:bias b:training f:momentum f:eps > TTT",
    "_unsafe_masked_index": "T:input T:mask T?[]:indices S:fill > ",
    "_unsafe_masked_index_put_accumulate": "T:input T:mask T?[]:indices T:values > ",
    "histogramdd": _HISTOGRAM,
    "gradient": " | ".join(
        f"T:input {spacing} {dims} *i:edge_order="
        for spacing in ("*S?:spacing=", "*S[]:spacing", "*T[]:spacing")
        for dims in ("*i?:dim=", "*i[]:dim")
    )
    + " > ",
    "istft": "T:input i:n_fft i?:hop_length= i?:win_length= T?:window= b:center= b:normalized= "
    "b?:onesided= i?:length= b:return_complex= > ",
    "item": "T:input > ",
    "zeros": f"i[]:size {FACTORY} > T",
}
# Called so often that their types are looked at only where the call fails.
LOOKED_AT_LATE = frozenset(
    "item add clone contiguous detach div eq exp expand ge gt le lt matmul mm mul ne neg permute "
    "pow split relu reshape rsqrt sigmoid sqrt squeeze sub tanh transpose unsqueeze view "
    "where".split()
)
# Whose integers Python would take however large they are: looked at in each call.
UNBOUNDED = frozenset(
    "roll diag diagonal diag_embed diagflat tril triu tril_indices triu_indices rot90 empty zeros "
    "repeat ones rand randn new_zeros new_ones new_empty full".split()
)

_POOL = "i[{n}]:kernel_size i[{n}]?:stride= i[{n}]:padding="
_MAX = "T:input " + _POOL + " i[{n}]:dilation= b:ceil_mode= A:return_indices= > "
_AVERAGE = "T:input " + _POOL + " b:ceil_mode= b:count_include_pad= i?:divisor_override= > T"
_UNIT = "T:input A:inplace= > "
# Functions of `nn.functional` that hand their arguments on as they are: to what, and its row.
FUNCTIONAL: dict[str, tuple[str, str]] = {
    "relu6": ("relu6", _UNIT),
    "selu": ("selu", _UNIT),
    "hardswish": ("hardswish", _UNIT),
    "hardsigmoid": ("hardsigmoid", _UNIT),
    "silu": ("silu", _UNIT),
    "mish": ("mish", _UNIT),
    "elu": ("elu", "T:input S:alpha= A:inplace= > "),
    "celu": ("celu", "T:input S:alpha= A:inplace= > "),
    "leaky_relu": ("leaky_relu", "T:input S:negative_slope= A:inplace= > "),
    "rrelu": ("rrelu", "T:input S:lower= S:upper= b:training= A:inplace= > "),
    "rrelu_": ("rrelu_", "T:input S:lower= S:upper= b:training= > "),
    "hardtanh": ("hardtanh", "T:input S:min_val= S:max_val= A:inplace= > "),
    "threshold": ("threshold", "T:input S:threshold S:value A:inplace= > "),
    "gelu": ("gelu", "T:input *s:approximate= > T"),
    "softplus": ("softplus", "T:input S:beta= S:threshold= > T"),
    "softshrink": ("softshrink", "T:input S:lambd= > T"),
    "logsigmoid": ("log_sigmoid", "T:input > T"),
    "linear": ("linear", "T:input T:weight T?:bias= > T"),
    "bilinear": ("bilinear", "T:input1 T:input2 T:weight T?:bias= > "),
    "unfold": ("im2col", "T:input i[2]:kernel_size i[2]:dilation= i[2]:padding= i[2]:stride= > "),
    "fold": (
        "col2im",
        "T:input i[2]:output_size i[2]:kernel_size i[2]:dilation= i[2]:padding= i[2]:stride= > ",
    ),
    "pixel_shuffle": ("pixel_shuffle", "T:input i:upscale_factor > "),
    "pixel_unshuffle": ("pixel_unshuffle", "T:input i:downscale_factor > "),
    "channel_shuffle": ("channel_shuffle", "T:input i:groups > "),
    "pad": ("pad", "T:input i[]:pad s:mode= f?:value= > "),
    "one_hot": ("one_hot", "T:tensor i:num_classes= > "),
    "cosine_similarity": ("cosine_similarity", "T:x1 T:x2 i:dim= f:eps= > "),
    "pairwise_distance": ("pairwise_distance", "T:x1 T:x2 f:p= f:eps= b:keepdim= > "),
    "max_pool2d": ("max_pool2d", _MAX.format(n=2)),
    "max_pool3d": ("max_pool3d", _MAX.format(n=3)),
    "max_pool1d": ("max_pool1d", _MAX.format(n=1)),
    "avg_pool2d": ("avg_pool2d", _AVERAGE.format(n=2)),
    "avg_pool3d": ("avg_pool3d", _AVERAGE.format(n=3)),
}
_REDUCED = "A:size_average= A:reduce= A:reduction="
FUNCTIONAL |= {
    "cross_entropy": (
        "cross_entropy_loss",
        "T:input T:target T?:weight= A:size_average= i:ignore_index= A:reduce= A:reduction= "
        "f:label_smoothing= > ",
    ),
    "nll_loss": (
        "nll_loss_nd",
        "T:input T:target T?:weight= A:size_average= i:ignore_index= A:reduce= A:reduction= > ",
    ),
    "multi_margin_loss": (
        "multi_margin_loss",
        f"T:input T:target S:p= S:margin= T?:weight= {_REDUCED} > ",
    ),
    "triplet_margin_loss": (
        "triplet_margin_loss",
        f"T:anchor T:positive T:negative f:margin= f:p= f:eps= b:swap= {_REDUCED} > ",
    ),
    "scaled_dot_product_attention": (
        "scaled_dot_product_attention",
        "T:query T:key T:value T?:attn_mask= f:dropout_p= b:is_causal= f?:scale= b:enable_gqa= > ",
    ),
    "embedding": (
        "embedding",
        "T:input T:weight i?:padding_idx= A:max_norm= A:norm_type= b:scale_grad_by_freq= "
        "b:sparse= > ",
    ),
    "binary_cross_entropy_with_logits": (
        "binary_cross_entropy_with_logits",
        f"T:input T:target T?:weight= {_REDUCED} T?:pos_weight= > ",
    ),
    "grid_sample": ("grid_sampler", "T:input T:grid A:mode= A:padding_mode= A:align_corners= > "),
    "kl_div": ("kl_div", f"T:input T:target {_REDUCED} b:log_target= > "),
}
FUNCTIONAL_LATE = frozenset(
    "linear silu gelu leaky_relu pad cross_entropy nll_loss multi_margin_loss embedding kl_div "
    "binary_cross_entropy_with_logits triplet_margin_loss scaled_dot_product_attention "
    "grid_sample".split()
)
