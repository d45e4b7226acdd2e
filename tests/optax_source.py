"""Optimizers, learning rates and losses of optax, each by a name; run in the source and in PyTorch."""

import jax
import jax.numpy as jnp
import optax
import optax.tree_utils as otu
from optax import losses, schedules


def decayed(params):
    """Weights are decayed, biases are not."""
    return jax.tree.map(lambda leaf: leaf.ndim > 1, params)


def labels(params):
    return {name: "slow" if name == "layers" else "fast" for name in params}


OPTIMIZERS = {
    "sgd": lambda: optax.sgd(0.1),
    "sgd momentum": lambda: optax.sgd(0.1, momentum=0.9),
    "sgd nesterov": lambda: optax.sgd(learning_rate=0.1, momentum=0.9, nesterov=True),
    "sgd schedule": lambda: optax.sgd(optax.exponential_decay(0.1, 3, 0.7), momentum=0.5),
    "sign_sgd": lambda: optax.sign_sgd(0.01),
    "adam": lambda: optax.adam(1e-2),
    "adam arguments": lambda: optax.adam(1e-2, b1=0.8, b2=0.95, eps=1e-3, eps_root=1e-4),
    "adam nesterov": lambda: optax.adam(1e-2, nesterov=True),
    "adam schedule": lambda: optax.adam(optax.warmup_cosine_decay_schedule(0.0, 1e-2, 5, 20)),
    "adam in half precision": lambda: optax.adam(1e-2, mu_dtype=jnp.bfloat16),
    "nadam": lambda: optax.nadam(1e-2),
    "nadamw": lambda: optax.nadamw(1e-2, weight_decay=0.1),
    "adamw": lambda: optax.adamw(1e-2),
    "adamw mask": lambda: optax.adamw(1e-2, weight_decay=0.1, mask=decayed),
    "adamw schedules": lambda: optax.adamw(1e-2, weight_decay=optax.linear_schedule(0.1, 0.0, 10)),
    "adamax": lambda: optax.adamax(1e-2),
    "adamaxw": lambda: optax.adamaxw(1e-2, weight_decay=0.1),
    "amsgrad": lambda: optax.amsgrad(1e-2),
    "amsgrad uncorrected": lambda: optax.amsgrad(1e-2, bias_correction_mu=False, bias_correction_nu=False),
    "adabelief": lambda: optax.adabelief(1e-2),
    "radam": lambda: optax.radam(1e-2),
    "lamb": lambda: optax.lamb(1e-2, weight_decay=0.1),
    "lars": lambda: optax.lars(1e-1, weight_decay=0.1, weight_decay_mask=decayed),
    "lion": lambda: optax.lion(1e-3),
    "rmsprop": lambda: optax.rmsprop(1e-2),
    "rmsprop outside": lambda: optax.rmsprop(1e-2, eps=1e-3, eps_in_sqrt=False, initial_scale=1.0),
    "rmsprop centered": lambda: optax.rmsprop(1e-3, decay=0.95, centered=True, momentum=0.9, nesterov=True),
    "rmsprop corrected": lambda: optax.rmsprop(1e-2, bias_correction=True, momentum=0.9),
    "rmsprop centered corrected": lambda: optax.rmsprop(1e-3, eps=1e-4, centered=True, bias_correction=True),
    "rmsprop centered outside": lambda: optax.rmsprop(1e-3, eps=1e-2, centered=True, eps_in_sqrt=False),
    "finite": lambda: optax.apply_if_finite(optax.adam(1e-2), 2),
    "adagrad": lambda: optax.adagrad(1e-2),
    "adagrad from zero": lambda: optax.adagrad(1e-2, initial_accumulator_value=0.0),
    "clipped": lambda: optax.chain(optax.clip(0.5), optax.sgd(0.1)),
    "clipped norm": lambda: optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-2)),
    "parts": lambda: optax.chain(
        optax.add_decayed_weights(1e-2, mask=decayed),
        optax.trace(decay=0.9, nesterov=False),
        optax.scale_by_schedule(optax.cosine_decay_schedule(1.0, 15)),
        optax.scale(-0.05),
    ),
    "own chain": lambda: optax.chain(
        optax.identity(), optax.scale_by_adam(), optax.ema(0.9), optax.scale_by_learning_rate(1e-2)
    ),
    "trust": lambda: optax.chain(optax.scale_by_rms(), optax.scale_by_trust_ratio(), optax.scale(-1e-2)),
    "masked": lambda: optax.masked(optax.sgd(0.1, momentum=0.9), decayed),
    "frozen": lambda: optax.multi_transform({"slow": optax.set_to_zero(), "fast": optax.adam(1e-2)}, labels),
    "partition": lambda: optax.partition({"slow": optax.sgd(1e-3), "fast": optax.adamw(1e-2)}, labels),
    "yogi": lambda: optax.yogi(1e-2),
    "novograd": lambda: optax.novograd(1e-2, weight_decay=0.01),
    "rprop": lambda: optax.rprop(1e-2, max_step_size=0.1),
    "adadelta": lambda: optax.adadelta(1.0, weight_decay=0.01, weight_decay_mask=decayed),
    "adan": lambda: optax.adan(1e-2, weight_decay=0.01),
    "adafactor": lambda: optax.adafactor(1e-2),
    "adafactor factored": lambda: optax.adafactor(1e-2, min_dim_size_to_factor=2, momentum=0.9, weight_decay_rate=0.01),
    "adafactor without a rate": lambda: optax.adafactor(multiply_by_parameter_scale=False, clipping_threshold=None),
    "optimistic": lambda: optax.optimistic_gradient_descent(0.05, alpha=0.9, beta=0.8),
    "optimistic adam": lambda: optax.optimistic_adam_v2(1e-2),
    "fromage": lambda: optax.fromage(1e-2),
    "fromage schedule": lambda: optax.fromage(optax.linear_schedule(1e-1, 1e-2, 10)),
    "signum": lambda: optax.signum(1e-2),
    "freeze": lambda: optax.chain(optax.freeze(decayed), optax.sgd(0.1)),
    "bounded": lambda: optax.chain(optax.zero_nans(), optax.clip_by_block_rms(0.3), optax.sgd(0.1)),
    "normalized": lambda: optax.chain(optax.normalize_by_update_norm(2.0), optax.sgd(0.1)),
    "nonnegative": lambda: optax.chain(optax.sgd(0.5), optax.keep_params_nonnegative()),
    "every third": lambda: optax.chain(optax.adam(1e-2), optax.apply_every(3)),
    "by parameters": lambda: optax.chain(
        optax.scale_by_param_block_norm(), optax.scale_by_param_block_rms(1e-2), optax.sgd(1e-2)
    ),
    "named": lambda: optax.named_chain(("clipped", optax.clip(0.5)), ("descent", optax.sgd(0.1, momentum=0.9))),
    "own rule": lambda: optax.chain(
        optax.stateless_with_tree_map(lambda update, param: update + 0.1 * param),
        optax.stateless(lambda updates, params: jax.tree.map(lambda leaf: 0.1 * leaf, updates)),
        optax.scale(-1.0),
    ),
}  # fmt: skip

SCHEDULES = {
    "constant": lambda: optax.constant_schedule(0.1),
    "linear": lambda: optax.linear_schedule(1.0, 0.1, transition_steps=10, transition_begin=3),
    "polynomial": lambda: optax.polynomial_schedule(1.0, 0.1, 2, 10),
    "no steps": lambda: optax.polynomial_schedule(1.0, 0.1, 2, 0),
    "exponential": lambda: optax.exponential_decay(1.0, 5, 0.5, transition_begin=2, end_value=0.1),
    "staircase": lambda: schedules.exponential_decay(0.1, transition_steps=4, decay_rate=1.5, staircase=True, end_value=0.3),
    "cosine": lambda: optax.cosine_decay_schedule(0.5, decay_steps=12, alpha=0.1, exponent=1.5),
    "piecewise": lambda: optax.piecewise_constant_schedule(1.0, {4: 0.5, 9: 0.1}),
    "piecewise cosine": lambda: optax.piecewise_interpolate_schedule("cosine", 1.0, {4: 0.5, 9: 3.0}),
    "warm cosine": lambda: optax.warmup_cosine_decay_schedule(0.0, 1.0, 5, 15, end_value=0.1),
    "warm exponential": lambda: optax.warmup_exponential_decay_schedule(0.1, 1.0, 5, 4, 0.5),
    "warm constant": lambda: optax.warmup_constant_schedule(0.0, 1.0, 5),
    "joined": lambda: optax.join_schedules([optax.constant_schedule(0.3), optax.linear_schedule(0.3, 0.0, 6)], [8]),
    "restarts": lambda: optax.sgdr_schedule(
        [dict(init_value=0.0, peak_value=1.0 / k, warmup_steps=2, decay_steps=8) for k in (1, 2)]
    ),
    "one cycle": lambda: optax.linear_onecycle_schedule(15, 1.0),
    "one cosine cycle": lambda: optax.cosine_onecycle_schedule(15, 1.0),
}  # fmt: skip

LOSSES = {
    "softmax": lambda x, y, p, n: optax.softmax_cross_entropy(x, p),
    "softmax axis": lambda x, y, p, n: optax.softmax_cross_entropy(logits=x, labels=p, axis=0),
    "integers": lambda x, y, p, n: optax.softmax_cross_entropy_with_integer_labels(x, n),
    "integers named": lambda x, y, p, n: losses.softmax_cross_entropy_with_integer_labels(logits=x, labels=n).mean(),
    "integers axis": lambda x, y, p, n: optax.softmax_cross_entropy_with_integer_labels(x.T, n, axis=0),
    "last class": lambda x, y, p, n: optax.softmax_cross_entropy_with_integer_labels(x, n - n - 1),
    "sigmoid": lambda x, y, p, n: optax.sigmoid_binary_cross_entropy(x, p > 0.3),
    "focal": lambda x, y, p, n: optax.sigmoid_focal_loss(x, p > 0.3, alpha=0.25),
    "squared": lambda x, y, p, n: optax.squared_error(x, y),
    "size": lambda x, y, p, n: optax.squared_error(x),
    "l2": lambda x, y, p, n: jnp.mean(optax.l2_loss(predictions=x, targets=y)),
    "huber": lambda x, y, p, n: optax.huber_loss(x, y, delta=0.7),
    "log cosh": lambda x, y, p, n: optax.log_cosh(x, y),
    "cosine": lambda x, y, p, n: optax.cosine_similarity(x, y, epsilon=1e-6),
    "distance": lambda x, y, p, n: optax.cosine_distance(x, y),
    "hinge": lambda x, y, p, n: optax.hinge_loss(x, jnp.sign(y)),
    "smooth": lambda x, y, p, n: optax.softmax_cross_entropy(x, optax.smooth_labels(jax.nn.one_hot(n, 4), 0.1)),
    "kl": lambda x, y, p, n: optax.kl_divergence(jax.nn.log_softmax(x), p),
}


def stepped(name, params, gradients):
    """The parameters after steps along given gradients, and the norm of the last."""
    optimizer = OPTIMIZERS[name]()
    state = optimizer.init(params)
    for grads in gradients:
        updates, state = optimizer.update(grads, state, params)
        params = optax.apply_updates(params, updates)
    slow = optax.incremental_update(params, gradients[0], step_size=0.1)
    return params, optax.global_norm(updates), slow


def rates(name, count):
    schedule = SCHEDULES[name]()
    return [jnp.asarray(schedule(i)) for i in range(count)]


def loss(name, x, y, p, n):
    def total(x):
        return jnp.sum(LOSSES[name](x, y, p, n))

    return LOSSES[name](x, y, p, n), jax.grad(total)(x)


def tree_arithmetic(grads, moments, count):
    """Averages by hand, sums and multiples of trees, norms that are not zero."""
    mean = optax.update_moment(grads, moments, 0.9, 1)
    square = optax.tree.update_moment(grads, moments, 0.99, order=2)
    total = otu.tree_add_scalar_mul(otu.tree_add(mean, square), 0.5, optax.tree.zeros_like(grads))
    total = otu.tree_scalar_mul(2.0, optax.tree.sub(total, otu.tree_ones_like(total)))
    norms = jax.tree.map(lambda leaf: optax.safe_norm(leaf, 1e-3), total)
    roots = jax.tree.map(lambda leaf: optax.safe_root_mean_squares(leaf, 10.0), total)
    return optax.bias_correction(mean, 0.9, count), optax.tree.div(square, total), norms, roots
