"""Visitors who come at once get right answers, each to their own photo. How fast: `python -m tests.benchmarks.load`."""

from tests.benchmarks.load import crowd

VISITORS = 5  # the benchmark has 20


def test_visitors_at_once_are_all_answered_and_rightly(server, tmp_path):
    outcome = crowd(server, VISITORS, 1, tmp_path)
    assert outcome.errors == []
    assert outcome.checks
    assert outcome.wrong == []
    # Per visitor: /segment, /grow, an upload, its labels, two strokes and the colours.
    assert sum(map(len, outcome.seconds.values())) == 7 * VISITORS
