"""The batched step before `select_photo`: one network run for several visitors, and nothing handed to anybody."""

import shutil

import numpy as np
import pytest

from seg.models.predictor import load_predictor
from seg.page.select_photo import select_photo
from seg.page.server import batching as batch
from seg.page.server.batching import predict_together
from seg.page.server.uploads import folder
from seg.photo.decode import load_photo


def upload(name: str, example: str) -> dict:
    """A file as gradio keeps it, and the choice that names it."""
    path = folder() / (name * 64)[:64] / f"{example}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(f"examples/{example}.jpg", path)
    return {"path": str(path), "name": path.name, "model": "bundled"}


@pytest.fixture(autouse=True)
def uploads(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))


@pytest.fixture
def runs(monkeypatch):
    """How many photos went into each call of `predict_many`."""
    calls = []
    predictor = load_predictor("bundled")
    plain = predictor.predict_many
    monkeypatch.setattr(predictor, "predict_many", lambda photos: calls.append(len(photos)) or plain(photos))
    return calls


def test_one_run_serves_all_and_each_gets_the_answer_to_their_own_photo(runs):
    choices = [upload("a", "cat"), upload("b", "sheep"), {"example": "dog", "model": "bundled"}]
    answers = predict_together(choices)
    assert runs == [3]
    assert len(answers) == 1
    assert len(answers[0]) == len(choices)
    assert all(answer == {"__type__": "update"} for answer in answers[0])
    for choice, example in zip(choices, ("cat", "sheep", "dog"), strict=True):
        session, payload = select_photo(choice, None)
        np.testing.assert_array_equal(session.photo, load_photo(f"examples/{example}.jpg"))
        alone = load_predictor("bundled")(load_photo(f"examples/{example}.jpg"))
        np.testing.assert_array_equal(session.prediction.labels, alone.labels)
        assert payload["name"] == session.name


def test_what_cannot_be_run_ahead_is_left_to_the_next_step(runs):
    bad = upload("c", "cat")
    with open(bad["path"], "wb") as file:
        file.write(b"not a photo")
    strange = [None, 7, {}, {"model": "bundled"}, {"path": "/etc/passwd"}, {"example": "nobody"}, {"example": []}, bad]
    strange += [{"example": "dog", "model": "gpt"}, {"example": "dog", "model": "deeplabv3_resnet101"}]
    answers = predict_together([*strange, {"example": "cat"}])
    assert len(answers[0]) == len(strange) + 1
    assert runs == [1]
    with pytest.raises(ValueError, match="JPEG"):
        select_photo(bad, None)


def test_the_batched_event_takes_no_session():
    """Gradio reads a batch's states from the session of its first event: none may be among the inputs."""
    import gradio as gr

    from seg.page.layout import build_page

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEG_BATCH", "1")
        page = build_page()
    batched = [function for function in page.fns.values() if function.batch]
    assert [function.fn for function in batched] == [batch.predict_together]
    for function in batched:
        assert not any(isinstance(block, gr.State) for block in [*function.inputs, *function.outputs])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEG_BATCH", "0")
        assert not any(function.batch for function in build_page().fns.values())
