"""Short programs that use modules in every way: hooks, state dicts, the rest of `Module`."""

from __future__ import annotations

NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.second = nn.Linear(4, 2)
        self.register_buffer("scale", torch.ones(2))
        self.register_buffer("scratch", torch.zeros(1), persistent=False)
    def forward(self, x, flip=False):
        x = self.second(torch.tanh(self.first(x))) * self.scale
        return -x if flip else x
net = Net()
x = torch.arange(6.).view(2, 3).requires_grad_()
"""

HOOKS = {
    "forward order": """
for i in range(3):
    net.register_forward_pre_hook(lambda m, a, i=i: print("pre", i, type(m).__name__, len(a)))
    net.register_forward_hook(lambda m, a, o, i=i: print("post", i, o.shape), prepend=i == 2)
net.register_forward_pre_hook(lambda m, a: print("first"), prepend=True)
print(net(x))
""",
    "replacing": """
net.register_forward_pre_hook(lambda m, a: a[0] * 2)
net.register_forward_hook(lambda m, a, o: o + 1)
net.register_forward_hook(lambda m, a, o: (o, a))
print(net(x))
""",
    "with kwargs": """
net.register_forward_pre_hook(lambda m, a, k: (a, {"flip": True}), with_kwargs=True)
net.register_forward_hook(lambda m, a, k, o: print(k, o), with_kwargs=True)
net(x, flip=False)
""",
    "handles": """
h = net.register_forward_hook(lambda *a: print("hook"))
net(x); h.remove(); h.remove(); net(x)
with net.register_forward_pre_hook(lambda *a: print("pre")):
    net(x)
net(x)
print(len(net._forward_hooks), len(net._forward_pre_hooks))
""",
    "always call": """
def bad(m, a, o): print("always", o)
net.register_forward_hook(bad, always_call=True)
net.register_forward_hook(lambda *a: print("never"))
try:
    net(x, x, x)
except TypeError as error:
    print(error)
net(x)
""",
    "full backward": """
for m in (net, net.first, net.second):
    m.register_full_backward_pre_hook(lambda m, g: print("pre", type(m).__name__, g))
    m.register_full_backward_hook(lambda m, gi, go: print("post", type(m).__name__, gi, go))
y = net(x)
print(y)
y.sum().backward()
print(x.grad, net.first.weight.grad, net.second.bias.grad)
""",
    "full backward replaces": """
net.second.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10,))
net.second.register_full_backward_pre_hook(lambda m, go: (go[0] * 3,))
net(x).sum().backward()
print(x.grad, net.first.bias.grad, net.second.bias.grad)
""",
    "full backward without input gradients": """
net.first.register_full_backward_hook(lambda m, gi, go: print("hook", gi, go))
net(x.detach()).sum().backward()
""",
    "full backward, several outputs": """
class Two(nn.Module):
    def forward(self, a, b, c):
        return a * b, 3, b + 1
two = Two()
two.register_full_backward_hook(lambda m, gi, go: print(gi, go))
a = torch.ones(2, requires_grad=True)
out = two(a, torch.full((2,), 2.), "c")
print(out)
out[0].sum().backward()
print(a.grad)
""",
    "wrong number of gradients": """
net.first.register_full_backward_hook(lambda m, gi, go: (1, 2))
net(x).sum().backward()
""",
    "old backward hook": """
net.second.register_backward_hook(lambda m, gi, go: print([g is not None for g in gi], go))
net(x).sum().backward()
""",
    "mixed kinds": """
net.register_backward_hook(print)
net.register_full_backward_hook(print)
""",
    "global": """
m = nn.modules.module
handles = [
    m.register_module_forward_pre_hook(lambda mod, a: print("gpre", type(mod).__name__)),
    m.register_module_forward_hook(lambda mod, a, o: print("gpost", type(mod).__name__)),
    m.register_module_full_backward_hook(lambda mod, gi, go: print("gback", type(mod).__name__)),
    m.register_module_full_backward_pre_hook(lambda mod, go: print("gbpre", type(mod).__name__)),
]
net.register_forward_hook(lambda *a: print("own"))
net(x).sum().backward()
for h in handles: h.remove()
net(x)
""",
    "registration": """
m = nn.modules.module
handles = [
    m.register_module_parameter_registration_hook(lambda mod, n, p: print("p", n)),
    m.register_module_buffer_registration_hook(lambda mod, n, b: print("b", n)),
    m.register_module_module_registration_hook(lambda mod, n, c: print("m", n)),
]
Net()
for h in handles: h.remove()
Net()
""",
}

STATE = {
    "round trip": """
other = Net()
print(other.load_state_dict(net.state_dict()))
print(net.state_dict(), net.state_dict()._metadata)
print(torch.equal(other(x), net(x)))
""",
    "shares memory": """
sd = net.state_dict()
sd["first.bias"].fill_(7)
print(net.first.bias, sd["first.bias"].requires_grad)
kept = net.state_dict(keep_vars=True)
print(kept["first.bias"] is net.first.bias)
""",
    "errors": """
sd = net.state_dict()
sd["more"] = torch.ones(1); sd["first.deep.more"] = torch.ones(1)
sd["first.weight"] = torch.ones(4, 5)
del sd["second.bias"]; sd["scale"] = 3
net.load_state_dict(sd)
""",
    "not strict": """
sd = net.state_dict()
sd["more"] = torch.ones(1); del sd["second.bias"]
print(net.load_state_dict(sd, strict=False))
""",
    "assign": """
sd = {k: v * 0 + 3 for k, v in net.state_dict().items()}
net.load_state_dict(sd, assign=True)
print(net.first.weight, net.scale, net.scale is sd["scale"])
print(net.first.weight.data_ptr() == sd["first.weight"].data_ptr())
""",
    "hooks": """
net.register_state_dict_pre_hook(lambda m, p, k: print("pre", repr(p), k))
net.register_state_dict_post_hook(lambda m, sd, p, meta: print("post", len(sd), p, meta))
net.first.register_load_state_dict_pre_hook(lambda m, *a: print("load", type(m).__name__, a[1:]))
net.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.clear())
sd = net.state_dict(prefix="a.")
sd = net.state_dict()
del sd["scale"]
print(net.load_state_dict(sd))
""",
    "extra state": """
class Extra(nn.Linear):
    def get_extra_state(self): return {"step": 3}
    def set_extra_state(self, state): print("set", state)
e = Extra(1, 1)
print(e.state_dict())
print(e.load_state_dict(e.state_dict()))
print(nn.Linear(1, 1).load_state_dict(e.state_dict(), strict=False))
e.load_state_dict(nn.Linear(1, 1).state_dict())
""",
    "old batch norm": """
b = nn.BatchNorm1d(2)
sd = b.state_dict(); del sd["num_batches_tracked"]; del sd._metadata
print(b.load_state_dict(sd), b.num_batches_tracked)
""",
    "scalar": """
class S(nn.Module):
    def __init__(self):
        super().__init__(); self.a = nn.Parameter(torch.tensor(0.))
s = S(); s.load_state_dict({"a": torch.tensor([5.])}); print(s.a)
""",
    "prefix": """
sd = {"module." + k: v for k, v in net.state_dict().items()}
nn.modules.utils.consume_prefix_in_state_dict_if_present(sd, "module.")
print(list(sd), net.load_state_dict(sd))
""",
    "lazy": """
lazy = nn.LazyLinear(2)
print(lazy.load_state_dict(nn.Linear(3, 2).state_dict()), lazy)
print(lazy(torch.ones(1, 3)).shape, lazy, type(lazy.weight).__name__)
lazy = nn.LazyConv1d(2, 3); lazy.load_state_dict(nn.Conv1d(4, 2, 3).state_dict())
print(lazy(torch.ones(1, 4, 5)).shape, lazy)
lazy = nn.Sequential(nn.LazyConv2d(2, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(3))
print(lazy)
print(lazy(torch.ones(2, 1, 5, 5)).shape, lazy)
print([p.shape for p in lazy.parameters()])
""",
}

INTERFACE = {
    "names": """
deep = nn.Sequential(net, nn.ModuleList([net, nn.ReLU()]))
print([n for n, _ in deep.named_modules()])
print([n for n, _ in deep.named_modules(remove_duplicate=False)])
print([n for n, _ in deep.named_parameters()])
print([n for n, _ in deep.named_parameters(prefix="p", remove_duplicate=False)])
print([n for n, _ in deep.named_buffers()], [n for n, _ in deep.named_children()])
print(len(list(deep.parameters(recurse=False))), len(list(deep.modules())))
print(deep.get_submodule("1.0.first"), deep.get_parameter("0.first.bias").shape)
print(deep.get_buffer("0.scale"))
""",
    "apply": """
net.apply(lambda m: print(type(m).__name__))
def init(m):
    if isinstance(m, nn.Linear):
        nn.init.constant_(m.weight, .5); m.bias.data.fill_(0.1)
print(net.apply(init) is net, net(x))
""",
    "conversion": """
first = net.first.weight
net(x).sum().backward()
net.double()
print(net.first.weight is first, first.dtype, first.grad.dtype, net.scale.dtype)
print(net.half().first.weight.dtype, net.to(torch.bfloat16).first.bias.dtype)
print(net.float()(x).dtype, net.to("cpu").to(torch.device("cpu"), torch.float64).scale.dtype)
print(net.to(torch.ones(1)).scale.dtype, net.type(torch.float64).scale.dtype)
counter = nn.BatchNorm1d(2).double()
print(counter.num_batches_tracked.dtype, counter.running_mean.dtype)
""",
    "modes": """
print(net.training, net.eval() is net, net.first.training, net.train().second.training)
net.requires_grad_(False); print([p.requires_grad for p in net.parameters()])
net.requires_grad_(); net(x).sum().backward()
net.zero_grad(set_to_none=False); print(net.first.bias.grad)
net.zero_grad(); print(net.first.bias.grad)
""",
    "attributes": """
net.first = None; print(net, net.first)
net.extra = nn.Parameter(torch.ones(1)); print(list(net._parameters))
net.scale = None; print(net.scale, list(net.state_dict()))
del net.second; print(net, hasattr(net, "second"))
net.third = nn.Linear(1, 1); net.third = torch.nn.ReLU(); print(net)
net.value = 3; net.value = nn.Linear(1, 1); print("value" in net.__dict__, net)
net.temp = nn.Buffer(torch.ones(2), persistent=False)
print(dict(net.named_buffers()), list(net.state_dict()))
net.temp = nn.Parameter(torch.zeros(1)); print(list(net.state_dict()))
print([n for n in dir(net) if n in ("extra", "temp", "value")])
""",
    "copy and pickle": """
import copy, pickle
twin = copy.deepcopy(net)
print(twin.first.weight is net.first.weight, torch.equal(twin(x), net(x)))
tied = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)); tied[1].weight = tied[0].weight
print(len(list(tied.parameters())), len(list(copy.deepcopy(tied).parameters())))
back = pickle.loads(pickle.dumps(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))))
print(back, back.state_dict().keys(), back[0].weight.requires_grad)
shallow = copy.copy(net); print(shallow.first is net.first)
""",
    "to_empty": """
m = nn.Linear(2, 3, device="meta"); print(m.weight.is_meta, m.weight.shape)
m.to_empty(device="cpu"); print(m.weight.is_meta, isinstance(m.weight, nn.Parameter))
print(nn.utils.skip_init(nn.Linear, 2, 3))
""",
    "call super init": """
class Mixin:
    def __init__(self, a): self.a = a
class Both(nn.Module, Mixin):
    call_super_init = True
print(Both(3).a)
""",
    "extra repr": """
class Named(nn.Module):
    def __init__(self, text, *children):
        super().__init__(); self.text = text
        for i, c in enumerate(children): self.add_module(f"c{i}", c)
    def extra_repr(self): return self.text
print(Named("a=1"), Named("a=1\\nb=2"), Named("x", nn.ReLU(), Named("y\\nz")), Named(""))
print(repr(nn.Sequential(Named("", nn.ModuleList([nn.Sequential(nn.ReLU())] * 3)))))
""",
}

PROGRAMS = {**HOOKS, **STATE, **INTERFACE}
CASES = {f"program {name}": NET + text for name, text in PROGRAMS.items()}
