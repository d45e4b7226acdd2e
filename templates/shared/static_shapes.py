"""Questions that TensorFlow asks of shapes, here tuples; None is a size that is not known."""


def are_compatible_shapes(shape, other):
    """Whether two shapes may be the same."""
    return len(shape) == len(other) and all(a == b or a is None or b is None for a, b in zip(shape, other))


def check_compatible_shapes(shape, other):
    """Raise unless two shapes may be the same."""
    if not are_compatible_shapes(shape, other):
        raise ValueError(f"Shapes {tuple(shape)} and {tuple(other)} are incompatible")


def shape_of_rank(shape, rank):
    """The shape, which must have so many axes."""
    if len(shape) != rank:
        raise ValueError(f"Shape {tuple(shape)} must have rank {rank}")
    return shape


def shape_of_rank_at_least(shape, rank):
    """The shape, which must have at least so many axes."""
    if len(shape) < rank:
        raise ValueError(f"Shape {tuple(shape)} must have rank at least {rank}")
    return shape
