"""An ONNX graph under construction; it computes in float64 alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bigtrain.deploy.narrow import narrowed
from bigtrain.errors import RefusedError

OPSET, ML_OPSET, IR_VERSION = 21, 5, 10
"""Version 5 of the ML operators is the first whose trees take and return doubles."""

ML = "ai.onnx.ml"
DOUBLE, FLOAT, INT64 = TensorProto.DOUBLE, TensorProto.FLOAT, TensorProto.INT64
KINDS = {"double": TensorProto.DOUBLE, "string": TensorProto.STRING}
OUTPUT = "prediction"

Operand: TypeAlias = str | NDArray[Any]
"""The name of a value, or a constant."""


class Graph:
    """Nodes and constants, added one by one."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(
        self,
        operator: str,
        *operands: Operand,
        domain: str = "",
        outputs: Sequence[str] = (),
        **attributes: Any,
    ) -> str:
        """Add a node; return the name of its (first) output, which need not be given."""
        outputs = outputs or (f"{operator}_{len(self._nodes)}",)
        inputs = [name if isinstance(name, str) else self._operand(name) for name in operands]
        self._nodes.append(helper.make_node(operator, inputs, list(outputs), domain=domain, **attributes))
        return outputs[0]

    def concat(self, parts: list[str]) -> str:
        """Put matrices side by side."""
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=1)

    def columns(self, x: str, indices: NDArray[Any]) -> str:
        """Take some columns of a matrix."""
        return self.add("Gather", x, indices.astype(np.int64), axis=1)

    def sum(self, x: str, axis: int, *, keep: bool = True) -> str:
        """Sum over one axis."""
        return self.add("ReduceSum", x, np.array([axis]), keepdims=int(keep))

    def reshape(self, x: str, *shape: int) -> str:
        """Give another shape; 0 keeps an axis, -1 is what is left."""
        return self.add("Reshape", x, np.array(shape))

    def model(self, inputs: Mapping[str, str], output: str, properties: Mapping[str, str]) -> onnx.ModelProto:
        """Return the finished model.

        Parameters
        ----------
        inputs : mapping
            ``double`` or ``string`` by name; each is a matrix of one column.
        output : str
            The value that is returned, a matrix of one column.
        properties : mapping
            Noted in the model's metadata.
        """
        self.add("Identity", output, outputs=(OUTPUT,))
        graph = helper.make_graph(
            self._nodes,
            "bigtrain",
            [_value(name, ["rows", 1], kind) for name, kind in inputs.items()],
            [_value(OUTPUT, ["rows", 1])],
            self._constants,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="bigtrain"
        )
        helper.set_model_props(model, dict(properties))
        onnx.checker.check_model(model)
        return model

    def body(self, inputs: Mapping[str, list[int]], outputs: Mapping[str, list[int]]) -> onnx.GraphProto:
        """Return what was added as the body of a loop, with the shapes of what goes in and comes out."""
        taken, given = ([_value(name, shape) for name, shape in side.items()] for side in (inputs, outputs))
        return helper.make_graph(self._nodes, "body", taken, given, self._constants)

    def _operand(self, value: NDArray[Any]) -> str:
        """Add a constant, and what makes doubles of it where it is kept in fewer bits."""
        narrow, step = narrowed(value)
        if narrow is value:
            return self._constant(value)
        wide = self.add("Cast", self._constant(narrow), to=DOUBLE)
        return wide if step == 1 else self.add("Mul", wide, np.array(step))

    def _constant(self, value: NDArray[Any]) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name


def _value(name: str, shape: Sequence[int | str], kind: str = "double") -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, KINDS[kind], shape)


def refused(step: Any, why: str) -> RefusedError:
    """Return the refusal to convert a step, which says what to use instead."""
    return RefusedError(
        f"{type(step).__name__}: {why} has no ONNX form here",
        where="format=onnx",
        hint="format=sklearn exports any model",
    )
