"""ZeroGPU: a Space whose GPU is lent to one function at a time (https://huggingface.co/docs/hub/spaces-zerogpu).

There the package `spaces` makes torch believe in a GPU from the start, and runs a function marked with `spaces.GPU` in
a process that really has one. What such a process remembers is lost, so only the network's run is marked; the answers
are kept here, as everywhere. The start, where no visitor asks and no GPU is lent, is the CPU's.
"""

import os

from seg.models import predictor

SECONDS = 15  # asked for at each run: the card's own start, then well under a second for the largest network


def on_zerogpu() -> bool:
    """Whether this is such a Space."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def lend_gpu() -> bool:
    """Let the networks run where the GPU is; False, and nothing done, where nobody lends one.

    Call it before anything touches CUDA: importing `spaces` changes what torch says about it.
    """
    if not on_zerogpu():
        return False
    try:
        import spaces
    except ImportError:
        return False
    predictor.elsewhere = spaces.GPU(duration=SECONDS)(predictor.predict_here)
    return True


def page_predictor(model: str | None = None) -> predictor.Predictor:
    """The predictor for work that no visitor asked for: the page's first photo, the picture of a link."""
    return predictor.load_predictor(model, device="cpu" if on_zerogpu() else "auto")
