"""Operations on the bits of integers and on bools, and what only integers have."""

from __future__ import annotations

import numpy as np

from .family import binary, unary

bitwise_not = unary("bitwise_not", np.invert, widen=False, supports="bi", kernel="bitwise_not_cpu")
bitwise_and = binary("bitwise_and", np.bitwise_and, widen=False, supports="bi")
bitwise_or = binary("bitwise_or", np.bitwise_or, widen=False, supports="bi")
bitwise_xor = binary("bitwise_xor", np.bitwise_xor, widen=False, supports="bi")
# NumPy shifts by negative counts and by the width or more as PyTorch does.
left_shift = binary(
    "bitwise_left_shift", np.left_shift, widen=False, supports="i", kernel="lshift_cpu"
)
right_shift = binary(
    "bitwise_right_shift", np.right_shift, widen=False, supports="i", kernel="rshift_cpu"
)
gcd = binary("gcd", np.gcd, widen=False, supports="i")
lcm = binary("lcm", np.lcm, widen=False, supports="i")
