"""What the running signatures can't tell: overloads, named results, and what `Any` stands for.

FORMS      a function's calls, as one or more signatures in the names of `vocabulary`.  `@rest` is
           the running signature's keyword-only parameters that the form doesn't name.  A method has
           the same forms, its first parameter being `self`.
RETURNS    results that the source declares as Any, where one type covers them
PARAMETERS what `Any` stands for, by the parameter's name or by "function.parameter"
"""

from __future__ import annotations

_NUMBER = "int | float | bool | complex"
_SIZES = ("*size: int, @rest", "size: Sequence[int], @rest")
_EXTREMUM = (
    "(input: Tensor) -> Tensor",
    "(input: Tensor, dim: int, keepdim: bool = False, @rest) -> return_types.{}",
    "(input: Tensor, other: Tensor) -> Tensor",
)
_MEDIAN = (
    "(input: Tensor) -> Tensor",
    "(input: Tensor, dim: int, keepdim: bool = False, @rest) -> return_types.{}",
)
_MOMENT = (
    "(input: Tensor, dim: int | Sequence[int] | None = None, unbiased: bool = True, "
    "keepdim: bool = False) -> {}",
    "(input: Tensor, unbiased: bool) -> {}",
    "(input: Tensor, dim: int | Sequence[int] | None = None, *, "
    "correction: int | float | None = None, keepdim: bool = False) -> {}",
)
_MANY = "(*tensors: Tensor) -> tuple[Tensor, ...]"
_ONE = "(tensors: Tensor) -> Tensor"
_OPTIONS = (
    "*, dtype: dtype | None = None, layout: layout | None = None, "
    "device: device | str | int | None = None, pin_memory: bool = False, "
    "requires_grad: bool = False"
)
_WINDOW = (f"(window_length: int, periodic: bool = True, {_OPTIONS}) -> Tensor",)
_SEVERAL = "(tensors: Sequence[Tensor]) -> tuple[Tensor, ...]"
_UNIQUE = (
    "(input: Tensor{}, return_inverse: Literal[False] = False, "
    "return_counts: Literal[False] = False, dim: int | None = None) -> Tensor",
    "(input: Tensor{}, *, return_inverse: Literal[True], "
    "return_counts: Literal[False] = False, dim: int | None = None) -> tuple[Tensor, Tensor]",
    "(input: Tensor{}, return_inverse: Literal[False] = False, *, "
    "return_counts: Literal[True], dim: int | None = None) -> tuple[Tensor, Tensor]",
    "(input: Tensor{}, *, return_inverse: Literal[True], "
    "return_counts: Literal[True], dim: int | None = None) -> tuple[Tensor, Tensor, Tensor]",
    "(input: Tensor{}, return_inverse: bool = False, return_counts: bool = False, "
    "dim: int | None = None) -> Any",
)


def _filled(forms: tuple[str, ...], text: str) -> tuple[str, ...]:
    return tuple(form.format(text) for form in forms)


def _sized(first: str = "", result: str = "Tensor", names: str = "size") -> tuple[str, ...]:
    return (
        f"({first}*{names}: int, @rest) -> {result}",
        f"({first}{names}: Sequence[int], @rest) -> {result}",
    )


FORMS: dict[str, tuple[str, ...]] = {
    "max": _filled(_EXTREMUM, "max"),
    "min": _filled(_EXTREMUM, "min"),
    "median": _filled(_MEDIAN, "median"),
    "nanmedian": _filled(_MEDIAN, "nanmedian"),
    "var": _filled(_MOMENT, "Tensor"),
    "std": _filled(_MOMENT, "Tensor"),
    "var_mean": _filled(_MOMENT, "tuple[Tensor, Tensor]"),
    "std_mean": _filled(_MOMENT, "tuple[Tensor, Tensor]"),
    "add": (
        f"(input: Tensor | {_NUMBER}, other: Tensor | {_NUMBER}, *, alpha: {_NUMBER} = 1)"
        " -> Tensor",
    ),
    "addcdiv": (
        f"(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: {_NUMBER} = 1) -> Tensor",
    ),
    "sort": (
        "(input: Tensor, dim: int = -1, descending: bool = False, *, "
        "stable: bool | None = None) -> return_types.sort",
    ),
    "argsort": (
        "(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False)"
        " -> Tensor",
    ),
    "where": (
        "(condition: Tensor) -> tuple[Tensor, ...]",
        f"(condition: Tensor, input: Tensor | {_NUMBER}, other: Tensor | {_NUMBER}) -> Tensor",
    ),
    "Tensor.where": ("(self, condition: Tensor, other: Tensor | int | float) -> Tensor",),
    "nonzero": (
        "(input: Tensor, *, as_tuple: Literal[False] = False, @rest) -> Tensor",
        "(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]",
        "(input: Tensor, *, as_tuple: bool) -> Tensor | tuple[Tensor, ...]",
    ),
    "unique": _filled(_UNIQUE, ", sorted: bool = True"),
    "unique_consecutive": _filled(_UNIQUE, ""),
    "atleast_1d": (_ONE, _MANY, _SEVERAL),
    "atleast_2d": (_ONE, _MANY, _SEVERAL),
    "atleast_3d": (_ONE, _MANY, _SEVERAL),
    "broadcast_tensors": (_MANY, _SEVERAL),
    "meshgrid": (
        "(*tensors: Tensor, indexing: str | None = None) -> tuple[Tensor, ...]",
        "(tensors: Sequence[Tensor], *, indexing: str | None = None) -> tuple[Tensor, ...]",
    ),
    "einsum": (
        "(equation: str, *operands: Tensor) -> Tensor",
        "(equation: str, operands: Sequence[Tensor]) -> Tensor",
        "(equation: Tensor, *operands: Tensor | Sequence[int]) -> Tensor",
    ),
    "block_diag": ("(*tensors: Tensor) -> Tensor",),
    "cartesian_prod": ("(*tensors: Tensor) -> Tensor",),
    "chain_matmul": ("(*matrices: Tensor, @rest) -> Tensor",),
    "broadcast_shapes": ("(*shapes: int | Sequence[int]) -> Size",),
    "zeros": _sized(),
    "ones": _sized(),
    "empty": _sized(),
    "rand": _sized(),
    "randn": _sized(),
    "new_zeros": _sized("self, "),
    "new_ones": _sized("self, "),
    "new_empty": _sized("self, "),
    "sum_to_size": _sized("input: Tensor, "),
    "expand": _sized("self, ", names="size"),
    "repeat": ("(self, *repeats: int) -> Tensor", "(self, repeats: Sequence[int]) -> Tensor"),
    "permute": (
        "(input: Tensor, dims: Sequence[int]) -> Tensor",
        "(input: Tensor, *dims: int) -> Tensor",
    ),
    "flip": (
        "(input: Tensor, dims: Sequence[int]) -> Tensor",
        "(input: Tensor, *dims: int) -> Tensor",
    ),
    "tile": (
        "(input: Tensor, dims: Sequence[int]) -> Tensor",
        "(input: Tensor, *dims: int) -> Tensor",
    ),
    "reshape": (
        "(input: Tensor, shape: Sequence[int]) -> Tensor",
        "(input: Tensor, *shape: int) -> Tensor",
    ),
    "view": (
        "(self, dtype: dtype) -> Tensor",
        "(self, size: Sequence[int]) -> Tensor",
        "(self, *size: int) -> Tensor",
    ),
    "resize": ("(self, *sizes: int) -> Tensor", "(self, sizes: Sequence[int]) -> Tensor"),
    "resize_": (
        "(self, size: Sequence[int], *, memory_format: memory_format | None = None) -> Self",
        "(self, *size: int, memory_format: memory_format | None = None) -> Self",
    ),
    "randint": (
        "(high: int, size: Sequence[int], @rest) -> Tensor",
        "(low: int, high: int, size: Sequence[int], @rest) -> Tensor",
    ),
    "randint_like": (
        "(input: Tensor, high: int, @rest) -> Tensor",
        "(input: Tensor, low: int, high: int, @rest) -> Tensor",
    ),
    "random_": (
        "(self, *, generator: Generator | None = None) -> Self",
        "(self, to: int, /, *, generator: Generator | None = None) -> Self",
        "(self, from_: int, to: int | None, /, *, generator: Generator | None = None) -> Self",
    ),
    "uniform_": (
        "(self, from_: float = 0, to: float = 1, /, *, generator: Generator | None = None) -> Self",
    ),
    "arange": (
        "(end: int | float, @rest) -> Tensor",
        "(start: int | float, end: int | float, step: int | float = 1, @rest) -> Tensor",
    ),
    "to": (
        "(self, dtype: dtype, non_blocking: bool = False, copy: bool = False, *, "
        "memory_format: memory_format | None = None) -> Self",
        "(self, device: device | str | int | None = None, dtype: dtype | None = None, "
        "non_blocking: bool = False, copy: bool = False, *, "
        "memory_format: memory_format | None = None) -> Self",
        "(self, other: Tensor, non_blocking: bool = False, copy: bool = False, *, "
        "memory_format: memory_format | None = None) -> Self",
    ),
    "size": ("(self, dim: None = None) -> Size", "(self, dim: int) -> int"),
    "stride": ("(self, dim: None = None) -> tuple[int, ...]", "(self, dim: int) -> int"),
    "type": (
        "(self, dtype: None = None, non_blocking: bool = False) -> str",
        "(self, dtype: str | dtype | type, non_blocking: bool = False) -> Tensor",
    ),
    "split": (
        "(tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0)"
        " -> tuple[Tensor, ...]",
    ),
    "Tensor.split": (
        "(self, split_size: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]",
    ),
    "lu": (
        "(A: Tensor, pivot: bool = True, get_infos: Literal[False] = False)"
        " -> tuple[Tensor, Tensor]",
        "(A: Tensor, pivot: bool = True, *, get_infos: Literal[True])"
        " -> tuple[Tensor, Tensor, Tensor]",
        "(A: Tensor, pivot: bool, get_infos: Literal[True]) -> tuple[Tensor, Tensor, Tensor]",
    ),
    "trapezoid": (
        "(y: Tensor, x: Tensor, *, dim: int = -1) -> Tensor",
        "(y: Tensor, *, dx: int | float = 1, dim: int = -1) -> Tensor",
    ),
    "hann_window": _WINDOW,
    "bartlett_window": _WINDOW,
    "blackman_window": _WINDOW,
    "hamming_window": (
        "(window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, "
        f"{_OPTIONS}) -> Tensor",
    ),
    "kaiser_window": (
        f"(window_length: int, periodic: bool = True, beta: float = 12.0, {_OPTIONS}) -> Tensor",
    ),
    "__new__": (
        "(cls, *args: Any, device: device | str | int | None = None, **kwargs: Any) -> Self",
    ),
    "as_subclass": ("(self, cls: type[_T]) -> _T",),
    "_make_subclass": (
        "(cls: type[_T], data: Tensor, require_grad: bool = False, **kwargs: Any) -> _T",
    ),
    "__reduce_ex__": ("(self, protocol: SupportsIndex) -> tuple[Any, ...]",),
    "__getitem__": ("(self, key: Any) -> Tensor",),
    "__iter__": ("(self) -> Iterator[Tensor]",),
}
for _of, _alias in (
    ("add", "sub"),
    ("add", "subtract"),
    ("addcdiv", "addcmul"),
    ("trapezoid", "trapz"),
    ("trapezoid", "cumulative_trapezoid"),
):
    FORMS[_alias] = FORMS[_of]

_PLAIN = "add sub mul div truediv floordiv mod pow matmul and or xor lshift rshift".split()
RETURNS: dict[str, str] = (
    {
        name: f"return_types.{name}"
        for name in (
            "aminmax cummax cummin frexp geqrf histogram histogramdd kthvalue lu_unpack mode qr "
            "slogdet svd topk triangular_solve"
        ).split()
    }
    | {
        f"linalg.{name}": f"return_types.linalg_{name}"
        for name in (
            "cholesky_ex eig eigh inv_ex ldl_factor ldl_factor_ex lstsq lu lu_factor lu_factor_ex "
            "qr slogdet solve_ex svd"
        ).split()
    }
    | {
        f"__{side}{name}__": "Self" if side == "i" else "Tensor"
        for name in _PLAIN
        for side in ("", "r", "i")
    }
    | {f"__{name}__": "Tensor" for name in "eq ne lt le gt ge abs neg pos invert div rdiv".split()}
    | {
        "__complex__": "complex",
        "__float__": "float",
        "__hash__": "int",
        "__int__": "int",
        "__str__": "str",
        "__idiv__": "Self",
        "__dlpack__": "Any",
        "__dlpack_device__": "tuple[Any, int]",
        "item": "int | float | bool",
        "grad_fn": "Node | None",
        "is_leaf": "bool",
        "output_nr": "int",
        "retains_grad": "bool",
        "split_copy": "tuple[Tensor, ...]",
        "split_with_sizes_copy": "tuple[Tensor, ...]",
        "unbind_copy": "tuple[Tensor, ...]",
        "coalesce": "Tensor",
        "col_indices": "Tensor",
        "crow_indices": "Tensor",
        "indices": "Tensor",
        "values": "Tensor",
        "_indices": "Tensor",
        "_values": "Tensor",
        "_nnz": "int",
    }
)
RETURNS |= {
    name: "Tensor"
    for name in (
        "sparse_mask sparse_resize_ sparse_resize_and_clear_ to_sparse_bsc to_sparse_bsr "
        "to_sparse_csc sparse_bsc_tensor sparse_bsr_tensor sparse_compressed_tensor "
        "sparse_csc_tensor"
    ).split()
}
RETURNS |= {
    name: "bool"
    for name in (
        "cpu cuda ipu maia mkldnn mps mtia nested quantized sparse sparse_csr vulkan xla xpu"
    ).split()
    for name in (f"is_{name}",)
}

_SIZE, _ANY_DIM = "Sequence[int]", "int | Sequence[int]"
PARAMETERS: dict[str, str] = {
    "other": f"Tensor | {_NUMBER}",
    "input": f"Tensor | {_NUMBER}",
    "exponent": f"Tensor | {_NUMBER}",
    "tensor1": f"Tensor | {_NUMBER}",
    "tensor2": f"Tensor | {_NUMBER}",
    "min": f"Tensor | {_NUMBER} | None",
    "max": f"Tensor | {_NUMBER} | None",
    "value": f"Tensor | {_NUMBER}",
    "src": f"Tensor | {_NUMBER} | None",
    "scatter.value": f"{_NUMBER} | None",
    "weight": f"Tensor | {_NUMBER}",
    "fill": _NUMBER,
    "elements": f"Tensor | {_NUMBER}",
    "test_elements": f"Tensor | {_NUMBER}",
    "fill_value": f"Tensor | {_NUMBER}",
    "reduce": "str | None",
    "device": "device | str | int | None",
    "out": "Tensor | tuple[Tensor, ...] | list[Tensor] | None",
    "self": "Sequence[Tensor]",
    "values": "Tensor | Sequence[Any] | None",
    "layout": "layout | None",
    "memory_format": "memory_format | None",
    "size": f"{_ANY_DIM}",
    "size.expand": f"{_SIZE} | None",
    "stride": _SIZE,
    "sizes": _ANY_DIM,
    "physical_layout": _SIZE,
    "repeats": "int | Sequence[int] | Tensor | None",
    "alpha": _NUMBER,
    "beta": _NUMBER,
    "dx": "int | float | None",
    "p": _NUMBER,
    "maxnorm": _NUMBER,
    "correction": "int | float | None",
    "q": "float | Tensor",
    "s": _NUMBER,
    "start": f"Tensor | {_NUMBER}",
    "end": f"Tensor | {_NUMBER} | None",
    "step": "int | float",
    "slice_copy.start": "int | None",
    "slice_copy.end": "int | None",
    "slice_scatter.start": "int | None",
    "slice_scatter.end": "int | None",
    "narrow.start": "int | Tensor",
    "tensors": "Sequence[Tensor]",
    "matrices": "Tensor",
    "dim": f"{_ANY_DIM} | None",
    "dims": f"{_ANY_DIM} | None",
    "rot90.dims": _SIZE,
    "shifts": _ANY_DIM,
    "shape": _SIZE,
    "source": _ANY_DIM,
    "destination": _ANY_DIM,
    "indices_or_sections": "int | Sequence[int] | Tensor | None",
    "tensor_indices_or_sections": "Tensor | None",
    "indices": "Sequence[int] | Tensor | None",
    "index_put.indices": "Sequence[Tensor | None]",
    "index_put_.indices": "Sequence[Tensor | None]",
    "_unsafe_masked_index.indices": "Sequence[Tensor | None]",
    "_unsafe_masked_index_put_accumulate.indices": "Sequence[Tensor | None]",
    "sections": "int | None",
    "split_sizes": _SIZE,
    "spacing": "int | float | Tensor | Sequence[int | float | Tensor]",
    "bins": "int | Sequence[int] | Sequence[Tensor]",
    "pad": _SIZE,
    "t": "type | str | dtype",
    "hook": "Callable[[Tensor], Any]",
    "inputs": "Tensor | Sequence[Tensor] | None",
    "ambiguity_check": "bool | Sequence[memory_format]",
    "dtype": "dtype | None",
    "sparse_csr_tensor.crow_indices": "Tensor | Sequence[int]",
    "sparse_csr_tensor.col_indices": "Tensor | Sequence[int]",
}
