"""Keras' way of building layers in NumPy: weights are made at the first call, models also from a graph."""

import functools
import inspect
import itertools
import math
import operator

import numpy as np

from ..layers import ModuleDict, ModuleList
from ..module import Module
from ..random import default_generator


def fans(shape):
    """Fan in and fan out of a kernel whose last two axes are input and output."""
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


def truncated(shape, std):
    """Normal numbers of this standard deviation within two of them."""
    generator = default_generator()
    draws = generator.standard_normal(shape)
    while (outside := np.abs(draws) > 2).any():
        draws = np.where(outside, generator.standard_normal(shape), draws)
    return draws * std


def orthogonal(shape):
    """A matrix of all axes but the last by the last whose rows or columns are orthonormal, in this shape."""
    rows, columns = math.prod(shape[:-1]), shape[-1]
    q, r = np.linalg.qr(
        default_generator().standard_normal((max(rows, columns), min(rows, columns)))
    )
    q *= np.sign(np.diag(r))
    return (q if rows >= columns else q.T).reshape(shape)


def scaled(shape, scale, mode, distribution):
    """Numbers whose variance is scale over the fan in, the fan out or their mean."""
    fan_in, fan_out = fans(shape)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    std = math.sqrt(scale / max(fan, 1))
    if distribution == "uniform":
        return default_generator().uniform(-math.sqrt(3) * std, math.sqrt(3) * std, shape)
    if distribution == "untruncated_normal":
        return default_generator().standard_normal(shape) * std
    # The standard deviation of a normal distribution that is cut off at two of them.
    return truncated(shape, std / 0.87962566103423978)


def initial(initializer, shape, dtype="float32"):
    """A new array from the name of a Keras initializer, or from a function of the shape."""
    value = initializer(shape) if callable(initializer) else drawn(initializer, shape)
    return np.array(value, dtype)


def drawn(initializer, shape):
    """Numbers from the name of a Keras initializer."""
    name = str(initializer).replace("_", "").lower()
    if name in ("zeros", "zero"):
        return np.zeros(shape)
    if name in ("ones", "one"):
        return np.ones(shape)
    if name in ("uniform", "randomuniform"):
        return default_generator().uniform(-0.05, 0.05, shape)
    if name in ("normal", "randomnormal"):
        return default_generator().standard_normal(shape) * 0.05
    if name == "truncatednormal":
        return truncated(shape, 0.05)
    if name == "orthogonal":
        return orthogonal(shape)
    families = {"glorot": (1, "fan_avg"), "he": (2, "fan_in"), "lecun": (1, "fan_in")}
    for start, (scale, mode) in families.items():
        if name in (f"{start}uniform", f"{start}normal"):
            kind = "uniform" if name.endswith("uniform") else "truncated_normal"
            return scaled(shape, scale, mode, kind)
    raise ValueError(f"unknown initializer {initializer!r}")


class Symbolic:
    """A tensor of a model that is being put together: what makes it, and an example of its value."""

    def __init__(self, value, function=None, args=(), kwargs=None):
        self.value = value
        self.function, self.args, self.kwargs = function, args, kwargs or {}

    @property
    def shape(self):
        """The shape, with None for the number of examples."""
        return (None, *self.value.shape[1:])

    @property
    def ndim(self):
        """The number of axes."""
        return len(self.value.shape)

    @property
    def dtype(self):
        """The dtype."""
        return self.value.dtype

    def __array_ufunc__(self, function, method, *args, **kwargs):
        return applied(getattr(function, method), args, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        return applied(function, args, kwargs)

    def __add__(self, other):
        return applied(operator.add, (self, other))

    def __radd__(self, other):
        return applied(operator.add, (other, self))

    def __sub__(self, other):
        return applied(operator.sub, (self, other))

    def __rsub__(self, other):
        return applied(operator.sub, (other, self))

    def __mul__(self, other):
        return applied(operator.mul, (self, other))

    def __rmul__(self, other):
        return applied(operator.mul, (other, self))

    def __truediv__(self, other):
        return applied(operator.truediv, (self, other))

    def __rtruediv__(self, other):
        return applied(operator.truediv, (other, self))

    def __pow__(self, other):
        return applied(operator.pow, (self, other))

    def __matmul__(self, other):
        return applied(operator.matmul, (self, other))

    def __neg__(self):
        return applied(operator.neg, (self,))

    def __getitem__(self, index):
        return applied(operator.getitem, (self, index))


def mapped(function, value):
    """A structure with the result of a function in place of each of its leaves."""
    if isinstance(value, (list, tuple)):
        items = [mapped(function, item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {key: mapped(function, item) for key, item in value.items()}
    return function(value)


def replaced(value, known):
    """A structure with a value in place of each symbolic tensor."""
    return mapped(lambda leaf: known(leaf) if isinstance(leaf, Symbolic) else leaf, value)


def symbols(value):
    """The symbolic tensors of a structure."""
    found = []
    replaced(value, found.append)
    return found


def applied(function, args, kwargs=None):
    """The symbolic result of calling a function on symbolic tensors; of several results, a list."""
    kwargs = kwargs or {}
    found = replaced((args, kwargs), lambda x: x.value)
    with np.errstate(all="ignore"):
        value = function(*found[0], **found[1])
    if isinstance(value, (list, tuple)):
        whole = Symbolic(value[0], function, args, kwargs)
        return [Symbolic(item, operator.getitem, (whole, i)) for i, item in enumerate(value)]
    return Symbolic(value, function, args, kwargs)


class Graph:
    """The tensors between the inputs and the outputs of a model, in an order in which they can be computed."""

    def __init__(self, inputs, outputs):
        self.inputs, self.outputs = inputs, outputs
        known = {id(tensor): tensor for tensor in symbols(inputs)}
        count, todo = len(known), symbols(outputs)[::-1]
        while todo:
            tensor = todo[-1]
            if tensor.function is None and id(tensor) not in known:
                raise ValueError(
                    "the outputs of the model need an input that is not among its inputs"
                )
            missing = [t for t in symbols([tensor.args, tensor.kwargs]) if id(t) not in known]
            if missing and id(tensor) not in known:
                todo.extend(reversed(missing))
            else:
                known.setdefault(id(todo.pop()), tensor)
        self.tensors = list(known.values())[count:]

    @property
    def layers(self):
        """The layers of the graph, each once."""
        return list(
            dict.fromkeys(t.function for t in self.tensors if isinstance(t.function, Layer))
        )

    def outputs_of(self, inputs, layers):
        """The outputs for some inputs, with the layers of these names."""
        tensors = symbols(self.inputs)
        if isinstance(self.inputs, dict):
            inputs = [inputs[name] for name in self.inputs]
        values = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        known = {id(t): value for t, value in zip(tensors, values, strict=True)}
        for t in self.tensors:
            args, kwargs = replaced((t.args, t.kwargs), lambda x: known[id(x)])
            function = layers[t.function.name] if isinstance(t.function, Layer) else t.function
            known[id(t)] = function(*args, **kwargs)
        return replaced(self.outputs, lambda x: known[id(x)])


def shape_of(value):
    """The shape of an input, or the shapes of a list of inputs."""
    if isinstance(value, (list, tuple)):
        return [shape_of(item) for item in value]
    return tuple(value.shape) if hasattr(value, "shape") else None


def unique_name(kind, counters={}):  # noqa: B006
    """A name such as ``conv2d_1`` for a layer that was given none."""
    pairs = zip(kind, " " + kind, strict=False)
    words = "".join(
        f"_{c.lower()}" if c.isupper() and before.islower() else c.lower() for c, before in pairs
    )
    count = next(counters.setdefault(words, itertools.count()))
    return f"{words}_{count}" if count else words


def tracked(value):
    """Lists and dictionaries of layers as modules, so that their layers have names."""
    if isinstance(value, (list, tuple)) and value:
        items = [tracked(item) for item in value]
        return ModuleList(items) if all(isinstance(item, Module) for item in items) else value
    if isinstance(value, dict) and value:
        items = {key: tracked(item) for key, item in value.items()}
        return (
            ModuleDict(items) if all(isinstance(item, Module) for item in items.values()) else value
        )
    return value


def layers_in(values):
    """Yields the layers among some values and in lists among them."""
    for value in values:
        if isinstance(value, Layer):
            yield value
        elif isinstance(value, (list, tuple, ModuleList)):
            yield from layers_in(value)


def noting(build):
    """A ``build`` after which the layer counts as built."""

    @functools.wraps(build)
    def built(self, *shapes, **named):
        build(self, *shapes, **named)
        self.built = True

    return built


class Layer(Module):
    """Base class of layers: ``build`` makes the weights when the layer is first called, ``call`` computes.

    There is no training: ``training`` is false for a ``call`` that takes it.
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = noting(cls.build)

    def __init__(self, name=None, trainable=True, dtype=None):
        self.name = name or unique_name(type(self).__name__)
        self.trainable = trainable
        self.dtype = np.dtype(dtype or "float32")
        self.built = False

    def build(self, input_shape):
        """Make the weights for inputs of this shape."""

    def add_weight(
        self, shape=(), initializer="glorot_uniform", dtype=None, trainable=True, name=None
    ):
        """A new array."""
        return initial(initializer, tuple(shape), dtype or self.dtype)

    def prepare(self, *inputs):
        """Make the weights."""
        for name, value in list(vars(self).items()):
            if (layers := tracked(value)) is not value:
                setattr(self, name, layers)
        self.build(shape_of(inputs[0]) if inputs else None)
        self.built = True

    def _converted(self, value):
        """Floats in the dtype of the layer; other values as they are."""
        floats = isinstance(value, (np.ndarray, np.generic)) and np.issubdtype(
            value.dtype, np.floating
        )
        return np.asarray(value, self.dtype) if floats else value

    def __call__(self, *args, training=False, **kwargs):
        if training:
            raise NotImplementedError("this model is for inference only")
        if symbols((args, kwargs)):
            return applied(self, args, kwargs)
        args, kwargs = mapped(self._converted, (args, kwargs))
        if not self.built:
            self.prepare(*args, *kwargs.values())
        if "training" in inspect.signature(self.call).parameters:
            kwargs["training"] = False
        return self.call(*args, **kwargs)

    def call(self, inputs):
        """What the layer computes."""
        raise NotImplementedError(f"{type(self).__name__} has no method call")

    def get_config(self):
        """The name of the layer, for subclasses to add their arguments to."""
        return {"name": self.name, "trainable": self.trainable}


def Input(shape=None, batch_size=None, dtype=None, batch_shape=None, name=None):
    """A symbolic input of a model; ``shape`` is without the number of examples."""
    shape = tuple(shape if shape is not None else batch_shape[1:])
    return Symbolic(np.zeros((batch_size or 1, *shape), dtype or "float32"))


class Model(Layer):
    """Base class of models. ``Model(inputs, outputs)`` is the model between symbolic tensors."""

    def __init__(self, inputs=None, outputs=None, name=None, trainable=True, dtype=None):
        super().__init__(name, trainable, dtype)
        self._names = ()
        self._graph = None if inputs is None else Graph(inputs, outputs)
        if self._graph is not None:
            for layer in self._graph.layers:
                self._register(layer)
            self.built = True

    def _register(self, layer):
        """Set a layer under its name."""
        name = layer.name.replace(".", "_")
        if hasattr(self, name):
            raise ValueError(f"{self.name} has {name!r} already: give the layer another name")
        setattr(self, name, layer)
        self._names = (*self._names, name)

    @property
    def layers(self):
        """The layers of the model."""
        return list(layers_in(getattr(self, name) for name in self._names or vars(self)))

    def get_layer(self, name):
        """The layer of this name."""
        return next(layer for layer in self.layers if layer.name == name)

    def call(self, inputs):
        return self._graph.outputs_of(inputs, {layer.name: layer for layer in self.layers})


class Sequential(Model):
    """Layers one after the other."""

    def __init__(self, layers=None, name=None, trainable=True):
        super().__init__(name=name, trainable=trainable)
        for layer in layers or ():
            self.add(layer)

    def add(self, layer):
        """Append a layer."""
        if not isinstance(layer, Symbolic):
            self._register(layer)

    def call(self, inputs):
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs
