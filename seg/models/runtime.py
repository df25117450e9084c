"""A network in OpenVINO, which runs it on a processor in a third to three fifths of the time PyTorch needs.

It fuses each convolution with the activation after it, and keeps the numbers in the order its kernels like best from
the first layer to the last.
"""

import warnings

import numpy as np
import openvino
import torch
from openvino.frontend import FrontEndManager
from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder
from torch import Tensor, nn

Inputs = Tensor | tuple[Tensor, ...]

_core = openvino.Core()


class Flat(nn.Module):
    """A network that is given one tensor after the other, where some of its own inputs are tuples of them."""

    def __init__(self, network: nn.Module, like: tuple[Inputs, ...]):
        super().__init__()
        self.network, self.like = network, like

    def forward(self, *tensors: Tensor) -> Tensor | tuple[Tensor, ...]:
        rest = iter(tensors)
        inputs = [
            type(each)(*(next(rest) for _ in each)) if isinstance(each, tuple) else next(rest) for each in self.like
        ]
        found = self.network(*inputs)
        return tuple(found) if isinstance(found, tuple) else found


class Runtime(nn.Module):
    """Takes the place of a network, or of a part of one. Thread-safe; one run takes all of PyTorch's cores."""

    def __init__(self, network: nn.Module, *examples: Inputs, fixed: bool = False):
        """network: in float32; returns a tensor, or a tuple of two or more.

        examples: small inputs, to follow the network's steps with: tensors, or named tuples of them. From call to call
        the number of maps may differ, and the sides of maps BxCxhxw. fixed: nothing differs, which is quicker.
        """
        super().__init__()
        tensors = flat(examples)
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tracer warns that it is old, and of sizes used as numbers
            traced = torch.jit.trace(Flat(network, examples).eval(), tensors, check_trace=False)
            frontend = FrontEndManager().load_by_framework("pytorch")
            # Not `openvino.convert_model`: that reports each conversion to a server of its makers.
            decoder = TorchScriptPythonDecoder(traced)  # must outlive the conversion
            model = frontend.convert(frontend.load(decoder))
        shapes = [[-1, each.shape[1], -1, -1] if each.ndim == 4 else [-1, *each.shape[1:]] for each in tensors]
        shapes = [each.shape for each in tensors] if fixed else shapes
        model.reshape({port: openvino.PartialShape(shape) for port, shape in zip(model.inputs, shapes, strict=True)})
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        settings["INFERENCE_NUM_THREADS"] = torch.get_num_threads()
        self._compiled = _core.compile_model(model, "CPU", settings)

    def forward(self, *inputs: Inputs) -> Tensor | tuple[Tensor, ...]:
        """Inputs like the examples, float32 on the CPU -> what the network returns, a named tuple as a plain one."""
        arrays = [np.ascontiguousarray(each.numpy()) for each in flat(inputs)]
        found = self._compiled.create_infer_request().infer(arrays, share_inputs=True)
        found = tuple(map(torch.from_numpy, found.values()))
        return found if len(found) > 1 else found[0]


def flat(inputs: tuple[Inputs, ...]) -> tuple[Tensor, ...]:
    """The tensors of the inputs, in order."""
    return tuple(tensor for each in inputs for tensor in (each if isinstance(each, tuple) else (each,)))
