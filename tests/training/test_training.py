"""prepare, train and evaluate, each on a tiny set made here; the crops against the teacher's grid."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from seg.models.families import FAMILIES
from seg.models.heads.deeplab import DeepLabV3Plus
from seg.models.trunk import Features
from seg.scoring.metrics import grade, intersection_over_union
from seg.training import beside, calibrate, evaluate, individuals, loop, prepare, targets, train
from seg.training.crops import Crops, teacher_chances
from seg.training.individuals import IndividualCrops

WEIGHTS = Path(evaluate.__file__).parents[1] / "weights"
REFERENCE = Path(__file__).parents[3] / "shared" / "reference"


def test_prepare_keeps_every_pixel_and_label(photos, prepared):
    index = np.load(prepared / "index.npz")
    pixels, labels = np.load(prepared / "pixels.npy"), np.load(prepared / "labels.npy")
    for i in (0, 5, 7):
        start, size = index["start"][i], index["height"][i] * index["width"][i]
        shape = index["height"][i], index["width"][i]
        saved = np.asarray(Image.open(photos / "images" / f"{i:04}.avif").convert("RGB"))
        assert np.array_equal(pixels[3 * start : 3 * (start + size)].reshape(*shape, 3), saved)
        truth = np.asarray(Image.open(photos / "labels" / f"{i:04}.png"))
        assert np.array_equal(labels[start : start + size].reshape(shape), truth)
    assert index["labels_by"].tolist() == [0, 2] * 4
    assert not index["held_out"].any()
    assert np.flatnonzero(index["present"][0]).tolist() == [0, 8]


def test_prepare_refuses_labels_of_another_size(photos, tmp_path):
    (tmp_path / "images").symlink_to(photos / "images")
    (tmp_path / "labels").mkdir()
    Image.new("L", (5, 5)).save(tmp_path / "labels" / "0000.png")
    (tmp_path / "index.csv").write_text("id,labels_by,classes,source\n0000,human,cat,made here\n")
    with pytest.raises(ValueError, match="make them equal"):
        prepare.prepare(tmp_path, tmp_path / "out")


def test_crops_show_what_they_are_labelled(prepared):
    """The squares are red for cat and blue for dog: wherever a label says so, the pixel must agree."""
    batch = next(iter(Crops(prepared, side=65, batch=32, long_sides=(90, 200), seed=3)))
    assert batch["image"].shape == (32, 3, 65, 65)
    assert batch["labels"].shape == (32, 17, 17)
    cells = batch["image"][:, :, ::4, ::4].float()
    red, blue = cells[:, 0], cells[:, 2]
    # Some crops are turned grey on purpose.
    coloured = ((red - blue).abs() > 60).flatten(1).float().mean(1)[:, None, None] > 0.02
    cat, dog = (batch["labels"] == 8) & coloured, (batch["labels"] == 12) & coloured
    assert cat.sum() > 100
    assert dog.sum() > 100
    assert (red > blue)[cat].float().mean() > 0.9  # the rest are blended edge pixels
    assert (blue > red)[dog].float().mean() > 0.9
    assert (batch["labels"][~batch["inside"]] == 255).all()


def test_teacher_is_read_at_the_cells_own_places(prepared, tmp_path):
    """A teacher that calls the left half of the photo class 3 must do so in mirrored and scaled crops too."""
    for name in ("pixels.npy", "labels.npy", "index.npz"):
        (tmp_path / name).symlink_to(prepared / name)
    index = np.load(prepared / "index.npz")
    teacher = np.zeros((8, 33, 33, 21), np.uint8)
    pixels = np.load(prepared / "pixels.npy").copy()
    for i in range(8):
        start, height, width = index["start"][i], index["height"][i], index["width"][i]
        photo = pixels[3 * start : 3 * (start + height * width)].reshape(height, width, 3)
        photo[:, : width // 2], photo[:, width // 2 :] = 250, 5
        middle = width / 2 * 513 / max(height, width) / 16
        teacher[i, :, : round(middle), 3] = 200
        teacher[i, :, round(middle) :, 7] = 200
    (tmp_path / "pixels.npy").unlink()
    np.save(tmp_path / "pixels.npy", pixels)
    np.save(tmp_path / "teacher.npy", teacher)
    batch = next(iter(Crops(tmp_path, side=65, batch=32, long_sides=(90, 200), seed=1)))
    chances = teacher_chances(batch, 0.2)
    bright = batch["image"][:, :, ::4, ::4].float().mean(1) > 127
    agrees = (chances[:, 3] > chances[:, 7]) == bright
    assert agrees[batch["inside"]].float().mean() > 0.95


def test_targets_trust_people_more_than_the_teacher():
    labels = torch.tensor([[[5, 255]], [[5, 255]]])
    batch = {
        "labels": labels,
        "inside": torch.ones(2, 1, 2, dtype=torch.bool),
        "labels_by": torch.tensor([2, 0], dtype=torch.uint8),
        "pasted": torch.zeros(2, 1, 2, dtype=torch.bool),
        "teacher": torch.zeros(2, 21, 33, 33, dtype=torch.uint8),
        "grid": torch.zeros(2, 1, 2, 2),
    }
    target, weight = targets.targets(batch)
    assert torch.allclose(target.sum(1), torch.ones(2, 1, 2))
    assert target[0, 5, 0, 0] == pytest.approx(0.8 + 0.2 / 21)
    assert target[1, 5, 0, 0] == pytest.approx(0.3 + 0.7 / 21)
    assert target[0, 5, 0, 1] == pytest.approx(1 / 21)  # unlabelled: the teacher alone
    assert weight.min() == 1


def test_rate_warms_up_and_ends_at_nothing():
    assert loop.rate(0) == 0
    assert loop.rate(0.02) == pytest.approx(1)
    assert loop.rate(1) == pytest.approx(0, abs=1e-9)


@pytest.fixture(scope="module")
def trained(prepared, tmp_path_factory) -> argparse.Namespace:
    out = tmp_path_factory.mktemp("run")
    return train.arguments(
        f"--data {prepared} --out {out} --scratch --steps 3 --side 65 --batch 4 --smallest 64 --largest 128 "
        "--workers 0 --no-bfloat16 --show 1".split()
    )


def test_train_resumes_and_exports_what_the_zoo_loads(trained, capsys):
    train.train(trained)
    first = torch.load(trained.out / "last.pt", weights_only=True)
    assert first["step"] == 3
    trained.steps = 5
    train.train(trained)
    second = torch.load(trained.out / "last.pt", weights_only=True)
    assert second["step"] == 5
    assert second["spent"] > first["spent"]
    assert "loss" in capsys.readouterr().out
    frozen, free = "trunk.stem.0.weight", "head.decoder.classify.weight"
    assert torch.equal(first["student"]["network." + frozen], second["student"]["network." + frozen])
    assert not torch.equal(first["student"]["network." + free], second["student"]["network." + free])
    state = torch.load(trained.out / "bundled.pt", weights_only=True)
    DeepLabV3Plus().load_state_dict({k: v.float() for k, v in state.items()}, strict=False)
    assert all(v.dtype == torch.float16 for v in state.values())


def test_every_head_learns_beside_the_segmenter(photos, prepared, tmp_path, capsys):
    individuals.prepare(photos, prepared)
    given = f"--data {prepared} --out {tmp_path} --start {WEIGHTS / 'bundled.pt'} --beside {WEIGHTS / 'heads'}".split()
    given += "--side 65 --batch 2 --smallest 80 --largest 140 --workers 0 --show 1 --steps 6 --freeze-norms".split()
    train.train(train.arguments(given))
    shown = capsys.readouterr().out.splitlines()
    for name in (*FAMILIES, *beside.OTHERS):
        assert name in shown[5]
        before, after = (torch.load(path / f"{name}.pt", weights_only=True) for path in (WEIGHTS / "heads", tmp_path))
        assert before.keys() == after.keys()
        assert any(not torch.equal(before[key], after[key]) for key in before)
    trunk = (
        torch.load(WEIGHTS / "bundled.pt", weights_only=True),
        torch.load(tmp_path / "bundled.pt", weights_only=True),
    )
    assert not torch.equal(*(each["trunk.stages.5.0.expand.0.weight"] for each in trunk))


def test_families_leave_the_trunk_alone_and_individuals_do_not(photos, prepared):
    individuals.prepare(photos, prepared)
    batch = next(iter(IndividualCrops(prepared, 65, 2, (80, 140), paste=1.0)))
    heads = beside.build(WEIGHTS / "heads").train()
    for step in range(len(FAMILIES)):
        features = Features(*(torch.rand(2, c, n, n, requires_grad=True) for c, n in ((24, 17), (40, 9), (320, 5))))
        found = beside.losses(heads, features, batch, step)
        family, *others = found
        found[family].backward()
        assert all(each.grad is None for each in features)
        assert len(others) == (step + 1) % 2
        for other in others:
            found[other].backward()
            assert all(each.grad.abs().sum() > 0 for each in features)


def test_evaluate_scores_a_known_answer(tmp_path, capsys):
    """One photo, its truth given as the answer: every class present has IoU 1, the absent ones are left out."""
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    truth = np.zeros((40, 60), np.uint8)
    truth[10:30, 10:30], truth[0] = evaluate.PERSON, 255
    Image.fromarray(truth).save(tmp_path / "labels" / "a.png")
    Image.new("RGB", (60, 40)).save(tmp_path / "images" / "a.png")
    sure = np.full(truth.shape, 255, np.uint8)
    perfect = evaluate.score(lambda photo: (np.where(truth == 255, 3, truth).astype(np.uint8), sure), [tmp_path])
    assert evaluate.mean_iou(perfect.confusion) == 1.0
    assert evaluate.boundary_iou(perfect.bands) == 1.0
    assert evaluate.expected_calibration_error(perfect.calibration[0]) == 0
    lazy = evaluate.score(lambda photo: (np.zeros((40, 60), np.uint8), None), [tmp_path])
    # Background's IoU is the accuracy here, that of people is 0.
    assert evaluate.mean_iou(lazy.confusion) == pytest.approx((39 * 60 - 400) / (39 * 60) / 2)
    assert evaluate.boundary_iou(lazy.bands) == 0
    record = tmp_path / "record.json"
    found = evaluate.main(["--data", str(tmp_path), "--no-reference", "--record", str(record)])
    assert json.loads(record.read_text(), parse_constant=pytest.fail) == found  # no NaN, which is not JSON
    assert found["photos"] == 1
    assert "mean IoU" in capsys.readouterr().out


def test_boundary_iou_of_counts_is_what_grade_says():
    rng = np.random.default_rng(0)
    truth, labels = (np.kron(rng.integers(0, 4, (6, 8)), np.ones((20, 20))).astype(np.uint8) for _ in range(2))
    truth[:7] = 255
    found = intersection_over_union(evaluate.band_confusion(truth, labels))
    np.testing.assert_allclose(found[1:4], grade(truth, labels).boundary[1:4])


def test_intervals_hold_the_figure_and_shrink_with_photos():
    counts = np.random.default_rng(0).integers(1, 50, (60, 21, 21)) + 200 * np.eye(21, dtype=int)
    low, high = evaluate.interval(evaluate.mean_iou, counts)
    assert low < evaluate.mean_iou(counts) < high
    few_low, few_high = evaluate.interval(evaluate.mean_iou, counts[:10])
    assert few_high - few_low > high - low


def test_the_temperature_is_the_one_the_logits_were_scaled_by():
    """Labels are drawn from softmax(logits), and the logits then made 1.8 times as large: T is 1.8."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(20_000, 5, generator=generator) * 2
    truth = torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]
    assert calibrate.fit_temperature(logits * 1.8, truth) == pytest.approx(1.8, abs=0.05)


def test_a_folded_temperature_divides_the_logits():
    network = DeepLabV3Plus().eval()
    photo = torch.randint(0, 256, (1, 3, 33, 49), dtype=torch.uint8)
    with torch.inference_mode():
        before = network(photo)
        calibrate.fold_temperature(network, 1.5)
        torch.testing.assert_close(network(photo), before / 1.5)


def test_calibrate_exports_a_network_that_loads(trained, prepared, tmp_path):
    train.train(trained)
    for name in ("pixels.npy", "labels.npy"):
        (tmp_path / name).symlink_to(prepared / name)
    index = dict(np.load(prepared / "index.npz"))
    np.savez(tmp_path / "index.npz", **index | {"held_out": np.ones(8, bool)})
    calibrate.main(f"--weights {trained.out}/last.pt --data {tmp_path} --out {tmp_path}/c.pt --limit 2".split())
    loop.load_weights(DeepLabV3Plus(), torch.load(tmp_path / "c.pt", weights_only=True))


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference network is not beside this checkout")
def test_teachers_logits_make_the_references_labels():
    teacher = prepare.Teacher(REFERENCE)
    photo = np.asarray(Image.open(Path(__file__).parents[2] / "examples" / "dog.jpg").convert("RGB"))
    labels = teacher(photo)[0].argmax(-1)
    rows = round(513 * photo.shape[0] / max(photo.shape[:2])) // 16
    assert (labels[:rows] == 12).mean() > 0.1
    assert set(np.unique(labels[:rows])) <= {0, 12}
