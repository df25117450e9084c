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
def asked(request):
    """(name, side of the scores, [(side of what an ASPP reads, its dilations)]) of a network of shapes without numbers.

    An ASPP's branches are the 3x3 convolutions with a dilation that share one input.
    """
    with torch.device("meta"):
        network = ZOO[request.param].build()
        network = (Network(network) if ZOO[request.param].trunk else network).eval()
    found = []

    def look(part, inputs):
        convolutions = [each for each in part.modules() if isinstance(each, nn.Conv2d) and each.kernel_size == (3, 3)]
        rates = tuple(each.dilation[0] for each in convolutions if each.dilation != (1, 1))
        found.append((inputs[0].shape[2], rates))

    for part in network.modules():
        if type(part).__name__ == "ASPP":
            part.register_forward_pre_hook(look)
    scores = network(torch.zeros(1, 3, SIDE, SIDE, device="meta"))
    assert scores.shape[2] == scores.shape[3]
    return request.param, scores.shape[2], found


def test_every_model_is_described():
    assert set(networks()) == set(ZOO)
    json.dumps(networks())


def test_the_score_stride_is_the_networks(asked):
    name, side, _ = asked
    assert side == -(-SIDE // SAMPLING[name][1])  # 513 = 16 * 32 + 1: the same for both conventions


def test_atrous_rates_and_the_stride_they_work_at_are_the_networks(asked):
    name, _, found = asked
    stride, _, rates = SAMPLING[name]
    assert bool(found) == bool(rates)
    for side, dilations in found:
        assert round(SIDE / side) == stride
        assert dilations == rates
