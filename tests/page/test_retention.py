"""A session the server does not know begins with the first example: nobody may be answered about that one unawares."""

import numpy as np
import pytest

from seg.labels.codec import pack, unpack
from seg.models.predictor import load_predictor
from seg.page.examples import examples
from seg.page.requests import report_errors
from seg.page.select_photo import open_example, payload, select_photo
from seg.page.session import PhotoMissingError, Session, checksum
from seg.page.tabs import grow, learn, paint, segment, share


@pytest.fixture(scope="module")
def sessions() -> dict[str, Session]:
    return {name: open_example(name, load_predictor("bundled")) for name in ("horses", "dog")}


def about(session: Session, **more) -> dict:
    """What the page says of the photo it shows."""
    height, width = session.prediction.labels.shape
    return {"truth": checksum(session.prediction.labels), "height": height, "width": width, **more}


@pytest.mark.parametrize("ask", [segment.send_scores, grow.send_ground, select_photo])
@pytest.mark.parametrize("other", ["horses", None])
def test_a_question_about_another_photo_is_not_answered(sessions, ask, other):
    dog, other = sessions["dog"], sessions.get(other)
    request = about(dog, asked=4)
    ask(request, dog)
    with pytest.raises(PhotoMissingError, match="no longer has the photo on this page"):
        ask(request, other)
    *outputs, notice = report_errors(ask, ["one"])(request, other)
    assert len(outputs) == 1
    assert notice["forgotten"]
    assert notice["text"].endswith("please pick it again.")


@pytest.mark.parametrize("changed", [{"height": 1}, {"width": None}, {"truth": -1}, {"truth": "7"}, {"truth": None}])
def test_every_part_of_the_photos_description_counts(sessions, changed):
    for ask in (segment.send_scores, grow.send_ground, select_photo):
        with pytest.raises(PhotoMissingError):
            ask(about(sessions["dog"], asked=1) | changed, sessions["dog"])


def test_paintings_figures_and_files_are_about_the_photo_on_the_page(sessions):
    dog, horses = sessions["dog"], sessions["horses"]
    mask = pack(np.zeros_like(dog.prediction.labels))
    for session in (horses, None):
        request = about(dog, ask="grade", count=1, sequence=1, mask=mask)
        assert paint.reply(request, session)["stale"] is True
        assert learn.reply(about(dog, ask="figures", count=1), session)["stale"] is True
        answer = share.reply({"file": "mask", "count": 1, "shown": share.shown(dog)}, session)
        assert answer["forgotten"] is True
        assert "data" not in answer
    damaged = share.reply({"file": "mask", "count": 1, "shown": share.shown(dog), "opacity": -1, "unsure": 0}, dog)
    assert "forgotten" not in damaged


def test_the_page_learns_the_checksum_of_its_labels(sessions):
    shown = payload(sessions["dog"])
    assert shown["truth"] == checksum(unpack(shown["labels"], shown["height"], shown["width"]))


def test_another_model_is_asked_about_the_same_photo(sessions):
    dog = sessions["dog"]
    session, shown = select_photo(about(dog, model="bundled"), dog)
    assert session.photo is dog.photo
    assert (session.example, shown["example"]) == ("dog", "dog")
    assert shown["name"] == examples()["dog"].title
    with pytest.raises(ValueError, match="There is no photo yet"):
        select_photo({"model": "bundled"}, dog)
