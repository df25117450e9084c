"""Load what the first questions will need, before they are asked."""

import logging
from functools import partial

from seg.models import grouping, predictor
from seg.models.predictor import load_predictor
from seg.models.registry import OTHER_HEADS, ZOO

log = logging.getLogger(__name__)


def warm_up_heads() -> None:
    """Load the heads on the bundled trunk, and compile the grouping: the first question takes no longer than others.

    A head that cannot be loaded is left for the visitor who asks for it.
    """
    if predictor.elsewhere is not None:
        return
    grouping.warm_up()
    bundled = load_predictor("bundled")
    loads = [partial(load_predictor, name) for name, entry in ZOO.items() if entry.trunk]
    loaded = [bundled]
    for load in (*loads, *(partial(bundled.other_head, name) for name in OTHER_HEADS)):
        try:
            loaded.append(load())
        except (ValueError, OSError):
            log.warning("a head of the bundled network cannot be used", exc_info=True)
    try:
        for one in loaded:
            one.quicken()
    except (ImportError, RuntimeError):
        log.warning("OpenVINO cannot be used here; PyTorch runs what is left", exc_info=True)
