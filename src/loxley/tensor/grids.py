"""Images and volumes read at the places of a grid, under the names of PyTorch's kernels.

torch.nn.functional.grid_sample has the modes as words.
"""

from __future__ import annotations

from ..ops import nn_grid
from .api import public
from .tensor import Tensor

_MODES = ("bilinear", "nearest", "bicubic")
_PADDINGS = ("zeros", "border", "reflection")


def check_grid(input: Tensor, grid: Tensor, mode: str) -> None:
    """RuntimeError as PyTorch's for shapes that don't belong together."""
    if input.ndim not in (4, 5) or input.ndim != grid.ndim:
        raise RuntimeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but "
            "got input "
            f"with sizes {list(input._shape)} and grid with sizes {list(grid._shape)}"
        )
    if input._shape[0] != grid._shape[0]:
        raise RuntimeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with "
            "sizes "
            f"{list(input._shape)} and grid with sizes {list(grid._shape)}"
        )
    if grid._shape[-1] != input.ndim - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {input.ndim - 2} in last dimension, but "
            "got grid "
            f"with sizes {list(grid._shape)}"
        )
    if mode == "bicubic" and input.ndim != 4:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")


@public(method=False)
def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """(N, C, spatial...) read at (N, out..., dims): (N, C, out...); the modes are numbered.

    Source: torch.grid_sampler, torch.nn.functional.grid_sample.
    """
    if interpolation_mode not in range(3) or padding_mode not in range(3):
        raise NotImplementedError(
            "torch.grid_sampler: interpolation_mode and padding_mode must be 0, 1 or 2, got "
            f"{interpolation_mode} and {padding_mode}"
        )
    mode = _MODES[interpolation_mode]
    check_grid(input, grid, mode)
    return nn_grid.grid_sample(input, grid, mode, _PADDINGS[padding_mode], bool(align_corners))


def _declare(n: int) -> None:
    def sampler(
        input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
    ) -> Tensor:
        if input.ndim != n + 2 and input.ndim == grid.ndim:
            raise RuntimeError(
                f"grid_sampler(): expected {n + 2}D input and grid with same number of dimensions, "
                f"but got input with sizes {list(input._shape)} and grid with sizes "
                f"{list(grid._shape)}"
            )
        return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)

    sampler.__name__ = sampler.__qualname__ = f"grid_sampler_{n}d"
    sampler.__doc__ = f"`grid_sampler` in {n} dimensions. Source: torch.grid_sampler_{n}d."
    public(method=False)(sampler)


_declare(2)
_declare(3)
