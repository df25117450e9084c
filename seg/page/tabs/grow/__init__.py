"""The tab "Region growing": segmentation as it was before networks, to play with. See tabs/grow.

The growing itself happens in the browser (tabs/grow/growth.js), so that neither the slider nor a dragged seed
ever waits for the server. For that it needs the photo's exact colours, once: the JPEG on screen is not good enough for
regions that equal `seg.growing.regions.grow` to the last pixel. `send_colours` hands them over when the tab is first
looked at."""

import numpy as np

from seg.labels.codec import pack_smooth
from seg.page.components import Piece
from seg.page.requests import asked_about_photo, report_errors
from seg.page.session import Session
from seg.page.tabs import Tab

TITLE = "Region growing"


class GrowView(Piece):
    """The photo with the region on it, the network's mask, the curve and the rule. Draws `page.current`.

    Value: {asked} from the browser, asking for the photo's colours; the answer is what `send_colours` returns.
    """

    folder = "grow"


def build(session, notice, opinion) -> Tab:
    """The tab's elements. Nothing is worked out here when the photo changes: the view asks when it is looked at."""
    view = GrowView(elem_id="grow-view")
    view.select(
        report_errors(send_colours, [view]),
        [view, session],
        [view, notice],
        api_visibility="private",
        show_progress="hidden",
        queue=False,
    )
    return Tab()


def send_colours(request: dict | None, session: Session | None) -> dict:
    """{asked: a number, height, width, truth} of the view -> the visitor's photo without loss: {asked, name, height,
    width, colours}.

    `asked` comes back, so that the view can tell the answer to its last question. Raises ValueError for another
    request, PhotoMissingError for another photo.
    """
    asked, session = asked_about_photo(request, session, "the photo's colours")
    height, width = session.photo.shape[:2]
    return {
        "asked": asked,
        "name": session.name,
        "height": height,
        "width": width,
        "colours": pack_colours(session.photo),
    }


def pack_colours(photo: np.ndarray) -> str:
    """HxWx3 uint8 -> `pack_smooth` of 3HxW: the planes green, red - green and blue - green (mod 256) one below the
    other. Red and blue mostly follow green, so the differences are small and pack well: about 1 byte a pixel.
    """
    red, green, blue = (photo[..., i] for i in range(3))
    return pack_smooth(np.concatenate([green, red - green, blue - green]))
