"""/grow on a running server, called as a gradio_client user calls it."""

import math

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from seg.growing.regions import COLOUR_RULES, grow
from seg.models.predictor import load_predictor
from seg.page import api
from seg.page.session import Session
from seg.page.tabs.grow import pack_colours, send_ground
from seg.photo.decode import load_photo
from tests.conftest import run_apart
from tests.oracles.codec import unpack_smooth

CAT = "examples/cat.jpg"
SEED = (150, 200)


@pytest.fixture(scope="module")
def client(server):
    return Client(server, verbose=False)


def ask(client, **changes):
    arguments = {"photo": handle_file(CAT), "row": SEED[0], "column": SEED[1], "threshold": 40, "rule": "seed"}
    return client.predict(**{**arguments, **changes}, api_name="/grow")


@pytest.mark.parametrize("rule", COLOUR_RULES)
@pytest.mark.parametrize("threshold", [0, 23.5, 60, 442])
def test_grow_answers_what_the_function_says(client, rule, threshold):
    found, mask = ask(client, rule=rule, threshold=threshold)
    region = grow(load_photo(CAT), SEED, threshold, rule)
    assert set(found) == {"pixels", "share", "mean_rgb"}
    assert found["pixels"] == region.area
    assert found["share"] == pytest.approx(region.mask.mean())
    assert found["mean_rgb"] == pytest.approx(region.mean_rgb)
    with Image.open(mask) as picture:
        assert picture.mode == "P"
        np.testing.assert_array_equal(np.asarray(picture), region.mask)


@pytest.mark.parametrize("threshold", [0, 30, 100])
def test_grow_on_the_networks_opinion(client, threshold):
    found, mask = ask(client, rule="network", threshold=threshold)
    photo = load_photo(CAT)
    region = grow(load_predictor("bundled")(photo), SEED, threshold)
    assert found["pixels"] == pytest.approx(region.area, rel=0.001)  # the server's network may round otherwise
    assert found["share"] == found["pixels"] / region.mask.size
    with Image.open(mask) as picture:
        inside = np.asarray(picture) == 1
    assert inside.sum() == found["pixels"]
    assert (inside == region.mask).mean() > 0.999
    assert found["mean_rgb"] == pytest.approx(photo[inside].mean(0))


def test_the_rule_is_the_seeds_when_none_is_named(client):
    found, _ = client.predict(photo=handle_file(CAT), row=3, column=4, threshold=25, api_name="/grow")
    assert found["pixels"] == grow(load_photo(CAT), (3, 4), 25).area


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"row": 300}, r"Seed must lie in the image, rows 0 to 299 and columns 0 to 450, got \(300, 200\)"),
        ({"column": -1}, r"Seed must lie in the image, rows 0 to 299 and columns 0 to 450, got \(150, -1\)"),
        ({"row": 1.5}, r"Seed must be two whole numbers \(row, col\), got \(1.5, 200\)"),
        ({"row": None}, "Seed must be two whole numbers"),
        ({"threshold": -1}, "Threshold must be a finite number of 0 or more, got -1"),
        ({"threshold": None}, "Threshold must be a finite number of 0 or more, got None"),
        ({"rule": "edge"}, 'Rule must be "seed" or "mean", or "network" with a prediction, got \'edge\''),
        ({"rule": "network", "row": 300}, r"Seed must lie in the image, rows 0 to 299 and columns 0 to 450"),
        ({"photo": None}, "A photo is needed"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(client, changes, complaint):
    with pytest.raises(Exception, match=complaint) as refusal:
        ask(client, **changes)
    assert "Traceback" not in str(refusal.value)


@pytest.mark.parametrize("threshold", [math.inf, -math.inf, math.nan])
def test_a_threshold_that_is_not_finite_is_refused(threshold):
    with pytest.raises(ValueError, match="threshold must be a finite number of 0 or more"):
        run_apart(api.grow(CAT, 3, 4, threshold))


def test_the_photo_travels_without_loss():
    """The browser undoes what `pack_colours` does: `makeGround` in tabs/grow/growth.js, here in numpy."""
    photo = load_photo(CAT)
    height, width = photo.shape[:2]
    green, red, blue = np.split(unpack_smooth(pack_colours(photo), 3 * height, width), 3)
    np.testing.assert_array_equal(np.stack([red + green, green, blue + green], -1), photo)


@pytest.mark.parametrize("request_", [None, {}, "7", {"asked": "1"}, {"asked": -1}, {"asked": 2**40}, {"asked": 1.5}])
def test_a_request_for_colours_that_is_none_is_refused(request_):
    session = Session("cat", load_photo(CAT), prediction=None)
    with pytest.raises(ValueError, match="please reload"):
        send_ground(request_, session)
