"""How far apart the colours of the classes are, for normal and for colour-blind eyes; and the search for better ones.

    python -m tests.benchmarks.palette               the closest pair of each palette, eye by eye
    python -m tests.benchmarks.palette --search 7    another seven minutes of search; prints what it finds

Distance: CIEDE2000 (Sharma, Wu & Dalal 2005); 1 is about the least that is seen side by side. Two models of what a
colour-blind person sees, both on linear sRGB and at full severity, each for protanopia, deuteranopia and tritanopia:

    Machado, Oliveira & Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG
    15(6), 2009: one matrix each, as published for severity 1.0.
    Brettel, Viénot & Mollon, "Computerized simulation of color appearance for dichromats", JOSA A 14(10), 1997: two
    half planes, parted by a third; for sRGB, as libDaltonLens (public domain) works them out.
"""

import argparse
import time

import numpy as np
from numba import njit
from skimage.color import deltaE_ciede2000, rgb2lab

from seg.classes import NAMES, PALETTES

MACHADO = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
BRETTEL = {  # on one side of the plane, on the other, normal of the plane
    "protanopia": (
        [[0.14510, 1.20165, -0.34675], [0.10447, 0.85316, 0.04237], [0.00429, -0.00603, 1.00174]],
        [[0.14115, 1.16782, -0.30897], [0.10495, 0.85730, 0.03776], [0.00431, -0.00586, 1.00155]],
        [0.00048, 0.00416, -0.00464],
    ),
    "deuteranopia": (
        [[0.36198, 0.86755, -0.22953], [0.26099, 0.64512, 0.09389], [-0.01975, 0.02686, 0.99289]],
        [[0.37009, 0.88540, -0.25549], [0.25767, 0.63782, 0.10451], [-0.01950, 0.02741, 0.99209]],
        [-0.00293, -0.00645, 0.00938],
    ),
    "tritanopia": (
        [[1.01354, 0.14268, -0.15622], [-0.01181, 0.87561, 0.13619], [0.07707, 0.81208, 0.11085]],
        [[0.93337, 0.19999, -0.13336], [0.05809, 0.82565, 0.11626], [-0.37923, 1.13825, 0.24098]],
        [0.03960, -0.02831, -0.01129],
    ),
}


def eyes(colors: np.ndarray) -> dict[str, np.ndarray]:
    """What each eye sees of Nx3 sRGB colours, 0 to 255: {name of the eye: Nx3 CIELAB, D65}."""
    srgb = np.asarray(colors, float) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = {"normal": linear}
    for kind, matrix in MACHADO.items():
        seen[f"{kind}, Machado"] = linear @ np.transpose(matrix)
    for kind, (one, other, normal) in BRETTEL.items():
        side = (linear @ np.array(normal) >= 0)[:, None]
        seen[f"{kind}, Brettel"] = np.where(side, linear @ np.transpose(one), linear @ np.transpose(other))
    return {name: lab(linear) for name, linear in seen.items()}


def lab(linear: np.ndarray) -> np.ndarray:
    """Nx3 linear sRGB, cut to what a screen shows, to CIELAB."""
    linear = np.clip(linear, 0, 1)
    return rgb2lab(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)[None])[0]


def closest(colors: np.ndarray) -> dict[str, tuple[float, int, int]]:
    """Per eye the smallest distance of two of the colours, and which two: {eye: (distance, i, j)}."""
    result = {}
    for name, seen in eyes(colors).items():
        first, second = np.triu_indices(len(seen), 1)
        distances = deltaE_ciede2000(seen[first], seen[second])
        at = distances.argmin()
        result[name] = float(distances[at]), int(first[at]), int(second[at])
    return result


# The search: simulated annealing of 20 colours beside black. What counts is a sum of distances to a power that grows
# from 4 to 32, so that at last only the closest pairs do. One colour moves at a time, half of the time one of the
# closest pair. Greys and what is near black or white stay out: unsure pixels, shadows and paper look like them.

STEPS = 400_000
LEAST_CHROMA, DARKEST, LIGHTEST = 12, 22, 96
PLANES = np.array([m for one, other, _ in BRETTEL.values() for m in (one, other)])
NORMALS = np.array([normal for *_, normal in BRETTEL.values()])


def search(minutes: float, seed: int) -> None:
    """Restart the annealing until the time is up; print every palette better than those before."""
    end, best = time.monotonic() + 60 * minutes, 0.0
    while time.monotonic() < end:
        seed += 1
        apart, colors = anneal(seed, STEPS, np.array(list(MACHADO.values())), PLANES, NORMALS)
        if apart > best:
            best = apart
            print(f"seed {seed}: at least {best:.2f} apart\n{colors.astype(int).tolist()}", flush=True)


@njit
def anneal(seed, steps, machado, planes, normals):
    """One run. Returns (distance of its closest pair, 21x3 colours, black first)."""
    np.random.seed(seed)  # numba knows no other generator
    n = len(NAMES)
    colors, seen, trial = np.zeros((n, 3)), np.zeros((n, 7, 3)), np.zeros((7, 3))
    see(colors[0], machado, planes, normals, seen[0])
    for i in range(1, n):
        while not usable(seen[i, 0]):
            colors[i] = np.random.randint(0, 256, 3)
            see(colors[i], machado, planes, normals, seen[i])
    apart = np.full((n, n), 1e3)
    for i in range(n):
        for j in range(i):
            apart[i, j] = apart[j, i] = nearest(seen[i], seen[j])
    best, best_colors, moved = 0.0, colors.copy(), np.full(n, 1e3)
    for step in range(steps):
        done = step / steps
        power, reach, heat = 4 + 28 * done, 60 * (1 - done) ** 1.5 + 1.5, 0.12 * (1 - done) ** 2
        i = np.random.randint(1, n)
        if np.random.random() < 0.5:
            i = 1 + apart[1:].argmin() // n
        color = np.random.randint(0, 256, 3).astype(np.float64)
        if np.random.random() > 0.03:
            color = np.minimum(255.0, np.maximum(0.0, np.rint(colors[i] + reach * np.random.randn(3))))
        see(color, machado, planes, normals, trial)
        if not usable(trial[0]):
            continue
        before = after = 0.0
        for j in range(n):
            if j != i:
                moved[j] = nearest(trial, seen[j])
                before += (13 / max(apart[i, j], 0.01)) ** power
                after += (13 / max(moved[j], 0.01)) ** power
        if after > before and np.random.random() >= (after / before) ** (-1 / max(heat, 1e-9)):
            continue
        colors[i], seen[i], moved[i] = color, trial, 1e3
        apart[i] = apart[:, i] = moved
        if apart.min() > best:
            best, best_colors = apart.min(), colors.copy()
    return best, best_colors


@njit
def usable(seen):
    """Whether a colour, in CIELAB, may be a class's."""
    return DARKEST <= seen[0] <= LIGHTEST and np.hypot(seen[1], seen[2]) >= LEAST_CHROMA


@njit
def nearest(first, second):
    """The smallest distance of two colours over all eyes."""
    least = 1e3
    for eye in range(7):
        least = min(least, ciede2000(first[eye], second[eye]))
    return least


@njit
def see(color, machado, planes, normals, out):
    """`eyes` of one colour, in its order, into 7x3 `out`."""
    linear = np.empty(3)
    for k in range(3):
        value = color[k] / 255
        linear[k] = value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
    fill_lab(linear, out[0])
    for k in range(3):
        fill_lab(machado[k] @ linear, out[1 + k])
        fill_lab(planes[2 * k if normals[k] @ linear >= 0 else 2 * k + 1] @ linear, out[4 + k])


@njit
def fill_lab(linear, out):
    """`lab` of one colour."""
    r, g, b = min(1.0, max(0.0, linear[0])), min(1.0, max(0.0, linear[1])), min(1.0, max(0.0, linear[2]))
    f = np.empty(3)
    f[0] = (0.412453 * r + 0.357580 * g + 0.180423 * b) / 0.95047
    f[1] = 0.212671 * r + 0.715160 * g + 0.072169 * b
    f[2] = (0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.08883
    for k in range(3):
        f[k] = f[k] ** (1 / 3) if f[k] > 0.008856 else 7.787 * f[k] + 16 / 116
    out[0], out[1], out[2] = 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


@njit
def ciede2000(first, second):
    """The distance of two CIELAB colours, step by step as Sharma, Wu & Dalal number them."""
    half = (np.hypot(first[1], first[2]) + np.hypot(second[1], second[2])) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(half**7 / (half**7 + 25.0**7)))
    c1, c2 = np.hypot(stretch * first[1], first[2]), np.hypot(stretch * second[1], second[2])
    h1 = np.arctan2(first[2], stretch * first[1]) % (2 * np.pi)
    h2 = np.arctan2(second[2], stretch * second[1]) % (2 * np.pi)
    turn, hue = h2 - h1, h1 + h2
    if c1 * c2 == 0:
        turn = 0.0
    elif abs(turn) > np.pi:
        turn += -2 * np.pi if turn > 0 else 2 * np.pi
        hue = (hue + 2 * np.pi if hue < 2 * np.pi else hue - 2 * np.pi) / 2
    else:
        hue /= 2
    light, chroma = (first[0] + second[0]) / 2, (c1 + c2) / 2
    t = 1 - 0.17 * np.cos(hue - np.pi / 6) + 0.24 * np.cos(2 * hue)
    t += 0.32 * np.cos(3 * hue + np.pi / 30) - 0.2 * np.cos(4 * hue - 7 * np.pi / 20)
    blue = np.pi / 6 * np.exp(-(((np.degrees(hue) - 275) / 25) ** 2))
    rotation = -np.sin(2 * blue) * 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    x = (second[0] - first[0]) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    y = (c2 - c1) / (1 + 0.045 * chroma)
    z = 2 * np.sqrt(c1 * c2) * np.sin(turn / 2) / (1 + 0.015 * chroma * t)
    return np.sqrt(max(0.0, x * x + y * y + z * z + rotation * y * z))


def main() -> None:
    """Print the table, or search."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--search", type=float, metavar="MINUTES")
    parser.add_argument("--seed", type=int, default=1000)
    arguments = parser.parse_args()
    if arguments.search:
        return search(arguments.search, arguments.seed)
    for name, palette in PALETTES.items():
        table = closest(palette[: len(NAMES)])
        print(f"{name}: the closest two are {min(table.values())[0]:.1f} apart")
        for eye, (distance, i, j) in table.items():
            print(f"  {eye:22} {distance:5.1f}  {NAMES[i]}, {NAMES[j]}")


if __name__ == "__main__":
    main()
