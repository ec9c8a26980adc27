"""Modules of several kinds, as programs script and trace them; `torch` may be either library.

`CASES` holds (name, a maker of the module, shapes of the inputs; "ids" are integers below 20).
"""

# ruff: noqa: UP006, UP007, UP031, UP032, UP045 - older forms, which programs use
from __future__ import annotations

import math
from typing import Dict, List, NamedTuple, Optional, Tuple  # noqa: UP035 - as programs write

import torch
import torch.nn as nn
import torch.nn.functional as F


class Blk(nn.Module):
    def __init__(self, i, o, st):
        super().__init__()
        self.c1 = nn.Conv2d(i, o, 3, st, 1, bias=False)
        self.b1 = nn.BatchNorm2d(o)
        self.c2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(o)
        self.relu = nn.ReLU(inplace=True)
        self.down = None
        if st != 1 or i != o:
            self.down = nn.Sequential(nn.Conv2d(i, o, 1, st, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        identity = x
        y = self.relu(self.b1(self.c1(x)))
        y = self.b2(self.c2(y))
        if self.down is not None:
            identity = self.down(x)
        y += identity
        return self.relu(y)


class Res(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.mp = nn.MaxPool2d(3, 2, 1)
        self.l1 = nn.Sequential(Blk(8, 8, 1), Blk(8, 8, 1))
        self.l2 = nn.Sequential(Blk(8, 16, 2), Blk(16, 16, 1))
        self.ap = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16, 5)

    def forward(self, x):
        x = self.mp(F.relu(self.bn1(self.conv1(x))))
        x = self.l2(self.l1(x))
        x = self.ap(x)
        x = torch.flatten(x, 1)
        return self.fc(x)


class Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(20, 8)
        self.lstm = nn.LSTM(8, 6, 2, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(12, 5)
        self.rnn = nn.RNN(5, 4)
        self.out = nn.Linear(4, 3)

    def forward(self, ids):
        y, (h, c) = self.lstm(self.emb(ids))
        y, _ = self.gru(y)
        y, _ = self.rnn(y)
        return F.log_softmax(self.out(y), dim=-1), h, c


class Tr(nn.Module):
    def __init__(self, act="relu", nf=False):
        super().__init__()
        l = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation=act, norm_first=nf)
        self.enc = nn.TransformerEncoder(l, 2)
        self.ln = nn.LayerNorm(8)
        self.act = nn.GELU()
        self.mha = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        y = self.act(self.ln(self.enc(x)))
        a, w = self.mha(y, y, y)
        return a, w


class Ctl(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(3))
        self.d = {"a": 1.5}
        self.mods = nn.ModuleDict({"p": nn.Linear(3, 3), "q": nn.Tanh()})

    def helper(self, x: torch.Tensor, n: int) -> Tuple[torch.Tensor, int]:
        i = 0
        while i < n:
            x = x + self.w * i
            i += 1
            if i == 3:
                break
            if i == 1:
                continue
        return x, i

    @torch.jit.export
    def other(self, x):
        return x * 2

    def forward(self, x, n: int = 4, opt: Optional[List[int]] = None, name: str = "hey"):
        y, i = self.helper(x, n)
        for _k, m in self.mods.items():
            y = m(y)
        out: Dict[str, torch.Tensor] = {}
        for j in range(2, 8, 3):
            out[name + str(j)] = y[:, j % 3]
        if opt is not None:
            for o in opt:
                out["o%d" % o] = y.sum(dim=1)
        l = [q * 2 for q in [1, 2, 3]]
        t = torch.tensor(l, dtype=torch.float32)
        z = torch.zeros_like(y)
        z[0] = 1.0
        z[:, 1:] += 2
        assert len(l) == 3, "bad"
        m_ = y.max(dim=1)
        mm, ii = torch.max(y, 0)
        v = y if bool(y.sum() > 0) else -y
        s1 = "{} {}".format(i, n)
        return (
            out,
            i,
            t,
            z,
            m_.values,
            ii,
            v,
            s1,
            y.shape,
            y.dtype == torch.float32,
            torch.where(y > 0, y, torch.zeros(1)),
            float(y.mean()),
            max(1, 2),
            [r for r in range(3)],
            math_(3.0),
        )


def math_(x: float):
    return math.sqrt(x) + math.pi


class Pt(NamedTuple):
    x: torch.Tensor
    y: int


@torch.jit.script
class Counter:
    def __init__(self, n: int):
        self.n = n
        self.items: List[int] = []

    def inc(self, k: int) -> int:
        self.n += k
        self.items.append(k)
        return self.n


class NT(nn.Module):
    def forward(self, x):
        c = Counter(3)
        a = c.inc(4)
        p = Pt(x * a, c.n)
        with torch.no_grad():
            q = p.x + 1
        f = torch.jit.fork(math_, 2.0)
        return p, q, torch.jit.wait(f)


class Ups(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.ct = nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1, output_padding=1)
        self.gn = nn.GroupNorm(1, 3)
        self.pr = nn.PReLU()
        self.ap = nn.AvgPool2d(2)
        self.hs = nn.Hardswish()
        self.r6 = nn.ReLU6()
        self.inn = nn.InstanceNorm2d(3)
        self.do = nn.Dropout2d()

    def forward(self, x):
        y = self.gn(self.ct(self.up(x)))
        y = self.hs(self.pr(y))
        y = self.inn(self.r6(self.ap(y)))
        y = F.pad(y, [1, 1], mode="constant", value=0.0)
        y = self.do(y)
        y = F.interpolate(y, scale_factor=0.5, mode="nearest")
        return (
            F.normalize(y, dim=1),
            F.softmax(y, -1),
            F.leaky_relu(y),
            F.one_hot(torch.arange(3), 5),
            torch.einsum("bchw->bc", y),
            y.permute(0, 2, 3, 1).contiguous().view(-1),
            F.cross_entropy(y.flatten(1), torch.zeros(y.size(0), dtype=torch.long)),
            F.mse_loss(y, y * 2),
            y.clamp(min=0.1),
            torch.stack([y, y]).sum((0, 1)),
            y.std(),
            torch.logsumexp(y, 1),
            y.type_as(x),
            torch.topk(y.flatten(), 2)[0],
            torch.cumsum(y, 1),
            (y**2).sqrt(),
            ~(y > 0),
            y.unsqueeze(0).squeeze(0).expand(-1, -1, -1, -1),
            y.masked_fill(y > 0, -1.0),
            torch.bmm(y[0], y[0].transpose(1, 2)),
            torch.norm(y),
            torch.full([2], 3.0),
            torch.linspace(0, 1, 5),
            torch.split(y.flatten(), [2, y.numel() - 2])[0],
            torch.cat([y, y], 1).chunk(2, 1)[0],
            torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij")[0],
        )


CASES = {
    "mlp": (
        lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.Softmax(dim=1)),
        [(4, 3)],
    ),
    "residual": (Res, [(2, 3, 32, 32)]),
    "recurrent": (Seq, ["ids"]),
    "transformer": (Tr, [(2, 5, 8)]),
    "transformer_gelu": (lambda: Tr("gelu", True), [(2, 5, 8)]),
    "control": (Ctl, [(4, 3)]),
    "classes": (NT, [(4, 3)]),
    "operators": (Ups, [(2, 2, 4, 4)]),
}
CONTROL = ("control", "classes")  # those that a trace would freeze
