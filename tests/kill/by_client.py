"""The sweep on a store whose tables our SQL was never compared on: MLflow's client writes the trials."""

from bigtrain.sweep import main
from bigtrain.tracking import sql_trials

if __name__ == "__main__":
    sql_trials.VERIFIED = frozenset()
    main()
