"""The result card: one PNG of 1200 x 630 pixels, the shape that chats and link previews show whole.

    png = segment_card(photo, labels, title="Dog", credit="", model="DeepLabV3+", device="CPU", milliseconds=210)

Left the picture, right what it says: the legend, the individuals, the painting's score, or the region's numbers
(`seg.page.export.sheet` draws them). Nothing of the photo's file gets in, only its pixels.
"""

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import maximum_filter

from seg.classes import CLASSES, IGNORE, PALETTE, TITLES
from seg.growing.regions import Region
from seg.labels.components import describe
from seg.labels.render import boundaries, overlay
from seg.lessons.individuals import blobs_and_individuals, seen_place
from seg.lessons.wording import counted, percent
from seg.models.individuals import Individuals
from seg.page.export.sheet import ACCENT, INK, Row, draw, hexadecimal, sans
from seg.scoring.metrics import grade

TINT = 0.6  # opacity of the labels over the photo


# The four cards. palette: 256x3 uint8, the colour of each label. `run`: title, credit, model, device, milliseconds.


def segment_card(photo: np.ndarray, labels: np.ndarray, palette: np.ndarray = PALETTE, **run) -> bytes:
    """The model's labels. photo: HxWx3 uint8; labels: HxW uint8, class ids or 255 for unsure. Returns PNG bytes."""
    found = sorted(describe(labels, TITLES), key=lambda each: (each["id"] == 0, -each["pixels"]))
    rows = [
        Row(each["name"], percent(each["share"]), each["share"], hexadecimal(palette[each["id"]])) for each in found
    ]
    if [each["id"] for each in found] == [0]:
        rows.append(Row("no object it has a name for", ""))
    unsure = float((labels == IGNORE).mean())
    if unsure:
        rows.append(Row("unsure", percent(unsure), unsure, "#9a968c"))
    figures = [("photo", photo), ("labels", plain(labels, palette))]
    return draw(tint(photo, labels, TINT, palette), "", None, rows, figures, **run)


def individuals_card(
    photo: np.ndarray, labels: np.ndarray, found: Individuals, palette: np.ndarray = PALETTE, **run
) -> bytes:
    """The individuals, outlined and numbered, beside the blobs of the labels. photo: HxWx3 uint8. Returns PNG bytes."""
    place = found.map()
    picture = tint(photo, np.where(place, labels, 0), 0.3, palette)
    rim = (place > 0) & maximum_filter(boundaries(place), max(3, max(place.shape) // 200))
    picture[rim] = np.array(Image.new("RGB", (1, 1), ACCENT))[0, 0]
    for one in found:
        seen = seen_place(one, place)
        if seen["pixels"]:
            picture = number_at(picture, str(one.number), (seen["row"], seen["column"]))
    rows = [
        Row(
            each["name"],
            f"{each['individuals']} in {counted(each['blobs'], 'blob')}" if each["blobs"] else str(each["individuals"]),
            color=None if each["voc"] is None else hexadecimal(palette[each["voc"]]),
        )
        for each in blobs_and_individuals(labels, found)
        if each["individuals"]
    ]
    figures = [("photo", photo), ("blobs", plain(labels, palette))]
    big = (str(len(found)), "individual" if len(found) == 1 else "individuals")
    return draw(picture, "which one is it?", big, rows, figures, **run)


def painting_card(
    photo: np.ndarray, truth: np.ndarray, painted: np.ndarray, palette: np.ndarray = PALETTE, **run
) -> bytes:
    """A painting graded against the model's labels. truth, painted: HxW uint8. Returns PNG bytes."""
    scores = grade(truth, painted)
    areas = scores.confusion.sum(1)
    present = [i for i in range(len(CLASSES)) if areas[i] or scores.confusion[:, i].any()]
    rows = [
        Row(CLASSES[i].title, number(scores.iou[i]), float(scores.iou[i]), hexadecimal(palette[i]))
        for i in sorted(present, key=lambda i: (i == 0, -areas[i]))
    ]
    figures = [("photo", photo), ("the model's", tint(photo, truth, TINT, palette))]
    big = (number(scores.mean_iou), "mean IoU with the model")
    return draw(tint(photo, painted, TINT, palette), "the painting", big, rows, figures, **run)


def region_card(
    photo: np.ndarray,
    truth: np.ndarray,
    region: Region,
    seed: tuple[int, int],
    threshold: float,
    rule: str,
    palette: np.ndarray = PALETTE,
    **run,
) -> bytes:
    """A region beside the network's mask of the class under its seed. seed: (row, col). Returns PNG bytes."""
    label = int(truth[seed])
    name = "unsure" if label == IGNORE else CLASSES[label].title
    network = truth == label
    overlap = (region.mask & network).sum() / (region.mask | network).sum()
    measures = {"seed": "the seed's colour", "mean": "the mean colour", "network": "the seed's opinion"}
    rows = [
        Row("tau", f"{threshold:g}"),
        Row("away from", measures[rule]),
        Row("of the photo", percent(region.area / region.mask.size)),
    ]
    figures = [("photo", photo), ("network", veil(photo, network, hexadecimal(palette[label % 255])))]
    picture = mark(veil(photo, region.mask, ACCENT), seed)
    big = (number(overlap), f"IoU with the network's {name}")
    return draw(picture, "region grown from the dot", big, rows, figures, **run)


# The picture


def tint(photo: np.ndarray, labels: np.ndarray, opacity: float, palette: np.ndarray = PALETTE) -> np.ndarray:
    """The labels over the photo as the page draws them: HxWx3 uint8. Background, black in both palettes, comes in
    late (opacity cubed), and boundaries of the other classes are 1.7 times as dense.
    """
    result = overlay(photo, labels, opacity**3, palette)
    for chosen, strength in ((labels != 0, opacity), ((labels != 0) & boundaries(labels), min(1, 1.7 * opacity))):
        result[chosen] = overlay(photo, labels, strength, palette)[chosen]
    return result


def plain(labels: np.ndarray, palette: np.ndarray = PALETTE) -> np.ndarray:
    """The label map alone, HxWx3 uint8, in the class colours."""
    return overlay(np.zeros((*labels.shape, 3), np.uint8), labels, 1, palette)


def veil(photo: np.ndarray, inside: np.ndarray, color: str) -> np.ndarray:
    """The photo with what is outside a mask paled, and the mask tinted and outlined: HxWx3 uint8."""
    rgb = np.array(Image.new("RGB", (1, 1), color))[0, 0].astype(float)
    result = np.where(inside[..., None], 0.5 * photo + 0.5 * rgb, 0.35 * photo + 0.65 * 251)
    result[boundaries(inside.astype(np.uint8)) & inside] = rgb
    return result.round().astype(np.uint8)


def mark(photo: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """A white dot with a dark rim at (row, col)."""
    picture = Image.fromarray(photo)
    radius = max(photo.shape) / 90
    box = (seed[1] - radius, seed[0] - radius, seed[1] + radius, seed[0] + radius)
    ImageDraw.Draw(picture).ellipse(box, "#ffffff", INK, round(radius / 3))
    return np.asarray(picture)


def number_at(photo: np.ndarray, words: str, place: tuple[int, int]) -> np.ndarray:
    """A number in a dark disc at (row, col)."""
    picture = Image.fromarray(photo)
    radius = max(12.0, max(photo.shape) / 40)
    row, column = place
    pen = ImageDraw.Draw(picture)
    pen.ellipse((column - radius, row - radius, column + radius, row + radius), INK, "#ffffff", round(radius / 8))
    pen.text((column, row), words, "#ffffff", sans(round(1.2 * radius)), anchor="mm")
    return np.asarray(picture)


def number(value: float) -> str:
    """A score with two digits, a dash where there is none."""
    return "–" if np.isnan(value) else f"{value:.2f}"
