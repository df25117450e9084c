"""What the browser is told of an answer besides the picture."""

import dataclasses
import io
import json

import numpy as np
import pytest
from PIL import Image

from seg.models.predictor import load_predictor
from seg.page.examples import FIRST_EXAMPLE
from seg.page.select_photo import open_example, payload, upright_size
from seg.photo.decode import load_photo


@pytest.mark.parametrize("align_corners", [True, False])
def test_the_note_and_the_place_of_the_cells_travel_with_the_answer(align_corners):
    session = open_example(FIRST_EXAMPLE, load_predictor("bundled"))
    note = "The graphics card's memory was full, so the CPU answered."
    prediction = dataclasses.replace(session.prediction, note=note, align_corners=align_corners)
    sent = payload(dataclasses.replace(session, prediction=prediction))
    assert (sent["note"], sent["alignCorners"]) == (note, align_corners)
    json.dumps(sent, allow_nan=False)
    assert payload(session)["note"] == ""


@pytest.mark.parametrize(("orientation", "expected"), [(1, (1200, 1600)), (6, (1600, 1200))])
def test_the_size_of_a_file_is_turned_as_its_photo_is(orientation, expected):
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.new("RGB", (1600, 1200), "white").save(file, "JPEG", exif=exif)
    photo = load_photo(file.getvalue())
    assert upright_size(file.getvalue(), photo) == expected
    assert np.divide(*expected) == pytest.approx(np.divide(*photo.shape[:2]))
