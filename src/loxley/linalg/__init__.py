"""`torch.linalg`: linear algebra under the names of NumPy's `linalg`.

Source: https://docs.pytorch.org/docs/stable/linalg.html
"""

from __future__ import annotations

from ..errors import LinAlgError
from ..tensor.decompositions import (
    eig,
    eigh,
    eigvals,
    eigvalsh,
    householder_product,
    svdvals,
)
from ..tensor.decompositions import linalg_qr as qr
from ..tensor.decompositions import linalg_svd as svd
from ..tensor.ldl import ldl_factor, ldl_factor_ex, ldl_solve
from ..tensor.least_squares import lstsq
from ..tensor.linear_solvers import (
    cholesky_ex,
    det,
    inv,
    inv_ex,
    matrix_rank,
    pinv,
    solve,
    solve_ex,
    solve_triangular,
)
from ..tensor.linear_solvers import linalg_cholesky as cholesky
from ..tensor.linear_solvers import linalg_slogdet as slogdet
from ..tensor.lu_factors import linalg_lu as lu
from ..tensor.lu_factors import linalg_lu_solve as lu_solve
from ..tensor.lu_factors import lu_factor, lu_factor_ex
from ..tensor.matrix_functions import (
    cond,
    matrix_exp,
    matrix_power,
    multi_dot,
    tensorinv,
    tensorsolve,
    vander,
    vecdot,
)
from ..tensor.matrix_functions import linalg_cross as cross
from ..tensor.matrix_functions import linalg_diagonal as diagonal
from ..tensor.norms import linalg_norm as norm
from ..tensor.norms import matrix_norm, vector_norm
from ..tensor.products import matmul
from ..tensor.torch_function import offer as _offer

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "ldl_factor",
    "ldl_factor_ex",
    "ldl_solve",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]

_offer(globals())
