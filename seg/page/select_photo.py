"""The one step that needs the network: what the visitor picked -> their new Session, and what the browser shows of it.

Everything else the page does with a photo happens in the browser, on what `payload` sent.
"""

from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np

from seg.classes import TITLES
from seg.labels.codec import pack, pack_smooth
from seg.labels.components import describe
from seg.models.registry import ZOO
from seg.page.examples import data_uri, example_named
from seg.page.model_list import ready_predictor
from seg.page.requests import require_same_photo
from seg.page.server.uploads import take_upload
from seg.page.session import Session, checksum
from seg.photo.decode import load_photo
from seg.photo.limits import read_size, sniff

_turns = count(1)


def select_photo(choice: dict | None, session: Session | None) -> tuple[Session, dict]:
    """The header's value and the visitor's Session -> (new Session, its payload).

    choice: {model, example} or {model, path, name} of a file gradio received, or {model, height, width, truth}
    of what is on the page: the same photo again. Raises ValueError with a sentence for the visitor.
    """
    choice = choice if isinstance(choice, dict) else {}
    predictor = ready_predictor(choice.get("model"))
    if choice.get("example"):
        session = open_example(str(choice["example"]), predictor)
    elif choice.get("path"):
        data = take_upload(str(choice["path"]))
        photo = load_photo(data)
        name = Path(str(choice.get("name") or "Your photo")).name[:80]
        session = Session(name, photo, predictor(photo), size=upright_size(data, photo))
    elif "truth" in choice:
        session = require_same_photo(choice, session)
        session = replace(session, prediction=predictor(session.photo))
    else:
        raise ValueError("There is no photo yet: drop one in, or pick an example.")
    # The same photo picked twice must be two different values, or gradio drops the second and the page waits for ever.
    return session, payload(session) | {"turn": next(_turns)}


def open_example(name: str, predictor) -> Session:
    """The Session of an example photo. Raises ValueError for a name there is none of."""
    example = example_named(name)
    return Session(example.title, example.photo, predictor(example.photo), example.name, example.credit)


def upright_size(data: bytes, photo: np.ndarray) -> tuple[int, int]:
    """(height, width) in pixels of the file that `photo` was made from, turned as the photo is."""
    height, width = read_size(data, sniff(data))
    turned = (height - width) * (photo.shape[0] - photo.shape[1]) < 0
    return (width, height) if turned else (height, width)


def payload(session: Session) -> dict:
    """What shared/page.js publishes: the photo as JPEG, the maps packed, the legend, and what the header says."""
    prediction = session.prediction
    height, width = prediction.labels.shape
    coarse = prediction.scores.argmax(0).astype(np.uint8)
    return {
        "name": session.name,
        "example": session.example,
        "credit": session.credit,
        "model": prediction.model,
        "modelTitle": ZOO[prediction.model].title,
        "device": prediction.device,
        "milliseconds": prediction.milliseconds,
        "note": prediction.note,
        "alignCorners": prediction.align_corners,
        "height": height,
        "width": width,
        "size": list(session.size) if session.size else None,
        "truth": checksum(prediction.labels),
        "photo": data_uri(session.photo),
        "labels": pack(prediction.labels),
        "confidence": pack_smooth(prediction.confidence),
        "coarse": {"height": coarse.shape[0], "width": coarse.shape[1], "labels": pack(coarse)},
        "classes": describe(prediction.labels, TITLES),
    }
