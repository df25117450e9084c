"""The Learn tab in a real browser: what it shows is what the functions say, on an animal, a person and on nothing."""

import io
import itertools
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from seg.labels.codec import unpack
from seg.labels.components import describe
from seg.lessons import experiments
from seg.lessons.figures import object_part, work_out
from seg.lessons.loss_lab import painting_losses
from seg.lessons.masks import superset
from seg.lessons.wording import spoken
from seg.models.families import FAMILIES
from seg.models.predictor import load_predictor
from seg.page.examples import examples
from seg.page.session import Session
from seg.photo.decode import load_photo
from seg.scoring.metrics import grade
from tests.browser.segment import send

VIEW = "#learn-view"


def session_of(photo):
    return Session("photo", photo, load_predictor("bundled")(photo))


def open_learn(page):
    page.get_by_role("tab", name="Learn").click()
    revision = page.evaluate("seg.page.revision")
    page.wait_for_selector(f"{VIEW} [data-ready='{revision}']")


def meadow():
    """Grass alone, as a PNG: the lowest strip of an example, where the model finds nothing."""
    photo = examples()["hens"].photo
    strip = photo[int(len(photo) * 0.9) :, : photo.shape[1] // 3]
    return png(strip)


def png(photo):
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "PNG")
    return file.getvalue()


# [name, words, whether it is seen] of every element that has the attribute.
WRITTEN = """(places, attribute) => places.map((place) => {
    const { width, height } = place.getBoundingClientRect();
    const seen = width > 0 && height > 0 && getComputedStyle(place).visibility === "visible";
    return [place.getAttribute(attribute), place.innerText, seen];
})"""


def check_words(page, session):
    """Every number and every paragraph on screen is what `work_out` says."""
    answer = work_out(session.photo, session.prediction)
    for name, words, seen in page.eval_on_selector_all(f"{VIEW} [data-number]", WRITTEN, "data-number"):
        assert not seen or words == answer["numbers"][name]
    for names, _, seen in page.eval_on_selector_all(f"{VIEW} [data-when]", WRITTEN, "data-when"):
        wanted = names.split()
        holds = all((name.lstrip("!") in answer["conditions"]) != name.startswith("!") for name in wanted)
        assert seen == holds, wanted
    text = page.inner_text(VIEW)
    assert not re.search(r"\b(nan|undefined|null|infinity)\b|…|\{|\?\w", text, re.I)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_number_is_the_functions_value(open_page):
    page = open_page(390, "dark")
    open_learn(page)
    session = session_of(examples()["hens"].photo)
    folds = page.locator(f"{VIEW} .fold")
    assert folds.count() == page.locator(f"{VIEW} article > section").count()
    assert page.locator(f"{VIEW} .folded").count() == folds.count() - 1
    assert page.evaluate("document.documentElement.scrollHeight") < 6000
    page.evaluate("scrollTo(0, 1500)")
    page.locator(f"{VIEW} .to-contents").tap()  # in sight wherever one reads
    expect(page.locator(f"{VIEW} .contents")).to_be_in_viewport()
    page.locator(f"{VIEW} .contents a[data-jump=learn-losses]").tap()
    expect(page.locator(f"{VIEW} #learn-losses .figure")).to_be_visible()
    page.evaluate("for (const each of document.querySelectorAll('.folded .fold')) each.click()")
    check_words(page, session)
    levels = page.eval_on_selector_all(f"{VIEW} h2, {VIEW} h3", "all => all.map((h) => Number(h.tagName[1]))")
    assert levels[0] == 2
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    unnamed = page.eval_on_selector_all(f"{VIEW} canvas, {VIEW} svg.chart", "all => all.filter((c) => !c.ariaLabel)")
    assert unnamed == []


def test_sliders_answer_with_what_the_functions_measure(open_page):
    page = open_page()
    open_learn(page)
    session = session_of(examples()["hens"].photo)
    labels, photo = session.prediction.labels, session.photo
    c = experiments.subject(labels)
    truth = (labels == c).astype(np.uint8)
    for n in (0, 7, 33):
        page.fill(f"{VIEW} [data-figure=superset] input[type=range]", str(n))
        expect(page.locator(f"{VIEW} [data-figure=superset]")).to_have_attribute("data-n", str(n))
        iou = float(page.get_attribute(f"{VIEW} [data-figure=superset]", "data-iou"))
        assert iou == pytest.approx(grade(truth, superset(truth, n), boundary=False).iou[1])
    figures = work_out(session.photo, session.prediction)["figures"]
    for k in (0, 3):
        page.fill(f"{VIEW} [data-figure=speckles] input", str(k))
        row = figures["speckles"]["rows"][k]
        expect(page.locator(f"{VIEW} [data-figure=speckles]")).to_have_attribute("data-blobs", str(row["blobs"]))
        found = experiments.colour_labels(photo, labels, row["levels"])
        expect(page.locator(f"{VIEW} [data-figure=speckles]")).to_contain_text(f"{(found == labels).mean():.1%}"[:-1])
    for k in (2, 9):
        page.fill(f"{VIEW} [data-figure=thin] input[type=range]", str(k))
        row = experiments.thinning(truth == 1, [figures["thin"]["rows"][k]["w"]])[0][0]
        expect(page.locator(f"{VIEW} [data-figure=thin]")).to_have_attribute("data-lost", str(row["lost"]))
        expect(page.locator(f"{VIEW} [data-figure=thin]")).to_contain_text(f"{row['boundary_iou']:.3f}")
    page.locator(f"{VIEW} [data-figure=accuracy] label", has_text="bird").click()
    expect(page.locator(f"{VIEW} [data-figure=accuracy]")).to_have_attribute("data-answer", str(c))
    expect(page.locator(f"{VIEW} [data-figure=accuracy] .meters")).to_contain_text(
        f"{100 * (labels == c).mean():.1f} %"
    )


def test_another_class_for_an_experiment(open_page):
    """A cat beside a dog: words, figure and curve follow the class chosen, also by keyboard."""
    photo = png(np.hstack([examples()[name].photo for name in ("kitten", "dog")]))  # both 1024x768
    session = session_of(load_photo(photo))
    c, other = [entry["id"] for entry in describe(session.prediction.labels) if entry["id"]][:2]
    assert {c, other} == {8, 12}
    page = open_page()
    send(page, "photo.png", photo, "image/png")
    page.wait_for_function("seg.page.revision === 2")
    open_learn(page)
    for part in ("superset", "thin"):
        slot = page.locator(f"{VIEW} [data-figure={part}]")
        expect(slot).to_have_attribute("data-label", str(c))
        slot.locator(f".object input[data-key='{c}']").focus()
        page.keyboard.press("ArrowRight")
        expect(slot).to_have_attribute("data-label", str(other))
        assert page.evaluate("document.activeElement.dataset.key") == str(other)
        answer = object_part(session.prediction.labels, part, other)
        for name, words in answer["numbers"].items():
            for place in page.locator(f"{VIEW} [data-number={name}]:visible").all():
                expect(place).to_have_text(words)
        assert page.locator(f"{VIEW} [data-number={part.replace('superset', 'grown')}_name]:visible").count() > 0
    truth = (session.prediction.labels == other).astype(np.uint8)
    page.fill(f"{VIEW} [data-figure=superset] input[type=range]", "24")
    expect(page.locator(f"{VIEW} [data-figure=superset]")).to_have_attribute("data-n", "24")
    iou = float(page.get_attribute(f"{VIEW} [data-figure=superset]", "data-iou"))
    assert iou == pytest.approx(grade(truth, superset(truth, 24), boundary=False).iou[1])
    label = page.get_attribute(f"{VIEW} [data-figure=superset] svg", "aria-label")
    for n in (1, 16, 80):
        measured = grade(truth, superset(truth, n), boundary=False).iou[1]
        assert f"{n} px {measured:.2f}" in label


@pytest.mark.parametrize("width", [1280, 390])
def test_every_family_answers_on_this_photo(open_page, width):
    page = open_page(width, query="?photo=dog")
    open_learn(page)
    figure = page.locator(f"{VIEW} [data-figure=families]")
    page.locator(f"{VIEW} .contents a[data-jump=learn-families]").click()
    figure.scroll_into_view_if_needed()
    page.wait_for_selector(f"{VIEW} [data-figure=families][data-heads='{1 + len(FAMILIES)}']")
    photo = examples()["dog"].photo
    own = load_predictor("bundled")(photo).labels
    for name in FAMILIES:
        differ = np.count_nonzero(load_predictor(name)(photo).labels != own)
        assert int(figure.locator(f"[data-head={name}]").get_attribute("data-differ")) == pytest.approx(differ, abs=50)
    assert figure.locator(".stages figure").count() == 3
    assert figure.locator(".masks figure", has_text="dog").count() >= 1
    unet = figure.locator("[data-head=unet]")
    expect(unet).to_have_attribute("data-apart", "false")
    if width > 600:
        unet.locator("canvas").hover()
        expect(unet).to_have_attribute("data-apart", "true")
        page.mouse.move(0, 0)
        expect(unet).to_have_attribute("data-apart", "false")
        unet.locator("button").press("Enter")
    else:
        unet.locator("button").tap()
    expect(unet).to_have_attribute("data-apart", "true")
    expect(unet.locator("button")).to_have_attribute("aria-pressed", "true")


def test_a_family_of_the_table_labels_the_photo(open_page):
    page = open_page(query="?photo=cat")
    open_learn(page)
    page.locator(f"{VIEW} button[data-model=unet]").click()
    page.wait_for_function("seg.page.current.model === 'unet'")
    labels = unpack(page.evaluate("seg.deflate(seg.page.current.labels)"), 300, 451)
    assert (labels == load_predictor("unet")(examples()["cat"].photo).labels).mean() > 0.999
    expect(page.locator(f"{VIEW} button[data-model=unet]")).to_have_attribute("aria-pressed", "true")


def test_a_source_opens_its_list_and_a_button_picks_its_model(open_page):
    page = open_page()
    open_learn(page)
    notes = page.locator(f"{VIEW} #learn-families details")
    expect(notes).not_to_have_attribute("open", "")
    page.locator(f"{VIEW} #learn-families table a").first.click()
    expect(notes).to_have_attribute("open", "")
    expect(notes.locator("li").first).to_be_in_viewport()
    expect(page.locator(f"{VIEW} button[data-model=bundled]")).to_have_attribute("aria-pressed", "true")
    heard = page.evaluate("""() => new Promise((done) => {
        document.addEventListener("seg-model", (event) => done(event.detail), { once: true });
        document.querySelector("#learn-view button[data-model=bundled]").click();
    })""")
    assert heard == "bundled"
    page.locator(f"{VIEW} button[data-model^=maskrcnn]").click()  # has its own place in the tab "Segment"
    page.wait_for_selector('#instances .which[data-state="shown"]')  # what the page itself found came above it
    expect(page.locator("#instances button.go")).to_be_in_viewport()
    assert page.evaluate("document.activeElement.closest('#instances') !== null")


def test_a_person_and_photos_with_nothing_in_them(open_page):
    """An astronaut; then grass alone, a photo smaller than the network's grid, and a strip 19 times as wide as high."""
    page = open_page()
    open_learn(page)
    page.click("[data-example=astronaut]")
    page.wait_for_selector(f"{VIEW} [data-ready='2']")
    check_words(page, session_of(examples()["astronaut"].photo))
    horses = examples()["horses"].photo
    height, width = horses.shape[:2]
    middle = horses[int(height * 0.45) :][: width // 19]
    photos = [meadow(), png(np.asarray(Image.fromarray(horses).resize((16, 16)))), png(middle)]
    for revision, data in enumerate(photos, 3):
        send(page, "photo.png", data, "image/png")
        page.wait_for_selector(f"{VIEW} [data-ready='{revision}']")
        check_words(page, session_of(load_photo(data)))


def test_a_painted_stroke_joins_the_loss_lab(open_page):
    page = open_page()
    page.get_by_role("tab", name="Paint and grade").click()
    page.wait_for_selector("#paint-view [data-ready='1']")
    page.locator("#paint-view .size").fill("13")
    session = session_of(examples()["hens"].photo)
    for down in (0.4, 0.7):  # a stroke, its losses, one stroke more
        page.get_by_role("tab", name="Paint and grade").click()
        box = page.locator("#paint-view .on-photo .paper").bounding_box()
        page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + down * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + down * box["height"])
        page.mouse.up()
        sequence = page.evaluate("seg.page.painting.sequence")
        painted = unpack(page.evaluate("seg.deflate(seg.page.painting.bytes)"), *session.prediction.labels.shape)
        assert painted.any()
        open_learn(page)
        page.wait_for_selector(f"{VIEW} [data-painted='{sequence}']")
        losses = painting_losses(session.prediction, painted)
        for loss, entry in losses.items():
            cell = page.locator(f"{VIEW} td[data-who=painting][data-loss={loss}]")
            expect(cell).to_contain_text(f"{entry['value']:.3f}")
        page.locator(f"{VIEW} [data-figure=losses] label", has_text="your painting").click()
        pictures = page.locator(f"{VIEW} [data-figure=losses] figure[data-answer=painting]")
        expect(pictures).to_have_count(4)
        for i, loss in enumerate(("cross_entropy", "focal", "dice", "lovasz_softmax")):
            share = spoken(losses[loss]["on_background"], 0)
            expect(pictures.nth(i)).to_contain_text(f"{share} of the pull", ignore_case=True)
