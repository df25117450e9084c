"""A network in OpenVINO, which runs it on a processor nearly twice as fast as PyTorch does.

It fuses each convolution with the activation after it and keeps the numbers in the order its kernels like best from
the first layer to the last. A run is one call that does not hold Python's lock, where PyTorch asks for the lock again
at each of some 200 layers: with many visitors that is what they wait for.
"""

import threading
import warnings

import numpy as np
import openvino
import torch
from openvino.frontend import FrontEndManager
from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder
from torch import Tensor, nn

_core = openvino.Core()
_tracing = threading.Lock()  # PyTorch traces one network at a time


class Runtime:
    """A network of tensors in, tensors out. Calling it is thread-safe: one run at a time, on all cores."""

    def __init__(self, network: nn.Module, example: tuple[Tensor, ...]):
        """network: in float32; takes tensors BxCxHxW and returns a tuple of tensors. B, H and W may differ from call to
        call, C may not.

        example: small inputs, to follow the network's steps with.
        """
        with _tracing, torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tracer warns that it is old, and of sizes used as numbers
            traced = torch.jit.trace(network.eval(), example, check_trace=False)
            frontend = FrontEndManager().load_by_framework("pytorch")
            # Not `openvino.convert_model`: that reports each conversion to a server of its makers.
            decoder = TorchScriptPythonDecoder(traced)  # must outlive the conversion
            model = frontend.convert(frontend.load(decoder))
        shapes = {place: [-1, each.shape[1], -1, -1] for place, each in zip(model.inputs, example, strict=True)}
        model.reshape(shapes)
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        settings["INFERENCE_NUM_THREADS"] = torch.get_num_threads()
        self._compiled = _core.compile_model(model, "CPU", settings)

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """float32 tensors on the CPU -> the network's outputs, likewise."""
        arrays = [np.ascontiguousarray(each.numpy()) for each in inputs]
        found = self._compiled.create_infer_request().infer(arrays, share_inputs=True, share_outputs=True)
        return tuple(torch.from_numpy(np.array(each)) for each in found.values())
