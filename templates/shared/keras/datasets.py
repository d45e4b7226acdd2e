"""Data sets as ``tf.data`` has them: iterables of elements, which are arrays or structures of arrays."""

import itertools

import numpy as np

from .steps import as_arrays, as_elements, new_order
from .structures import array_leaves, each_array, each_leaf


class TensorSpec:
    """The shape and the dtype of an element."""

    def __init__(self, shape, dtype=None, name=None):
        self.shape, self.dtype, self.name = shape, dtype, name


def as_leaf(value):
    """An array of NumPy for a leaf of an element, which a list is too; Python's numbers have 32 bits."""
    array = np.asarray(as_arrays(value))
    narrow = {"f": np.float32, "i": np.int32}.get(array.dtype.kind)
    return array.astype(narrow) if narrow and has_plain_numbers(value) else array


def has_plain_numbers(value):
    """Whether a value is a number of Python or a list of such."""
    if isinstance(value, (list, tuple)):
        return all(map(has_plain_numbers, value))
    return isinstance(value, (int, float)) and not isinstance(value, np.generic)


def as_element(value):
    """A leaf of what a function gives, as an array where it is one, a number or a list."""
    arrays = bool, int, float, list, np.ndarray, np.number, np.bool_
    return as_elements(as_leaf(value)) if isinstance(value, arrays) else value


def as_typed(value, dtypes):
    """An element with the dtypes of a structure."""
    if isinstance(dtypes, dict):
        return {key: as_typed(value[key], dtype) for key, dtype in dtypes.items()}
    if isinstance(dtypes, (list, tuple)):
        return tuple(as_typed(part, dtype) for part, dtype in zip(value, dtypes, strict=True))
    return as_elements(as_leaf(value), dtypes)


def in_windows(elements):
    """Data sets of the parts of elements, in the elements' structure."""
    if isinstance(elements[0], dict):
        return {key: in_windows([element[key] for element in elements]) for key in elements[0]}
    if isinstance(elements[0], tuple):
        return tuple(in_windows(list(parts)) for parts in zip(*elements))
    return Dataset(lambda: elements, len(elements))


def padded(elements, shapes, values):
    """A batch of elements that are filled up to shapes, None meaning the largest size in the batch."""

    def part(structure, key):
        return structure[key] if isinstance(structure, (dict, tuple)) else structure

    first = elements[0]
    if isinstance(first, (dict, tuple)):
        keys = first if isinstance(first, dict) else range(len(first))
        found = {key: padded([each[key] for each in elements], part(shapes, key), part(values, key)) for key in keys}
        return found if isinstance(first, dict) else tuple(found.values())
    arrays = [np.asarray(as_arrays(element)) for element in elements]
    sizes = list(map(max, zip(*(array.shape for array in arrays))))
    if shapes is not None:
        sizes = [size if wanted in (None, -1) else wanted for size, wanted in zip(sizes, shapes, strict=True)]
    found = np.full((len(arrays), *sizes), values or 0, arrays[0].dtype)
    for place, array in enumerate(arrays):
        found[(place, *map(slice, array.shape))] = array
    return as_elements(found)


def stacked_elements(elements):
    """A batch of elements of one structure."""
    first = elements[0]
    if isinstance(first, dict):
        return {key: stacked_elements([element[key] for element in elements]) for key in first}
    if isinstance(first, (list, tuple)):
        return type(first)(stacked_elements(list(parts)) for parts in zip(*elements))
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
        tensors = each_leaf(as_leaf, tensors)
        sizes = {len(leaf) for leaf in array_leaves(tensors)}
        if len(sizes) > 1:
            raise ValueError(f"arrays of {sorted(sizes)} rows have no common rows")
        (size,) = sizes

        def rows():
            return (each_array(lambda a, i=i: as_elements(a[i]), tensors) for i in range(size))

        return cls(rows, size)

    # only if used
    @classmethod
    def from_tensors(cls, tensors, name=None):
        """One element."""
        return cls(lambda: [each_leaf(lambda a: as_elements(as_leaf(a)), tensors)], 1)

    # only if used
    @classmethod
    def from_generator(cls, generator, output_types=None, args=None, output_signature=None):
        """What a function that gives generators yields, in the dtypes that are stated."""
        dtypes = output_types
        if output_signature is not None:
            dtypes = each_leaf(lambda spec: spec.dtype, output_signature)
        return cls(lambda: (as_typed(item, dtypes) for item in generator(*(args or ()))))

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
        return Dataset(lambda: (each_leaf(as_element, spread(map_func, element)) for element in self), self.size)

    # only if used
    def flat_map(self, map_func, name=None):
        """The elements of the data sets that a function gives."""
        return Dataset(lambda: itertools.chain.from_iterable(spread(map_func, element) for element in self))

    # only if used
    def apply(self, transformation_func):
        """What a function gives for the data set."""
        return transformation_func(self)

    # only if used
    def reduce(self, initial_state, reduce_func, name=None):
        """What a function of the state so far and an element gives in the end."""
        state = each_leaf(as_element, initial_state)
        for element in self:
            state = reduce_func(state, element)
        return state

    # only if used
    def filter(self, predicate, name=None):
        """The elements for which a function is true."""
        return Dataset(lambda: (element for element in self if bool(spread(predicate, element))))

    # only if used
    def batch(self, batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None, name=None):
        """Batches of elements; the last one may be smaller, or is left out."""
        return self.joined(batch_size, drop_remainder, stacked_elements)

    # only if used
    def padded_batch(self, batch_size, padded_shapes=None, padding_values=None, drop_remainder=False, name=None):
        """Batches of elements that are filled up to one shape."""
        return self.joined(batch_size, drop_remainder, lambda batch: padded(batch, padded_shapes, padding_values))

    # only if used
    def joined(self, batch_size, drop_remainder, join):
        """What a function makes of each so many elements."""
        last = 0 if drop_remainder else batch_size - 1
        size = None if self.size is None else (self.size + last) // batch_size

        def batches():
            elements = iter(self)
            while batch := list(itertools.islice(elements, batch_size)):
                if len(batch) == batch_size or not drop_remainder:
                    yield join(batch)

        return Dataset(batches, size)

    # only if used
    def window(self, size, shift=None, stride=1, drop_remainder=False, name=None):
        """Data sets of elements that follow one another, which begin every ``shift`` elements."""
        shift, span = size if shift is None else shift, (size - 1) * stride + 1

        def windows():
            elements, held = iter(self), []
            while True:
                held += itertools.islice(elements, span - len(held))
                found = held[:span:stride]
                if not found or drop_remainder and len(found) < size:
                    return
                yield in_windows(found)
                list(itertools.islice(elements, max(shift - len(held), 0)))
                held = held[shift:]

        count = None
        if self.size is not None:
            count = max((self.size - span) // shift + 1, 0) if drop_remainder else -(-self.size // shift)
        return Dataset(windows, count)

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
    def take_while(self, predicate, name=None):
        """The elements before the first for which a function is false."""
        return Dataset(lambda: itertools.takewhile(lambda element: bool(spread(predicate, element)), self))

    # only if used
    def shard(self, num_shards, index, name=None):
        """Every so-manyth element."""
        size = None if self.size is None else len(range(index, self.size, num_shards))
        return Dataset(lambda: itertools.islice(self, index, None, num_shards), size)

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


def timeseries_dataset_from_array(
    data, targets, sequence_length, sequence_stride=1, sampling_rate=1, batch_size=128, shuffle=False, seed=None,
    start_index=None, end_index=None,
):  # fmt: skip
    """Batches of windows over the rows of an array, each with the target of its first row where there are targets."""
    rows, wanted = (None if x is None else np.asarray(as_arrays(x))[start_index:end_index] for x in (data, targets))
    count = len(rows) - (sequence_length - 1) * sampling_rate
    count = count if targets is None else min(count, len(targets))
    starts = np.arange(0, count, sequence_stride)
    steps = np.arange(sequence_length) * sampling_rate

    def windows():
        for start in starts:
            window = as_elements(rows[start + steps])
            yield window if wanted is None else (window, as_elements(wanted[start]))

    dataset = Dataset(windows, len(starts))
    if shuffle:
        dataset = dataset.shuffle(len(starts), seed)
    return dataset if batch_size is None else dataset.batch(batch_size)
