"""Many tabs of one browser, which share the six connections that it opens to a host over plain HTTP/1.1."""

from tests.browser.segment import wait_for_result


def test_seven_tabs_all_answer_and_none_is_reloaded(server, chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    try:
        tabs = []
        for _ in range(7):
            page = context.new_page()
            page.set_default_timeout(30_000)
            page.goto(server)
            wait_for_result(page, 1)
            page.evaluate("window.opened = true")
            tabs.append(page)
        for page in tabs:
            page.locator("[data-example=dog]").click()
            wait_for_result(page, 2)
        assert all(page.evaluate("window.opened === true") for page in tabs)
    finally:
        context.close()


def test_an_idle_page_asks_for_no_frames(server, chromium):
    page = chromium.new_context().new_page()
    page.add_init_script(
        "window.frames_asked = 0; const ask = requestAnimationFrame;"
        "window.requestAnimationFrame = (f) => (window.frames_asked++, ask(f));"
    )
    page.goto(server)
    page.wait_for_selector("#segment-view [data-ready='1']", state="attached")
    quiet = "new Promise((done) => { const n = frames_asked; setTimeout(() => done(frames_asked - n), 200); })"
    while page.evaluate(quiet):  # what the page draws comes to its end; gradio's clock would never
        pass
    page.context.close()
