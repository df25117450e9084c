"""The example photos: what they are called, who took them, and a thumbnail of each. Read once, from `examples/`."""

import base64
import io
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from seg.photo.decode import load_photo

FIRST_EXAMPLE = "hens"  # what the page opens with
FOLDER = Path(__file__).parents[2] / "examples"
THUMBNAIL = (144, 112)  # px, wide and high: twice what the page shows, for sharp screens
DATA_URI_QUALITY = 82


@dataclass(frozen=True)
class Example:
    """One example photo. `name` is its file's name without the ending and the `photo` of a link."""

    name: str
    title: str
    shows: str
    credit: str
    source: str
    path: Path

    @property
    def photo(self) -> np.ndarray:
        """HxWx3 uint8, the working photo."""
        return _photo(self.path)


@cache
def _photo(path: Path) -> np.ndarray:
    photo = load_photo(path)
    photo.setflags(write=False)  # every visitor who picks it looks at the same array
    return photo


@cache
def examples() -> dict[str, Example]:
    """name -> Example, in the order of credits.json; empty when the folder is."""
    listing = FOLDER / "credits.json"
    if not listing.exists():
        return {}
    entries = json.loads(listing.read_text("utf-8"))
    return {
        (name := Path(entry["file"]).stem): Example(
            name=name,
            title=entry["title"],
            shows=entry["shows"],
            credit=f"{entry['author']}, {entry['licence']}",
            source=entry["source"],
            path=FOLDER / entry["file"],
        )
        for entry in entries
    }


def example_named(name: str) -> Example:
    """The Example of that name. Raises ValueError where there is none."""
    example = examples().get(name)
    if example is None:
        raise ValueError(f"There is no example photo called “{name[:40]}”: pick one of the pictures.")
    return example


def data_uri(photo: np.ndarray, quality: int = DATA_URI_QUALITY) -> str:
    """HxWx3 uint8 -> a JPEG as `data:` address, without metadata."""
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")


@cache
def thumbnails() -> list[dict]:
    """What the header shows of each example: {name, title, shows, credit, source, image: data address}."""
    return [
        {
            "name": e.name,
            "title": e.title,
            "shows": e.shows,
            "credit": e.credit,
            "source": e.source,
            "image": data_uri(np.asarray(ImageOps.fit(Image.fromarray(e.photo), THUMBNAIL)), 78),
        }
        for e in examples().values()
    ]
