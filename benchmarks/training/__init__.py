"""Training: what a cohort costs, beside the tools one would reach for otherwise."""

TABLES = (
    "mixed_optimizers",
    "per_sample",
    "time_to_optimum",
    "sweep",
    "all_cores",
    "exact_answer",
    "growth",
    "compilation",
    "specialists",
)
