"""`torch.distributed` with one process against PyTorch's: the same programs print the same.

Each program runs in a fresh process on either side, with a store that needs no network. How
PyTorch's process ends is PyTorch's matter: its threads may abort it after the last line.
"""

import subprocess
import sys

import pytest

pytest.importorskip("torch")

HEAD = """
import warnings; warnings.filterwarnings("ignore")
import torch, torch.nn as nn, torch.distributed as dist
def tell(f):
    try:
        result = f()
    except Exception as error:
        result = type(error).__name__, str(error).splitlines()[0][:90]
    print(result)
dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
x, y = torch.tensor([1.0, 2.0]), torch.zeros(2)
torch.manual_seed(0)
"""

COLLECTIVES = """
for op in "SUM AVG PRODUCT MIN MAX BAND BOR BXOR".split():
    for t in (x, x.long(), x.to(torch.complex64), x.bfloat16(), x.to(torch.int16)):
        tell(lambda: (dist.all_reduce(t, getattr(dist.ReduceOp, op)), t))
for f in (
    lambda: (dist.all_gather([y], x), y), lambda: dist.all_gather([y, y], x),
    lambda: dist.all_gather([torch.zeros(3)], x), lambda: dist.gather(x), lambda: dist.scatter(y),
    lambda: dist.scatter(y, [x, x], 0), lambda: dist.reduce(x, 1), lambda: dist.broadcast(x),
    lambda: dist.broadcast(x, 1), lambda: dist.reduce_scatter_tensor(y, x),
    lambda: dist.all_to_all_single(y, x, [1], [1]), lambda: dist.all_gather_into_tensor(y, x),
    lambda: dist.send(x, 0), lambda: dist.P2POp(dist.all_reduce, x, 0),
    lambda: dist.new_group([1]), lambda: dist.new_group([0, 0]),
    lambda: dist.get_rank(dist.GroupMember.NON_GROUP_MEMBER), dist.get_backend,
    lambda: dist.get_node_local_rank(3), lambda: dist.get_default_backend_for_device("cuda"),
):
    tell(f)
objects = [None]
dist.broadcast_object_list(objects, 0); dist.all_gather_object(objects, {"a": [1]}); print(objects)
from torch.distributed.nn import functional as F
z = x.clone().requires_grad_()
(F.all_reduce(z) * 2 + F.all_gather(z)[0]).sum().backward(); print(z.grad)
"""

STORES = """
from datetime import timedelta
import tempfile
stores = [dist.HashStore(), dist.FileStore(tempfile.mktemp(), 1)]
stores.append(dist.PrefixStore("p", dist.HashStore()))
for s in stores:
    s.set_timeout(timedelta(milliseconds=50))
    s.set("a", "1"); s.set("b", b"\\x00\\x01")
    for f in (
        lambda: s.get("b"), lambda: s.add("c", 3), lambda: s.add("c", 4), lambda: s.add("b", 1),
        lambda: s.compare_set("a", "1", "2"), lambda: s.compare_set("a", "9", "3"),
        lambda: s.compare_set("n", "", "3"), lambda: s.compare_set("m", "q", "3"),
        lambda: s.check(["a", "z"]), s.num_keys, lambda: s.delete_key("a"),
        lambda: s.delete_key("a"), lambda: s.wait(["z"]), lambda: s.get("z"),
        s.has_extended_api, lambda: s.queue_push("q", "1"), lambda: s.queue_pop("q"),
    ):
        tell(f)
"""

MODULES = """
import functools
from torch.distributed.fsdp import FullyShardedDataParallel as FSDP, fully_shard
from torch.distributed.fsdp.wrap import size_based_auto_wrap_policy
from torch.nn.parallel import DistributedDataParallel as DDP
def made():
    inner = nn.Sequential(nn.Linear(4, 4))
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), inner, nn.Linear(4, 2))
policy = functools.partial(size_based_auto_wrap_policy, min_num_params=20)
fsdp = functools.partial(FSDP, device_id=torch.device("cpu"))
data = torch.randn(5, 3)
tell(lambda: FSDP(made())); tell(lambda: DDP(nn.ReLU())); tell(lambda: DDP(made(), device_ids=[0]))
for wrap in (DDP, fsdp, functools.partial(fsdp, use_orig_params=True),
             functools.partial(fsdp, auto_wrap_policy=policy), fully_shard):
    torch.manual_seed(0)
    m = wrap(made()); print(m); print([(n, tuple(p.shape)) for n, p in m.named_parameters()])
    o = torch.optim.AdamW(m.parameters(), lr=0.1)
    for _ in range(3):
        o.zero_grad(); loss = m(data).square().sum(); loss.backward(); o.step()
        print(f"{loss.item():.4f}")
    print(list(m.state_dict()))
    if isinstance(m, FSDP):
        state = FSDP.optim_state_dict(m, o)
        print({n: {k: tuple(v.shape) for k, v in s.items()} for n, s in state["state"].items()})
        print(FSDP.optim_state_dict_to_load(m, o, state)["param_groups"])
"""

PLACEMENTS = """
from torch.distributed.tensor import *
from torch.distributed.tensor.parallel import *
from torch.distributed.device_mesh import init_device_mesh
mesh = init_device_mesh("cpu", (1,))
two = init_device_mesh("cpu", (1, 1), mesh_dim_names=("a", "b"))
print(mesh, two, two["b"], two.get_coordinate(), mesh.mesh)
a = torch.arange(6.0).reshape(2, 3)
for p in (Shard(0), Shard(-1), Replicate(), Partial()):
    t = distribute_tensor(a, mesh, [p]); print(t, t + t, t.square(), t.double())
    print(t.full_tensor())
    print(t.t(), str(p))
for f in (
    lambda: distribute_tensor(a, mesh, [Shard(5)]), lambda: distribute_tensor(a, None, [Shard(0)]),
    lambda: distribute_tensor(a, mesh, [Shard(0), Shard(1)]), lambda: two["c"],
    lambda: distribute_tensor(a, mesh) + a, lambda: init_device_mesh("cpu", (2,)),
    lambda: parallelize_module(nn.ReLU(), mesh, ColwiseParallel()), two.get_local_rank,
):
    tell(f)
m = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
m = parallelize_module(m, mesh, {"0": ColwiseParallel(), "2": RowwiseParallel()})
print([(n, p.placements) for n, p in m.named_parameters()]); print(m(a).detach())
print(ColwiseParallel(), RowwiseParallel(), SequenceParallel())
"""

PROGRAMS = {
    "collectives": COLLECTIVES,
    "stores": STORES,
    "modules": MODULES,
    "placements": PLACEMENTS,
}


END = """
dist.destroy_process_group()
print("to the end", flush=True)
"""


def _printed(*command: str, aborts: bool = False) -> str:
    ended = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=120)
    assert aborts or ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_print_what_pytorch_prints(name: str, tmp_path) -> None:
    script = tmp_path / "program.py"
    script.write_text(HEAD + PROGRAMS[name] + END)
    ours, theirs = _printed("-m", "loxley", str(script)), _printed(str(script), aborts=True)
    assert ours.splitlines() == theirs.splitlines()
    assert ours.endswith("to the end\n")


def test_checkpoints_travel_both_ways(tmp_path) -> None:
    save = """
import sys, torch, torch.distributed.checkpoint as dcp
torch.manual_seed(0); m = torch.nn.Linear(3, 2)
dcp.save({"m": m.state_dict(), "n": [1, torch.ones(2)], "s": 5}, checkpoint_id=sys.argv[1])
"""
    load = """
import sys, torch, torch.distributed.checkpoint as dcp
w = {"m": torch.nn.Linear(3, 2).state_dict(), "n": [0, torch.zeros(2)], "s": 0}
dcp.load(w, checkpoint_id=sys.argv[1]); print(w)
"""
    (tmp_path / "save.py").write_text(save)
    (tmp_path / "load.py").write_text(load)
    printed = []
    for place, writer, reader in (("a", ["-m", "loxley"], []), ("b", [], ["-m", "loxley"])):
        _printed(*writer, str(tmp_path / "save.py"), str(tmp_path / place))
        printed.append(_printed(*reader, str(tmp_path / "load.py"), str(tmp_path / place)))
    assert printed[0] == printed[1] and "'s': 5" in printed[0]
