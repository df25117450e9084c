"""The tab "Segment": a label for every pixel. All of it happens in the browser: see static/photoview."""

from seg.page.components import PhotoView
from seg.page.tab import Tab

TITLE = "Segment"


def build(session, notice) -> Tab:
    """The tab's elements. It needs nothing of the server when the photo changes: PhotoView draws `Seg.current`."""
    PhotoView(elem_id="photo-view")
    return Tab()
