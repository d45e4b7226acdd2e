"""Optimizers that fewer programs use, as chains of gradient transformations."""

from ..containers import tree_map
from .further_updates import (
    scale_by_adadelta,
    scale_by_adan,
    scale_by_novograd,
    scale_by_optimistic_gradient,
    scale_by_rprop,
    scale_by_yogi,
)
from .parameters import set_to_zero
from .transformations import GradientTransformation, chain, masked, stateless
from .updates import (
    add_decayed_weights,
    ema,
    scale,
    scale_by_adam,
    scale_by_learning_rate,
    scale_by_sign,
    scale_by_trust_ratio,
)


def yogi(learning_rate, b1=0.9, b2=0.999, eps=1e-3):
    """Yogi."""
    return chain(scale_by_yogi(b1, b2, eps), scale_by_learning_rate(learning_rate))


def novograd(learning_rate, b1=0.9, b2=0.25, eps=1e-6, eps_root=0.0, weight_decay=0.0):
    """NovoGrad."""
    return chain(scale_by_novograd(b1, b2, eps, eps_root, weight_decay), scale_by_learning_rate(learning_rate))


def rprop(learning_rate, eta_minus=0.5, eta_plus=1.2, min_step_size=1e-6, max_step_size=50.0):
    """Rprop."""
    return chain(scale_by_rprop(learning_rate, eta_minus, eta_plus, min_step_size, max_step_size), scale(-1.0))


def adadelta(learning_rate=None, rho=0.9, eps=1e-6, weight_decay=0.0, weight_decay_mask=None):
    """Adadelta."""
    decayed = add_decayed_weights(weight_decay, weight_decay_mask)
    return chain(decayed, scale_by_adadelta(rho, eps), scale_by_learning_rate(learning_rate))


def adan(learning_rate, b1=0.98, b2=0.92, b3=0.99, eps=1e-8, eps_root=1e-8, weight_decay=0.0, mask=None):
    """Adan."""
    decayed = add_decayed_weights(weight_decay, mask)
    return chain(scale_by_adan(b1, b2, b3, eps, eps_root), decayed, scale_by_learning_rate(learning_rate))


def optimistic_gradient_descent(learning_rate, alpha=1.0, beta=1.0):
    """Descent along gradients and their changes."""
    return chain(scale_by_optimistic_gradient(alpha, beta), scale_by_learning_rate(learning_rate))


def optimistic_adam(
    learning_rate, *, alpha=1.0, beta=1.0, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, nesterov=True
):
    """Adam along its updates and their changes."""
    return chain(
        scale_by_adam(b1, b2, eps, eps_root, mu_dtype, nesterov=nesterov),
        scale_by_optimistic_gradient(alpha, beta),
        scale_by_learning_rate(learning_rate),
    )


def fromage(learning_rate, min_norm=1e-6):
    """Fromage: steps of the size of their parameters, which are then brought back."""

    def shrunk(rate):
        return 1 / (1 + rate**2) ** 0.5

    if callable(learning_rate):
        rate = scale_by_learning_rate(lambda count: shrunk(learning_rate(count)) * learning_rate(count))
        decay = add_decayed_weights(lambda count: shrunk(learning_rate(count)) - 1)
    else:
        rate = scale_by_learning_rate(shrunk(learning_rate) * learning_rate)
        decay = add_decayed_weights(shrunk(learning_rate) - 1)
    return chain(scale_by_trust_ratio(min_norm), rate, decay)


def signum(learning_rate, beta=0.9, accumulator_dtype=None):
    """Descent along the signs of momentum."""
    momentum = ema(beta, debias=False, accumulator_dtype=accumulator_dtype)
    return chain(momentum, scale_by_sign(), scale_by_learning_rate(learning_rate))


def freeze(mask):
    """No updates where the mask is true."""
    return masked(set_to_zero(), mask)


def stateless_with_tree_map(f):
    """The transformation that calls ``f(update, param)`` for every leaf; ``param`` is None without parameters."""

    def changed(updates, params):
        if params is None:
            return tree_map(lambda update: f(update, None), updates)
        return tree_map(f, updates, params)

    return stateless(changed)


def named_chain(*args):
    """Named transformations one after the other; the state is a dictionary of theirs."""
    transformations = dict(args)
    if len(transformations) < len(args):
        raise ValueError(f"the names of transformations are not unique: {[name for name, _ in args]}")

    def init(params):
        return {name: each.init(params) for name, each in transformations.items()}

    def update(updates, state, params=None):
        states = {}
        for name, each in transformations.items():
            updates, states[name] = each.update(updates, state[name], params)
        return updates, states

    return GradientTransformation(init, update)
