"""A layer of a transformer, for tests whose plans repeat or grow."""

from __future__ import annotations

import loxley as torch
import loxley.nn.functional as F
from loxley.nn import LayerNorm, Linear, Module


class Layer(Module):
    """Attention and a perceptron; keys and values of earlier calls come before this one's."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.width, self.heads = width, heads
        self.norm1, self.norm2 = LayerNorm(width), LayerNorm(width)
        self.qkv, self.out = Linear(width, 3 * width), Linear(width, width)
        self.up, self.down = Linear(width, 4 * width), Linear(4 * width, width)

    def forward(self, x, cache=None):
        b, t, _ = x.shape
        parts = self.qkv(self.norm1(x)).split(self.width, dim=-1)
        q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in parts)
        if cache:
            k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=t > 1)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, self.width))
        return x + self.down(F.gelu(self.up(self.norm2(x)))), [k, v]
