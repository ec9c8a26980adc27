"""Worker processes: order, shared memory, deaths and exceptions, nothing left behind."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import loxley as torch
from loxley.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info
from loxley.utils.data._utils import channel


class Rows(Dataset):
    """Row i is full of i; what happens at `at` is up to `act`."""

    def __init__(self, n=12, width=5, at=None, act=None):
        self.n, self.width, self.at, self.act = n, width, at, act

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if i == self.at:
            self.act()
        return torch.full((self.width,), float(i))


class Numbers(IterableDataset):
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        info = get_worker_info()
        return iter(range(info.id, self.n, info.num_workers))


def fail():
    raise KeyError("no such row")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def leave():
    os._exit(3)


def children():
    gc.collect()
    return {p.pid for p in __import__("multiprocessing").active_children()}


def firsts(batches):
    return [b[:, 0].tolist() for b in batches]


@pytest.fixture(autouse=True)
def nothing_left_behind():
    before, descriptors = children(), len(os.listdir("/proc/self/fd"))
    names = set(os.listdir("/dev/shm"))
    yield
    gc.collect()
    assert children() <= before
    left, deadline = set(os.listdir("/dev/shm")) - names, time.monotonic() + 10
    while left & set(os.listdir("/dev/shm")) and time.monotonic() < deadline:
        time.sleep(0.1)  # those of tests that run beside this one go
    assert not left & set(os.listdir("/dev/shm"))
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 1


@pytest.mark.parametrize("options", [{}, {"prefetch_factor": 1}, {"persistent_workers": True}])
def test_order(options):
    loader = DataLoader(Rows(), batch_size=4, num_workers=2, **options)
    expected = [[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0]]
    assert firsts(loader) == expected
    assert firsts(loader) == expected


def test_out_of_order_gives_all():
    loader = DataLoader(Rows(at=0, act=lambda: time.sleep(0.5)), num_workers=2, in_order=False)
    got = [b.flatten()[0].item() for b in loader]
    assert sorted(got) == [float(i) for i in range(12)]
    assert got != sorted(got)


def test_streams():
    loader = DataLoader(Numbers(7), batch_size=2, num_workers=2)
    assert [b.tolist() for b in loader] == [[0, 2], [1, 3], [4, 6], [5]]


def test_batches_are_ordinary_tensors():
    batches = list(DataLoader(Rows(), batch_size=6, num_workers=1))
    batches[0][0] += 100
    assert batches[0][:, 0].tolist() == [100.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    batches[1].numpy()[0] = 7
    assert batches[1][0].tolist() == [7.0] * 5
    w = torch.ones(5, requires_grad=True)
    (batches[0] @ w).sum().backward()
    assert w.grad.tolist() == [115.0] * 5


def test_many_batches_may_be_kept():
    """More than there may be open files."""
    batches = list(DataLoader(Rows(n=1500, width=2), num_workers=2))
    assert sum(b.flatten()[0].item() for b in batches) == sum(range(1500))


def test_a_break_leaves_nothing():
    for _ in DataLoader(Rows(n=1000), num_workers=2):
        break


def test_exception_of_a_worker():
    with pytest.raises(KeyError) as caught:
        list(DataLoader(Rows(at=5, act=fail), num_workers=2))
    message = str(caught.value)
    assert message.startswith("Caught KeyError in DataLoader worker process 1.\nOriginal Traceback")
    assert "in fail" in message and "no such row" in message


def test_going_on_after_an_exception():
    iterator = iter(DataLoader(Rows(n=4, at=1, act=fail), num_workers=2))
    got = []
    for _ in range(4):
        try:
            got.append(next(iterator)[0, 0].item())
        except KeyError:
            got.append("failed")
    assert got == [0.0, "failed", 2.0, 3.0]


@pytest.mark.parametrize(
    "act,cause", [(die, "is killed by signal: Killed"), (leave, "exit code 3")]
)
def test_death_of_a_worker(act, cause):
    started = time.monotonic()
    with pytest.raises(RuntimeError) as caught:
        list(DataLoader(Rows(at=5, act=act), num_workers=2))
    assert "DataLoader worker (pid(s) " in str(caught.value)
    assert str(caught.value).endswith("exited unexpectedly")
    assert cause in str(caught.value.__cause__)
    assert time.monotonic() - started < 10


def test_timeout():
    loader = DataLoader(Rows(at=3, act=lambda: time.sleep(20)), num_workers=2, timeout=0.5)
    with pytest.raises(RuntimeError, match="DataLoader timed out after 0.5 seconds"):
        list(loader)


def test_interrupt():
    """Ctrl-C while waiting: the interrupt arrives, and the workers end."""
    timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        list(DataLoader(Rows(at=3, act=lambda: time.sleep(3)), num_workers=2))
    timer.join()


PROGRAM = """
import os, time
from loxley.utils.data import DataLoader

class Slow:
    def __len__(self):
        return 1000

    def __getitem__(self, i):
        time.sleep(0.05)
        return i

batches = iter(DataLoader(Slow(), num_workers=2))
next(batches)
print(*[p.pid for p in batches._workers], flush=True)
os.kill(os.getpid(), 9)
"""


def test_workers_end_with_a_loader_that_was_killed():
    command = [sys.executable, "-c", PROGRAM]
    # The pipe closes only when the workers, which inherit it, have ended too.
    done = subprocess.run(command, capture_output=True, timeout=60, text=True)
    assert done.returncode == -signal.SIGKILL
    assert len(done.stdout.split()) == 2


def test_batches_that_do_not_pickle():
    loader = DataLoader(Rows(), num_workers=1, collate_fn=lambda rows: threading.Lock())
    with pytest.raises(TypeError, match="cannot pickle"):
        list(loader)


def test_other_start_methods():
    loader = DataLoader(
        [torch.ones(2), torch.zeros(2)], num_workers=1, multiprocessing_context="spawn"
    )
    assert [b.tolist() for b in loader] == [[[1.0, 1.0]], [[0.0, 0.0]]]


def test_workers_have_seeds():
    def seed_of(rows):
        return get_worker_info().seed, torch.initial_seed()

    torch.manual_seed(0)
    seeds = list(DataLoader(Rows(n=2), num_workers=2, collate_fn=seed_of))
    assert seeds == [(900450186894289455,) * 2, (900450186894289456,) * 2]
    assert get_worker_info() is None


def test_large_index_lists_and_large_text():
    loader = DataLoader(
        list(range(40000)),
        batch_size=10000,
        num_workers=1,
        collate_fn=lambda rows: "x" * 300000 + str(sum(rows)),
    )
    assert [b[300000:] for b in loader] == [
        str(sum(range(k, k + 10000))) for k in range(0, 40000, 10000)
    ]


# -------------------------------------------------------------------------- the channel


def round_trip(message):
    here, there = channel.pair()
    try:
        here.send(message)
        return there.receive()
    finally:
        here.close()
        there.close()


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.bfloat16, torch.bool, torch.int16, torch.complex64]
)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (70, 130)])
def test_tensors_through_a_channel(dtype, shape):
    sent = torch.ones(shape).to(dtype)
    got = round_trip([sent, sent[..., :1] if shape else sent])
    assert [(g.dtype, tuple(g.shape)) for g in got][0] == (dtype, shape)
    assert torch.equal(got[0], sent)


def test_structures_through_a_channel():
    message = {"a": np.arange(6).reshape(2, 3).T, "b": [torch.eye(3).t(), "text", None], "c": 1}
    got = round_trip(message)
    assert got["a"].tolist() == message["a"].tolist() and got["a"].flags.writeable
    assert torch.equal(got["b"][0], torch.eye(3)) and got["b"][1:] == ["text", None]
    leaf = round_trip(torch.ones(2, requires_grad=True))
    assert leaf.requires_grad and leaf.is_leaf


def test_history_does_not_cross():
    with pytest.raises(RuntimeError, match="Cowardly refusing to serialize non-leaf tensor"):
        round_trip(torch.ones(2, requires_grad=True) * 2)


def test_a_closed_channel_says_so():
    here, there = channel.pair()
    here.close()
    with pytest.raises(EOFError):
        there.receive()
    there.close()


def test_iterators_do_not_pickle():
    with pytest.raises(NotImplementedError):
        pickle.dumps(iter(DataLoader([1])))
