"""Models that are put together from symbols: what layers give before there are numbers."""

import collections
import operator
import re

import torch
from torch import nn


def operation(function):
    """A method that computes with two operands when the model is called."""
    return lambda x, y: applied(function, (x, y), {})


def reflected(function):
    """The method of the right operand."""
    return lambda x, y: applied(function, (y, x), {})


class Symbol:
    """What a function gives when it is called with ``args``: the dtype, and the sizes for two examples."""

    def __init__(self, sizes, dtype, function=None, args=(), kwargs=None, name=None):
        self.sizes, self.dtype, self.name = sizes, dtype, name
        self.function, self.args, self.kwargs = function, args, kwargs or {}

    @property
    def shape(self):
        """The shape, with None for sizes that are not known: those in which the examples differ."""
        return tuple(n if n == m else None for n, m in zip(*self.sizes, strict=True))

    def __getitem__(self, index):
        return applied(operator.getitem, (self, index), {})

    def __neg__(self):
        return applied(operator.neg, (self,), {})

    __add__, __radd__ = operation(operator.add), reflected(operator.add)
    __sub__, __rsub__ = operation(operator.sub), reflected(operator.sub)
    __mul__, __rmul__ = operation(operator.mul), reflected(operator.mul)
    __truediv__, __rtruediv__ = operation(operator.truediv), reflected(operator.truediv)
    __pow__, __matmul__ = operation(operator.pow), operation(operator.matmul)


def replaced(value, known):
    """A structure with a value in place of each symbol."""
    if isinstance(value, Symbol):
        return known(value)
    if isinstance(value, (list, tuple)):
        return type(value)(replaced(item, known) for item in value)
    return {key: replaced(item, known) for key, item in value.items()} if isinstance(value, dict) else value


def symbols(value):
    """The symbols of a structure in order."""
    found = []
    replaced(value, found.append)
    return found


def applied(function, args, kwargs):
    """The symbol of a call."""
    args, kwargs = replaced((args, kwargs), lambda x: x)  # lists may be changed after the call
    with torch.no_grad():
        given = [replaced((args, kwargs), lambda x, i=i: torch.zeros(x.sizes[i], dtype=x.dtype)) for i in (0, 1)]
        first, second = (function(*positional, **named) for positional, named in given)
    return parts_of(first, second, Symbol(None, None, function, args, kwargs))


def parts_of(first, second, whole):
    """The symbol of a result, or those of its parts, from its two examples."""
    if isinstance(first, torch.Tensor):
        return Symbol((first.shape, second.shape), first.dtype, whole.function, whole.args, whole.kwargs)
    keys = list(first) if isinstance(first, dict) else range(len(first))
    parts = [parts_of(first[key], second[key], Symbol(None, None, operator.itemgetter(key), (whole,))) for key in keys]
    return dict(zip(keys, parts, strict=True)) if isinstance(first, dict) else type(first)(parts)


class Node:
    """For layers that may be called with symbols; one without a name is called by its ``word`` and a number."""

    key = word = following = None

    # only if used
    def called(self, key):
        """The layer with a name."""
        self.key = key
        return self

    # only if used
    def followed_by(self, activation):
        """The layer with a function of its results."""
        vars(self)["following"] = activation  # no part of the layer's state
        return self

    def __call__(self, *args, **kwargs):
        if symbols([args, kwargs]):
            return applied(self, args, kwargs)
        outputs = super().__call__(*args, **kwargs)
        return outputs if self.following is None else self.following(outputs)


def ordered(outputs, inputs):
    """The symbols between inputs and outputs in the order in which they can be computed."""
    known, order, todo = {id(x) for x in inputs}, [], symbols(outputs)[::-1]
    while todo:
        missing = [x for x in symbols([todo[-1].args, todo[-1].kwargs]) if id(x) not in known]
        if id(todo[-1]) in known:
            todo.pop()
        elif missing:
            todo.extend(missing[::-1])
        elif todo[-1].function is None:
            raise ValueError("the outputs need an input that is not among the model's inputs")
        else:
            known.add(id(todo[-1]))
            order.append(todo.pop())
    return order


def layers_of(inputs, outputs, order):
    """The layers in Keras' order: by the distance to the outputs, then as the outputs lead to them."""
    depths, levels, places, seen = collections.defaultdict(int), {}, {}, {id(x) for x in inputs}
    for symbol in reversed(order):
        step = 0 if isinstance(symbol.function, operator.itemgetter) else 1
        for given in symbols([symbol.args, symbol.kwargs]):
            depths[id(given)] = max(depths[id(given)], depths[id(symbol)] + step)
    for symbol in order:
        levels[symbol.function] = max(levels.get(symbol.function, 0), depths[id(symbol)])
    todo = symbols(outputs)[::-1]
    while todo:
        symbol = todo.pop()
        if id(symbol) not in seen:
            seen.add(id(symbol))
            places.setdefault(symbol.function, len(places))
            todo.extend(symbols([symbol.args, symbol.kwargs])[::-1])
    found = [function for function in levels if isinstance(function, nn.Module)]
    return sorted(found, key=lambda layer: (-levels[layer], places[layer]))


def snake_case(name):
    """``MaxPool2d`` -> ``max_pool2d``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", name).lower()


def Input(shape, dtype=None, name=None):
    """A symbolic input of a model; ``shape`` is without the number of examples."""
    sizes = [(1, 2), *((96, 128) if n is None else (n, n) for n in shape)]
    return Symbol(tuple(zip(*sizes, strict=True)), dtype or torch.float32, name=name)


class Model(Node, nn.Module):
    """The model between symbols; it infers until ``train()`` is called, or where its call says so."""

    word = "functional"

    def __init__(self, inputs, outputs, name=None):
        super().__init__()
        self.inputs, self.outputs = replaced((inputs, outputs), lambda x: x)
        self.order, self.key, self.training = ordered(outputs, symbols(inputs)), name, False
        numbers = collections.Counter()
        for layer in layers_of(symbols(inputs), outputs, self.order):
            word = layer.word or snake_case(type(layer).__name__)
            if layer.key and not re.fullmatch(rf"{word}(_\d+)?", layer.key):
                word = layer.key
                if word in numbers:
                    raise ValueError(f"two layers of the model are named {word!r}")
            self.add_module(f"{word}_{numbers[word]}" if numbers[word] else word, layer)
            numbers[word] += 1

    def forward(self, inputs, training=None):
        if training is not None and training != self.training:
            try:
                return self.train(training).forward(inputs)
            finally:
                self.train(not training)
        given = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        values = {id(symbol): value for symbol, value in zip(symbols(self.inputs), given, strict=True)}
        for symbol in self.order:
            args, kwargs = replaced((symbol.args, symbol.kwargs), lambda x: values[id(x)])
            values[id(symbol)] = symbol.function(*args, **kwargs)
        return replaced(self.outputs, lambda x: values[id(x)])


class Merge(Node, nn.Module):
    """Combines inputs element by element."""

    combine = staticmethod(torch.add)

    def forward(self, inputs):
        first, *others = inputs
        for other in others:
            first = self.combine(first, other)
        return first


class Add(Merge):
    """The sum of the inputs."""


class Subtract(Merge):
    """The first input minus the second."""

    combine = staticmethod(torch.sub)


class Multiply(Merge):
    """The product of the inputs."""

    combine = staticmethod(torch.mul)


class Concatenate(Node, nn.Module):
    """The inputs one after the other along an axis."""

    def __init__(self, dim=-1):
        super().__init__()
        self.dim = dim

    def forward(self, inputs):
        return torch.cat(list(inputs), dim=self.dim)


def add(inputs, name=None):
    """The sum of the inputs."""
    return Add()(inputs)


def multiply(inputs, name=None):
    """The product of the inputs."""
    return Multiply()(inputs)


def concatenate(inputs, axis=-1, name=None):
    """The inputs one after the other along an axis."""
    return Concatenate(axis)(inputs)


class CELU(Node, nn.CELU):
    """``nn.CELU`` of symbols too."""


class ELU(Node, nn.ELU):
    """``nn.ELU`` of symbols too."""


class Flatten(Node, nn.Flatten):
    """``nn.Flatten`` of symbols too."""


class GELU(Node, nn.GELU):
    """``nn.GELU`` of symbols too."""


class LayerNorm(Node, nn.LayerNorm):
    """``nn.LayerNorm`` of symbols too."""

    word = "layer_normalization"


class LeakyReLU(Node, nn.LeakyReLU):
    """``nn.LeakyReLU`` of symbols too."""


class LogSigmoid(Node, nn.LogSigmoid):
    """``nn.LogSigmoid`` of symbols too."""


class LogSoftmax(Node, nn.LogSoftmax):
    """``nn.LogSoftmax`` of symbols too."""


class Mish(Node, nn.Mish):
    """``nn.Mish`` of symbols too."""


class ReLU(Node, nn.ReLU):
    """``nn.ReLU`` of symbols too."""


class ReLU6(Node, nn.ReLU6):
    """``nn.ReLU6`` of symbols too."""


class SELU(Node, nn.SELU):
    """``nn.SELU`` of symbols too."""


class Sigmoid(Node, nn.Sigmoid):
    """``nn.Sigmoid`` of symbols too."""


class SiLU(Node, nn.SiLU):
    """``nn.SiLU`` of symbols too."""


class Softmax(Node, nn.Softmax):
    """``nn.Softmax`` of symbols too."""


class Softplus(Node, nn.Softplus):
    """``nn.Softplus`` of symbols too."""


class Softsign(Node, nn.Softsign):
    """``nn.Softsign`` of symbols too."""


class Tanh(Node, nn.Tanh):
    """``nn.Tanh`` of symbols too."""
