"""The quick depthwise backward against torch's own."""

import copy

import pytest
import torch
from torch import nn

from seg.training.depthwise import quicken


@pytest.mark.parametrize(("size", "dilation", "channels"), [(3, 1, 5), (5, 2, 40), (3, 12, 33)])
def test_gradients_equal_torchs_own(size, dilation, channels):
    torch.manual_seed(0)
    padding = dilation * (size // 2)
    plain = nn.Sequential(
        nn.Conv2d(channels, channels, size, 1, padding, dilation, groups=channels, bias=False), nn.Tanh()
    )
    quick = copy.deepcopy(plain)
    assert quicken(quick) == 1
    x = torch.randn(2, channels, 9, 11)
    ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    toward = torch.randn(2, channels, 9, 11)
    (quick(ours) * toward).sum().backward()
    (plain(theirs) * toward).sum().backward()
    torch.testing.assert_close(quick(x), plain(x))
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(quick[0].weight.grad, plain[0].weight.grad, rtol=1e-4, atol=1e-4)


def test_strided_frozen_and_dense_convolutions_are_left_alone():
    frozen = nn.Conv2d(4, 4, 3, groups=4, bias=False).requires_grad_(False)
    assert quicken(nn.Sequential(nn.Conv2d(4, 4, 3, 2, groups=4, bias=False), nn.Conv2d(4, 4, 3), frozen)) == 0
