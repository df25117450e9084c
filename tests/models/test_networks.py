"""What the page says of how each model samples its input, against the networks themselves."""

import json

import pytest
import torch
from torch import nn

from seg.models.registry import ZOO
from seg.models.trunk import Network
from seg.page.tabs.segment import SAMPLING, networks

SIDE = 513


@pytest.fixture(scope="module", params=list(ZOO))
def built(request):
    """(name, network without numbers): shapes only."""
    with torch.device("meta"):
        network = ZOO[request.param].build()
        return request.param, (Network(network) if ZOO[request.param].trunk else network).eval()


def test_every_model_is_described():
    assert set(networks()) == set(ZOO)
    json.dumps(networks())


def test_the_score_stride_is_the_networks(built):
    name, network = built
    scores = network(torch.zeros(1, 3, SIDE, SIDE, device="meta"))
    stride = SAMPLING[name][1]
    assert scores.shape[2:] == (-(-SIDE // stride),) * 2  # 513 = 16 * 32 + 1: the same for both conventions


def test_atrous_rates_and_the_stride_they_work_at_are_the_networks(built):
    """The ASPP's branches are the 3x3 convolutions with a dilation that share one input."""
    name, network = built
    stride, _, rates = SAMPLING[name]
    seen = []
    for part in network.modules():
        if type(part).__name__ == "ASPP":
            part.register_forward_pre_hook(lambda _, inputs: seen.append(SIDE / inputs[0].shape[2]))
            found = [
                each.dilation[0]
                for each in part.modules()
                if isinstance(each, nn.Conv2d) and each.kernel_size == (3, 3) and each.dilation != (1, 1)
            ]
            assert tuple(found) == rates
    network(torch.zeros(1, 3, SIDE, SIDE, device="meta"))
    assert bool(seen) == bool(rates)
    assert all(round(each) == stride for each in seen)
