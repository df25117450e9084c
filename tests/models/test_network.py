"""The network: sizes, alignment, round trips, and its trunk beside torch's plain building blocks."""

import pytest
import torch
import torch.nn.functional as F

from seg.models.device import fold_batch_norms
from seg.models.heads.deeplab import ATROUS_RATES, SCORE_STRIDE, DeepLabV3Plus
from seg.models.trunk import fit_size


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = DeepLabV3Plus().eval()
    for part in network.modules():  # statistics as after training: not the neutral ones a fresh layer has
        if isinstance(part, torch.nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.1)
            part.running_var.uniform_(0.5, 2)
    return network


@pytest.mark.parametrize(("height", "width"), [(65, 97), (129, 129), (17, 33)])
def test_scores_have_the_promised_stride(network, height, width):
    with torch.inference_mode():
        scores = network(torch.randint(0, 256, (2, 3, height, width), dtype=torch.uint8))
    assert scores.shape == (2, 21, (height - 1) // SCORE_STRIDE + 1, (width - 1) // SCORE_STRIDE + 1)
    assert scores.isfinite().all()


def test_trunk_strides_and_channels(network):
    with torch.inference_mode():
        fine, middle, deep = network.trunk(torch.zeros(1, 3, 129, 193))
    assert fine.shape == (1, 24, 33, 49)
    assert middle.shape == (1, 40, 17, 25)
    assert deep.shape == (1, 320, 9, 13)


def test_one_photo_scores_the_same_alone_and_in_a_batch(network):
    photos = torch.randint(0, 256, (3, 3, 65, 65), dtype=torch.uint8)
    with torch.inference_mode():
        together, alone = network(photos), network(photos[1:2])
    torch.testing.assert_close(together[1:2], alone, rtol=1e-4, atol=1e-4)


def test_a_mirrored_photo_has_mirrored_scores_when_kernels_are_symmetric(network):
    """Cells sit on the pixel grid: with left-right symmetric kernels nothing but alignment could break this."""
    mirror = DeepLabV3Plus().eval()
    mirror.load_state_dict(network.state_dict())
    with torch.inference_mode():
        for part in mirror.modules():
            if isinstance(part, torch.nn.Conv2d):
                part.weight.copy_((part.weight + part.weight.flip(3)) / 2)
        photo = torch.randint(0, 256, (1, 3, 97, 129), dtype=torch.uint8)
        torch.testing.assert_close(mirror(photo.flip(3)), mirror(photo).flip(3), rtol=1e-3, atol=1e-3)


def test_folding_batch_norms_keeps_the_function(network):
    folded = DeepLabV3Plus().eval()
    folded.load_state_dict(network.state_dict())
    fold_batch_norms(folded)
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in folded.modules())
    photo = torch.randint(0, 256, (1, 3, 65, 81), dtype=torch.uint8)
    with torch.inference_mode():
        torch.testing.assert_close(folded(photo), network(photo), rtol=1e-3, atol=1e-3)


def test_state_dict_round_trip(network, tmp_path):
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    other = DeepLabV3Plus().eval()
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    photo = torch.randint(0, 256, (1, 3, 65, 65), dtype=torch.uint8)
    with torch.inference_mode():
        assert torch.equal(other(photo), network(photo))


def test_fits_ten_megabytes_in_half_precision(network):
    assert 2 * sum(p.numel() for p in network.state_dict().values()) < 10e6


def test_atrous_branches_reach_as_far_as_their_rates_say(network):
    """One lit cell answers at distance 0 and `rate` along each axis, nowhere else (Chen et al. 2018, figure 1)."""
    for branch, rate in zip(network.head.aspp.atrous, ATROUS_RATES, strict=True):
        lit = torch.zeros(1, 320, 41, 41)
        lit[..., 20, 20] = 1
        kernel = branch[0][0]
        reached = F.conv2d(lit, kernel.weight.abs() + 1, None, 1, kernel.padding, kernel.dilation, 320)[0, 0] > 0
        assert sorted({int(r) - 20 for r in reached.nonzero()[:, 0]}) == [-rate, 0, rate]
        assert int(reached.sum()) == 9


@pytest.mark.parametrize(
    ("height", "width", "side", "expected"),
    [
        (768, 1024, 513, (385, 513)),
        (513, 513, 513, (513, 513)),
        (1024, 16, 513, (513, 17)),
        (360, 480, 417, (321, 417)),
    ],
)
def test_fit_size(height, width, side, expected):
    assert fit_size(height, width, side) == expected
