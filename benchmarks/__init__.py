"""What bigtrain costs, beside its rivals and beside the counted floor: ``python -m benchmarks``."""
