"""Photos in, by every way there is, good ones, odd ones and bad ones: the right picture, or one sentence."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from seg.labels.components import describe
from tests.browser.segment import DOG, NOTICE, VIEW, check_readout, points, predicted, saved, send, wait_for_result


def test_an_example_is_one_click(open_page):
    page = open_page()
    page.get_by_role("button", name="Example: German shepherd").click()
    wait_for_result(page, 2)
    expect(page.locator("#header [data-example=dog]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"{VIEW} .row")).to_have_count(len(describe(predicted(DOG).labels)))


def test_an_uploaded_photo_is_labelled(open_page, tmp_path):
    page = open_page()
    duck = Image.open("examples/duck.jpg").rotate(180)
    data = saved(duck.resize((2 * duck.width, 2 * duck.height)), "WEBP", quality=90)
    send(page, "holiday.webp", data, "image/webp")
    wait_for_result(page, 2)
    prediction = predicted(data)
    assert max(prediction.labels.shape) == 1024
    size = f"{2 * duck.width:,} × {2 * duck.height:,}"
    expect(page.locator(f"{VIEW} .credit")).to_have_text(f"holiday.webp, scaled down from {size} pixels")
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


def test_a_bad_file_is_one_sentence_and_the_result_stays(open_page):
    page = open_page()
    notice, shown = page.locator(NOTICE), "hens"
    for revision, (kind, make) in enumerate(BAD.items(), 1):
        send(page, f"{kind}.jpg", make())
        expect(notice).to_be_visible()
        words = notice.locator(".text").inner_text()
        assert words.endswith(".")
        assert "Traceback" not in words
        assert "/" not in words
        assert page.evaluate("seg.page.revision") == revision
        assert page.evaluate("seg.page.current.example") == shown
        expect(page.locator(f"{VIEW} .busy")).to_be_hidden()
        # and the next good photo is answered, the sentence gone
        shown = "dog" if shown == "cat" else "cat"
        page.locator(f"[data-example={shown}]").click()
        wait_for_result(page, revision + 1)
        expect(notice).to_be_hidden()


def test_a_file_over_the_limit_is_not_even_sent(open_page, tmp_path):
    page = open_page()
    (tmp_path / "huge.jpg").write_bytes(b"\xff\xd8" + bytes(21_000_000))  # by its path: the driver would copy bytes
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.set_input_files("#header input[type=file]", tmp_path / "huge.jpg")
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


def test_an_odd_file_gives_the_right_picture(open_page):
    page = open_page()
    for revision, (kind, (make, turned)) in enumerate(ODD.items(), 2):
        send(page, f"{kind}.png", make())
        wait_for_result(page, revision)
        expect(page.locator(NOTICE)).to_be_hidden()
        width, height = dog().size
        assert page.evaluate("seg.page.current.width") == (height if turned else width)
        own = dog().rotate(-90, expand=True) if turned else dog()
        own = own.convert("L").convert("RGB") if kind == "16-bit" else own
        wanted = np.asarray(own.resize((8, 8), Image.BOX)).astype(int)
        assert np.abs(coarse(page) - wanted).mean() < 12, kind  # the dog, upright


def coarse(page):
    """The picture on the screen, scaled down to 8x8x3."""
    shown = page.evaluate(
        """() => {
            const small = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
            const pen = small.getContext("2d", { willReadFrequently: true });
            pen.imageSmoothingQuality = "high";
            pen.drawImage(seg.page.current.image, 0, 0, 8, 8);
            return [...pen.getImageData(0, 0, 8, 8).data];
        }"""
    )
    return np.reshape(shown, (8, 8, 4))[..., :3]
