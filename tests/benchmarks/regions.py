"""Growing a region at 1024x768: `seg.growing.regions` beside scikit-image, scipy, OpenCV and a plain Python queue,
in one run.

    python -m tests.benchmarks.regions [rounds] [photo]

Without a photo, a made-up one: smooth colours and noise. Everyone starts from the same seed with the same tau, chosen
so that the region fills about half the photo. All are warmed up, then take turns. OpenCV's floodFill knows no
Euclidean distance: it floods the finished distance image, as scikit-image does, so that all find the same region.
"""

import sys
from functools import partial

import numpy as np
from PIL import Image
from scipy import ndimage

from seg.growing.regions import MAX_THRESHOLD, grow
from tests.benchmarks.report import Row, load, machine, median_ms, print_table, race, report
from tests.oracles.growing import plain_queue

WIDTH, HEIGHT = 1024, 768
FIXED, RUNNING = "seg.growing.regions.grow, seed rule", "seg.growing.regions.grow, mean rule"


def scene(path: str | None) -> np.ndarray:
    """The photo at 1024x768, or a made-up one. HxWx3 uint8."""
    if path:
        with Image.open(path) as photo:
            return np.asarray(photo.convert("RGB").resize((WIDTH, HEIGHT)))
    random = np.random.default_rng(0)
    smooth = np.stack([ndimage.gaussian_filter(random.random((HEIGHT, WIDTH)), 40) for _ in range(3)], -1)
    smooth = (smooth - smooth.min()) / np.ptp(smooth) * 235
    return (smooth + random.normal(0, 4, smooth.shape)).clip(0, 255).astype(np.uint8)


def distance_image(image: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    return np.sqrt(((image.astype(np.int32) - image[seed].astype(np.int32)) ** 2).sum(-1))


def scipy_label(image, seed, tau):
    parts, _ = ndimage.label(distance_image(image, seed) <= tau)
    return parts == parts[seed]


def skimage_flood(segmentation, image, seed, tau):
    return segmentation.flood(distance_image(image, seed), seed, tolerance=tau, connectivity=1)


def opencv_flood(cv2, image, seed, tau):
    similar = (distance_image(image, seed) <= tau).astype(np.uint8)
    mask = np.zeros((HEIGHT + 2, WIDTH + 2), np.uint8)
    cv2.floodFill(similar, mask, seed[::-1], 2, 0, 0, 4)
    return similar == 2


def python_queue(image, seed, tau, rule):
    return plain_queue(image, seed, tau, rule) >= 0


def agreement(answers: dict, reference: str) -> str:
    masks = {name: mask for name, mask in answers.items() if mask is not None}
    wrong = [name for name, mask in masks.items() if not np.array_equal(mask, masks[reference])]
    return f"differ from {reference}: {', '.join(wrong)}" if wrong else f"all {len(masks)} masks are equal"


def main(rounds: int = 11, path: str | None = None) -> list[Row]:
    image, seed = scene(path), (HEIGHT // 2, WIDTH // 2)
    half = HEIGHT * WIDTH // 2
    tau = float(next(tau for tau in range(MAX_THRESHOLD + 1) if grow(image, seed, tau).area >= half))
    segmentation, cv2 = load("skimage.segmentation", "scikit-image"), load("cv2", "opencv-python-headless")

    print(f"Region growing at {WIDTH}x{HEIGHT}, {path or 'a made-up photo'}, seed {seed}, tau {tau:.0f}\n")
    print(machine() + "\n")
    fixed = {
        FIXED: lambda: grow(image, seed, tau).mask,
        "scikit-image: distance image and flood": segmentation
        and partial(skimage_flood, segmentation, image, seed, tau),
        "scipy: distance image and ndimage.label": partial(scipy_label, image, seed, tau),
        "OpenCV: distance image and floodFill": cv2 and partial(opencv_flood, cv2, image, seed, tau),
        "the distance image alone": lambda: distance_image(image, seed) is None or None,
    }
    times, answers = race(fixed, rounds)
    slow, slow_answers = race({"plain Python queue": partial(python_queue, image, seed, tau, "seed")}, 1)
    print_table(times | slow, FIXED)
    fixed_ms, flood = median_ms(times[FIXED]), times["scikit-image: distance image and flood"]
    beside = f"scikit-image {median_ms(flood):.0f} ms" if flood else ""
    rows = [Row("fixed-rule region, 1024x768", f"{fixed_ms:.1f} ms", "at most 10 ms", fixed_ms / 10, beside)]
    print(f"\n{answers[FIXED].mean():.0%} of the photo; {agreement(answers | slow_answers, FIXED)}\n")

    times, answers = race({RUNNING: lambda: grow(image, seed, tau, "mean").mask}, rounds)
    slow, slow_answers = race({"plain Python queue, mean rule": partial(python_queue, image, seed, tau, "mean")}, 1)
    print_table(times | slow, RUNNING)
    here, plain = median_ms(times[RUNNING]), median_ms(slow["plain Python queue, mean rule"])
    beside = f"plain Python queue {plain:,.0f} ms ({plain / here:.0f}x)"
    rows.append(
        Row("running-mean region, 1024x768", f"{here:.1f} ms", "30x the plain queue", 30 * here / plain, beside)
    )
    print(f"\n{answers[RUNNING].mean():.0%} of the photo; {agreement(answers | slow_answers, RUNNING)}\n")
    return rows


if __name__ == "__main__":
    report(main(*map(int, sys.argv[1:2]), *sys.argv[2:3]))
