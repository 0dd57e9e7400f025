"""The benchmarks run, and show every row they promise."""
