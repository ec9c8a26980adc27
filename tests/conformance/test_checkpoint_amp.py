"""Checkpoints, autocast and GradScaler beside PyTorch's: results, errors, warnings, dtypes."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
import torch.utils.checkpoint as their_checkpoint  # noqa: E402

import loxley  # noqa: E402
import loxley.amp  # noqa: E402
import loxley.nn  # noqa: E402
import loxley.optim  # noqa: E402
import loxley.utils.checkpoint as our_checkpoint  # noqa: E402

BOTH = ((torch, their_checkpoint), (loxley, our_checkpoint))


def names_of_torch(text):
    head = text.replace("loxley", "torch").partition("\nTip")[0].rstrip()
    return head.partition(" (Triggered internally")[0]


def outcome(action):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = action()
        except Exception as error:
            result = (type(error).__name__, names_of_torch(str(error)))
    return result, [(w.category.__name__, names_of_torch(str(w.message))) for w in caught]


def close(ours, theirs):
    if isinstance(theirs, (list, tuple)) and not isinstance(theirs, str):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            close(a, b)
    elif isinstance(theirs, float):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    else:
        assert ours == theirs


# -------------------------------------------------------------------------- checkpoints


@pytest.mark.parametrize(
    "options",
    [
        {"use_reentrant": False},
        {"use_reentrant": True},
        {"use_reentrant": False, "early_stop": False},
        {"use_reentrant": False, "preserve_rng_state": False},
    ],
)
def test_random_numbers_and_gradients(options):
    def go(m, c):
        m.manual_seed(0)
        x = m.randn(4, 5, requires_grad=True)
        w = m.randn(5, 5, requires_grad=True)
        calls = []

        def f(x):
            calls.append(m.is_grad_enabled())
            h = (x @ w).sin()
            return h * m.rand(4, 5), h.exp()

        a, b = c.checkpoint(f, x, **options)
        between = m.rand(2).tolist()
        (a.sum() + b.mean()).backward()
        return x.grad.tolist(), w.grad.tolist(), calls, between, m.rand(2).tolist()

    theirs, ours = (go(m, c) for m, c in BOTH)
    close(ours, theirs)


class Other:
    """Functions that compute otherwise the second time."""

    def __init__(self, m):
        self.m, self.calls = m, 0

    def _second(self):
        self.calls += 1
        return self.calls % 2 == 0

    def fewer(self, x):
        y = x.sin()
        return y if self._second() else y.exp()

    def shapes(self, x):
        return (self.m.cat([x, x]) if self._second() else x).sin().exp()

    def more(self, x):
        y = x.sin()
        return (y.cos() if self._second() else y).exp()


def backward_of(result, x):
    result.sum().backward()
    return x.grad.tolist()


CHECKPOINTS = {
    "fewer": lambda m, k, c, x, o: backward_of(k(o.fewer, x, use_reentrant=False), x),
    "shapes": lambda m, k, c, x, o: backward_of(k(o.shapes, x, use_reentrant=False), x),
    "more": lambda m, k, c, x, o: backward_of(
        k(o.more, x, use_reentrant=False, early_stop=False), x
    ),
    "more, stopped": lambda m, k, c, x, o: backward_of(k(o.more, x, use_reentrant=False), x),
    "check": lambda m, k, c, x, o: k(m.sin, x, use_reentrant=False, determinism_check="x"),
    "no gradient": lambda m, k, c, x, o: k(m.sin, m.ones(3), use_reentrant=True).requires_grad,
    "default": lambda m, k, c, x, o: k(m.sin, x).tolist(),
    "keywords": lambda m, k, c, x, o: k(m.sin, x, use_reentrant=True, a=1),
    "keywords passed": lambda m, k, c, x, o: backward_of(
        k(lambda x, by: x * by, x, use_reentrant=False, by=3), x
    ),
    "debug": lambda m, k, c, x, o: k(m.sin, x, use_reentrant=True, debug=True),
    "twice": lambda m, k, c, x, o: [
        y.backward(retain_graph=True) or backward_of(y, x)
        for y in [k(m.sin, x, use_reentrant=False).sum()]
    ],
    "twice, freed": lambda m, k, c, x, o: [
        y.backward() or y.backward() for y in [k(m.sin, x, use_reentrant=False).sum()]
    ],
    "grad": lambda m, k, c, x, o: m.autograd.grad(k(m.sin, x, use_reentrant=True).sum(), x),
    "grad 2": lambda m, k, c, x, o: m.autograd.grad(k(m.sin, x, use_reentrant=False).sum(), x)[
        0
    ].tolist(),
    "second derivative": lambda m, k, c, x, o: m.autograd.grad(
        m.autograd.grad(
            k(lambda y: (y**3).exp().sin(), x * 2, use_reentrant=False).sum(), x, create_graph=True
        )[0].sum(),
        x,
    )[0].tolist(),
    "nested": lambda m, k, c, x, o: backward_of(
        k(lambda x: k(m.sin, x.exp(), use_reentrant=False) * 2, x, use_reentrant=False), x
    ),
    "nested reentrant": lambda m, k, c, x, o: backward_of(
        k(lambda x: k(m.sin, x.exp(), use_reentrant=True) * 2, x, use_reentrant=True), x
    ),
    "sequence": lambda m, k, c, x, o: backward_of(
        c.checkpoint_sequential([m.sin, m.exp, m.cos, m.tanh, m.sin], 2, x, use_reentrant=False), x
    ),
    "modules": lambda m, k, c, x, o: backward_of(
        c.checkpoint_sequential(
            m.nn.Sequential(m.nn.Tanh(), m.nn.ReLU()), 2, x, use_reentrant=True
        ),
        x,
    ),
    "detach": lambda m, k, c, x, o: c.detach_variable([1]),
    "amp": lambda m, k, c, x, o: backward_of(
        [
            y.float()
            for _ in [0]
            for a in [m.amp.autocast("cpu", dtype=m.bfloat16)]
            for y in [a(lambda: k(lambda x: x.view(1, 3) @ x.view(3, 1), x, use_reentrant=False))()]
        ][0],
        x,
    ),
}


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_checkpoint(name):
    theirs, ours = (
        outcome(
            lambda m=m, c=c: CHECKPOINTS[name](
                m, c.checkpoint, c, m.tensor([0.5, 1.0, -2.0], requires_grad=True), Other(m)
            )
        )
        for m, c in BOTH
    )
    close(ours, theirs)


def test_checkpoint_signature():
    ours, theirs = (inspect.signature(c.checkpoint).parameters for _, c in reversed(BOTH))
    assert [(p.name, p.kind) for p in ours.values()] == [(p.name, p.kind) for p in theirs.values()]


# -------------------------------------------------------------------------- autocast


def tensors(m, dtype):
    m.manual_seed(1)
    x = m.rand(2, 4, 8) + 0.1
    w = m.rand(8, 8)
    return [t.to(getattr(m, dtype)) for t in (x, w, m.rand(8), m.rand(1, 3, 8, 8))]


LABELS = [0, 1, 2, 3, 4, 5, 6, 7]
FUNCTIONS = {
    "mm": lambda m, F, x, w, v, i: m.mm(w, w),
    "bmm": lambda m, F, x, w, v, i: m.bmm(x, x.transpose(1, 2)),
    "matmul": lambda m, F, x, w, v, i: x @ w,
    "addmm": lambda m, F, x, w, v, i: m.addmm(v, w, w),
    "baddbmm": lambda m, F, x, w, v, i: m.baddbmm(x[:, :, :4], x, x.transpose(1, 2)),
    "linear": lambda m, F, x, w, v, i: F.linear(x, w, v),
    "mv": lambda m, F, x, w, v, i: m.mv(w, v),
    "dot": lambda m, F, x, w, v, i: m.dot(v, v),
    "outer": lambda m, F, x, w, v, i: m.outer(v, v),
    "einsum": lambda m, F, x, w, v, i: m.einsum("ij,jk->ik", w, w),
    "conv1d": lambda m, F, x, w, v, i: F.conv1d(x, x[:, :, :2]),
    "conv2d": lambda m, F, x, w, v, i: F.conv2d(i, i[:, :, :2, :2]),
    "conv_transpose2d": lambda m, F, x, w, v, i: F.conv_transpose2d(
        i, i[:, :, :2, :2].transpose(0, 1)
    ),
    "attention": lambda m, F, x, w, v, i: F.scaled_dot_product_attention(x, x, x),
    "softmax": lambda m, F, x, w, v, i: x.softmax(-1),
    "layer_norm": lambda m, F, x, w, v, i: F.layer_norm(x, (8,)),
    "gelu": lambda m, F, x, w, v, i: F.gelu(x),
    "sum": lambda m, F, x, w, v, i: x.sum(),
    "prod": lambda m, F, x, w, v, i: v.prod(),
    "pow": lambda m, F, x, w, v, i: x**2,
    "mse_loss": lambda m, F, x, w, v, i: F.mse_loss(v, v * 2),
    "l1_loss": lambda m, F, x, w, v, i: F.l1_loss(v, v * 2),
    "smooth_l1": lambda m, F, x, w, v, i: F.smooth_l1_loss(v, v * 2),
    "huber": lambda m, F, x, w, v, i: F.huber_loss(v, v * 2),
    "bce": lambda m, F, x, w, v, i: F.binary_cross_entropy_with_logits(v, v),
    "cross_entropy": lambda m, F, x, w, v, i: F.cross_entropy(w, m.tensor(LABELS)),
    "nll_loss": lambda m, F, x, w, v, i: F.nll_loss(w, m.tensor(LABELS)),
    "kl_div": lambda m, F, x, w, v, i: F.kl_div(v, v, reduction="sum"),
    "cat": lambda m, F, x, w, v, i: m.cat([v, v.to(m.get_autocast_dtype("cpu"))]),
    "stack": lambda m, F, x, w, v, i: m.stack([v, v.to(m.get_autocast_dtype("cpu"))]),
    "add": lambda m, F, x, w, v, i: v + v.bfloat16(),
    "avg_pool2d": lambda m, F, x, w, v, i: F.avg_pool2d(i, 2),
    "module": lambda m, F, x, w, v, i: m.nn.Linear(8, 3).to(x.dtype)(x),
    "double": lambda m, F, x, w, v, i: m.mm(w.double(), w.double()),
    "gradient": lambda m, F, x, w, v, i: [
        (q @ q).float().sum().backward() or q.grad for q in [w.detach().requires_grad_()]
    ][0],
}


@pytest.mark.parametrize("lower", ["bfloat16", "float16"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_autocast(name, lower):
    """Results have PyTorch's dtype and, to the lower precision, its values."""
    for dtype in ("float32", lower):
        results = []
        for m, _ in BOTH:
            with m.amp.autocast("cpu", dtype=getattr(m, lower)):
                result = FUNCTIONS[name](m, m.nn.functional, *tensors(m, dtype))
            results.append((str(result.dtype), result.detach().float().numpy()))
        theirs, ours = results
        assert ours[0] == theirs[0]
        np.testing.assert_allclose(ours[1], theirs[1], rtol=3e-2, atol=3e-2)


def states(m):
    """What the state functions tell in nested regions."""
    a = m.amp.autocast
    told = []

    def tell():
        told.append((m.is_autocast_enabled("cpu"), str(m.get_autocast_dtype("cpu"))))

    tell()
    with a("cpu"):
        tell()
        with a("cpu", enabled=False):
            tell()
            with a("cpu", dtype=m.float16, cache_enabled=False):
                tell()
                told.append(m.is_autocast_cache_enabled())
        tell()
    tell()
    a("cpu")(tell)()
    tell()
    told.append([m.amp.is_autocast_available(d) for d in ("cpu", "cuda", "mps", "meta")])
    try:
        with a("cpu"):
            raise ValueError
    except ValueError:
        tell()
    return told


def test_states(monkeypatch):
    for name in (
        "is_autocast_enabled",
        "get_autocast_dtype",
        "is_autocast_cache_enabled",
    ):
        assert getattr(loxley, name) is getattr(loxley.amp.state, name)
    theirs, ours = (states(m) for m, _ in BOTH)
    assert ours == theirs


REGIONS = [
    ("cpu",),
    ("cpu", "float32"),
    ("cpu", "float16"),
    ("cuda",),
    ("cuda", "bfloat16"),
    ("meta",),
    ("foo",),
    (3,),
    ("cpu:0",),
]


@pytest.mark.parametrize("arguments", REGIONS)
def test_regions(arguments):
    def go(m):
        device, *dtype = arguments
        region = m.amp.autocast(device, *[getattr(m, d) for d in dtype])
        return region._enabled, str(region.fast_dtype), region.device

    theirs, ours = (outcome(lambda m=m: go(m)) for m, _ in BOTH)
    assert ours == theirs


def test_custom_functions():
    def go(m):
        seen = []

        class Double(m.autograd.Function):
            @staticmethod
            @m.amp.custom_fwd(device_type="cpu", cast_inputs=m.float32)
            def forward(ctx, x):
                seen.append((str(x.dtype), m.is_autocast_enabled("cpu")))
                return x * 2

            @staticmethod
            @m.amp.custom_bwd(device_type="cpu")
            def backward(ctx, g):
                seen.append((str(g.dtype), m.is_autocast_enabled("cpu")))
                return g * 2

        class Plain(Double):
            @staticmethod
            @m.amp.custom_fwd(device_type="cpu")
            def forward(ctx, x):
                seen.append((str(x.dtype), m.is_autocast_enabled("cpu")))
                return x * 2

        for function in (Double, Plain):
            x = m.ones(2, dtype=m.bfloat16, requires_grad=True)
            with m.amp.autocast("cpu"):
                y = function.apply(x)
            y.float().sum().backward()
            seen.append(str(y.dtype))
            function.apply(x)
        return seen

    theirs, ours = (go(m) for m, _ in BOTH)
    assert ours == theirs


# -------------------------------------------------------------------------- GradScaler


def test_scaler():
    def go(m):
        trace = []
        p = m.tensor([1.0, 2.0]).requires_grad_()
        optimizer = m.optim.SGD([p], lr=0.1)
        scaler = m.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
        for factor in (1.0, 1.0, float("inf"), 1.0, float("nan"), 1.0, 1.0, 1.0):
            optimizer.zero_grad()
            loss = (p * p).sum() * factor
            scaler.scale(loss).backward()
            if factor == 1.0:
                scaler.unscale_(optimizer)
                trace.append(p.grad.tolist())
            scaler.step(optimizer)
            scaler.update()
            trace.append((scaler.get_scale(), scaler._get_growth_tracker(), p.tolist()))
        fresh = m.amp.GradScaler("cpu")
        fresh.load_state_dict(scaler.state_dict())
        return trace, fresh.state_dict(), [t.tolist() for t in fresh.scale([p.detach(), loss])]

    theirs, ours = (go(m) for m, _ in BOTH)
    close(ours[0], theirs[0])
    assert ours[1] == theirs[1]


def scaled(m):
    p = m.ones(1).requires_grad_()
    optimizer = m.optim.SGD([p])
    scaler = m.amp.GradScaler("cpu")
    scaler.scale(p.sum()).backward()
    return scaler, optimizer


SCALERS = {
    "cuda": lambda m: m.amp.GradScaler().state_dict(),
    "growth": lambda m: m.amp.GradScaler("cpu", growth_factor=1.0),
    "backoff": lambda m: m.amp.GradScaler("cpu", backoff_factor=1.0),
    "unscale": lambda m: m.amp.GradScaler("cpu").unscale_(1),
    "step": lambda m: m.amp.GradScaler("cpu").step(1),
    "update": lambda m: m.amp.GradScaler("cpu").update(),
    "scale": lambda m: m.amp.GradScaler("cpu").scale(3),
    "twice": lambda m: [s.unscale_(o) or s.unscale_(o) for s, o in [scaled(m)]],
    "step twice": lambda m: [s.step(o) or s.step(o) for s, o in [scaled(m)]],
    "late": lambda m: [s.step(o) or s.unscale_(o) for s, o in [scaled(m)]],
    "no checks": lambda m: [s.update() for s, o in [scaled(m)]],
    "closure": lambda m: [s.step(o, closure=print) for s, o in [scaled(m)]],
    "new scale": lambda m: [s.update(m.ones(2)) for s, o in [scaled(m)]],
    "new scale 4": lambda m: [s.update(4.0) or s.get_scale() for s, o in [scaled(m)]],
    "empty": lambda m: m.amp.GradScaler("cpu").load_state_dict({}),
    "disabled": lambda m: m.amp.GradScaler("cpu", enabled=False).scale(3),
    "pickle": lambda m: [s.unscale_(o) or s.__getstate__() for s, o in [scaled(m)]],
}


@pytest.mark.parametrize("name", SCALERS)
def test_scaler_use(name):
    theirs, ours = (outcome(lambda m=m: SCALERS[name](m)) for m, _ in BOTH)
    assert ours == theirs


def test_fused_optimizers_unscale_by_themselves():
    def go(m):
        p = m.tensor([1.0, 2.0]).requires_grad_()
        optimizer = m.optim.Adam([p], lr=0.1, fused=True)
        scaler = m.amp.GradScaler("cpu", init_scale=8.0)
        for factor in (1.0, float("inf"), 1.0):
            optimizer.zero_grad()
            scaler.scale((p * p).sum() * factor).backward()
            scaler.step(optimizer)
            scaler.update()
        return p.tolist(), scaler.get_scale()

    theirs, ours = (go(m) for m, _ in BOTH)
    close(ours, theirs)
