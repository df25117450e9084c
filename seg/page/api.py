"""The programmatic endpoints, for gradio_client and "Use via API". Only these are public; the page's own are private.

An endpoint is a function of a few lines with documented arguments, bound to invisible components that check and carry
its files. Errors reach the caller as one sentence (`gr.Error`).
"""

import asyncio
import contextlib
import functools
import inspect
import secrets

import gradio as gr
import numpy as np
from gradio.utils import get_function_description

from seg.growing import regions
from seg.label_png import MAX_BYTES, decode_png, encode_png
from seg.labels.components import describe
from seg.models.predictor import load_predictor
from seg.models.registry import ZOO
from seg.page.api_components import Checkbox, Dropdown, File, Number
from seg.page.export.files import individuals_list, individuals_png
from seg.page.requests import sentence
from seg.page.server.uploads import RESULTS, folder
from seg.photo.decode import LONG_SIDE, load_photo
from seg.scoring.metrics import grade as grade_masks

# So many photos of programs are labelled at a time. In OpenVINO their runs follow each other, while one photo is made
# ready and another one's mask packed; torchvision's networks run beside each other. With one at a time a crowd's calls
# waited twice as long.
NETWORK = asyncio.Semaphore(4)


async def segment(photo: str, model: str = "bundled", specks: bool = False) -> tuple[dict, str]:
    """Label every pixel of a photo with one of the 21 Pascal VOC classes.

    Args:
        photo: a JPEG, PNG, WebP or GIF file, at most 20 MB and 40 megapixels.
        model: name of the model; "bundled" is always here. The first use of another one downloads its weights, 13 to
            244 MB, and may take minutes.
        specks: true keeps patches below 0.02 % of the photo, the plain argmax; else they take the label around them.

    Returns:
        {model, device, milliseconds, height, width, classes: [{id, name, color, pixels, share, blobs}]}, and the label
        map as an indexed PNG in the VOC colours whose values are the class ids, at the working size (long side at most
        1024 pixels).
    """
    pixels = await read_photo(photo)  # before the file is deleted: a download may take minutes
    entry = ZOO.get(model or "bundled")
    if entry and not entry.ready:
        job = entry.download()
        while not job.ended:  # no thread, and nobody's turn with the network, is held meanwhile
            await asyncio.sleep(0.2)
        job.wait()
    async with NETWORK:
        return await asyncio.to_thread(label, pixels, model or "bundled", specks is True)


def label(photo: np.ndarray, model: str, specks: bool) -> tuple[dict, str]:
    """The answer of `segment`, for HxWx3 uint8."""
    prediction = load_predictor(model)(photo)
    labels = prediction.argmax() if specks else prediction.labels
    height, width = labels.shape
    found = {
        "model": prediction.model,
        "device": prediction.device,
        "milliseconds": round(prediction.milliseconds, 1),
        "height": height,
        "width": width,
        "classes": describe(labels),
    }
    return found, mask_file(encode_png(labels))


async def individuals(photo: str) -> tuple[dict, str]:
    """Find the individuals in a photo: which pixels are which person, animal or thing of the 20 Pascal VOC classes.

    Args:
        photo: a JPEG, PNG, WebP or GIF file, at most 20 MB and 40 megapixels.

    Returns:
        {height, width, individuals: [{number, class, score: 0 to 1, box: [top, left, bottom, right], pixels}]}, most
        certain first, and a gray PNG of 16 bits whose values are class id x 1000 + number, 0 where nobody is; both at
        the working size (long side at most 1024 pixels).
    """
    pixels = await read_photo(photo)
    async with NETWORK:
        found = await asyncio.to_thread(lambda: load_predictor("bundled").individuals(pixels))
    return individuals_list(found), mask_file(individuals_png(found), "individuals.png")


def grade(truth: str, painted: str) -> dict:
    """Score a painted mask against the truth.

    Args:
        truth: an indexed or 8-bit grayscale PNG whose values are class ids, 0 to 20; 255 is not graded.
        painted: another one of the same size; 255 only where the truth is 255 too.

    Returns:
        {mean_iou, pixel_accuracy, mean_dice, boundary_iou, iou: {class name: value or null}}: null where neither mask
        holds the class. The means are over the classes in either mask, background included.
    """
    truth, painted = read_mask(truth, "truth"), read_mask(painted, "painted")
    if truth.shape != painted.shape:
        sizes = " and ".join(f"{labels.shape[1]} x {labels.shape[0]}" for labels in (truth, painted))
        raise ValueError(f"The two masks must have one size, got {sizes} pixels: resize with nearest neighbour.")
    return grade_masks(truth, painted).as_dict()


async def grow(photo: str, row: int, column: int, threshold: float, rule: str = "seed") -> tuple[dict, str]:
    """Grow a region from one pixel of a photo: segmentation as it was before networks.

    Args:
        photo: a JPEG, PNG, WebP or GIF file, at most 20 MB and 40 megapixels.
        row: of the seed, counted from 0 at the top of the working photo (long side at most 1024 pixels).
        column: of the seed, counted from 0 at the left.
        threshold: tau, the largest distance at which a neighbour joins. Of colours, in RGB: 0, only equal ones, to 442,
            everything. Of opinions, in points: 0, only the same one, to 100, everything.
        rule: distance to what: "seed", the seed's own colour, "mean", the mean colour of the region so far, or
            "network", what the bundled network says of the seed (100 points over 21 classes: so many would move).

    Returns:
        {pixels, share: of the photo, 0 to 1, mean_rgb: three numbers, 0 to 255}, and the region as an indexed PNG of
        the working size whose values are 1 inside and 0 outside.
    """
    pixels = await read_photo(photo)
    if rule == "network":
        async with NETWORK:
            ground = await asyncio.to_thread(load_predictor("bundled"), pixels)
    else:
        ground = pixels
    region = await asyncio.to_thread(regions.grow, ground, (row, column), threshold, rule)
    mean_rgb = region.mean_rgb or pixels[region.mask].mean(0).tolist()
    found = {"pixels": region.area, "share": region.area / region.mask.size, "mean_rgb": mean_rgb}
    return found, mask_file(encode_png(region.mask.astype(np.uint8)))


async def click(photo: str, row: int, column: int) -> tuple[dict, str]:
    """Find the thing at one pixel of a photo, without a class: a network made for clicks, after the idea of SAM.

    Args:
        photo: a JPEG, PNG, WebP or GIF file, at most 20 MB and 40 megapixels.
        row: of the click, counted from 0 at the top of the working photo (long side at most 1024 pixels).
        column: of the click, counted from 0 at the left.

    Returns:
        {pixels, share: of the photo, 0 to 1, box: [top, left, bottom, right], bottom and right exclusive, or null where
        nothing was found}, and the thing as an indexed PNG of the working size whose values are 1 inside and 0 outside.
    """
    pixels = await read_photo(photo)
    async with NETWORK:
        thing = await asyncio.to_thread(load_predictor("bundled").click, pixels, (row, column))
    found = {"pixels": thing.pixels, "share": thing.pixels / thing.mask.size, "box": thing.box and list(thing.box)}
    return found, mask_file(encode_png(thing.mask.astype(np.uint8)))


async def read_photo(path: str) -> np.ndarray:
    """The working photo of a file, HxWx3 uint8. Raises ValueError that asks for one, or says what is wrong with it."""
    if not path:
        raise ValueError("A photo is needed: send a JPEG, PNG, WebP or GIF file.")
    return await asyncio.to_thread(load_photo, path)


def read_mask(path: str, name: str):
    """HxW uint8 label map of a PNG file. Raises ValueError that says which of the masks it is about."""
    if not path:
        raise ValueError(f"The {name} mask is missing: send a PNG whose values are class ids.")
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"The {name} mask did not arrive: please send it again.") from error
    if len(data) > MAX_BYTES:
        raise ValueError(f"The {name} mask is larger than {MAX_BYTES // 10**6} MB.")
    try:
        return decode_png(data)
    except ValueError as error:
        raise ValueError(f"The {name} mask: {error}") from error


def mask_file(png: bytes, name: str = "mask.png") -> str:
    """The path of a mask PNG that may be fetched (`seg.page.server.firewall`); it is deleted later
    (`seg.page.server.retention`). Every answer has a file of its own: an equal mask written into the same file while
    somebody fetches it would cut that one off.
    """
    place = folder() / RESULTS / secrets.token_hex(16)
    place.mkdir(parents=True)
    (place / name).write_bytes(png)
    return str(place / name)


def with_sentences(endpoint):
    """`endpoint`, its errors turned into one sentence for the caller."""

    @functools.wraps(endpoint)
    def answer(*arguments):
        with sentences():
            return endpoint(*arguments)

    @functools.wraps(endpoint)
    async def answer_later(*arguments):
        with sentences():
            return await endpoint(*arguments)

    return answer_later if inspect.iscoroutinefunction(endpoint) else answer


@contextlib.contextmanager
def sentences():
    """Turn what is raised inside into a `gr.Error` with one sentence."""
    try:
        yield
    except Exception as error:
        raise gr.Error(sentence(error), print_exception=False) from error


def expose(endpoint, inputs, outputs, **settings) -> None:
    """Make `endpoint` callable as `/<its name>`, and a tool of that name where gradio's MCP server is switched on."""
    gr.Button(visible=False).click(
        with_sentences(endpoint),
        inputs,
        outputs,
        api_name=endpoint.__name__,
        api_description=described(endpoint),
        api_visibility="public",
        **settings,
    )


def described(endpoint) -> str:
    """What the endpoint does and returns, of its docstring: gradio itself would break the second at its line ends."""
    what, _, returns = get_function_description(endpoint)
    return f"{what} Returns: {' '.join(returns)}"


def build() -> None:
    """The endpoints' components, all invisible. Call inside the page's Blocks."""
    with gr.Row(visible=False):
        expose(
            segment,
            [File(label="Photo"), Dropdown(list(ZOO), value="bundled", label="Model"), Checkbox(label="Specks")],
            [gr.JSON(label="What was found"), gr.File(label="Mask PNG")],
            concurrency_id="segment",
            concurrency_limit=32,  # most of them wait: for a download, then for `NETWORK`
        )
        expose(
            individuals,
            [File(label="Photo")],
            [gr.JSON(label="Individuals"), gr.File(label="Individuals PNG")],
            concurrency_id="segment",
        )
        expose(
            grade,
            [File(label="Truth mask PNG"), File(label="Painted mask PNG")],
            [gr.JSON(label="Scores")],
        )
        expose(
            grow,
            [
                File(label="Photo"),
                Number(0, label="Row", minimum=0, maximum=LONG_SIDE - 1, precision=0),
                Number(0, label="Column", minimum=0, maximum=LONG_SIDE - 1, precision=0),
                Number(30, label="Threshold", minimum=0, maximum=regions.MAX_THRESHOLD),
                Dropdown(regions.RULES, value="seed", label="Rule"),
            ],
            [gr.JSON(label="The region"), gr.File(label="Mask PNG")],
        )
        expose(
            click,
            [
                File(label="Photo"),
                Number(0, label="Row", minimum=0, maximum=LONG_SIDE - 1, precision=0),
                Number(0, label="Column", minimum=0, maximum=LONG_SIDE - 1, precision=0),
            ],
            [gr.JSON(label="The thing there"), gr.File(label="Mask PNG")],
        )
