"""Load what the first questions will need, before they are asked."""

import logging

from seg.models import predictor
from seg.models.predictor import GREY, load_predictor
from seg.models.registry import ZOO

log = logging.getLogger(__name__)


def warm_up_heads() -> None:
    """Load the heads on the bundled trunk and run each once: the first question about one takes no longer than others.

    A head that cannot be loaded is left for the visitor who asks for it.
    """
    if predictor.elsewhere is not None:
        return
    bundled = load_predictor("bundled")
    asks = [lambda name=name: load_predictor(name)(GREY) for name, entry in ZOO.items() if entry.trunk]
    for ask in (*asks, lambda: bundled.individuals(GREY), lambda: bundled.click(GREY, (0, 0))):
        try:
            ask()
        except (ValueError, OSError):
            log.warning("a head of the bundled network cannot be used", exc_info=True)
