"""Writes the interface that editors and type checkers see: the `.pyi` files beside the package.

Most functions and all methods of tensors are attached at run time, where no checker looks.  In: the
running package.  Out: stubs with its very names, parameters, defaults and annotations, and the
overloads of `forms` where one function has several.  `python -m tools.stubs` or `make stubs`.
"""
