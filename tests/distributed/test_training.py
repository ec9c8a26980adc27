"""Wrapped modules train as the plain ones do, bit for bit, and their states have plain names."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import loxley as torch
import loxley.distributed.checkpoint as dcp
from loxley import nn
from loxley.config import config
from loxley.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_optimizer_state_dict,
)
from loxley.distributed.fsdp import FullyShardedDataParallel, MixedPrecision, fully_shard
from loxley.distributed.fsdp.wrap import size_based_auto_wrap_policy
from loxley.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor, init_device_mesh
from loxley.distributed.tensor.parallel import (
    ColwiseParallel,
    RowwiseParallel,
    parallelize_module,
)
from loxley.nn.parallel import DistributedDataParallel

Wrap = Callable[[nn.Module], nn.Module]


def model() -> nn.Sequential:
    torch.manual_seed(0)
    inner = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), inner, nn.Linear(4, 2))


def train(wrap: Wrap) -> nn.Module:
    wrapped = wrap(model())
    optimizer = torch.optim.AdamW(wrapped.parameters(), lr=0.1)
    torch.manual_seed(1)
    for _ in range(3):
        optimizer.zero_grad()
        wrapped(torch.randn(5, 3)).square().sum().backward()
        optimizer.step()
    return wrapped


def _fsdp(module: nn.Module, **options: object) -> nn.Module:
    return FullyShardedDataParallel(module, device_id="cpu", **options)


def _nested(module: nn.Sequential) -> nn.Module:
    fully_shard(module[2])
    return fully_shard(module)


def _parallel(module: nn.Sequential) -> nn.Module:
    plan = {"0": ColwiseParallel(), "3": RowwiseParallel()}
    return parallelize_module(module, init_device_mesh("cpu", (1,)), plan)


WRAPS: dict[str, Wrap] = {
    "ddp": DistributedDataParallel,
    "fsdp": _fsdp,
    "fsdp original": partial(_fsdp, use_orig_params=True),
    "fsdp wrapped": partial(
        _fsdp, auto_wrap_policy=partial(size_based_auto_wrap_policy, min_num_params=20)
    ),
    "fully_shard": _nested,
    "parallel": _parallel,
}


@pytest.mark.parametrize("name", WRAPS)
@pytest.mark.filterwarnings("ignore:FSDP is switching")
def test_training_equals_the_plain_module(
    name: str, world: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "compile", "0")  # one executor: the same bits
    options = StateDictOptions(full_state_dict=True)
    expected = train(lambda module: module).state_dict()
    found = get_model_state_dict(train(WRAPS[name]), options=options)
    assert list(found) == list(expected)
    for key, value in expected.items():
        assert torch.equal(found[key], value), key


@pytest.mark.filterwarnings("ignore:FSDP is switching")
def test_names_of_wrapped_modules(world: None) -> None:
    wrapped = DistributedDataParallel(model())
    assert all(key.startswith("module.") for key in wrapped.state_dict())
    sharded = _fsdp(model())
    flat = [(name, tuple(p.shape)) for name, p in sharded.named_parameters()]
    assert flat == [("_fsdp_wrapped_module._flat_param", (54,))]
    assert list(sharded.state_dict()) == list(model().state_dict())
    other = _fsdp(nn.Sequential(*model()))
    other.load_state_dict({k: torch.ones_like(v) for k, v in sharded.state_dict().items()})
    assert float(next(other.parameters()).detach().sum()) == 54


def test_hooks_get_buckets_and_unused_parameters_are_told(world: None) -> None:
    wrapped = DistributedDataParallel(nn.Linear(2, 1))

    def double(state: object, bucket: object) -> torch.futures.Future:
        future = torch.futures.Future()
        future.set_result(bucket.buffer() * 2)  # type: ignore[attr-defined]
        return future

    wrapped.register_comm_hook(None, double)
    wrapped(torch.ones(1, 2)).sum().backward()
    assert wrapped.module.weight.grad.tolist() == [[2, 2]]

    class Unused(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(2, 1), nn.Linear(2, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.a(x)

    unused = DistributedDataParallel(Unused())
    unused(torch.ones(1, 2)).sum().backward()
    with pytest.raises(RuntimeError, match="Expected to have finished reduction"):
        unused(torch.ones(1, 2))


@pytest.mark.filterwarnings("ignore:FSDP is switching")
def test_mixed_precision(world: None) -> None:
    half = MixedPrecision(param_dtype=torch.bfloat16)
    wrapped = _fsdp(nn.Linear(3, 2), mixed_precision=half)
    out = wrapped(torch.ones(1, 3))
    out.sum().backward()
    assert out.dtype is torch.bfloat16
    assert {(p.dtype, p.grad.dtype) for p in wrapped.parameters()} == {(torch.float32,) * 2}
    with pytest.raises(RuntimeError, match="no accelerator device is detected"):
        FullyShardedDataParallel(nn.Linear(3, 2))


def test_placements(world: None) -> None:
    mesh = init_device_mesh("cpu", (1,))
    x = distribute_tensor(torch.arange(6.0).reshape(2, 3), mesh, [Shard(0)])
    assert isinstance(x + 1, DTensor) and (x + 1).placements == (Shard(0),)
    assert repr(x.sum().placements) == "(Partial(sum),)"
    assert x.redistribute(placements=[Replicate()]).full_tensor().tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(RuntimeError, match="got mixed torch.Tensor and DTensor"):
        x + torch.ones(2, 3)
    with pytest.raises(RuntimeError, match="Mesh should not be bigger"):
        init_device_mesh("cpu", (2,))


def test_checkpoints_come_back(tmp_path: Path) -> None:
    trained = nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(trained.parameters())
    trained(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    state = {
        "model": trained.state_dict(),
        "optimizer": get_optimizer_state_dict(trained, optimizer),
        "step": 7,
    }
    dcp.save(state, checkpoint_id=tmp_path / "saved")
    fresh = nn.Linear(3, 2)
    other = torch.optim.AdamW(fresh.parameters())
    loaded = {
        "model": fresh.state_dict(),
        "optimizer": get_optimizer_state_dict(fresh, other),
        "step": 0,
    }
    dcp.load(loaded, checkpoint_id=tmp_path / "saved")
    set_optimizer_state_dict(fresh, other, loaded["optimizer"])
    assert loaded["step"] == 7 and torch.equal(fresh.weight, trained.weight)
    for mine, theirs in ((fresh.weight, trained.weight), (fresh.bias, trained.bias)):
        assert torch.equal(other.state[mine]["exp_avg"], optimizer.state[theirs]["exp_avg"])
    with pytest.raises(dcp.CheckpointException, match="Missing key in checkpoint state_dict: a"):
        dcp.load({"a": torch.ones(1)}, checkpoint_id=tmp_path / "saved")
