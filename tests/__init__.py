"""The laws bigtrain keeps. `python -m tests` checks them all, and the style and the layers besides."""
