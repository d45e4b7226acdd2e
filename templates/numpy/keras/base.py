"""Keras' way of building layers in NumPy: weights are made at the first call, models also from a graph."""

import collections
import functools
import inspect
import math
import operator
import re

import numpy as np

from ..layers import ModuleDict, ModuleList
from ..module import Module, modules
from ..random import default_generator
from .dtype_policies import DTypePolicy
from .layer_names import snake_case, unique_name
from .masks import kept, mask_of
from .passed_masks import pass_mask_on, with_masks
from .training import Trainer


def truncated(shape, std):
    """Normal numbers cut off at two standard deviations; ``std`` is that of the distribution that is cut."""
    generator = default_generator()
    draws = generator.standard_normal(shape)
    while (outside := np.abs(draws) > 2).any():
        draws = np.where(outside, generator.standard_normal(shape), draws)
    return draws * std


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
        return default_generator().uniform(-math.sqrt(3) * std, math.sqrt(3) * std, shape)
    if distribution == "untruncated_normal":
        return default_generator().standard_normal(shape) * std
    # Cutting a normal distribution off at two standard deviations makes it narrower by this factor.
    return truncated(shape, std / 0.87962566103423978)


def orthogonal(shape, gain=1.0):
    """A matrix with orthogonal rows or columns; all axes but the last are its rows."""
    rows, columns = math.prod(shape[:-1]), shape[-1]
    draws = default_generator().standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(draws)
    q *= gain * np.sign(np.diag(r))
    return (q if rows >= columns else q.T).reshape(shape)


def initial(initializer, shape):
    """New numbers from a Keras initializer: its name, a dictionary of name and settings, or a function of the shape."""
    if callable(initializer):
        return initializer(shape)
    options = initializer["config"] if isinstance(initializer, dict) else {}
    name = initializer["class_name"] if isinstance(initializer, dict) else str(initializer)
    name = name.replace("_", "").lower()
    if name in ("zeros", "zero", "ones", "one", "constant"):
        return np.full(shape, float(options.get("value", name.startswith("one"))))
    if name in ("uniform", "randomuniform"):
        low, high = options.get("minval", -0.05), options.get("maxval", 0.05)
        return default_generator().uniform(low, high, shape)
    mean, std = options.get("mean", 0.0), options.get("stddev", 0.05)
    if name in ("normal", "randomnormal"):
        return default_generator().standard_normal(shape) * std + mean
    if name == "truncatednormal":
        return truncated(shape, std) + mean
    if name in ("identity", "identityinitializer"):
        return np.eye(*shape) * options.get("gain", 1.0)
    if name in ("orthogonal", "orthogonalinitializer"):
        return orthogonal(shape, options.get("gain", 1.0))
    if name == "variancescaling":
        mode, kind = options.get("mode", "fan_in"), options.get("distribution", "truncated_normal")
        return scaled(shape, options.get("scale", 1.0), mode, kind)
    for start, scale, mode in (
        ("glorot", 1, "fan_avg"),
        ("he", 2, "fan_in"),
        ("lecun", 1, "fan_in"),
    ):
        if name in (f"{start}uniform", f"{start}normal"):
            kind = name.removeprefix(start).replace("normal", "truncated_normal")
            return scaled(shape, scale, mode, kind)
    raise ValueError(f"unknown initializer {initializer!r}")


def dtype_named(dtype):
    """A dtype that may be given by its name; None is float32."""
    return np.dtype("float32" if dtype in (None, float) else dtype)


def operation(function):
    """A method that computes with two operands when the model is called."""
    return lambda x, y: applied(function, (x, y), {})


def reflected(function):
    """The method of the right operand."""
    return lambda x, y: applied(function, (y, x), {})


class Symbolic:
    """A tensor of a model that is being put together: its shape and dtype, and what makes it.

    Everything is computed with two examples of zeros; sizes in which they differ are unknown.
    """

    def __init__(self, shapes, dtype, function=None, args=(), kwargs=None):
        self.shapes, self.dtype = shapes, dtype
        self.function, self.args, self.kwargs = function, args, kwargs or {}

    @property
    def shape(self):
        """The shape, with None for sizes that are not known."""
        first, second = self.shapes
        return tuple(n if n == m else None for n, m in zip(first, second, strict=True))

    @property
    def ndim(self):
        """The number of axes."""
        return len(self.shapes[0])

    @property
    def name(self):
        """The name of the layer that makes the tensor."""
        return getattr(self.function, "name", "tensor")

    def example(self, index):
        """One of the two examples."""
        return np.zeros(self.shapes[index], self.dtype)

    def __array_ufunc__(self, function, method, *args, **kwargs):
        return applied(getattr(function, method), args, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        return applied(function, args, kwargs)

    def __getattr__(self, name):
        method = None if name.startswith("__") else getattr(np.ndarray, name, None)
        if not callable(method):
            raise AttributeError(f"{name!r} of a symbolic tensor is not known")
        return lambda *args, **kwargs: applied(method, (self, *args), kwargs)

    def __getitem__(self, index):
        return applied(operator.getitem, (self, index), {})

    def __neg__(self):
        return applied(operator.neg, (self,), {})

    __add__, __radd__ = operation(operator.add), reflected(operator.add)
    __sub__, __rsub__ = operation(operator.sub), reflected(operator.sub)
    __mul__, __rmul__ = operation(operator.mul), reflected(operator.mul)
    __truediv__, __rtruediv__ = operation(operator.truediv), reflected(operator.truediv)
    __floordiv__, __mod__ = operation(operator.floordiv), operation(operator.mod)
    __pow__, __rpow__ = operation(operator.pow), reflected(operator.pow)
    __matmul__, __rmatmul__ = operation(operator.matmul), reflected(operator.matmul)
    __lt__, __le__ = operation(operator.lt), operation(operator.le)
    __gt__, __ge__ = operation(operator.gt), operation(operator.ge)
    __and__, __or__ = operation(operator.and_), operation(operator.or_)


def mapped(function, value):
    """A structure with the result of a function in place of each of its leaves."""
    if isinstance(value, (list, tuple)):
        items = [mapped(function, item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        items = {key: mapped(function, value[key]) for key in sorted(value, key=str)}  # Keras goes by the sorted keys
        return {key: items[key] for key in value}
    return function(value)


# What unknown sizes are tried with; the smaller ones where a table of positions is too short for those before.
SIZES = (96, 128), (24, 32), (6, 8), (2, 3)


def symbol(shape, dtype, function=None):
    """A symbolic tensor that nothing was computed from."""
    sizes = [(n, n) if n is not None else SIZES[0] if axis else (1, 2) for axis, n in enumerate(shape)]
    return Symbolic(tuple(zip(*sizes, strict=True)), dtype, function)


def replaced(value, known):
    """A structure with a value in place of each symbolic tensor."""
    return mapped(lambda leaf: known(leaf) if isinstance(leaf, Symbolic) else leaf, value)


def symbols(value):
    """The symbolic tensors of a structure in order."""
    found = []
    replaced(value, found.append)
    return found


def applied(function, args, kwargs, trace=None):
    """The symbolic result of calling a function on symbolic tensors; ``trace`` computes the examples in its place."""
    args, kwargs = replaced((args, kwargs), lambda x: x)  # lists may be changed after the call

    def compute(index):
        positional, named = replaced((args, kwargs), lambda x: x.example(index))
        return (trace or function)(*positional, **named)

    first, second = computed_twice(compute, symbols([args, kwargs]))
    if isinstance(first, (np.ndarray, np.generic)):
        return Symbolic((first.shape, second.shape), first.dtype, function, args, kwargs)
    return parts_of(first, second, Symbolic(None, None, function, args, kwargs))


def assign_variable(variable, value):
    """Give a variable a value of its shape; other objects have an ``assign``."""
    if not isinstance(variable, np.ndarray):
        return variable.assign(value)
    value = np.asarray(value, variable.dtype)
    if value.shape != variable.shape:
        raise ValueError(f"a value of shape {value.shape} for a variable of shape {variable.shape}")
    variable[...] = value
    return variable


def assign_part(variable, index, value):
    """Give the elements of a variable at an index values."""
    variable[index] = value
    return variable


def examples_of(compute):
    """What a function of 0 and 1 computes."""
    with np.errstate(all="ignore"):
        return compute(0), compute(1)


def computed_twice(compute, tensors):
    """Both examples of a call, with smaller sizes of the inputs where it fails for those that they have."""
    try:
        return examples_of(compute)
    except Exception as error:
        for sizes in SIZES:
            try:
                resize(tensors, sizes)
                return examples_of(compute)
            except Exception:
                continue
        raise error


def resize(tensors, sizes):
    """Give tensors and all before them the shapes that they have for these sizes where the inputs' are not known."""
    order = ordered(tensors, ())
    for tensor in order:
        if not tensor.args and not tensor.kwargs:
            pairs = list(zip(*tensor.shapes))
            pairs[1:] = [(n, n) if n == m else sizes for n, m in pairs[1:]]
            tensor.shapes = tuple(zip(*pairs))

    def compute(index):
        known = {}
        for tensor in order:
            if not tensor.args and not tensor.kwargs:
                known[id(tensor)] = tensor.example(index)
                continue
            args, kwargs = replaced((tensor.args, tensor.kwargs), lambda x: known[id(x)])
            known[id(tensor)] = tensor.function(*args, **kwargs)
        return [known[id(tensor)] for tensor in order]

    for tensor, first, second in zip(order, *examples_of(compute)):
        if tensor.shapes is not None:
            tensor.shapes = first.shape, second.shape


def on_symbols(function):
    """A function that is put into the graph when it is given symbolic tensors."""

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        symbolic = symbols([args, kwargs])
        return applied(function, args, kwargs) if symbolic else function(*args, **kwargs)

    return wrapped


def parts_of(first, second, whole):
    """The parts of a symbolic result that is a structure, from its two examples."""
    if isinstance(first, (np.ndarray, np.generic)):
        return Symbolic((first.shape, second.shape), first.dtype, whole.function, whole.args)
    if isinstance(first, (list, tuple, dict)):
        keys = list(first) if isinstance(first, dict) else range(len(first))
        parts = [
            parts_of(
                first[key], second[key], Symbolic(None, None, operator.itemgetter(key), (whole,))
            )
            for key in keys
        ]
        if isinstance(first, dict):
            return dict(zip(keys, parts, strict=True))
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    return first if first == second else None


def ordered(outputs, inputs):
    """The tensors between inputs and outputs in the order in which they can be computed; without inputs, all before."""
    known, order, todo = {id(tensor) for tensor in inputs}, [], symbols(outputs)[::-1]
    while todo:
        tensor = todo[-1]
        missing = [x for x in symbols([tensor.args, tensor.kwargs]) if id(x) not in known]
        if id(tensor) in known:
            todo.pop()
        elif missing:
            todo.extend(missing[::-1])
        elif inputs and isinstance(tensor.function, InputLayer):
            raise ValueError(
                f"the outputs need the input {tensor.name!r}, which is not among the model's inputs"
            )
        else:
            known.add(id(tensor))
            order.append(todo.pop())
    return order


def layers_between(inputs, outputs, order):
    """The layers of a graph from the inputs on, in Keras' order: by the distance to the outputs."""
    depths = collections.defaultdict(int)
    for tensor in reversed([*inputs, *order]):
        step = 0 if isinstance(tensor.function, operator.itemgetter) else 1
        for given in () if tensor in inputs else symbols([tensor.args, tensor.kwargs]):
            depths[id(given)] = max(depths[id(given)], depths[id(tensor)] + step)
    levels, places, todo = {}, {}, symbols(outputs)[::-1]
    ends = {id(tensor) for tensor in inputs}
    for tensor in [*inputs, *order]:
        levels[tensor.function] = max(levels.get(tensor.function, 0), depths[id(tensor)])
    seen = set()
    while todo:
        tensor = todo.pop()
        if id(tensor) not in seen:
            seen.add(id(tensor))
            places.setdefault(tensor.function, len(places))
            todo.extend([] if id(tensor) in ends else symbols([tensor.args, tensor.kwargs])[::-1])
    found = [function for function in levels if isinstance(function, Layer)]
    return sorted(found, key=lambda layer: (-levels[layer], places.get(layer, len(places))))


def held_layers(members, path=""):
    """The ids of the layers in attributes, lists and dictionaries, with their places: ``blocks.0``."""
    found = {}
    for key, value in members.items() if hasattr(members, "items") else enumerate(members):
        if isinstance(value, Layer):
            found.setdefault(id(value), f"{path}{key}")
        elif isinstance(value, (ModuleList, ModuleDict)):
            found = {**held_layers(value, f"{path}{key}."), **found}
    return found


def layer_at(model, place):
    """The layer at a place such as ``blocks.0``."""
    for key in place.split("."):
        if isinstance(model, ModuleList):
            model = model[int(key)]
        else:
            model = model[key] if isinstance(model, ModuleDict) else getattr(model, key)
    return model


class Graph:
    """The tensors between the inputs and outputs of a model, and under which name it has the layer of each."""

    def __init__(self, inputs, outputs):
        self.inputs, self.outputs = inputs, outputs
        self.order = ordered(outputs, symbols(inputs))
        self.layers = layers_between(symbols(inputs), outputs, self.order)
        self.names = {}

    def computed(self, model, inputs):
        """The outputs for some inputs, with the layers of the model."""
        known = {id(tensor): value for tensor, value in paired(self.inputs, inputs)}
        for tensor in self.order:
            args, kwargs = replaced((tensor.args, tensor.kwargs), lambda x: known[id(x)])
            name = self.names.get(tensor.function)
            function = tensor.function if name is None else layer_at(model, name)
            known[id(tensor)] = function(*args, **kwargs)
        return replaced(self.outputs, lambda x: known[id(x)])


def paired(tensors, values):
    """Each symbolic input with its value; inputs are also given by name."""
    if isinstance(tensors, Symbolic):
        several = isinstance(values, (list, tuple)) and len(values) == 1
        return [(tensors, values[0] if several else values)]
    if isinstance(tensors, dict):
        values = [values[key] for key in tensors] if isinstance(values, dict) else values
        tensors = list(tensors.values())
    elif isinstance(values, dict):
        values = [values[tensor.name] for tensor in tensors]
    elif not isinstance(values, (list, tuple)):
        values = [values]
    pairs = zip(tensors, values, strict=True)
    return [pair for tensor, value in pairs for pair in paired(tensor, value)]


def shape_of(value):
    """The shape of an input, or the shapes of several inputs."""
    if isinstance(value, (list, tuple)):
        return [shape_of(item) for item in value]
    if isinstance(value, dict):
        return {key: shape_of(item) for key, item in value.items()}
    return tuple(value.shape) if hasattr(value, "shape") else None


def building(build):
    """A ``build`` that also registers the layers and weights in lists and notes that it ran."""

    @functools.wraps(build)
    def wrapped(self, *args, **kwargs):
        build(self, *args, **kwargs)
        self._track()
        self.built = True

    wrapped.function = getattr(build, "function", build)
    return wrapped


def container(value):
    """A module for a list or dictionary of layers, None for anything else."""
    if (
        isinstance(value, dict)
        and value
        and all(isinstance(item, Module) for item in value.values())
    ):
        return ModuleDict(value)
    if not isinstance(value, (list, tuple)) or not value:
        return None
    items = [item if isinstance(item, Module) else container(item) for item in value]
    return ModuleList(items) if all(isinstance(item, Module) for item in items) else None


class Layer(Module):
    """Base class of layers: ``build`` makes the weights when the layer is first called, ``call`` computes.

    There is no training: ``training`` is false for a ``call`` that takes it.
    """

    built = False
    made = ()
    # [full
    supports_masking = False
    # full]

    def __init__(
        self,
        name=None,
        trainable=True,
        dtype=None,
        # [full
        input_shape=None,
        input_dim=None,
        # full]
    ):
        self.named = name is not None
        self.name = name or unique_name(type(self).__name__)
        self.dtype = dtype_named(dtype)
        # [full
        self.first_shape = input_shape if input_dim is None else (input_dim,)
        # full]
        self.trainable = trainable

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = building(cls.build)
        # [full
        if "compute_mask" in vars(cls) and "supports_masking" not in vars(cls):
            cls.supports_masking = True
        # full]

    @building
    def build(self, input_shape):
        """Make the weights for inputs of this shape."""

    def add_weight(self, shape=(), initializer=None, dtype=None, trainable=True, name=None):
        """A new array."""
        dtype = dtype_named(dtype or self.dtype)
        usual = "glorot_uniform" if np.issubdtype(dtype, np.floating) else "zeros"
        weight = np.array(initial(initializer or usual, tuple(shape)), dtype)
        self.made = (*self.made, weight)
        return weight

    def __setattr__(self, name, value):
        """Set an attribute; arrays that ``add_weight`` has not made, such as tables, are no weights."""
        if isinstance(value, np.ndarray) and name not in vars(self):
            if not any(value is weight for weight in self.made):
                self.unsaved_names = (*self.unsaved_names, name)
        object.__setattr__(self, name, value)

    def _track(self):
        """Register the layers in lists and dictionaries, as Keras does."""
        for name, value in list(vars(self).items()):
            found = container(value)
            if found is not None:
                setattr(self, name, found)

    def _first_build(self, args, kwargs):
        """Build from the shapes of the inputs; several parameters of ``build`` are named after those of ``call``."""
        wanted = list(inspect.signature(self.build.function).parameters)[1:]
        given = inspect.signature(self.call).bind_partial(*args, **kwargs).arguments
        shapes = {f"{name}_shape": shape_of(value) for name, value in given.items()}
        named = {name: shapes[name] for name in wanted if name in shapes}
        if len(wanted) > 1 and named:
            self.build(**named)
        else:
            self.build(next(iter(shapes.values()), None))

    # [full
    def _in_graph(self, args, kwargs):
        """The symbolic outputs for symbolic inputs."""
        outputs = applied(self, args, kwargs)
        if "output" not in vars(self):
            self.input, self.output = args[0] if args else next(iter(kwargs.values())), outputs
        return outputs

    # full]
    def _converted(self, value):
        """Floats in the dtype of the layer; other values as they are."""
        floats = isinstance(value, (np.ndarray, np.generic)) and np.issubdtype(
            value.dtype, np.floating
        )
        array = np.asarray(value, self.dtype) if floats else value
        # [full
        array = kept(value, array)
        # full]
        return array

    def __call__(self, *args, training=False, **kwargs):
        # [full
        if symbols((args, kwargs)):
            return self._in_graph(args, {**kwargs, "training": training} if training else kwargs)
        # full]
        names = list(inspect.signature(self.call).parameters)
        takes_training = "training" in names
        if takes_training and len(args) > names.index("training"):
            place = names.index("training")
            args, kwargs = args[:place], {
                **kwargs,
                **dict(zip(names[place:], args[place:], strict=False)),
            }
            training = kwargs.pop("training")
        if training:
            raise NotImplementedError("this model is for inference only")
        args, kwargs = mapped(self._converted, (args, kwargs))
        if not self.built:
            self._track()
            self._first_build(args, kwargs)
        if takes_training:
            kwargs["training"] = False
        # [full
        kwargs = with_masks(self.call, args, kwargs)
        first = args[0] if args else next(iter(kwargs.values()), None)
        mask = mask_of(first) if kwargs.get("mask") is None else kwargs["mask"]
        # full]
        outputs = self.call(*args, **kwargs)
        # [full
        pass_mask_on(self, first, outputs, mask)
        # full]
        return outputs

    def compute_mask(self, inputs, mask=None):
        """The mask of the outputs: by default that of the inputs."""
        return mask

    def call(self, inputs):
        """What the layer computes."""
        raise NotImplementedError(f"{type(self).__name__} has no method call")

    # only if used
    @property
    def compute_dtype(self):
        """The dtype that is computed with."""
        return self.dtype

    # only if used
    @property
    def variable_dtype(self):
        """The dtype of the weights."""
        return self.dtype

    # only if used
    @property
    def dtype_policy(self):
        """The dtype by its name, to make other layers with."""
        return DTypePolicy(str(self.dtype))

    # only if used
    @dtype_policy.setter
    def dtype_policy(self, value):
        self.dtype = dtype_named(value)

    # only if used
    def outputs_of(self, x, training):
        """The outputs for a batch; a model that takes no ``training`` is not told that it trains, as in Keras."""
        takes = "training" in inspect.signature(self.call).parameters
        return self(x, training=training) if takes else self(x)

    # only if used
    @property
    def losses(self):
        """Penalties are for training, which is done elsewhere."""
        return []

    # only if used
    def _flatten_layers(self, include_self=True):
        """Yields the layers inside, and the layer itself."""
        for module in modules(self):
            if isinstance(module, Layer) and (include_self or module is not self):
                yield module

    # [full
    # only if used
    def compute_output_shape(self, input_shape):
        """The shape of the outputs for inputs of this shape, with None for sizes that are not known."""
        several = isinstance(input_shape, list) and isinstance(input_shape[0], (list, tuple))
        shapes = input_shape if several else [input_shape]
        inputs = [symbol(shape, self.dtype) for shape in shapes]
        outputs = applied(self, (inputs if several else inputs[0],), {}, lambda x: self(x, training=False))
        return shape_of(outputs)

    # full]
    # [full
    @property
    def input_shape(self):
        """The shape of the symbolic input."""
        return shape_of(self.input)

    @property
    def output_shape(self):
        """The shape of the symbolic output."""
        return shape_of(self.output)

    # full]
    @property
    def weights(self):
        """All weights in Keras' order: those of the layer itself, then those of the layers inside."""
        return list({id(weight): weight for weight in weights_of(self)}.values())

    # only if used
    @property
    def trainable_weights(self):
        """The weights that are trained elsewhere."""
        kept = {id(weight) for weight in self.non_trainable_weights}
        return [weight for weight in self.weights if id(weight) not in kept]

    # only if used
    @property
    def non_trainable_weights(self):
        """The weights that are not trained."""
        owners = (module for module in modules(self) if isinstance(module, Layer))
        kept = {id(getattr(owner, name)) for owner in owners for name in owner.buffer_names}
        return [weight for weight in self.weights if id(weight) in kept]

    # only if used
    variables = weights

    # only if used
    trainable_variables = trainable_weights

    # only if used
    non_trainable_variables = non_trainable_weights

    def get_weights(self):
        """The weights as arrays of NumPy."""
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights):
        """Set the weights to arrays, in the order of ``weights``."""
        for weight, value in zip(self.weights, weights, strict=True):
            if weight.shape != tuple(value.shape):
                raise ValueError(f"a weight of shape {weight.shape} was given {tuple(value.shape)}")
            weight[...] = value

    # only if used
    def count_params(self):
        """The number of elements of all weights."""
        return sum(weight.size for weight in self.weights)

    # only if used
    def get_config(self):
        """The name of the layer, for subclasses to add their arguments to."""
        return {"name": self.name, "trainable": self.trainable}

    # only if used
    @classmethod
    def from_config(cls, config):
        """A new layer with these arguments."""
        return cls(**config)


def weights_of(module):
    """Yields the weights of a layer, buffers last, and then those of the layers inside."""
    items = vars(module).items()
    own = [
        (name in module.buffer_names, value)
        for name, value in items
        if isinstance(value, np.ndarray) and name not in module.unsaved_names
    ]
    yield from (value for _, value in sorted(own, key=lambda pair: pair[0]))
    for _, value in items:
        if isinstance(value, Module):
            yield from weights_of(value)


class InputLayer(Layer):
    """Where an input enters a model; ``output`` is its symbolic tensor.

    Unknown sizes are 1 and 2 (examples of the batch), 96 and 128 or less (other axes) where shapes are found out.
    """

    def __init__(self, shape=None, batch_size=None, dtype=None, batch_shape=None, name=None, input_shape=None):
        super().__init__(name=name, dtype=dtype)
        whole = tuple(batch_shape) if batch_shape is not None else (batch_size, *(shape or input_shape or ()))
        self.input = self.output = symbol(whole, self.dtype, self)

    def call(self, inputs):
        return inputs


def Input(shape=None, batch_size=None, dtype=None, batch_shape=None, name=None, tensor=None):
    """A symbolic input of a model; ``shape`` is without the number of examples."""
    if tensor is not None:
        raise ValueError("an input of given values has no counterpart: call the model with them")
    return InputLayer(shape, batch_size, dtype, batch_shape, name).output


class Model(Trainer, Layer):
    """Base class of models."""

    _entries = ()
    # [full
    # ``Model(inputs, outputs)`` is the model between symbolic tensors.
    inputs = outputs = _graph = None

    def __init__(self, inputs=None, outputs=None, name=None, trainable=True, dtype=None):
        super().__init__(name, trainable, dtype)
        if inputs is not None:
            self._connect(inputs, outputs)

    def _connect(self, inputs, outputs):
        """Make this the model between the tensors."""
        inputs, outputs = replaced((inputs, outputs), lambda x: x)  # lists may be changed after the call
        self.inputs, self.outputs = inputs, outputs
        self.input, self.output = inputs, outputs
        self._graph = Graph(inputs, outputs)
        self._track()
        held = held_layers(vars(self))
        for layer in self._graph.layers:
            if id(layer) in held:
                self._entries = (*self._entries, held[id(layer)])
            else:
                self._register(layer)
        self._graph.names = dict(zip(self._graph.layers, self._entries, strict=True))
        self.built = True

    # full]
    # only if used
    def _register(self, layer):
        """Set a layer under its name; layers without a name are numbered inside the model."""
        # [full
        if isinstance(layer, InputLayer):
            self._entries = (*self._entries, None)
            return
        # full]
        word = snake_case(type(layer).__name__)
        named = layer.named or not re.fullmatch(rf"{word}(_\d+)?", layer.name)  # a name may be set later
        key = word = layer.name if named else word
        count = 0
        while not named and hasattr(self, key):
            count += 1
            key = f"{word}_{count}"
        key = key.replace(".", "_")
        if hasattr(self, key):
            raise ValueError(f"the model has {layer.name!r} already: give the layer another name")
        setattr(self, key, layer)
        self._entries = (*self._entries, key)

    # [full
    @building
    def build(self, input_shape):
        """Make the weights of all layers for inputs of this shape (with the number of examples)."""
        self.built = True
        several = isinstance(input_shape, list) or isinstance(input_shape[0], (list, tuple))
        shapes = input_shape if several else [input_shape]
        tensors = [Input(batch_shape=shape) for shape in shapes]
        self._track()
        applied(self, (tensors if several else tensors[0],), {})

    def _first_build(self, args, kwargs):
        if self.build.function is Model.build.function:
            self.built = True
        else:
            super()._first_build(args, kwargs)

    # full]
    # only if used
    @property
    def layers(self):
        """The layers of the model."""
        self._track()
        # [full
        if self._graph is not None:
            pairs = zip(self._graph.layers, self._entries, strict=True)
            return [layer if name is None else layer_at(self, name) for layer, name in pairs]
        # full]
        if self._entries:
            return [getattr(self, name) for name in self._entries]
        return list(layers_in(vars(self).values()))

    # only if used
    def get_layer(self, name=None, index=None):
        """The layer of this name or at this place."""
        if index is not None:
            return self.layers[index]
        found = [layer for layer in self.layers if layer.name == name]
        if not found:
            raise ValueError(f"no layer is named {name!r}")
        return found[0]
    # [full

    def call(self, inputs, training=None):
        return self._graph.computed(self, inputs)
    # full]


def layers_in(values):
    """Yields the layers among some values and in lists and dictionaries among them."""
    for value in values:
        if isinstance(value, Layer):
            yield value
        elif isinstance(value, ModuleList):
            yield from layers_in(value)
        elif isinstance(value, ModuleDict):
            yield from layers_in(value.values())


class Sequential(Model):
    """Layers one after the other."""

    def __init__(self, layers=None, name=None, trainable=True):
        super().__init__(name=name, trainable=trainable)
        for layer in layers or ():
            self.add(layer)

    def add(self, layer):
        """Append a layer; one that knows its input shape begins a model whose weights are made at once."""
        # [full
        if isinstance(layer, InputLayer):
            layer = layer.output
        if isinstance(layer, Symbolic):
            self.inputs = self.input = self.outputs = layer
            return
        if not self._entries and self.inputs is None:
            known = getattr(layer, "inputs", None)
            shape = shape_of(known)[1:] if isinstance(known, Symbolic) else layer.first_shape
            if shape is not None:
                self.inputs = self.input = self.outputs = Input(shape)
        # full]
        self._register(layer)
        # [full
        if self.outputs is not None:
            self.outputs = self.output = layer(self.outputs)
        # full]

    # only if used
    def pop(self):
        """Remove the last layer and give it back."""
        *names, last = self._entries
        layer, self._entries = getattr(self, last), tuple(names)
        delattr(self, last)
        # [full
        if self.outputs is not None:
            self.outputs = self.output = self.layers[-1].output if names else self.inputs
        # full]
        return layer

    def call(self, inputs, training=None):
        for name in self._entries:
            inputs = getattr(self, name)(inputs)
        return inputs


def source_inputs(tensor):
    """The inputs of the graph that makes a symbolic tensor."""
    return [x for x in ordered(tensor, []) if isinstance(x.function, InputLayer)]
