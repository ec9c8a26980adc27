"""`parallelize_module`: a plan of styles, by names of submodules."""

from __future__ import annotations

from fnmatch import fnmatch

from ....nn import Module
from ...device_mesh import DeviceMesh
from .style import ParallelStyle


def parallelize_module(
    module: Module,
    device_mesh: DeviceMesh | None = None,
    parallelize_plan: ParallelStyle | dict[str, ParallelStyle] | None = None,
    *,
    src_data_rank: int | None = 0,
) -> Module:
    """Applies a style to a module, or styles to submodules (names may have `*` in them).

    TypeError for something else; ValueError for a mesh of several dimensions.
    """
    if device_mesh is None:
        raise RuntimeError("No device mesh is currently active!")
    if parallelize_plan is None:
        return module
    if isinstance(parallelize_plan, ParallelStyle):
        return parallelize_plan._apply(module, device_mesh)
    if not isinstance(parallelize_plan, dict):
        raise TypeError(
            "Expect Union[ParallelStyle, Dict[str, ParallelStyle]] for parallelize_plan, "
            f"{type(parallelize_plan)} found!"
        )
    for path, style in parallelize_plan.items():
        for found in _matching(module, path.split(".") if path else []):
            parallelize_module(found, device_mesh, style, src_data_rank=src_data_rank)
    return module


def _matching(module: Module, path: list[str]) -> list[Module]:
    if not path:
        return [module]
    found = [child for name, child in module.named_children() if fnmatch(name, path[0])]
    return [sub for child in found for sub in _matching(child, path[1:])]
