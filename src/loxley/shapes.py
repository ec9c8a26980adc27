"""Shape and stride arithmetic: plain tuples in, plain tuples out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod

Shape = tuple[int, ...]


def numel(shape: Shape) -> int:
    """The number of elements."""
    return prod(shape)


def contiguous_strides(shape: Shape) -> Shape:
    """Row-major strides in elements, as PyTorch reports them (sizes of zero count as one)."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        if size > 1:
            step *= size
    strides.reverse()
    return tuple(strides)


def is_contiguous(shape: Shape, strides: Shape) -> bool:
    """Whether elements lie row-major without gaps; dimensions of size one don't matter."""
    expected = 1
    for size, stride in zip(reversed(shape), reversed(strides)):
        if size == 0:
            return True
        if size != 1:
            if stride != expected:
                return 0 in shape
            expected *= size
    return True


def broadcast_shapes(*shapes: Shape) -> Shape:
    """The shape that all broadcast to; RuntimeError in PyTorch's words where there is none.

    Source: https://docs.pytorch.org/docs/stable/notes/broadcasting.html
    """
    result = shapes[0]
    for shape in shapes[1:]:
        if shape and shape != result:
            result = _broadcast_two(result, shape) if result else shape
    return result


def _broadcast_two(a: Shape, b: Shape) -> Shape:
    n = max(len(a), len(b))
    result = list((1,) * (n - len(a)) + a)
    lead = n - len(b)
    for i in range(n - 1, lead - 1, -1):
        have, size = result[i], b[i - lead]
        if have != size and size != 1:
            if have != 1:
                raise RuntimeError(
                    f"The size of tensor a ({have}) must match the size of tensor b ({size}) "
                    f"at non-singleton dimension {i}"
                )
            result[i] = size
    return tuple(result)


def normalize_dim(dim: int, ndim: int) -> int:
    """A dimension index in 0..ndim-1; IndexError in PyTorch's words. 0-d counts as 1-d."""
    if dim is True or dim is False:
        raise TypeError("argument 'dim' must be int, not bool")
    span = ndim or 1
    if not -span <= dim < span:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got "
            f"{dim})"
        )
    return dim + span if dim < 0 else dim


def normalize_dims(dims: int | Sequence[int] | None, ndim: int) -> Shape:
    """Sorted distinct dimensions; None or empty means all. RuntimeError on repetition."""
    if dims is None:
        return tuple(range(ndim))
    if isinstance(dims, int):
        place = normalize_dim(dims, ndim)
        return (place,) if ndim else ()
    if len(dims) == 0:
        return tuple(range(ndim))
    seen = [normalize_dim(d, ndim) for d in dims]
    if len(set(seen)) != len(seen):
        twice = next(d for i, d in enumerate(seen) if d in seen[:i])
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return tuple(sorted(seen)) if ndim else ()


def reduced_shape(shape: Shape, dims: Shape, keepdim: bool) -> Shape:
    """The shape after reducing `dims` (normalized)."""
    if keepdim:
        return tuple(1 if i in dims else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in dims)


def infer_reshape(shape: Sequence[int], count: int) -> Shape:
    """Fills in a -1 so that the product is `count`; RuntimeError in PyTorch's words."""
    shape = tuple(shape)
    unknown = None
    known = 1
    for i, size in enumerate(shape):
        if size == -1:
            if unknown is not None:
                raise RuntimeError("only one dimension can be inferred")
            unknown = i
        elif size < 0:
            raise RuntimeError(
                f"invalid shape dimension {size} at index {i} of shape {list(shape)}"
            )
        else:
            known *= size
    if unknown is None:
        if known != count:
            raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {count}")
        return shape
    if known == 0:
        if count == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(shape)} because the "
                "unspecified dimension size -1 can be any value and is ambiguous"
            )
        raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {count}")
    if count % known:
        raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {count}")
    return shape[:unknown] + (count // known,) + shape[unknown + 1 :]


@lru_cache(maxsize=1 << 12)
def view_strides(shape: Shape, strides: Shape, new_shape: Shape) -> Shape | None:
    """Strides that let `new_shape` alias the same elements in order, or None where none exist.

    Groups the old dimensions into runs that are contiguous with each other and lets every run be
    cut anew. Source: the rule of `Tensor.view`,
    https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html
    """
    if 0 in shape:
        if shape == new_shape:
            return strides
        return contiguous_strides(new_shape)
    if not shape:
        return (1,) * len(new_shape)
    result = [0] * len(new_shape)
    at = len(new_shape) - 1
    base = strides[-1]
    run = seen = 1
    for d in range(len(shape) - 1, -1, -1):
        run *= shape[d]
        ends = d == 0 or (shape[d - 1] != 1 and strides[d - 1] != run * base)
        if not ends:
            continue
        while at >= 0 and (seen < run or new_shape[at] == 1):
            result[at] = seen * base
            seen *= new_shape[at]
            at -= 1
        if seen != run:
            return None
        if d > 0:
            base, run, seen = strides[d - 1], 1, 1
    return tuple(result) if at < 0 else None


def memory_order(shape: Shape, strides: Shape) -> Shape | None:
    """The permutation that lists dimensions from slowest to fastest in memory, if dense.

    None when the elements overlap or leave gaps. `((2, 3), (1, 2)) -> (1, 0)`.
    """
    order = sorted(range(len(shape)), key=lambda d: (-strides[d], d) if shape[d] != 1 else (0, d))
    real = [d for d in range(len(shape)) if shape[d] != 1]
    if len(real) != len(shape):
        ones_kept = sorted(real, key=lambda d: (-strides[d], d))
        order = list(range(len(shape)))
        for place, d in zip(real, ones_kept):
            order[place] = d
    expected = 1
    for d in reversed(order):
        if shape[d] == 1:
            continue
        if strides[d] != expected:
            return None
        expected *= shape[d]
    return tuple(order)


def overlaps(shape: Shape, strides: Shape) -> bool:
    """Whether two elements of a layout may be one in memory."""
    if 0 in shape:
        return False
    reach = 0  # of the dimensions so far, from the smallest stride up
    for stride, size in sorted((s, n) for n, s in zip(shape, strides) if n != 1):
        if stride <= reach:
            return True
        reach += (size - 1) * stride
    return False


def extent(shape: Shape, strides: Shape) -> int:
    """How many elements of a storage a view spans from its first element to its last."""
    if 0 in shape:
        return 0
    return 1 + sum((n - 1) * s for n, s in zip(shape, strides))


@lru_cache(maxsize=1 << 12)
def common_order(layouts: tuple[tuple[Shape, Shape], ...], numbers: bool) -> Shape | None:
    """The order in memory of an elementwise result of tensors with these layouts (and `numbers`).

    From the slowest dimension to the fastest, as PyTorch's TensorIterator finds it: sorted by the
    strides of the first operand that can tell, ambiguous ones by the next; None for row-major.
    Source: aten/src/ATen/TensorIterator.cpp, reorder_dimensions.
    """
    try:
        shape = broadcast_shapes(*(own for own, _ in layouts))
    except RuntimeError:
        return None  # what else is wrong with the inputs is said first
    n = len(shape)
    if n < 2:
        return None
    row_major = tuple(range(n))
    first = layouts[0][1]
    if not numbers and all(layout == (shape, first) for layout in layouts):
        if is_contiguous(shape, first):
            return None
        order = memory_order(shape, first)
        if order is not None:
            return None if order == row_major else order
    order = sorted_dims(shape, [_broadcast_strides(*layout, shape) for layout in layouts])
    return None if order == row_major else order


def _broadcast_strides(own: Shape, strides: Shape, shape: Shape) -> Shape:
    lead = len(shape) - len(own)
    inner = tuple(
        0 if size == 1 and shape[lead + i] != 1 else s
        for i, (size, s) in enumerate(zip(own, strides))
    )
    return (0,) * lead + inner


def sorted_dims(shape: Shape, strides: Sequence[Shape]) -> Shape:
    """Dimensions from slowest to fastest, by the strides of each operand."""
    perm = list(range(len(shape)))[::-1]  # fastest first
    for i in range(1, len(perm)):
        at = i
        for j in range(i - 1, -1, -1):
            comparison = _should_swap(shape, strides, perm[j], perm[at])
            if comparison > 0:
                perm[j], perm[at] = perm[at], perm[j]
                at = j
            elif comparison < 0:
                break
    return tuple(reversed(perm))


def _should_swap(shape: Shape, strides: Sequence[Shape], a: int, b: int) -> int:
    for s in strides:
        if s[a] == 0 or s[b] == 0:
            continue
        if s[a] < s[b]:
            return -1
        if s[a] > s[b]:
            return 1
        if shape[a] > shape[b]:
            return 1
    return 0
