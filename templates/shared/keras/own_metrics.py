"""The base of metrics of one's own."""

import functools

from .base import dtype_named, initial
from .layer_names import snake_case
from .steps import batch_tensors, new_variable


class Metric:
    """Base of metrics: ``add_weight`` makes what ``update_state`` changes, ``result`` gives the value so far."""

    def __init__(self, dtype=None, name=None):
        self.name, self.dtype = name or snake_case(type(self).__name__), dtype_named(dtype)
        self.variables = []

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        update = vars(cls).get("update_state")
        if update is not None:

            @functools.wraps(update)
            def of_tensors(self, *args, **kwargs):
                return update(self, *batch_tensors(args), **batch_tensors(kwargs))

            cls.update_state = of_tensors

    def add_weight(self, shape=(), initializer="zeros", dtype=None, name=None, **options):
        """A new variable, which is never trained."""
        dtype = self.dtype if dtype is None else dtype_named(dtype)
        variable = new_variable(initial(initializer or "zeros", tuple(shape)), dtype)
        self.variables.append((variable, initial("zeros", tuple(shape))))
        return variable

    # only if used
    add_variable = add_weight

    def reset_state(self):
        """Set all variables to zero."""
        for variable, zeros in self.variables:
            variable[...] = zeros

    def result(self):
        """The value so far."""
        raise NotImplementedError(f"{type(self).__name__} has no method result")

    def __call__(self, *args, **kwargs):
        self.update_state(*args, **kwargs)
        return self.result()
