# Made by `make stubs` from the running package; changes go into what it is made of.
"""`torch.linalg`: linear algebra under the names of NumPy's `linalg`."""

from collections.abc import Sequence
from loxley.dtypes import dtype
from loxley.tensor.norms import Dims
from loxley.tensor.return_types import return_types
from loxley.tensor.tensor import Tensor
from typing import Any

from loxley.errors import LinAlgError as LinAlgError

def cholesky(
    input: Tensor,
    *,
    upper: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The factor L of A = L L^H, or U of A = U^H U. Source: torch.linalg.cholesky."""
def cholesky_ex(
    input: Tensor,
    *,
    upper: bool = False,
    check_errors: bool = False,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_cholesky_ex:
    """The Cholesky factor, and what failed. Source: torch.linalg.cholesky_ex."""
def cond(
    input: Tensor,
    p: int | float | bool | complex | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The condition number for a norm. Source: torch.linalg.cond."""
def cross(
    input: Tensor,
    other: Tensor,
    *,
    dim: int = -1,
    out: Tensor | None = None,
) -> Tensor:
    """The cross product of vectors of three elements. Source: torch.linalg.cross."""
def det(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The determinants of square matrices. Source: torch.linalg.det."""
def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """`Tensor.diagonal` of the last two dimensions. Source: torch.linalg.diagonal."""
def eig(
    input: Tensor,
    *,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_eig:
    """Eigenvalues and vectors of square matrices, complex. Source: torch.linalg.eig."""
def eigh(
    input: Tensor,
    UPLO: str = 'L',
    *,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_eigh:
    """Eigenvalues and vectors of Hermitian matrices, of which one triangle is read."""
def eigvals(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The eigenvalues of square matrices, complex. Source: torch.linalg.eigvals."""
def eigvalsh(input: Tensor, UPLO: str = 'L', *, out: Tensor | None = None) -> Tensor:
    """The eigenvalues of Hermitian matrices. Source: torch.linalg.eigvalsh."""
def householder_product(
    input: Tensor,
    tau: Tensor,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The first columns of a product of reflections. Source: torch.linalg.householder_product."""
def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of square matrices; LinAlgError for singular ones. Source: torch.linalg.inv."""
def inv_ex(
    A: Tensor,
    *,
    check_errors: bool = False,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_inv_ex:
    """The inverse, and what failed instead of an error. Source: torch.linalg.inv_ex."""
def ldl_factor(
    input: Tensor,
    *,
    hermitian: bool = False,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_ldl_factor:
    """Packed factors and pivots. Source: torch.linalg.ldl_factor."""
def ldl_factor_ex(
    input: Tensor,
    *,
    hermitian: bool = False,
    check_errors: bool = False,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_ldl_factor_ex:
    """Packed factors, pivots, and the first zero of D. Source: torch.linalg.ldl_factor_ex."""
def ldl_solve(
    LD: Tensor,
    pivots: Tensor,
    B: Tensor,
    *,
    hermitian: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The solution of A X = B from packed factors. Source: torch.linalg.ldl_solve."""
def lstsq(
    input: Tensor,
    b: Tensor,
    rcond: float | None = None,
    *,
    driver: str | None = None,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_lstsq:
    """The X with the least |A X - B|, residuals, rank and singular values."""
def lu(
    A: Tensor,
    *,
    pivot: bool = True,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_lu:
    """A = P L U. Source: torch.linalg.lu."""
def lu_factor(
    A: Tensor,
    *,
    pivot: bool = True,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_lu_factor:
    """Packed factors and pivots. Source: torch.linalg.lu_factor."""
def lu_factor_ex(
    A: Tensor,
    *,
    pivot: bool = True,
    check_errors: bool = False,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_lu_factor_ex:
    """Packed factors, pivots, and the first zero pivot. Source: torch.linalg.lu_factor_ex."""
def lu_solve(
    LU: Tensor,
    pivots: Tensor,
    B: Tensor,
    *,
    left: bool = True,
    adjoint: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The solution of A X = B, X A = B or of those with A^H. Source: torch.linalg.lu_solve."""
def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The matrix product of all ranks, batches broadcast. Source: torch.matmul."""
def matrix_exp(input: Tensor) -> Tensor:
    """The exponential of square matrices. Source: torch.linalg.matrix_exp."""
def matrix_norm(
    A: Tensor,
    ord: float | str = 'fro',
    dim: Sequence[int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The norm of matrices. Source: torch.linalg.matrix_norm."""
def matrix_power(input: Tensor, n: int, *, out: Tensor | None = None) -> Tensor:
    """The n-th power, for negative n of the inverse. Source: torch.linalg.matrix_power."""
def matrix_rank(
    input: Tensor,
    tol: Any = None,
    hermitian: bool = False,
    *,
    atol: Any = None,
    rtol: Any = None,
    out: Tensor | None = None,
) -> Tensor:
    """How many singular values exceed the tolerance. Source: torch.linalg.matrix_rank."""
def multi_dot(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The product of a chain of matrices in the cheapest order. Source: torch.linalg.multi_dot."""
def norm(
    A: Tensor,
    ord: float | str | None = None,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """A vector or matrix norm, by the number of dimensions. Source: torch.linalg.norm."""
def pinv(
    input: Tensor,
    rcond: Any = None,
    hermitian: bool = False,
    *,
    atol: Any = None,
    rtol: Any = None,
    out: Tensor | None = None,
) -> Tensor:
    """The pseudo-inverse; singular values up to max(atol, rtol * largest) count as zero."""
def qr(
    A: Tensor,
    mode: str = 'reduced',
    *,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_qr:
    """A = Q R with orthonormal columns in Q. Source: torch.linalg.qr."""
def slogdet(
    A: Tensor,
    *,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_slogdet:
    """Sign and log of the determinant's size. Source: torch.linalg.slogdet."""
def solve(
    A: Tensor,
    B: Tensor,
    *,
    left: bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """The solution X of A X = B, or X A = B. Source: torch.linalg.solve."""
def solve_ex(
    A: Tensor,
    B: Tensor,
    *,
    left: bool = True,
    check_errors: bool = False,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_solve_ex:
    """`solve`, and what failed instead of an error. Source: torch.linalg.solve_ex."""
def solve_triangular(
    input: Tensor,
    B: Tensor,
    *,
    upper: bool,
    left: bool = True,
    unitriangular: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The solution of a system with triangular A. Source: torch.linalg.solve_triangular."""
def svd(
    A: Tensor,
    full_matrices: bool = True,
    *,
    driver: str | None = None,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_svd:
    """A = U diag(S) Vh. Source: torch.linalg.svd."""
def svdvals(
    A: Tensor,
    *,
    driver: str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The singular values in descending order. Source: torch.linalg.svdvals."""
def tensorinv(input: Tensor, ind: int = 2, *, out: Tensor | None = None) -> Tensor:
    """The inverse for tensordot over `ind` dimensions. Source: torch.linalg.tensorinv."""
def tensorsolve(
    input: Tensor,
    other: Tensor,
    dims: Sequence[int] | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The solution X of tensordot(A, X) = B. Source: torch.linalg.tensorsolve."""
def vander(x: Tensor, *, N: int | None = None, out: Tensor | None = None) -> Tensor:
    """Rows of powers 1, x, x^2, ... of the elements. Source: torch.linalg.vander."""
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """The sum of conj(x) * y along `dim`. Source: torch.linalg.vecdot."""
def vector_norm(
    x: Tensor,
    ord: float = 2,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The norm of the elements over `dim` as one vector. Source: torch.linalg.vector_norm."""
