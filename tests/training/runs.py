"""What short training runs are checked for."""

import torch


def assert_moved(folder, name, build):
    """A run of two steps in `folder` changed every convolution of a head, and its export holds the average."""
    state = torch.load(folder / "last.pt", weights_only=True)
    assert state["step"] == 2
    torch.manual_seed(0)
    trained = {k.removeprefix(name + "."): v for k, v in state["heads"].items()}
    moved = {key for key, value in build().state_dict().items() if not torch.equal(trained[key], value)}
    assert {key for key in trained if key.endswith("weight") and trained[key].ndim == 4} <= moved
    exported = torch.load(folder / f"{name}.pt", weights_only=True)
    for key, value in exported.items():
        assert torch.equal(value, state["average"][f"{name}.{key}"].half())
