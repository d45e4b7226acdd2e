"""Elements that are written one by one, as ``tf.TensorArray`` holds them."""

import numpy as np


class TensorArray:
    """A list of arrays that is written by index; what is not written yet cannot be read."""

    def __init__(self, dtype=None, size=0, dynamic_size=False, element_shape=None):
        self.dtype, self.dynamic_size = dtype, dynamic_size
        self.elements = [None] * int(size)

    def write(self, index, value):
        """Put a value at an index and give the array itself."""
        index = int(index)
        if index >= len(self.elements):
            if not self.dynamic_size:
                raise IndexError(f"index {index} in an array of the fixed size {len(self.elements)}")
            self.elements += [None] * (index + 1 - len(self.elements))
        self.elements[index] = np.array(value, self.dtype)
        return self

    def read(self, index):
        """The value at an index."""
        value = self.elements[int(index)]
        if value is None:
            raise ValueError(f"nothing was written at index {int(index)}")
        return value

    def size(self):
        """The number of elements."""
        return len(self.elements)

    def stack(self):
        """All elements along a new first axis."""
        return np.stack([self.read(index) for index in range(self.size())])

    # only if used
    def concat(self):
        """All elements along their first axis."""
        return np.concatenate([self.read(index) for index in range(self.size())])

    # only if used
    def gather(self, indices):
        """Some elements along a new first axis."""
        return np.stack([self.read(index) for index in indices])

    # only if used
    def unstack(self, value):
        """Put the parts of an array along its first axis in place of the elements."""
        self.elements = list(value)
        return self

    # only if used
    def identity(self):
        """The array itself."""
        return self

    # only if used
    def mark_used(self):
        """Nothing: there are no graphs that warn."""
