"""What a person is told: the first line, the progress, the result."""

from bigtrain.report.console import Console
from bigtrain.report.summary import Summary, summary_text

__all__ = ["Console", "Summary", "summary_text"]
