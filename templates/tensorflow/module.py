"""Modules, parameters and containers on Keras 3 with PyTorch's names, order and state keys."""

import collections
import copy
import inspect
import math
from types import MappingProxyType

import keras
import numpy as np
import tensorflow as tf

# Attribute names that keras.Model keeps for itself; they are stored with a trailing underscore.
RESERVED = tuple("""
    activity_regularizer add_loss add_metric add_variable add_weight autocast build
    build_from_config built call call_signature_parameters compile compile_from_config compiled
    compiled_loss compiled_metrics compute_dtype compute_loss compute_mask compute_metrics
    compute_output_shape compute_output_spec count_params distribute_reduction_method
    distribute_strategy dtype dtype_policy evaluate export fit from_config get_build_config
    get_compile_config get_config get_layer get_metrics_result get_quantization_layer_structure
    get_state_tree get_weights input input_dtype input_spec jit_compile layers load_own_variables
    load_weights loss losses make_predict_function make_test_function make_train_function metrics
    metrics_names metrics_variables name non_trainable_variables non_trainable_weights optimizer
    output path predict predict_function predict_on_batch predict_step quantization_mode quantize
    quantized_build quantized_call rematerialized_call reset_metrics run_eagerly save
    save_own_variables save_weights set_state_tree set_weights stateless_call
    stateless_compute_loss steps_per_execution stop_training summary supports_jit supports_masking
    symbolic_call test_function test_on_batch test_step to_json train_function train_on_batch
    train_step trainable trainable_variables trainable_weights unrolled_steps_per_execution
    variable_dtype variables weights _layers _losses _metrics _name _path _tracker _trainable
    append clear extend insert items keys pop update values
    """.split())


class Parameter(keras.Variable):
    """A learned array; `requires_grad=False` keeps it out of `trainable_variables`."""

    def __init__(self, data, requires_grad=True):
        data = tf.convert_to_tensor(data)
        super().__init__(data, dtype=data.dtype.name, trainable=requires_grad)

    @property
    def requires_grad(self):
        """Whether the array is learned; the same as `trainable`."""
        return self.trainable

    @requires_grad.setter
    def requires_grad(self, flag):
        self.trainable = flag

    # only if used
    @property
    def data(self):
        """The array itself."""
        return self.value

    # only if used
    @property
    def device(self):
        """The name of the device that holds the array."""
        return self.value.device

    def __len__(self):
        return self.shape[0]

    def __iter__(self):
        return iter(tf.unstack(self.value))

    def __deepcopy__(self, memo):
        return memo.setdefault(id(self), type(self)(self, self.trainable))


class Kernel(Parameter):
    """A weight (O, I, ...) whose variable is `stored` as TensorFlow's convolutions take it: (..., I, O).

    Keras tracks and trains the variable; shape, value and assignments of the weight itself are (O, I, ...).
    """

    def __init__(self, data, requires_grad=True):
        data = tf.convert_to_tensor(data)
        self.stored = Parameter(channels_to_end(data), requires_grad)
        super().__init__(data, requires_grad)
        self._value = None

    @property
    def value(self):
        """The weight (O, I, ...)."""
        return channels_to_front(self.stored.value)

    @property
    def trainable(self):
        """Whether the variable is learned."""
        return self.stored.trainable

    @trainable.setter
    def trainable(self, flag):
        self.stored.trainable = flag

    def assign(self, value):
        """Set the weight to (O, I, ...)."""
        value = tf.ensure_shape(tf.cast(value, self.dtype), self.shape)
        self.stored.assign(channels_to_end(value))
        return value


def channels_to_end(weight):
    """(O, I, ...) to (..., I, O)."""
    return tf.transpose(weight, [*range(2, weight.shape.rank), 1, 0])


def channels_to_front(kernel):
    """(..., I, O) to (O, I, ...)."""
    rank = kernel.shape.rank
    return tf.transpose(kernel, [rank - 1, rank - 2, *range(rank - 2)])


def stored(value):
    """What Keras tracks of an attribute: the variable of a kernel, else the value itself."""
    return getattr(value, "stored", value) if isinstance(value, Parameter) else value


class Buffer(keras.Variable):
    """An array that is not learned; `state_dict` has the persistent ones. Made of None: None."""

    requires_grad = False

    def __new__(cls, data, persistent=True):
        return None if data is None else super().__new__(cls)

    def __init__(self, data, persistent=True):
        data = tf.convert_to_tensor(data)
        super().__init__(data, dtype=data.dtype.name, trainable=False)
        self.persistent = persistent

    def __iter__(self):
        return iter(tf.unstack(self.value))

    def __len__(self):
        return self.shape[0]

    def __bool__(self):
        return bool(self.value)

    # only if used
    @property
    def data(self):
        """The array itself."""
        return self.value

    # only if used
    @property
    def device(self):
        """The name of the device that holds the array."""
        return self.value.device

    def __deepcopy__(self, memo):
        return memo.setdefault(id(self), Buffer(self, self.persistent))


def training_index(call):
    """The position of `training` among the arguments; infinity for keyword-only, -1 for none."""
    parameters = inspect.signature(call).parameters
    if "training" not in parameters:
        return -1
    if parameters["training"].kind is inspect.Parameter.KEYWORD_ONLY:
        return math.inf
    return list(parameters).index("training")


def has_symbolic_input(args):
    """Whether a Keras symbolic tensor is among the arguments or in a list of them."""
    lists = [arg if isinstance(arg, (list, tuple)) else [arg] for arg in args]
    return any(isinstance(item, keras.KerasTensor) for items in lists for item in items)


class Module(keras.Model):
    """Base of layers and models; `training` reaches all layers below.

    Where it is not given, each layer computes as `set_training` said last, at first for inference.
    """

    _mode = None

    # only if used
    def __init_subclass__(cls, **kwargs):
        """Let Keras see one signature of a decorated constructor: of the function, not of its wrapper."""
        super().__init_subclass__(**kwargs)
        if hasattr(cls.__init__, "__wrapped__"):
            cls.__init__.__signature__ = inspect.signature(cls.__init__)

    def __init__(self):
        super().__init__()
        for name in [name for name, value in vars(self).items() if value is None]:
            if inspect.isfunction(getattr(type(self), name, None)):
                del self.__dict__[name]  # such as `loss`: a subclass's method, not a Keras setting
        self.autocast = False
        self.built = True
        self._called = True
        self._allow_non_tensor_positional_args = True
        self._convert_input_args = False
        self._training_index = training_index(self.call)
        # Keras' fit passes training=True only where it believes that `call` takes it.
        self._call_has_training_arg = True

    def __call__(self, *args, **kwargs):
        """Run `call`, without Keras' conversion of the inputs."""
        if has_symbolic_input(args) or has_symbolic_input(kwargs.values()):
            return super().__call__(*args, **kwargs)
        context = self._get_call_context()
        outer = context.get_value("training")
        given = kwargs.pop("training", None)
        if len(args) > self._training_index >= 0:
            given = args[self._training_index]
        training = outer if given is None else given
        frozen = given is None and self._mode is False
        mode = self._mode if training is None or frozen else training
        if len(args) <= self._training_index and mode is not None:
            kwargs["training"] = mode
        context.set_value("training", training)
        try:
            return self.call(*args, **kwargs)
        finally:
            context.set_value("training", outer)
            self._maybe_reset_call_context()

    # only if used
    @property
    def training(self):
        """Whether a training step computes as in training: yes until `set_training` says otherwise."""
        return self._mode is not False

    def __setattr__(self, name, value):
        """Set an attribute; a layer or variable that it replaces is tracked no more."""
        old = self.__dict__.get(name)
        if isinstance(old, Buffer) and isinstance(value, tf.Tensor) and old.shape == value.shape:
            return old.assign(value)
        if isinstance(value, dict) and type(value).__module__ not in ("builtins", "collections"):
            return object.__setattr__(self, name, value)  # Keras would keep a dictionary of its own class
        if old is not value and isinstance(old, (keras.layers.Layer, keras.Variable)):
            self._release(name, old)
        if stored(value) is not value:
            self._tracker.track(stored(value))
            self._track_trackable(stored(value), name.replace("weight", "kernel"), overwrite=True)
            return object.__setattr__(self, name, value)
        super().__setattr__(name, value)

    def __delattr__(self, name):
        """Delete an attribute; a layer or kernel that it holds is tracked no more."""
        old = self.__dict__.get(name)
        if isinstance(old, (keras.layers.Layer, Parameter)):
            self._release(name, old)
        super().__delattr__(name)

    def _release(self, name, old):
        """What an attribute held is tracked no more, unless another one holds it."""
        if sum(held is old for held in self.__dict__.values()) == 1:
            self._tracker.untrack(stored(old))
            if stored(old) is not old:
                self._delete_tracking(name.replace("weight", "kernel"))

    @classmethod
    def from_config(cls, config):
        """A model that Keras loads: of the saved arguments, those that the constructor takes."""
        names = inspect.signature(cls.__init__).parameters
        return cls(**{name: value for name, value in config.items() if name in names})

    def __deepcopy__(self, memo):
        """An independent copy with its own variables."""
        new = type(self).__new__(type(self))
        memo[id(self)] = new
        Module.__init__(new)
        own = set(vars(new))
        for name, value in vars(self).items():
            if name not in own and not name.startswith("_self_"):  # what TensorFlow tracks
                setattr(new, name, copy_untracked(value, memo))
        return new


def copy_untracked(value, memo):
    """Deep copy in which Keras' tracked containers become plain lists, dicts and sets."""
    if isinstance(value, list):
        return [copy_untracked(item, memo) for item in value]
    if isinstance(value, dict):
        return {key: copy_untracked(item, memo) for key, item in value.items()}
    if isinstance(value, set):
        return {copy_untracked(item, memo) for item in value}
    if type(value) is tuple:
        return tuple(copy_untracked(item, memo) for item in value)
    return value if isinstance(value, tf.Tensor) else copy.deepcopy(value, memo)


def attribute_name(name):
    """The attribute under which a module stores a child or parameter called `name`."""
    return name + "_" if name in RESERVED else name


def public_name(attribute):
    """The name of a child or parameter stored under `attribute`."""
    return attribute[:-1] if attribute.endswith("_") and attribute[:-1] in RESERVED else attribute


def named_children(m):
    """The direct sub-modules of a module as (name, module), in order of definition."""
    seen = set()
    for attribute, value in list(vars(m).items()):
        if isinstance(value, keras.layers.Layer) and id(value) not in seen:
            seen.add(id(value))
            yield public_name(attribute), value


def children(m):
    """The direct sub-modules of a module, in order of definition."""
    for _, child in named_children(m):
        yield child


def child_modules(m):
    """The direct sub-modules of a module by name, for reading."""
    layers = [(name, value) for name, value in vars(m).items() if isinstance(value, keras.layers.Layer)]
    return MappingProxyType({public_name(name): value for name, value in layers})


def named_modules(m, memo=None, prefix="", remove_duplicate=True):
    """The module itself and all modules below it as (dotted name, module), parents first."""
    memo = set() if memo is None else memo
    if remove_duplicate and id(m) in memo:
        return
    memo.add(id(m))
    yield prefix, m
    for attribute, value in list(vars(m).items()):
        if isinstance(value, keras.layers.Layer):
            name = public_name(attribute)
            name = f"{prefix}.{name}" if prefix else name
            yield from named_modules(value, memo, name, remove_duplicate)


def modules(m):
    """The module itself and all modules below it, parents first."""
    for _, module in named_modules(m):
        yield module


def set_training(m, mode=True):
    """Let a module and all below it compute as in training, or not, where `training` is not given."""
    for module in modules(m):
        module._mode = mode
    return m


def is_parameter(variable):
    """Whether a variable is a parameter (learned or frozen), not a buffer."""
    if isinstance(variable, (Parameter, Buffer)):
        return isinstance(variable, Parameter)
    return variable.trainable


def named_variables(m, prefix="", recurse=True, remove_duplicate=True):
    """The variables of a module and of the modules below it as (dotted name, variable)."""
    seen = set()
    found = named_modules(m, None, prefix, remove_duplicate) if recurse else [(prefix, m)]
    for path, module in found:
        for attribute, value in list(vars(module).items()):
            if not isinstance(value, (keras.Variable, tf.Variable)) or id(value) in seen:
                continue
            if remove_duplicate:
                seen.add(id(value))
            name = public_name(attribute)
            yield (f"{path}.{name}" if path else name), value


def named_parameters(m, prefix="", recurse=True, remove_duplicate=True):
    """The parameters of a module as (dotted name, variable), in order of definition."""
    for name, variable in named_variables(m, prefix, recurse, remove_duplicate):
        if is_parameter(variable):
            yield name, variable


def parameters(m, recurse=True):
    """The parameters of a module, in order of definition."""
    for _, variable in named_parameters(m, recurse=recurse):
        yield variable


def named_buffers(m, prefix="", recurse=True, remove_duplicate=True):
    """The buffers of a module as (dotted name, variable), in order of definition."""
    for name, variable in named_variables(m, prefix, recurse, remove_duplicate):
        if not is_parameter(variable):
            yield name, variable


def buffers(m, recurse=True):
    """The buffers of a module, in order of definition."""
    for _, variable in named_buffers(m, recurse=recurse):
        yield variable


def stack_module_state(models):
    """Parameters and buffers of models of one kind by their names, stacked along a new first axis."""

    def stacked(named):
        found = [dict(named(model)) for model in models]
        return {name: tf.stack([tf.convert_to_tensor(one[name]) for one in found]) for name in found[0]}

    return stacked(named_parameters), stacked(named_buffers)


def functional_call(module, parameters, args=(), kwargs=None):
    """What a module computes with other parameters and buffers, by their names; its own stay as they are."""
    given = parameters if isinstance(parameters, (list, tuple)) else [parameters]
    variables = dict(named_variables(module, remove_duplicate=False))
    pairs = [(variables.pop(name), value) for part in given for name, value in part.items()]
    values = [channels_to_end(value) if isinstance(v, Kernel) else tf.convert_to_tensor(value) for v, value in pairs]
    replaced = [(stored(variable), value) for (variable, _), value in zip(pairs, values)]
    with keras.StatelessScope(state_mapping=replaced) as scope:
        result = module(*(args if isinstance(args, tuple) else (args,)), **(kwargs or {}))
    for variable in variables.values():
        value = scope.get_current_value(stored(variable))
        if value is not None:  # running statistics
            stored(variable).assign(value)
    return result


def apply(m, fn):
    """Call `fn` on every module below `m`, then on `m`; returns `m`."""
    for child in children(m):
        apply(child, fn)
    fn(m)
    return m


def get_submodule(m, target):
    """The module below `m` with this dotted name."""
    for name in target.split(".") if target else ():
        m = getattr(m, attribute_name(name))
        if not isinstance(m, keras.layers.Layer):
            raise AttributeError(f"`{name}` is not a module")
    return m


def is_training(m):
    """Whether a module computes as in training: as the running call says, or as `set_training` said last."""
    if not isinstance(m, keras.layers.Layer):
        return m.training
    context, unset = m._get_call_context(), object()
    called = context.get_value("training", unset)
    if called is unset:  # no call is running
        m._maybe_reset_call_context()
        called = None
    mode = getattr(m, "_mode", None)
    return bool(mode if called is None or mode is False else called)


def get_parameter(m, target):
    """The parameter of a module with this dotted name."""
    owner, _, name = target.rpartition(".")
    variable = getattr(get_submodule(m, owner), attribute_name(name))
    if not is_parameter(variable):
        raise AttributeError(f"`{target}` is not a parameter")
    return variable


def get_buffer(m, target):
    """The buffer of a module with this dotted name."""
    owner, _, name = target.rpartition(".")
    variable = getattr(get_submodule(m, owner), attribute_name(name))
    if not isinstance(variable, keras.Variable) or is_parameter(variable):
        raise AttributeError(f"`{target}` is not a buffer")
    return variable


def add_module(m, name, child):
    """Give a module a child (or None) of this name."""
    setattr(m, attribute_name(name), child)


def state_variables(m):
    """All variables that make up the state of a module: dotted name -> variable."""
    state = {}
    for path, module in named_modules(m, remove_duplicate=False):
        own = [(k, v) for k, v in vars(module).items() if isinstance(v, keras.Variable)]
        own.sort(key=lambda item: not is_parameter(item[1]))
        for attribute, variable in own:
            if getattr(variable, "persistent", True):
                name = public_name(attribute)
                state[f"{path}.{name}" if path else name] = variable
    return state


def state_dict(m):
    """The state of a module: dotted name -> NumPy array, parameters before buffers."""
    state = collections.OrderedDict()
    for name, variable in state_variables(m).items():
        state[name] = np.array(variable)
    return state


IncompatibleKeys = collections.namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])


def load_state_dict(m, state_dict, strict=True):
    """Assign arrays to the variables of a module by dotted name, cast to each variable's dtype.

    Raises if a shape differs and, when `strict`, if a name is missing or unknown.
    """
    variables = state_variables(m)
    missing = [name for name in variables if name not in state_dict]
    unexpected = [name for name in state_dict if name not in variables]
    if strict and (missing or unexpected):
        raise RuntimeError(f"missing keys: {missing}; unexpected keys: {unexpected}")
    for name, variable in variables.items():
        if name in state_dict:
            value = np.asarray(state_dict[name])
            if tuple(value.shape) != tuple(variable.shape):
                raise RuntimeError(
                    f"shape of {name} is {tuple(variable.shape)}, got {tuple(value.shape)}"
                )
            variable.assign(tf.cast(value, variable.dtype))
    return IncompatibleKeys(missing, unexpected)


def requires_grad_(m, requires_grad=True):
    """Let all parameters of a module be learned, or freeze them; returns `m`."""
    for variable in parameters(m):
        variable.trainable = requires_grad
    return m


class Sequential(Module):
    """Modules called one after another; made from modules or from one ordered dictionary."""

    def __init__(self, *args):
        super().__init__()
        named = len(args) == 1 and isinstance(args[0], dict)
        for name, module in args[0].items() if named else enumerate(args):
            if not isinstance(module, keras.layers.Layer):
                raise TypeError(getattr(module, "reason", f"{module} is not a module"))
            setattr(self, attribute_name(str(name)), module)

    # only if used
    def add_module(self, name, module):
        """Add a child at the end."""
        setattr(self, attribute_name(name), module)

    def _attributes(self):
        layer = keras.layers.Layer
        return [name for name, value in vars(self).items() if isinstance(value, layer)]

    def __len__(self):
        return len(self._attributes())

    def __iter__(self):
        return iter([vars(self)[name] for name in self._attributes()])

    def __getitem__(self, index):
        names = self._attributes()
        if isinstance(index, slice):
            return self.__class__({public_name(name): vars(self)[name] for name in names[index]})
        return vars(self)[names[index]]

    def __setitem__(self, index, module):
        setattr(self, self._attributes()[index], module)

    # only if used
    def __delitem__(self, index):
        kept = list(self)
        del kept[index]
        for name in self._attributes():
            delattr(self, name)
        self.extend(kept)

    # only if used
    def append(self, module):
        """Add a module at the end; returns the container."""
        setattr(self, str(len(self)), module)
        return self

    # only if used
    def extend(self, sequential):
        """Add modules at the end; returns the container."""
        for module in sequential:
            self.append(module)
        return self

    # only if used
    def insert(self, index, module):
        """Put a module before position `index`; returns the container."""
        held = list(self)
        held.insert(index, module)
        for position, item in enumerate(held):
            setattr(self, str(position), item)
        return self

    def call(self, input):
        for module in self:
            input = module(input)
        return input


class ModuleList(Module):
    """A list of modules; the children are named '0', '1', ..."""

    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __len__(self):
        return sum(name.isdigit() for name in vars(self))

    def __iter__(self):
        return iter([getattr(self, str(i)) for i in range(len(self))])

    def _position(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range")
        return str(index % len(self))

    def __getitem__(self, index):
        if isinstance(index, slice):
            return self.__class__(list(self)[index])
        return getattr(self, self._position(index))

    def __setitem__(self, index, module):
        setattr(self, self._position(index), module)

    def _replace(self, held):
        for position in range(len(self)):
            delattr(self, str(position))
        self.extend(held)

    def __delitem__(self, index):
        held = list(self)
        del held[index]
        self._replace(held)

    def __contains__(self, module):
        return any(held is module for held in self)

    def __add__(self, other):
        return ModuleList([*self, *other])

    def __iadd__(self, modules):
        return self.extend(modules)

    def append(self, module):
        """Add a module at the end; returns the list."""
        setattr(self, str(len(self)), module)
        return self

    def extend(self, modules):
        """Add modules at the end; returns the list."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index, module):
        """Put a module before position `index`."""
        held = list(self)
        held.insert(index, module)
        self._replace(held)

    def pop(self, key):
        """Remove and return the module at position `key`."""
        module = self[key]
        del self[key]
        return module


class ModuleDict(Module):
    """A dictionary of modules; the children have the keys as names."""

    _held = keras.layers.Layer

    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __len__(self):
        return len(self.keys())

    def __iter__(self):
        return iter(self.keys())

    def __contains__(self, key):
        return key in self.keys()

    def __getitem__(self, key):
        if key not in self.keys():
            raise KeyError(key)
        return getattr(self, attribute_name(key))

    def __setitem__(self, key, module):
        setattr(self, attribute_name(key), module)

    def __delitem__(self, key):
        delattr(self, attribute_name(key))

    def keys(self):
        """The names of the modules."""
        return [
            public_name(name) for name, held in vars(self).items() if isinstance(held, self._held)
        ]

    def values(self):
        """The modules."""
        return [self[key] for key in self.keys()]

    def items(self):
        """The modules as (name, module)."""
        return [(key, self[key]) for key in self.keys()]

    def update(self, modules):
        """Add or replace modules from a dictionary or from (name, module) pairs."""
        for key, module in modules.items() if hasattr(modules, "items") else modules:
            self[key] = module

    def pop(self, key):
        """Remove and return the module called `key`."""
        module = self[key]
        del self[key]
        return module

    def clear(self):
        """Remove all modules."""
        for key in self.keys():
            del self[key]


class ParameterList(ModuleList):
    """A list of parameters; their names are '0', '1', ..."""

    def __init__(self, values=None):
        super().__init__(values)

    def append(self, value):
        """Add a parameter (an array becomes one) at the end; returns the list."""
        value = value if isinstance(value, keras.Variable) else Parameter(value)
        return super().append(value)


class ParameterDict(ModuleDict):
    """A dictionary of parameters; the keys are their names."""

    _held = keras.Variable

    def __init__(self, parameters=None):
        super().__init__(parameters)

    def __setitem__(self, key, value):
        value = value if isinstance(value, keras.Variable) else Parameter(value)
        super().__setitem__(key, value)


def state_of(owner):
    """The state of a module, or of an object that gives its own."""
    return owner.state_dict() if hasattr(owner, "state_dict") else state_dict(owner)


def load_state_of(owner, state, strict=True):
    """Give a module, or an object that takes its own, a state."""
    if not hasattr(owner, "load_state_dict"):
        return load_state_dict(owner, state, strict)
    return owner.load_state_dict(state) if strict else owner.load_state_dict(state, strict=False)
