"""Methods of modules of `nn` for TorchScript, where their own source isn't within its subset."""

from __future__ import annotations

from typing import Any, TypeVar

from ...nn import functional as F
from ...nn import modules as m
from ...nn.modules.batchnorm import _BatchNorm
from ...nn.modules.instancenorm import _InstanceNorm
from ...tensor import Tensor
from ..aten_calls import aten
from ..names import stands_for


@stands_for(m.Conv1d)
def conv1d(self: Any, input: Tensor) -> Tensor:
    if self.padding_mode != "zeros":
        input = aten.pad(input, list(self._reversed_padding_repeated_twice), self.padding_mode)
        return aten.conv1d(
            input, self.weight, self.bias, list(self.stride), [0], list(self.dilation), self.groups
        )
    if self.padding == "same" or self.padding == "valid":
        return aten.conv1d(
            *(input, self.weight, self.bias, list(self.stride), self.padding),
            *(list(self.dilation), self.groups),
        )
    return aten.conv1d(
        *(input, self.weight, self.bias, list(self.stride), list(self.padding)),
        *(list(self.dilation), self.groups),
    )


@stands_for(m.Conv2d)
def conv2d(self: Any, input: Tensor) -> Tensor:
    if self.padding_mode != "zeros":
        input = aten.pad(input, list(self._reversed_padding_repeated_twice), self.padding_mode)
        return aten.conv2d(
            *(input, self.weight, self.bias, list(self.stride), [0, 0]),
            *(list(self.dilation), self.groups),
        )
    if self.padding == "same" or self.padding == "valid":
        return aten.conv2d(
            *(input, self.weight, self.bias, list(self.stride), self.padding),
            *(list(self.dilation), self.groups),
        )
    return aten.conv2d(
        *(input, self.weight, self.bias, list(self.stride), list(self.padding)),
        *(list(self.dilation), self.groups),
    )


@stands_for(m.Conv3d)
def conv3d(self: Any, input: Tensor) -> Tensor:
    if self.padding_mode != "zeros":
        input = aten.pad(input, list(self._reversed_padding_repeated_twice), self.padding_mode)
        return aten.conv3d(
            *(input, self.weight, self.bias, list(self.stride), [0, 0, 0]),
            *(list(self.dilation), self.groups),
        )
    if self.padding == "same" or self.padding == "valid":
        return aten.conv3d(
            *(input, self.weight, self.bias, list(self.stride), self.padding),
            *(list(self.dilation), self.groups),
        )
    return aten.conv3d(
        *(input, self.weight, self.bias, list(self.stride), list(self.padding)),
        *(list(self.dilation), self.groups),
    )


@stands_for(m.ConvTranspose1d)
def conv_transpose1d(self: Any, input: Tensor) -> Tensor:
    return aten.conv_transpose1d(
        *(input, self.weight, self.bias, list(self.stride), list(self.padding)),
        *(list(self.output_padding), self.groups, list(self.dilation)),
    )


@stands_for(m.ConvTranspose2d)
def conv_transpose2d(self: Any, input: Tensor) -> Tensor:
    return aten.conv_transpose2d(
        *(input, self.weight, self.bias, list(self.stride), list(self.padding)),
        *(list(self.output_padding), self.groups, list(self.dilation)),
    )


@stands_for(m.ConvTranspose3d)
def conv_transpose3d(self: Any, input: Tensor) -> Tensor:
    return aten.conv_transpose3d(
        *(input, self.weight, self.bias, list(self.stride), list(self.padding)),
        *(list(self.output_padding), self.groups, list(self.dilation)),
    )


@stands_for(_BatchNorm)
def batch_norm(self: Any, input: Tensor) -> Tensor:
    self._check_input_dim(input)
    average = 0.0 if self.momentum is None else self.momentum
    if self.num_batches_tracked is not None:
        if self.training and self.track_running_stats:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                average = 1.0 / float(self.num_batches_tracked)
    if self.running_mean is None and self.running_var is None:
        return F.batch_norm(input, None, None, self.weight, self.bias, True, average, self.eps)
    return F.batch_norm(
        *(input, self.running_mean, self.running_var, self.weight, self.bias),
        *(self.training, average, self.eps),
    )


@stands_for(m.BatchNorm1d, name="_check_input_dim")
def check_two_or_three(self: Any, input: Tensor) -> None:
    if input.dim() != 2 and input.dim() != 3:
        raise ValueError(f"expected 2D or 3D input (got {input.dim()}D input)")


@stands_for(m.BatchNorm2d, name="_check_input_dim")
def check_four(self: Any, input: Tensor) -> None:
    if input.dim() != 4:
        raise ValueError(f"expected 4D input (got {input.dim()}D input)")


@stands_for(m.BatchNorm3d, name="_check_input_dim")
def check_five(self: Any, input: Tensor) -> None:
    if input.dim() != 5:
        raise ValueError(f"expected 5D input (got {input.dim()}D input)")


@stands_for(_InstanceNorm)
def instance_norm(self: Any, input: Tensor) -> Tensor:
    momentum = 0.0 if self.momentum is None else self.momentum
    return F.instance_norm(
        *(input, self.running_mean, self.running_var, self.weight, self.bias),
        *(self.training or not self.track_running_stats, momentum, self.eps),
    )


@stands_for(m.LayerNorm)
def layer_norm(self: Any, input: Tensor) -> Tensor:
    return F.layer_norm(input, list(self.normalized_shape), self.weight, self.bias, self.eps)


@stands_for(m.MaxPool1d)
def max_pool1d(self: Any, input: Tensor) -> Tensor:
    if self.return_indices:
        raise ValueError("return_indices is not implemented in TorchScript")
    return F.max_pool1d(
        *(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)
    )


@stands_for(m.MaxPool2d)
def max_pool2d(self: Any, input: Tensor) -> Tensor:
    if self.return_indices:
        raise ValueError("return_indices is not implemented in TorchScript")
    return F.max_pool2d(
        *(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)
    )


@stands_for(m.MaxPool3d)
def max_pool3d(self: Any, input: Tensor) -> Tensor:
    if self.return_indices:
        raise ValueError("return_indices is not implemented in TorchScript")
    return F.max_pool3d(
        *(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)
    )


@stands_for(m.AvgPool1d)
def avg_pool1d(self: Any, input: Tensor) -> Tensor:
    return aten.avg_pool1d(
        *(input, self.kernel_size, self.stride, self.padding, self.ceil_mode),
        self.count_include_pad,
    )


@stands_for(m.AvgPool2d)
def avg_pool2d(self: Any, input: Tensor) -> Tensor:
    return aten.avg_pool2d(
        *(input, self.kernel_size, self.stride, self.padding, self.ceil_mode),
        *(self.count_include_pad, self.divisor_override),
    )


@stands_for(m.AvgPool3d)
def avg_pool3d(self: Any, input: Tensor) -> Tensor:
    return aten.avg_pool3d(
        *(input, self.kernel_size, self.stride, self.padding, self.ceil_mode),
        *(self.count_include_pad, self.divisor_override),
    )


@stands_for(m.Flatten)
def flatten(self: Any, input: Tensor) -> Tensor:
    return aten.flatten(input, self.start_dim, self.end_dim)


@stands_for(m.Softmax)
def softmax(self: Any, input: Tensor) -> Tensor:
    return F.softmax(input, self.dim)


@stands_for(m.LogSoftmax)
def log_softmax(self: Any, input: Tensor) -> Tensor:
    return F.log_softmax(input, self.dim)


@stands_for(m.GELU)
def gelu(self: Any, input: Tensor) -> Tensor:
    return aten.gelu(input, approximate=self.approximate)


@stands_for(m.Identity)
def identity(self: Any, input: Tensor) -> Tensor:
    return input


Whatever = TypeVar("Whatever")  # no type of TorchScript: what calls pass decides


@stands_for(m.Sequential)
def sequential(self: Any, input: Whatever) -> Any:
    for module in self:
        input = module(input)
    return input
