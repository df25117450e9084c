"""The models as the page offers them: what each is good at, how large it is, whether it is here."""

from seg.models.families import FAMILIES
from seg.models.predictor import Predictor, load_predictor
from seg.models.registry import ZOO, Entry, names

# In a few words; the published score follows. The first three words must tell them apart.
STRENGTHS = {
    "bundled": "Small and quick",
    "lraspp_mobilenet_v3_large": "The smallest download",
    "deeplabv3_mobilenet_v3_large": "Light, with the ASPP of its large relatives",
    "fcn_resnet50": "The idea of 2015 on a deep backbone, without ASPP",
    "deeplabv3_resnet50": "Deep and dilated: slower, better at hard photos",
    "deeplabv3_resnet101": "The best score and the slowest",
} | {name: family.key_move.rstrip(".") for name, family in FAMILIES.items()}


def offered() -> list[dict]:
    """What the header's list shows of each model: {name, title, megabytes, here, about}, in the order of `names`."""
    entries = (ZOO[name] for name in names())
    return [
        {
            "name": entry.name,
            "title": entry.title,
            "megabytes": round(entry.megabytes, 1),
            "here": entry.ready,
            "about": about(entry),
        }
        for entry in entries
    ]


def about(entry: Entry) -> str:
    """One line: what the model is good at, and its published score, in words first, with what it was measured on."""
    where = entry.score_on.removesuffix(" with human masks")
    score = ""
    if entry.score is not None:
        score = f"{entry.score:.1f} % overlap with hand-drawn masks ({entry.measure}, {where})"
    parts = [part[0].upper() + part[1:] for part in (STRENGTHS.get(entry.name, ""), score) if part]
    return ". ".join(parts) + "." if parts else ""


def not_here(entry: Entry) -> str:
    """The sentence for somebody who asks for a model whose weights have to be fetched first."""
    size = f"{entry.megabytes:.0f} MB"
    return f"{entry.title} ({size}) is not on this server yet: pick it in the list of models to fetch it."


def ready_predictor(model: str | None) -> Predictor:
    """The predictor of a model that is here, of the start-up model for None.

    Raises ValueError for one that is not: only `seg.page.tabs.downloads` fetches models.
    """
    entry = ZOO.get(str(model))
    if entry and not entry.ready:
        raise ValueError(not_here(entry))
    return load_predictor(str(model) if model else None)
