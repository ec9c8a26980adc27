"""Carry values between PyTorch and the framework under test.

In: anything a call takes or gives: tensors, dtypes, devices, generators, sizes, and containers of
them. Out: the same thing on the other side, sharing no memory with the original. The target is
loxley; with LOXLEY_CONFORMANCE_TARGET=torch PyTorch is held against itself, which tests the tests.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import torch

TARGET_NAME = os.environ.get("LOXLEY_CONFORMANCE_TARGET", "loxley")

_INTEGER_BITS = {
    torch.bfloat16: "int16",
    torch.complex32: "int32",
    torch.float8_e4m3fn: "uint8",
    torch.float8_e5m2: "uint8",
    torch.float8_e4m3fnuz: "uint8",
    torch.float8_e5m2fnuz: "uint8",
    torch.float8_e8m0fnu: "uint8",
}
_SUBMODULES = ("nn", "nn.functional", "nn.utils", "optim", "autograd", "linalg", "fft", "special")


class Unconvertible(TypeError):
    """A value that has no counterpart on the other side, and why."""


def load_target() -> ModuleType:
    """The framework under test, with its submodules. What it lacks fails where it is used."""
    target = importlib.import_module(TARGET_NAME)
    for name in _SUBMODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(f"{TARGET_NAME}.{name}")
    return target


def resolve(root: Any, path: str) -> Any:
    """`root.a.b` for the path "a.b"; AttributeError names the whole path."""
    value = root
    for name in path.split("."):
        try:
            value = getattr(value, name)
        except AttributeError:
            raise AttributeError(f"missing: torch.{path}") from None
    return value


def _storage_array(tensor: torch.Tensor) -> np.ndarray:
    """A copy of all of a tensor's storage, as one dimension; what NumPy lacks as bits."""
    flat = torch.empty(0, dtype=tensor.dtype).set_(tensor.untyped_storage())
    if tensor.dtype in _INTEGER_BITS:
        flat = flat.view(getattr(torch, _INTEGER_BITS[tensor.dtype]))
    return flat.numpy().copy()


def _is_part(tensor: torch.Tensor) -> bool:
    return tensor.numel() * tensor.element_size() != tensor.untyped_storage().nbytes()


def _encoder_layer_options(layer: torch.nn.TransformerEncoderLayer) -> dict[str, Any]:
    """The arguments that a layer was made with."""
    return {
        "d_model": layer.self_attn.embed_dim,
        "nhead": layer.self_attn.num_heads,
        "dim_feedforward": layer.linear1.out_features,
        "dropout": layer.dropout.p,
        "activation": layer.activation,
        "layer_norm_eps": layer.norm1.eps,
        "batch_first": layer.self_attn.batch_first,
        "norm_first": layer.norm_first,
        "bias": layer.linear1.bias is not None,
        "dtype": layer.linear1.weight.dtype,
    }


class Bridge:
    """Conversions to and from one target module.

    `swap_function` turns a Python function that speaks of torch into one that speaks of the
    target (see `tests.conformance.swap`); without it functions cannot cross.
    """

    def __init__(self, target: ModuleType, swap_function: Callable[[Any], Any] | None = None):
        self.target = target
        self.swap_function = swap_function

    # -- torch to target ---------------------------------------------------------------------

    def forward(self, value: Any, memo: dict[Any, Any] | None = None) -> Any:
        """The target's counterpart of a torch value. One memo keeps identities and aliases."""
        memo = {} if memo is None else memo
        if isinstance(value, torch.Tensor):
            return self._tensor(value, memo)
        if isinstance(value, torch.Size):
            return self.target.Size(value)
        if isinstance(value, torch.nn.utils.rnn.PackedSequence):
            parts = [self.forward(item, memo) for item in value]
            return self.target.nn.utils.rnn.PackedSequence(*parts)
        if isinstance(value, (list, tuple)):
            return self._sequence(value, [self.forward(item, memo) for item in value])
        if isinstance(value, dict):
            items = {key: self.forward(item, memo) for key, item in value.items()}
            return type(value)(items) if type(value) is not dict else items
        if isinstance(value, slice):
            parts = (self.forward(part, memo) for part in (value.start, value.stop, value.step))
            return slice(*parts)
        return self._atom(value)

    @staticmethod
    def _sequence(value: list | tuple, items: list) -> list | tuple:
        if isinstance(value, list):
            return items
        if hasattr(value, "_fields"):
            return type(value)(*items)
        return tuple(items)

    def _atom(self, value: Any) -> Any:
        if isinstance(value, torch.dtype):
            return resolve(self.target, str(value).removeprefix("torch."))
        if isinstance(value, torch.device):
            return self.target.device(str(value))
        if isinstance(value, torch.layout):
            return resolve(self.target, str(value).removeprefix("torch."))
        if isinstance(value, torch.memory_format):
            return resolve(self.target, str(value).removeprefix("torch."))
        if isinstance(value, torch.Generator):
            return self._generator(value)
        if isinstance(value, torch.nn.Module):
            return self._module(value)
        if callable(value) and self.swap_function is not None:
            return self.swap_function(value)
        return value

    def _module(self, module: torch.nn.Module) -> Any:
        """A module given as an argument: a distance of a loss, a layer of an encoder."""
        cls = resolve(self.target.nn, type(module).__name__)
        if isinstance(module, torch.nn.TransformerEncoderLayer):
            copy = cls(**self.forward(_encoder_layer_options(module)))
            copy.load_state_dict(self.forward(dict(module.state_dict())))
            return copy
        if module.state_dict():
            raise Unconvertible(f"a module with a state as an argument: {type(module).__name__}")
        copy = cls()
        for name, value in vars(module).items():
            if not name.startswith("_"):
                setattr(copy, name, self.forward(value))
        return copy

    def _generator(self, generator: torch.Generator) -> Any:
        copy = self.target.Generator()
        copy.set_state(self.forward(generator.get_state()))
        return copy

    def _tensor(self, tensor: torch.Tensor, memo: dict[Any, Any]) -> Any:
        if id(tensor) in memo:
            return memo[id(tensor)][1]
        copy = self._fresh_tensor(tensor, memo)
        if isinstance(tensor, torch.nn.Parameter):
            copy = self.target.nn.Parameter(copy, requires_grad=tensor.requires_grad)
        elif tensor.requires_grad:
            copy.requires_grad_()
        if tensor.is_leaf and tensor.grad is not None:
            copy.grad = self._tensor(tensor.grad, memo)
        memo[id(tensor)] = (tensor, copy)  # the original is held so that its id stays its own
        return copy

    def _fresh_tensor(self, tensor: torch.Tensor, memo: dict[Any, Any]) -> Any:
        if tensor.layout == torch.sparse_coo:
            parts = tensor.detach()._indices(), tensor.detach()._values(), tensor.shape
            copy = resolve(self.target, "sparse_coo_tensor")(*self.forward(parts))
            return copy.coalesce() if tensor.is_coalesced() else copy
        if tensor.layout == torch.sparse_csr and tensor.dim() == 2:
            plain = tensor.detach()
            parts = plain.crow_indices(), plain.col_indices(), plain.values(), tensor.shape
            return resolve(self.target, "sparse_csr_tensor")(*self.forward(parts))
        if tensor.layout != torch.strided or tensor.is_nested:
            raise Unconvertible(f"layout {tensor.layout}")
        if tensor.dim() > 64:
            raise Unconvertible("NumPy has at most 64 dimensions")
        plain = tensor.detach().resolve_conj().resolve_neg()
        if plain.device.type != "cpu":
            raise Unconvertible(f"device {plain.device}")
        shape, strides = tuple(plain.shape), tuple(plain.stride())
        if plain.numel() == 0:
            return self._empty(shape, strides, plain.dtype)
        last = plain.storage_offset() + sum((n - 1) * step for n, step in zip(shape, strides))
        if plain.untyped_storage().nbytes() < (last + 1) * plain.element_size():
            raise Unconvertible("a tensor that is larger than its storage")
        storage = plain.untyped_storage().data_ptr()
        key = ("storage", storage, plain.dtype)
        if key in memo:
            return memo[key][1].as_strided(shape, strides, plain.storage_offset())
        whole = strides == torch.empty(shape, device="meta").stride() and not _is_part(plain)
        if whole:
            bits = _INTEGER_BITS.get(plain.dtype)
            array = (plain.view(getattr(torch, bits)) if bits else plain).numpy().copy()
        else:
            array = _storage_array(plain)
        copy = self._adopt(array, plain.dtype)
        memo[key] = (plain, copy)  # held, so that its memory is not another tensor's later
        return copy if whole else copy.as_strided(shape, strides, plain.storage_offset())

    def _empty(self, shape: tuple[int, ...], strides: tuple[int, ...], dtype: torch.dtype) -> Any:
        if strides == torch.empty(shape, device="meta").stride():
            return self.target.empty(shape, dtype=self._atom(dtype))
        return self.target.empty_strided(shape, strides, dtype=self._atom(dtype))

    def _adopt(self, array: np.ndarray, dtype: torch.dtype) -> Any:
        adopted = self.target.from_numpy(array).clone()  # memory of its own, as programs have it
        return adopted.view(self._atom(dtype)) if dtype in _INTEGER_BITS else adopted

    # -- target to torch ---------------------------------------------------------------------

    def is_tensor(self, value: Any) -> bool:
        """Whether a value is a tensor of the target."""
        return isinstance(value, self.target.Tensor)

    def back(self, value: Any) -> Any:
        """The torch counterpart of a target value; tensors come back dense and detached."""
        if self.is_tensor(value):
            return self._tensor_back(value)
        if isinstance(value, self.target.Size):
            return torch.Size(value)
        if isinstance(value, self.target.dtype):
            return getattr(torch, str(value).removeprefix("torch."))
        if isinstance(value, self.target.device):
            return torch.device(str(value))
        if isinstance(value, (list, tuple)):
            items = [self.back(item) for item in value]
            return items if isinstance(value, list) else tuple(items)
        if isinstance(value, dict):
            return {key: self.back(item) for key, item in value.items()}
        return value

    def _tensor_back(self, tensor: Any) -> torch.Tensor:
        dtype = self.back(tensor.dtype)
        layout = str(getattr(tensor, "layout", "torch.strided"))
        if layout == "torch.sparse_coo":
            parts = tensor.detach()._indices(), tensor.detach()._values()
            return torch.sparse_coo_tensor(*self.back(parts), tuple(tensor.shape))
        if layout == "torch.sparse_csr":
            plain = tensor.detach()
            rows = plain.crow_indices(), plain.col_indices(), plain.values()
            return torch.sparse_csr_tensor(*self.back(rows), tuple(tensor.shape))
        if layout != "torch.strided":
            raise Unconvertible(f"layout {layout}")
        plain = tensor.detach()
        if dtype in _INTEGER_BITS:
            bits = getattr(self.target, _INTEGER_BITS[dtype])
            return torch.from_numpy(np.array(plain.contiguous().view(bits).numpy())).view(dtype)
        if dtype.is_complex:
            plain = plain.resolve_conj()
        array = np.array(plain.numpy())
        copy = torch.from_numpy(array)
        if copy.dtype != dtype:
            raise Unconvertible(f"a {dtype} tensor whose numpy() is {array.dtype}")
        return copy
