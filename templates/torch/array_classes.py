"""Classes of tensors with attributes of their own."""

import torch


class ArrayBase(torch.Tensor):
    """Base of tensor classes whose results take over attributes through ``__array_finalize__``."""

    def __array_finalize__(self, source):
        """Called on each new tensor of the class with the tensor that it comes from."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        """The result of a PyTorch function, of the class of its operands."""
        result = super().__torch_function__(func, types, args, kwargs or {})
        source = next((arg for arg in args if isinstance(arg, ArrayBase)), None)
        for item in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(item, ArrayBase) and item is not source and source is not None:
                item.__array_finalize__(source)
        return result


def view_as_class(x, cls, /):
    """The same memory as a tensor of the class."""
    result = x.as_subclass(cls)
    result.__array_finalize__(x)
    return result
