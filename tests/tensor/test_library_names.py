"""What Hugging Face's libraries import and ask of a machine without an accelerator."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque, namedtuple

import pytest

import loxley as torch
import loxley.distributed.checkpoint.default_planner
import loxley.distributed.checkpoint.hf_storage
import loxley.utils._pytree as pytree
from loxley._dynamo import mark_static_address
from loxley._dynamo._trace_wrapped_higher_order_op import TransformGetItemToIndex
from loxley.distributed.fsdp.wrap import _or_policy
from loxley.distributed.tensor import Shard
from loxley.distributed.tensor.placement_types import _StridedShard

Pair = namedtuple("Pair", "a b")
TREES = {
    "list": [1, 2],
    "tuple": (1, 2),
    "dict": {"a": 1},
    "ordereddict": OrderedDict(a=1),
    "defaultdict": defaultdict(int, a=1),
    "deque": deque([1], 3),
    "namedtuple": Pair(1, 2),
}


@pytest.mark.parametrize("kind", TREES)
def test_containers_are_taken_apart_with_keys_and_put_together(kind: str) -> None:
    tree = TREES[kind]
    values, context = getattr(pytree, f"_{kind}_flatten")(tree)
    keyed, same = getattr(pytree, f"_{kind}_flatten_with_keys")(tree)
    assert [value for _, value in keyed] == values and same == context
    made = getattr(pytree, f"_{kind}_unflatten")(values, context)
    assert made == tree and type(made) is type(tree)


def test_no_cuda_graph_is_made() -> None:
    with pytest.raises(RuntimeError, match="Tried to instantiate dummy base class CUDAGraph"):
        torch.cuda.CUDAGraph()
    with pytest.raises(RuntimeError, match="torch.cuda.Stream requires CUDA support"):
        torch.cuda.graph(None)
    with pytest.raises(RuntimeError, match="_cuda_isCurrentStreamCapturing"):
        torch.cuda.is_current_stream_capturing()
    with pytest.raises(RuntimeError, match="_graph_pool_handle"):
        torch.cuda.graph_pool_handle()
    with pytest.raises(AssertionError, match="not compiled with CUDA"):
        torch.cuda.default_stream()


def test_mapped_places_index_in_the_block() -> None:
    x = torch.arange(12).reshape(3, 4)
    with TransformGetItemToIndex():
        got = torch.vmap(lambda i: x[i, i])(torch.tensor([0, 2, 1]))
    assert got.tolist() == [0, 10, 5]


def test_static_addresses_are_those_of_tensors() -> None:
    assert mark_static_address(torch.ones(1)) is None
    with pytest.raises(TypeError, match="expects a tensor but received <class 'int'>"):
        mark_static_address(3)


def test_strided_shards_are_named_apart_from_shards() -> None:
    one = _StridedShard(0, split_factor=2)
    assert (str(one), repr(one)) == ("_S(0, 2)", "_StridedShard(dim=0, sf=2)")
    assert one != Shard(0) and one == _StridedShard(0, split_factor=2)
    assert not (one.is_shard() or one.is_replicate() or one.is_partial())


def test_any_of_some_policies_wraps() -> None:
    policies = [lambda **k: k["nonwrapped_numel"] > 5, lambda **k: k["recurse"]]
    assert _or_policy(torch.nn.Linear(1, 1), False, 6, policies)
    assert not _or_policy(torch.nn.Linear(1, 1), False, 5, policies)


def test_what_checkpoints_are_not_is_said() -> None:
    storage = torch.distributed.checkpoint.hf_storage
    for kind in (storage.HuggingFaceStorageReader, storage.HuggingFaceStorageWriter):
        with pytest.raises(NotImplementedError, match=kind.__name__):
            kind("folder")
