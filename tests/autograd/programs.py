"""Short programs about automatic differentiation, run with PyTorch and with loxley alike.

Each prints what a person would look at; `test_recorded.py` holds PyTorch's output, and
`tests/conformance/test_autograd.py` compares live.
"""

from __future__ import annotations

import contextlib
import io
import re
import types
import warnings
from typing import Any

PROGRAMS = {
    "second backward": """
x = torch.ones(2, requires_grad=True)
y = (x * x).sum()
y.backward()
attempt(lambda: y.backward())
""",
    "retain graph": """
x = torch.ones(2, requires_grad=True)
y = (x * x).sum()
y.backward(retain_graph=True)
y.backward()
print(x.grad)
""",
    "leaf in place": """
x = torch.ones(2, requires_grad=True)
attempt(lambda: x.add_(1))
attempt(lambda: x.view(2).mul_(2))
with torch.no_grad():
    x.add_(1)
print(x, x._version)
""",
    "saved value overwritten": """
x = torch.ones(2, requires_grad=True)
y = x.exp()
z = y * 2
y.add_(1)
attempt(lambda: z.sum().backward())
""",
    "saved input overwritten": """
a = torch.ones(3, requires_grad=True)
b = a * 1
c = b * b
b.mul_(2)
attempt(lambda: c.sum().backward())
""",
    "not a scalar": """
x = torch.ones(2, requires_grad=True)
attempt(lambda: (x * 2).backward())
(x * 2).backward(torch.tensor([1.0, 3.0]))
print(x.grad)
""",
    "no grad": """
x = torch.ones(2)
attempt(lambda: x.sum().backward())
attempt(lambda: torch.ones(2, dtype=torch.int64, requires_grad=True))
""",
    "names": """
x = torch.ones(2, 3, requires_grad=True)
for y in (x + 1, x * 2, x.sum(), x.mean(1), x.t(), x[0], x[:, 1:], x @ x.t(), x.relu(), x.exp(),
          x.view(6), x.max(), x.max(1)[0], torch.cat([x, x]), torch.stack([x, x]), x.clone(),
          x.softmax(-1), x.unsqueeze(0), x.expand(4, 2, 3), x.sqrt(), x.pow(2), x ** 2, x / 2,
          x.norm(), x.std(), x.var(), x.cumsum(0), x.sort()[0], x.tril(), x.log_softmax(-1)):
    print(y.grad_fn.name())
""",
    "next functions": """
x = torch.ones(2, requires_grad=True)
y = (x * 2 + 1).sum()
fn = y.grad_fn
while fn is not None:
    print(fn.name(), [(f.name() if f else None, i) for f, i in fn.next_functions])
    fn = fn.next_functions[0][0] if fn.next_functions else None
""",
    "grad": """
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = (x ** 3).sum()
g, = torch.autograd.grad(y, x, create_graph=True)
print(g)
h, = torch.autograd.grad(g.sum(), x, create_graph=True)
print(h)
k, = torch.autograd.grad(h.sum(), x)
print(k)
""",
    "unused": """
x = torch.ones(2, requires_grad=True)
z = torch.ones(2, requires_grad=True)
attempt(lambda: torch.autograd.grad((x * 2).sum(), z))
print(torch.autograd.grad((x * 2).sum(), z, allow_unused=True))
print(torch.autograd.grad((x * 2).sum(), z, materialize_grads=True))
""",
    "hooks": """
x = torch.ones(2, requires_grad=True)
y = x * 2
h1 = y.register_hook(lambda g: print("y", g))
h2 = x.register_hook(lambda g: g * 10)
(y * 3).sum().backward()
print(x.grad)
h1.remove()
h2.remove()
x.grad = None
(x * 2).sum().backward()
print(x.grad)
""",
    "post accumulate": """
x = torch.ones(2, requires_grad=True)
x.register_post_accumulate_grad_hook(lambda p: print("accumulated", p.grad))
(x * 2).sum().backward()
""",
    "node hooks": """
x = torch.ones(2, requires_grad=True)
y = (x * 2)
y.grad_fn.register_hook(lambda gi, go: print("hook", gi, go))
y.grad_fn.register_prehook(lambda go: (go[0] * 2,))
y.sum().backward()
print(x.grad)
""",
    "retain grad": """
x = torch.ones(2, requires_grad=True)
y = x * 2
y.retain_grad()
(y * y).sum().backward()
print(y.grad, y.retains_grad, y.is_leaf, x.is_leaf)
""",
    "function": """
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x)
        ctx.factor = factor
        return x ** 3 * factor
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        print("needs", ctx.needs_input_grad)
        return g * 3 * x ** 2 * ctx.factor, None
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = Cube.apply(x, 2.0)
print(y, y.grad_fn.name())
y.sum().backward()
print(x.grad)
""",
    "function with setup": """
class Scale(torch.autograd.Function):
    @staticmethod
    def forward(x, k):
        return x * k
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.k = inputs[1]
    @staticmethod
    def backward(ctx, g):
        return g * ctx.k, None
x = torch.ones(2, requires_grad=True)
Scale.apply(x, 5).sum().backward()
print(x.grad)
""",
    "function twice": """
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 2 * g * x
x = torch.tensor(3.0, requires_grad=True)
g, = torch.autograd.grad(Square.apply(x), x, create_graph=True)
print(g)
print(torch.autograd.grad(g, x))
""",
    "function wrong count": """
class Bad(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        return x + y
    @staticmethod
    def backward(ctx, g):
        return g
x = torch.ones(2, requires_grad=True)
attempt(lambda: Bad.apply(x, x).sum().backward())
""",
    "modes": """
x = torch.ones(2, requires_grad=True)
with torch.no_grad():
    y = x * 2
    print(y.requires_grad, torch.is_grad_enabled())
    with torch.enable_grad():
        print((x * 2).requires_grad)
with torch.set_grad_enabled(False):
    print((x * 2).requires_grad)
@torch.no_grad()
def f(x):
    return x * 2
print(f(x).requires_grad, torch.is_grad_enabled())
with torch.inference_mode():
    z = x * 2
print(z.requires_grad, z.is_inference())
attempt(lambda: (x * z).sum().backward())
""",
    "detach": """
x = torch.ones(2, requires_grad=True)
y = x * 2
d = y.detach()
d.zero_()
print(y, d.requires_grad)
attempt(lambda: setattr(y, "requires_grad", False))
x.data.mul_(3)
print(x, x._version)
""",
    "views and writes": """
x = torch.ones(2, 2, requires_grad=True)
y = x * 1
y[0].mul_(3)
print(y.grad_fn.name(), y[0].grad_fn.name())
y[:, 1] = 7
y.sum().backward()
print(x.grad)
""",
    "multi output view": """
x = torch.ones(4, requires_grad=True)
a, b = (x * 1).chunk(2)
attempt(lambda: a.add_(1))
""",
    "view under no_grad": """
x = torch.ones(4, requires_grad=True) * 1
with torch.no_grad():
    v = x[:2]
attempt(lambda: v.add_(1))
""",
    "saved tensor hooks": """
def pack(t):
    print("pack", tuple(t.shape))
    return t * 1
def unpack(t):
    print("unpack")
    return t
x = torch.ones(2, requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
    y = x * x
y.sum().backward()
print(x.grad)
""",
    "checkpoint": """
from torch.utils.checkpoint import checkpoint
x = torch.ones(2, requires_grad=True)
def f(t):
    print("run")
    return (t * t).exp()
y = checkpoint(f, x, use_reentrant=False)
y.sum().backward()
print(x.grad)
""",
    "functional": """
from torch.autograd.functional import jacobian, hessian, vjp, jvp, hvp
x = torch.tensor([1.0, 2.0])
print(jacobian(lambda t: t ** 2, x))
print(hessian(lambda t: (t ** 3).sum(), x))
print(vjp(lambda t: t ** 2, x, torch.ones(2)))
print(jvp(lambda t: t ** 2, x, torch.ones(2)))
print(hvp(lambda t: (t ** 3).sum(), x, torch.ones(2)))
""",
    "gradcheck": """
x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
print(torch.autograd.gradcheck(lambda t: t.exp() * t, (x,)))
print(torch.autograd.gradgradcheck(lambda t: t.exp() * t, (x,)))
""",
    "grad attribute": """
x = torch.ones(2, requires_grad=True)
attempt(lambda: setattr(x, "grad", torch.ones(3)))
attempt(lambda: setattr(x, "grad", 1))
x.grad = torch.ones(2)
(x * 2).sum().backward()
print(x.grad)
x.grad = None
print(x.grad)
""",
    "inputs": """
x = torch.ones(2, requires_grad=True)
w = torch.ones(2, requires_grad=True)
(x * w).sum().backward(inputs=[w])
print(x.grad, w.grad)
""",
    "complex": """
x = torch.tensor([1.0 + 2.0j], requires_grad=True)
(x * x.conj()).real.sum().backward()
print(x.grad)
attempt(lambda: (x * x).sum().backward())
""",
    "dtype of gradients": """
x = torch.ones(2, dtype=torch.float64, requires_grad=True)
y = torch.ones(2, requires_grad=True)
(x * y).sum().backward()
print(x.grad, y.grad)
""",
    "broadcast": """
a = torch.ones(3, 1, requires_grad=True)
b = torch.ones(4, requires_grad=True)
(a * b).sum().backward()
print(a.grad, b.grad)
""",
}


def run(torch: types.ModuleType, source: str) -> str:
    """What a program prints, addresses made equal; an exception is printed as its type and text."""
    out = io.StringIO()

    def attempt(action: Any) -> None:
        try:
            action()
            print("no error", file=out)
        except Exception as error:  # noqa: BLE001 - what is shown is the point
            print(type(error).__name__, error, file=out)

    def show(*things: Any) -> None:
        print(*things, file=out)

    space = {"torch": torch, "attempt": attempt, "print": show}
    with warnings.catch_warnings(), contextlib.suppress(SystemExit):
        warnings.simplefilter("ignore")
        try:
            exec(compile(source, "program", "exec"), space)  # noqa: S102
        except Exception as error:  # noqa: BLE001
            print("raised", type(error).__name__, error, file=out)
    return re.sub(r"0x[0-9a-f]+", "0x", out.getvalue())
