"""The sweep as it starts where nothing is loaded yet: a process on standby saves its model."""

from bigtrain import sweep
from bigtrain.standby import Standby

if __name__ == "__main__":
    sweep.saver_beside = lambda: Standby(*sweep.SAVING)
    sweep.main()
