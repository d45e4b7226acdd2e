"""What the factors of layers that change images at random mean."""


def factor_bounds(factor, lowest=-1.0):
    """The two bounds of a factor; a number stands for those around zero."""
    if isinstance(factor, (tuple, list)):
        lower, upper = sorted(factor)
        return lower, upper
    return max(-abs(factor), lowest), abs(factor)
