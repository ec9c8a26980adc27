"""Modules for transforms: states of an ensemble stacked, batch norm without running statistics."""

from __future__ import annotations

from ..nn.modules.batchnorm import _BatchNorm
from ..nn.modules.module import Module
from ..tensor import Tensor
from ..tensor.joining import stack


def stack_module_state(
    models: list[Module],
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """(parameters, buffers) of equal modules, stacked. Source: torch.func.stack_module_state."""
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not (all(m.training for m in models) or all(not m.training for m in models)):
        raise RuntimeError(
            "stack_module_state: Expected all models to have the same training/eval mode."
        )
    if any(type(model) is not type(models[0]) for model in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = _stacked([dict(model.named_parameters()) for model in models])
    return parameters, _stacked([dict(model.named_buffers()) for model in models])


def _stacked(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    made = {}
    for name in states[0]:
        same = [state[name] for state in states]
        wanted = same[0].requires_grad
        if any(t.requires_grad != wanted for t in same):
            raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
        made[name] = stack([t.detach() for t in same]).requires_grad_(wanted)
    return made


def replace_all_batch_norm_modules_(root: Module) -> Module:
    """Makes every batch norm under `root` keep no running statistics; returns `root`.

    A `vmap` could not update them in place. Source: torch.func.replace_all_batch_norm_modules_.
    """
    for module in root.modules():
        if isinstance(module, _BatchNorm):
            module.running_mean = None
            module.running_var = None
            module.num_batches_tracked = None
            module.track_running_stats = False
    return root
