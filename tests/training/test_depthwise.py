"""The quick depthwise backward and the merged norms against torch's own."""

import copy

import pytest
import torch
from torch import nn

from seg.models.heads.deeplab import DeepLabV3Plus
from seg.training.depthwise import merge_norms, quicken
from seg.training.train import freeze_early, freeze_norms


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


def test_merged_norms_change_neither_answers_nor_gradients():
    torch.manual_seed(0)
    plain = DeepLabV3Plus()
    for part in plain.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.running_mean, -0.2, 0.2)
            nn.init.uniform_(part.running_var, 0.5, 2)
            nn.init.uniform_(part.weight, 0.5, 1.5)
    freeze_early(plain.train())
    freeze_norms(plain)
    merged = copy.deepcopy(plain)
    assert quicken(merged) > 5
    assert merge_norms(merged) == sum(isinstance(part, nn.BatchNorm2d) for part in plain.modules())
    x = torch.randint(0, 256, (2, 3, 65, 65), dtype=torch.uint8)
    answers = []
    for network in (plain, merged):
        torch.manual_seed(1)  # the same dropout
        answers.append(network(x))
        answers[-1].square().mean().backward()
    torch.testing.assert_close(*answers, rtol=1e-3, atol=1e-4)
    theirs = dict(plain.named_parameters())
    for name, mine in merged.named_parameters():
        assert (mine.grad is None) == (theirs[name].grad is None)
        if mine.grad is not None:
            scale = theirs[name].grad.abs().max()
            torch.testing.assert_close(mine.grad / scale, theirs[name].grad / scale, rtol=0, atol=5e-3)
