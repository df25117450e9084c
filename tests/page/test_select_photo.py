"""What the browser is told of an answer besides the picture."""

import dataclasses
import json

import pytest

from seg.models.predictor import load_predictor
from seg.page.examples import FIRST_EXAMPLE
from seg.page.select_photo import open_example, payload


@pytest.mark.parametrize("align_corners", [True, False])
def test_the_note_and_the_place_of_the_cells_travel_with_the_answer(align_corners):
    session = open_example(FIRST_EXAMPLE, load_predictor("bundled"))
    note = "The graphics card's memory was full, so the CPU answered."
    prediction = dataclasses.replace(session.prediction, note=note, align_corners=align_corners)
    sent = payload(dataclasses.replace(session, prediction=prediction))
    assert (sent["note"], sent["alignCorners"]) == (note, align_corners)
    json.dumps(sent, allow_nan=False)
    assert payload(session)["note"] == ""
