"""Twenty visitors at once on one server: is every answer right, and how long does a segment call take?

    python -m tests.benchmarks.load [visitors] [rounds]

Each visitor is a thread with photos of its own, cut and mirrored from the examples by seeded dice, so that no answer
comes from memory. Per round it calls /segment and /grow with gradio_client, and does what a browser does on the page:
uploads, picks, has two paintings graded, fetches the exact colours of the region tab. Every answer is compared with
what `seg` says in this process, where nobody else asks. "Single" is the same /segment call with nobody else there,
before and after. Visitors and server share the machine, so the visitors' own work slows the server too.
"""

import io
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from pathlib import Path

import numpy as np
from gradio_client import Client, handle_file
from PIL import Image, ImageOps

from seg.growing.regions import grow
from seg.label_png import decode_png
from seg.labels.codec import unpack
from seg.labels.components import describe
from seg.models.predictor import load_predictor
from seg.page.tabs.paint import scores
from seg.photo.decode import load_photo
from seg.scoring.metrics import grade
from tests.benchmarks.report import Row, machine, report
from tests.oracles.codec import unpack_smooth
from tests.serving import ROOT, serving
from tests.visitor import Visitor

VISITORS, ROUNDS, GOAL, MEGABYTES = 20, 4, 10.0, 1400
# A program waits as long as it takes, and that is measured; unless told not to, it reads all certificates anew for
# every request, which costs 40 ms of a core.
CLIENT = {"verbose": False, "httpx_kwargs": {"timeout": 300}, "ssl_verify": False}
SAME = 0.9999  # of the pixels: two processes may run the network with other threads, and a tie may fall the other way
SINGLE = 12  # calls with nobody else there, before the crowd; and as many after it
TAU = 40


def photo(number: int) -> bytes:
    """The JPEG file of the number-th photo: a part of an example, mirrored or not, 512 to 1024 px on its long side."""
    dice = np.random.default_rng(number)
    paths = sorted((ROOT / "examples").glob("*.jpg"))
    with Image.open(paths[number % len(paths)]) as image:
        width, height = image.size
        share = dice.uniform(0.6, 0.95)
        left, top = dice.uniform(0, 1 - share, 2) * (width, height)
        box = tuple(map(round, (left, top, left + share * width, top + share * height)))
        part = image.convert("RGB").crop(box)
    part.thumbnail((dice.integers(512, 1025),) * 2)
    file = io.BytesIO()
    (ImageOps.mirror(part) if dice.random() < 0.5 else part).save(file, "JPEG", quality=92)
    return file.getvalue()


def paintings(labels: np.ndarray, number: int) -> list[np.ndarray]:
    """Two made-up paintings of HxW: one box, then another over it."""
    dice = np.random.default_rng(1000 + number)
    steps = [np.zeros_like(labels)]
    for _ in range(2):
        (top, bottom), (left, right) = (np.sort(dice.integers(0, side, 2)) for side in labels.shape)
        steps.append(steps[-1].copy())
        steps[-1][top : bottom + 1, left : right + 1] = dice.integers(0, 21)
    return steps[1:]


@dataclass
class Outcome:
    """What happened to the visitors: seconds per kind of question, what failed, what was answered wrongly."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    checks: list[tuple[Callable[[], bool], str]] = field(default_factory=list)

    def timed(self, kind: str, call, *arguments, **named):
        began = time.perf_counter()
        answer = call(*arguments, **named)
        self.seconds.setdefault(kind, []).append(time.perf_counter() - began)
        return answer

    def check(self, right: Callable[[], bool], what: str) -> None:
        """`right` is asked when everybody has left: working out what is right must not slow the server."""
        self.checks.append((right, what))

    @cached_property
    def wrong(self) -> list[str]:
        """What was answered wrongly. The first time, it asks every check: look when everybody has left."""
        return [what for right, what in self.checks if not right()]


def agree(found: np.ndarray, expected: np.ndarray) -> bool:
    return found.shape == expected.shape and (found == expected).mean() >= SAME


@lru_cache(maxsize=2)
def truth(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels and pixels of the number-th photo, as this process has them."""
    data = photo(number)
    return load_predictor("bundled")(data).labels, load_photo(data)


def right_mask(number: int, found: dict, mask: bytes) -> bool:
    labels = decode_png(mask)
    return agree(labels, truth(number)[0]) and found["classes"] == describe(labels)


def right_region(number: int, seed: tuple[int, int], found: dict, mask: bytes) -> bool:
    region = grow(truth(number)[1], seed, TAU, "mean")
    return np.array_equal(decode_png(mask), region.mask) and found["pixels"] == region.area


def right_labels(number: int, shown: dict) -> bool:
    return shown["name"] == f"{number}.jpg" and agree(labels_of(shown), truth(number)[0])


def right_colours(number: int, shown: dict, answer: dict) -> bool:
    green, red, blue = np.split(unpack_smooth(answer["colours"], 3 * shown["height"], shown["width"]), 3)
    return np.array_equal(np.stack([red + green, green, blue + green], -1), truth(number)[1])


def labels_of(shown: dict) -> np.ndarray:
    return unpack(shown["labels"], shown["height"], shown["width"])


def call_endpoints(outcome: Outcome, client: Client, number: int, data: bytes, folder: Path) -> None:
    """/segment and /grow as a program asks them."""
    file = folder / f"{number}.jpg"
    file.write_bytes(data)
    found, mask = outcome.timed("/segment", client.predict, handle_file(file), "bundled", api_name="/segment")
    mask = Path(mask).read_bytes()
    outcome.check(partial(right_mask, number, found, mask), f"/segment of photo {number}")
    seed = found["height"] // 2, found["width"] // 3
    found, mask = outcome.timed("/grow", client.predict, handle_file(file), *seed, TAU, "mean", api_name="/grow")
    mask = Path(mask).read_bytes()
    outcome.check(partial(right_region, number, seed, found, mask), f"/grow on photo {number}")


def visit_page(outcome: Outcome, visitor: Visitor, number: int, data: bytes) -> None:
    """The page's own questions, as a browser asks them."""
    path = outcome.timed("upload", visitor.send, data)
    shown = outcome.timed("labels on the page", visitor.pick, path=path, name=f"{number}.jpg")
    outcome.check(partial(right_labels, number, shown), f"photo {number} on the page")
    labels = labels_of(shown)
    for painted in paintings(labels, number):
        answer = outcome.timed("score of a stroke", visitor.grade, shown, painted)
        outcome.check(
            lambda got=answer, painted=painted: got.get("scores") == scores(grade(labels, painted)),
            f"score of a stroke on photo {number}",
        )
    answer = outcome.timed("colours of the region tab", visitor.colours, shown)
    outcome.check(partial(right_colours, number, shown, answer), f"colours of photo {number}")


def crowd(address: str, visitors: int, rounds: int, folder: Path) -> Outcome:
    """Everybody at once, each with another photo in every round."""
    outcome = Outcome()
    photos = [photo(number) for number in range(visitors * rounds)]
    clients = [Client(address, download_files=str(folder), **CLIENT) for _ in range(visitors)]
    guests = [Visitor(address) for _ in range(visitors)]
    together = threading.Barrier(visitors)

    def stay(number: int) -> None:
        together.wait()
        for turn in range(rounds):
            mine = turn * visitors + number
            try:
                call_endpoints(outcome, clients[number], mine, photos[mine], folder)
                visit_page(outcome, guests[number], mine, photos[mine])
            except Exception as error:
                outcome.errors.append(f"photo {mine}: {type(error).__name__}: {error}")

    threads = [threading.Thread(target=stay, args=(number,)) for number in range(visitors)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for guest in guests:
        guest.close()
    return outcome


def alone(address: str, count: int, start: int, folder: Path) -> list[float]:
    """Seconds of `count` /segment calls one after the other, each with another photo; two more to warm up."""
    outcome, client = Outcome(), Client(address, download_files=str(folder), **CLIENT)
    for number in range(start, start + count + 2):
        file = folder / f"alone-{number}.jpg"
        file.write_bytes(photo(number))
        outcome.timed("/segment", client.predict, handle_file(file), "bundled", api_name="/segment")
    return outcome.seconds["/segment"][2:]


def main(visitors: int = VISITORS, rounds: int = ROUNDS) -> list[Row]:
    with tempfile.TemporaryDirectory() as name, serving(Path(name)) as server:
        folder = Path(name)
        single = alone(server.address, SINGLE, 10_000, folder)
        before = server.resident()
        began, mine, theirs = time.perf_counter(), time.process_time(), server.processor_seconds()
        outcome = crowd(server.address, visitors, rounds, folder)
        took = time.perf_counter() - began
        mine, theirs = time.process_time() - mine, server.processor_seconds() - theirs
        after, peak = server.resident(), server.peak()
        single += alone(server.address, SINGLE, 20_000, folder)
    unit = statistics.median(single)
    print(f"{visitors} visitors at once, {rounds} rounds each, in {took:.0f} s\n\n{machine()}\n")
    each = visitors * rounds
    print(f"processor time a round: {theirs / each:.2f} s the server's, {mine / each:.2f} s the visitors' own\n")
    print("| question | answers | p50, s | p95, s | worst, s |\n|---|---:|---:|---:|---:|")
    print(f"| /segment, nobody else there | {len(single)} | {unit:.2f} | {np.percentile(single, 95):.2f} | ", end="")
    print(f"{max(single):.2f} |")
    for kind, seconds in outcome.seconds.items():
        p50, p95 = np.percentile(seconds, (50, 95))
        print(f"| {kind} | {len(seconds)} | {p50:.2f} | {p95:.2f} | {max(seconds):.2f} |")
    print(f"\nserver memory: {before:,.0f} MB before, {after:,.0f} MB after, {peak:,.0f} MB at most")
    print("\n".join([f"errors: {len(outcome.errors)}", *outcome.errors[:5]]))
    print("\n".join([f"wrong answers: {len(outcome.wrong)}", *outcome.wrong[:5]]))
    p95 = float(np.percentile(outcome.seconds.get("/segment", [np.nan]), 95))
    bad, asked = len(outcome.errors) + len(outcome.wrong), sum(map(len, outcome.seconds.values()))
    who = f"{visitors} visitors at once"
    beside = f"one alone: {unit:.2f} s (p95 is {p95 / unit:.1f}x)"
    goal = f"at most {GOAL:.0f}x one alone"
    return [
        Row(f"{who}: p95 of a segment call", f"{p95:.2f} s", goal, p95 / unit / GOAL, beside),
        Row(f"{who}: errors and wrong answers", str(bad), "none", 1 + bad if bad else 0, f"{asked:,} answers compared"),
        Row(f"{who}: server's memory at most", f"{peak:,.0f} MB", f"at most {MEGABYTES:,} MB", peak / MEGABYTES,
            f"{before:,.0f} MB before"),
    ]  # fmt: skip


if __name__ == "__main__":
    report(main(*map(int, sys.argv[1:3])))
