"""Training many settings of a linear model as the columns of one matrix.

This package alone knows numpy's and numba's details. `setting` says what a column may be and imports
nothing slow; `cohort` trains.
"""

NUMERICS_VERSION = 4
"""Raised whenever the same setting on the same rows would come out different in more than rounding."""
