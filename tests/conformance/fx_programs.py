"""Programs that trace, print and change graphs, to be run with PyTorch and with this library.

Each takes the package and returns what it would print.
"""

from __future__ import annotations

import copy
import math
import operator
import pickle
from collections.abc import Callable
from typing import Any


def _model(torch: Any) -> Any:
    nn, F = torch.nn, torch.nn.functional

    class M(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lin = nn.Linear(3, 4)
            self.p = nn.Parameter(torch.ones(4))
            self.seq = nn.Sequential(nn.ReLU(), nn.Linear(4, 2))
            self.register_buffer("b", torch.ones(1))

        def forward(self, x, y=2, *, k=None):
            a = self.lin(x) + self.p * y
            a = torch.relu(a).view(-1, 4).softmax(dim=-1)
            s = x.shape[0]
            z = torch.zeros(3)
            q = F.dropout(a, 0.5, self.training)
            w = a[:, 0:2, None, ...]
            n, r, inv = -a, 1 - a, a > 0
            both = torch.cat([a, a], dim=1)
            made = {"o": self.seq(q) + self.b, "l": [w, n, r], "t": (both, inv, z)}
            return {**made, "g": x.T, "sh": s + 1}

    return M()


def modules(torch: Any) -> list[str]:
    gm = torch.fx.symbolic_trace(_model(torch))
    made = [gm.code, str(gm.graph), str(gm), repr(gm)]
    made += [f"{n.op} {n.name} {n.args} {n.kwargs} {n.format_node()}" for n in gm.graph.nodes]
    made += [str(list(n.users)) + str(n.all_input_nodes) for n in gm.graph.nodes]
    made += [str(sorted(gm.state_dict()))]
    linear = torch.nn.Linear(2, 2)
    inner = torch.fx.GraphModule(linear, torch.fx.Tracer().trace(linear))
    return made + [str(inner), str(inner.graph), type(inner).__qualname__]


def functions(torch: Any) -> list[str]:
    F = torch.nn.functional
    traced: list[Callable] = [
        lambda x: [i for i in x],
        lambda x: x.sum() if x.sum() > 0 else x,
        lambda x: len(x),
        lambda x: int(x),
        lambda x: range(x.shape[0]),
        lambda x: torch.zeros(x.shape[0]),
        lambda *a, **k: a[0] + k["z"],
        lambda x: torch.ones_like(x),
        lambda x: x.to(torch.float32, device=torch.device("cpu")),
        lambda x: x + float("inf"),
        lambda x: F.linear(x, torch.ones(3, 3)),
        lambda x: torch.add(x, 1, alpha=2).add_(1),
        lambda x: torch.matmul(x, x) @ x,
        lambda x: (3**x, x**2, x // 2, 2 // x, ~x, x == 1, abs(x), x & 1, x << 1, x % 3),
        lambda x: x.size(),
        lambda x: F.layer_norm(x, (3,)),
        lambda x: F.relu(F.gelu(x), inplace=True),
        lambda x: F.cross_entropy(x, x, reduction="sum"),
        lambda x: F.conv2d(x, torch.ones(1, 1, 2, 2)),
        lambda x: F.max_pool2d(F.avg_pool2d(x, 2), 2),
        lambda x: F.interpolate(x, scale_factor=2.0),
        lambda x: torch.linalg.norm(x),
        lambda x: torch.fft.fft(x),
        lambda x: torch.special.entr(x),
        lambda x: x.__setitem__(0, 1),
        lambda x: x + 3j,
        lambda x: math.sqrt(x),
        lambda x: torch.einsum("ij,jk->ik", x, x),
        lambda x: torch.where(x > 0, x, -x),
        lambda x: torch.stack([x, x], 0).flatten(1).permute(1, 0).contiguous(),
        lambda x: torch.nn.Parameter(torch.ones(2)) is x or x[None, 1:],
        lambda x: torch.ones(3) * x,
    ]
    made = []
    for function in traced:
        try:
            gm = torch.fx.symbolic_trace(function)
            made.append(gm.code + str(gm.graph))
        except Exception as error:
            made.append(f"{type(error).__name__}: {error}")
    return made


def unpacking(torch: Any) -> list[str]:
    def f(x: int, *rest) -> int:
        a, b = x.chunk(2)
        a += 1
        return a - b, rest

    gm = torch.fx.symbolic_trace(f)
    return [str(gm), str(gm.graph)]


def building(torch: Any) -> list[str]:
    fx = torch.fx
    graph = fx.Graph()
    a = graph.placeholder("a", type_expr=torch.Tensor)
    b = graph.call_function(operator.iadd, (a, 2))
    c = graph.call_method("sum", (b,), {"dim": 0})
    graph.call_method("add_", (b, 1))
    out = graph.output((c, {"k": c}))
    made = [graph.python_code("self").src, str(graph), repr(a), str(a.users), str(len(graph.nodes))]
    with graph.inserting_before(c):
        d = graph.call_function(torch.relu, (b,))
        e = graph.call_function(torch.relu, (d,))
    with graph.inserting_after(e):
        graph.call_function(torch.neg, (e,))
    c.args = (e,)
    c.kwargs = {"dim": 1}
    graph.lint()
    made += [str(graph), str([n.name for n in reversed(graph.nodes)]), str(e.next), str(e.prev)]
    made += [str(graph.eliminate_dead_code()), str(graph), str(out.args)]
    e.replace_all_uses_with(b)
    graph.erase_node(e)
    made += [str(graph), str(d.users)]
    gm = fx.GraphModule(torch.nn.Module(), graph)
    made += [str(gm), str(gm(torch.ones(2, 2)))]
    copied = fx.Graph()
    made.append(str(copied.graph_copy(graph, {})) + str(copied))
    for bad in (
        lambda: graph.create_node("foo", "x"),
        lambda: graph.erase_node(a),
        lambda: b.args.append(1),
        lambda: graph.call_module("zz"),
        lambda: graph.create_node("call_function", "x"),
    ):
        try:
            made.append(str(bad()))
        except Exception as error:
            made.append(f"{type(error).__name__}: {error}")
    return made


def changing(torch: Any) -> list[str]:
    fx = torch.fx

    def f(x, w):
        return torch.relu(x + w).sum() + torch.relu(w + x)

    gm = fx.symbolic_trace(f)
    matches = fx.replace_pattern(gm, lambda a, b: torch.relu(a + b), lambda a, b: (a * b).exp())
    made = [str(len(matches)), gm.code, str(gm(torch.ones(2), torch.ones(2)))]

    class Neg(fx.Transformer):
        def call_function(self, target, args, kwargs):
            if target is torch.exp or target == operator.mul:
                return torch.add(args[0], args[1])
            return super().call_function(target, args, kwargs)

    class Count(fx.Interpreter):
        def run_node(self, n):
            made.append(f"{n.op} {n.name}")
            return super().run_node(n)

    made.append(Neg(gm).transform().code)
    made.append(str(Count(gm).run(torch.ones(2), torch.ones(2))))
    for node in gm.graph.nodes:
        if node.op == "call_function" and node.target is operator.mul:
            node.target = operator.sub
    gm.recompile()
    made += [gm.code, str(gm(torch.ones(2), torch.ones(2)))]
    made.append(str(fx.map_arg((1, [2, {"a": 3}]), lambda n: n)))
    return made


def copying(torch: Any) -> list[str]:
    torch.manual_seed(0)
    gm = torch.fx.symbolic_trace(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU()))
    x = torch.ones(1, 2)
    made = [gm.code, str(gm(x))]
    for other in (copy.deepcopy(gm), pickle.loads(pickle.dumps(gm))):
        made += [str(other.graph), str(other(x)), repr(other), str(other.code == gm.code)]
    return made


PROGRAMS = (modules, functions, unpacking, building, changing, copying)
