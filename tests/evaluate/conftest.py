"""Tables to evaluate on: the bundled one, and one with categories and holes."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from bigtrain.data import load_dataset


@pytest.fixture(scope="session")
def diabetes():
    return load_dataset("diabetes")


@pytest.fixture(scope="session")
def mixed(tmp_path_factory):
    """240 rows: two numbers of very different scale, one with holes; two categories, one with holes."""
    rng = np.random.default_rng(3)
    lines = ["big,small,colour,size,y"]
    for row in range(240):
        big, small = 1e4 * rng.normal(), 1e-3 * rng.normal()
        colour, size = rng.choice(["red", "green", "blue"]), rng.choice(["s", "m"])
        y = big / 1e4 + 1e3 * small + (colour == "red") + 0.1 * rng.normal()
        lines.append(f"{'' if row % 17 == 0 else big},{small},{colour},{'' if row % 13 == 0 else size},{y}")
    path = tmp_path_factory.mktemp("tables") / "mixed.csv"
    path.write_text("\n".join(lines))
    return load_dataset("csv", path=str(path), target="y")


@pytest.fixture(scope="session")
def engine():
    with ThreadPoolExecutor(2) as pool:
        yield pool
