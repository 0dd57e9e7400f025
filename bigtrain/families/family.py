"""The type of a family: a regressor that a configuration can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from bigtrain.errors import ConfigError
from bigtrain.parameter import Parameter
from bigtrain.records import ParamValue


@dataclass(frozen=True, slots=True)
class Family:
    """A regressor that a configuration can name, and what each of its parameters allows.

    Attributes
    ----------
    name : str
        What it is called in a configuration.
    estimator : str
        The class, with its module: ``sklearn.linear_model.Ridge``.
    parameters : mapping of str to Parameter
        Its parameters by scikit-learn's own names.
    """

    name: str
    estimator: str
    parameters: Mapping[str, Parameter]

    @property
    def package(self) -> str:
        """The package that must be installed for it."""
        return self.estimator.partition(".")[0]

    @property
    def defaults(self) -> dict[str, ParamValue]:
        """What the estimator takes where nothing is said."""
        return {name: parameter.default for name, parameter in self.parameters.items()}

    def check_installed(self, where: str) -> None:
        """Refuse a family whose package is missing; nothing is imported to find out.

        Parameters
        ----------
        where : str
            The key that names the family.

        Raises
        ------
        ConfigError
            If there is no such package.
        """
        if find_spec(self.package) is None:
            hint = f"pip install {self.package}, or choose another estimator"
            raise ConfigError(
                "this estimator's package is missing", where=where, received=self.name, hint=hint
            )


def layer_sizes(value: ParamValue) -> tuple[int, ...]:
    """Return the sizes that a parameter of the kind ``sizes`` stands for: ``64x32`` is (64, 32)."""
    return tuple(int(size) for size in str(value).split("x"))
