"""Groups, collectives and stores of one process; what several processes would need is refused."""

from datetime import timedelta
from pathlib import Path

import pytest

import loxley as torch
import loxley.distributed as dist


def test_without_a_group() -> None:
    assert dist.is_available() and not dist.is_initialized()
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        dist.get_rank()
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        dist.all_reduce(torch.ones(2))


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
    for name in given:
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        with pytest.raises(ValueError, match=f"environment variable {name} expected, but not set"):
            dist.init_process_group("gloo")
        monkeypatch.setenv(name, value)
    dist.init_process_group("gloo")
    assert (dist.get_rank(), dist.get_world_size(), dist.get_backend()) == (0, 1, "gloo")
    with pytest.raises(ValueError, match="twice"):
        dist.init_process_group("gloo")
    dist.destroy_process_group()
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(NotImplementedError, match="processes are not connected yet"):
        dist.init_process_group("gloo")
    with pytest.raises(RuntimeError, match="doesn't have NCCL built in"):
        dist.init_process_group("nccl", store=dist.HashStore(), rank=0, world_size=1)
    assert not dist.is_initialized()


def test_collectives(world: None) -> None:
    x, y = torch.tensor([1.0, 2.0]), torch.zeros(2)
    assert dist.all_reduce(x) is None
    work = dist.all_reduce(x, dist.ReduceOp.AVG, async_op=True)
    assert work.wait() and work.get_future().wait()[0] is x
    for write in (
        lambda: dist.all_gather([y], x),
        lambda: dist.all_gather_into_tensor(y, x),
        lambda: dist.gather(x, [y], 0),
        lambda: dist.scatter(y, [x], 0),
        lambda: dist.reduce_scatter(y, [x]),
        lambda: dist.reduce_scatter_tensor(y, x),
        lambda: dist.all_to_all([y], [x]),
        lambda: dist.all_to_all_single(y, x),
    ):
        y.zero_()
        write()
        assert y.tolist() == [1.0, 2.0]
    objects: list = [None]
    dist.all_gather_object(objects, {"a": 1})
    assert objects == [{"a": 1}]
    dist.barrier()


def test_errors_of_collectives(world: None) -> None:
    x = torch.ones(2)
    with pytest.raises(RuntimeError, match="invalid root rank: 1"):
        dist.broadcast(x, 1)
    with pytest.raises(RuntimeError, match="Cannot use ReduceOp.BAND with non-integral dtype"):
        dist.all_reduce(x, dist.ReduceOp.BAND)
    with pytest.raises(RuntimeError, match="expected length 1, got 2"):
        dist.all_gather([x, x], x)
    with pytest.raises(ValueError, match="should not be the same as the rank"):
        dist.send(x, 0)
    with pytest.raises(NotImplementedError, match="isend: rank 1: processes are not connected"):
        dist.isend(x, 1)


@pytest.mark.parametrize("kind", ["hash", "file", "tcp", "prefix"])
def test_stores(kind: str, tmp_path: Path) -> None:
    store = {
        "hash": dist.HashStore,
        "file": lambda: dist.FileStore(str(tmp_path / "store"), 1),
        "tcp": lambda: dist.TCPStore("127.0.0.1", 0, 1, True),
        "prefix": lambda: dist.PrefixStore("a", dist.PrefixStore("b", dist.HashStore())),
    }[kind]()
    store.set("a", "1")
    assert store.get("a") == b"1" and store.add("n", 3) == 3 and store.add("n", 4) == 7
    assert store.compare_set("a", "1", "2") == b"2" and store.compare_set("a", "9", "3") == b"2"
    assert store.check(["a"]) and not store.check(["a", "b"])
    with pytest.raises(RuntimeError, match="Wait timeout"):
        store.wait(["b"], timedelta(milliseconds=20))
    assert store.delete_key("a")


def test_clients_are_refused() -> None:
    with pytest.raises(NotImplementedError, match="processes are not connected yet"):
        dist.TCPStore("127.0.0.1", 1, 2, False)


def test_calls_to_oneself(monkeypatch: pytest.MonkeyPatch) -> None:
    from loxley.distributed import autograd, rpc

    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("MASTER_PORT", "0")
    rpc.init_rpc("me", rank=0, world_size=1)
    try:
        assert rpc.rpc_sync("me", torch.add, args=(torch.ones(2), 3)).tolist() == [4, 4]
        assert rpc.remote("me", torch.add, args=(torch.ones(2), 3)).to_here().tolist() == [4, 4]
        assert rpc.RRef(torch.ones(3)).rpc_sync().sum().item() == 3
        with pytest.raises(RuntimeError, match="could not find destination name you"):
            rpc.rpc_sync("you", abs, args=(1,))
        x = torch.ones(2, requires_grad=True)
        with autograd.context() as number:
            y = rpc.rpc_sync("me", torch.mul, args=(x, 3))
            autograd.backward(number, [y.sum()])
            assert autograd.get_gradients(number)[x].tolist() == [3, 3]
        assert x.grad is None
    finally:
        rpc.shutdown()
