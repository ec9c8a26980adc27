"""Tensors: storages seen through layouts, and every function on them."""

from typing import TYPE_CHECKING, Any

from . import (  # noqa: F401 - importing a family attaches and registers its functions
    arithmetic,
    broadcasting,
    column_compressed,
    comparison,
    complex_numbers,
    compressed,
    construction,
    conversion,
    coordinate,
    copying,
    creation,
    decompositions,
    differences,
    distance,
    einsum,
    foreach,
    fourier,
    gather,
    generator,
    grids,
    histograms,
    indexing,
    joining,
    ldl,
    least_squares,
    legacy,
    linear_solvers,
    lu,
    masking,
    matrix_functions,
    memory,
    nn_basic,
    nn_conv,
    nn_dropout,
    nn_norm,
    nn_pool,
    norms,
    operators,
    order_statistics,
    padding,
    parts,
    pickling,
    printing,
    products,
    quantized,
    random,
    random_fill,
    random_of,
    rearranging,
    reduction,
    removed,
    scaled_products,
    scanning,
    searching,
    segments,
    sequences,
    shaping,
    sorting,
    sparse,
    special,
    statistics,
    stft,
    torch_function,
    unary,
    unique,
    view_copies,
    view_inplace,
    windows,
)
from .api import PUBLIC
from .tensor import Tensor

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


globals().update(PUBLIC)
__all__ = ["PUBLIC", "Tensor", *PUBLIC]
