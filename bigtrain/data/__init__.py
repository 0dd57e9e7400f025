"""From a table to features and a target: read strictly, judge every column, digest every cell."""

from bigtrain.data.dataset import Dataset
from bigtrain.data.digest import table_digest
from bigtrain.data.sources import load_dataset
from bigtrain.data.split import Split, folds, make_folds, split_holdout

__all__ = ["Dataset", "Split", "folds", "load_dataset", "make_folds", "split_holdout", "table_digest"]
