"""Keras' way of building layers on torch.nn: weights are made at the first call, models also from a graph."""

import collections
import contextlib
import functools
import inspect
import math
import operator
import re
import weakref

import torch
from torch import nn

from ..keras_losses import KeptLogits
from .dtype_policies import DTypePolicy
from .layer_names import snake_case, unique_name
from .masks import mask_of
from .passed_masks import pass_mask_on, with_masks
from .penalties import penalties
from .steps import batch_tensors
from .structures import array_leaves
from .training import Trainer


def truncated(shape, std):
    """Normal numbers cut off at two standard deviations; ``std`` is that of the distribution that is cut."""
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
    # Cutting a normal distribution off at two standard deviations makes it narrower by this factor.
    return truncated(shape, std / 0.87962566103423978)


def orthogonal(shape, gain=1.0):
    """A matrix with orthogonal rows or columns; all axes but the last are its rows."""
    flat = torch.empty(math.prod(shape[:-1]), shape[-1])
    return nn.init.orthogonal_(flat, gain).reshape(shape)


def initial(initializer, shape):
    """A new array from a Keras initializer: its name, a dictionary of name and settings, or a function of the shape."""
    if callable(initializer):
        return torch.as_tensor(initializer(shape))
    options = initializer["config"] if isinstance(initializer, dict) else {}
    name = str(initializer["class_name"] if isinstance(initializer, dict) else initializer).replace("_", "").lower()
    if name in ("zeros", "zero", "ones", "one", "constant"):
        return torch.full(shape, float(options.get("value", name.startswith("one"))))
    if name in ("uniform", "randomuniform"):
        return torch.empty(shape).uniform_(options.get("minval", -0.05), options.get("maxval", 0.05))
    mean, std = options.get("mean", 0.0), options.get("stddev", 0.05)
    if name in ("normal", "randomnormal"):
        return torch.randn(shape) * std + mean
    if name == "truncatednormal":
        return truncated(shape, std) + mean
    if name in ("identity", "identityinitializer"):
        return torch.eye(*shape) * options.get("gain", 1.0)
    if name in ("orthogonal", "orthogonalinitializer"):
        return orthogonal(shape, options.get("gain", 1.0))
    if name == "variancescaling":
        mode, kind = options.get("mode", "fan_in"), options.get("distribution", "truncated_normal")
        return scaled(shape, options.get("scale", 1.0), mode, kind)
    for start, scale, mode in (("glorot", 1, "fan_avg"), ("he", 2, "fan_in"), ("lecun", 1, "fan_in")):
        if name in (f"{start}uniform", f"{start}normal"):
            return scaled(shape, scale, mode, name.removeprefix(start).replace("normal", "truncated_normal"))
    raise ValueError(f"unknown initializer {initializer!r}")


def dtype_named(dtype):
    """A dtype that may be given by its name; None is the default."""
    dtype = {bool: "bool", int: "int64", float: "float32"}.get(dtype, dtype)
    return getattr(torch, dtype) if isinstance(dtype, str) else dtype or torch.get_default_dtype()


def operation(function):
    """A method that computes with two operands when the model is called."""
    return lambda x, y: applied(function, (x, y), {})


def reflected(function):
    """The method of the right operand."""
    return lambda x, y: applied(function, (y, x), {})


class Symbolic:
    """A tensor of a model that is being put together: its shape and dtype, and what makes it.

    Everything is computed with two examples of zeros; sizes in which their shapes differ are unknown.
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
        return torch.zeros(self.shapes[index], dtype=self.dtype)

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return applied(function, args, kwargs or {})

    def __getattr__(self, name):
        method = None if name.startswith("__") else getattr(torch.Tensor, name, None)
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


# What unknown sizes are tried with; the smaller ones where a table of positions is too short for those before.
SIZES = (96, 128), (24, 32), (6, 8), (2, 3)


def symbol(shape, dtype, function=None):
    """A symbolic tensor that nothing was computed from."""
    sizes = [(n, n) if n is not None else SIZES[0] if axis else (1, 2) for axis, n in enumerate(shape)]
    return Symbolic(tuple(map(torch.Size, zip(*sizes, strict=True))), dtype, function)


def replaced(value, known):
    """A structure with a value in place of each symbolic tensor."""
    if isinstance(value, Symbolic):
        return known(value)
    if isinstance(value, (list, tuple)):
        items = [replaced(item, known) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        items = {key: replaced(value[key], known) for key in sorted(value, key=str)}  # Keras goes by the sorted keys
        return {key: items[key] for key in value}
    return value


def symbols(value):
    """The symbolic tensors of a structure in order."""
    found = []
    replaced(value, found.append)
    return found


def is_symbolic(value):
    """Whether a structure holds a symbolic tensor."""
    return bool(symbols(value))


def applied(function, args, kwargs, trace=None):
    """The symbolic result of calling a function on symbolic tensors; ``trace`` computes the examples in its place."""
    args, kwargs = replaced((args, kwargs), lambda x: x)  # lists may be changed after the call

    @torch.no_grad()
    def compute(index):
        positional, named = replaced((args, kwargs), lambda x: x.example(index))
        return (trace or function)(*positional, **named)

    first, second = computed_twice(compute, symbols([args, kwargs]))
    if isinstance(first, torch.Tensor):
        return Symbolic((first.shape, second.shape), first.dtype, function, args, kwargs)
    return parts_of(first, second, Symbolic(None, None, function, args, kwargs))


def examples_of(compute):
    """What a function of 0 and 1 computes."""
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

    @torch.no_grad()
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
    if isinstance(first, torch.Tensor):
        return Symbolic((first.shape, second.shape), first.dtype, whole.function, whole.args)
    if isinstance(first, (list, tuple, dict)):
        keys = list(first) if isinstance(first, dict) else range(len(first))
        parts = [
            parts_of(first[key], second[key], Symbolic(None, None, operator.itemgetter(key), (whole,))) for key in keys
        ]
        if isinstance(first, dict):
            return dict(zip(keys, parts, strict=True))
        if isinstance(first, torch.Size):
            return tuple(parts)
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
            raise ValueError(f"the outputs need the input {tensor.name!r}, which is not among the model's inputs")
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


def paired(tensors, values):
    """Each symbolic input with its value; inputs are also given by name."""
    if isinstance(tensors, Symbolic):
        return [(tensors, values[0] if isinstance(values, (list, tuple)) and len(values) == 1 else values)]
    if isinstance(tensors, dict):
        values = [values[key] for key in tensors] if isinstance(values, dict) else values
        tensors = list(tensors.values())
    elif isinstance(values, dict):
        values = [values[tensor.name] for tensor in tensors]
    elif not isinstance(values, (list, tuple)):
        values = [values]
    return [pair for tensor, value in zip(tensors, values, strict=True) for pair in paired(tensor, value)]


def shape_of(value):
    """The shape of an input, or the shapes of several inputs."""
    if isinstance(value, (list, tuple)):
        return [shape_of(item) for item in value]
    if isinstance(value, dict):
        return {key: shape_of(item) for key, item in value.items()}
    return tuple(value.shape) if hasattr(value, "shape") else None


# The layers whose calls are going on.
CALLS = []


@contextlib.contextmanager
def calling(layer):
    """The call of a layer, which may be the outermost one."""
    for begin in () if CALLS else OUTERMOST:
        begin(layer)
    CALLS.append(layer)
    try:
        yield
    finally:
        CALLS.pop()
        if not CALLS:
            TOLD.clear()
        while CHANGED and not CALLS:
            module, before, modes = CHANGED.pop()
            for part in module.modules():
                part.training = modes.get(part, before)


# The mode that a layer was told last in the outermost call that is going on, if one was.
TOLD = []
# The modules whose mode was changed in the calls that are going on, with the modes before.
CHANGED = []


def mode_told(told, trains, options):
    """The arguments of a layer in a model of layers: what the model was told counts more than what they say."""
    if told:
        return options | {"training": told[0]}
    return {name: value for name, value in options.items() if name != "training" or not trains}


def tell_mode(layer, training):
    """Let a layer train or infer, and all that are called after it inside the outermost call, as Keras does."""
    TOLD[:] = [training]
    if training == layer.training:
        return
    for module in dict.fromkeys((CALLS[0], layer)):
        if all(module is not known for known, _, _ in CHANGED):
            CHANGED.append((module, module.training, {part: part.training for part in module.modules()}))
        nn.Module.train(module, training)


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

    def wrapped(self, *args, **kwargs):
        build(self, *args, **kwargs)
        self._track()
        nn.Module.train(self, self.training)  # the layers that were made have the default mode
        self.built = True

    wrapped.function = getattr(build, "function", build)
    return wrapped


def container(value):
    """A container of torch for a list or dictionary of layers or weights, None for anything else."""
    if isinstance(value, dict) and value and all(isinstance(item, nn.Module) for item in value.values()):
        return nn.ModuleDict(value)
    if not isinstance(value, (list, tuple)) or not value:
        return None
    if all(isinstance(item, nn.Parameter) for item in value):
        return nn.ParameterList(value)
    items = [item if isinstance(item, nn.Module) else container(item) for item in value]
    return nn.ModuleList(items) if all(isinstance(item, nn.Module) for item in items) else None


def held_modules(module):
    """The modules in the attributes of a module, and in its lists and dictionaries."""
    found = set()
    for child in module.children():
        found |= held_modules(child) if isinstance(child, (nn.ModuleList, nn.ModuleDict)) else {child}
    return found


def own_weights(module):
    """The parameters and then the saved buffers of a module itself."""
    saved = [x for name, x in module._buffers.items() if name not in module._non_persistent_buffers_set]
    every = (*module._parameters.values(), *saved)
    return [weight for weight in every if weight is not None and not isinstance(weight, nn.UninitializedParameter)]


class Layer(nn.Module):
    """Base class of layers: ``build`` makes the weights when the layer is first called, ``forward`` computes.

    ``training`` is passed to a ``forward`` that takes it: the argument of the call, else the mode of the module, which
    is inference until ``train()`` is called.
    """

    # [full
    supports_masking = False

    # full]
    def __new__(cls, *args, **kwargs):
        # Here, because layers may be made before the constructor of the base class is called.
        layer = super().__new__(cls)
        nn.Module.__init__(layer)
        layer.built, layer._trainable, layer.training = False, True, False
        return layer

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

    def __setattr__(self, name, value):
        if isinstance(value, (list, tuple, dict)):  # layers in it come before those that are set later
            vars(self).setdefault("_places", {}).setdefault(name, len(vars(self).get("_modules", ())))
        if isinstance(getattr(type(self), name, None), property):
            object.__setattr__(self, name, value)  # torch registers layers past the setters of properties
        else:
            super().__setattr__(name, value)

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

    # only if used
    def add_weight(self, shape=(), initializer=None, dtype=None, trainable=True, name=None):
        """A new parameter; a buffer when it is not trained."""
        dtype = dtype_named(dtype or self.dtype)
        usual = "glorot_uniform" if dtype.is_floating_point else "zeros"
        value = initial(initializer or usual, tuple(shape)).to(dtype)
        return nn.Parameter(value, requires_grad=self.trainable) if trainable else nn.Buffer(value)

    def _track(self):
        """Register what is in lists and dictionaries, as Keras does, in the order of the attributes."""
        names, moved = list(self._modules), 0
        for name, value in list(vars(self).items()):
            found = None if name in ("_modules", "_parameters", "_buffers", "_layers") else container(value)
            if found is not None:
                delattr(self, name)
                setattr(self, name, found)
                found.train(self.training)
                place = vars(self).get("_places", {}).get(name, len(names))
                names.insert(min(place + moved, len(names)), name)
                moved += 1
        modules = dict(self._modules)
        self._modules.clear()
        self._modules.update((name, modules[name]) for name in dict.fromkeys([*names, *modules]))

    def _first_build(self, args, kwargs):
        """Build from the shapes of the inputs; several parameters of ``build`` are named after those of ``forward``."""
        wanted = list(inspect.signature(self.build.function).parameters)[1:]
        given = inspect.signature(self.forward).bind_partial(*args, **kwargs).arguments
        shapes = {f"{name}_shape": shape_of(value) for name, value in given.items()}
        named = {name: shapes[name] for name in wanted if name in shapes}
        if len(wanted) > 1 and named:
            self.build(**named)
        else:
            self.build(next(iter(shapes.values()), None))

    # [full
    def _in_graph(self, args, kwargs):
        """The symbolic outputs for symbolic inputs."""
        outputs = applied(self, args, kwargs, lambda *a, **k: self(*a, **{**k, "training": False}))
        if "output" not in vars(self):
            self.input, self.output = args[0] if args else next(iter(kwargs.values())), outputs
        return outputs

    # full]
    def __call__(self, *args, training=None, **kwargs):
        # [full
        if is_symbolic([args, kwargs]):
            return self._in_graph(args, kwargs if training is None else {**kwargs, "training": training})
        # full]
        parameters = inspect.signature(self.forward).parameters
        names, takes_training = list(parameters), "training" in parameters
        if takes_training and len(args) > names.index("training"):
            place = names.index("training")
            args, kwargs = args[:place], {**kwargs, **dict(zip(names[place:], args[place:], strict=False))}
            training = kwargs.pop("training")
        if not CALLS:
            args, kwargs = batch_tensors((args, kwargs))
            if training is None and takes_training and parameters["training"].default is True:
                training = True
        if not self.built:
            self._first_build(args, kwargs)
        with calling(self):
            if training is not None:
                tell_mode(self, bool(training))
            if takes_training:
                kwargs["training"] = self.training
            # [full
            kwargs = with_masks(self.forward, args, kwargs)
            first = args[0] if args else next(iter(kwargs.values()), None)
            mask = mask_of(first) if kwargs.get("mask") is None else kwargs["mask"]
            # full]
            outputs = super().__call__(*args, **kwargs)
            # [full
            pass_mask_on(self, first, outputs, mask)
            # full]
            return outputs

    def compute_mask(self, inputs, mask=None):
        """The mask of the outputs: by default that of the inputs."""
        return mask

    @property
    def trainable(self):
        """Whether the weights are trained; setting it reaches all layers inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._track()
        for module in self.modules():
            module._trainable = value
        self.requires_grad_(value)

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
        return DTypePolicy(str(self.dtype).removeprefix("torch."))

    # only if used
    @dtype_policy.setter
    def dtype_policy(self, value):
        self.dtype = dtype_named(value)

    # only if used
    def outputs_of(self, x, training):
        """The outputs for a batch; a model that takes no ``training`` is not told that it trains, as in Keras."""
        takes = "training" in inspect.signature(self.forward).parameters
        with KeptLogits():
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
        for module in self.modules():
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

    # full]
    # [full
    @property
    def output_shape(self):
        """The shape of the symbolic output."""
        return shape_of(self.output)

    # full]
    @property
    def weights(self):
        """All weights in Keras' order: those of the layer itself, then those of the layers inside."""
        inner = (module for child in self.children() for module in child.modules())
        every = [weight for module in (self, *inner) for weight in own_weights(module)]
        return list({id(weight): weight for weight in every}.values())

    # only if used
    @property
    def trainable_weights(self):
        """The weights that are trained."""
        return [weight for weight in self.weights if weight.requires_grad]

    # only if used
    @property
    def non_trainable_weights(self):
        """The weights that are not trained."""
        return [weight for weight in self.weights if not weight.requires_grad]

    # only if used
    variables = weights

    # only if used
    trainable_variables = trainable_weights

    # only if used
    non_trainable_variables = non_trainable_weights

    def get_weights(self):
        """The weights as arrays of NumPy."""
        return [weight.detach().cpu().numpy().copy() for weight in self.weights]

    def set_weights(self, weights):
        """Copy arrays, in the order of ``weights``."""
        with torch.no_grad():
            for weight, value in zip(self.weights, weights, strict=True):
                if tuple(weight.shape) != tuple(value.shape):
                    raise ValueError(f"a weight of shape {tuple(weight.shape)} was given {tuple(value.shape)}")
                weight.copy_(torch.as_tensor(value))

    # only if used
    def count_params(self):
        """The number of elements of all weights."""
        return sum(weight.numel() for weight in self.weights)

    # only if used
    def get_config(self):
        """The name of the layer, for subclasses to add their arguments to."""
        return {"name": self.name, "trainable": self.trainable}

    # only if used
    @classmethod
    def from_config(cls, config):
        """A new layer with these arguments."""
        return cls(**config)


class InputLayer(Layer):
    """Where an input enters a model; ``output`` is its symbolic tensor.

    Unknown sizes are 1 and 2 (examples of the batch), 96 and 128 or less (other axes) where shapes are found out.
    """

    def __init__(self, shape=None, batch_size=None, dtype=None, batch_shape=None, name=None, input_shape=None):
        super().__init__(name=name, dtype=dtype)
        whole = tuple(batch_shape) if batch_shape is not None else (batch_size, *(shape or input_shape or ()))
        self.input = self.output = symbol(whole, self.dtype, self)

    def forward(self, inputs):
        return inputs


def Input(shape=None, batch_size=None, dtype=None, batch_shape=None, name=None, tensor=None):
    """A symbolic input of a model; ``shape`` is without the number of examples."""
    if tensor is not None:
        raise ValueError("an input of given values has no counterpart: call the model with them")
    return InputLayer(shape, batch_size, dtype, batch_shape, name).output


class Model(Trainer, Layer):
    """Base class of models."""

    # [full
    # ``Model(inputs, outputs)`` is the model between symbolic tensors.
    inputs = outputs = None

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
        self._order = ordered(outputs, symbols(inputs))
        self._layers = layers_between(symbols(inputs), outputs, self._order)
        self._track()
        held = held_modules(self)
        for layer in self._layers:
            if not isinstance(layer, InputLayer) and layer not in held:
                self._register(layer)
        self.built = True

    # full]
    # only if used
    def _register(self, layer):
        """Add a layer under its name; layers without a name are numbered inside the model."""
        word = snake_case(type(layer).__name__)
        named = layer.named or not re.fullmatch(rf"{word}(_\d+)?", layer.name)  # a name may be set later
        key = word = layer.name if named else word
        count = 0
        while not named and key in self._modules:
            count += 1
            key = f"{word}_{count}"
        key = key.replace(".", "_")
        if key in self._modules:
            raise ValueError(f"two layers of the model are named {layer.name!r}")
        self.add_module(key, layer)

    # [full
    def build(self, input_shape):
        """Make the weights of all layers for inputs of this shape (with the number of examples)."""
        self.built = True
        several = isinstance(input_shape, list) or isinstance(input_shape[0], (list, tuple))
        shapes = input_shape if several else [input_shape]
        tensors = [Input(batch_shape=shape) for shape in shapes]
        applied(self, (tensors if several else tensors[0],), {})

    def _first_build(self, args, kwargs):
        if self.build.function is Model.build.function:
            self._track()
            self.built = True
        else:
            super()._first_build(args, kwargs)

    # full]
    # only if used
    def save_weights(self, filepath, overwrite=True):
        """Write the state of the model to a file of ``torch.save``."""
        torch.save(self.state_dict(), filepath)

    # only if used
    def load_weights(self, filepath, skip_mismatch=False):
        """Read the state of the model from a file of ``torch.save``; a file of Keras is converted beforehand."""
        with open(filepath, "rb") as file:
            if file.read(4) == b"\x89HDF":
                raise ValueError(f"{filepath} is a file of Keras: convert it with `ivy-s2s weights`")
        self.load_state_dict(torch.load(filepath, weights_only=True), strict=not skip_mismatch)

    # only if used
    @property
    def layers(self):
        """The layers of the model."""
        self._track()
        return list(vars(self).get("_layers") or self.children())

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

    def forward(self, inputs, training=None):
        told = list(TOLD)
        known = {id(tensor): value for tensor, value in paired(self.inputs, inputs)}
        for tensor in self._order:
            args, kwargs = (replaced(part, lambda x: known[id(x)]) for part in (tensor.args, tensor.kwargs))
            if isinstance(tensor.function, Layer):
                kwargs = mode_told(told, self.training, kwargs)
            known[id(tensor)] = tensor.function(*args, **kwargs)
        return replaced(self.outputs, lambda x: known[id(x)])
    # full]


class Sequential(Model):
    """Layers one after the other."""

    def __init__(self, layers=None, name=None, trainable=True):
        super().__init__(name=name)
        self._layers = []
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
        if not self._layers and self.inputs is None:
            known = getattr(layer, "inputs", None)
            shape = shape_of(known)[1:] if isinstance(known, Symbolic) else layer.first_shape
            if shape is not None:
                self.inputs = self.input = self.outputs = Input(shape)
        # full]
        self._register(layer)
        self._layers.append(layer)
        # [full
        if self.outputs is not None:
            self.outputs = self.output = layer(self.outputs)
        # full]

    # only if used
    def pop(self):
        """Remove the last layer and give it back."""
        layer = self._layers.pop()
        delattr(self, next(name for name, child in self.named_children() if child is layer))
        # [full
        if self.outputs is not None:
            self.outputs = self.output = self._layers[-1].output if self._layers else self.inputs
        # full]
        return layer

    def forward(self, inputs, training=None):
        told = list(TOLD)
        for layer in self._layers:
            inputs = layer(inputs, **mode_told(told, self.training, {}))
        return inputs


def source_inputs(tensor):
    """The inputs of the graph that makes a symbolic tensor."""
    return [x for x in ordered(tensor, []) if isinstance(x.function, InputLayer)]
