"""A registered version behind HTTP, in MLflow's protocol."""

from bigtrain.deploy.serving.server import serve

__all__ = ["serve"]
