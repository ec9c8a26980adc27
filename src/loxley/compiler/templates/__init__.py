"""Kernels written directly as LLVM text: products, convolutions, attention and their like."""
