"""Matrix products on NumPy's BLAS."""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op, Value
from ..shapes import broadcast_shapes, numel
from .elementwise import conj
from .family import LOW, promote, wide
from .movement import expand, reshape, transpose, view


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`a @ b`; 16-bit floats are multiplied and summed in float32, then rounded once."""
    if a.dtype in LOW:
        return np.matmul(a.astype(np.float32), b.astype(np.float32)).astype(a.dtype)
    return np.matmul(a, b)


def _mm_rule(a, b):
    if len(a.shape) != 2:
        raise RuntimeError("self must be a matrix")
    if len(b.shape) != 2:
        raise RuntimeError("mat2 must be a matrix")
    if a.shape[1] != b.shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({a.shape[0]}x{a.shape[1]} and "
            f"{b.shape[0]}x{b.shape[1]})"
        )
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {c_name(a)} != {c_name(b)}"
        )
    return (a.shape[0], b.shape[1]), a.dtype


_C_NAMES = {
    "float32": "float",
    "float64": "double",
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "int64": "long int",
    "int32": "int",
    "int16": "short int",
    "int8": "signed char",
    "uint8": "unsigned char",
    "bool": "bool",
    "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
}


def c_name(x: Value) -> str:
    return _C_NAMES[x.dtype.name]


def adjoint(x):
    """The conjugate transpose of the last two dimensions."""
    n = len(x.shape)
    return conj(transpose(x, n - 2, n - 1))


mm = Op(
    "mm",
    rule=_mm_rule,
    eval=lambda a, b, /: product(a, b),
    vjp=(lambda g, b: mm(g, adjoint(b)), lambda g, a: mm(adjoint(a), g)),
)


def _matmul_rule(a, b):
    m, n = len(a.shape), len(b.shape)
    if m == 0 or n == 0:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {m}D and {n}D"
        )
    _check_inner(a, b, m, n)
    _check_types(a, b, m, n)
    rows = a.shape[-2:-1] if m > 1 else ()
    columns = b.shape[-1:] if n > 1 else ()
    return broadcast_shapes(a.shape[:-2], b.shape[:-2]) + rows + columns, a.dtype


def _check_inner(a, b, m: int, n: int) -> None:
    width, height = a.shape[-1], b.shape[-2] if n > 1 else b.shape[0]
    if width == height:
        return
    if m == 1 and n == 1:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{width}] and src [{height}] to have the "
            "same "
            f"number of elements, but got {width} and {height} elements respectively"
        )
    if n == 1:
        rows = numel(a.shape[:-1])
        raise RuntimeError(
            f"size mismatch, got input ({rows}), mat ({rows}x{width}), vec ({height})"
        )
    if n == 2:
        rows = numel(a.shape[:-1])
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{width} and {height}x{b.shape[1]})"
        )
    batch = numel(broadcast_shapes(a.shape[:-2], b.shape[:-2]))
    raise RuntimeError(
        f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {width}] but "
        "got: "
        f"[{batch}, {height}]."
    )


def _check_types(a, b, m: int, n: int) -> None:
    if a.dtype is b.dtype:
        return
    first, second = a.dtype.legacy_name, b.dtype.legacy_name
    if m == 1 and n == 1:
        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {first} and {second}"
        )
    if m <= 2 and n == 1:
        raise RuntimeError(
            f"addmv input tensors must have the same dtype, but got {second}, {first}, and {second}"
        )
    if n == 2 and m <= 3 or m == 1:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {c_name(a)} != {c_name(b)}"
        )
    raise RuntimeError(f"expected scalar type {first} but found {second}")


def _matmul_eval(a, b, /):
    if b.ndim == 2 and a.ndim > 2:  # one large product rather than a batch of small ones
        rows = a.reshape(numel(a.shape[:-1]), a.shape[-1])
        return product(rows, b).reshape(a.shape[:-1] + b.shape[1:])
    return product(a, b)


def _matmul_name(attrs, metas):
    m, n = len(metas[0][0]), len(metas[1][0])
    if m == 1 and n == 1:
        return "DotBackward0"
    if m == 2 and n <= 2:
        return "MvBackward0" if n == 1 else "MmBackward0"
    return "SqueezeBackward4" if m == 1 and n == 2 else "UnsafeViewBackward0"


def _column(x):
    return view(x, (*x.shape, 1))


def _row(x):
    return view(x, (*x.shape[:-1], 1, x.shape[-1]))


def _matmul_grad_a(g, b, a_shape):
    if len(a_shape) == 1 and len(b.shape) == 1:
        return g * conj(b)
    if len(b.shape) == 1:
        return _column(g) * conj(b)
    if len(a_shape) == 1:
        made = matmul(conj(b), _column(g))
        return view(made, made.shape[:-1])
    return matmul(g, adjoint(b))


def _matmul_grad_b(g, a, b_shape):
    if len(a.shape) == 1 and len(b_shape) == 1:
        return g * conj(a)
    if len(a.shape) == 1:
        return _column(conj(a)) * _row(g)
    if len(b_shape) == 1:
        made = matmul(adjoint(a), _column(g))
        return view(made, made.shape[:-1])
    if len(b_shape) == 2 and len(a.shape) > 2:
        rows = numel(tuple(a.shape[:-1]))
        flat = reshape(a, (rows, a.shape[-1]))
        return mm(adjoint(flat), reshape(g, (rows, g.shape[-1])))
    return matmul(adjoint(a), g)


# All ranks, batch dimensions broadcast.
matmul = Op(
    "matmul",
    rule=_matmul_rule,
    eval=_matmul_eval,
    vjp=(_matmul_grad_a, _matmul_grad_b),
    grad_name=_matmul_name,
)


def _bmm_rule(a, b):
    for x, name in ((a, "batch1"), (b, "batch2")):
        if len(x.shape) != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    if a.shape[0] != b.shape[0] or a.shape[2] != b.shape[1]:
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{a.shape[0]}, {a.shape[2]}] but got: [{b.shape[0]}, {b.shape[1]}]."
        )
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"expected scalar type {a.dtype.legacy_name} but found {b.dtype.legacy_name}"
        )
    return (a.shape[0], a.shape[1], b.shape[2]), a.dtype


bmm = Op(
    "bmm",
    rule=_bmm_rule,
    eval=lambda a, b, /: product(a, b),
    vjp=(lambda g, b: bmm(g, adjoint(b)), lambda g, a: bmm(adjoint(a), g)),
)


def _scaled(g, factor):
    factor = factor.conjugate() if isinstance(factor, complex) else factor
    return g if factor == 1 else g * factor


def _scaled_add(name: str, inner: Op, grad_name: str) -> Op:
    """beta * bias + alpha * inner(a, b), rounded once: addmm, baddbmm, addmv and the like."""

    def rule(bias, a, b, beta, alpha):
        shape, kind = inner.rule(a, b)
        if bias.dtype is not kind:
            raise RuntimeError(
                f"self and mat2 must have the same dtype, but got {bias.dtype.legacy_name} and "
                f"{b.dtype.legacy_name}"
            )
        if broadcast_shapes(bias.shape, shape) != shape:
            raise RuntimeError(
                f"The expanded size of the tensor ({shape[-1]}) must match the existing size "
                f"({bias.shape[-1]}) at non-singleton dimension {len(shape) - 1}.  Target sizes: "
                f"{list(shape)}.  Tensor sizes: {list(bias.shape)}"
            )
        return shape, kind

    def compute(bias, a, b, /, beta, alpha):
        kind = a.dtype
        made = inner.eval(wide(a), wide(b))
        if alpha != 1:
            made = made * made.dtype.type(alpha)
        if beta != 0:
            made = made + (bias if beta == 1 else wide(bias) * made.dtype.type(beta))
        return made.astype(kind, copy=False)

    grads = inner.vjp
    if inner is matmul:
        vjp = (
            lambda g, beta: _scaled(g, beta),
            lambda g, b, a_shape, alpha: _scaled(grads[0](g, b, a_shape), alpha),
            lambda g, a, b_shape, alpha: _scaled(grads[1](g, a, b_shape), alpha),
        )
    else:
        vjp = (
            lambda g, beta: _scaled(g, beta),
            lambda g, b, alpha: _scaled(grads[0](g, b), alpha),
            lambda g, a, alpha: _scaled(grads[1](g, a), alpha),
        )
    return Op(name, rule=rule, eval=compute, vjp=vjp, grad_name=grad_name)


addmm = _scaled_add("addmm", mm, "AddmmBackward0")
baddbmm = _scaled_add("baddbmm", bmm, "BaddbmmBackward0")
addmv = _scaled_add("addmv", matmul, "AddmvBackward0")


# The dot product of vectors, the first conjugated.
vdot = Op(
    "vdot",
    rule=_matmul_rule,
    eval=lambda a, b, /: product(np.conj(a) if a.dtype.kind == "c" else a, b),
    vjp=(lambda g, b: conj(g) * b, lambda g, a: g * a),
)


def _addbmm_rule(bias, a, b, beta, alpha):
    (_, *shape), kind = _bmm_rule(a, b)
    if bias.dtype is not kind:
        raise RuntimeError(
            f"Input dtypes must be the same, got: input {bias.dtype.legacy_name}, batch1: "
            f"{kind.legacy_name}, batch2: {b.dtype.legacy_name}"
        )
    if broadcast_shapes(bias.shape, tuple(shape)) != tuple(shape):
        raise RuntimeError(
            f"The expanded size of the tensor ({shape[-1]}) must match the existing size "
            f"({bias.shape[-1]}) at non-singleton dimension {len(shape) - 1}.  Target sizes: "
            f"{list(shape)}.  Tensor sizes: {list(bias.shape)}"
        )
    return tuple(shape), kind


def _addbmm_eval(bias, a, b, /, beta, alpha):
    rows, columns = a.shape[1], b.shape[2]
    flat = np.moveaxis(a, 0, 1).reshape(rows, a.shape[0] * a.shape[2])
    made = product(wide(flat), wide(b).reshape(b.shape[0] * b.shape[1], columns))
    made = made if alpha == 1 else made * made.dtype.type(alpha)
    if beta != 0:
        made = made + (bias if beta == 1 else wide(bias) * made.dtype.type(beta))
    return made


def _batched(g, count: int):
    return expand(view(g, (1, *g.shape)), (count, *g.shape))


# beta * bias + alpha * the sum of the batch's products.
addbmm = Op(
    "addbmm",
    rule=_addbmm_rule,
    eval=_addbmm_eval,
    vjp=(
        lambda g, beta: _scaled(g, beta),
        lambda g, b, alpha: _scaled(bmm(_batched(g, b.shape[0]), adjoint(b)), alpha),
        lambda g, a, alpha: _scaled(bmm(adjoint(a), _batched(g, a.shape[0])), alpha),
    ),
)


def _addr_eval(bias, a, b, /, beta, alpha):
    if a.dtype.kind == "b":
        made = a[:, None] & b & bool(alpha)
        return made | bias if beta else made
    # 16-bit floats are rounded after every operation, as in PyTorch's kernel.
    made = (a if alpha == 1 else a * a.dtype.type(alpha))[:, None] * b
    if beta != 0:
        made = made + (bias if beta == 1 else bias * bias.dtype.type(beta))
    return made


def _addr_rule(bias, a, b, beta, alpha):
    shape = (a.shape[0], b.shape[0])
    if broadcast_shapes(bias.shape, shape) != shape:
        raise RuntimeError(
            f"The expanded size of the tensor ({shape[-1]}) must match the existing size "
            f"({bias.shape[-1]}) at non-singleton dimension 1.  Target sizes: {list(shape)}.  "
            "Tensor "
            f"sizes: {list(bias.shape)}"
        )
    return shape, a.dtype


# beta * bias + alpha * the outer product of two vectors.
addr = Op(
    "addr",
    rule=_addr_rule,
    eval=_addr_eval,
    vjp=(
        lambda g, beta: _scaled(g, beta),
        lambda g, b, alpha: _scaled(matmul(g, conj(b)), alpha),
        lambda g, a, alpha: _scaled(matmul(transpose(g, 0, 1), conj(a)), alpha),
    ),
    prepare=promote,
)
