"""One click: what the network found in a photo and the place of a click in, one mask without a class out.

The idea is that of Kirillov et al., "Segment Anything", ICCV 2023: look at the photo once, then answer any number of
clicks in milliseconds. Made for small networks: a bottle that fills a thousandth of a photo is to be drawn as well as a
bus that fills half of it, so the head looks at windows, not at the photo.

    look     once a photo: what is kept for its clicks
    glance   four windows around the click, each twice as wide as the one before: how far does the thing reach?
    draw     in a window that fits the thing: which cells belong to it?

How far a thing reaches is hard to tell from one click: a sleeve, a person, a group? The guess is mostly too large. So
the first window is half as wide as the guess, and a wider one follows while the mask runs over the window's edge.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seg.models.trunk import DEEP_CHANNELS, FINE_CHANNELS, MIDDLE_CHANNELS, Features, conv_bn, resized

HIDDEN = 64
CELLS, FINE = 48, 24  # channels of what is made of the deep and middle features, and of the fine ones
KEPT = CELLS + FINE  # of what is kept of a photo, at stride 4
SPACINGS = (3.0, 6.0, 12.0, 24.0)  # pixels between the cells of the four windows of a glance
GLANCE, DRAW = 21, 41  # cells along a window's side; the middle one of a glance is the click
TRIES = (-1.0, -0.5, 0.0, 0.5)  # octaves that are added to the reach, for one window after the other
OVER = 0.05  # of a window's edge in the mask, and it runs over
ROOM = 1.25  # a drawn window's side over the longer side of the thing
FINEST = 0.75  # pixels between its cells at least
BELLS = (2.0, 8.0)  # cells: how fast two bells around the click fall off
AROUND = len(BELLS) + 4


class Seen(NamedTuple):
    """What does not depend on the click. maps: BxKEPTxhxw at stride 4. colours: Bx3xHxW of the input, -1 to 1. last:
    Bx2, `last_pixel` of the input."""

    maps: Tensor
    colours: Tensor
    last: Tensor


class Windows(NamedTuple):
    """W square windows in each of B photos. middle: BxWx2 (row, column), spacing: BxW, both pixels of the input."""

    middle: Tensor
    spacing: Tensor
    cells: int

    def places(self) -> Tensor:
        """BxWxnxnx2: (row, column) of each cell in pixels."""
        steps = torch.arange(self.cells, device=self.middle.device) - (self.cells - 1) / 2
        steps = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), -1)
        return self.middle[:, :, None, None] + self.spacing[:, :, None, None, None] * steps


class Drawn(NamedTuple):
    """The answer to K clicks in each of B photos.

    windows   one for each click, of DRAW cells a side
    logits    BxKxnxn: the sigmoid is how much a cell belongs to the thing under the click
    expected  BxK, 0 to 1: the IoU to expect of the mask
    """

    windows: Windows
    logits: Tensor
    expected: Tensor


class Residual(nn.Module):
    """Depthwise 3x3 at a dilation, then 1x1, added to what came in."""

    def __init__(self, channels: int, dilation: int):
        super().__init__()
        self.filter = conv_bn(channels, channels, 3, dilation=dilation, depthwise=True)
        self.mix = conv_bn(channels, channels, act=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu6(x + self.mix(self.filter(x)))


class Reading(nn.Module):
    """What goes over a window: all inputs to HIDDEN channels, moved by what lies under the click, then one `Residual`
    for each dilation."""

    def __init__(self, inputs: int, dilations: tuple[int, ...]):
        super().__init__()
        self.start = conv_bn(inputs, HIDDEN, act=False)
        self.ask = nn.Linear(KEPT, HIDDEN)
        self.blocks = nn.Sequential(*(Residual(HIDDEN, dilation) for dilation in dilations))

    def forward(self, shown: Tensor, here: Tensor) -> Tensor:
        """shown: MxCxnxn, here: MxKEPT."""
        shown = shown.contiguous(memory_format=torch.channels_last)
        return self.blocks(F.relu6(self.start(shown) + self.ask(here)[..., None, None]))


class Head(nn.Module):
    """(Features, class scores, photo, clicks) -> Drawn. See `look` and `answer`."""

    def __init__(self, classes: int = 21):
        super().__init__()
        self.deep = conv_bn(DEEP_CHANNELS, 128)
        self.gather = nn.Sequential(conv_bn(128 + MIDDLE_CHANNELS, 128), conv_bn(128, CELLS, act=False))
        self.fine = conv_bn(FINE_CHANNELS + classes + 3, FINE)
        inputs = 2 * (KEPT + 3) + AROUND
        self.glancing = Reading(inputs, (1, 2, 4, 8, 2, 1))
        self.rough = nn.Conv2d(HIDDEN, 1, 1)
        self.reach = nn.Sequential(nn.Linear(len(SPACINGS) * HIDDEN, 2 * HIDDEN), nn.ReLU6(), nn.Linear(2 * HIDDEN, 4))
        self.drawing = Reading(inputs + len(SPACINGS), (1, 2, 4, 8, 4, 2, 1))
        self.mask = nn.Conv2d(HIDDEN, 1, 1)
        self.judge = nn.Sequential(nn.Linear(2 * HIDDEN, HIDDEN), nn.ReLU6(), nn.Linear(HIDDEN, 1))
        self.steps: dict[str, nn.Module] = {}  # what `hand_over` put in the place of `first` and `draw`

    def look(self, features: Features, scores: Tensor, image: Tensor) -> Seen:
        """scores: BxCxhxw class logits at stride 4, of the same network. image: Bx3xHxW, 0 to 255, its input."""
        deep = resized(self.deep(features.deep), features.middle.shape[2:])
        colours = image.to(features.fine.dtype) / 127.5 - 1
        around = F.avg_pool2d(colours, 5, 4, 2, count_include_pad=False)
        fine = self.fine(torch.cat([features.fine, scores.to(features.fine.dtype).softmax(1), around], 1))
        cells = self.gather(torch.cat([deep, features.middle], 1))
        return Seen(torch.cat([resized(cells, fine.shape[2:]), fine], 1), colours, last_pixel(colours))

    def glance(self, seen: Seen, clicks: Tensor) -> tuple[Tensor, Tensor]:
        """BxKx2 clicks -> (the logits of `windows_around` them: BxKx4xnxn, how far the thing reaches from the click:
        BxKx4, log2 of pixels and 1 to its top, left, bottom and right)."""
        count, windows = clicks.shape[1], windows_around(clicks)
        found = self.glancing(*through(seen, windows, windows.places(), clicks))
        logits = one_map(found, self.rough).unflatten(0, (-1, count, len(SPACINGS)))
        middles = found.permute(0, 2, 3, 1)[:, GLANCE // 2, GLANCE // 2].unflatten(0, (-1, count, len(SPACINGS)))
        return logits, self.reach(middles.flatten(2))

    def draw(self, seen: Seen, clicks: Tensor, rough: Tensor, windows: Windows) -> tuple[Tensor, Tensor]:
        """BxKx2 clicks, the logits of their glance, a window for each -> (its logits BxKxnxn, BxK: the sigmoid is the
        IoU to expect)."""
        places = windows.places()
        shown, here = through(seen, windows, places, clicks)
        found = self.drawing(torch.cat([shown, rough_at(rough, clicks, places).tanh()], 1), here)
        logits = one_map(found, self.mask)[:, None]
        chances = logits.sigmoid()
        inside = (found * chances).mean((2, 3)) / chances.mean((2, 3)).clamp(min=1e-3)
        expected = self.judge(torch.cat([inside, found.mean((2, 3))], 1))[:, 0]
        return logits[:, 0].unflatten(0, clicks.shape[:2]), expected.unflatten(0, clicks.shape[:2])

    def first(self, seen: Seen, clicks: Tensor) -> tuple[Tensor, ...]:
        """The glance, and what is drawn in the smallest window that is tried: (the glance's logits, how far the thing
        reaches, the window's middle and spacing, its logits, the IoU to expect)."""
        rough, reach = self.glance(seen, clicks)
        windows = fitting(clicks, reach + TRIES[0])
        return rough, reach, windows.middle, windows.spacing, *self.draw(seen, clicks, rough, windows)

    def answer(self, seen: Seen, clicks: Tensor) -> Drawn:
        """clicks: BxKx2, (row, column) in pixels of the input."""
        quick = self.steps if clicks.shape[:2] == (1, 1) else {}
        rough, reach, *window, logits, expected = quick.get("first", self.first)(seen, clicks)
        found = Drawn(Windows(*window, DRAW), logits, expected)
        over = torch.ones(clicks.shape[:2], dtype=torch.bool, device=clicks.device)
        for octaves in TRIES[1:]:
            over = over & (edge_share(found, seen.last) > OVER)
            if not over.any():
                break
            windows = fitting(clicks, reach + octaves)
            if quick:
                drawn = Drawn(windows, *quick["draw"](seen, clicks, rough, windows.middle, windows.spacing))
            else:
                drawn = Drawn(windows, *self.draw(seen, clicks, rough, windows))
            found = either(over, drawn, found)
        return found._replace(expected=found.expected.sigmoid())

    def forward(self, features: Features, scores: Tensor, image: Tensor, clicks: Tensor) -> Drawn:
        return self.answer(self.look(features, scores, image), clicks)

    def hand_over(self, run: Callable[..., nn.Module]) -> None:
        """`run(step, *example inputs)` then answers one click in one photo, in the place of `first` and `draw`."""
        if self.steps:
            return
        seen = Seen(torch.zeros(1, KEPT, 17, 25), torch.zeros(1, 3, 65, 97), torch.tensor([[64.0, 96.0]]))
        clicks, spacing = torch.full((1, 1, 2), 30.0), torch.ones(1, 1)
        rough = torch.zeros(1, 1, len(SPACINGS), GLANCE, GLANCE)
        first, draw = run(First(self), seen, clicks), run(Draw(self), seen, clicks, rough, clicks, spacing)
        self.steps = {"first": first, "draw": draw}  # both at once: somebody may be clicking now


class First(nn.Module):
    """`Head.first` as a network of its own."""

    def __init__(self, head: Head):
        super().__init__()
        self.head = head

    def forward(self, seen: Seen, clicks: Tensor) -> tuple[Tensor, ...]:
        return self.head.first(seen, clicks)


class Draw(First):
    """`Head.draw`, likewise, of tensors alone."""

    def forward(self, seen: Seen, clicks: Tensor, rough: Tensor, middle: Tensor, spacing: Tensor):
        return self.head.draw(seen, clicks, rough, Windows(middle, spacing, DRAW))


def last_pixel(picture: Tensor) -> Tensor:
    """BxCxHxW -> Bx2 float: (H - 1, W - 1)."""
    return torch.tensor([[side - 1.0 for side in picture.shape[2:]]], device=picture.device).expand(len(picture), 2)


def windows_around(clicks: Tensor) -> Windows:
    """The windows of a glance: four around each of BxKx2 clicks, 4K for a photo."""
    spacing = clicks.new_tensor(SPACINGS).repeat(len(clicks), clicks.shape[1])
    return Windows(clicks.repeat_interleave(len(SPACINGS), 1), spacing, GLANCE)


def through(seen: Seen, windows: Windows, places: Tensor, clicks: Tensor) -> tuple[Tensor, Tensor]:
    """(what each of B*W windows shows, and how it differs from what lies under its click: (B*W)xCxnxn; what lies there:
    (B*W)xKEPT). places: the windows'. clicks: BxKx2, W a multiple of K."""
    clicks = clicks.repeat_interleave(places.shape[1] // clicks.shape[1], 1)
    shown, here = [], []
    for maps in (seen.maps, seen.colours):
        shown.append(sampled(maps, places, seen.last))
        here.append(sampled(maps, clicks[:, :, None, None], seen.last))
    differences = [(there - middle).abs() for there, middle in zip(shown, here, strict=True)]
    around = surroundings(places, windows, clicks, seen.last).to(seen.maps.dtype)
    return torch.cat([*shown, *differences, around], 1), here[0][:, :, 0, 0]


def one_map(found: Tensor, layer: nn.Conv2d) -> Tensor:
    """MxCxnxn -> Mxnxn: a 1x1 convolution to one channel, as a sum, which is quicker."""
    return torch.einsum("mcij,c->mij", found, layer.weight[0, :, 0, 0]) + layer.bias


def either(first: Tensor, one: Drawn, other: Drawn) -> Drawn:
    """`one` where `first` is true, BxK, else `other`."""
    middle = torch.where(first[..., None], one.windows.middle, other.windows.middle)
    windows = Windows(middle, torch.where(first, one.windows.spacing, other.windows.spacing), DRAW)
    logits = torch.where(first[..., None, None], one.logits, other.logits)
    return Drawn(windows, logits, torch.where(first, one.expected, other.expected))


def edge_share(drawn: Drawn, last: Tensor) -> Tensor:
    """BxK: the share of each window's outermost cells that are in the mask and in the photo. last: `last_pixel`."""
    places = drawn.windows.places()
    inside = ((places >= 0) & (places <= last[:, None, None, None])).all(-1) & (drawn.logits > 0)
    inside[..., 1:-1, 1:-1] = False
    return inside.sum((2, 3)) / (4 * DRAW - 4)


def rough_at(rough: Tensor, clicks: Tensor, places: Tensor) -> Tensor:
    """BxKx4xnxn logits of the windows around BxKx2 clicks -> (B*K)x4xmxm: those at other places, BxKxmxmx2 in pixels, 0
    outside."""
    sides = places.new_tensor(SPACINGS)[:, None, None, None] * (GLANCE // 2)
    away = (places - clicks[:, :, None, None]).flatten(0, 1)[:, None] / sides  # -1 to 1 in each of the windows
    maps, grid = rough.flatten(0, 2)[:, None], away.flip(-1).flatten(0, 1)
    found = F.grid_sample(maps.float(), grid.float(), align_corners=True, padding_mode="zeros")
    return found[:, 0].unflatten(0, (-1, len(SPACINGS))).to(rough.dtype)


def fitting(clicks: Tensor, reach: Tensor) -> Windows:
    """The window with room for a thing that reaches so far from each click. reach: BxKx4, as `Head.glance` has it."""
    top, left, bottom, right = (2 ** reach.float().clamp(0, 10) - 1).unbind(-1)
    middle = clicks + torch.stack([bottom - top, right - left], -1) / 2
    longer = torch.maximum(bottom + top, right + left) + 1
    return Windows(middle, (ROOM * longer / (DRAW - 1)).clamp(min=FINEST), DRAW)


def sampled(maps: Tensor, places: Tensor, last: Tensor) -> Tensor:
    """BxCxhxw, BxWxnxmx2 places in pixels -> (B*W)xCxnxm, bilinear, 0 outside. First and last cells lie on the first
    and last pixels; last: Bx2, see `last_pixel`."""
    count, rows = places.shape[1:3]
    sides = last.clamp(min=1)[:, None, None, None]
    grid = (2 * places / sides - 1).flip(-1).flatten(1, 2)  # grid_sample wants (x, y), -1 to 1
    # In float32: a place in half precision would be off by pixels.
    found = F.grid_sample(maps.float(), grid.float(), align_corners=True, padding_mode="zeros").to(maps.dtype)
    return found.unflatten(2, (count, rows)).transpose(1, 2).flatten(0, 1)


def surroundings(places: Tensor, windows: Windows, clicks: Tensor, last: Tensor) -> Tensor:
    """(B*W)xAROUNDxnxn: where each cell lies as seen from the click, in cells: two bells, how far below, how far right;
    whether it lies on the photo; the window's spacing. last: `last_pixel` of the photo."""
    spacing = windows.spacing[:, :, None, None]
    away = (places - clicks[:, :, None, None]) / spacing[..., None]
    squares = away.square().sum(-1)
    bells = [(-squares / spread**2).exp() for spread in BELLS]
    signed = [(each / windows.cells).clamp(-2, 2) for each in away.unbind(-1)]
    on_photo = ((places >= 0) & (places <= last[:, None, None, None])).all(-1).to(places.dtype)
    zoom = (spacing.log2() / math.log2(SPACINGS[-1])).expand_as(squares)
    return torch.stack([*bells, *signed, on_photo, zoom], 2).flatten(0, 1)
