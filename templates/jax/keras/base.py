"""Keras' way of building layers on flax.nnx: weights are made at the first call, models also from a graph."""

import collections
import contextvars
import functools
import inspect
import math
import operator
import re
import weakref

import jax
import jax.numpy as jnp
import numpy as np
from flax import errors, nnx

from ..module import Buffer
from ..random import draw_key, drawing_from
from .dtype_policies import DTypePolicy
from .layer_names import snake_case, unique_name
from .masks import kept, mask_of
from .passed_masks import pass_mask_on, with_masks
from .penalties import penalties
from .structures import array_leaves
from .training import Trainer


def host_generator():
    """A generator of random numbers on the host: jax.random would compile a program for each shape."""
    with drawing_from(None):  # not from what shapes are found out with
        return np.random.default_rng(np.asarray(jax.random.key_data(draw_key())))


def truncated(shape, std):
    """Normal numbers cut off at two standard deviations; ``std`` is that of the distribution that is cut."""
    generator = host_generator()
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
        return host_generator().uniform(-math.sqrt(3) * std, math.sqrt(3) * std, shape)
    if distribution == "untruncated_normal":
        return host_generator().standard_normal(shape) * std
    # Cutting a normal distribution off at two standard deviations makes it narrower by this factor.
    return truncated(shape, std / 0.87962566103423978)


def orthogonal(shape, gain=1.0):
    """A matrix with orthogonal rows or columns; all axes but the last are its rows."""
    rows, columns = math.prod(shape[:-1]), shape[-1]
    draws = host_generator().standard_normal((max(rows, columns), min(rows, columns)))
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
        return host_generator().uniform(low, high, shape)
    mean, std = options.get("mean", 0.0), options.get("stddev", 0.05)
    if name in ("normal", "randomnormal"):
        return host_generator().standard_normal(shape) * std + mean
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
    return jnp.dtype("float32" if dtype in (None, float) else dtype)


def operation(function):
    """A method that computes with two operands when the model is called."""
    return lambda x, y: applied(function, (x, y), {})


def reflected(function):
    """The method of the right operand."""
    return lambda x, y: applied(function, (y, x), {})


class Symbolic:
    """A tensor of a model that is being put together: its shape and dtype, and what makes it.

    Shapes are found out for two examples; sizes in which they differ are unknown.
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
        return jnp.zeros(self.shapes[index], self.dtype)

    def __getattr__(self, name):
        if name.startswith("__") or not callable(getattr(jax.Array, name, None)):
            raise AttributeError(f"{name!r} of a symbolic tensor is not known")
        method = lambda x, *args, **kwargs: getattr(x, name)(*args, **kwargs)
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
    if isinstance(first, jax.ShapeDtypeStruct):
        return Symbolic((first.shape, second.shape), first.dtype, function, args, kwargs)
    return parts_of(first, second, Symbolic(None, None, function, args, kwargs))


def assign_variable(variable, value):
    """Give a variable a value of its shape; other objects have an ``assign``."""
    if not isinstance(variable, nnx.Variable):
        return variable.assign(value)
    value = jnp.asarray(value, variable.dtype)
    if value.shape != variable.shape:
        raise ValueError(f"a value of shape {value.shape} for a variable of shape {variable.shape}")
    variable[...] = value
    return variable


def assign_part(variable, index, value):
    """Give the elements of a variable at an index values."""
    variable[...] = variable[...].at[index].set(value)
    return variable


def examples_of(compute):
    """What a function of 0 and 1 computes."""

    def example(index):
        with drawing_from(nnx.Rngs(0)):
            return compute(index)

    return [jax.eval_shape(functools.partial(example, index)) for index in (0, 1)]


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
            if isinstance(tensor.function, Layer):
                kwargs = {**kwargs, "training": False}
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
    if isinstance(first, jax.ShapeDtypeStruct):
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
        elif isinstance(value, (nnx.List, nnx.Dict)):
            found = {**held_layers(value, f"{path}{key}."), **found}
    return found


def layer_at(model, place):
    """The layer at a place such as ``blocks.0``."""
    for key in place.split("."):
        if isinstance(model, nnx.List):
            model = model[int(key)]
        else:
            model = model[key] if isinstance(model, nnx.Dict) else getattr(model, key)
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
        given = TRAINING.get()
        for tensor in self.order:
            args, kwargs = replaced((tensor.args, tensor.kwargs), lambda x: known[id(x)])
            if isinstance(tensor.function, Layer):
                kwargs = mode_told(given, not model.deterministic, kwargs)
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


# The `training` argument of the last call that was given one, in the outermost call that goes on.
TRAINING = contextvars.ContextVar("training", default=None)


def mode_told(told, trains, options):
    """The arguments of a layer in a model of layers: what the model was told counts more than what they say."""
    if told is not None:
        return options | {"training": told}
    return {name: value for name, value in options.items() if name != "training" or not trains}


# Where the weights that are made are noted with their first values, if somebody asks for them.
FIRST_VALUES = contextvars.ContextVar("first_values", default=None)


class MissingWeights(RuntimeError):
    """A layer that has no weights yet was called where none can be made."""


# Functions that are called with the layer where the outermost call of layers begins.
OUTERMOST = []
# What layers added to the loss in the last call that reached them.
ADDED = weakref.WeakKeyDictionary()


def forget_losses(layer):
    """Drop what a layer and those inside it added."""
    for each in layer._flatten_layers():
        ADDED.pop(each, None)


def added_loss(layer, loss):
    """Note a loss, or several, of the call that a layer is in; the next outermost call begins anew."""
    if forget_losses not in OUTERMOST:
        OUTERMOST.append(forget_losses)
    ADDED.setdefault(layer, []).extend(array_leaves(loss))


def building(build):
    """A ``build`` that also registers the layers and weights in lists and notes that it ran."""

    @functools.wraps(build)
    def wrapped(self, *args, **kwargs):
        build(self, *args, **kwargs)
        self._track()
        if not self.deterministic:
            self.train()  # The layers that were made have the default mode.
        self.built = True
        if FIRST_VALUES.get() is not None:
            FIRST_VALUES.get().extend((weight, weight[...]) for weight in weights_of(self))

    wrapped.function = getattr(build, "function", build)
    return wrapped


def container(value):
    """A container of flax.nnx for a list or dictionary of layers or weights, None for anything else."""
    members = (nnx.Module, nnx.Variable)
    if (
        isinstance(value, dict)
        and value
        and all(isinstance(item, members) for item in value.values())
    ):
        return nnx.Dict(value)
    if not isinstance(value, (list, tuple)) or not value:
        return None
    items = [item if isinstance(item, members) else container(item) for item in value]
    return nnx.List(items) if all(isinstance(item, members) for item in items) else None


class Frozen(Buffer):
    """A parameter that is not trained for now."""


class Layer(nnx.Module, pytree=False):
    """Base class of layers: ``build`` makes the weights when the layer is first called, ``call`` computes.

    ``training`` is passed to a ``call`` that takes it: the argument of this call, else that of the call around
    it, else the mode of the module, which is inference until ``train()`` is called.
    """

    deterministic = True
    built, _trainable, _members = False, True, ()
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
        if not trainable:
            self.trainable = False

    def __init_subclass__(cls, *, pytree=False, **kwargs):
        super().__init_subclass__(pytree=pytree, **kwargs)
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
        """A new parameter; a buffer when it is not trained."""
        dtype = dtype_named(dtype or self.dtype)
        usual = "glorot_uniform" if jnp.issubdtype(dtype, jnp.floating) else "zeros"
        value = jnp.asarray(initial(initializer or usual, tuple(shape)), dtype)
        if not trainable:
            return Buffer(value)
        return nnx.Param(value) if self.trainable else Frozen(value)

    def _track(self):
        """Register what is in lists and dictionaries, as Keras does, and keep the order of the attributes."""
        for name, value in list(vars(self).items()):
            found = container(value)
            if found is not None:
                setattr(self, name, found)
        # Transformations such as nnx.jit sort vars().
        members = tuple(dict.fromkeys([*self._members, *vars(self)]))
        if members != self._members:
            self._members = members

    # only if used
    def _track_all(self):
        """Do so for the layers inside too."""
        self._track()
        for layer in layers_in(self._attributes()):
            layer._track_all()

    # only if used
    def _attributes(self):
        """The values of the attributes in the order of their definition."""
        names = dict.fromkeys([*self._members, *vars(self)])
        return [vars(self)[name] for name in names if name in vars(self)]

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

    def _makes_weights(self):
        """Whether the layer has a ``build`` of its own."""
        return self.build.function is not Layer.build.function

    def _prepare(self, args, kwargs):
        """Make the weights, outside of the transformation that the first call may be part of."""
        try:
            with jax.core.eval_context():
                self._track()
                self._first_build(args, kwargs)
        except errors.TraceContextError as error:
            if not self._makes_weights():
                return  # The layer is an argument of the transformation, but it has nothing to make.
            message = f"{self.name} has no weights yet: call it once before it is transformed"
            raise MissingWeights(message) from error

    # [full
    def _in_graph(self, args, kwargs):
        """The symbolic outputs for symbolic inputs."""
        outputs = applied(self, args, kwargs, lambda *a, **k: self(*a, **{**k, "training": False}))
        if "output" not in vars(self):
            self.input, self.output = args[0] if args else next(iter(kwargs.values())), outputs
        return outputs

    # full]
    def _converted(self, value):
        """An array as one of JAX, floats in the dtype of the layer; other values as they are."""
        if not hasattr(value, "__array__") or isinstance(value, nnx.Variable):
            return value
        array = jnp.asarray(value, self.dtype if jnp.issubdtype(value.dtype, jnp.floating) else None)
        # [full
        array = kept(value, array)
        # full]
        return array

    def __call__(self, *args, training=None, **kwargs):
        # [full
        if symbols((args, kwargs)):
            return self._in_graph(
                args, kwargs if training is None else {**kwargs, "training": training}
            )
        # full]
        parameters = inspect.signature(self.call).parameters
        names, takes_training = list(parameters), "training" in parameters
        if takes_training and len(args) > names.index("training"):
            place = names.index("training")
            args, kwargs = args[:place], {
                **kwargs,
                **dict(zip(names[place:], args[place:], strict=False)),
            }
            training = kwargs.pop("training")
        args, kwargs = mapped(self._converted, (args, kwargs))
        if not self.built:
            self._prepare(args, kwargs)
        given = TRAINING.get() if training is None else bool(training)
        if given is None and takes_training and parameters["training"].default is True:
            given = True
        if takes_training:
            kwargs["training"] = not self.deterministic if given is None else given
        # [full
        kwargs = with_masks(self.call, args, kwargs)
        first = args[0] if args else next(iter(kwargs.values()), None)
        mask = mask_of(first) if kwargs.get("mask") is None else kwargs["mask"]
        # full]
        token = TRAINING.set(given)
        outermost = token.old_value is token.MISSING
        for begin in OUTERMOST if outermost else ():
            begin(self)
        try:
            outputs = self.call(*args, **kwargs)
        finally:
            if outermost:  # inside it holds for the layers that are called next too, as in Keras
                TRAINING.reset(token)
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

    @property
    def trainable(self):
        """Whether the weights are trained; setting it reaches all layers inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._track()
        before, after = (Frozen, nnx.Param) if value else (nnx.Param, Frozen)
        for _, module in nnx.iter_modules(self):
            if isinstance(module, Layer):
                module._trainable = value
            for name, weight in list(vars(module).items()):
                if type(weight) is before:
                    setattr(module, name, after(weight[...], **weight.get_metadata()))

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
        """What layers added in the last call, and the penalties of trained weights."""
        layers = list(self._flatten_layers())
        return [*(loss for layer in layers for loss in ADDED.get(layer, ())), *penalties(layers)]

    # only if used
    def add_loss(self, loss):
        """Add a loss, or several, of the call that the layer is in."""
        added_loss(self, loss)

    # only if used
    def _flatten_layers(self, include_self=True):
        """Yields the layers inside, and the layer itself."""
        found, todo = {}, [self]
        while todo:
            layer = todo.pop()
            if id(layer) not in found:
                found[id(layer)] = layer
                todo.extend([*layers_in(layer._attributes())][::-1])
        yield from (layer for layer in found.values() if include_self or layer is not self)

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
        """The weights that are trained."""
        return [weight for weight in self.weights if isinstance(weight, nnx.Param)]

    # only if used
    @property
    def non_trainable_weights(self):
        """The weights that are not trained."""
        return [weight for weight in self.weights if not isinstance(weight, nnx.Param)]

    # only if used
    variables = weights

    # only if used
    trainable_variables = trainable_weights

    # only if used
    non_trainable_variables = non_trainable_weights

    def get_weights(self):
        """The weights as arrays of NumPy."""
        return [np.array(weight[...]) for weight in self.weights]

    def set_weights(self, weights):
        """Set the weights to arrays, in the order of ``weights``."""
        for weight, value in zip(self.weights, weights, strict=True):
            if weight.shape != tuple(value.shape):
                raise ValueError(f"a weight of shape {weight.shape} was given {tuple(value.shape)}")
            weight[...] = jnp.asarray(value, weight.dtype)

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


def weights_of(value):
    """Yields the weights of a layer, trained ones before others, and then those of the layers inside."""
    items = value._attributes() if isinstance(value, Layer) else value
    items = list(items.values() if isinstance(items, (dict, nnx.Dict)) else items)
    weights = [item for item in items if isinstance(item, (nnx.Param, nnx.BatchStat, Buffer))]
    yield from sorted(weights, key=lambda weight: not isinstance(weight, (nnx.Param, Frozen)))
    for item in items:
        if isinstance(item, (Layer, nnx.List, nnx.Dict)):
            yield from weights_of(item)


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
        super().__init__(name, True, dtype)
        if inputs is not None:
            self._connect(inputs, outputs)
        if not trainable:
            self.trainable = False

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
        self._track()
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
        applied(self, (tensors if several else tensors[0],), {}, lambda x: self(x, training=False))

    def _makes_weights(self):
        return self.build.function is not Model.build.function

    def _first_build(self, args, kwargs):
        if self._makes_weights():
            super()._first_build(args, kwargs)
        else:
            self.built = True

    # full]
    # only if used
    def save_weights(self, filepath, overwrite=True):
        """Write the weights in their order to a file of ``numpy.savez``."""
        with open(filepath, "wb") as file:
            np.savez(file, *self.get_weights())

    # only if used
    def load_weights(self, filepath, skip_mismatch=False):
        """Read the weights from a file of ``save_weights``; a file of Keras is converted beforehand."""
        with open(filepath, "rb") as file:
            if file.read(4) == b"\x89HDF":
                raise ValueError(f"{filepath} is a file of Keras: convert it with `ivy-s2s weights`")
        with np.load(filepath, allow_pickle=False) as arrays:
            self.set_weights([arrays[f"arr_{index}"] for index in range(len(arrays.files))])

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
        return list(layers_in(self._attributes()))

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
        elif isinstance(value, nnx.List):
            yield from layers_in(value)
        elif isinstance(value, nnx.Dict):
            yield from layers_in(value.values())


class Sequential(Model):
    """Layers one after the other."""

    def __init__(self, layers=None, name=None, trainable=True):
        super().__init__(name=name)
        for layer in layers or ():
            self.add(layer)
        if not trainable:
            self.trainable = False

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
        given = TRAINING.get()
        for name in self._entries:
            inputs = getattr(self, name)(inputs, **mode_told(given, False, {}))
        return inputs


def source_inputs(tensor):
    """The inputs of the graph that makes a symbolic tensor."""
    return [x for x in ordered(tensor, []) if isinstance(x.function, InputLayer)]
