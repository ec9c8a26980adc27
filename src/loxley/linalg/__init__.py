"""`torch.linalg`: linear algebra under the names of NumPy's `linalg`.

Source: https://docs.pytorch.org/docs/stable/linalg.html
"""

from __future__ import annotations

from ..errors import LinAlgError
from ..tensor.norms import linalg_norm as norm
from ..tensor.norms import matrix_norm, vector_norm
from ..tensor.products import matmul

__all__ = ["LinAlgError", "matmul", "matrix_norm", "norm", "vector_norm"]
