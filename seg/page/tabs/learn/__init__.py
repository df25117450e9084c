"""The tab "Learn": short texts whose every figure is worked out from the photo on screen. See text/ and tabs/learn.

Nothing is worked out when a photo is picked: the view asks, once per photo and model, when the tab is looked at, with

    {ask: "figures", count, truth, height, width}    answered by `seg.lessons.figures.work_out`
    {ask: "losses", ..., painting: as `seg.labels.codec.pack` makes it}    `seg.lessons.loss_lab.painting_losses`
    {ask: "object", ..., part: "superset" or "thin", label: a class id}    `seg.lessons.figures.object_part`

`truth` is the CRC-32 of the labels the browser shows, as in the tab "Paint and grade".
"""

from seg.classes import COUNT
from seg.lessons.figures import object_part, work_out
from seg.lessons.loss_lab import painting_losses
from seg.models.registry import INSTANCES, ZOO
from seg.page.components import Piece
from seg.page.requests import about_this_photo, answered, read_painting, whole_number
from seg.page.session import Session
from seg.page.tabs import Tab
from seg.page.tabs.learn.prose import article

TITLE = "Learn"
# Families of the table -> how the names of the models begin that belong to them. torchvision's FCN is dilated
# and adds no finer scores; its LRASPP does add them, as the FCN of the paper did.
FAMILIES = {
    "encoder": ("lraspp", "unet", "segnet"),
    "dilated": ("bundled", "deeplab", "pspnet", "fcn"),
    "masks": ("mask", "sam"),
}


class LearnView(Piece):
    """The article and its figures. Value: a request, then its answer."""

    folder = "learn"


def build(session, notice, opinion) -> Tab:
    """The tab's elements and its one event."""
    view = LearnView(elem_id="learn-view", article=article(runs_here()))
    view.submit(
        reply,
        [view, session],
        view,
        api_visibility="private",
        show_progress="hidden",
        trigger_mode="multiple",  # the browser itself sends one at a time
        concurrency_id="learn",
        concurrency_limit=2,
    )
    return Tab()


def runs_here() -> dict[str, list[tuple[str, str, str]]]:
    """{family: (name, title, note) of the models that belong to it}; the note tells of a download."""
    return {
        family: [
            (entry.name, entry.title, "" if entry.ready else f"{entry.megabytes:.0f} MB to fetch")
            for entry in (*ZOO.values(), *INSTANCES.values())
            if entry.name.startswith(beginnings)
        ]
        for family, beginnings in FAMILIES.items()
    }


def reply(request: dict | None, session: Session | None) -> dict:
    """The answer to one request: {count, ask} and its result. Never raises: a `problem` is a sentence."""
    return answered(respond, request, session, ("count", "ask", "truth"))


def respond(request: dict, session: Session | None) -> dict:
    """Check the request and work out its answer. Raises ValueError with a sentence."""
    if not about_this_photo(request, session):
        return {"stale": True}
    if request.get("ask") == "losses":
        painted = read_painting(request.get("painting"), session.prediction.labels.shape)
        return {"painting": painting_losses(session.prediction, painted)}
    if request.get("ask") == "object":
        label = whole_number(request.get("label"), 1, COUNT - 1, "the class")
        return {"object": object_part(session.prediction.labels, str(request.get("part")), label)}
    return work_out(session.photo, session.prediction)
