"""Weights and training state on disk.

OUT/checkpoint-000040/           the newest state of a run, replaced as it goes on
    adapter_model.safetensors    trained weights (model.safetensors for --full)
    adapter_config.json          what the adapter fits on, in PEFT's form
    optimizer.safetensors        AdamW's two averages and step count of each weight
    trainer.json                 step, random generators, length of the metrics
OUT/adapter_model.safetensors    the result (and adapter_config.json), written at the end
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..autograd import no_grad
from ..io import safetensors
from ..models.llama import Llama
from ..models.lora import add_adapters
from ..nn import Module
from ..optim import Optimizer
from ..tensor import Tensor
from .atomic import creating_directory, discard, replacing, write_text
from .problems import CommandError
from .settings import Settings

ADAPTER, FULL_MODEL = "adapter_model.safetensors", "model.safetensors"
CONFIG, OPTIMIZER, TRAINER = "adapter_config.json", "optimizer.safetensors", "trainer.json"
_PREFIX, _SUFFIX = "base_model.model.", ".weight"  # PEFT's names around ours


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands, besides its weights."""

    step: int
    metrics_bytes: int
    random_state: str  # the states of the two generators, in hexadecimal
    data_state: str
    inputs: dict[str, str]  # digests of model and text


def trained(model: Module) -> dict[str, Tensor]:
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def _is_adapter(weights: dict[str, Tensor]) -> bool:
    return any(".lora_" in name for name in weights)


def save_weights(directory: Path, model: Module, settings: Settings) -> None:
    """The trained weights, and for an adapter what it fits on; each file replaces at once."""
    weights = trained(model)
    if not _is_adapter(weights):
        with replacing(directory / FULL_MODEL) as temporary:
            safetensors.save_file(_detached(weights), temporary)
        return
    targets = sorted({name.split(".")[-2] for name in weights})
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": settings.model or "SmolLM2-135M-Instruct",
        "r": settings.rank,
        "lora_alpha": settings.alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": targets,
    }
    write_text(directory / CONFIG, json.dumps(config, indent=2) + "\n")
    with replacing(directory / ADAPTER) as temporary:
        named = {f"{_PREFIX}{name}{_SUFFIX}": value for name, value in weights.items()}
        safetensors.save_file(_detached(named), temporary)


def _detached(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach() for name, value in tensors.items()}


def load_weights(directory: Path, model: Llama) -> None:
    """Puts the result of a run, or its newest checkpoint, on the model it was trained from.

    Raises CommandError where the directory holds neither; ValueError where they do not fit.
    """
    place = next(
        (
            place
            for place in (directory, newest_checkpoint(directory))
            if place and ((place / ADAPTER).exists() or (place / FULL_MODEL).exists())
        ),
        None,
    )
    if place is None:
        raise CommandError(f"{directory} holds neither {ADAPTER} nor {FULL_MODEL}")
    if (place / ADAPTER).exists():
        rank, alpha, targets = _adapter_config(place / CONFIG)
        # Checked before anything of that size is made.
        ranks = {t.shape[0] for n, t in _saved_adapter(place).items() if n.endswith("lora_A")}
        if ranks != {rank}:
            raise ValueError(f"{place / ADAPTER} does not hold an adapter of rank {rank}")
        add_adapters(model, rank, alpha, targets)
    fill_weights(place, model)
    model.requires_grad_(False)


def _adapter_config(path: Path) -> tuple[int, float, list[str]]:
    config = json.loads(path.read_text(encoding="utf-8"))
    try:
        rank, alpha, targets = config["r"], config["lora_alpha"], config["target_modules"]
        valid = type(rank) is int and rank > 0 and isinstance(alpha, (int, float))
        valid = valid and all(isinstance(target, str) for target in targets)
    except (KeyError, TypeError):
        valid = False
    if not valid:
        raise ValueError(f"{path} does not describe an adapter")
    return rank, float(alpha), targets


def fill_weights(directory: Path, model: Module) -> None:
    """Copies saved weights into the trained parameters of a model that is already prepared."""
    own = trained(model)
    if _is_adapter(own):
        path, saved = directory / ADAPTER, _saved_adapter(directory)
    else:
        path, saved = directory / FULL_MODEL, safetensors.load_file(directory / FULL_MODEL)
    if _shapes(saved) != _shapes(own):
        raise ValueError(f"{path} does not fit this model")
    with no_grad():
        for name, parameter in own.items():
            parameter.copy_(saved[name])


def _saved_adapter(directory: Path) -> dict[str, Tensor]:
    """The adapter's tensors under our names."""
    saved = safetensors.load_file(directory / ADAPTER)
    return {name.removeprefix(_PREFIX).removesuffix(_SUFFIX): t for name, t in saved.items()}


def _shapes(tensors: dict[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def save_checkpoint(
    out: Path, model: Module, optimizer: Optimizer, settings: Settings, progress: Progress
) -> None:
    """Writes OUT/checkpoint-STEP in one atomic move and removes the older ones.

    Raises OSError (disk full, no permission); the older checkpoint then still stands.
    """
    older = _checkpoints(out)
    with creating_directory(out / f"checkpoint-{progress.step:06}") as directory:
        save_weights(directory, model, settings)
        averages = _optimizer_tensors(optimizer, list(trained(model)))
        safetensors.save_file(averages, directory / OPTIMIZER)
        fields = {name: getattr(progress, name) for name in Progress.__slots__}
        write_text(directory / TRAINER, json.dumps(fields, indent=2) + "\n")
    for path in older:
        discard(path)


def load_checkpoint(directory: Path, model: Module, optimizer: Optimizer) -> Progress:
    """Brings model and optimizer back to where `save_checkpoint` saw them."""
    progress = _progress(directory / TRAINER)
    fill_weights(directory, model)
    saved = _saved_optimizer(directory / OPTIMIZER, trained(model), begun=progress.step > 0)
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": saved, "param_groups": groups})
    return progress


def _saved_optimizer(
    path: Path, weights: dict[str, Tensor], begun: bool
) -> dict[int, dict[str, Tensor]]:
    """AdamW's state by a weight's index; a run that has not begun has none."""
    tensors = safetensors.load_file(path)
    expected: dict[str, tuple[int, ...]] = {}
    for name, weight in weights.items() if begun else ():
        expected[f"{name}/step"] = ()
        expected[f"{name}/exp_avg"] = expected[f"{name}/exp_avg_sq"] = tuple(weight.shape)
    if _shapes(tensors) != expected:
        raise ValueError(f"{path} does not fit this model")
    fields = ("step", "exp_avg", "exp_avg_sq")
    return {
        index: {field: tensors[f"{name}/{field}"] for field in fields}
        for index, name in enumerate(weights if begun else ())
    }


def _optimizer_tensors(optimizer: Optimizer, names: list[str]) -> dict[str, Tensor]:
    state = optimizer.state_dict()["state"]
    return {
        f"{names[index]}/{field}": value.detach()
        for index, fields in state.items()
        for field, value in fields.items()
    }


def _progress(path: Path) -> Progress:
    fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if (
        not isinstance(fields, dict)
        or set(fields) != set(Progress.__slots__)
        or not all(type(fields[name]) is int for name in ("step", "metrics_bytes"))
        or not all(type(fields[name]) is str for name in ("random_state", "data_state"))
        or not isinstance(fields["inputs"], dict)
    ):
        raise ValueError(f"{path} does not hold the state of a run of this version")
    return Progress(**fields)


def _checkpoints(out: Path) -> list[Path]:
    found = [path for path in out.glob("checkpoint-*") if re.fullmatch(r"\D+\d+", path.name)]
    return sorted(found, key=lambda path: int(path.name.rpartition("-")[2]))


def newest_checkpoint(out: Path) -> Path | None:
    return next(reversed(_checkpoints(out)), None)
