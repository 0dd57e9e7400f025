"""Which brain has which sampler."""

from __future__ import annotations

from bigtrain.search.brain import Brain, Question
from bigtrain.search.points import KINDS, PointBrain
from bigtrain.search.rust_brain import RustBrain
from bigtrain.search.tree_brain import TreeBrain


def make_brain(question: Question) -> Brain | RustBrain | PointBrain | TreeBrain:
    """Return the brain that has the sampler."""
    if question.sampler.kind in KINDS:
        return PointBrain(question)
    if question.sampler.kind == "tpe" and len(question.maximize) == 1:
        return TreeBrain(question)
    return RustBrain(question) if question.sampler.kind == "rustuna" else Brain(question)
