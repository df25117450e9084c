"""Semantic segmentation that teaches: predict, grade, grow.

    from seg import load_photo, load_predictor, grade, grow

The names below are the public ones. Each is imported when it is first used, so that `import seg` loads neither torch
nor gradio.
"""

from importlib import import_module

_HOMES = {
    "load_photo": "seg.photo.decode",
    "load_predictor": "seg.models.predictor",
    "grade": "seg.scoring.metrics",
    "grow": "seg.growing.regions",
    "decode_png": "seg.label_png",
    "encode_png": "seg.label_png",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'seg' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
