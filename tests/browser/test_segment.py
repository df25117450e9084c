"""The Segment tab in a real browser, with real pointer events, against the Predictor itself."""

import base64
import io
import re
import zlib

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from seg.classes import NAMES, PALETTE
from seg.labels.components import describe
from seg.labels.render import boundaries
from seg.models.predictor import load_predictor
from seg.photo.decode import load_photo

VIEW = "#segment-view"
NOTICE = "#notice .notice"
DOG = "examples/dog.jpg"


def predicted(source):
    return load_predictor("bundled")(load_photo(source))


def wait_for_result(page, revision):
    page.wait_for_selector(f"{VIEW} [data-ready='{revision}']")


def send(page, name, data, mime="image/jpeg"):
    page.set_input_files("#header input[type=file]", [{"name": name, "mimeType": mime, "buffer": data}])


def saved(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def pixel_under(page, x, y, labels):
    """Our own map from client to image coordinates: the photo's canvas shows the whole photo, evenly scaled."""
    box = page.locator(f"{VIEW} canvas.photo").bounding_box()
    height, width = labels.shape
    return int((y - box["y"]) / box["height"] * height), int((x - box["x"]) / box["width"] * width)


def points(page):
    """A few whole-numbered places on the screen, all on the photo and inside the window."""
    box = page.locator(f"{VIEW} canvas.photo").bounding_box()
    bottom = min(box["y"] + box["height"], page.viewport_size["height"]) - 3
    top = max(box["y"], 0) + 3
    for across, down in [(0.02, 0.02), (0.31, 0.42), (0.5, 0.5), (0.64, 0.77), (0.98, 0.98)]:
        yield round(box["x"] + across * box["width"]), round(top + down * (bottom - top))


def check_readout(page, x, y, prediction):
    row, column = pixel_under(page, x, y, prediction.labels)
    readout = page.locator(f"{VIEW} .readout")
    expect(readout).to_have_attribute("data-row", str(row))
    expect(readout).to_have_attribute("data-column", str(column))
    expect(readout).to_have_attribute("data-label", str(prediction.labels[row, column]))
    # Another process may round a softmax the other way.
    assert abs(int(readout.get_attribute("data-confidence")) - int(prediction.confidence[row, column])) <= 1
    expect(readout).to_contain_text(f"row {row:,}, column {column:,}: {NAMES[prediction.labels[row, column]]}, ")
    expect(readout).to_contain_text(re.compile(r"\d+ % sure$"))


def mask_pixels(page):
    """The layer over the photo as the browser holds it, HxWx4 uint8."""
    raw, height, width = page.evaluate(
        """async () => {
            const canvas = document.querySelector("#segment-view canvas.mask");
            const { data, height, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return [await seg.deflate(new Uint8Array(data.buffer)), height, width];
        }"""
    )
    return np.frombuffer(zlib.decompress(base64.b64decode(raw)), np.uint8).reshape(height, width, 4)


def choose_view(page, name):
    page.locator(f"{VIEW} .views").get_by_text(name, exact=True).click()


def wait_for_view(page, view, only=""):
    page.wait_for_selector(f"{VIEW} .frame[data-view='{view}'][data-only='{only}']")


# A first look


def test_the_page_opens_on_a_labelled_example(open_page):
    page = open_page()
    prediction = predicted("examples/hens.jpg")
    assert page.evaluate("[seg.page.current.height, seg.page.current.width]") == list(prediction.labels.shape)
    expect(page.locator(f"{VIEW} .number")).to_have_text(f"{prediction.labels.size:,}")
    expect(page.locator(f"{VIEW} .wrong")).to_contain_text(f"{round(prediction.labels.size / 100):,} pixels")
    expect(page.locator("#header .device")).to_have_text(prediction.device)
    expect(page.locator("#header .time")).to_have_text(re.compile(r"^\d+\.\d\d s$"))
    expect(page.locator("#header .example")).to_have_count(13)
    expect(page.locator("#header [data-example=hens]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"{VIEW} .credit")).to_contain_text("Tranquilles")
    expect(page.get_by_role("button", name="Use via API")).to_be_visible()


def test_photo_legend_and_controls_share_one_screen(open_page):
    page = open_page()
    for part in (".frame", ".legend", ".controls", ".big"):
        box = page.locator(f"{VIEW} {part}").bounding_box()
        assert box["y"] + box["height"] <= 800
    assert page.evaluate("document.documentElement.scrollWidth") == 1280


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_one_way_only(open_page, scheme):
    page = open_page(390, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", paper)[:3])) < 200) == (scheme == "dark")


def test_the_credits_name_every_example(open_page):
    page = open_page()
    page.get_by_text("Who took the example photos").click()
    expect(page.locator("#foot li")).to_have_count(13)
    expect(page.locator("#foot")).to_contain_text("Seth Zeigler, CC0-1.0")


# The probe


def test_the_readout_is_the_prediction_at_that_pixel(open_page):
    page = open_page()
    prediction = predicted("examples/hens.jpg")
    for x, y in points(page):
        page.mouse.move(x, y)
        check_readout(page, x, y, prediction)


def test_the_readout_is_right_after_scrolling(open_page):
    page = open_page(1280)
    page.set_viewport_size({"width": 1280, "height": 520})
    page.mouse.wheel(0, 170)
    page.wait_for_function("scrollY > 100 || document.querySelector('gradio-app').scrollTop > 100")
    prediction = predicted("examples/hens.jpg")
    for x, y in points(page):
        page.mouse.move(x, y)
        check_readout(page, x, y, prediction)


def test_a_finger_drags_the_readout_on_a_phone(open_page):
    page = open_page(390)
    page.evaluate("scrollTo(0, 150)")
    prediction = predicted("examples/hens.jpg")
    touch = page.context.new_cdp_session(page)
    kind = "touchStart"
    for x, y in points(page):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        check_readout(page, x, y, prediction)
        kind = "touchMove"
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    check_readout(page, x, y, prediction)  # the last reading stays


def test_arrow_keys_move_the_probe(open_page):
    page = open_page()
    page.locator(f"{VIEW} .frame").focus()
    readout = page.locator(f"{VIEW} .readout")
    page.keyboard.press("ArrowRight")
    row, column = (int(readout.get_attribute(f"data-{name}")) for name in ("row", "column"))
    page.keyboard.press("ArrowRight")
    expect(readout).to_have_attribute("data-column", str(column + 1))
    page.keyboard.press("Shift+ArrowUp")
    expect(readout).to_have_attribute("data-row", str(row - 10))
    prediction = predicted("examples/hens.jpg")
    expect(readout).to_have_attribute("data-label", str(prediction.labels[row - 10, column + 1]))
    page.keyboard.press("Escape")
    expect(page.locator(f"{VIEW} .probe")).to_be_hidden()


# Views and legend


def test_the_legend_says_what_was_found(open_page):
    page = open_page()
    rows = page.locator(f"{VIEW} .row")
    found = describe(predicted("examples/hens.jpg").labels)
    expect(rows).to_have_count(len(found))
    for entry in found:
        row = page.locator(f"{VIEW} .row[data-class={entry['name']}]")
        share = 100 * entry["share"]
        expect(row).to_contain_text("<0.1 %" if share < 0.05 else f"{share:.1f} %")
        expect(row).to_contain_text(f"{entry['blobs']} blob")


def test_pointing_at_a_class_isolates_it(open_page):
    page = open_page()
    labels = predicted("examples/hens.jpg").labels
    chosen = describe(labels)[0]
    row = page.locator(f"{VIEW} .row[data-class={chosen['name']}]")
    row.hover()
    wait_for_view(page, "overlay", chosen["id"])
    veiled = (mask_pixels(page) == [12, 12, 14, 204]).all(2)
    assert (veiled == (labels != chosen["id"])).mean() > 0.9999
    page.mouse.move(2, 2)
    wait_for_view(page, "overlay")
    row.click()
    page.mouse.move(2, 2)
    wait_for_view(page, "overlay", chosen["id"])
    expect(row).to_have_attribute("aria-pressed", "true")
    row.click()
    page.mouse.move(2, 2)
    wait_for_view(page, "overlay")


def test_the_label_view_is_the_label_map(open_page):
    page = open_page()
    choose_view(page, "Labels")
    wait_for_view(page, "labels")
    shown = mask_pixels(page)
    assert (shown[..., :3] == PALETTE[predicted("examples/hens.jpg").labels]).all(2).mean() > 0.9999
    assert (shown[..., 3] == 255).all()


def test_the_edge_view_is_the_boundaries(open_page):
    page = open_page()
    choose_view(page, "Edges")
    wait_for_view(page, "boundaries")
    white = (mask_pixels(page) == 255).all(2)
    assert (white == boundaries(predicted("examples/hens.jpg").labels)).mean() > 0.9999


def test_the_grid_view_is_the_scores_before_upsampling(open_page):
    page = open_page()
    page.locator(f"{VIEW} input.opacity").fill("100")
    choose_view(page, "Coarse grid")
    wait_for_view(page, "grid")
    prediction = predicted("examples/hens.jpg")
    coarse = prediction.scores.argmax(0)
    height, width = prediction.labels.shape
    shown = mask_pixels(page)
    for i in range(0, coarse.shape[0], 7):
        for j in range(0, coarse.shape[1], 7):  # the middle of each cell: its own place among the photo's pixels
            row = round(i * (height - 1) / (coarse.shape[0] - 1))
            column = round(j * (width - 1) / (coarse.shape[1] - 1))
            inside = min(row + 1, height - 1), min(column + 1, width - 1)
            assert (shown[inside][:3] == PALETTE[coarse[i, j]]).all(), (i, j)
    expect(page.locator(f"{VIEW} .explain")).to_contain_text(f"{coarse.shape[1]} × {coarse.shape[0]} cells")


def test_confidence_is_brighter_where_the_network_is_surer(open_page):
    page = open_page()
    choose_view(page, "Confidence")
    wait_for_view(page, "confidence")
    light = mask_pixels(page)[..., :3].astype(int).sum(2)
    confidence = predicted("examples/hens.jpg").confidence
    steps = [light[confidence == value].mean() for value in range(30, 256, 25) if (confidence == value).any()]
    assert steps == sorted(steps)
    assert steps[-1] > steps[0]


def test_the_unsure_slider_states_what_is_left(open_page):
    page = open_page()
    page.locator(f"{VIEW} input.unsure").fill("70")
    left = (predicted("examples/hens.jpg").confidence >= 0.7 * 255).mean()
    words = page.locator(f"{VIEW} .unsure-value")
    expect(words).to_contain_text(re.compile(r"70 %, \d+\.\d % left"))
    assert float(words.inner_text().split()[2]) == pytest.approx(100 * left, abs=0.15)


# Photos in


def test_an_example_is_one_click(open_page):
    page = open_page()
    page.get_by_role("button", name="Example: German shepherd").click()
    wait_for_result(page, 2)
    expect(page.locator("#header [data-example=dog]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"{VIEW} .row")).to_have_count(len(describe(predicted(DOG).labels)))


def test_an_uploaded_photo_is_labelled(open_page, tmp_path):
    page = open_page()
    data = saved(Image.open("examples/duck.jpg").rotate(180), "WEBP", quality=90)
    send(page, "holiday.webp", data, "image/webp")
    wait_for_result(page, 2)
    prediction = predicted(data)
    expect(page.locator(f"{VIEW} .credit")).to_have_text("holiday.webp")
    for x, y in points(page):
        page.mouse.move(x, y)
        check_readout(page, x, y, prediction)


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_photo_may_be_dropped_or_pasted_anywhere(open_page, way):
    page = open_page()
    page.evaluate(
        """async (way) => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 300, height: 200 });
            canvas.getContext("2d").fillRect(20, 20, 100, 100);
            const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
            const transfer = new DataTransfer();
            transfer.items.add(new File([blob], "clip.png", { type: "image/png" }));
            const event = way === "drop"
                ? new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
                : new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
            document.querySelector("#segment-view .big").dispatchEvent(event);
        }""",
        way,
    )
    wait_for_result(page, 2)
    assert page.evaluate("(({ height, width, name }) => [height, width, name])(seg.page.current)") == [
        200,
        300,
        "clip.png",
    ]


def test_two_visitors_keep_their_own_photo(open_page):
    first, second = open_page(), open_page()
    first.locator("[data-example=cat]").click()
    second.locator("[data-example=owl]").click()
    wait_for_result(first, 2)
    wait_for_result(second, 2)
    assert [page.evaluate("seg.page.current.example") for page in (first, second)] == ["cat", "owl"]


# Bad files: the previous result stays and one sentence says why


def dog():
    with Image.open(DOG) as image:
        image.thumbnail((400, 400))
        return image.convert("RGB")


def bomb():
    """A PNG of a few kilobytes that claims, and would fill, 13,000 x 13,000 pixels."""
    return saved(Image.new("1", (13_000, 13_000)), "PNG")


BAD = {
    "truncated": lambda: saved(dog(), "JPEG")[:-4000],
    "text": lambda: b"This is not a photo, whatever its name says.",
    "one-pixel": lambda: saved(Image.new("RGB", (1, 1)), "PNG"),
    "a-thread": lambda: saved(Image.new("RGB", (4000, 1)), "PNG"),
    "bomb": bomb,
    "tiff": lambda: saved(dog(), "TIFF"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_one_sentence_and_the_result_stays(open_page, kind):
    page = open_page()
    send(page, f"{kind}.jpg", BAD[kind]())
    notice = page.locator(NOTICE)
    expect(notice).to_be_visible()
    words = notice.locator(".text").inner_text()
    assert words.endswith(".")
    assert "Traceback" not in words
    assert "/" not in words
    assert page.evaluate("seg.page.revision") == 1
    assert page.evaluate("seg.page.current.example") == "hens"
    expect(page.locator(f"{VIEW} .busy")).to_be_hidden()
    # and the next good photo is answered, the sentence gone
    page.locator("[data-example=cat]").click()
    wait_for_result(page, 2)
    expect(notice).to_be_hidden()


def test_a_file_over_the_limit_is_not_even_sent(open_page):
    page = open_page()
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    send(page, "huge.jpg", b"\xff\xd8" + bytes(21_000_000))
    expect(page.locator(NOTICE)).to_contain_text("the limit is 20 MB")
    assert not [url for url in sent if "upload" in url]
    assert page.evaluate("seg.page.revision") == 1


def rotated():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to look at it
    return saved(dog(), "JPEG", exif=exif)


def animated():
    other = Image.new("RGB", dog().size, "red")
    return saved(dog(), "GIF", save_all=True, append_images=[other])


def sixteen_bit():
    values = (np.asarray(dog().convert("L")).astype(np.uint16) * 257).astype(np.uint16)
    return saved(Image.fromarray(values), "PNG")


ODD = {
    "animated": (animated, False),
    "cmyk": (lambda: saved(dog().convert("CMYK"), "JPEG"), False),
    "16-bit": (sixteen_bit, False),
    "rotated": (rotated, True),
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_file_gives_the_right_picture(open_page, kind):
    make, turned = ODD[kind]
    page = open_page()
    send(page, f"{kind}.png", make())
    wait_for_result(page, 2)
    expect(page.locator(NOTICE)).to_be_hidden()
    width, height = dog().size
    assert page.evaluate("seg.page.current.width") == (height if turned else width)
    # The picture on the screen is the dog, upright: compare a coarse version of it with our own.
    shown = page.evaluate(
        """() => {
            const small = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
            const pen = small.getContext("2d", { willReadFrequently: true });
            pen.imageSmoothingQuality = "high";
            pen.drawImage(seg.page.current.image, 0, 0, 8, 8);
            return [...pen.getImageData(0, 0, 8, 8).data];
        }"""
    )
    own = dog().rotate(-90, expand=True) if turned else dog()
    own = own.convert("L").convert("RGB") if kind == "16-bit" else own
    wanted = np.asarray(own.resize((8, 8), Image.BOX)).astype(int)
    assert np.abs(np.reshape(shown, (8, 8, 4))[..., :3] - wanted).mean() < 12


def test_a_note_about_an_answer_stands_beside_the_model(open_page):
    page = open_page()
    about = page.locator("#header .about")
    usual = about.inner_text()
    tell = """note => {
        const { current, listeners } = seg.page;
        current.note = note;
        for (const each of listeners) each.callback(current);
    }"""
    page.evaluate(tell, "The graphics card's memory was full, so the CPU answered.")
    expect(about).to_have_text("The graphics card's memory was full, so the CPU answered.")
    page.evaluate(tell, "")
    expect(about).to_have_text(usual)
    assert "ean IoU" in usual
