"""Names that no table of operators covers: lists of tensors, pytrees, absent devices."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque, namedtuple
from typing import Any

import pytest

import loxley
import loxley.utils._pytree
from loxley.tensor.foreach import _UNARY

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")
Pair = namedtuple("Pair", "a b")


def both(program: Any) -> tuple[Any, Any]:
    """What a program gives, or says, with PyTorch and with this library."""

    def told(package: Any) -> str:
        try:
            return repr(program(package)).replace("loxley.", "torch.")
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    return told(torch), told(loxley)


def lists(t: Any) -> tuple[list, list]:
    return [t.ones(2), t.full((3,), 2.0)], [t.full((2,), 3.0), t.ones(3)]


FOREACH = {
    "add_one": lambda t, a, b: t._foreach_add(a, 1),
    "add_numbers": lambda t, a, b: t._foreach_add(a, [1, 2]),
    "add_scaled": lambda t, a, b: t._foreach_add(a, b, alpha=2),
    "add_tensor": lambda t, a, b: t._foreach_add(a, t.tensor(2.0)),
    "add_in_place": lambda t, a, b: (t._foreach_add_(a, b), a),
    "fewer": lambda t, a, b: t._foreach_add(a, b[:1]),
    "fewer_numbers": lambda t, a, b: t._foreach_mul(a, [1]),
    "none": lambda t, a, b: t._foreach_mul([], 1),
    "no_scalar": lambda t, a, b: t._foreach_mul(a, t.ones(3)),
    "no_list": lambda t, a, b: t._foreach_sqrt(t.ones(2)),
    "addcmul": lambda t, a, b: t._foreach_addcmul(a, b, b, [1, 2]),
    "addcmul_tensor": lambda t, a, b: t._foreach_addcmul(a, b, b, t.tensor([1.0, 2.0])),
    "addcmul_wrong": lambda t, a, b: t._foreach_addcmul(a, b, b, t.tensor([1.0])),
    "addcdiv_": lambda t, a, b: (t._foreach_addcdiv_(a, b, b, value=2), a),
    "lerp": lambda t, a, b: (t._foreach_lerp(a, b, 0.5), t._foreach_lerp(a, b, [b[0], b[1]])),
    "pow": lambda t, a, b: (t._foreach_pow(2.0, a), t._foreach_pow(a, 2), t._foreach_pow(a, b)),
    "copy": lambda t, a, b: (t._foreach_copy_(a, b), a),
    "zero": lambda t, a, b: (t._foreach_zero_(a), a),
    "norm": lambda t, a, b: (t._foreach_norm(a), t._foreach_norm(b, float("inf"))),
    "max": lambda t, a, b: (t._foreach_max(a), t._foreach_clone(b)),
    "clamp": lambda t, a, b: (t._foreach_clamp_min(a, 2), t._foreach_clamp_max_(b, a), b),
    "extremes": lambda t, a, b: (t._foreach_maximum(a, b), t._foreach_minimum_(a, 1.5), a),
    "sizes": lambda t, a, b: t._foreach_sub(a, [t.ones(5), t.ones(3)]),
    "div": lambda t, a, b: (t._foreach_div(a, b), t._foreach_div_(a, [2, 4]), a),
}


@pytest.mark.parametrize("name", FOREACH)
def test_lists_of_tensors(name: str) -> None:
    want, got = both(lambda t: FOREACH[name](t, *lists(t)))
    assert got == want


def test_every_unary_form_of_lists() -> None:
    for name in (*_UNARY, *(f"{one}_" for one in _UNARY)):

        def program(t: Any, name: str = name) -> Any:
            made = getattr(t, f"_foreach_{name}")([t.tensor([0.3, 0.6]), t.tensor([0.5])])
            return [[round(x, 4) for x in one.tolist()] for one in made]

        want, got = both(program)
        assert got == want, name


TREES = [
    1,
    [1, 2],
    (1, [2, {"a": 3, "b": (4,)}]),
    {"b": 1, "a": 2},
    OrderedDict(a=1, b=[2]),
    Pair(1, [2]),
    None,
    [],
    {},
    deque([1, 2], maxlen=3),
    defaultdict(list, {"a": 1}),
]


@pytest.mark.parametrize("tree", TREES, ids=repr)
def test_trees(tree: Any) -> None:
    def program(t: Any) -> Any:
        p = t.utils._pytree
        leaves, spec = p.tree_flatten(tree)
        counts = spec.num_leaves, spec.num_nodes, spec.num_children, spec.is_leaf()
        changed = p.tree_map_only(int, lambda x: x + 1, tree)
        paths = p.tree_flatten_with_path(tree)
        kind = getattr(p._get_node_type(tree), "__name__", None)
        return leaves, spec, counts, p.tree_unflatten(leaves, spec), changed, paths, kind

    want, got = both(program)
    assert got == want


def test_trees_that_do_not_fit() -> None:
    for program in (
        lambda p, s: p.tree_unflatten([1], s),
        lambda p, s: p.tree_unflatten(1, s),
        lambda p, s: p.tree_map(lambda a, b: a + b, [1, 2], [3, 4]),
        lambda p, s: p.tree_map(lambda a, b: a + b, [1, 2], [3]),
        lambda p, s: p._broadcast_to_and_flatten(1, s),
        lambda p, s: (p.tree_all(bool, [1, 0]), p.tree_any(bool, [1, 0]), p.LeafSpec()),
        lambda p, s: (s.flatten_up_to([1, (2, [3])]), s.children_specs, s.type, s.context),
        lambda p, s: p.keystr(p.tree_flatten_with_path([1, {"a": 2}])[0][1][0]),
    ):
        want, got = both(
            lambda t, f=program: f(t.utils._pytree, t.utils._pytree.tree_structure([1, (2, 3)]))
        )
        assert got == want


DEVICES = {
    "cuda": "is_available device_count current_device current_stream get_device_name synchronize "
    "get_device_properties is_bf16_supported seed_all initial_seed get_rng_state get_rng_state_all "
    "mem_get_info empty_cache memory_stats memory_allocated is_initialized init get_arch_list "
    "ipc_collect Event Stream FloatTensor nccl.version profiler.start",
    "xpu": "is_available device_count current_device get_device_name synchronize mem_get_info "
    "is_bf16_supported get_rng_state get_rng_state_all empty_cache memory_stats memory_allocated "
    "is_initialized get_device_properties",
    "mps": "is_available device_count synchronize get_rng_state empty_cache "
    "driver_allocated_memory current_allocated_memory recommended_max_memory",
    "mtia": "is_available device_count current_device synchronize empty_cache memory_allocated "
    "is_initialized get_rng_state_all",
    "accelerator": "is_available device_count synchronize current_accelerator current_stream "
    "current_device_index empty_cache memory_allocated memory_stats get_memory_info",
}


@pytest.mark.parametrize("device", DEVICES)
def test_absent_devices(device: str) -> None:
    for name in DEVICES[device].split():

        def program(t: Any, name: str = name) -> Any:
            found = getattr(t, device)
            for part in name.split("."):
                found = getattr(found, part)
            return found()

        want, got = both(program)
        assert got == want, name


def test_states_of_absent_devices_are_kept() -> None:
    for name in ("cuda", "xpu"):
        for program in (
            lambda d, s: d.set_rng_state(s),
            lambda d, s: d.set_rng_state_all([s]),
            lambda d, s: d.manual_seed_all(1),
        ):
            want, got = both(lambda t, f=program, n=name: f(getattr(t, n), t.get_rng_state()))
            assert got == want
    want, got = both(lambda t: t.mps.set_rng_state(t.get_rng_state()))
    assert got == want
    for index in (0, None):
        want, got = both(lambda t, i=index: t.accelerator.device_index(i).__enter__())
        assert got == want
    assert both(lambda t: isinstance(t.ones(1), t.cuda.FloatTensor)) == ("False", "False")


SMALL = {
    "variable": lambda t: t.autograd.Variable(t.ones(2), requires_grad=True),
    "variable_is": lambda t: isinstance(t.ones(2), t.autograd.Variable),
    "flat": lambda t: t._utils._flatten_dense_tensors([t.ones(2), t.zeros(2, 2)]),
    "parameter": lambda t: t._utils._rebuild_parameter(t.ones(2), True, None),
    "printed": lambda t: _printed(t),
    "stub": lambda t: (t.ao.quantization.QuantStub()(t.ones(1)), t.ao.quantization.DeQuantStub()),
    "float_functional": lambda t: t.ao.nn.quantized.FloatFunctional().add_relu(
        t.ones(2), -3 * t.ones(2)
    ),
    "no_forward": lambda t: t.ao.nn.quantized.FloatFunctional()(t.ones(1)),
    "tracing": lambda t: t._C._get_tracing_state(),
    "parse_to": lambda t: t._C._nn._parse_to("cpu", t.float64, True),
    "macos": lambda t: t.backends.mps.is_macos_or_newer(13, 0),
}


def _printed(t: Any) -> str:
    with t._tensor_str.printoptions(precision=2):
        return str(t.tensor([1.23456]))


@pytest.mark.parametrize("name", SMALL)
def test_small_names(name: str) -> None:
    want, got = both(SMALL[name])
    assert got == want


NUMPY_NAMES = {
    "sum": lambda t, x: t.sum(x, axis=1, keepdims=True),
    "method": lambda t, x: x.mean(axis=-1, keepdim=True),
    "max": lambda t, x: t.max(x, axis=1, keepdims=True),
    "aminmax": lambda t, x: x.aminmax(dim=1, keepdims=True),
    "late": lambda t, x: x.unsqueeze(axis=1),
    "stack": lambda t, x: t.stack([x, x], axis=1),
    "softmax": lambda t, x: x.softmax(axis=0),
    "gather": lambda t, x: x.gather(axis=1, index=x.long() % 3),
    "norm": lambda t, x: t.linalg.norm(x, axis=1),
    "operands": lambda t, x: t.add(x1=x, x2=x),
    "out": lambda t, x: t.sum(x, axis=1, out=t.empty(2)),
    "boolean": lambda t, x: t.all(x > 2, axis=-1, keepdims=True),
}


@pytest.mark.parametrize("name", NUMPY_NAMES)
def test_names_of_numpy(name: str) -> None:
    want, got = both(lambda t: NUMPY_NAMES[name](t, t.arange(6.0).reshape(2, 3)))
    assert got == want and "Error" not in want


def _swapped(t: Any) -> tuple:
    a, b = t.nn.Parameter(t.ones(2)), t.zeros(3, dtype=t.int64)
    a.mark = 1
    t.utils.swap_tensors(a, b)
    return a, b, hasattr(a, "mark"), b.mark


LIBRARY_NAMES = {
    "swapped": _swapped,
    "graph": lambda t: t.cuda.CUDAGraph(),
    "capture": lambda t: t.cuda.graph(None),
    "capturing": lambda t: t.cuda.is_current_stream_capturing(),
    "pool": lambda t: t.cuda.graph_pool_handle(),
    "stream": lambda t: t.cuda.default_stream(),
    "address": lambda t: t._dynamo.mark_static_address(t.ones(1)),
    "no_address": lambda t: t._dynamo.mark_static_address(3),
    "suffix": lambda t: t.nn.modules.module._EXTRA_STATE_KEY_SUFFIX,
    "softmax": lambda t: t._softmax_backward_data(
        t.tensor([[1.0, 2.0]]), t.tensor([[0.25, 0.75]]), -1, t.float32
    ),
}


@pytest.mark.parametrize("name", LIBRARY_NAMES)
def test_names_of_libraries(name: str) -> None:
    want, got = both(LIBRARY_NAMES[name])
    assert got == want
