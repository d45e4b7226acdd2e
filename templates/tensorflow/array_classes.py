"""Classes of arrays with attributes of their own."""

import tensorflow as tf

from .indexing import getitem, setitem


def unwrapped(value):
    """The array of an object that holds one; anything else itself."""
    return value.array if isinstance(value, ArrayBase) else value


def forwarded(name):
    """A method that has the array's method compute, and gives the class back."""

    def method(self, *args):
        function = getitem if name == "__getitem__" else getattr(type(self.array), name)
        result = function(self.array, *map(unwrapped, args))
        return view_as_class(result, type(self), self) if len(result.shape) else result

    return method


class ArrayBase:
    """Base of classes that hold an array, compute with it as it does, and have attributes of their own.

    Results of operators and indexing are of the class, except those without axes; ``__array_finalize__`` gives them
    their attributes.
    """

    __hash__ = None

    def __array_finalize__(self, source):
        """Called on each new object of the class with the array or object that it comes from."""

    def __getattr__(self, name):
        if name == "array" or name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self.array, name)
        if isinstance(value, tf.Tensor):
            return view_as_class(value, type(self), self) if len(value.shape) else value
        return value

    def __array__(self, dtype=None, copy=None):
        return self.array.numpy() if dtype is None else self.array.numpy().astype(dtype)

    def __tf_tensor__(self, dtype=None, name=None):
        return self.array if dtype is None else tf.cast(self.array, dtype)

    def __setitem__(self, index, value):
        self.array = setitem(self.array, index, unwrapped(value))

    def __len__(self):
        return len(self.array)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        return bool(self.array)

    def __float__(self):
        return float(self.array)

    def __int__(self):
        return int(self.array)

    def __repr__(self):
        return f"{type(self).__name__}({self.array})"

    __getitem__ = forwarded("__getitem__")
    __add__ = forwarded("__add__")
    __radd__ = forwarded("__radd__")
    __sub__ = forwarded("__sub__")
    __rsub__ = forwarded("__rsub__")
    __mul__ = forwarded("__mul__")
    __rmul__ = forwarded("__rmul__")
    __truediv__ = forwarded("__truediv__")
    __rtruediv__ = forwarded("__rtruediv__")
    __floordiv__ = forwarded("__floordiv__")
    __rfloordiv__ = forwarded("__rfloordiv__")
    __mod__ = forwarded("__mod__")
    __rmod__ = forwarded("__rmod__")
    __pow__ = forwarded("__pow__")
    __rpow__ = forwarded("__rpow__")
    __matmul__ = forwarded("__matmul__")
    __rmatmul__ = forwarded("__rmatmul__")
    __and__ = forwarded("__and__")
    __or__ = forwarded("__or__")
    __xor__ = forwarded("__xor__")
    __eq__ = forwarded("__eq__")
    __ne__ = forwarded("__ne__")
    __lt__ = forwarded("__lt__")
    __le__ = forwarded("__le__")
    __gt__ = forwarded("__gt__")
    __ge__ = forwarded("__ge__")
    __neg__ = forwarded("__neg__")
    __abs__ = forwarded("__abs__")
    __invert__ = forwarded("__invert__")


def view_as_class(x, cls, source=None, /):
    """The array in an object of the class."""
    result = object.__new__(cls)
    result.array = tf.convert_to_tensor(unwrapped(x))
    result.__array_finalize__(x if source is None else source)
    return result
