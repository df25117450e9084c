"""The Region growing tab in a real browser, with real pointer events, against seg.growing.regions at every tau."""

from playwright.sync_api import expect

from seg.photo.decode import load_photo
from tests.browser.region import (
    FRAME,
    PHOTOS,
    TAUS,
    VIEW,
    at,
    check_region,
    choose,
    choose_rule,
    labels,
    open_tab,
    set_slider,
    settled,
    state,
    target_at,
)
from tests.oracles.growing import best, curve, leak


def test_the_tab_opens_on_a_region_that_has_grown(open_page):
    page = open_page()
    open_tab(page)
    photo = load_photo(PHOTOS["hens"])
    now = check_region(page, photo, "seed")
    assert labels(page)[now["seed"]] == int(now["label"])
    best_tau, _ = best(curve(photo, now["seed"], target_at(photo, labels(page), now["seed"]), TAUS))
    assert now["tau"] == best_tau
    expect(page.locator(f"{VIEW} .lead")).to_contain_text("Click anywhere in the photo.", use_inner_text=True)
    bottom = page.locator(VIEW).bounding_box()
    assert bottom["y"] + bottom["height"] <= 800  # fits without scrolling


def test_both_rules_equal_the_function_for_clicked_seeds_and_any_tau(open_page):
    page = open_page()
    photo = load_photo(PHOTOS["hens"])
    open_tab(page)
    for rule in ("seed", "mean"):
        choose_rule(page, rule)
        for (down, across), tau in zip([(0.12, 0.3), (0.9, 0.5), (0.55, 0.86)], [45, 12, 144], strict=True):
            page.mouse.click(*at(page, down, across))
            set_slider(page, TAUS.index(tau))
            now = check_region(page, photo, rule)
            assert now["tau"] == tau
            expect(page.locator(f"{VIEW} .tau-value")).to_have_text(str(tau))
            height, width = photo.shape[:2]
            assert abs(now["seed"][0] - down * height) <= 2
            assert abs(now["seed"][1] - across * width) <= 2


def test_the_sentence_tells_where_the_region_spills_more_than_it_gains(open_page):
    page = open_page()
    open_tab(page)
    for example, (down, across) in {"hens": (0.51, 0.53), "cow": (0.52, 0.6), "cat": (0.5, 0.4)}.items():
        choose(page, example)
        photo = load_photo(f"examples/{example}.jpg")
        page.mouse.click(*at(page, down, across))
        page.wait_for_selector(f"{FRAME}[data-story='whole']")
        settled(page)
        now = state(page)
        points = curve(photo, now["seed"], target_at(photo, labels(page), now["seed"]), TAUS)
        spill = leak(points, photo[..., 0].size)
        story = page.locator(f"{VIEW} .sentence").inner_text()
        assert now["tau"] == best(points)[0]
        if spill is None:
            assert now["leak"] == ""
            assert story.startswith("No leak here")
            assert f"IoU {best(points)[1]:.2f}, at tau {best(points)[0]:.0f}" in story
            continue
        assert int(now["leak"]) == spill.tau
        assert story.startswith(f"At tau {spill.tau:.0f} the region leaks: since tau {spill.before:.0f} it took in ")
        assert f" and {100 * spill.spilled / spill.joined:.0f} % of that lies o" in story  # off, or outside
        after = points.iou[TAUS.index(spill.tau)]
        assert f"{after:.2f}." in story


def test_another_rule_takes_the_old_sentence_away_and_tries_taus_of_its_own(open_page):
    page = open_page()
    open_tab(page)
    choose(page, "cat")
    photo = load_photo(PHOTOS["cat"])
    page.mouse.click(*at(page, 0.5, 0.5))
    settled(page)
    old = page.locator(f"{VIEW} .sentence").inner_text()
    page.evaluate("""() => {
      window.told = [];
      const place = document.querySelector("#grow-view .sentence");
      new MutationObserver(() => told.push(place.textContent)).observe(place, { childList: true });
    }""")
    choose_rule(page, "mean")
    settled(page)
    assert page.evaluate("told[0]") == "Trying one tau after the other …"
    assert old not in page.evaluate("told")
    now = check_region(page, photo, "mean")
    assert now["tau"] == float(now["best"])
    target = target_at(photo, labels(page), now["seed"])
    tried = int(now["tried"])
    assert tried >= 20
    coarse = best(curve(photo, now["seed"], target, [*TAUS[::16], TAUS[-1]], "mean"))[1]
    assert float(now["iou"]) >= coarse  # the best of those tried first, or better
    neighbours = [TAUS[TAUS.index(now["tau"]) + step] for step in (-1, 1)]
    assert float(now["iou"]) >= best(curve(photo, now["seed"], target, neighbours, "mean"))[1]


def test_tau_is_the_best_of_each_seed_until_it_is_set_by_hand(open_page):
    page = open_page()
    open_tab(page)
    back = page.get_by_role("button", name="Back to the best tau")
    expect(back).to_be_hidden()
    taus = set()
    for place in [(0.51, 0.53), (0.1, 0.1), (0.6, 0.8)]:
        page.mouse.click(*at(page, *place))
        settled(page)
        now = state(page)
        assert now["tau"] == float(now["best"])
        taus.add(now["tau"])
    assert len(taus) > 1
    set_slider(page, 20)
    page.mouse.click(*at(page, 0.1, 0.1))
    settled(page)
    assert state(page)["tau"] == 20
    back.click()
    page.mouse.click(*at(page, 0.51, 0.53))
    settled(page)
    assert state(page)["tau"] == float(state(page)["best"])


def test_dragging_the_slider_redraws_and_asks_the_server_nothing(open_page):
    page = open_page()
    open_tab(page)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    box = page.locator(f"{VIEW} input.tau").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 20, middle)
    page.mouse.down()
    before = int(state(page)["drawn"])
    taus = set()
    for step in range(1, 16):
        page.mouse.move(box["x"] + 20 + step * (box["width"] - 40) / 16, middle)
        settled(page)
        taus.add(state(page)["tau"])
    page.mouse.up()
    settled(page)
    assert len(taus) >= 14
    assert int(state(page)["drawn"]) - before >= 14
    check_region(page, load_photo(PHOTOS["hens"]), "seed")
    assert requests == []


def test_the_curve_sets_tau(open_page):
    page = open_page()
    open_tab(page)
    box = page.locator(f"{VIEW} svg").bounding_box()
    plot = (box["x"] + 30, box["width"] - 74)  # beside its labels
    for tick in (20, 64, 150):
        x = plot[0] + plot[1] * tick / (len(TAUS) - 1)
        page.mouse.move(x - 30, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(x, box["y"] + 60, steps=3)
        page.mouse.up()
        settled(page)
        assert abs(TAUS.index(int(state(page)["tau"])) - tick) <= 1
    check_region(page, load_photo(PHOTOS["hens"]), "seed")


def test_the_seed_is_dragged_and_the_region_follows(open_page):
    page = open_page()
    open_tab(page)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    photo = load_photo(PHOTOS["hens"])
    set_slider(page, 30)
    page.mouse.move(*at(page, 0.2, 0.2))
    page.mouse.down()
    for step in range(1, 5):
        page.mouse.move(*at(page, 0.2 + 0.15 * step, 0.2 + 0.1 * step))
        settled(page)
        check_region(page, photo, "seed")
    assert requests == []
    page.mouse.up()  # now the seed has settled: one question to the one-click head
    page.wait_for_selector(f"{VIEW} .answers .click[data-state='shown']")
    assert len(requests) == 1


def test_the_keyboard_moves_seed_and_tau(open_page):
    page = open_page()
    open_tab(page)
    photo = load_photo(PHOTOS["hens"])
    row, column = state(page)["seed"]
    page.locator(FRAME).focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    settled(page)
    now = check_region(page, photo, "seed")
    assert now["seed"] == (row - 2 + 10, column - 1 + 10)
    page.locator(f"{VIEW} input.tau").focus()
    page.keyboard.press("Home")
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    settled(page)
    assert check_region(page, photo, "seed")["tau"] == 7


def test_a_finger_taps_and_drags_the_seed_on_a_phone(open_page):
    page = open_page(width=390)
    open_tab(page)
    photo = load_photo(PHOTOS["hens"])
    page.locator(FRAME).scroll_into_view_if_needed()
    expect(page.locator(f"{VIEW} .live")).to_have_text(f"IoU {float(state(page)['iou']):.2f}")  # stays beside the photo
    page.touchscreen.tap(*at(page, 0.15, 0.4))
    settled(page)
    row, column = check_region(page, photo, "seed")["seed"]
    assert abs(row - 0.15 * photo.shape[0]) <= 4
    assert abs(column - 0.4 * photo.shape[1]) <= 4
    # The marker is dragged by a finger, and the page does not scroll away under it.
    finger = page.context.new_cdp_session(page)
    place = page.locator(f"{VIEW} .seed").bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    scrolled = page.evaluate("scrollY")
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 6):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y + 20 * step}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    settled(page)
    dragged = check_region(page, photo, "seed")["seed"]
    assert abs(dragged[0] - row - 100 * photo.shape[1] / 390) <= 6
    assert abs(dragged[1] - column) <= 3
    assert page.evaluate("scrollY") == scrolled
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    order = [
        FRAME,
        f"{VIEW} input.tau",
        f"{VIEW} .play",
        f"{VIEW} .answers",
        f"{VIEW} svg",
        f"{VIEW} .sentence",
        f"{VIEW} .code",
    ]
    tops = [page.locator(part).first.bounding_box()["y"] for part in order]
    assert tops == sorted(tops)
    for control in page.locator(f"{VIEW} button, {VIEW} .seg-choice label, {VIEW} input[type=range]").all():
        if control.is_hidden():  # the way back to the best tau
            continue
        assert control.bounding_box()["height"] >= 40
