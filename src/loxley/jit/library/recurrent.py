"""Recurrent networks for TorchScript. Packed sequences are not there."""

from __future__ import annotations

from typing import Any

from ...nn.modules.rnn import GRU, LSTM, RNN
from ...tensor import Tensor
from ..aten_calls import aten
from ..names import stands_for


@stands_for(LSTM)
def lstm(
    self: Any, input: Tensor, hx: tuple[Tensor, Tensor] | None = None
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """(outputs, (final hidden, final cell)) of an LSTM."""
    batched = input.dim() == 3
    if input.dim() != 3 and input.dim() != 2:
        raise ValueError(f"LSTM: Expected input to be 2D or 3D, got {input.dim()}D instead")
    batch_dim = 0 if self.batch_first else 1
    if not batched:
        input = input.unsqueeze(batch_dim)
    if hx is None:
        layers = self.num_layers * 2 if self.bidirectional else self.num_layers
        width = self.proj_size if self.proj_size > 0 else self.hidden_size
        batch = input.size(batch_dim)
        h = aten.zeros([layers, batch, width], dtype=input.dtype, device=input.device)
        c = aten.zeros([layers, batch, self.hidden_size], dtype=input.dtype, device=input.device)
    else:
        h, c = hx
        if not batched:
            h = h.unsqueeze(1)
            c = c.unsqueeze(1)
    output, h, c = aten.lstm(
        input,
        [h, c],
        self._flat_weights,
        self.bias,
        self.num_layers,
        self.dropout,
        self.training,
        self.bidirectional,
        self.batch_first,
    )
    if not batched:
        return output.squeeze(batch_dim), (h.squeeze(1), c.squeeze(1))
    return output, (h, c)


@stands_for(GRU)
def gru(self: Any, input: Tensor, hx: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """(outputs, final hidden) of gated recurrent units."""
    batched = input.dim() == 3
    if input.dim() != 3 and input.dim() != 2:
        raise ValueError(f"GRU: Expected input to be 2D or 3D, got {input.dim()}D instead")
    batch_dim = 0 if self.batch_first else 1
    if not batched:
        input = input.unsqueeze(batch_dim)
    if hx is None:
        layers = self.num_layers * 2 if self.bidirectional else self.num_layers
        batch = input.size(batch_dim)
        h = aten.zeros([layers, batch, self.hidden_size], dtype=input.dtype, device=input.device)
    else:
        h = hx if batched else hx.unsqueeze(1)
    output, h = aten.gru(
        input,
        h,
        self._flat_weights,
        self.bias,
        self.num_layers,
        self.dropout,
        self.training,
        self.bidirectional,
        self.batch_first,
    )
    if not batched:
        return output.squeeze(batch_dim), h.squeeze(1)
    return output, h


@stands_for(RNN)
def rnn(self: Any, input: Tensor, hx: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """(outputs, final hidden) of a network of tanh or ReLU units."""
    batched = input.dim() == 3
    if input.dim() != 3 and input.dim() != 2:
        raise ValueError(f"RNN: Expected input to be 2D or 3D, got {input.dim()}D tensor instead")
    batch_dim = 0 if self.batch_first else 1
    if not batched:
        input = input.unsqueeze(batch_dim)
    if hx is None:
        layers = self.num_layers * 2 if self.bidirectional else self.num_layers
        batch = input.size(batch_dim)
        h = aten.zeros([layers, batch, self.hidden_size], dtype=input.dtype, device=input.device)
    else:
        h = hx if batched else hx.unsqueeze(1)
    if self.mode == "RNN_TANH":
        output, h = aten.rnn_tanh(
            input,
            h,
            self._flat_weights,
            self.bias,
            self.num_layers,
            self.dropout,
            self.training,
            self.bidirectional,
            self.batch_first,
        )
    else:
        output, h = aten.rnn_relu(
            input,
            h,
            self._flat_weights,
            self.bias,
            self.num_layers,
            self.dropout,
            self.training,
            self.bidirectional,
            self.batch_first,
        )
    if not batched:
        return output.squeeze(batch_dim), h.squeeze(1)
    return output, h
