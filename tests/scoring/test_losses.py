"""The losses against torch, sums worked out by hand, their definitions by brute force, and numeric gradients."""

import itertools
import math
from functools import cache

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from seg.classes import COUNT, IGNORE
from seg.scoring.losses import (
    LOSSES,
    cross_entropy,
    cross_entropy_map,
    dice,
    focal,
    focal_map,
    gradient_map,
    lovasz_softmax,
)
from seg.scoring.metrics import grade


def case(seed, classes=4, height=3, width=4, ignored=0.2):
    """Random double-precision logits CxHxW and truth HxW, some of it 255."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(classes, height, width, generator=generator, dtype=torch.float64)
    truth = torch.randint(classes, (height, width), generator=generator)
    truth[torch.rand(height, width, generator=generator) < ignored] = IGNORE
    return logits, truth


def sure(labels, certainty=60.0):
    """Logits that leave no doubt about a label map."""
    return certainty * F.one_hot(labels, COUNT).permute(2, 0, 1).double()


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_cross_entropy_is_torchs(seed):
    logits, truth = case(seed)
    if (truth != IGNORE).any():
        expected = F.cross_entropy(logits[None], truth[None], ignore_index=IGNORE)
        assert cross_entropy(logits, truth).item() == pytest.approx(expected.item(), rel=1e-12)


def test_no_opinion_costs_the_logarithm_of_the_number_of_classes():
    logits, truth = torch.zeros(COUNT, 2, 2), torch.tensor([[0, 5], [20, 255]])
    assert cross_entropy(logits, truth).item() == pytest.approx(math.log(21))
    assert cross_entropy_map(logits, truth)[1, 1] == 0


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.5, 2.0, 5.0]))
@settings(max_examples=40, deadline=None)
def test_focal_is_its_formula_pixel_by_pixel(seed, gamma):
    logits, truth = case(seed)
    p = logits.softmax(0)
    for row, column in itertools.product(range(3), range(4)):
        label = truth[row, column].item()
        of_truth = 1.0 if label == IGNORE else p[label, row, column].item()
        expected = -((1 - of_truth) ** gamma) * math.log(of_truth)
        found = focal_map(logits, truth, gamma)[row, column].item()
        assert found == pytest.approx(expected if label != IGNORE else 0, abs=1e-12)
    if gamma == 0:
        assert focal(logits, truth, 0.0).item() == pytest.approx(cross_entropy(logits, truth).item())


def test_dice_by_hand():
    # p of class 0: 0.75 0.5 0.25; truth 0 0 1.  Class 0: 2 x 1.25 / (0.875 + 2); class 1: 2 x 0.75 / (0.875 + 1)
    p = torch.tensor([0.75, 0.5, 0.25], dtype=torch.float64)
    logits = torch.stack([p, 1 - p]).log()[:, None]
    expected = 1 - (2.5 / 2.875 + 1.5 / 1.875) / 2
    assert dice(logits, torch.tensor([[0, 0, 1]])).item() == pytest.approx(expected)


def lovasz_by_definition(p, truth):
    """The Lovasz extension of A -> 1 - |truth without A| / |truth with A| at the errors, as an integral over
    thresholds: the mean over t in [0, 1] of the set function at {i: error_i > t}. No sorting, no gradient."""
    losses = []
    for c in sorted({label for label in truth if label != IGNORE}):
        known = [i for i, label in enumerate(truth) if label != IGNORE]
        inside = {i for i in known if truth[i] == c}
        errors = {i: (1 - p[c][i]) if i in inside else p[c][i] for i in known}
        levels = sorted({0.0, 1.0, *errors.values()})
        total = 0.0
        for low, high in itertools.pairwise(levels):
            wrong = {i for i in known if errors[i] > (low + high) / 2}
            predicted = inside ^ wrong  # a wrong pixel of the class is missed, another wrong pixel is added
            total += (high - low) * (1 - len(inside & predicted) / len(inside | predicted))
        losses.append(total)
    return sum(losses) / len(losses) if losses else 0.0


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_lovasz_is_the_lovasz_extension_of_the_jaccard_loss(seed):
    logits, truth = case(seed, classes=3, height=2, width=4)
    expected = lovasz_by_definition(logits.softmax(0).reshape(3, -1).tolist(), truth.reshape(-1).tolist())
    assert lovasz_softmax(logits, truth).item() == pytest.approx(expected, abs=1e-10)


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_lovasz_of_a_sure_prediction_is_one_minus_the_iou(seed):
    random = np.random.default_rng(seed)
    truth, painted = (random.integers(0, 4, (5, 6)).astype(np.uint8) for _ in range(2))
    iou = grade(truth, painted, boundary=False).iou[np.unique(truth)]
    loss = lovasz_softmax(sure(torch.from_numpy(painted).long()), torch.from_numpy(truth))
    assert loss.item() == pytest.approx(1 - iou.mean(), abs=1e-9)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("seed", range(3))
def test_gradients_are_right(name, seed):
    logits, truth = case(seed)
    assert torch.autograd.gradcheck(lambda x: LOSSES[name](x, truth), logits.requires_grad_())


@pytest.mark.parametrize("name", LOSSES)
def test_a_perfect_and_sure_prediction_costs_nothing(name):
    truth = torch.tensor([[0, 3], [255, 3]])
    assert LOSSES[name](sure(truth.clamp(max=3)), truth).item() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", LOSSES)
def test_pixels_without_a_truth_have_no_say(name):
    logits, truth = case(1)
    changed = logits.clone()
    changed[:, truth == IGNORE] += 7 * torch.randn(4, int((truth == IGNORE).sum()), dtype=torch.float64)
    assert LOSSES[name](changed, truth).item() == pytest.approx(LOSSES[name](logits, truth).item())
    nothing = torch.full_like(truth, IGNORE)
    value, pull = gradient_map(LOSSES[name], logits, nothing)
    assert value == 0
    assert not pull.any()


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_map_is_the_numeric_slope(name):
    logits, truth = case(2)
    value, pull = gradient_map(LOSSES[name], logits, truth)
    assert value == pytest.approx(LOSSES[name](logits, truth).item())
    assert (pull[truth == IGNORE] == 0).all()
    slopes = torch.zeros(3, 4, dtype=torch.float64)
    for c, row, column in itertools.product(range(4), range(3), range(4)):
        step = torch.zeros_like(logits)
        step[c, row, column] = 1e-6
        slopes[row, column] += abs(LOSSES[name](logits + step, truth) - LOSSES[name](logits - step, truth)) / 2e-6
    torch.testing.assert_close(pull, slopes, rtol=1e-4, atol=1e-8)


def test_equal_errors_are_pulled_at_equally():
    truth = torch.tensor([[0, 0, 0, 1, 1, IGNORE]])
    _, pull = gradient_map(lovasz_softmax, torch.zeros(3, 1, 6, dtype=torch.float64), truth)
    assert pull[0, :3].tolist() == pytest.approx([pull[0, 0].item()] * 3)
    assert pull[0, 3:5].tolist() == pytest.approx([pull[0, 3].item()] * 2)
    assert pull[0, 5] == 0


@cache
def many_pixels():
    return case(5, classes=COUNT, height=300, width=300)


@cache
def in_double_precision(name):
    return gradient_map(LOSSES[name], *many_pixels())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", LOSSES)
def test_half_precision_costs_what_double_precision_says(name, dtype):
    """More pixels than float16 can count to, and sums beyond its largest number, 65504."""
    logits, truth = many_pixels()
    assert (truth != IGNORE).sum() > torch.finfo(torch.float16).max
    value, pull = gradient_map(LOSSES[name], logits.to(dtype), truth)
    expected, expected_pull = in_double_precision(name)
    assert value == pytest.approx(expected, rel=0.01)
    assert pull.isfinite().all()
    assert pull.sum().item() == pytest.approx(expected_pull.sum().item(), rel=0.01)


@pytest.mark.parametrize("gamma", [0.1, 0.5, 0.9, 1.0, 2.0])
def test_a_certain_pixel_has_no_focal_gradient(gamma):
    """One pixel the network is certain of, one without a truth, and one it can still learn from."""
    logits = torch.tensor([[[200.0, 1.0, 1.0]], [[0.0, 0.0, 0.0]]], requires_grad=True)
    loss = focal(logits, torch.tensor([[0, IGNORE, 0]]), gamma)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient.isfinite().all()
    assert not gradient[:, 0, :2].any()
    assert gradient[0, 0, 2] < 0 < gradient[1, 0, 2]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="HxW"):
        cross_entropy(torch.zeros(4, 2, 2), torch.zeros(3, 2, dtype=torch.uint8))
    with pytest.raises(ValueError, match="the value 4"):
        dice(torch.zeros(4, 1, 1), torch.tensor([[4]]))
