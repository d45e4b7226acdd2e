"""A transformed function as a Keras model that owns its parameters and state."""

import inspect

import keras
import tensorflow as tf

from ..module import RESERVED, has_symbolic_input
from .frames import running


class Scope(keras.layers.Layer):
    """The parameters and state of one layer, and the scopes of the layers made in it."""


def free_attribute(layer, name):
    """The name, with underscores behind it when the layer has an attribute of this name."""
    name = name.replace(".", "_")
    while name in RESERVED or hasattr(layer, name):
        name += "_"
    return name


def drawn_key():
    """A random key, drawn from TensorFlow's generator."""
    return tf.random.uniform((2,), maxval=1 << 32, dtype=tf.int64)


class TransformedModel(keras.Model):
    """A function of Haiku modules with their parameters and state.

    The ``w`` of ``net/~/linear`` is the weight ``net.linear.w``. State is kept in weights that are not trained, and
    each call stores the new one. Random keys follow from ``rng``, a key or a seed; without it they are drawn
    from TensorFlow's generator.
    """

    def __init__(self, function, params, state=None):
        super().__init__()
        self.function = function
        self.takes_rng = "rng" in inspect.signature(function).parameters
        self.places = {}
        scopes = {"": self}
        for trainable, tree in ((True, params), (False, state or {})):
            for path, values in tree.items():
                scope = self.scope(path, scopes)
                for name, value in values.items():
                    self.add(trainable, scope, path, name, value)
        self.built = True

    def scope(self, path, scopes):
        """The scope of a layer by its full name."""
        if path not in scopes:
            outer, _, name = path.rpartition("/")
            parent = self.scope(outer, scopes)
            name = name.lstrip("~")
            if not name:
                return scopes.setdefault(path, parent)
            name = free_attribute(parent, name)
            scopes[path] = Scope(name=name)
            scopes[path].built = True
            setattr(parent, name, scopes[path])
        return scopes[path]

    def add(self, trainable, scope, path, name, value):
        """Keep a parameter or a value of the state of a layer."""
        value = tf.convert_to_tensor(value)
        attribute = free_attribute(scope, name)
        weight = scope.add_weight(
            shape=value.shape, dtype=value.dtype.name, initializer="zeros", name=attribute,
            trainable=trainable and value.dtype.is_floating,
        )  # fmt: skip
        weight.assign(value)
        setattr(scope, attribute, weight)
        self.places[trainable, path, name] = weight

    def tree(self, trainable):
        """The parameters or the state as dictionaries, under their names in Haiku."""
        found = {}
        for (kind, path, name), weight in self.places.items():
            if kind == trainable:
                found.setdefault(path, {})[name] = tf.convert_to_tensor(weight)
        return found

    def __call__(self, *args, **kwargs):
        """Compute, without Keras' conversion of the inputs."""
        if has_symbolic_input(args) or has_symbolic_input(kwargs.values()):
            return super().__call__(*args, **kwargs)
        return self.call(*args, **kwargs)

    def call(self, *args, **kwargs):
        rng = None if self.takes_rng else kwargs.pop("rng", None)
        state = self.tree(False)
        with running(self.tree(True), state, drawn_key if rng is None else rng, False):
            result = self.function(*args, **kwargs)
        for path, values in state.items():
            for name, value in values.items():
                self.places[False, path, name].assign(value)
        return result
