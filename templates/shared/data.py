"""Data sets, samplers and loaders of batches, in one process."""

import bisect
import collections.abc
import itertools
import math
import types

import numpy as np

from .batches import batch_array, stacked_samples
from .random import randperm


class Dataset:
    """Samples by index: subclasses define `__getitem__`, and `__len__` where it is known."""

    __class_getitem__ = classmethod(types.GenericAlias)


class IterableDataset(Dataset):
    """Samples one after another: subclasses define `__iter__`."""


class TensorDataset(Dataset):
    """Tuples of the rows of some arrays."""

    def __init__(self, *tensors):
        if any(len(tensor) != len(tensors[0]) for tensor in tensors):
            raise ValueError("the arrays differ in length")
        self.tensors = tensors

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self):
        return len(self.tensors[0])


class Subset(Dataset):
    """The samples of a data set at some indices."""

    def __init__(self, dataset, indices):
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index):
        return self.dataset[self.indices[index]]

    def __len__(self):
        return len(self.indices)


class ConcatDataset(Dataset):
    """Several data sets one after another."""

    def __init__(self, datasets):
        self.datasets = list(datasets)
        self.cumulative_sizes = list(itertools.accumulate(map(len, self.datasets)))

    def __len__(self):
        return self.cumulative_sizes[-1]

    def __getitem__(self, index):
        index = index + len(self) if index < 0 else index
        number = bisect.bisect_right(self.cumulative_sizes, index)
        start = self.cumulative_sizes[number - 1] if number else 0
        return self.datasets[number][index - start]


def split_dataset(dataset, counts, generator=None):
    """Random parts of a data set, of so many samples, or of these shares."""
    if math.isclose(sum(counts), 1) and sum(counts) <= 1:
        sizes = [math.floor(len(dataset) * share) for share in counts]
        for number in range(len(dataset) - sum(sizes)):
            sizes[number % len(sizes)] += 1
        counts = sizes
    if sum(counts) != len(dataset):
        raise ValueError("the counts do not add up to the length of the data set")
    order = np.asarray(randperm(sum(counts), generator=generator)).tolist()
    ends = itertools.accumulate(counts)
    return [Subset(dataset, order[end - n : end]) for n, end in zip(counts, ends)]


class Sampler:
    """Indices of samples in the order in which they are drawn: subclasses define `__iter__`."""

    __class_getitem__ = classmethod(types.GenericAlias)

    def __init__(self, data_source=None):
        pass


class SequentialSampler(Sampler):
    """All indices in order."""

    def __init__(self, data_source):
        self.data_source = data_source

    def __iter__(self):
        return iter(range(len(self.data_source)))

    def __len__(self):
        return len(self.data_source)


class RandomSampler(Sampler):
    """All indices in random order, or `num_samples` of them with replacement."""

    def __init__(self, data_source, replacement=False, num_samples=None, generator=None):
        self.data_source = data_source
        self.replacement = replacement
        self.num_samples = len(data_source) if num_samples is None else num_samples
        self.generator = generator

    def __iter__(self):
        drawn = 0
        while drawn < self.num_samples:
            order = np.asarray(randperm(len(self.data_source), generator=self.generator)).tolist()
            count = 1 if self.replacement else self.num_samples - drawn
            yield from order[:count]
            drawn += len(order[:count])

    def __len__(self):
        return self.num_samples


class SubsetRandomSampler(Sampler):
    """Some indices in random order."""

    def __init__(self, indices, generator=None):
        self.indices = indices
        self.generator = generator

    def __iter__(self):
        order = np.asarray(randperm(len(self.indices), generator=self.generator)).tolist()
        return iter([self.indices[i] for i in order])

    def __len__(self):
        return len(self.indices)


class BatchSampler(Sampler):
    """Lists of `batch_size` indices; the last one may be shorter unless it is dropped."""

    def __init__(self, sampler, batch_size, drop_last):
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self):
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self):
        count = len(self.sampler)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


def default_collate(batch):
    """One batch of a list of samples: arrays and numbers are stacked, containers part by part."""
    first = batch[0]
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, collections.abc.Mapping):
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, (tuple, list)):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("the samples differ in their number of parts")
        parts = [default_collate(list(part)) for part in zip(*batch)]
        return type(first)(*parts) if hasattr(first, "_fields") else parts
    if isinstance(first, (bool, int, float)):
        return batch_array(np.array(batch))
    return stacked_samples(batch)


class DataLoader:
    """Batches of a data set, as `sampler` or `shuffle` orders it, made by `collate_fn`."""

    __class_getitem__ = classmethod(types.GenericAlias)

    def __init__(
        self, dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None, collate_fn=None,
        drop_last=False, generator=None,
    ):  # fmt: skip
        self.dataset = dataset
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.generator = generator
        iterable = isinstance(dataset, IterableDataset)
        if sampler is None and not iterable:
            random = RandomSampler(dataset, generator=generator) if shuffle else None
            sampler = random or SequentialSampler(dataset)
        self.sampler = sampler
        if batch_sampler is None and batch_size is not None and not iterable:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_sampler = batch_sampler
        single = batch_size is None and batch_sampler is None
        self.collate_fn = collate_fn or ((lambda sample: sample) if single else default_collate)

    def __iter__(self):
        if isinstance(self.dataset, IterableDataset):
            yield from self._in_order(iter(self.dataset))
        elif self.batch_sampler is None:
            yield from (self.collate_fn(self.dataset[index]) for index in self.sampler)
        else:
            for indices in self.batch_sampler:
                yield self.collate_fn([self.dataset[index] for index in indices])

    def _in_order(self, samples):
        if self.batch_size is None:
            yield from map(self.collate_fn, samples)
            return
        while batch := list(itertools.islice(samples, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield self.collate_fn(batch)

    def __len__(self):
        if self.batch_sampler is not None:
            return len(self.batch_sampler)
        return len(self.dataset if self.sampler is None else self.sampler)
