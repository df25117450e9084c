"""Whatever a browser or a program sends to a handler, it answers: plain JSON, a sentence where it cannot do it, and
nothing that gradio would take for a file. Every handler of the page is tried, those of later tabs too.

SEG_FUZZ=50000 makes it a long run.
"""

import dataclasses
import inspect
import json
import os
import re
from functools import cache
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seg.label_png import encode_png
from seg.labels.codec import pack
from seg.models.individuals import Individuals
from seg.models.predictor import Prediction
from seg.models.registry import INSTANCES
from seg.page.layout import build_page
from seg.page.requests import answered, sentence
from seg.page.session import SecondOpinion, Session, checksum
from seg.page.tabs import individuals as instances
from seg.page.tabs.downloads import Downloads
from seg.page.tabs.share import shown
from tests.conftest import run_apart
from tests.mutants import mutants, originals

EXAMPLES = max(60, int(os.environ.get("SEG_FUZZ", 0)) // 50)
SHAPE = (48, 64)
JARGON = re.compile(r"Traceback|Error\b|object|NoneType|\bint\b|\bdict\b|numpy|[<>{}\n]")


@cache
def visitor() -> Session:
    """Somebody with a small photo of noise and a few labels."""
    rng = np.random.default_rng(0)
    labels = np.zeros(SHAPE, np.uint8)
    labels[8:30, 10:40] = 12
    labels[20:44, 44:60] = 15
    prediction = Prediction(
        labels, np.full(SHAPE, 200, np.uint8), np.zeros((21, 4, 4), np.float16), 1.0, "CPU", "bundled"
    )
    return Session("holiday.jpg", rng.integers(0, 256, (*SHAPE, 3), dtype=np.uint8), prediction)


@cache
def right() -> dict:
    """A request that has everything any handler asks for."""
    labels = visitor().prediction.labels
    return {
        **{"ask": "grade", "asked": 1, "count": 3, "sequence": 7, "truth": checksum(labels)},
        **{"height": SHAPE[0], "width": SHAPE[1], "mask": pack(labels), "painting": pack(labels), "one_click": None},
        **{"file": "mask", "shown": shown(visitor()), "opacity": 60, "unsure": 0, "tab": "segment", "name": "shifted"},
        **{"n": 3, "region": {"row": 3, "column": 4, "tau": 20, "rule": "seed"}, "model": "bundled", "palette": "voc"},
        **{"other": "fcn", "way": "centres", "row": 3, "column": 4, "colours": True},
    }


@cache
def opinion() -> SecondOpinion:
    """The same visitor's second opinion."""
    return SecondOpinion(visitor(), "Another model", visitor().prediction)


def kept(state: gr.State, known: bool):
    """What the server keeps of the visitor in that State, or of somebody who has nothing yet."""
    if not known:
        return None
    return visitor() if isinstance(state.value, Session) else opinion()


@pytest.fixture(autouse=True, scope="module")
def nobody_found():
    """Mask R-CNN without its weights: it is here, and finds nobody. Nor does the page's own head."""
    with pytest.MonkeyPatch.context() as patch:
        here = dataclasses.replace(INSTANCES[instances.MODEL], file=Path(__file__))
        patch.setitem(INSTANCES, instances.MODEL, here)
        found = Individuals(*SHAPE, (), 1.0, "CPU", instances.MODEL)
        patch.setattr(instances, "load_instances", lambda model: lambda photo: found)
        yield


FORGED = {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}
numbers = st.one_of(
    st.integers(-3, 300), st.sampled_from([2**31, 2**53, 2**64, -(2**63), 10**30, 1e308, -0.0, 0.5]), st.booleans()
)
words = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["one_click", "losses", "card", "grades", "overlay", "mean", "paint", "region", "../../x", "\0", "x" * 9000]
    ),
    st.sampled_from(["horses", "superset", "background", "thin", "boxes", "object"]),
)
anything = st.recursive(
    st.one_of(st.none(), numbers, words, st.just(FORGED), st.just(pack(np.zeros(SHAPE, np.uint8)))),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(words, inner, max_size=4)),
    max_leaves=8,
)
ASKED = ["ask", "asked", "count", "sequence", "truth", "height", "width", "mask", "painting"]
ASKED += ["one_click", "file", "shown", "other", "against", "way", "row", "column", "colours"]
ASKED += ["opacity", "unsure", "tab", "name", "n", "region", "example", "path", "model", "palette"]
requests = st.one_of(
    anything, st.dictionaries(st.sampled_from(ASKED), anything, max_size=4).map(lambda changes: right() | changes)
)


@cache
def handlers() -> dict:
    """{name: the page's event}, built once."""
    return {f"{fn.api_name}": fn for fn in build_page().fns.values()}


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """Models that are not here are looked for on this machine, at a port where nobody answers."""
    monkeypatch.setenv("SEG_WEIGHTS_HOST", "http://127.0.0.1:9")


def names(public: bool) -> list[str]:
    return [name for name, fn in handlers().items() if (fn.api_visibility == "public") == public]


def plain(answer) -> None:
    """Assert that an answer is JSON as browsers read it, and holds nothing that gradio takes for a file."""
    text = json.dumps(answer, allow_nan=False)
    assert "Traceback" not in text
    assert '"meta"' not in text


def all_of(result) -> list:
    """What a handler hands to its outputs, the steps of a generator one after the other."""
    steps = list(result) if inspect.isgenerator(result) else [result]
    return [value for step in steps for value in (step if isinstance(step, tuple) else (step,))]


@pytest.mark.parametrize("name", names(public=False))
@given(request=requests, known=st.booleans())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_handler_of_the_page_answers_whatever_it_is_sent(name, request, known):
    fn = handlers()[name]
    inputs = [kept(block, known) if isinstance(block, gr.State) else request for block in fn.inputs]
    for value in all_of(fn.fn(*inputs)):
        if isinstance(value, Session | SecondOpinion):
            continue
        plain(value)
        problem = (value.get("problem") or value.get("text")) if isinstance(value, dict) else None
        if problem is not None:
            assert problem.endswith((".", "!", "?"))
            assert "our side" not in problem, "a surprise to the handler, not a check of it"


def asked() -> list[str]:
    """The page's own handlers that a request reaches; the others only follow one of these."""
    return [n for n in names(public=False) if not all(isinstance(b, gr.State) for b in handlers()[n].inputs)]


@pytest.mark.parametrize("name", asked())
def test_a_right_request_is_no_problem(name):
    """Or the test above would try nothing but refusals."""
    fn = handlers()[name]
    inputs = [kept(block, known=True) if isinstance(block, gr.State) else right() for block in fn.inputs]
    if isinstance(fn.inputs[0], Downloads):
        inputs = [right() | {"ask": "list"}]
    answers = [value for value in all_of(fn.fn(*inputs)) if isinstance(value, dict)]
    assert answers
    assert not any("problem" in each or "text" in each for each in answers)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Paths of a good photo, a good mask, damaged ones, and of nothing."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "photo").write_bytes(originals()["jpeg"])
    (folder / "mask").write_bytes(encode_png(visitor().prediction.labels))
    for i, (_, data) in enumerate(mutants(36, 5)):
        (folder / f"mutant{i}").write_bytes(data)
    return [str(path) for path in sorted(folder.iterdir())] + [str(folder), str(folder / "none"), None, ""]


@pytest.mark.parametrize("name", names(public=True))
@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_endpoint_answers_or_says_why_not_in_one_sentence(name, data, files):
    fn = handlers()[name]
    floats = st.one_of(numbers, st.floats(), st.none())
    inputs = []
    for block in fn.inputs:
        if isinstance(block, gr.File):
            inputs.append(data.draw(st.sampled_from(files)))
        else:
            inputs.append(data.draw(floats if isinstance(block, gr.Number) else st.one_of(words, st.none())))
    try:
        answer = fn.fn(*inputs)
        answer = run_apart(answer) if inspect.isawaitable(answer) else answer
    except gr.Error as error:
        words_of = str(error.message)
        assert words_of.endswith((".", "!", "?"))
        assert "our side" not in words_of, "a surprise to the endpoint, not a check of it"
        assert len(words_of) < 500
        assert not JARGON.search(words_of.split("got ")[0])
    else:
        plain(answer[0] if isinstance(answer, tuple) else answer)


# What goes back


@pytest.mark.parametrize("forged", [FORGED, [FORGED], {"deep": FORGED}, 10**30, float("nan"), "x" * 41, None, True])
def test_what_the_browser_sent_is_not_sent_back_unless_it_is_a_number_or_a_word(forged):
    assert answered(lambda *_: {}, {"count": forged}, None, ["count"]) == {"count": None}
    assert answered(lambda *_: {}, {"count": 3, "ask": "grade"}, None, ["count", "ask"]) == {"count": 3, "ask": "grade"}


def test_a_sentence_does_not_grow_with_what_was_sent():
    assert len(sentence(ValueError("There is no such model: " + "x" * 100_000))) < 500
