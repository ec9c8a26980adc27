"""GPT-2, Llama and BERT: logits, gradients and one training step equal PyTorch's to 1e-4.

The weights travel as PyTorch's own state_dict: saved by torch.save, loaded by the target's load.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from tests.bridge import Bridge, load_target  # noqa: E402
from tests.conformance import zoo  # noqa: E402

TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def bridge() -> Bridge:
    torch.set_num_threads(1)
    return Bridge(load_target())


def _ids(config: zoo.Config, batch: int, length: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    ids = torch.randint(1, config.vocabulary, (batch, length), generator=generator)
    ids[-1, -3:] = 0  # padding, which BERT masks
    return ids


def _apart(expected: torch.Tensor, actual: torch.Tensor) -> float:
    assert expected.shape == actual.shape and expected.dtype == actual.dtype
    return (expected.detach() - actual).abs().max().item() if expected.numel() else 0.0


def _loss(module: Any, model: Any, ids: Any) -> tuple[Any, Any]:
    logits = model(ids)
    flat = logits[:, :-1].reshape(-1, logits.size(-1))
    return logits, module.nn.functional.cross_entropy(flat, ids[:, 1:].reshape(-1))


def _assert_parameters_close(bridge: Bridge, here: Any, there: Any, what: Callable) -> None:
    other = dict(there.named_parameters())
    names = [name for name, _ in here.named_parameters()]
    assert names == list(other)
    for name, parameter in here.named_parameters():
        apart = _apart(what(parameter), bridge.back(what(other[name])))
        assert apart <= TOLERANCE, f"{name}: {apart}"


def _compare(
    bridge: Bridge,
    family: Callable[[Any], SimpleNamespace],
    config: zoo.Config,
    shape: tuple[int, int],
    folder: Path,
) -> None:
    target = bridge.target
    torch.manual_seed(123)
    here = family(torch).model(config)
    torch.save(here.state_dict(), folder / "weights.pt")
    target.manual_seed(123)
    there = family(target).model(config)
    assert repr(here) == repr(there)
    _assert_parameters_close(bridge, here, there, lambda p: p.detach())  # the same seed
    there.load_state_dict(target.load(folder / "weights.pt"))
    ids = _ids(config, *shape)
    here.eval(), there.eval()
    _compare_step(bridge, here, there, ids)
    target.save(there.state_dict(), folder / "back.pt")
    restored = torch.load(folder / "back.pt", weights_only=True)
    assert list(restored) == list(here.state_dict())
    here.load_state_dict(restored)


def _compare_step(bridge: Bridge, here: Any, there: Any, ids: torch.Tensor) -> None:
    target = bridge.target
    logits, loss = _loss(torch, here, ids)
    logits_there, loss_there = _loss(target, there, bridge.forward(ids))
    assert _apart(logits, bridge.back(logits_there)) <= TOLERANCE
    assert loss_there.item() == pytest.approx(loss.item(), abs=TOLERANCE)
    loss.backward()
    loss_there.backward()
    _assert_parameters_close(bridge, here, there, lambda p: p.grad)
    for module, model in ((torch, here), (target, there)):
        module.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        module.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01).step()
    _assert_parameters_close(bridge, here, there, lambda p: p.detach())


@pytest.mark.parametrize("family", [zoo.gpt2, zoo.llama, zoo.bert], ids=lambda f: f.__name__)
def test_small_model(bridge: Bridge, family: Callable, tmp_path: Path) -> None:
    _compare(bridge, family, zoo.Config(), (2, 12), tmp_path)


@pytest.mark.slow
def test_gpt2_small(bridge: Bridge, tmp_path: Path) -> None:
    _compare(bridge, zoo.gpt2, zoo.GPT2_SMALL, (1, 32), tmp_path)


def test_training_dropout_and_adamw(bridge: Bridge) -> None:
    """Three steps in train mode: the same dropout masks, AdamW and a schedule."""
    target, ids = bridge.target, _ids(zoo.Config(), 2, 12)
    models = []
    for module in (torch, target):
        module.manual_seed(7)
        model = zoo.bert(module).model(zoo.Config()).train()
        # The gradient of a key's bias is zero but for rounding: eps keeps it from being scaled up.
        optimizer = module.optim.AdamW(model.parameters(), lr=1e-3, eps=1e-3)
        schedule = module.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
        batch = ids if module is torch else bridge.forward(ids)
        for _ in range(3):
            optimizer.zero_grad()
            _loss(module, model, batch)[1].backward()
            optimizer.step()
            schedule.step()
        models.append(model)
    _assert_parameters_close(bridge, *models, lambda p: p.detach())
