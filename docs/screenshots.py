"""The pictures of the README and the site: ``python docs/screenshots.py [FOLDER]``.

Runs a sweep in a scratch folder, opens MLflow's UI and the report in headless Chromium, and writes PNG files
of few colours into FOLDER (docs/images by default). It needs the extra ``docs``, ``chromium`` and its
driver (on Debian: ``apt-get install chromium chromium-driver``), and takes a minute or two.
"""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from mlflow import MlflowClient
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

SWEEP = ("name=diabetes", "n_trials=1000", "sampler=random", "cohort=64")
IMAGES = Path(__file__).parent / "images"
PATIENCE = 300
"""Seconds; a busy machine draws slowly."""

IN_THE_WAY = "button[aria-label='Close'], button[aria-label='Hide banner']"
SETTLE = 3.0
"""Seconds after all is there, for what is still moving."""

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--hide-scrollbars",
)  # fmt: skip


def main(images: Path) -> None:
    """Take all pictures."""
    images.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bigtrain-pictures-") as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "bigtrain.sweep", *SWEEP], cwd=folder, check=True)
        with _browser(folder / "profile") as browser:
            _of_mlflow(browser, folder, images)
            _of_report(browser, folder, images)


def _of_mlflow(browser: webdriver.Chrome, folder: Path, images: Path) -> None:
    """Picture the comparison, as it opens, and the sweep's own run."""
    with _ui(folder) as comparison:
        browser.set_window_size(1600, 1150)
        browser.get(comparison)
        _await(browser, ".parcoords canvas", ".js-plotly-plot .scatterlayer path")
        # Of MLflow's own: an assistant that opens beside every page, and what it says of shared views.
        for button in browser.find_elements(By.CSS_SELECTOR, IN_THE_WAY):
            browser.execute_script("arguments[0].click()", button)
        _await(browser, ".parcoords canvas", ".js-plotly-plot .scatterlayer path")
        _take(browser, images / "comparison.png")
        browser.get(f"{comparison.partition('?')[0]}/{_sweep_id(folder)}?workflowType=machine_learning")
        _await(browser, "table td")
        for button in browser.find_elements(By.XPATH, "//*[text()='Show more']"):
            browser.execute_script("arguments[0].click()", button)
        _take(browser, images / "run.png")


def _of_report(browser: webdriver.Chrome, folder: Path, images: Path) -> None:
    """Picture the top of the report, and its figures of all trials."""
    (page,) = folder.glob("mlruns/artifacts/**/report.html")
    browser.set_window_size(1120, 1250)
    browser.get(page.as_uri())
    _await(browser, "svg")
    _take(browser, images / "report.png")
    for section in browser.find_elements(By.CSS_SELECTOR, "section"):
        title = section.find_element(By.CSS_SELECTOR, "h2").text
        if title in ("All trials at once", "Knob by knob"):
            _write(section.screenshot_as_png, images / f"{title.lower().replace(' ', '-')}.png")


def _sweep_id(folder: Path) -> str:
    client = MlflowClient(f"sqlite:///{folder / 'mlruns' / 'mlflow.db'}")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    (run,) = client.search_runs(experiments, "tags.`bigtrain.kind` = 'sweep'")
    return run.info.run_id


@contextmanager
def _ui(folder: Path) -> Iterator[str]:
    """Run ``python -m bigtrain.ui``; give the address that it prints."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "bigtrain.ui", f"port={port}"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        try:
            (address,) = [line.split()[0] for line in islice(server.stdout or (), 2) if "http://" in line]
            yield address
        finally:
            server.terminate()


@contextmanager
def _browser(profile: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    browser.command_executor.client_config.timeout = 5 * PATIENCE
    try:
        yield browser
    finally:
        browser.quit()


def _await(browser: webdriver.Chrome, *selectors: str) -> None:
    """Wait until each selector finds something, and a little longer."""
    for selector in selectors:
        WebDriverWait(browser, PATIENCE).until(
            lambda page, wanted=selector: page.find_elements(By.CSS_SELECTOR, wanted)
        )
    time.sleep(SETTLE)


def _take(browser: webdriver.Chrome, path: Path) -> None:
    _write(browser.get_screenshot_as_png(), path)


def _write(png: bytes, path: Path) -> None:
    """Write a picture in few colours, a third of its size."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    sys.stdout.write(f"{path}: {picture.width} x {picture.height}, {path.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
