"""Which brain has which sampler."""

from __future__ import annotations

from bigtrain.search.brain import Brain, Question
from bigtrain.search.points import KINDS, PointBrain
from bigtrain.search.rust_brain import RustBrain


def make_brain(question: Question) -> Brain | RustBrain | PointBrain:
    """Return the brain that has the sampler."""
    if question.sampler.kind in KINDS:
        return PointBrain(question)
    return RustBrain(question) if question.sampler.kind == "rustuna" else Brain(question)
