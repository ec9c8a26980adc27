"""Plain NumPy algorithms that know nothing of tensors: special functions, random streams."""
