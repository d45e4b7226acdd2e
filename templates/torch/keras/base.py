"""Keras' way of building layers on torch.nn: weights are made at the first call, models also from a graph."""

import inspect
import itertools
import math

import torch
from torch import nn


def truncated(shape, std):
    """Normal numbers of this standard deviation within two of them."""
    return nn.init.trunc_normal_(torch.empty(shape), std=std, a=-2 * std, b=2 * std)


def fans(shape):
    """Fan in and fan out of a kernel whose last two axes are input and output."""
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


def scaled(shape, scale, mode, distribution):
    """Numbers whose variance is scale over the fan in, the fan out or their mean."""
    fan_in, fan_out = fans(shape)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    std = math.sqrt(scale / max(fan, 1))
    if distribution == "uniform":
        return torch.empty(shape).uniform_(-math.sqrt(3) * std, math.sqrt(3) * std)
    if distribution == "untruncated_normal":
        return torch.randn(shape) * std
    # The standard deviation of a normal distribution that is cut off at two of them.
    return truncated(shape, std / 0.87962566103423978)


def initial(initializer, shape):
    """A new array from the name of a Keras initializer, or from a function of the shape."""
    if callable(initializer):
        return torch.as_tensor(initializer(shape))
    name = "".join(part.capitalize() for part in str(initializer).split("_")).lower()
    if name in ("zeros", "zero"):
        return torch.zeros(shape)
    if name in ("ones", "one"):
        return torch.ones(shape)
    if name in ("uniform", "randomuniform"):
        return torch.empty(shape).uniform_(-0.05, 0.05)
    if name in ("normal", "randomnormal"):
        return torch.randn(shape) * 0.05
    if name == "truncatednormal":
        return truncated(shape, 0.05)
    if name == "orthogonal":
        rows, columns = math.prod(shape[:-1]), shape[-1]
        return nn.init.orthogonal_(torch.empty(rows, columns)).reshape(shape)
    for start, scale, mode in (("glorot", 1, "fan_avg"), ("he", 2, "fan_in"), ("lecun", 1, "fan_in")):
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
    def dtype(self):
        """The dtype."""
        return self.value.dtype

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return applied(function, args, kwargs or {})

    def __add__(self, other):
        return applied(torch.add, (self, other), {})

    def __radd__(self, other):
        return applied(torch.add, (self, other), {})

    def __sub__(self, other):
        return applied(torch.sub, (self, other), {})

    def __mul__(self, other):
        return applied(torch.mul, (self, other), {})

    def __rmul__(self, other):
        return applied(torch.mul, (self, other), {})

    def __truediv__(self, other):
        return applied(torch.div, (self, other), {})

    def __getitem__(self, index):
        return applied(lambda x: x[index], (self,), {})


def replaced(value, known):
    """A structure with a value in place of each symbolic tensor."""
    if isinstance(value, Symbolic):
        return known(value)
    if isinstance(value, (list, tuple)):
        return type(value)(replaced(item, known) for item in value)
    if isinstance(value, dict):
        return {key: replaced(item, known) for key, item in value.items()}
    return value


def is_symbolic(value):
    """Whether a structure holds a symbolic tensor."""
    if isinstance(value, (list, tuple)):
        return any(is_symbolic(item) for item in value)
    return isinstance(value, Symbolic)


def applied(function, args, kwargs):
    """The symbolic result of calling a function on symbolic tensors; of several results, a list."""
    with torch.no_grad():
        value = function(*replaced(args, lambda x: x.value), **replaced(kwargs, lambda x: x.value))
    if isinstance(value, (list, tuple)):
        whole = Symbolic(value[0], function, args, kwargs)
        return [Symbolic(item, lambda found, i=i: found[i], (whole,)) for i, item in enumerate(value)]
    return Symbolic(value, function, args, kwargs)


def shape_of(value):
    """The shape of an input, or the shapes of a list of inputs."""
    if isinstance(value, (list, tuple)):
        return [shape_of(item) for item in value]
    return tuple(value.shape) if hasattr(value, "shape") else None


def unique_name(kind, counters={}):
    """A name such as ``conv2d_1`` for a layer that was given none."""
    words = "".join(f"_{c.lower()}" if c.isupper() and i and kind[i - 1].islower() else c.lower() for i, c in enumerate(kind))
    count = next(counters.setdefault(words, itertools.count()))
    return f"{words}_{count}" if count else words


class Layer(nn.Module):
    """Base class of layers: ``build`` makes the weights when the layer is first called, ``forward`` computes.

    ``training`` is passed to a ``forward`` that takes it: the argument of the call, else the mode of the module.
    """

    def __init__(self, name=None, trainable=True, dtype=None):
        super().__init__()
        self.name = name or unique_name(type(self).__name__)
        self.trainable = trainable
        self.built = False

    def build(self, input_shape):
        """Make the weights for inputs of this shape."""

    def add_weight(self, shape=(), initializer="glorot_uniform", dtype=None, trainable=True, name=None):
        """A new parameter; a buffer when it is not trained."""
        value = initial(initializer, tuple(shape)).to(dtype or torch.get_default_dtype())
        return nn.Parameter(value) if trainable and self.trainable else nn.Buffer(value)

    def _track(self):
        """Register the layers in lists and dictionaries, as Keras does."""
        for name, value in list(vars(self).items()):
            if isinstance(value, (list, tuple)) and value and all(isinstance(v, nn.Module) for v in value):
                delattr(self, name)
                setattr(self, name, nn.ModuleList(value))
            elif isinstance(value, dict) and value and name != "_modules":
                if all(isinstance(v, nn.Module) for v in value.values()):
                    delattr(self, name)
                    setattr(self, name, nn.ModuleDict(value))

    def __call__(self, *args, training=None, **kwargs):
        if is_symbolic(args):
            was, self.training = self.training, False
            try:
                return applied(self, args, kwargs)
            finally:
                self.training = was
        if not self.built:
            self._track()
            self.build(shape_of(args[0]) if args else None)
            self.built = True
        if training is not None and training != self.training:
            modes = {module: module.training for module in self.modules()}
            self.train(training)
            try:
                return self(*args, training=training, **kwargs)
            finally:
                for module, mode in modes.items():
                    module.training = mode
        if "training" in inspect.signature(self.forward).parameters:
            kwargs["training"] = self.training
        return super().__call__(*args, **kwargs)

    def get_config(self):
        """The name of the layer, for subclasses to add their arguments to."""
        return {"name": self.name, "trainable": self.trainable}


def Input(shape=None, batch_size=None, dtype=None, batch_shape=None, name=None):
    """A symbolic input of a model; ``shape`` is without the number of examples."""
    shape = tuple(shape if shape is not None else batch_shape[1:])
    value = torch.zeros((batch_size or 1, *shape), dtype=dtype or torch.get_default_dtype())
    return Symbolic(value)


class Model(Layer):
    """Base class of models. ``Model(inputs, outputs)`` is the model between symbolic tensors."""

    def __init__(self, inputs=None, outputs=None, name=None, trainable=True, dtype=None):
        super().__init__(name, trainable, dtype)
        self.inputs, self.outputs = inputs, outputs
        if inputs is not None:
            self.built = True
            replaced(outputs, self._collect())

    def _collect(self):
        """A function that registers the layers of the graph below a tensor, in the order of the graph."""
        seen = set()

        def visit(tensor):
            if id(tensor) not in seen:
                seen.add(id(tensor))
                replaced([tensor.args, tensor.kwargs], visit)
                if isinstance(tensor.function, nn.Module):
                    self.add_module(tensor.function.name.replace(".", "_"), tensor.function)

        return visit

    @property
    def layers(self):
        """The layers of the model."""
        return list(self.children())

    def get_layer(self, name):
        """The layer of this name."""
        return next(layer for layer in self.layers if layer.name == name)

    def forward(self, inputs):
        tensors = self.inputs if isinstance(self.inputs, (list, tuple)) else [self.inputs]
        values = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        known = {id(tensor): value for tensor, value in zip(tensors, values, strict=True)}

        def compute(tensor):
            if id(tensor) not in known:
                args, kwargs = replaced(tensor.args, compute), replaced(tensor.kwargs, compute)
                known[id(tensor)] = tensor.function(*args, **kwargs)
            return known[id(tensor)]

        return replaced(self.outputs, compute)


class Sequential(Model):
    """Layers one after the other."""

    def __init__(self, layers=None, name=None, trainable=True):
        super().__init__(name=name, trainable=trainable)
        for layer in layers or ():
            self.add(layer)

    def add(self, layer):
        """Append a layer."""
        if not isinstance(layer, Symbolic):
            self.add_module(layer.name, layer)

    def forward(self, inputs):
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs
