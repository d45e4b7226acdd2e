"""Assertions about the shapes and dtypes of arrays, as chex makes them; they raise AssertionError."""

import numpy as np


def static_shape(x):
    """The sizes of an array, a number or nested numbers; None where a size is not known before the code runs."""
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


def fits(shape, expected):
    """Whether a shape is the expected one, in which None is any size, a set several, and ... any number of axes."""
    expected = list(expected)
    if ... in expected:
        place = expected.index(...)
        after = len(expected) - place - 1
        if len(shape) < place + after:
            return False
        shape = shape[:place] + shape[len(shape) - after :]
        expected.remove(...)
    return len(shape) == len(expected) and all(
        want is None or size is None or (size in want if isinstance(want, set) else size == want)
        for size, want in zip(shape, expected)
    )


def listed(inputs):
    """Several arrays as they are, one array or number as a list of it."""
    return list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]


def expect(holds, message):
    """Raise an AssertionError unless something holds."""
    if not holds:
        raise AssertionError(message)


def assert_shape(inputs, expected_shapes, /):
    """Each array has its shape, or all have the one shape."""
    several = isinstance(inputs, (list, tuple))
    inputs = listed(inputs)
    one = not several or not expected_shapes or not isinstance(expected_shapes[0], (list, tuple))
    expected = [expected_shapes] * len(inputs) if one else expected_shapes
    shapes = [static_shape(x) for x in inputs]
    matches = len(shapes) == len(expected) and all(map(fits, shapes, expected))
    expect(matches, f"shapes are {shapes}, not {expected_shapes}")


def assert_rank(inputs, expected_ranks, /):
    """Each array has its number of axes, or one of a set, or all have the one number."""
    inputs = listed(inputs)
    several = isinstance(expected_ranks, (list, tuple))
    expected = list(expected_ranks) if several else [expected_ranks] * len(inputs)
    ranks = [len(static_shape(x)) for x in inputs]
    matches = len(ranks) == len(expected) and all(
        rank in want if isinstance(want, (set, frozenset)) else rank == want for rank, want in zip(ranks, expected)
    )
    expect(matches, f"numbers of axes are {ranks}, not {expected_ranks}")


def assert_equal_rank(inputs, /):
    """All arrays have as many axes."""
    ranks = [len(static_shape(x)) for x in inputs]
    expect(len(set(ranks)) <= 1, f"numbers of axes differ: {ranks}")


def assert_equal_shape(inputs, /, *, dims=None):
    """All arrays have the same sizes, or the same in some axes."""
    shapes = [static_shape(x) for x in inputs]
    if dims is not None:
        axes = (dims,) if isinstance(dims, int) else dims
        shapes = [tuple(shape[axis] for axis in axes) for shape in shapes]
    expect(all(fits(shape, shapes[0]) for shape in shapes), f"shapes differ: {shapes}")


def assert_equal_shape_prefix(inputs, prefix_len, /):
    """The first axes of all arrays have the same sizes."""
    shapes = [static_shape(x)[:prefix_len] for x in inputs]
    expect(all(fits(shape, shapes[0]) for shape in shapes), f"first sizes differ: {shapes}")


def assert_equal_shape_suffix(inputs, suffix_len, /):
    """The last axes of all arrays have the same sizes."""
    shapes = [static_shape(x)[-suffix_len:] if suffix_len else () for x in inputs]
    expect(all(fits(shape, shapes[0]) for shape in shapes), f"last sizes differ: {shapes}")


def assert_axis_dimension(tensor, axis, expected, /):
    """An axis has this size."""
    shape = static_shape(tensor)
    exists = -len(shape) <= axis < len(shape)
    expect(exists and shape[axis] in (expected, None), f"axis {axis} of {shape} has not size {expected}")


def type_name(kind):
    """The name of a dtype, of a Python type of numbers or of a kind of dtypes."""
    name = kind if isinstance(kind, str) else getattr(kind, "name", None) or getattr(kind, "__name__", None)
    return (name or str(kind)).rpartition(".")[2].rstrip("_")


def is_of_type(x, expected):
    """Whether an array or number is of a dtype, or of a kind of them, such as int or "floating"."""
    own, wanted = type_name(x.dtype if hasattr(x, "dtype") else type(x)), type_name(expected)
    kinds = {
        "bool": own == "bool",
        "int": own.startswith(("int", "uint")),
        "float": own.startswith(("float", "bfloat")),
        "integer": own.startswith(("int", "uint")),
        "floating": own.startswith(("float", "bfloat")),
    }
    return kinds.get(wanted, own == wanted)


def assert_type(inputs, expected_types, /):
    """Each array has its dtype, or all have the one."""
    inputs = listed(inputs)
    several = isinstance(expected_types, (list, tuple))
    expected = list(expected_types) if several else [expected_types] * len(inputs)
    matches = len(inputs) == len(expected) and all(map(is_of_type, inputs, expected))
    expect(matches, f"an array is not of type {expected_types}")


def assert_equal(first, second, /):
    """Two values are equal."""
    expect(first == second, f"{first} is not {second}")


def assert_not_both_none(first, second, /):
    """One of the two is not None."""
    expect(first is not None or second is not None, "both are None")


def assert_exactly_one_is_none(first, second, /):
    """One of the two is None, the other is not."""
    expect((first is None) != (second is None), f"one of {first} and {second} must be None")


def assert_is_divisible(numerator, denominator, /):
    """A number is a multiple of another."""
    expect(numerator % denominator == 0, f"{numerator} is not divisible by {denominator}")


def assert_scalar(x, /):
    """A value is a number or an array without axes."""
    expect(static_shape(x) == (), f"{x} is no scalar")


def assert_scalar_positive(x, /):
    """A number is greater than 0."""
    expect(static_shape(x) == () and x > 0, f"{x} is not positive")


def assert_scalar_non_negative(x, /):
    """A number is not less than 0."""
    expect(static_shape(x) == () and x >= 0, f"{x} is negative")


def assert_scalar_in(x, min_, max_, /, *, included=True):
    """A number lies in a range."""
    inside = min_ <= x <= max_ if included else min_ < x < max_
    expect(inside, f"{x} does not lie between {min_} and {max_}")
