"""Twenty visitors at once get twenty right answers. How fast: `python -m tests.benchmarks.load`."""

from tests.benchmarks.load import crowd
from tests.serving import serving

VISITORS = 20


def test_visitors_at_once_are_all_answered_and_rightly(tmp_path):
    """A server of its own: nothing another test asked may be remembered there."""
    with serving(tmp_path) as server:
        outcome = crowd(server.address, VISITORS, 1, tmp_path)
    assert outcome.errors == []
    assert outcome.wrong == []
    # Per visitor: /segment, /grow, an upload, its labels, two strokes and the colours.
    assert sum(map(len, outcome.seconds.values())) == 7 * VISITORS
