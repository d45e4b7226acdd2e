"""Data sets as ``tf.data`` has them: iterables of elements, which are arrays or structures of arrays."""

import itertools

import numpy as np

from .steps import as_arrays, as_elements, new_order
from .structures import array_leaves, each_array


class TensorSpec:
    """The shape and the dtype of an element."""

    def __init__(self, shape, dtype=None, name=None):
        self.shape, self.dtype, self.name = shape, dtype, name


def stacked(elements):
    """A batch of elements of one structure."""
    first = elements[0]
    if isinstance(first, dict):
        return {key: stacked([element[key] for element in elements]) for key in first}
    if isinstance(first, (list, tuple)):
        return type(first)(stacked(list(parts)) for parts in zip(*elements))
    return as_elements(np.stack([as_arrays(element) for element in elements]))


def spread(function, element):
    """Call a function with the parts of a tuple, or with an element that is none."""
    return function(*element) if isinstance(element, tuple) else function(element)


class Dataset:
    """Elements that are computed whenever they are gone through; ``size`` is their number, None if it is not known."""

    def __init__(self, iterate, size=None):
        self.iterate, self.size = iterate, size

    def __iter__(self):
        return iter(self.iterate())

    def __len__(self):
        if self.size is None:
            raise TypeError("the number of elements is not known")
        return self.size

    # only if used
    @classmethod
    def from_tensor_slices(cls, tensors, name=None):
        """The rows of arrays."""
        tensors = each_array(np.asarray, as_arrays(tuple(tensors) if isinstance(tensors, list) else tensors))
        size = len(array_leaves(tensors)[0])

        def rows():
            return (each_array(lambda a, i=i: as_elements(a[i]), tensors) for i in range(size))

        return cls(rows, size)

    # only if used
    @classmethod
    def from_tensors(cls, tensors, name=None):
        """One element."""
        return cls(lambda: [each_array(lambda a: as_elements(np.asarray(a)), as_arrays(tensors))], 1)

    # only if used
    @classmethod
    def from_generator(cls, generator, args=()):
        """What a function that gives generators yields."""
        return cls(lambda: (each_array(lambda a: as_elements(np.asarray(a)), item) for item in generator(*args)))

    # only if used
    @classmethod
    def range(cls, *limits):
        """The integers of a range."""
        return cls(lambda: map(as_elements, np.arange(*limits)), len(range(*limits)))

    # only if used
    @classmethod
    def zip(cls, *datasets, name=None):
        """Tuples of the elements of several data sets."""
        parts = datasets[0] if len(datasets) == 1 and isinstance(datasets[0], (list, tuple)) else datasets
        sizes = [part.size for part in parts if part.size is not None]
        return cls(lambda: zip(*parts), min(sizes) if len(sizes) == len(parts) else None)

    # only if used
    def map(self, map_func, num_parallel_calls=None, deterministic=None, name=None):
        """The results of a function, which is given the parts of tuples."""
        return Dataset(lambda: (spread(map_func, element) for element in self), self.size)

    # only if used
    def filter(self, predicate, name=None):
        """The elements for which a function is true."""
        return Dataset(lambda: (element for element in self if bool(spread(predicate, element))))

    # only if used
    def batch(self, batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None, name=None):
        """Batches of elements; the last one may be smaller, or is left out."""
        last = 0 if drop_remainder else batch_size - 1
        size = None if self.size is None else (self.size + last) // batch_size

        def batches():
            elements = iter(self)
            while batch := list(itertools.islice(elements, batch_size)):
                if len(batch) == batch_size or not drop_remainder:
                    yield stacked(batch)

        return Dataset(batches, size)

    # only if used
    def unbatch(self, name=None):
        """The rows of the elements."""
        return Dataset(lambda: (row for batch in self for row in Dataset.from_tensor_slices(batch)))

    # only if used
    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=True, name=None):
        """Elements drawn from those that a buffer holds; the order is not that of TensorFlow."""

        def drawn():
            elements, buffer = iter(self), []
            for element in elements:
                buffer.append(element)
                if len(buffer) >= buffer_size:
                    break
            generator = np.random.default_rng(new_order(2**16)[:4] if seed is None else seed)
            for element in elements:
                place = generator.integers(len(buffer))
                yield buffer[place]
                buffer[place] = element
            yield from (buffer[place] for place in generator.permutation(len(buffer)))

        return Dataset(drawn, self.size)

    # only if used
    def repeat(self, count=None, name=None):
        """The elements several times, or without end."""
        forever = count is None or count < 0
        turns = (lambda: itertools.count()) if forever else (lambda: range(count))
        return Dataset(
            lambda: itertools.chain.from_iterable(self for _ in turns()),
            None if forever or self.size is None else self.size * count,
        )

    # only if used
    def take(self, count, name=None):
        """The first elements; all with -1."""
        if count < 0:
            return self
        return Dataset(lambda: itertools.islice(self, count), None if self.size is None else min(self.size, count))

    # only if used
    def skip(self, count, name=None):
        """The elements after the first ones; none with -1."""
        size = None if self.size is None else max(self.size - count, 0) if count >= 0 else 0
        return Dataset(lambda: itertools.islice(self, count, None) if count >= 0 else iter(()), size)

    # only if used
    def concatenate(self, dataset, name=None):
        """The elements of this data set, then those of another."""
        known = self.size is not None and dataset.size is not None
        return Dataset(lambda: itertools.chain(self, dataset), self.size + dataset.size if known else None)

    # only if used
    def enumerate(self, start=0, name=None):
        """The elements with their numbers."""
        return Dataset(lambda: enumerate(self, start), self.size)

    # only if used
    def prefetch(self, buffer_size, name=None):
        """The data set itself: nothing is computed ahead."""
        return self

    # only if used
    def cache(self, filename="", name=None):
        """The elements, which are kept when they were gone through once."""
        kept = []

        def elements():
            if not kept:
                kept.append(list(self))
            return kept[0]

        return Dataset(elements, self.size)

    # only if used
    def cardinality(self):
        """The number of elements; -2 where it is not known."""
        return -2 if self.size is None else self.size

    # only if used
    def as_numpy_iterator(self):
        """The elements as arrays of NumPy."""
        return map(as_arrays, self)
