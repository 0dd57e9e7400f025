"""Every pipeline that a sweep can ship, and rows to try it on."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    VotingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import ElasticNet, LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import SVR

N_ROWS = 400
COLUMNS = {"a": "double", "b": "double", "c": "double", "kind": "string", "more": "string"}
NUMBERS, CATEGORIES = ["a", "b", "c"], ["kind", "more"]


def table() -> tuple[pd.DataFrame, np.ndarray]:
    """Numbers of several shapes and sizes, categories frequent and rare, cells missing in both."""
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "a": rng.normal(size=N_ROWS),
            "b": np.exp(3 * rng.normal(size=N_ROWS)),
            "c": rng.integers(0, 5, N_ROWS).astype(float),
            "kind": rng.choice(["x", "y", "z", "rare", "rarer"], N_ROWS, p=[0.4, 0.3, 0.27, 0.02, 0.01]),
            "more": rng.choice(["u", "v"], N_ROWS),
        }
    ).astype({"kind": object, "more": object})
    y = rows["a"] + np.log(rows["b"]) + 2 * (rows["kind"] == "x") + 0.1 * rng.normal(size=N_ROWS)
    rows.loc[rng.random(N_ROWS) < 0.1, "a"] = np.nan
    rows.loc[rng.random(N_ROWS) < 0.1, "kind"] = np.nan
    return rows, y.to_numpy()


def edges(rows: pd.DataFrame) -> pd.DataFrame:
    """Missing, unseen, at the ends of what was seen, and far beyond."""
    edge = rows.iloc[:9].copy().reset_index(drop=True)
    edge.loc[0, NUMBERS] = np.nan
    edge.loc[1, CATEGORIES] = np.nan
    edge.loc[2, "kind"] = "never seen"
    edge.loc[3, CATEGORIES] = "never seen"
    edge.loc[4, NUMBERS] = rows[NUMBERS].min()
    edge.loc[5, NUMBERS] = rows[NUMBERS].max()
    edge.loc[6, NUMBERS] = [1e6, -1e9, 1e3]
    edge.loc[7, NUMBERS] = np.nextafter(rows[NUMBERS].max(), np.inf)
    edge.loc[8, NUMBERS] = np.nextafter(rows[NUMBERS].min(), -np.inf)
    return edge


def preprocess(scaler: Any = "passthrough", *features: Any, encoder: Any = None) -> ColumnTransformer:
    """What comes before a model."""
    numbers = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), scaler, *features)
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=4, sparse_output=False)
    return ColumnTransformer(
        [("numbers", numbers, NUMBERS), ("categories", encoder or one_hot, CATEGORIES)],
        verbose_feature_names_out=False,
    )


def pipeline(model: Any, *rest: Any, **kinds: Any) -> Pipeline:
    """A model behind the usual preprocessing, or behind another."""
    first = kinds.get("first") or preprocess(StandardScaler())
    return Pipeline(
        [("preprocess", first), *((f"step{i}", each) for i, each in enumerate(rest)), ("model", model)]
    )


def ordinal() -> OrdinalEncoder:
    """Categories by number."""
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)


SCALERS = {
    "none": "passthrough",
    "standard": StandardScaler(),
    "robust": RobustScaler(),
    "minmax": MinMaxScaler(),
    "minmax clipped": MinMaxScaler(clip=True),
    "quantile": QuantileTransformer(n_quantiles=50),
    "quantile normal": QuantileTransformer(n_quantiles=1000, output_distribution="normal"),
}
ENCODERS = {
    "ordinal": ordinal(),
    "ordinal, scaled": make_pipeline(ordinal(), StandardScaler()),
    "target": TargetEncoder(),
    "onehot, drop": OneHotEncoder(handle_unknown="ignore", drop="first", sparse_output=False),
    "onehot, sparse": OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=10),
}
FEATURES = {
    "polynomial": PolynomialFeatures(2, include_bias=False),
    "polynomial of degree 4": PolynomialFeatures(4),
    "interactions": PolynomialFeatures(3, interaction_only=True, include_bias=False),
    "spline": SplineTransformer(5, include_bias=False),
    "spline of degree 1": SplineTransformer(4, degree=1),
    "spline, quantiles": SplineTransformer(6, knots="quantile"),
    "spline, linear": SplineTransformer(6, degree=2, extrapolation="linear"),
    "spline, continued": SplineTransformer(4, extrapolation="continue"),
}
MODELS: Mapping[str, Any] = {
    "linear": LinearRegression(),
    "elastic net": ElasticNet(0.01),
    "hist gradient boosting": HistGradientBoostingRegressor(max_iter=30),
    "hist, absolute error": HistGradientBoostingRegressor(loss="absolute_error", max_iter=10),
    "random forest": RandomForestRegressor(10, random_state=0),
    "extra trees": ExtraTreesRegressor(10, random_state=0),
    "a forest of leaves": RandomForestRegressor(3, min_samples_leaf=300, random_state=0),
    "knn": KNeighborsRegressor(),
    "knn by distance": KNeighborsRegressor(4, weights="distance", p=1.5),
    "knn, manhattan": KNeighborsRegressor(3, metric="manhattan", algorithm="ball_tree"),
    "knn, minkowski": KNeighborsRegressor(1, p=3, algorithm="ball_tree"),
    "knn, cosine": KNeighborsRegressor(3, metric="cosine"),
    "svr": SVR(),
    "svr, linear": SVR(kernel="linear"),
    "svr, poly": SVR(kernel="poly"),
    "svr, sigmoid": SVR(kernel="sigmoid"),
} | {
    f"mlp, {activation}": MLPRegressor(
        hidden_layer_sizes=(20, 10), activation=activation, max_iter=10, random_state=0
    )
    for activation in ("relu", "tanh", "logistic", "identity")
}


def pipelines() -> Iterator[tuple[str, Any]]:
    """Each with its name, not fitted."""
    for name, scaler in SCALERS.items():
        yield f"scaler {name}", pipeline(Ridge(), first=preprocess(scaler))
    for name, encoder in ENCODERS.items():
        yield f"encoder {name}", pipeline(Ridge(), first=preprocess(StandardScaler(), encoder=encoder))
    for name, features in FEATURES.items():
        first = preprocess(StandardScaler(), features, StandardScaler())
        yield f"features {name}", pipeline(Ridge(), first=first)
    yield "features nystroem", pipeline(Ridge(1e-3), Nystroem(n_components=40, random_state=0))
    yield (
        "features nystroem, gamma",
        pipeline(Ridge(1e-3), Nystroem(gamma=0.1, n_components=40, random_state=0)),
    )
    for name, model in MODELS.items():
        yield name, pipeline(model)
    # Of numbers alone: at the distance 1 of an unseen category, which row is the nearest is chance.
    numbers = ColumnTransformer([("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["a", "b"])])
    yield "knn, chebyshev", pipeline(KNeighborsRegressor(metric="chebyshev"), first=numbers)
    blended = [
        ("a", pipeline(Ridge())),
        ("b", pipeline(MODELS["knn"])),
        ("c", pipeline(MODELS["extra trees"])),
    ]
    yield "blend", VotingRegressor(blended, weights=[0.2, 0.5, 0.3])
    yield "blend, unweighted", VotingRegressor(blended[:2])
