# ruff: noqa: E711, F821, F841, F811, UP031 - names that the test puts in place, and habits of programs
"""What tensors do apart from arithmetic: memory, conversion, printing, in-place writes, gradients.

Run by `tests/conformance/test_tensor_basics.py` once with PyTorch and once with loxley as `torch`;
`show` prints its arguments, `tell` what a function returns or raises.
"""

import copy
import pickle

import numpy as np

x = torch.arange(6.0).reshape(2, 3)
a = x.numpy()
a[0, 0] = 7
show(x)
x[1, 1] = 9
show(a)
show(
    x[1].numpy(),
    x.t().numpy().strides,
    torch.tensor(3.0).numpy(),
    torch.zeros(0, 3).numpy().shape,
    x[0:1].expand(4, 3).numpy().strides,
)
y = torch.from_numpy(a)
y.add_(1)
show(a, x)
p = torch.nn.Parameter(torch.ones(2))
d = copy.deepcopy([x, x[0], p])
d[0][0, 0] = 55
show(d[1], x[0, 0], d[2].requires_grad, type(d[2]).__name__)
c = copy.copy(x)
c[0, 0] = 66
show(x[0, 0])
z = torch.ones(3, requires_grad=True)
try:
    copy.deepcopy(z * 2)
except RuntimeError as e:
    show(str(e)[:60])
w = z.data
w.mul_(3)
show(z, z._version, w._version)
z.data = torch.zeros(2, 2)
show(z, z.grad)
(z * 2).sum().backward()
show(z.grad)
q = torch.ones(2, requires_grad=True)
try:
    q.add_(1)
except RuntimeError as e:
    show(e)
with torch.no_grad():
    q.add_(1)
    q.copy_(torch.tensor([3, 4]))
    q.zero_()
    q.fill_(2.5)
show(q)
t = torch.ones(2, requires_grad=True)
u = t * 1
u.zero_()
(u + t).sum().backward()
show(t.grad, u)
t = torch.ones(2, requires_grad=True)
u = t * 2
u.copy_(t * 3)
u.sum().backward()
show(t.grad)
t = torch.ones(2, requires_grad=True)
u = torch.zeros(2)
u.copy_(t * 3)
u.fill_(t.sum())
u.sum().backward()
show(t.grad)
t = torch.ones(4, requires_grad=True)
u = t * 2
u[1:3].fill_(5)
u[0].mul_(3)
u.sum().backward()
show(t.grad, u)
t = torch.ones(4)
t += 1
t -= 0.5
t *= 2
t /= 3
t **= 2
show(t)
i = torch.arange(4)
i //= 2
i %= 2
i |= 4
i &= 6
i ^= 1
i <<= 1
i >>= 1
show(i)
s = t
s += 1
show(s is t)
show(
    2 - t,
    2 / t,
    2**t,
    2 // t,
    5 % t,
    1 + t,
    3 * t,
    -t,
    +t,
    abs(-t),
    ~torch.tensor([True, False]),
    1 << torch.tensor([1, 2]),
)
show(x.T, x.is_contiguous(), x.T.is_contiguous(), x.T.contiguous().is_contiguous())
r = torch.zeros(2)
r.resize_(2, 3)
show(r.shape, r.untyped_storage().nbytes())
r.resize_(2)
show(r.shape)
o = torch.empty(0)
torch.add(torch.ones(2), 1, out=o)
show(o)
o = torch.zeros(3, dtype=torch.int64)
try:
    torch.add(torch.ones(3), 1, out=o)
except RuntimeError as e:
    show(e)
v = torch.zeros(2, 3)
v.set_(x[0])
show(v)
show(
    torch.tensor([1.5, 2.5]).tolist(),
    torch.tensor(2).item(),
    torch.tensor(1.5, dtype=torch.bfloat16).item(),
)
cx = torch.tensor([1 + 2j, 3 - 4j])
cx.real.add_(10)
cx.imag = torch.tensor([0.0, 1.0])
show(cx, cx.real, cx.abs(), cx.conj(), torch.view_as_real(cx))
cz = torch.tensor([1 + 2j], requires_grad=True)
(cz.real * 3 + cz.imag * cz.imag).sum().backward()
show(cz.grad)
b = torch.ones(3, 4, 5, 6).to(memory_format=torch.channels_last)
show(
    b.stride(),
    (b * 2).stride(),
    b.clone().stride(),
    b.double().stride(),
    torch.zeros_like(b).stride(),
    b.contiguous().stride(),
)
show(
    x.t().clone().stride(),
    (x.t() + 1).stride(),
    x.t().double().stride(),
    torch.ones_like(x.t()).stride(),
)
m = torch.empty(2, 3, device="meta")
show(m + 1, (m @ m.T).shape, m.sum(), m.to(torch.float64).dtype)
show(
    torch.tensor(5.0) == 5,
    bool(torch.tensor(1)),
    float(torch.tensor(2)),
    int(torch.tensor(2.7)),
    [1, 2, 3][torch.tensor(1)],
    len(x),
    [r.shape for r in x],
    3.0 in x,
)


class My(torch.Tensor):
    pass


my = My([1.0, 2.0])
show(type(my).__name__, (my + 1).sum().item(), isinstance(my, torch.Tensor))
sub = torch.ones(2).as_subclass(My)
show(type(sub).__name__)
show(
    f"{torch.tensor(3.14159):.2f}",
    f"{torch.tensor(3):>5}",
    str(torch.tensor(1.5)),
    repr(x),
    "%s" % torch.tensor(2),
    "%.2f" % torch.tensor(2.0),
    round(torch.tensor(2.567), 1) if hasattr(torch.Tensor, "__round__") else "",
)
show(
    np.mean(torch.ones(3).numpy()),
    np.array(torch.ones(2)),
    np.array([torch.tensor(1.0), torch.tensor(2.0)]),
    np.isnan(torch.ones(2)),
    np.sqrt(torch.ones(2) * 4),
)
show(
    max(torch.tensor([1, 3, 2])),
    min(torch.tensor(1.0), torch.tensor(2.0)),
    sum(torch.tensor([1, 2])),
    sorted(torch.tensor([3, 1, 2])),
)
show(
    torch.tensor([1, 2, 3]).to("cpu", torch.float64, non_blocking=True),
    x.type(torch.int8).dtype,
    x.new_zeros(2, 2),
    x.new_tensor([1, 2]).dtype,
)
show(
    torch.as_tensor(a).data_ptr() == a.ctypes.data,
    x.data_ptr() == x.view(-1).data_ptr(),
    x[1].data_ptr() - x.data_ptr(),
)
show(torch.ones(2).is_leaf, (z * 1).is_leaf, z.grad_fn, (z * 1).grad_fn.name())
st = torch.arange(4).storage()
show(st.tolist(), len(st), st[1], st.dtype)
show(torch.from_dlpack(np.arange(3)), torch.utils.dlpack.to_dlpack if False else "")
f = torch.frombuffer(bytearray(b"\x01\x02\x03"), dtype=torch.uint8)
show(f)
show(torch.where(torch.tensor([True, False])), torch.where(x > 5, x, 0.0))
show(
    torch.tensor([1, 2], dtype=torch.uint8) - 3,
    torch.tensor([200], dtype=torch.uint8) * 2,
    torch.tensor(7) // -2,
    torch.tensor(-7) % 3,
    torch.tensor(-7).fmod(3),
    torch.div(torch.tensor(-7), 2, rounding_mode="trunc"),
)


tell(lambda: np.from_dlpack(torch.ones(3)))
tell(lambda: torch.from_dlpack(torch.arange(3)))
tell(lambda: torch.asarray(np.arange(3)))
tell(lambda: torch.asarray(torch.ones(2, requires_grad=True)))
tell(lambda: torch.asarray([1, 2], requires_grad=True))
tell(lambda: torch.asarray(3.0))
tell(lambda: torch.tensor(np.arange(6).reshape(2, 3).T))
tell(lambda: torch.tensor(torch.ones(2), dtype=torch.int32))
tell(lambda: torch.tensor([np.arange(2), np.arange(2)]))
tell(lambda: torch.tensor([[1, 2], (3, 4)]))
tell(lambda: torch.tensor(np.float16(1.5)))
tell(lambda: torch.tensor([True, False]).dtype)
tell(lambda: torch.tensor(b"a"))
tell(lambda: torch.tensor([[1], [2, 3]]))
tell(lambda: torch.tensor(float("nan")))
tell(lambda: torch.tensor([1.0, float("inf")], dtype=torch.float16))
tell(lambda: torch.tensor(3.7).to(torch.uint8))
tell(lambda: torch.tensor([-1.5, 300.0, float("nan")]).to(torch.int32))
tell(lambda: torch.tensor([300, -1]).to(torch.uint8))
tell(lambda: torch.tensor([1.5, 0]).bool())
tell(lambda: torch.tensor([1 + 2j]).to(torch.float32))
tell(lambda: torch.zeros(2, 3).stride(5))
tell(lambda: torch.tensor(1).size(0))
tell(lambda: torch.ones(2).size(dim=0))
tell(lambda: torch.randn(2, 3).to(torch.device("cpu"), torch.float64).dtype)
tell(lambda: torch.ones(1, dtype=torch.float64).type_as(torch.ones(1)).dtype)
tell(lambda: torch.ones(2, dtype=torch.int64).requires_grad_())
tell(lambda: torch.ones(2, requires_grad=True).int())
tell(lambda: torch.ones(2, requires_grad=True).double())
tell(lambda: torch.zeros(3).uniform_().shape)
tell(lambda: torch.zeros(2).copy_(torch.tensor([1, 2])))
tell(lambda: torch.zeros(2, 2).copy_(torch.tensor([1, 2])))
tell(lambda: torch.zeros(2, dtype=torch.bool).copy_(torch.tensor([0.5, 0])))
tell(lambda: torch.ones(2).expand(2, 2).add_(1))
tell(lambda: torch.zeros(3)[::2].fill_(1))


def f():
    x = torch.zeros(3)
    x[::2].fill_(1)
    x[1:].add_(5)
    return x


tell(f)


def f():
    x = torch.zeros(2, 2)
    y = x.t()
    y[0] = torch.tensor([1.0, 2.0])
    y.mul_(2)
    return x


tell(f)


def f():
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    z = y * y
    y.add_(1)
    z.sum().backward()


tell(f)


def f():
    x = torch.ones(3, requires_grad=True)
    y = x.exp()
    y.mul_(2)
    y.sum().backward()


tell(f)


def f():
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y.data.mul_(10)
    (y * y).sum().backward()
    return x.grad


tell(f)


def f():
    x = torch.ones(3, requires_grad=True)
    y = x.clone()
    y[0] = 5
    y.sum().backward()
    return x.grad


tell(f)


def f():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x**2).sum().backward(create_graph=True)
    g = x.grad
    return torch.autograd.grad(torch.autograd.grad((x**3).sum(), x, create_graph=True)[0].sum(), x)


tell(f)


def f():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.where(x > 1.5, torch.zeros(2))
    y.sum().backward()
    return x.grad


tell(f)


def f():
    x = torch.tensor([0.0, 2.0], requires_grad=True)
    y = torch.sqrt(x).sum()
    y.backward()
    return x.grad


tell(f)


def f():
    x = torch.tensor([1.0, 2.0, 2.0], requires_grad=True)
    y = torch.maximum(x, torch.tensor([2.0, 2.0, 1.0]))
    y.sum().backward()
    return x.grad


tell(f)


def f():
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    x.clamp(1, 2).sum().backward()
    return x.grad


tell(f)


def f():
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    (x.abs() + x.sign() + x.floor()).sum().backward()
    return x.grad


tell(f)


def f():
    x = torch.tensor([2.0], requires_grad=True)
    (x // 1.5).sum().backward()


tell(f)


def f():
    x = torch.tensor([2.0], dtype=torch.bfloat16, requires_grad=True)
    (x * 0.1 + 1).sum().backward()
    return x.grad


tell(f)


def f():
    a = torch.tensor([2.0], requires_grad=True)
    b = torch.tensor([3.0], dtype=torch.float64, requires_grad=True)
    (a * b).sum().backward()
    return a.grad, b.grad


tell(f)


def f():
    a = torch.tensor([2.0], requires_grad=True)
    c = torch.tensor([1 + 2j], requires_grad=True)
    (a * c).abs().sum().backward()
    return a.grad, c.grad


tell(f)


def f():
    x = torch.arange(4.0)
    s = pickle.dumps(x[1:3])
    return pickle.loads(s)


tell(f)


def f():
    x = torch.ones(2, 3).share_memory_()
    return x.is_shared(), x.add_(1)


tell(f)


def f():
    x = torch.ones(2, requires_grad=True)
    y = x.detach()
    y.add_(1)
    return x, x._version


tell(f)


def f():
    x = torch.ones(2)
    y = x.numpy()
    x.resize_(4)


tell(f)
tell(lambda: torch.set_default_dtype(torch.float64) or torch.ones(1) / 3)
tell(lambda: torch.tensor(1.5).dtype)
tell(lambda: torch.set_default_tensor_type(torch.FloatTensor) or torch.ones(1))


def f():
    with torch.device("meta"):
        return torch.ones(2).device, torch.tensor([1]).device


tell(f)
tell(lambda: torch.ones(3, names=None) if False else torch.ones(3).layout)
tell(lambda: torch.finfo(torch.ones(1).dtype).eps)
tell(lambda: torch.empty_like(torch.ones(2, 3), memory_format=torch.contiguous_format).shape)
tell(lambda: (torch.ones(2, 3, dtype=torch.float16) @ torch.ones(3, 2, dtype=torch.float16)).dtype)
tell(lambda: torch.add(torch.tensor([1, 2]), torch.tensor([3, 4]), alpha=2))
tell(lambda: torch.tensor([1.0, 2.0]).add_(torch.tensor([1.0, 1.0]), alpha=-0.5))
tell(
    lambda: torch.tensor([1.0, 2.0]).addcmul_(
        torch.tensor([1.0, 1.0]), torch.tensor([2.0, 3.0]), value=0.5
    )
)
tell(lambda: torch.tensor([1.0]).lerp_(torch.tensor([3.0]), 0.25))
tell(
    lambda: (
        divmod(7, 2) and torch.tensor(7).__divmod__ if hasattr(torch.Tensor, "__divmod__") else "no"
    )
)
tell(lambda: [float(v) for v in torch.linspace(0, 1, 3)])
tell(lambda: {torch.ones(1): 1} and "ok")
tell(lambda: torch.ones(2).__array__(np.float64).dtype)
tell(
    lambda: torch.equal(torch.ones(2), torch.ones(2)),
)
tell(lambda: torch.ones(2) == None)
tell(lambda: torch.ones(2) != [1, 2])
tell(lambda: torch.tensor([1, 2]) in [torch.tensor([1, 2])] if False else 1)
tell(lambda: torch.ones(2).tolist() == [1.0, 1.0])
tell(lambda: torch.ones(2, 3).numpy(force=True).shape)
tell(lambda: torch.ones(2, requires_grad=True).numpy(force=True))
tell(lambda: torch.ones(2, dtype=torch.bfloat16).numpy())
tell(lambda: torch.full((2,), float("nan")).nan_to_num(1.0))
tell(lambda: torch.tensor(5).bitwise_left_shift(1))
tell(lambda: torch.ones(2, 2).storage_offset())
tell(lambda: list(torch.ones(2, 3).size()))
tell(lambda: torch.ones(2, 3).shape[-1])
tell(lambda: torch.zeros(2, 3, device="cpu", dtype=float).dtype)
tell(lambda: torch.zeros(2, dtype=int).dtype)
tell(lambda: torch.ones(2).to(float).dtype)
tell(lambda: torch.tensor([1.5], dtype=int))
tell(lambda: torch.ones(2).to(int))
tell(lambda: torch.tensor(1).type(float).dtype)
