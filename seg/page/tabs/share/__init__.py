"""Save and share: the files of what is on the page, each made when it is asked for, from the visitor's own session.

The browser (tabs/share) asks for one file at a time with

    {file, count, shown: {name, example, model, height, width}, opacity: 0..100, unsure: 0..99, tab,
     palette: voc|safe,
     painting: packed labels, against: checksum of the labels it is graded against (the model's where it is not said),
     region: {row, column, tau, rule}}      the last three only where there is one

and the answer {count, name, type, data: base64} becomes a download there. Nothing is written to the server's disk and
no address leads to the file, so nobody else can fetch it. `shown` is what the browser has in front of it: when the
session holds something else by now, no file is made. What arrives is not trusted.
"""

import base64
import io
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from seg.classes import IGNORE, PALETTES
from seg.growing.regions import MAX_THRESHOLD, RULES, Region, grow
from seg.label_png import encode_png
from seg.lessons.individuals import individuals_beside
from seg.models.individuals import Individuals
from seg.models.predictor import Prediction
from seg.models.registry import ZOO
from seg.page.components import Piece
from seg.page.export.card import individuals_card, painting_card, region_card, segment_card, tint
from seg.page.export.files import class_table, grade_table, individuals_png, individuals_table
from seg.page.requests import UNREADABLE, answered, read_painting, whole_number
from seg.page.session import PhotoMissingError, SecondOpinion, Session, truth_named
from seg.scoring.metrics import grade

MISSING = "The server no longer has the photo on this page: please pick it again, then save."
DAMAGED = UNREADABLE.format("a file")


class Share(Piece):
    """The row of downloads and the link. Value: a request, then its answer."""

    folder = "share"


def build(session, opinion) -> None:
    """The row and its one event."""
    row = Share(elem_id="share")
    row.submit(
        reply,
        [row, session, opinion],
        row,
        api_visibility="private",
        show_progress="hidden",
        queue=False,
        trigger_mode="multiple",  # the browser itself sends one at a time
    )


@dataclass(frozen=True)
class Order:
    """A checked request: which file, of what. `labels` has 255 where the model is less sure than the visitor asked;
    `truth` is what the painting is graded against, with the name of who made it.
    """

    session: Session
    labels: np.ndarray
    opacity: float
    tab: str
    palette: np.ndarray  # of the pictures; the mask file keeps VOC's
    painting: np.ndarray | None
    truth: tuple[str, Prediction]
    region: dict | None

    @property
    def title(self) -> str:
        return self.session.name if self.session.example else Path(self.session.name).stem

    @property
    def run(self) -> dict:
        """What a card says of how the labels were made, and their colours."""
        prediction = self.session.prediction
        return self._made_by(f"{ZOO[prediction.model].title} ({prediction.model})", prediction)

    @property
    def graded_by(self) -> dict:
        """The same of the labels that the painting is graded against."""
        name, prediction = self.truth
        return self.run if prediction is self.session.prediction else self._made_by(name, prediction)

    def _made_by(self, model: str, prediction: Prediction) -> dict:
        return {
            "title": self.title,
            "credit": self.session.credit,
            "model": model,
            "device": prediction.device,
            "milliseconds": prediction.milliseconds,
            "palette": self.palette,
        }


def reply(request: dict | None, session: Session | None, opinion: SecondOpinion | None = None) -> dict:
    """The answer to one request. Never raises: a `problem` is a sentence for the visitor."""
    return {"count": None} | answered(partial(respond, opinion=opinion), request, session, ["count"])


def respond(request: dict, session: Session | None, opinion: SecondOpinion | None = None) -> dict:
    """Check the request and make its file: {name, type, data}. Raises ValueError with a sentence."""
    order = read_order(request, session, opinion)
    ending, kind, make = FILES[request["file"]]
    data = base64.b64encode(make(order)).decode("ascii")
    return {"name": f"{file_stem(session)}-{ending}", "type": kind, "data": data}


def read_order(request: dict, session: Session | None, opinion: SecondOpinion | None = None) -> Order:
    """Check the request. Raises ValueError with a sentence."""
    if not isinstance(request, dict) or not isinstance(request.get("file"), str) or request["file"] not in FILES:
        raise ValueError(DAMAGED)
    if session is None or request.get("shown") != shown(session):
        raise PhotoMissingError(MISSING)
    prediction = session.prediction
    unsure = whole_number(request.get("unsure"), 0, 99, "unsure")
    palette = request.get("palette")
    if not isinstance(palette, str) or palette not in PALETTES:
        raise ValueError(DAMAGED)
    labels = np.where(prediction.confidence < -(-unsure * 255 // 100), np.uint8(IGNORE), prediction.labels)
    painting = request.get("painting")
    if painting is not None:
        painting = read_painting(painting, labels.shape)
    truth = (ZOO[prediction.model].title, prediction)
    if painting is not None and request.get("against") is not None:
        truth = truth_named(whole_number(request["against"], 0, 2**32 - 1, "against"), session, opinion)
        if truth is None:
            raise ValueError(MISSING)
    region = request.get("region")
    if region is not None:
        if not isinstance(region, dict) or region.get("rule") not in RULES:
            raise ValueError(DAMAGED)
        region = {
            "seed": (
                whole_number(region.get("row"), 0, labels.shape[0] - 1, "row"),
                whole_number(region.get("column"), 0, labels.shape[1] - 1, "column"),
            ),
            "threshold": whole_number(region.get("tau"), 0, MAX_THRESHOLD, "tau"),
            "rule": region["rule"],
        }
    opacity = whole_number(request.get("opacity"), 0, 100, "opacity") / 100
    return Order(session, labels, opacity, str(request.get("tab")), PALETTES[palette], painting, truth, region)


def shown(session: Session) -> dict:
    """What a browser says that shows this session."""
    height, width = session.prediction.labels.shape
    return {
        "name": session.name,
        "example": session.example,
        "model": session.prediction.model,
        "height": height,
        "width": width,
    }


def file_stem(session: Session) -> str:
    """Photo and model in letters that every file system takes: "dog-bundled".

    >>> slug("Été à la mer.JPG"), slug("../../etc/passwd"), slug("犬.png")
    ('ete-a-la-mer', 'passwd', 'photo')
    """
    return f"{session.example or slug(session.name)}-{slug(session.prediction.model)}"


def slug(name: str) -> str:
    """A file's name without folders, ending, accents and signs; "photo" where nothing is left."""
    stem = re.split(r"[\\/]", name)[-1]
    stem = re.sub(r"\.\w{1,5}$", "", stem)
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "photo"


# The files, each from an Order


def overlay_png(order: Order) -> bytes:
    """The photo with the labels over it, as the page draws them."""
    file = io.BytesIO()
    Image.fromarray(tint(order.session.photo, order.labels, order.opacity, order.palette)).save(
        file, "PNG", compress_level=4
    )
    return file.getvalue()


def mask_png(order: Order) -> bytes:
    """The label map, indexed."""
    return encode_png(order.labels)


def classes_csv(order: Order) -> bytes:
    """The classes found."""
    return class_table(order.labels, order.session.prediction.confidence).to_csv(index=False).encode()


def grades_csv(order: Order) -> bytes:
    """The painting's scores. Raises ValueError where nothing is painted."""
    if order.painting is None:
        raise ValueError("There is no painting to grade yet: paint in the tab “Paint and grade” first.")
    who, prediction = order.truth
    return grade_table(grade(prediction.labels, order.painting), who).to_csv(index=False).encode()


def individuals_of(order: Order) -> Individuals:
    """Those that "Which one is it?" shows. Raises ValueError where there are none: a file without any says nothing."""
    found = individuals_beside(order.session.photo, order.session.prediction)
    if not len(found):
        raise ValueError("No individual was found in this photo, so there is nothing to save.")
    return found


def instances_png(order: Order) -> bytes:
    """The individuals, 16 bit."""
    return individuals_png(individuals_of(order))


def instances_csv(order: Order) -> bytes:
    """The individuals, a row each."""
    return individuals_table(individuals_of(order)).to_csv(index=False).encode()


def instances_card(order: Order) -> bytes:
    """The individuals as a result card."""
    return individuals_card(order.session.photo, order.session.prediction.labels, individuals_of(order), **order.run)


def card_png(order: Order) -> bytes:
    """The result card: of the painting or the region in their tabs, and of the model's labels elsewhere."""
    session = order.session
    if order.tab == "paint" and order.painting is not None:
        return painting_card(session.photo, order.truth[1].labels, order.painting, **order.graded_by)
    if order.tab == "region" and order.region is not None:
        region = grow_region(session, order.region)
        return region_card(session.photo, session.prediction.labels, region, **order.region, **order.run)
    return segment_card(session.photo, order.labels, **order.run)


def grow_region(session: Session, region: dict) -> Region:
    """What the tab "Region growing" shows. region: {seed, threshold, rule}."""
    if region["rule"] == "network":
        return grow(session.prediction, region["seed"], region["threshold"])
    return grow(session.photo, **region)


FILES: dict[str, tuple[str, str, Callable[[Order], bytes]]] = {
    "card": ("card.png", "image/png", card_png),
    "overlay": ("overlay.png", "image/png", overlay_png),
    "mask": ("mask.png", "image/png", mask_png),
    "classes": ("classes.csv", "text/csv", classes_csv),
    "individuals": ("individuals.png", "image/png", instances_png),
    "individuals-card": ("individuals-card.png", "image/png", instances_card),
    "individuals-table": ("individuals.csv", "text/csv", instances_csv),
    "grades": ("grades.csv", "text/csv", grades_csv),
}
