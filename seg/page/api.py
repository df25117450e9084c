"""The programmatic endpoints, for gradio_client and "Use via API". Only these are public; the page's own are private.

An endpoint is a function of a few lines with documented arguments, bound to invisible components that check and carry
its files. Errors reach the caller as one sentence (`gr.Error`).
"""

import functools

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from seg.mask import describe, encode_png
from seg.page.notice import sentence
from seg.photo import load_photo
from seg.predictor import load_predictor


def segment(photo: str, model: str = "bundled") -> tuple[dict, str]:
    """Label every pixel of a photo with one of the 21 Pascal VOC classes.

    Args:
        photo: a JPEG, PNG, WebP or GIF file, at most 20 MB and 40 megapixels.
        model: name of the model; "bundled" always works.

    Returns:
        {model, device, milliseconds, height, width, classes: [{id, name, color, pixels, share, blobs}]}, and the label
        map as an indexed PNG in the VOC colours whose values are the class ids, at the working size (long side at most
        1024 pixels).
    """
    if not photo:
        raise ValueError("A photo is needed: send a JPEG, PNG, WebP or GIF file.")
    prediction = load_predictor(model or "bundled")(load_photo(photo))
    height, width = prediction.labels.shape
    found = {
        "model": prediction.model,
        "device": prediction.device,
        "milliseconds": round(prediction.milliseconds, 1),
        "height": height,
        "width": width,
        "classes": describe(prediction.labels),
    }
    return found, mask_file(encode_png(prediction.labels))


def mask_file(png: bytes) -> str:
    """The path of a mask PNG that gradio may hand out; `delete_cache` removes it later."""
    return save_bytes_to_cache(png, "mask.png", cache_dir=get_upload_folder())


def plainly(endpoint):
    """`endpoint`, its errors turned into one sentence for the caller."""

    @functools.wraps(endpoint)
    def answer(*arguments):
        try:
            return endpoint(*arguments)
        except Exception as error:
            raise gr.Error(sentence(error), print_exception=False) from error

    return answer


def expose(endpoint, inputs, outputs, **settings) -> None:
    """Make `endpoint` callable as `/<its name>`."""
    gr.Button(visible=False).click(
        plainly(endpoint), inputs, outputs, api_name=endpoint.__name__, api_visibility="public", **settings
    )


def build() -> None:
    """The endpoints' components, all invisible. Call inside the page's Blocks."""
    with gr.Row(visible=False):
        expose(
            segment,
            [gr.File(label="Photo", type="filepath"), gr.Textbox("bundled", label="Model")],
            [gr.JSON(label="What was found"), gr.File(label="Mask PNG")],
            concurrency_id="network",
            concurrency_limit=2,
        )
