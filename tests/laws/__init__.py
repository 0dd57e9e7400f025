"""Laws of gradient training, written from the formulas and checked through the public API alone."""
