"""JAX' side of a comparison: functions and flax.nnx modules."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from ..weight_slots import slots
from ..weight_state import to_numpy
from .apart import Apart
from .side import ADAM_EPSILON, LEARNING_RATE, Arrays, Skipped
from .values import is_float, leaves, mapped, weights_for


class JaxSide:
    """Modules of flax.nnx and functions of JAX."""

    name = "jax"

    def native(self, array: np.ndarray) -> Any:
        return jnp.asarray(array)

    def is_model(self, obj: Any) -> bool:
        return isinstance(obj, (nnx.Module, Apart))

    def call(self, obj: Any, args: Any, kwargs: Any, training: bool) -> Any:
        self.mode(obj, training)
        args, kwargs = mapped((args, kwargs), self.native)
        return obj.call(args, kwargs, training) if isinstance(obj, Apart) else obj(*args, **kwargs)

    def mode(self, obj: Any, training: bool) -> None:
        if isinstance(obj, nnx.Module):
            obj.train() if training else obj.eval()

    def gradients(self, obj: Any, args: Any, kwargs: Any, training: bool) -> tuple[dict[str, Any], Arrays, Arrays]:
        self.mode(obj, training)
        given = {k: v for k, v in leaves({"args": args, "kwargs": kwargs}, "input") if isinstance(v, np.ndarray)}
        moving = {k: self.native(v) for k, v in given.items() if is_float(v)}

        def loss(model: Any, moving: dict[str, Any]) -> Any:
            places = iter(given)

            def chosen(array: np.ndarray) -> Any:
                place = next(places)
                return moving[place] if place in moving else self.native(array)

            inner = mapped({"args": args, "kwargs": kwargs}, chosen)
            changed: dict[str, Any] = {}
            if isinstance(obj, Apart):
                output, changed = obj.applied({**obj, **model}, inner["args"], inner["kwargs"], training)
            else:
                output = (model if model is not None else obj)(*inner["args"], **inner["kwargs"])
            total, count = jnp.zeros(()), 0
            for place, value in leaves(output):
                if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jnp.floating):
                    total, count = total + (value * weights_for(place, np.empty(value.shape))).sum(), count + 1
            if not count:
                raise Skipped("no output depends on the inputs or parameters differentiably")
            return total, (dict(leaves(output)), changed)

        if isinstance(obj, Apart):
            values = {name: jnp.asarray(obj[name]) for name in obj.trained()}
            whole = jax.value_and_grad(loss, argnums=(0, 1), has_aux=True)
            (_, (output, changed)), (of_model, of_inputs) = _quick(jax.jit(whole), whole, values, moving)
            obj.update(changed if training else {})
            parameters = {name: to_numpy(value) for name, value in of_model.items()}
        elif self.is_model(obj):
            wanted = (nnx.DiffState(0, nnx.Param), 1)
            whole = nnx.value_and_grad(loss, argnums=wanted, has_aux=True)
            (_, (output, _)), (of_model, of_inputs) = _quick(nnx.jit(whole), whole, obj, moving)
            by_path = {".".join(map(str, p)): to_numpy(v[...]) for p, v in nnx.to_flat_state(of_model)}
            trained = [slot.name for slot in slots(obj) if isinstance(slot.value, nnx.Param)]
            parameters = {name: by_path[name] for name in trained if name in by_path}
        else:
            whole = jax.value_and_grad(loss, argnums=1, has_aux=True)
            (_, (output, _)), of_inputs = _quick(jax.jit(whole), whole, None, moving)
            parameters = {}
        return output, parameters, {name: to_numpy(value) for name, value in of_inputs.items()}

    def step(self, obj: Any, gradients: Arrays, rule: str) -> Arrays:
        import optax

        values = {s.name: s.value[...] for s in slots(obj) if s.name in gradients}
        known = {name: jnp.asarray(gradients[name]) for name in values}
        optimizer = optax.sgd(LEARNING_RATE) if rule == "sgd" else optax.adam(LEARNING_RATE, eps=ADAM_EPSILON)
        updates, _ = optimizer.update(known, optimizer.init(values), values)
        new = optax.apply_updates(values, updates)
        return {name: to_numpy(new[name]) - to_numpy(values[name]) for name in values}

    def compiled(self, obj: Any, args: Any, kwargs: Any) -> dict[str, Any]:
        self.mode(obj, False)
        arrays = [self.native(v) for _, v in leaves({"args": args, "kwargs": kwargs}) if isinstance(v, np.ndarray)]

        def run(model: Any, arrays: Any) -> Any:
            given = iter(arrays)
            inner = mapped({"args": args, "kwargs": kwargs}, lambda _: next(given))
            output = (model if model is not None else obj)(*inner["args"], **inner["kwargs"])
            return dict(leaves(output))

        if isinstance(obj, nnx.Module):
            return nnx.jit(run)(obj, arrays)
        return jax.jit(lambda arrays: run(None, arrays))(arrays)

    def seed(self, number: int) -> None:
        """Start random numbers anew."""
        np.random.seed(number)

    def forget(self) -> None:
        """Let go of what was compiled."""
        jax.clear_caches()


def _quick(compiled: Any, plain: Any, *args: Any) -> Any:
    """The result of the compiled function, which saves compiling every operation; of the plain one where that fails."""
    try:
        return compiled(*args)
    except Skipped:
        raise
    except Exception:  # code that cannot be traced, which the check of compiled code says
        return plain(*args)


SIDE = JaxSide()
