"""Any photo a phone or camera makes -> an HxWx3 uint8 working photo. The only place that decodes uploads.

    from seg import load_photo
    photo = load_photo("holiday.jpg")     # also bytes, a PIL image, or an array

A file is believed only so far as it has proved itself: its weight in bytes; its format, by its first bytes and never
by its name; its size in pixels, from its header (`seg.photo.limits`); then only the one picture inside reaches a
decoder (`seg.photo.containers`, `seg.photo.pixels`). A 20 KB file that claims 13,000 x 13,000 pixels costs 20 KB.

Decoding happens in this process; a second one with the safe decoders would take 300 MB more. In its place stands
evidence: `python -m tests.mutants` damages files of every kind, tens of thousands of them.
"""

import contextlib
import hashlib
import struct
import threading
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps

from seg.photo.color import apply_gamma, to_srgb
from seg.photo.containers import Picture
from seg.photo.limits import FORMATS, MAX_BYTES, DamagedError, check_bytes, check_size, read_size, sniff
from seg.photo.pixels import ROWS, decode, to_8_bits

LONG_SIDE = 1024  # px, of the working photo
LARGE = 8_000_000  # pixels; only one photo of more is decoded at a time, for it takes up to 15 bytes a pixel meanwhile
ACCEPTED = "please use a JPEG, PNG, WebP or GIF"

_large = threading.Lock()


def load_photo(source) -> np.ndarray:
    """The working photo of an upload: HxWx3 uint8 sRGB, contiguous, its long side at most 1024 px, never enlarged.

    source: path of a file (str or Path); the bytes of a file; a PIL image; or an array HxW, HxWx3 or HxWx4 (last
    channel alpha), uint8 or uint16. Files: JPEG, PNG, WebP, GIF, shown as a browser shows them: the EXIF orientation is
    applied, colour profiles are converted to sRGB, alpha lies on white, 16 bits are scaled to 8, an animation gives its
    first frame, data behind the picture does not count. A PIL image of 32-bit numbers (modes I and F) is scaled by
    their range. The result never shares memory with source and carries no metadata. A PIL image is the caller's own:
    where it is a file not read yet, Pillow decodes it, so an upload must come as a path or as bytes.

    Raises ValueError, in one sentence for the visitor, when source is not such a photo, is damaged or lacks pixels, or
    exceeds a limit of `seg.photo.limits`.

    >>> load_photo(np.full((300, 2048), 65535, np.uint16)).shape
    (150, 1024, 3)
    """
    if isinstance(source, np.ndarray):
        return _scaled(_from_array(source))
    if isinstance(source, Image.Image):
        return _scaled(_from_pillow(source))
    if isinstance(source, str | Path):
        source = _read(Path(source))
    if isinstance(source, bytes | bytearray | memoryview):
        return _from_file(bytes(source))
    raise ValueError(f"This is not a photo we can read: {ACCEPTED}.")


def content_key(photo: np.ndarray) -> str:
    """32 hexadecimal digits that name a photo's pixels and shape, for caches. photo: any uint8 array.

    >>> content_key(np.zeros((2, 3, 3), np.uint8)) == content_key(np.zeros((3, 2, 3), np.uint8))
    False
    """
    digest = hashlib.sha256(repr((photo.shape, photo.dtype.str)).encode())  # processors have instructions for it
    digest.update(np.ascontiguousarray(photo))
    return digest.hexdigest()[:32]


# Files


def _read(path: Path) -> bytes:
    """The bytes of a regular file that is not too heavy."""
    try:
        if not path.is_file():  # nor a pipe or a device, which would never end
            raise OSError
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise ValueError("This photo could not be opened: please choose it again.") from error
    check_bytes(size)
    return data


def _from_file(data: bytes) -> np.ndarray:
    """The working photo of a file's bytes."""
    if not data:
        raise ValueError(f"This file is empty: {ACCEPTED}.")
    check_bytes(len(data))
    kind = sniff(data)
    if kind in ("HEIC", "AVIF"):
        raise ValueError(
            f"This is a photo in the {kind} format, which this page cannot read: please save or share it as a JPEG "
            "(on an iPhone: Settings, Camera, Formats, Most Compatible)."
        )
    if kind not in FORMATS:
        raise ValueError(f"This file is not a photo we can read: {ACCEPTED}.")
    try:
        height, width = read_size(data, kind)
        check_size(height, width)
        with _large if height * width > LARGE else contextlib.nullcontext():
            picture, pixels = decode(data, kind)
            photo = _scaled(_on_canvas(_on_white(pixels), picture, height, width))
            photo = to_srgb(photo, picture.profile) if picture.profile else apply_gamma(photo, picture.gamma)
            return _turned(photo, picture.orientation)
    except (DamagedError, struct.error, IndexError) as error:
        raise ValueError(f"This {kind} file is damaged or incomplete: please try another copy of the photo.") from error
    except MemoryError as error:
        raise ValueError("This photo needs more memory than the server has left: please use a smaller copy.") from error


def _on_canvas(pixels: np.ndarray, picture: Picture, height: int, width: int) -> np.ndarray:
    """The picture where it lies on its canvas of height x width, white around it. Most fill theirs."""
    if pixels.shape[:2] == (height, width):
        return pixels
    canvas = np.full((height, width, 3), 255, np.uint8)
    room = canvas[picture.top : picture.top + picture.height, picture.left : picture.left + picture.width]
    room[...] = pixels[: room.shape[0], : room.shape[1]]
    return canvas


def _from_array(array: np.ndarray) -> np.ndarray:
    """HxWx3 uint8 of an array HxW, HxWx3 or HxWx4, uint8 or uint16; never the array itself."""
    if array.dtype not in (np.uint8, np.uint16) or not (
        array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    ):
        raise ValueError(
            f"A photo given as an array must be HxW, HxWx3 or HxWx4 of uint8 or uint16; this one is "
            f"{'x'.join(map(str, array.shape))} of {array.dtype}."
        )
    check_size(*array.shape[:2])
    array = to_8_bits(array)
    if array.ndim == 2:
        return np.repeat(array[..., None], 3, 2)
    return _on_white(array).copy() if array.shape[2] == 3 else _on_white(array)


def _from_pillow(image: Image.Image) -> np.ndarray:
    """HxWx3 uint8 of a PIL image of any mode, its orientation and colour profile applied."""
    check_size(image.height, image.width)
    try:
        profile = image.info.get("icc_profile") or b""
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I;16"):
            return _from_array(np.asarray(image).astype(np.uint16))
        if image.mode in ("I", "F"):
            return _from_array(_to_16_bits(np.asarray(image, np.float64), image.mode))
        pixels = _from_array(np.array(image.convert("RGBA" if image.has_transparency_data else "RGB")))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"This image is damaged or incomplete: {ACCEPTED}.") from error
    return to_srgb(pixels, profile) if profile else pixels


def _to_16_bits(values: np.ndarray, mode: str) -> np.ndarray:
    """HxW numbers of no stated range (Pillow's modes I and F) -> uint16: black is 0, white the end of the smallest
    usual range that holds them all. Where none does, the smallest is black and the largest white."""
    low, high = values.min(), values.max()
    if not np.isfinite((low, high)).all():
        raise ValueError("This image holds values that are no numbers: please save it with 8 bits a channel.")
    usual = [top for top in ((1,) if mode == "F" else ()) + (255, 1023, 4095, 16383, 65535) if high <= top]
    if low >= 0 and usual:
        low, high = 0, usual[0]
    return np.rint((values - low) / (high - low or 1) * 65535).astype(np.uint16)


def _on_white(pixels: np.ndarray) -> np.ndarray:
    """HxWx4 RGBA uint8 -> HxWx3, laid on white; HxWx3 is handed back as it is."""
    if pixels.shape[2] == 3:
        return pixels
    result = np.empty((*pixels.shape[:2], 3), np.uint8)
    for at in range(0, len(pixels), ROWS):
        band = pixels[at : at + ROWS].astype(np.uint16)
        alpha = band[..., 3:]
        mixed = band[..., :3] * alpha + 255 * (255 - alpha) + 128  # at most 65153
        result[at : at + ROWS] = (mixed + (mixed >> 8)) >> 8  # mixed / 255, rounded, without a division
    return result


def _scaled(pixels: np.ndarray) -> np.ndarray:
    """HxWx3 uint8 -> the same, contiguous, at most LONG_SIDE long.

    Bicubic with the kernel widened to the scale (antialiased): on a 12-megapixel photo 0.3 gray levels from Lanczos on
    average and a tenth of its time.
    """
    height, width = pixels.shape[:2]
    scale = LONG_SIDE / max(height, width)
    if scale < 1:
        size = (max(1, round(height * scale)), max(1, round(width * scale)))
        batch = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None]
        pixels = F.interpolate(batch, size=size, mode="bicubic", antialias=True)[0].permute(1, 2, 0).numpy()
    return np.ascontiguousarray(pixels)


def _turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """The picture upright, given its EXIF orientation: 1 upright, 3 upside down, 6 and 8 on its side; even 2, 4 and
    odd 5, 7 are the mirrored ones (Exif 2.3, tag 274)."""
    if orientation >= 5:  # the stored rows are the upright picture's columns
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
