"""A real Chromium. Every page a test opens must end without console errors or requests to foreign hosts."""

from urllib.parse import urlsplit

import pytest


@pytest.fixture
def open_page(server, chromium):
    """open_page(width=1280, scheme="light", query="") -> a Playwright page showing the first example, labelled."""
    contexts, complaints = [], []

    def opened(width: int = 1280, scheme: str = "light", query: str = ""):
        phone = width < 600
        context = chromium.new_context(
            viewport={"width": width, "height": 844 if phone else 800}, color_scheme=scheme, has_touch=phone
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda m: complaints.append(f"console: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(f"script: {error.stack or error}"))
        page.on("request", lambda request: complaints.extend(foreign(request.url, server)))
        page.goto(server + "/" + query)
        page.wait_for_function("window.seg && seg.page.revision > 0")
        page.wait_for_selector("#segment-view [data-ready='1']", state="attached")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def foreign(url: str, server: str) -> list[str]:
    """A complaint about a request that leaves the page's own host."""
    parts = urlsplit(url)
    own = parts.scheme in ("data", "blob", "about") or parts.netloc == urlsplit(server).netloc
    return [] if own else [f"foreign request: {url}"]
