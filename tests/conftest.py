"""What is so for all tests."""

import signal

# Whoever starts the tests in the background of a script hands on a SIGINT that is ignored, and what is tested
# would be deaf to it in turn.
signal.signal(signal.SIGINT, signal.default_int_handler)
