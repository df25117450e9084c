"""/click on a running server, and the page's own question about a click."""

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from seg.labels.codec import unpack
from seg.models.predictor import load_predictor
from seg.page.session import Session, checksum
from seg.page.tabs.grow.click import reply_click
from seg.photo.decode import load_photo

SHEEP = "examples/sheep.jpg"
PLACE = (300, 500)


@pytest.fixture(scope="module")
def client(server):
    return Client(server, verbose=False)


@pytest.fixture(scope="module")
def session():
    photo = load_photo(SHEEP)
    return Session("sheep", photo, load_predictor("bundled")(photo), "sheep")


@pytest.fixture(scope="module")
def thing(session):
    return load_predictor("bundled").click(session.photo, PLACE)


def request(session, **changes):
    height, width = session.prediction.labels.shape
    numbers = {"count": 3, "truth": checksum(session.prediction.labels), "height": height, "width": width}
    return {**numbers, "row": PLACE[0], "column": PLACE[1], **changes}


def test_click_answers_what_the_predictor_says(client, thing):
    found, mask = client.predict(photo=handle_file(SHEEP), row=PLACE[0], column=PLACE[1], api_name="/click")
    assert set(found) == {"pixels", "share", "box"}
    with Image.open(mask) as picture:
        assert picture.mode == "P"
        inside = np.asarray(picture)
    assert set(np.unique(inside)) <= {0, 1}
    assert (inside == thing.mask).mean() > 0.999  # another process may round otherwise
    assert found["pixels"] == inside.sum()
    assert found["share"] == pytest.approx(inside.mean())
    rows, columns = np.nonzero(inside)
    assert found["box"] == [rows.min(), columns.min(), rows.max() + 1, columns.max() + 1]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"row": 742}, r"A click must lie in the photo, rows 0 to 741 and columns 0 to 1023, got \(742, 500\)"),
        ({"column": -1}, r"A click must lie in the photo, rows 0 to 741 and columns 0 to 1023, got \(300, -1\)"),
        ({"row": 1.5}, r"A click must be two whole numbers \(row, column\), got \(1.5, 500\)"),
        ({"photo": None}, "A photo is needed"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(client, changes, complaint):
    arguments = {"photo": handle_file(SHEEP), "row": PLACE[0], "column": PLACE[1], **changes}
    with pytest.raises(Exception, match=complaint) as refusal:
        client.predict(**arguments, api_name="/click")
    assert "Traceback" not in str(refusal.value)


def test_the_page_gets_the_mask_and_its_own_numbers_back(session, thing):
    answer = reply_click(request(session), session)
    assert (answer["count"], answer["truth"]) == (3, checksum(session.prediction.labels))
    assert (answer["row"], answer["column"]) == PLACE
    np.testing.assert_array_equal(unpack(answer["mask"], *thing.mask.shape), thing.mask)
    assert answer["pixels"] == thing.pixels
    assert answer["score"] == pytest.approx(thing.score)


@pytest.mark.parametrize(
    "changes",
    [{"row": 742}, {"row": -1}, {"row": "1"}, {"row": True}, {"column": 1024}, {"column": 0.5}, {"column": None}],
)
def test_a_place_off_the_photo_is_refused_in_a_sentence(session, changes):
    answer = reply_click(request(session, **changes), session)
    assert "must be a whole number from 0 to" in answer["problem"]
    assert "mask" not in answer


@pytest.mark.parametrize("changes", [{"truth": 1}, {"height": 5}])
def test_a_click_on_another_photo_gets_no_mask(session, changes):
    assert reply_click(request(session, **changes), session)["stale"] is True
    assert reply_click(request(session), None)["stale"] is True


@pytest.mark.parametrize("sent", [None, 7, [], {}, {"count": {"path": "/etc/passwd"}}])
def test_what_is_no_request_is_answered_with_a_sentence(session, sent):
    answer = reply_click(sent, session)
    assert answer["problem"]
    assert "passwd" not in str(answer)
