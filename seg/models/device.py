"""Where a network runs, and what makes it quick there."""

import itertools

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def choose_device(wanted: str = "auto") -> torch.device:
    """ "auto" is CUDA, else MPS, else CPU. Raises ValueError for a device this machine does not have."""
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(0, device=wanted)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f'device must be "auto" or one torch finds here, got "{wanted}": use "cpu"') from error
    return torch.device(wanted)


def name_of(device: torch.device) -> str:
    """For people: the graphics card's own name, "Apple GPU" or "CPU"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device.type == "mps" else "CPU"


def fold_batch_norms(network: nn.Module) -> nn.Module:
    """Merge every batch norm into the convolution before it, in place: the same function in fewer passes.

    A pair is two neighbours in an nn.Sequential, or `conv1` and `bn1` (any number) of one module, as in torchvision's
    ResNets, where the name says that the one follows the other.
    """
    for part in network.modules():
        names = [name for name, _ in part.named_children()]
        if isinstance(part, nn.Sequential):
            pairs = list(itertools.pairwise(names))
        else:
            pairs = [(name, "bn" + name[4:]) for name in names if name.startswith("conv") and "bn" + name[4:] in names]
        for before, after in pairs:
            convolution, norm = part._modules[before], part._modules[after]
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                part._modules[before], part._modules[after] = fuse_conv_bn_eval(convolution, norm), nn.Identity()
    return network


def on_device(network: nn.Module, device: torch.device) -> tuple[nn.Module, torch.dtype]:
    """The network as that device runs it fastest, and the type of the numbers it takes."""
    dtype = torch.float32 if device.type == "cpu" else torch.float16
    return network.to(device, dtype, memory_format=torch.channels_last), dtype


def finish(device: torch.device) -> None:
    """Wait until the device has done all it was asked to: a GPU's answers come before its work is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def out_of_memory(error: RuntimeError) -> bool:
    """Whether a device ran out of its memory: CUDA has a class for it, MPS only says so."""
    return isinstance(error, torch.OutOfMemoryError) or "MPS backend out of memory" in str(error)
