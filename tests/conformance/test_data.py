"""Datasets, samplers, collation and DataLoader beside PyTorch: the same draws and errors."""

from __future__ import annotations

import collections
import inspect
import random
import re
import time
import types
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
import loxley  # noqa: E402
import loxley.utils.data  # noqa: E402

BOTH = (torch, loxley)
Pair = collections.namedtuple("Pair", "x y")


def plain(value):
    """A value with tensors as (dtype, nested list), so that both sides compare."""
    if isinstance(value, BOTH[0].Tensor) or isinstance(value, BOTH[1].Tensor):
        return (str(value.dtype), tuple(value.shape), value.tolist())
    if isinstance(value, np.ndarray):
        return ("array", str(value.dtype), value.tolist())
    if isinstance(value, collections.abc.Mapping):
        return (type(value).__name__, {k: plain(v) for k, v in value.items()})
    if isinstance(value, tuple):
        return (type(value).__name__, [plain(v) for v in value])
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def names_of_torch(message):
    """A message with what differs by nature made equal: addresses, pids, our frames' lines."""
    message = message.replace("loxley", "torch")
    message = re.sub(r"0x[0-9a-f]+", "0x", message)
    head, _, trace = message.partition("Original Traceback (most recent call last):\n")
    return head + trace.rstrip("\n").rpartition("\n")[2] if trace else message


def outcome(action):
    """What an action gives or raises, with its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = plain(action())
        except Exception as error:
            result = (type(error).__name__, names_of_torch(str(error)))
    kept = [
        (w.category.__name__, names_of_torch(str(w.message)))
        for w in caught
        if w.category is not DeprecationWarning
    ]
    return result, kept


def same(action):
    """Both sides do the same, from the same seed."""
    results = []
    for m in BOTH:
        m.manual_seed(7)
        random.seed(7)
        np.random.seed(7)
        results.append((outcome(lambda m=m: action(m, m.utils.data)), m.rand(3).tolist()))
    assert results[1] == results[0]
    return results[0][0]


class Squares:
    def __init__(self, n=11):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if i >= self.n:
            raise IndexError
        return i * i


class Batched(Squares):
    def __getitems__(self, indices):
        return [-i for i in indices]


def stream(d, n=7, told=None):
    class Stream(d.IterableDataset):
        def __iter__(self):
            info = d.get_worker_info()
            step, start = (1, 0) if info is None else (info.num_workers, info.id)
            return iter(range(start, n, step))

    if told is not None:
        Stream.__len__ = lambda self: told
    return Stream()


# -------------------------------------------------------------------------- samplers


SAMPLERS = {
    "sequential": lambda m, d: d.SequentialSampler(range(5)),
    "random": lambda m, d: d.RandomSampler(range(9)),
    "random more": lambda m, d: d.RandomSampler(range(5), num_samples=13),
    "random fewer": lambda m, d: d.RandomSampler(range(50), num_samples=13),
    "random exact": lambda m, d: d.RandomSampler(range(5), num_samples=10),
    "random replaced": lambda m, d: d.RandomSampler(range(5), True),
    "random replaced 70": lambda m, d: d.RandomSampler(range(1000), True, 70),
    "random replaced 64": lambda m, d: d.RandomSampler(range(1000), True, 64),
    "subset": lambda m, d: d.SubsetRandomSampler([3, 5, 8, 13]),
    "weighted": lambda m, d: d.WeightedRandomSampler([0.1, 0.7, 3.0, 0.0, 1.0], 20),
    "weighted once": lambda m, d: d.WeightedRandomSampler([0.1, 0.7, 3.0, 0.2], 3, False),
    "batch": lambda m, d: d.BatchSampler(range(7), 3, False),
    "batch dropped": lambda m, d: d.BatchSampler(d.RandomSampler(range(7)), 3, True),
    "distributed": lambda m, d: d.DistributedSampler(range(10), 3, 1),
    "distributed small": lambda m, d: d.DistributedSampler(range(2), 7, 5),
    "distributed dropped": lambda m, d: d.DistributedSampler(range(10), 3, 2, drop_last=True),
    "distributed plain": lambda m, d: d.DistributedSampler(range(10), 4, 2, shuffle=False),
    "distributed seed": lambda m, d: d.DistributedSampler(range(10), 3, 1, seed=9),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_sampler(name):
    def action(m, d):
        sampler = SAMPLERS[name](m, d)
        first = list(sampler)
        if hasattr(sampler, "set_epoch"):
            sampler.set_epoch(3)
        return [len(sampler), first, list(sampler), [type(i).__name__ for i in first]]

    same(action)


@pytest.mark.parametrize("kind", ["RandomSampler", "SubsetRandomSampler"])
def test_sampler_with_generator(kind):
    def action(m, d):
        g = m.Generator()
        g.manual_seed(5)
        sampler = getattr(d, kind)([1, 2, 3, 4, 5], generator=g)
        return [list(sampler), list(sampler), m.rand(2, generator=g)]

    same(action)


def test_replaced_and_weighted_with_generator():
    def action(m, d):
        g = m.Generator()
        g.manual_seed(5)
        one = d.RandomSampler(range(6), True, 40, generator=g)
        two = d.WeightedRandomSampler([1.0, 2.0, 3.0], 5, generator=g)
        return [list(one), list(two), m.rand(2, generator=g)]

    same(action)


# -------------------------------------------------------------------------- datasets

SPLITS = [
    [6, 5],
    [0.5, 0.5],
    [0.3, 0.3, 0.4],
    [0.99, 0.01],
    [11],
    [1.0],
    [11, 0],
    [0.34, 0.33, 0.33],
]


@pytest.mark.parametrize("lengths", SPLITS)
def test_random_split(lengths):
    same(lambda m, d: [list(s.indices) for s in d.random_split(Squares(), lengths)])


def test_random_split_with_generator():
    def action(m, d):
        g = m.Generator().manual_seed(42)
        return [list(s) for s in d.random_split(Squares(), [4, 7], generator=g)]

    same(action)


DATASETS = {
    "tensors": lambda m, d: list(d.TensorDataset(m.arange(6).view(3, 2), m.ones(3))),
    "concat": lambda m, d: [
        (len(c), c[0], c[4], c[-1], c[-5], c.cumulative_sizes)
        for c in [d.ConcatDataset([[1, 2], [3], [4, 5]])]
    ],
    "add": lambda m, d: list(d.TensorDataset(m.zeros(2)) + d.TensorDataset(m.ones(1))),
    "stack": lambda m, d: [s[1] for s in [d.StackDataset([1, 2], [3, 4])]],
    "stack names": lambda m, d: [
        (s[1], s.__getitems__([1, 0]), len(s)) for s in [d.StackDataset(a=[1, 2], b=Batched(2))]
    ],
    "stack many": lambda m, d: d.StackDataset(Batched(3), [1, 2, 3]).__getitems__([2, 0]),
    "subset": lambda m, d: [
        (s[1], s[[0, 1]] if False else s.__getitems__([0, 2]), len(s))
        for s in [d.Subset(Squares(), [5, 3, 1])]
    ],
    "subset of batched": lambda m, d: d.Subset(Batched(), [5, 3, 1]).__getitems__([0, 2]),
    "subset of tensors": lambda m, d: d.Subset(d.TensorDataset(m.arange(5)), [4, 2])[[0, 1]],
    "chain": lambda m, d: list(stream(d) + stream(d, 3)),
    "chain length": lambda m, d: len(d.ChainDataset([stream(d, 3, 3), stream(d, 2, 2)])),
}


@pytest.mark.parametrize("name", DATASETS)
def test_dataset(name):
    same(DATASETS[name])


# -------------------------------------------------------------------------- collation

BATCHES = {
    "tensors": lambda m: [m.ones(2), m.zeros(2)],
    "scalars": lambda m: [m.tensor(1), m.tensor(2)],
    "ints": lambda m: [1, 2],
    "bools": lambda m: [True, False],
    "floats": lambda m: [1.5, 2.0],
    "mixed numbers": lambda m: [2, 1.5],
    "text": lambda m: ["a", "b"],
    "bytes": lambda m: [b"a", b"b"],
    "arrays": lambda m: [np.ones(2, np.float32), np.zeros(2, np.float32)],
    "0-d arrays": lambda m: [np.array(3), np.array(4)],
    "numpy scalars": lambda m: [np.float32(3), np.float32(4)],
    "numpy ints": lambda m: [np.int16(3), np.int16(4)],
    "numpy bools": lambda m: [np.bool_(True), np.bool_(False)],
    "tuples": lambda m: [(1, "a", m.ones(1)), (2, "b", m.zeros(1))],
    "lists": lambda m: [[1, 2.0], [3, 4.0]],
    "named": lambda m: [Pair(1, m.ones(2)), Pair(2, m.zeros(2))],
    "dicts": lambda m: [{"a": 1, "b": [1, 2]}, {"a": 2, "b": [3, 4]}],
    "ordered": lambda m: [collections.OrderedDict(a=1), collections.OrderedDict(a=2)],
    "default": lambda m: [collections.defaultdict(list, a=1), collections.defaultdict(list, a=2)],
    "proxy": lambda m: [types.MappingProxyType({"a": 1}), types.MappingProxyType({"a": 2})],
    "ranges": lambda m: [range(2), range(2)],
    "object": lambda m: [object(), object()],
    "none": lambda m: [None],
    "unequal": lambda m: [[1], [1, 2]],
    "unequal shapes": lambda m: [m.ones(2), m.ones(3)],
    "text arrays": lambda m: [np.array(["a"])],
    "object arrays": lambda m: [np.array([object()])],
    "empty": lambda m: [],
    "other keys": lambda m: [{"a": 1}, {"b": 1}],
}


@pytest.mark.parametrize("name", BATCHES)
def test_collate(name):
    same(lambda m, d: d.default_collate(BATCHES[name](m)))


@pytest.mark.parametrize("name", BATCHES)
def test_convert(name):
    if name == "object" or name == "object arrays":
        pytest.skip("objects have no plain form")
    same(lambda m, d: d.default_convert(BATCHES[name](m)))


def test_registry():
    def action(m, d):
        def of_text(batch, *, collate_fn_map=None):
            return "|".join(batch)

        c = d._utils.collate
        c.default_collate_fn_map[str] = of_text
        try:
            return d.default_collate([("a", 1), ("b", 2)])
        finally:
            c.default_collate_fn_map[str] = c.collate_str_fn

    same(action)


# -------------------------------------------------------------------------- the loader

LOADERS = {
    "plain": {},
    "batches": {"batch_size": 4},
    "dropped": {"batch_size": 4, "drop_last": True},
    "shuffled": {"batch_size": 3, "shuffle": True},
    "unbatched": {"batch_size": None, "shuffle": True},
    "workers": {"batch_size": 2, "shuffle": True, "num_workers": 2},
    "one worker": {"batch_size": 3, "num_workers": 1, "prefetch_factor": 1},
    "many tasks": {"batch_size": 1, "num_workers": 2, "prefetch_factor": 100},
    "persistent": {"batch_size": 2, "shuffle": True, "num_workers": 2, "persistent_workers": True},
    "batch sampler": {"batch_sampler": [[1, 2], [5], [3, 3, 3]]},
    "sampler": {"sampler": [4, 2, 0]},
    "collate": {"batch_size": 2, "collate_fn": sum},
    "collate in workers": {"batch_size": 2, "collate_fn": sum, "num_workers": 2},
}


@pytest.mark.parametrize("dataset", [Squares, Batched])
@pytest.mark.parametrize("name", LOADERS)
def test_loader(name, dataset):
    def action(m, d):
        loader = d.DataLoader(dataset(), **LOADERS[name])
        return [len(loader), list(loader), list(loader), m.rand(2)]

    same(action)


@pytest.mark.parametrize("name", ["shuffled", "unbatched", "workers", "persistent"])
def test_loader_with_generator(name):
    def action(m, d):
        g = m.Generator().manual_seed(3)
        loader = d.DataLoader(Squares(), generator=g, **LOADERS[name])
        return [list(loader), list(loader), m.rand(2, generator=g)]

    same(action)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("options", [{}, {"batch_size": 3}, {"batch_size": None}])
def test_streams(workers, options):
    def action(m, d):
        loader = d.DataLoader(stream(d, 11, 11), num_workers=workers, **options)
        return [list(loader), len(loader), list(loader)]

    same(action)


@pytest.mark.parametrize("workers", [0, 2])
def test_streams_that_are_longer_than_told(workers):
    def action(m, d):
        loader = d.DataLoader(stream(d, 5, 3), num_workers=workers)
        return [len(loader), list(loader)]

    same(action)


def test_persistent_streams():
    def action(m, d):
        loader = d.DataLoader(
            stream(d, 9), batch_size=2, num_workers=2, persistent_workers=True, drop_last=True
        )
        partial = [b for b, _ in zip(loader, range(2))]
        return [partial, list(loader), list(loader)]

    same(action)


class Seeds(Squares):
    def __init__(self, m, d):
        super().__init__(6)
        self.m, self.d = m, d

    def __getitem__(self, i):
        info = self.d.get_worker_info()
        return [
            info.id,
            info.num_workers,
            info.seed,
            self.m.initial_seed(),
            random.random(),
            float(np.random.rand()),
            self.m.rand(()).item(),
            self.m.get_num_threads(),
            info.dataset is self,
        ]


def test_seeds_of_workers():
    def action(m, d):
        order = []

        def init(i):
            order.append(i)
            assert d.get_worker_info().id == i

        loader = d.DataLoader(
            Seeds(m, d), num_workers=2, collate_fn=lambda b: b, worker_init_fn=init
        )
        return [list(loader), d.get_worker_info()]

    same(action)


class Failing(Squares):
    def __init__(self, how):
        super().__init__(8)
        self.how = how

    def __getitem__(self, i):
        if i == 5:
            self.how()
        return i


class Odd(Exception):
    def __init__(self, a, b):
        super().__init__(a)


def fail_key():
    raise KeyError("no such\nkey")


def fail_odd():
    raise Odd("odd", 2)


def fail_stop():
    raise StopIteration


def fail_slow():
    time.sleep(30)


@pytest.mark.parametrize("how", [fail_key, fail_odd, fail_stop])
@pytest.mark.parametrize("workers", [0, 2])
def test_failures(how, workers):
    same(lambda m, d: list(d.DataLoader(Failing(how), num_workers=workers)))


def test_timeout():
    started = time.monotonic()
    got = outcome(
        lambda: list(
            loxley.utils.data.DataLoader(
                Failing(fail_slow), num_workers=2, timeout=0.5, batch_size=4
            )
        )
    )
    assert got[0] == ("RuntimeError", "DataLoader timed out after 0.5 seconds")
    assert time.monotonic() - started < 15


def test_init_failures():
    def boo(i):
        raise ValueError("boo")

    class Bad:
        pass

    same(lambda m, d: list(d.DataLoader(Squares(), num_workers=1, worker_init_fn=boo)))
    same(lambda m, d: list(d.DataLoader(Bad(), num_workers=1, sampler=[1, 2])))


ERRORS = {
    "workers": {"num_workers": -1},
    "timeout": {"timeout": -1},
    "timeout alone": {"timeout": 1},
    "prefetch": {"prefetch_factor": 2},
    "prefetch -1": {"prefetch_factor": -1, "num_workers": 1},
    "persistent": {"persistent_workers": True},
    "sampler and shuffle": {"sampler": [1], "shuffle": True},
    "both samplers": {"sampler": [1], "batch_sampler": [[1]]},
    "batch sampler and size": {"batch_size": 2, "batch_sampler": [[1]]},
    "drop without batches": {"batch_size": None, "drop_last": True},
    "batch size": {"batch_size": 0},
    "batch size type": {"batch_size": "a"},
    "drop_last type": {"drop_last": 3},
    "context": {"multiprocessing_context": "fork"},
    "unknown context": {"multiprocessing_context": "foo", "num_workers": 1},
    "context type": {"multiprocessing_context": 3, "num_workers": 1},
    "pinned": {"pin_memory": True},
    "pinned device": {"pin_memory": True, "pin_memory_device": "cuda"},
    "crowd": {"num_workers": 0, "worker_init_fn": print},
}


@pytest.mark.parametrize("name", ERRORS)
def test_wrong_arguments(name):
    same(lambda m, d: list(d.DataLoader(Squares(3), **ERRORS[name])))


OTHER_ERRORS = {
    "stream shuffle": lambda m, d: d.DataLoader(stream(d), shuffle=True),
    "stream batch sampler": lambda m, d: d.DataLoader(stream(d), batch_sampler=[[1]]),
    "stream sampler": lambda m, d: d.DataLoader(stream(d), sampler=[[1]]),
    "no length": lambda m, d: len(d.DataLoader(stream(d))),
    "empty shuffled": lambda m, d: d.DataLoader([], shuffle=True),
    "set": lambda m, d: setattr(d.DataLoader([1]), "batch_size", 2),
    "no dataset": lambda m, d: list(d.DataLoader(d.Dataset())),
    "abstract": lambda m, d: d.IterableDataset(),
    "getitem": lambda m, d: d.Dataset()[0],
    "sampler": lambda m, d: iter(d.Sampler()),
    "replacement": lambda m, d: d.RandomSampler([1], replacement=1),
    "num_samples": lambda m, d: d.RandomSampler([1], num_samples=0),
    "weights": lambda m, d: d.WeightedRandomSampler([[1.0]], 1),
    "weights count": lambda m, d: d.WeightedRandomSampler([1.0], True),
    "weights replacement": lambda m, d: d.WeightedRandomSampler([1.0], 1, 1),
    "batch": lambda m, d: d.BatchSampler([1], True, False),
    "batch drop": lambda m, d: d.BatchSampler([1], 1, 0),
    "rank": lambda m, d: d.DistributedSampler([1], 2, 2),
    "tensors": lambda m, d: d.TensorDataset(m.ones(2), m.ones(3)),
    "stack": lambda m, d: d.StackDataset(),
    "stack both": lambda m, d: d.StackDataset([1], a=[1]),
    "stack sizes": lambda m, d: d.StackDataset([1], [1, 2]),
    "concat": lambda m, d: d.ConcatDataset([]),
    "concat stream": lambda m, d: d.ConcatDataset([stream(d)]),
    "concat index": lambda m, d: d.ConcatDataset([[1]])[-2],
    "concat end": lambda m, d: d.ConcatDataset([[1]])[1],
    "chain": lambda m, d: list(d.ChainDataset([[1]])),
    "split": lambda m, d: d.random_split([1, 2], [1, 2]),
    "split fraction": lambda m, d: d.random_split([1, 2], [-0.5, 1.5]),
    "pickle": lambda m, d: iter(d.DataLoader([1])).__getstate__(),
    "subset": lambda m, d: type("Mine", (d.Subset,), {"__getitem__": lambda s, i: 1})([1], [0]),
}


@pytest.mark.parametrize("name", OTHER_ERRORS)
def test_other_errors(name):
    same(OTHER_ERRORS[name])


def test_names():
    ours, theirs = set(loxley.utils.data.__all__), set(torch.utils.data.__all__)
    missing = {n for n in theirs - ours if "ipe" not in n and "validation" not in n}
    assert missing <= {"DataChunk", "guaranteed_datapipes_determinism", "non_deterministic"}


@pytest.mark.parametrize(
    "name", [n for n in loxley.utils.data.__all__ if n[0].isupper() and n != "DistributedSampler"]
)
def test_signatures(name):
    ours = inspect.signature(getattr(loxley.utils.data, name)).parameters
    theirs = inspect.signature(getattr(torch.utils.data, name)).parameters
    assert [(p.name, p.default, p.kind) for p in ours.values()] == [
        (p.name, p.default, p.kind) for p in theirs.values()
    ]
