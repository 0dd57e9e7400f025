"""What is so for all tests."""

# It looks for what refers to its generators, and finds nothing once a command has frozen what is imported.
import hypothesis  # noqa: F401
