"""A quick backward pass for stride-1 depthwise convolutions on a CPU; the same gradients, far sooner.

torch's own backward of a dilated 5x5 depthwise convolution in bfloat16 took 80 times as long as its forward (185 ms to
2.3 ms; batch 16, 1152 channels of 17x17, two cores). Two remedies, together 5 times as quick for that layer:
the gradient of the input is itself a depthwise convolution, with the kernel turned by 180 degrees, and torch's
forward is quick; the gradient of the kernel is quicker in float32 when the kernel is 5x5 or dilated.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, dilation: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.dilation = dilation
        return F.conv2d(x, weight, None, 1, dilation * (weight.shape[-1] // 2), dilation, x.shape[1])

    @staticmethod
    def backward(ctx, g: Tensor):
        x, weight = ctx.saved_tensors
        size, dilation, channels = weight.shape[-1], ctx.dilation, x.shape[1]
        padding = dilation * (size // 2)
        to_x = F.conv2d(g, weight.flip(2, 3), None, 1, padding, dilation, channels)
        dtype = torch.float32 if size > 3 or dilation > 1 else x.dtype
        to_weight = torch.ops.aten.convolution_backward(
            g.to(dtype), x.to(dtype), weight.to(dtype), None, [1, 1], [padding] * 2, [dilation] * 2, False, [0, 0],
            channels, [False, True, False],
        )[1]  # fmt: skip
        return to_x, to_weight.to(weight.dtype), None


def _forward(conv: nn.Conv2d, x: Tensor) -> Tensor:
    dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else x.dtype
    return _Depthwise.apply(x.to(dtype), conv.weight.to(dtype), conv.dilation[0])


def quicken(network: nn.Module) -> int:
    """Give `network`'s trainable stride-1 depthwise convolutions the quick backward, in place; returns how many.

    For training on a CPU only. Weights, names and outputs stay as they are.
    """
    found = 0
    for part in network.modules():
        if not isinstance(part, nn.Conv2d) or not part.weight.requires_grad or part.bias is not None:
            continue
        if part.groups == part.in_channels > 1 and part.stride == (1, 1):
            part.forward = _forward.__get__(part)
            found += 1
    return found
