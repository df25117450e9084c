"""Maps of one byte per pixel as short texts, for the browser and back: deflate and base64."""

import base64
import zlib

import numpy as np

from seg.classes import COUNT, IGNORE

MAX_PIXELS = 16_000_000  # of a mask: 4000 x 4000. A label map of this page has at most 1024 x 1024


def pack(array: np.ndarray) -> str:
    """Base64 of the zlib stream of the bytes of an HxW uint8 array, row by row from the top left.

    The browser undoes it with `new DecompressionStream("deflate")`. A label map of 1024x768 takes a few kilobytes.
    """
    return _deflated(check_plane(array))


def unpack(text: str, height: int, width: int) -> np.ndarray:
    """The HxW uint8 array in a `pack` payload. The sender is not trusted: never more than height x width bytes are
    inflated. Raises ValueError when height or width is not a positive integer, their product is over MAX_PIXELS,
    or the text is not base64 of one zlib stream of exactly height x width bytes.

    >>> unpack(pack(np.array([[1, 2, 3]], np.uint8)), 1, 3).tolist()
    [[1, 2, 3]]
    """
    if not all(isinstance(side, int | np.integer) and side > 0 for side in (height, width)):
        raise ValueError(f"A mask needs a height and a width of at least 1 pixel; got {height!r} and {width!r}.")
    size = int(height) * int(width)
    if size > MAX_PIXELS:
        raise ValueError(
            f"This mask is {width:,} x {height:,} pixels; the limit is {MAX_PIXELS // 10**6} million pixels."
        )
    # Deflate never makes its input more than 0.1 % and a few bytes larger; base64 makes 3 bytes 4 characters.
    if not isinstance(text, str) or len(text) > (size + size // 500 + 64) * 4 // 3 + 4:
        raise ValueError(f"This mask is not a text of the length that {width} x {height} pixels can take.")
    stream = zlib.decompressobj()
    try:
        raw = stream.decompress(base64.b64decode(text, validate=True), size + 1)
    except (ValueError, zlib.error) as error:
        raise ValueError("This mask is damaged: it is not base64 of a zlib stream.") from error
    if len(raw) != size or not stream.eof or stream.unused_data:
        raise ValueError(f"This mask does not hold exactly {width} x {height} pixels.")
    return np.frombuffer(bytearray(raw), np.uint8).reshape(height, width)


def pack_smooth(array: np.ndarray) -> str:
    """`pack` for a map whose neighbours are alike, such as confidence: takes about half the bytes of `pack` there.

    What is packed is the difference of differences d, HxW uint8, with x = 0 outside the array and all sums mod 256:

        d[r][c] = x[r][c] - x[r][c-1] - x[r-1][c] + x[r-1][c-1]

    To undo it in place: for each row add to every byte the one on its left, from left to right; then to every row add
    the (finished) row above it, from top to bottom. In JavaScript, with d a Uint8Array (which wraps at 256 by itself):

        for (let i = 0; i < d.length; i++) if (i % width) d[i] += d[i - 1];
        for (let i = width; i < d.length; i++) d[i] += d[i - width];
    """
    across = check_plane(array).copy()
    across[:, 1:] -= array[:, :-1]
    both = across.copy()
    both[1:] -= across[:-1]
    return _deflated(both)  # noise of a few values, and runs of zeros


def _deflated(array: np.ndarray) -> str:
    """Runs alone are coded: label maps come out smaller so, smooth maps too, both in a fifth of the time."""
    stream = zlib.compressobj(strategy=zlib.Z_RLE)
    return base64.b64encode(stream.compress(array.tobytes()) + stream.flush()).decode("ascii")


def pack_scores(scores: np.ndarray) -> str:
    """Cxhxw float16 -> `pack_smooth` of 2Chxw: the low bytes of all classes, below them the high bytes.

    The high bytes (sign, exponent, two bits) are smooth and pack well; apart from the low ones they stay so. About
    235 KB for 21x69x105 scores, in 3 ms.
    """
    halves = np.ascontiguousarray(scores, "<f2").view(np.uint8).reshape(-1, scores.shape[2], 2)
    return pack_smooth(np.concatenate([halves[..., 0], halves[..., 1]]))


def check_plane(array: np.ndarray) -> np.ndarray:
    """The array itself, when it is HxW uint8 with at least one pixel."""
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.dtype != np.uint8 or not array.size:
        got = f"{array.shape} {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
        raise ValueError(f"A mask is an array HxW of uint8 with at least one pixel; got {got}.")
    return array


def check_label_map(labels: np.ndarray) -> np.ndarray:
    """The array itself, when it is HxW uint8 and every value is a class id or 255."""
    labels = check_plane(labels)
    wrong = (labels >= COUNT) & (labels != IGNORE)
    if wrong.any():
        raise ValueError(
            f"This mask holds the value {labels[wrong][0]}; values are class ids 0 to 20, or 255 for unsure."
        )
    return labels
