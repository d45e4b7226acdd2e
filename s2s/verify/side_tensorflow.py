"""TensorFlow's side of a comparison: functions, Keras layers and models."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..weight_keras import keras_weights, tracked
from ..weight_slots import slots
from ..weight_state import to_numpy
from .apart import Apart
from .side import ADAM_EPSILON, LEARNING_RATE, Arrays, Skipped
from .values import is_float, leaves, mapped, weights_for


class TensorflowSide:
    """Layers of Keras and functions of TensorFlow."""

    name = "tensorflow"

    def native(self, array: np.ndarray) -> Any:
        return tf.convert_to_tensor(array)

    def is_model(self, obj: Any) -> bool:
        return isinstance(obj, (keras.layers.Layer, Apart))

    def call(self, obj: Any, args: Any, kwargs: Any, training: bool) -> Any:
        args, kwargs = mapped((args, kwargs), self.native)
        return self.result(obj, args, kwargs, training)

    def result(self, obj: Any, args: Any, kwargs: Any, training: bool) -> Any:
        if isinstance(obj, Apart):
            return obj.call(args, kwargs, training)
        if self.is_model(obj):
            return obj(*args, training=training, **kwargs)
        return obj(*args, **kwargs)

    def parameters(self, obj: Any) -> dict[str, Any]:
        """The trained variables by the names of the state."""
        if not self.is_model(obj):
            return {}
        if isinstance(obj, Apart):
            return {name: keras.Variable(obj[name]) for name in obj.trained()}
        if getattr(type(obj), "_training_index", None) is None and not hasattr(obj, "_training_index"):
            return {name: v for name, v in keras_weights(obj) if v.trainable}
        found: dict[int, tuple[str, Any]] = {}
        for slot in slots(obj):
            if slot.value.trainable:
                found.setdefault(id(slot.value), (slot.name, slot.value))
        return dict(found.values())

    def gradients(self, obj: Any, args: Any, kwargs: Any, training: bool) -> tuple[dict[str, Any], Arrays, Arrays]:
        args, kwargs = mapped((args, kwargs), self.native)
        given = {k: v for k, v in leaves({"args": args, "kwargs": kwargs}, "input") if tf.is_tensor(v) and is_float(v)}
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(list(given.values()))
            named = self.parameters(obj)
            if isinstance(obj, Apart):
                values = {**obj, **{k: v.value for k, v in named.items()}}
                result, changed = obj.applied(values, args, kwargs, training)
                obj.update(changed if training else {})
            else:
                result = self.result(obj, args, kwargs, training)
                named = self.parameters(obj)
            terms = [
                tf.reduce_sum(value * tf.cast(weights_for(place, np.empty(tuple(value.shape))), value.dtype))
                for place, value in leaves(result)
                if tf.is_tensor(value) and value.dtype.is_floating
            ]
            if not terms:
                raise Skipped("no output depends on the inputs or parameters differentiably")
            loss = tf.add_n([tf.cast(term, tf.float32) for term in terms])
        targets = {**{k: tracked(v).value for k, v in named.items()}, **given}
        values = tape.gradient(loss, targets)
        found = {k: _dense(v, targets[k]) for k, v in values.items()}
        found.update({k: np.moveaxis(found[k], (-1, -2), (0, 1)) for k, v in named.items() if tracked(v) is not v})
        return dict(leaves(result)), {k: found[k] for k in named}, {k: found[k] for k in given}

    def step(self, obj: Any, gradients: Arrays, rule: str) -> Arrays:
        named = {k: v for k, v in self.parameters(obj).items() if k in gradients}
        before = {k: to_numpy(v).copy() for k, v in named.items()}
        given = [(k, gradients[k]) for k in named]
        if rule == "sgd":
            optimizer = keras.optimizers.SGD(LEARNING_RATE)
        else:  # Keras adds epsilon to the square root before the correction of the bias
            optimizer = keras.optimizers.Adam(LEARNING_RATE, epsilon=ADAM_EPSILON * (1 - 0.999) ** 0.5)
        stored = {k: np.moveaxis(g, (0, 1), (-1, -2)) if tracked(named[k]) is not named[k] else g for k, g in given}
        optimizer.apply([tf.convert_to_tensor(g) for g in stored.values()], [tracked(named[k]) for k in stored])
        change = {k: to_numpy(v) - before[k] for k, v in named.items()}
        for name, variable in named.items():
            variable.assign(before[name])
        return change

    def compiled(self, obj: Any, args: Any, kwargs: Any) -> dict[str, Any]:
        arrays = [self.native(v) for _, v in leaves({"args": args, "kwargs": kwargs}) if isinstance(v, np.ndarray)]

        @tf.function
        def run(arrays: Any) -> Any:
            given = iter(arrays)
            inner = mapped({"args": args, "kwargs": kwargs}, lambda _: next(given))
            return dict(leaves(self.result(obj, inner["args"], inner["kwargs"], False)))

        return run(arrays)

    def seed(self, number: int) -> None:
        """Start random numbers anew."""
        keras.utils.set_random_seed(number)

    def forget(self) -> None:
        """Let go of what was compiled."""
        keras.backend.clear_session()


def _dense(value: Any, like: Any) -> np.ndarray:
    """A gradient as an array: zeros for none, the sum for slices."""
    if value is None:
        return np.zeros(tuple(like.shape), np.float32)
    return to_numpy(tf.convert_to_tensor(value))


SIDE = TensorflowSide()
