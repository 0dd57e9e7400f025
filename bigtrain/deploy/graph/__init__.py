"""A fitted pipeline as an ONNX graph that computes what scikit-learn computes, in float64."""

from bigtrain.deploy.graph.convert import to_onnx
from bigtrain.deploy.graph.session import inputs_of, open_session, predict

__all__ = ["inputs_of", "open_session", "predict", "to_onnx"]
