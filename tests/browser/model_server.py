"""The page with stand-in weights, for tests: `python -m tests.browser.model_server weights.json`, then as `app.py`.

Each entry of the zoo named in weights.json is given another file to fetch, with that file's own hash, and a smaller
input, which is a tenth of the work; a host that has stopped sending is given up sooner. Everything else is the real
thing: where files come from (SEG_WEIGHTS_HOST), where they go (TORCH_HOME), how they are checked.
"""

import dataclasses
import json
import sys
from pathlib import Path

import app
from seg.models import weights
from seg.models.registry import ZOO

COARSE = {"short_side": 160, "long_side": 320}


def stand_in(name: str, file: str, sha256: str, megabytes: float) -> None:
    """Give an entry of the zoo another file of weights."""
    url = f"https://download.pytorch.org/models/{file}"
    ZOO[name] = dataclasses.replace(ZOO[name], url=url, sha256=sha256, megabytes=megabytes, **COARSE)


if __name__ == "__main__":
    weights.PATIENCE = 15  # some tests hold a file back while they open another page, on busy cores
    for entry in json.loads(Path(sys.argv[1]).read_text("utf-8")):
        stand_in(**entry)
    app.main()
