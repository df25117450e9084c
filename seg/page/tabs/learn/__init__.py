"""The tab "Learn": short texts whose every figure is worked out from the photo on screen. See text/ and tabs/learn.

Nothing is worked out when a photo is picked: the view asks, once per photo and model, when the tab is looked at, with

    {ask: "figures", count, truth, height, width}    answered by `seg.lessons.figures.work_out`
    {ask: "losses", ..., painting: as `seg.labels.codec.pack` makes it}    `seg.lessons.loss_lab.painting_losses`
    {ask: "families", ...}    `seg.lessons.families.answers`, when that figure comes in sight
    {ask: "object", ..., part: "superset" or "thin", label: a class id}    `seg.lessons.figures.object_part`

`truth` is the CRC-32 of the labels the browser shows, as in the tab "Paint and grade".
"""

from seg.classes import COUNT
from seg.lessons.families import answers
from seg.lessons.figures import object_part, work_out
from seg.lessons.loss_lab import painting_losses
from seg.models.registry import INSTANCES, ZOO
from seg.page.components import Piece
from seg.page.requests import about_this_photo, answered, read_painting, whole_number
from seg.page.session import Session
from seg.page.tabs import Tab
from seg.page.tabs.learn.prose import article

TITLE = "Learn"
# Families of the table -> the models that belong to them. torchvision's FCN is dilated and adds no finer scores; ours
# and its LRASPP do add them, as the FCN of the paper did.
FAMILIES = {
    "encoder": ("fcn", "unet", "segnet", "lraspp_mobilenet_v3_large"),
    "dilated": (
        "bundled",
        "deeplabv3",
        "pspnet",
        "deeplabv3_mobilenet_v3_large",
        "deeplabv3_resnet50",
        "deeplabv3_resnet101",
        "fcn_resnet50",
    ),
    "masks": ("maskformer", "maskrcnn_resnet50_fpn"),
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
    known = ZOO | INSTANCES
    return {
        family: [
            (entry.name, entry.title, "" if entry.ready else f"{entry.megabytes:.0f} MB to fetch")
            for entry in (known[name] for name in members if name in known)
        ]
        for family, members in FAMILIES.items()
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
    if request.get("ask") == "families":
        return {"families": answers(session.photo)}
    return work_out(session.photo, session.prediction)
