"""Registered models: versions that load without bigtrain, and the decision which one is the champion."""
