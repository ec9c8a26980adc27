"""Sobol' sequences: direction numbers of up to 21,201 dimensions, points, scrambling.

In: dimensions and counts.  Out: integer arrays of 30 bits.  A dimension belongs to a primitive
polynomial over the two-element field, taken by degree and then by value; its first direction
numbers are those that Stephen Joe and Frances Kuo searched for and published
(new-joe-kuo-6.21201; their notice is in sobol_numbers.txt).  sobol_numbers.bin holds these as bits,
polynomial by polynomial, without the lowest bit of each number, which is one.
Sources: https://web.maths.unsw.edu.au/~fkuo/sobol/; S. Joe and F. Y. Kuo, Constructing Sobol
sequences with better two-dimensional projections, SIAM J. Sci. Comput. 30, 2635-2654 (2008);
Bratley and Fox, Algorithm 659.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

DIMENSIONS, BITS = 21201, 30
_NUMBERS = Path(__file__).with_name("sobol_numbers.bin")
# The prime factors of 2**degree - 1.
_FACTORS = {
    1: (),
    2: (3,),
    3: (7,),
    4: (3, 5),
    5: (31,),
    6: (3, 7),
    7: (127,),
    8: (3, 5, 17),
    9: (7, 73),
    10: (3, 11, 31),
    11: (23, 89),
    12: (3, 5, 7, 13),
    13: (8191,),
    14: (3, 43, 127),
    15: (7, 31, 151),
    16: (3, 5, 17, 257),
    17: (131071,),
    18: (3, 7, 19, 73),
}


@cache
def primitive_polynomials(degree: int) -> np.ndarray:
    """All primitive polynomials of a degree as integers, whose bits are coefficients, sorted."""
    if degree == 1:
        return np.array([3])
    candidates = np.arange((1 << degree) | 1, 1 << (degree + 1), 2, dtype=np.int64)
    order = (1 << degree) - 1  # of x in the field, where the polynomial is primitive
    found = candidates[_power_of_x(order, candidates, degree) == 1]
    for prime in _FACTORS[degree]:
        found = found[_power_of_x(order // prime, found, degree) != 1]
    return found


def _power_of_x(exponent: int, modulus: np.ndarray, degree: int) -> np.ndarray:
    made = np.ones_like(modulus)
    for bit in bin(exponent)[2:]:
        made = _product(made, made, modulus, degree)
        if bit == "1":
            made = _reduced(made << 1, modulus, degree)
    return made


def _product(a: np.ndarray, b: np.ndarray, modulus: np.ndarray, degree: int) -> np.ndarray:
    made = np.zeros_like(modulus)
    for i in range(degree - 1, -1, -1):
        made = _reduced(made << 1, modulus, degree) ^ np.where(b >> i & 1, a, 0)
    return made


def _reduced(x: np.ndarray, modulus: np.ndarray, degree: int) -> np.ndarray:
    return x ^ np.where(x >> degree & 1, modulus, 0)


def directions(dimension: int) -> np.ndarray:
    """(dimension, 30) direction numbers: bit 29 is the first behind the point."""
    numbers = np.ones((dimension, BITS), np.int64)  # odd numbers m_i below 2**i
    bits = np.unpackbits(np.frombuffer(_NUMBERS.read_bytes(), np.uint8))
    row, start, degree = 1, 0, 1
    while row < dimension:
        polynomials = primitive_polynomials(degree)[: dimension - row]
        free = degree * (degree - 1) // 2
        taken = bits[start : start + len(polynomials) * free].reshape(len(polynomials), free)
        numbers[row : row + len(polynomials)] = _continued(polynomials, taken, degree)
        row, start, degree = row + len(polynomials), start + taken.size, degree + 1
    return numbers << np.arange(BITS - 1, -1, -1)


def _continued(polynomials: np.ndarray, bits: np.ndarray, degree: int) -> np.ndarray:
    """The first numbers of some polynomials of a degree, and those that follow from them."""
    made = np.ones((len(polynomials), BITS), np.int64)
    at = 0
    for i in range(1, degree):
        value = bits[:, at : at + i].astype(np.int64) @ (1 << np.arange(i, 0, -1))
        made[:, i] = value | 1
        at += i
    for i in range(degree, BITS):
        value = made[:, i - degree] ^ made[:, i - degree] << degree
        for k in range(1, degree):
            value ^= np.where(polynomials >> (degree - k) & 1, made[:, i - k] << k, 0)
        made[:, i] = value
    return made


def following(point: np.ndarray, states: np.ndarray, count: int, index: int) -> np.ndarray:
    """(count, dimension): the points after `point`, which is the one numbered `index`."""
    numbers = np.arange(index, index + count, dtype=np.int64)
    changing = np.log2(~numbers & (numbers + 1)).astype(np.int64)  # the lowest zero bit
    steps = states[:, changing].T
    return np.bitwise_xor.accumulate(np.concatenate([point[None], steps]), axis=0)[1:]


def scrambled(states: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Direction numbers times lower triangular matrices of bits, (dimension, 30, 30)."""
    lower = np.tril(matrices) & 1
    lower |= np.eye(BITS, dtype=lower.dtype)
    places = np.arange(BITS - 1, -1, -1)
    bits = states[:, :, None] >> places & 1  # (dimension, number, bit)
    mixed = np.matmul(bits, lower.transpose(0, 2, 1)) & 1
    return (mixed << places).sum(-1)
