"""Programs about `torch.func`, `vmap` and forward mode; `recorded.json` is what PyTorch printed.

PYTHONPATH=src python -m tests.func.programs     records anew, where PyTorch is installed
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path

from tests.autograd.programs import run

RECORDED = Path(__file__).parent / "recorded.json"

_HEAD = """
F = torch.nn.functional
func = torch.func
vmap, grad, vjp, jvp = func.vmap, func.grad, func.vjp, func.jvp
jacrev, jacfwd, hessian = func.jacrev, func.jacfwd, func.hessian
fw = torch.autograd.forward_ad
torch.manual_seed(0)
x = torch.arange(12, dtype=torch.float64).reshape(3, 4) / 7 - 0.6
w = torch.linspace(-1, 1, 20, dtype=torch.float64).reshape(5, 4)
t = torch.linspace(0, 1, 12, dtype=torch.float64).reshape(3, 4)
"""

PROGRAMS = {
    "vmap": """
print(vmap(lambda v: w @ v)(x))
print(vmap(lambda v: v.sum(), in_dims=1)(x))
two = vmap(lambda a, b: (a[0] + b["k"], a[1]), in_dims=((0, None), {"k": 1}))
print(two((x, 3 * w), {"k": x.T})[0])
print(vmap(torch.dot)(x, t))
print(vmap(vmap(torch.mul, (None, 0)), (0, None))(x[0], t[1]))
print(vmap(lambda v: (v, {"m": v.mean()}), out_dims=(1, {"m": 0}))(x))
print(vmap(lambda v: v * 2, chunk_size=2)(x))
print(vmap(lambda v: torch.ones(2), out_dims=None)(x))
print(vmap(lambda v: v[1])(x), vmap(lambda v: v.flip(0)[::2])(x))
""",
    "gradients of samples": """
def loss(w, v, c):
    return F.cross_entropy(F.linear(v, w)[None], c[None])

c = torch.tensor([0, 4, 2])
made = vmap(grad(loss), (None, 0, 0))(w, x, c)
print(made.shape)
print(made)
print(grad(lambda w: vmap(loss, (None, 0, 0))(w, x, c).mean())(w))
""",
    "both orders": """
f = lambda v: (v.tanh() ** 3).sum()
print(vmap(grad(f))(x))
print(grad(lambda a: vmap(f)(a).sum())(x))
print(vmap(lambda a, b: jvp(f, (a,), (b,)))(x, t))
print(jvp(vmap(f), (x,), (t,)))
print(vmap(jacrev(torch.sin))(x)[0])
print(jacrev(vmap(f))(x)[1])
print(vmap(hessian(f))(x)[2])
slopes = lambda w: vmap(lambda v: grad(lambda u: ((w @ u) ** 3).sum())(v).pow(2).sum())(x)
print(grad(lambda w: slopes(w).sum())(w))
""",
    "jacobians": """
f = lambda v: (v ** 3).sum() * v[0]
for outer in (jacfwd, jacrev):
    for inner in (jacfwd, jacrev):
        print(outer(inner(f))(x[0]))
print(hessian(f)(x[1]))
print(jacrev(lambda a, b: {"s": (a * b).sum(1), "m": a.mean()}, argnums=(0, 1))(x, t)["m"])
print(jacfwd(lambda a, b: {"s": (a * b).sum(1), "m": a.mean()}, argnums=(0, 1))(x, t)["s"][1][2])
print(jacrev(lambda v: (v.sin(), v.sum()), has_aux=True)(x[0]))
print(jacfwd(lambda v: (v.sin(), v.sum()), has_aux=True)(x[0]))
print(jacrev(torch.exp, chunk_size=3)(x[0]))
""",
    "forward mode": """
with fw.dual_level():
    d = fw.make_dual(x, t)
    print(fw.unpack_dual(d.sin() * d))
    print(fw.unpack_dual((d @ w.T).softmax(-1).sum(0)).tangent)
    print(fw.unpack_dual(d.detach()))
    y = d.clone()
    y[0].mul_(3)
    y.add_(d)
    print(fw.unpack_dual(y).tangent)
    z = torch.zeros(3, 4, dtype=torch.float64)
    z[1] = d[1] * 2
    print(fw.unpack_dual(z).tangent)
    print(d)
    attempt(fw.enter_dual_level)
attempt(lambda: fw.make_dual(x, t))
attempt(fw.exit_dual_level)
print(jvp(lambda v: F.layer_norm(v, (4,)), (x,), (t,)))
print(jvp(lambda a, b: (a * b, a.sum()), (x, t), (t, x)))
print(jvp(grad(lambda v: v.exp().sum()), (x,), (t,))[1])
""",
    "functions of one's own": """
class Cube(torch.autograd.Function):
    generate_vmap_rule = True
    @staticmethod
    def forward(v):
        return v ** 3
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)
    @staticmethod
    def backward(ctx, g):
        (v,) = ctx.saved_tensors
        return 3 * v * v * g
    @staticmethod
    def jvp(ctx, t):
        (v,) = ctx.saved_tensors
        return 3 * v * v * t

class Own(Cube):
    generate_vmap_rule = False
    @staticmethod
    def vmap(info, in_dims, v):
        print(info.batch_size, info.randomness, in_dims, v.shape)
        return v ** 3, 0

class Bare(Cube):
    generate_vmap_rule = False

print(jvp(Cube.apply, (x,), (t,)))
print(vmap(grad(lambda v: Cube.apply(v).sum()))(x))
print(vmap(Own.apply)(x))
attempt(lambda: vmap(Bare.apply)(x))
""",
    "writes": """
def f(v):
    made = v.clone()
    made[0] = 7
    made.add_(v)
    made[1:].mul_(v[0])
    return made

print(vmap(f)(x))
y = x.clone()
vmap(lambda v: v.add_(1))(y)
print(y - x)
print(vmap(lambda v: torch.zeros_like(v).add_(v))(x))
print(vmap(lambda v: v.new_zeros(2).add_(v[0]))(x))
attempt(lambda: vmap(lambda v: torch.zeros(4, dtype=torch.float64).copy_(v))(x))
""",
    "randomness": """
for way in ("same", "different", "error", "other"):
    def draw():
        torch.manual_seed(3)
        print(vmap(lambda v: v * 0 + torch.rand(4), randomness=way)(x))
    attempt(draw)
torch.manual_seed(3)
print(vmap(lambda v: torch.bernoulli(v.abs().clamp(0, 1)), randomness="different")(x))
attempt(lambda: vmap(lambda v: torch.bernoulli(v.sigmoid()), randomness="same")(x))
print(vmap(lambda v: F.dropout(v, 0.0), randomness="error")(x).sum())
""",
    "errors": """
attempt(lambda: vmap(lambda v: v.sum().item())(x))
attempt(lambda: vmap(lambda v: v if v.sum() > 0 else -v)(x))
attempt(lambda: vmap(lambda v: v[v > 0])(x))
attempt(lambda: vmap(lambda v: v.nonzero())(x))
attempt(lambda: vmap(lambda v: v.tolist())(x))
attempt(lambda: vmap(lambda v: v)(3))
attempt(lambda: vmap(lambda v, u: v, in_dims=(0,))(x, x))
attempt(lambda: vmap(lambda v: v, in_dims=[0])(x))
attempt(lambda: vmap(lambda v: v, in_dims=5)(x))
attempt(lambda: vmap(lambda v: v, in_dims=(0.5,))(x))
attempt(lambda: vmap(lambda v, u: v)(x, x[:2]))
attempt(lambda: vmap(lambda v: v)())
attempt(lambda: vmap(lambda v: 3)(x))
attempt(lambda: vmap(lambda v: (v, v), out_dims=(0,))(x))
attempt(lambda: vmap(lambda v: v, out_dims="a")(x))
attempt(lambda: vmap(lambda v: v, out_dims=None)(x))
attempt(lambda: vmap(lambda v: v, chunk_size=0)(x))
attempt(lambda: grad(lambda v: v)(x))
attempt(lambda: grad(lambda v: 3)(x))
attempt(lambda: grad(lambda v: v.sum(), argnums=1)(x))
attempt(lambda: grad(lambda v: v.sum(), argnums=(0, 0))(x))
attempt(lambda: grad(lambda v: v.requires_grad_().sum())(x))
attempt(lambda: jvp(lambda v: v, x, x))
attempt(lambda: jvp(lambda v: v, (x,), (x, x)))
attempt(lambda: jvp(lambda v: v, (x,), (x[0],)))
attempt(lambda: jvp(lambda v: torch.ones(3), (x,), (x,), strict=True))
attempt(lambda: vjp(lambda v: v, x)[1]((x,)))
attempt(lambda: vmap(torch.nn.BatchNorm1d(4).double())(x.expand(2, 3, 4)))
vmap(lambda v: print(v) or v)(x[:2, :2])
""",
    "ensembles": """
models = [torch.nn.Linear(4, 2).double() for _ in range(3)]
with torch.no_grad():
    for i, model in enumerate(models):
        model.weight.fill_(0.1 * (i + 1))
        model.bias.copy_(torch.arange(2.0) + i)
params, buffers = func.stack_module_state(models)
base = torch.nn.Linear(4, 2, device="meta")
def call(p, b, v):
    return func.functional_call(base, (p, b), (v,))
print(vmap(call, (0, 0, None))(params, buffers, x))
print(vmap(call)(params, buffers, x))
net = torch.nn.Sequential(torch.nn.Conv1d(2, 3, 2), torch.nn.BatchNorm1d(3), torch.nn.Flatten())
func.replace_all_batch_norm_modules_(net)
print(net[1].running_mean, vmap(net)(torch.ones(4, 2, 2, 5)).shape)
""",
    "linearize": """
out, push = func.linearize(lambda v: (v.sin(), v.sum()), x)
print(out)
print(push(t))
out, pull, aux = vjp(lambda v: ({"a": v.sin()}, v.sum()), x, has_aux=True)
print(out, pull({"a": t}), aux)
print(func.grad_and_value(lambda v: (v.sum(), v[0]), has_aux=True)(x))
print(func.functionalize(lambda v: v.clone().add_(1))(x))
print(torch.autograd.functional.jacobian(torch.sin, x[0], strategy="forward-mode", vectorize=True))
print(torch.autograd.functional.hessian(
    lambda v: (v ** 3).sum(), x[0], vectorize=True, outer_jacobian_strategy="forward-mode",
).detach())
y = x[0].clone().requires_grad_()
print(torch.autograd.grad(y ** 2, y, torch.eye(4, dtype=torch.float64), is_grads_batched=True))
print(torch.autograd.gradcheck(torch.sin, y, check_forward_ad=True, check_batched_grad=True,
                               check_batched_forward_grad=True))
print(torch.autograd.gradgradcheck(torch.exp, y, check_fwd_over_rev=True))
""",
    "rearrange": """
y = torch.arange(24.0).reshape(2, 3, 4)
for pattern in ("a b c -> c (a b)", "a b c -> (c a) b 1", "a ... -> ... a", "a ... -> a (...)",
                "a b -> b a", "a b c -> b a", "a a c -> a c", "a b c", "a b (c) -> a () b c",
                "a b c -> a b (c", "a b ... -> a b", "a 2 c -> a c"):
    attempt(lambda: print(func.rearrange(y, pattern)))
print(func.rearrange(y, "a b (c d) -> d a b c", d=2))
print(func.rearrange([y, y], "n a b c -> a n b c").shape)
attempt(lambda: func.rearrange(y, "a b c -> a b c", d=3))
""",
    "networks": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fused = True
        self.conv = torch.nn.Conv2d(1, 4, 3, groups=1)
        self.norm = torch.nn.GroupNorm(2, 4)
        self.attend = torch.nn.MultiheadAttention(4, 2, batch_first=True)
        self.out = torch.nn.Linear(4, 3)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2).flatten(2).transpose(1, 2)
        if self.fused:
            x, _ = self.attend(x, x, x, need_weights=False)
        else:
            x = (x @ x.transpose(1, 2)).softmax(-1) @ x
        return self.out(x.mean(1))

net = Net().double()
params = {k: v.detach() for k, v in net.named_parameters()}
images = torch.linspace(-1, 1, 3 * 64, dtype=torch.float64).reshape(3, 1, 8, 8).sin()
labels = torch.tensor([0, 2, 1])

def loss(p, x, c):
    return F.cross_entropy(func.functional_call(net, p, (x[None],)), c[None])

for name, g in vmap(grad(loss), (None, 0, 0))(params, images, labels).items():
    print(name, g.shape, g.abs().sum())

def adapted(p, x, c):
    steps = grad(loss)(p, x, c)
    return loss({k: p[k] - 0.1 * steps[k] for k in p}, x, c)

net.fused = False  # PyTorch differentiates fused attention only once
slopes = grad(lambda p: vmap(adapted, (None, 0, 0))(p, images, labels).mean())(params)
print({k: round(float(g.abs().sum()), 6) for k, g in slopes.items()})
""",
}


def source(name: str) -> str:
    """A program with what all of them begin with."""
    return _HEAD + PROGRAMS[name]


def main() -> None:
    torch = importlib.import_module("torch")
    importlib.import_module("torch.func")
    made = {name: run(torch, source(name)) for name in PROGRAMS}
    RECORDED.write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
