"""The main job: from a typed configuration to a registered champion, one way, no step twice."""

from bigtrain.job.lifecycle import run_job

__all__ = ["run_job"]
