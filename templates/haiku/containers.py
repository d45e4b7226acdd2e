"""Lists and dictionaries of modules and parameters."""

import collections.abc
import copy

import jax

from .module import Module, _members
from .variables import Parameter, Variable


class _Items(Module):
    """Container whose items are attributes, in order of insertion."""

    def _named(self):
        """(name, item) in order."""
        return [item for item in _members(self) if isinstance(item[1], (Module, Variable))]

    def _wrapped(self, item):
        return Parameter(item) if isinstance(item, jax.Array) else item

    def __len__(self):
        return len(self._named())


class _ItemList(_Items, collections.abc.MutableSequence):
    """List whose items are the attributes '0', '1', ..."""

    def __init__(self, items=None):
        super().__init__()
        self.extend(items or ())

    def __getitem__(self, index):
        found = [item for _, item in self._named()][index]
        return type(self)(found) if isinstance(index, slice) else found

    def __setitem__(self, index, item):
        setattr(self, self._named()[index][0], self._wrapped(item))

    def __delitem__(self, index):
        items = list(self)
        del items[index]
        self._replace(items)

    def _replace(self, items):
        for name, _ in self._named():
            delattr(self, name)
        self.extend(items)

    def __contains__(self, item):
        return any(item is other for other in self)

    def __add__(self, other):
        return type(self)([*self, *other])

    def insert(self, index, item):
        """Puts an item before the one at `index`."""
        items = list(self)
        items.insert(index, item)
        self._replace(items)

    def append(self, item):
        """Adds an item at the end and returns the list."""
        setattr(self, str(len(self)), self._wrapped(item))
        return self

    def extend(self, items):
        """Adds items at the end and returns the list."""
        for item in list(items):
            self.append(item)
        return self


class ModuleList(_ItemList):
    """List of modules; children are the attributes '0', '1', ..."""


class ParameterList(_ItemList):
    """List of parameters with the names '0', '1', ...; arrays become parameters."""


class _ItemDict(_Items, collections.abc.MutableMapping):
    """Dictionary whose items are attributes of their names."""

    def __init__(self, items=None):
        super().__init__()
        self.update({} if items is None else items)

    def __getitem__(self, key):
        return dict(self._named())[key]

    def __setitem__(self, key, item):
        setattr(self, key, self._wrapped(item))

    def __delitem__(self, key):
        delattr(self, key)

    def __iter__(self):
        return iter([name for name, _ in self._named()])


class ModuleDict(_ItemDict):
    """Dictionary of modules in order of insertion; children are attributes of their names."""


class ParameterDict(_ItemDict):
    """Dictionary of parameters in order of insertion; arrays become parameters."""


def _layer_copies(layer, count):
    """Copies of a layer, which start with equal parameters."""
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])
