"""Short programs that use `nn.utils` and `nn.init`."""

from __future__ import annotations

SETUP = """
from types import SimpleNamespace
U = nn.utils
P, PZ, prune, R = U.parametrize, U.parametrizations, U.prune, U.rnn
init = nn.init
def attempt(f):
    try:
        print(f())
    except Exception as error:
        print(type(error).__name__, error)
class Sym(nn.Module):
    def forward(self, x): return x.triu() + x.triu(1).transpose(-1, -2)
    def right_inverse(self, x): return x.triu()
class OneWay(nn.Module):
    def forward(self, x): return x * 2
class Two(nn.Module):
    def forward(self, a, b): return a * b
    def right_inverse(self, x): return x, torch.ones_like(x)
class Bad(nn.Module):
    def forward(self, x): return x[0]
class BadType(nn.Module):
    def forward(self, x): return x.double()
class BadResult(nn.Module):
    def forward(self, x): return 3
l = nn.Linear(3, 3)
x = torch.arange(24.).view(4, 3, 2)
"""

PROGRAMS = {
    "init": """
for name in ["linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu", "foo"]:
    attempt(lambda: init.calculate_gain(name))
for param in [0.2, True, "a", 2]:
    attempt(lambda: init.calculate_gain("leaky_relu", param))
e = torch.empty
for f, a, k in [
    (init.uniform_, (e(3), -1, 2), {}), (init.normal_, (e(3), 1, 2), {}),
    (init.constant_, (e(2), 3), {}), (init.ones_, (e(2),), {}), (init.zeros_, (e(2),), {}),
    (init.eye_, (e(2, 3),), {}), (init.eye_, (e(2),), {}), (init.dirac_, (e(4, 2, 3), 2), {}),
    (init.dirac_, (e(3, 2, 2), 2), {}), (init.dirac_, (e(2),), {}),
    (init.xavier_uniform_, (e(2, 3), 2.), {}), (init.xavier_normal_, (e(2, 3, 2),), {}),
    (init.xavier_normal_, (e(2),), {}), (init.kaiming_uniform_, (e(2, 3),), {"a": 1}),
    (init.kaiming_normal_, (e(3, 2), 0, "fan_out", "relu"), {}),
    (init.kaiming_normal_, (e(3, 2), 0, "x"), {}), (init.kaiming_uniform_, (e(0, 2),), {}),
    (init.trunc_normal_, (e(6),), {}), (init.trunc_normal_, (e(4), 0, 0.1, -0.05, 0.5), {}),
    (init.trunc_normal_, (e(4), 5.), {}), (init.trunc_normal_, (e(4), 0, 1, 1, 9), {}),
    (init.sparse_, (e(5, 4), 0.3), {}), (init.sparse_, (e(2), 0.3), {}),
    (init.uniform, (e(2),), {}), (init.uniform_, (e(2), 2, 1), {}),
]:
    attempt(lambda: f(*a, **k))
print(torch.rand(2))
g = torch.Generator().manual_seed(5)
print(init.normal_(e(2), generator=g), init.kaiming_uniform_(e(2, 2), generator=g))
p = nn.Parameter(e(2)); init.ones_(p); print(p)
""",
    "orthogonal init": """
print(init.orthogonal_(torch.empty(2, 3)), init.orthogonal_(torch.empty(3, 2, 2), gain=2))
attempt(lambda: init.orthogonal_(torch.empty(2)))
""",
    "clip": """
attempt(lambda: U.clip_grad_norm_(l.parameters(), 1.))
l(torch.ones(1, 3)).sum().backward()
attempt(lambda: U.clip_grad_norm_(l.parameters(), 1.)); print(l.weight.grad)
attempt(lambda: U.clip_grad_norm_(l.weight, 0.2, float("inf")))
attempt(lambda: U.clip_grad_norm_(l.parameters(), 1., norm_type=1))
attempt(lambda: U.clip_grad_norm_(l.parameters(), 1., norm_type=0))
attempt(lambda: U.clip_grad_norm(l.parameters(), 0.1))
attempt(lambda: U.clip_grad_norm_(iter(l.parameters()), .1, foreach=True)); print(l.bias.grad)
attempt(lambda: U.get_total_norm([torch.ones(2), torch.ones(3)]))
attempt(lambda: U.get_total_norm([torch.ones(2), torch.ones(3, dtype=torch.float64)]))
attempt(lambda: U.get_total_norm([]))
l.weight.grad[0, 0] = float("nan")
attempt(lambda: U.clip_grad_norm_(l.parameters(), 1., error_if_nonfinite=True))
attempt(lambda: U.clip_grad_value_(l.parameters(), .01)); print(l.weight.grad, l.bias.grad)
""",
    "vectors": """
attempt(lambda: U.parameters_to_vector(l.parameters()))
U.vector_to_parameters(torch.arange(12.), l.parameters()); print(l.weight, l.bias)
attempt(lambda: U.vector_to_parameters(3, []))
attempt(lambda: U.vector_to_parameters(torch.ones(3), [torch.ones(2, 2)]))
""",
    "weight norm": """
print(U.weight_norm(l), list(l.state_dict()), l.weight, l.weight.grad_fn)
attempt(lambda: U.weight_norm(l))
l(torch.ones(1, 3)).pow(2).sum().backward(); print(l.weight_g.grad, l.weight_v.grad)
print(U.remove_weight_norm(l), list(l.state_dict()), l.weight)
attempt(lambda: U.remove_weight_norm(l))
for dim in (None, 1, -1, 2):
    c = U.weight_norm(nn.Conv1d(2, 3, 2), dim=dim); print(c.weight_g.shape, c.weight)
attempt(lambda: U.weight_norm(nn.LazyLinear(3)))
""",
    "spectral norm": """
attempt(lambda: U.spectral_norm(l)); print(l.state_dict(), l.state_dict()._metadata)
attempt(lambda: U.spectral_norm(l))
y = l(torch.ones(1, 3)); print(y, l.state_dict()); y.sum().backward(); print(l.weight_orig.grad)
l.eval(); print(l(torch.ones(1, 3)), l.weight_u)
other = U.spectral_norm(nn.Linear(3, 3)); print(other.load_state_dict(l.state_dict()))
print(U.remove_spectral_norm(l), list(l.state_dict()), l._state_dict_hooks)
attempt(lambda: U.remove_spectral_norm(l))
attempt(lambda: U.spectral_norm(l, n_power_iterations=0))
c = U.spectral_norm(nn.ConvTranspose1d(2, 3, 2)); print(c(torch.ones(1, 2, 3)))
""",
    "parametrize": """
print(P.register_parametrization(l, "weight", Sym()), l.weight, list(l.state_dict()))
print(type(l).__name__, P.type_before_parametrizations(l).__name__, P.is_parametrized(l))
print(P.is_parametrized(l, "bias"), l.parametrizations.weight.original, "weight" in dir(l))
l.weight = torch.eye(3); print(l.weight, l(torch.ones(1, 3)))
print(P.register_parametrization(l, "weight", OneWay(), unsafe=True), l.weight)
def assign(): l.weight = torch.eye(3)
attempt(assign)
with P.cached():
    print(l.weight is l.weight)
print(l.weight is l.weight)
import copy, pickle
twin = copy.deepcopy(l); print(twin, torch.equal(twin.weight, l.weight))
attempt(lambda: pickle.dumps(l))
print(P.remove_parametrizations(l, "weight"), l.weight, list(l.state_dict()))
attempt(lambda: P.remove_parametrizations(l, "weight"))
""",
    "parametrize errors": """
for f in [
    lambda: P.register_parametrization(l, "foo", Sym()),
    lambda: P.register_parametrization(l, "in_features", Sym()),
    lambda: P.register_parametrization(l, "weight", Bad()),
    lambda: P.register_parametrization(l, "weight", BadType()),
    lambda: P.register_parametrization(l, "weight", BadResult()),
]:
    attempt(f)
P.register_parametrization(l, "weight", Two())
print(l, list(l.state_dict()), l.parametrizations.weight.ntensors)
attempt(lambda: P.remove_parametrizations(l, "weight", leave_parametrized=False))
print(P.remove_parametrizations(l, "weight"), list(l.state_dict()), l.weight.requires_grad)
k = nn.Linear(3, 3); P.register_parametrization(k, "weight", OneWay())
print(P.remove_parametrizations(k, "weight", leave_parametrized=False).weight)
P.register_parametrization(k, "weight", Sym())
print(P.transfer_parametrizations_and_params(k, nn.Linear(3, 3)).weight)
""",
    "parametrizations": """
for f in (PZ.weight_norm, PZ.spectral_norm):
    m = f(nn.Linear(2, 3)); print(m, m.state_dict(), m.weight)
    m(torch.ones(1, 2)).sum().backward(); print([p.grad for p in m.parameters()])
m = PZ.weight_norm(nn.Linear(2, 3))
print(m.load_state_dict(U.weight_norm(nn.Linear(2, 3)).state_dict()))
print(PZ.spectral_norm(nn.Linear(3, 3), name="bias").bias)
attempt(lambda: PZ.spectral_norm(nn.Linear(3, 3), dim=5))
attempt(lambda: PZ.spectral_norm(nn.Linear(3, 3), n_power_iterations=0))
attempt(lambda: PZ.spectral_norm(nn.Linear(3, 3), name="x"))
attempt(lambda: PZ.weight_norm(nn.Linear(3, 3), name="x"))
""",
    "orthogonal": """
def near(a): return (a.mT @ a - torch.eye(a.size(-1))).abs().max().item() < 1e-5
for shape in ((3, 3), (2, 4), (4, 2)):
    for kind in (None, "matrix_exp", "cayley", "householder"):
        m = PZ.orthogonal(nn.Linear(*shape), orthogonal_map=kind)
        print(m, m.weight, m.weight.shape)
m = nn.Linear(3, 3); q = torch.eye(3)[[1, 0, 2]]
PZ.orthogonal(m); m.weight = q; print(m.weight)
attempt(lambda: PZ.orthogonal(nn.Linear(3, 3), orthogonal_map="x"))
attempt(lambda: PZ.orthogonal(nn.Linear(3, 3), name="x"))
attempt(lambda: PZ.orthogonal(nn.Linear(3, 3), name="bias"))
""",
    "prune": """
print(prune.random_unstructured(l, "weight", .3), l.weight, l.weight_mask, list(l.state_dict()))
print(prune.l1_unstructured(l, "weight", 2), l.weight, prune.is_pruned(l))
l(torch.ones(1, 3)).sum().backward(); print(l.weight_orig.grad)
hook = list(l._forward_pre_hooks.values())[0]; print(type(hook).__name__, len(hook))
print(prune.remove(l, "weight"), l.weight, list(l.state_dict()), prune.is_pruned(l))
attempt(lambda: prune.remove(l, "weight"))
for f, a in [
    (prune.random_structured, (1, 0)), (prune.ln_structured, (.4, 2, 1)),
    (prune.ln_structured, (1, 1, -1)), (prune.identity, ()),
    (prune.custom_from_mask, (torch.eye(3),)), (prune.random_unstructured, (9,)),
    (prune.random_unstructured, (10,)), (prune.random_unstructured, (-.3,)),
    (prune.random_unstructured, ("a",)), (prune.random_structured, (7, 0)),
    (prune.random_structured, (1, 3)),
]:
    m = nn.Linear(3, 3); attempt(lambda: f(m, "weight", *a)); print(m.weight, list(m.state_dict()))
attempt(lambda: prune.random_structured(nn.Linear(1, 1), "bias", 1, 0))
a, b = nn.Linear(4, 3), nn.Linear(3, 2)
pairs = [(a, "weight"), (b, "weight")]
attempt(lambda: prune.global_unstructured(pairs, prune.L1Unstructured, amount=.5))
print(a.weight_mask, b.weight_mask, prune.L1Unstructured(1).prune(torch.arange(4.)))
attempt(lambda: prune.global_unstructured(3, prune.L1Unstructured, amount=1))
prune.ln_structured(a, "weight", 1, 2, 0); print(a.weight_mask)
""",
    "packing": """
p = R.pack_padded_sequence(x, [4, 2, 1]); print(p, R.pad_packed_sequence(p))
print(R.pad_packed_sequence(p, True, -1., 6))
u = R.pack_padded_sequence(x, [1, 2, 4], enforce_sorted=False); print(u, R.pad_packed_sequence(u))
for f in [
    lambda: R.pack_padded_sequence(x, [1, 2, 4]), lambda: R.pack_padded_sequence(x, [4, 2]),
    lambda: R.pack_padded_sequence(x, [4, 2, 0]), lambda: R.pack_padded_sequence(x, []),
    lambda: R.pack_padded_sequence(x, torch.tensor([5, 2, 1])),
    lambda: R.pack_padded_sequence(torch.ones(0, 3), [1]),
    lambda: R.pad_packed_sequence(p, total_length=2),
    lambda: R.pad_sequence([torch.ones(2), torch.ones(3)]),
    lambda: R.pad_sequence([torch.ones(2), torch.ones(3)], True, -1, "left"),
    lambda: R.pad_sequence([torch.ones(2), torch.ones(3)], padding_side="x"),
    lambda: R.pad_sequence([]), lambda: R.pad_sequence(torch.ones(2, 3)),
    lambda: R.pad_sequence(3), lambda: R.pad_sequence([torch.ones(2, 2), torch.ones(3, 3)]),
    lambda: R.unpad_sequence(x.clone(), torch.tensor([4, 2, 1])),
    lambda: R.pack_sequence([torch.ones(3), torch.ones(1)]),
    lambda: R.pack_sequence([torch.ones(1), torch.ones(3)]),
    lambda: R.unpack_sequence(R.pack_sequence([torch.ones(1), torch.ones(3)], False)),
    lambda: R.PackedSequence(torch.ones(2)), lambda: p.is_cuda,
    lambda: p.to(torch.float64).data.dtype, lambda: p.double().data.dtype, lambda: p.cpu() is p,
    lambda: R.invert_permutation(torch.tensor([2, 0, 1])), lambda: p.to("cpu") is p,
    lambda: R.PackedSequence(torch.ones(2), torch.tensor([1, 1]), torch.tensor([0])),
]:
    attempt(f)
y = torch.ones(4, 3, 2, requires_grad=True); q = R.pack_padded_sequence(y, [4, 2, 1])
print(q.data.grad_fn.name()); (q.data * torch.arange(7.).view(7, 1)).sum().backward(); print(y.grad)
y.grad = None; z, _ = R.pad_packed_sequence(R.pack_padded_sequence(y, [4, 2, 1]))
print(z.grad_fn); (z * x).sum().backward(); print(y.grad)
parts = [torch.ones(2, requires_grad=True), torch.ones(3)]
w = R.pad_sequence(parts); print(w.grad_fn); (w * 2).sum().backward(); print(parts[0].grad)
""",
    "fusion": """
c, b = nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3)
b(torch.randn(4, 3, 2, 2))
attempt(lambda: U.fuse_conv_bn_eval(c, b))
f = U.fuse_conv_bn_eval(c.eval(), b.eval()); y = torch.randn(1, 2, 2, 2)
print(f, (f(y) - b(c(y))).abs().max().item() < 1e-6, f.weight.requires_grad)
from_linear = U.fusion.fuse_linear_bn_eval(nn.Linear(2, 3).eval(), nn.BatchNorm1d(3).eval())
print(from_linear)
attempt(lambda: U.fusion.fuse_linear_bn_eval(nn.Linear(2, 3).eval(), nn.BatchNorm1d(2).eval()))
""",
    "stateless": """
call = U.stateless.functional_call; y = torch.ones(1, 3)
attempt(lambda: call(l, {"weight": torch.eye(3)}, y)); print(l.weight)
attempt(lambda: call(l, {"weight": torch.eye(3), "bias": torch.zeros(3)}, (y,), strict=True))
attempt(lambda: call(l, {"weight": torch.eye(3), "x": y}, y, strict=True))
attempt(lambda: call(l, {"weight": torch.eye(3)}, y, strict=True))
attempt(lambda: call(l, {"x": y}, y)); attempt(lambda: call(l, {"weight": 3}, y))
attempt(lambda: call(nn.Sequential(l), {"1.weight": torch.eye(3)}, y))
w = torch.eye(3, requires_grad=True); call(l, {"weight": w}, y).sum().backward(); print(w.grad)
tied = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3)); tied[1].weight = tied[0].weight
attempt(lambda: call(tied, {"0.weight": torch.eye(3)}, y))
attempt(lambda: call(tied, {"0.weight": torch.eye(3)}, y, tie_weights=False))
b = nn.BatchNorm1d(3); call(b, {"running_mean": torch.ones(3)}, torch.randn(4, 3))
print(b.running_mean, b.num_batches_tracked)
""",
    "skip init": """
print(U.skip_init(nn.Linear, 2, 3).weight.shape); attempt(lambda: U.skip_init(nn.ReLU))
attempt(lambda: U.skip_init(3))
""",
}

CASES = {f"utility {name}": SETUP + text for name, text in PROGRAMS.items()}
