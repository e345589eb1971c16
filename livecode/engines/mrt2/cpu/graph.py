"""A small builder of ONNX graphs: nodes are written one by one, values are names."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Array = npt.NDArray[Any]

OPSET: Final = 21  # the first with Gelu(tanh), LayerNormalization and Split(num_outputs) together
IR_VERSION: Final = 10  # read by onnxruntime 1.20 and later
_SHARED_BELOW: Final = 64  # constants with fewer elements are stored once


class GraphBuilder:
    """Collects the nodes of one graph; `build` gives its bytes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._shared: dict[tuple[bytes, tuple[int, ...], str], str] = {}
        self._count = 0

    def input(self, name: str, *shape: int) -> str:
        """Declare a float32 input of a fixed shape; return its name."""
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def output(self, value: str, name: str, *shape: int) -> None:
        """Give a value to the outside, as float32 of a fixed shape."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def constant(self, array: Array) -> str:
        """Store an array in the graph; return its name."""
        array = np.ascontiguousarray(array).reshape(np.shape(array))
        key = (array.tobytes(), array.shape, str(array.dtype)) if array.size < _SHARED_BELOW else None
        if key is not None and key in self._shared:
            return self._shared[key]
        name = self._fresh("w")
        self._constants.append(numpy_helper.from_array(array, name))
        if key is not None:
            self._shared[key] = name
        return name

    def integers(self, *values: int) -> str:
        """Store int64 numbers (shapes, axes, bounds)."""
        return self.constant(np.array(values, np.int64))

    def number(self, value: float) -> str:
        """Store one float32 number."""
        return self.constant(np.array(value, np.float32))

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add an operator with one output; return the output's name."""
        return self.nodes(operator, 1, *inputs, domain=domain, **attributes)[0]

    def nodes(self, operator: str, outputs: int, *inputs: str, domain: str = "", **attributes: Any) -> tuple[str, ...]:
        """Add an operator with several outputs; return their names."""
        names = tuple(self._fresh("v") for _ in range(outputs))
        self._nodes.append(
            helper.make_node(
                operator, list(inputs), list(names), name=self._fresh(operator), domain=domain, **attributes
            )
        )
        return names

    def reshape(self, value: str, *shape: int) -> str:
        """Read the same numbers in another shape."""
        return self.node("Reshape", value, self.integers(*shape))

    def transpose(self, value: str, *order: int) -> str:
        """Reorder the axes."""
        return self.node("Transpose", value, perm=list(order))

    def concat(self, *values: str, axis: int) -> str:
        """Put values one after another along an axis."""
        return self.node("Concat", *values, axis=axis)

    def part(self, value: str, begin: int, end: int, *, axis: int) -> str:
        """Take ``begin`` up to ``end`` (not included) of an axis."""
        return self.node("Slice", value, self.integers(begin), self.integers(end), self.integers(axis))

    def build(self) -> bytes:
        """Return the graph as an ONNX file's content."""
        graph = helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, self._constants)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)],
            ir_version=IR_VERSION,
            producer_name="livecode",
        )
        return bytes(model.SerializeToString())

    def _fresh(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"
