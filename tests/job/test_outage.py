"""A tracking server that dies in the middle of a sweep and comes back."""

import threading
import time

import pytest

from bigtrain.report import Console
from bigtrain.tracking import open_store
from tests.job.conftest import run, told
from tests.tracking.stores import Server, server


class Killer(Console):
    """Kills the server when the first cohort is recorded; it is back some seconds later."""

    server: Server
    outage: float
    back: threading.Thread | None = None

    def progress(self, records):
        super().progress(records)
        if self.back is None:
            self.server.kill()
            type(self).back = threading.Thread(target=self.come_back)
            self.back.start()

    def come_back(self):
        time.sleep(self.outage)
        self.server.start()


@pytest.mark.parametrize("outage", [2.0, pytest.param(20.0, marks=pytest.mark.slow)])
def test_a_server_that_dies_is_waited_for(folder, whole, tmp_path_factory, capfd, outage):
    """The sweep waits, says so, goes on, and is the sweep that nothing happened to, each trial once."""
    with server(tmp_path_factory.mktemp("server")) as running:
        console = type("At", (Killer,), {"server": running, "outage": outage})
        began = time.monotonic()
        run(f"tracking.uri={running.address}", console=console)
        assert time.monotonic() - began > outage
        console.back.join()
        store = open_store(running.address)
        sweep = store.find_sweep("document")
        assert sweep.status == "FINISHED"
        assert told(sweep) == told(whole)
        runs = store.client.search_runs(["1"], max_results=100)
        assert len(runs) == 21
        assert {each.info.status for each in runs} == {"FINISHED"}
        assert len(store.client.search_model_versions()) == 1
        assert len(store.client.get_metric_history(sweep.sweep_id, "best_so_far")) == 20
    assert "does not answer" in capfd.readouterr().err
