"""Where the browser takes a pixel's cells to lie, for both conventions, against torch's own interpolation."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from seg.page.modules import address

SIZES = [((5, 7), (33, 50)), ((1, 3), (16, 40)), ((9, 9), (9, 9)), ((12, 10), (7, 5))]
CONVENTIONS = [True, False]


@pytest.fixture(scope="module")
def run(server, chromium):
    """run(expression, argument): beside the page, with the photo view's pure functions in `cells`."""
    page = chromium.new_page()
    page.goto(server + "/config")  # the same origin, without the page
    files = [address(f"{name}.js") for name in ("shared/scores", "tabs/segment/layers", "tabs/segment/sampling")]
    load = "files => Promise.all(files.map((file) => import(new URL(file, document.baseURI))))"
    page.evaluate(f"async files => {{ window.cells = Object.assign({{}}, ...(await ({load})(files))); }}", files)
    yield page.evaluate
    page.close()


@pytest.mark.parametrize("align_corners", CONVENTIONS)
@pytest.mark.parametrize(("cells", "size"), SIZES)
def test_scores_between_cells_are_torchs(run, cells, size, align_corners):
    scores = np.random.default_rng(3).normal(size=(4, *cells)).astype(np.float32)
    grid = {"classes": 4, "rows": cells[0], "columns": cells[1], "values": scores.ravel().tolist()}
    places = [{"row": row, "column": column} for row in range(size[0]) for column in range(size[1])]
    seen = run(
        "([grid, places, ...how]) => places.map((at) => cells.scoresAt(grid, at, ...how))",
        [grid, places, *size, align_corners],
    )
    whole = F.interpolate(torch.from_numpy(scores)[None], size=size, mode="bilinear", align_corners=align_corners)[0]
    np.testing.assert_allclose(np.reshape(seen, (*size, 4)).transpose(2, 0, 1), whole.numpy(), atol=1e-5)


@pytest.mark.parametrize("align_corners", CONVENTIONS)
@pytest.mark.parametrize(("cells", "size"), SIZES)
def test_every_pixel_of_the_coarse_grid_shows_its_nearest_cell(run, cells, size, align_corners):
    labels = np.arange(cells[0] * cells[1]) % 21
    spread = run(
        "(inputs) => [...cells.spreadCells(...inputs)].map((cell) => cell & 31)",
        [{"height": cells[0], "width": cells[1], "labels": labels.tolist()}, *size, align_corners],
    )
    nearest = []
    for count, side in zip(cells, size, strict=True):
        pixels = np.arange(side)
        centres = np.linspace(0, side - 1, count) if align_corners else (np.arange(count) + 0.5) * side / count - 0.5
        distance = np.abs(pixels[:, None] - centres)
        nearest.append(distance <= distance.min(1, keepdims=True) + 1e-9)
    labels = labels.reshape(cells)
    for (row, column), shown in np.ndenumerate(np.reshape(spread, size)):
        candidates = labels[np.ix_(nearest[0][row], nearest[1][column])]  # two where a pixel lies in the middle
        assert shown in candidates


@pytest.mark.parametrize("align_corners", CONVENTIONS)
def test_the_cell_of_the_aspp_is_the_one_whose_centre_is_nearest(run, align_corners):
    height, width, cells = 300, 451, {"height": 65, "width": 98}
    network = {"outputStride": 8, "scoreStride": 8, "rates": [12, 24, 36]}
    at = {"row": 133, "column": 207}
    seen = run(
        "(inputs) => cells.samplingAt(...inputs)",
        [at, network, cells, height, width, align_corners],
    )
    for axis, side, count in (("row", height, 65), ("column", width, 98)):
        centres = np.linspace(0, side - 1, count) if align_corners else (np.arange(count) + 0.5) * side / count - 0.5
        nearest = np.abs(centres - at[axis]).argmin()
        assert seen[axis] == pytest.approx(centres[nearest])
        for rate in seen["rates"]:
            places = sorted({round(point[axis], 6) for point in rate["points"]})
            step = centres[1] - centres[0]
            assert places == pytest.approx([centres[nearest] + k * rate["rate"] * step for k in (-1, 0, 1)])
    for rate in seen["rates"]:
        assert rate["reach"] == 8 * rate["rate"]
        inside = sum(-0.5 <= p["row"] <= height - 0.5 and -0.5 <= p["column"] <= width - 0.5 for p in rate["points"])
        assert rate["inside"] == inside
