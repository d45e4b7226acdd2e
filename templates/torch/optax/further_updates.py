"""Update rules that fewer programs use: of Yogi, NovoGrad, Rprop, Adadelta, Adan, Adafactor, and bounds on updates."""

import torch

from ..containers import tree_map
from .further_states import (
    ApplyEvery,
    FactoredState,
    NonNegativeParamsState,
    ScaleByAdaDeltaState,
    ScaleByAdanState,
    ScaleByNovogradState,
    ScaleByOptimisticGradientState,
    ScaleByRpropState,
    ZeroNansState,
)
from .parameters import tree_norm, zero_count
from .states import ScaleByAdamState
from .transformations import GradientTransformation, chain, required, stateless
from .updates import (
    add_decayed_weights,
    averaged,
    corrected,
    ema,
    quotient,
    scale,
    scale_by_learning_rate,
    tree_cast,
    tree_full,
)


def scale_by_yogi(b1=0.9, b2=0.999, eps=1e-3, eps_root=0.0, initial_accumulator_value=1e-6):
    """The updates of Yogi before the learning rate: the average of squares moves by a fixed share of a square."""

    def init(params):
        first = tree_full(params, initial_accumulator_value)
        return ScaleByAdamState(zero_count(), first, first)

    def update(updates, state, params=None):
        count, mu = state.count + 1, averaged(updates, state.mu, b1)
        nu = tree_map(lambda g, v: v - (1 - b2) * torch.sign(v - g**2) * g**2, updates, state.nu)
        updates = quotient(corrected(mu, b1, count), corrected(nu, b2, count), eps, eps_root)
        return updates, ScaleByAdamState(count, mu, nu)

    return GradientTransformation(init, update)


def first_or(count, first, later):
    """One tree in the first step, another one later."""
    return tree_map(lambda a, b: torch.where(count == 1, a, b), first, later)


def scale_by_novograd(b1=0.9, b2=0.25, eps=1e-8, eps_root=0.0, weight_decay=0.0, mu_dtype=None):
    """The updates of NovoGrad before the learning rate: gradients over moving norms, leaf by leaf."""

    def init(params):
        nu = tree_map(lambda param: torch.zeros((), dtype=param.dtype), params)
        return ScaleByNovogradState(zero_count(), tree_full(params, 0, mu_dtype), nu)

    def update(updates, state, params=None):
        count = state.count + 1
        squares = tree_map(lambda g: torch.sum(g.abs() ** 2), updates)
        nu = first_or(count, squares, averaged(squares, state.nu, b2))
        steps = tree_map(
            lambda g, v, p: g / (torch.sqrt(v + eps_root) + eps) + weight_decay * p, updates, nu, required(params)
        )
        later = tree_map(lambda m, step: b1 * m + step, state.mu, steps)
        mu = tree_cast(first_or(count, steps, later), mu_dtype)
        return mu, ScaleByNovogradState(count, mu, nu)

    return GradientTransformation(init, update)


def scale_by_rprop(learning_rate, eta_minus=0.5, eta_plus=1.2, min_step_size=1e-6, max_step_size=50.0):
    """Steps along the signs of gradients, longer while the signs stay and shorter where they change."""

    def step_size(agrees, size):
        factor = torch.where(agrees > 0, eta_plus, eta_minus)
        return torch.where(agrees == 0, size, (size * factor).clamp(min_step_size, max_step_size))

    def init(params):
        return ScaleByRpropState(tree_full(params, learning_rate), tree_full(params, 0))

    def update(updates, state, params=None):
        agrees = tree_map(lambda g, before: g * before, updates, state.prev_updates)
        sizes = tree_map(step_size, agrees, state.step_sizes)
        steps = tree_map(lambda a, g, size: torch.where(a < 0, 0.0, size * torch.sign(g)), agrees, updates, sizes)
        updates = tree_map(
            lambda a, new, before: torch.where(a < 0, 0.0, before), agrees, steps, state.prev_updates
        )
        return updates, ScaleByRpropState(sizes, steps)

    return GradientTransformation(init, update)


def scale_by_adadelta(rho=0.9, eps=1e-6):
    """The updates of Adadelta before the learning rate."""

    def init(params):
        return ScaleByAdaDeltaState(tree_full(params, 0), tree_full(params, 0))

    def update(updates, state, params=None):
        e_g = averaged(updates, state.e_g, rho, 2)
        updates = tree_map(
            lambda g, now, before: torch.sqrt(before + eps) / torch.sqrt(now + eps) * g, updates, e_g, state.e_x
        )
        return updates, ScaleByAdaDeltaState(e_g, averaged(updates, state.e_x, rho, 2))

    return GradientTransformation(init, update)


def scale_by_adan(b1=0.98, b2=0.92, b3=0.99, eps=1e-8, eps_root=0.0):
    """The updates of Adan before the learning rate: Nesterov's momentum from differences of gradients."""

    def init(params):
        zeros = [tree_full(params, 0) for _ in range(4)]
        return ScaleByAdanState(*zeros, zero_count())

    def update(updates, state, params=None):
        count = state.t + 1
        change = tree_map(lambda g, before: torch.where(state.t == 0, 0.0, g - before), updates, state.g)
        ahead = tree_map(lambda g, d: g + (1 - b2) * d, updates, change)
        m, v = averaged(updates, state.m, b1), averaged(change, state.v, b2)
        n = averaged(ahead, state.n, b3, 2)
        mean = tree_map(lambda a, b: a + (1 - b2) * b, corrected(m, b1, count), corrected(v, b2, count))
        return quotient(mean, corrected(n, b3, count), eps, eps_root), ScaleByAdanState(m, v, n, updates, count)

    return GradientTransformation(init, update)


def scale_by_optimistic_gradient(alpha=1.0, beta=1.0):
    """Gradients with their change since the step before, as optimistic descent takes them."""

    def init(params):
        return ScaleByOptimisticGradientState(torch.tensor(True), tree_full(params, 0))

    def update(updates, state, params=None):
        before = tree_map(lambda g, p: torch.where(state.is_initial_step, g, p), updates, state.previous_gradient)
        new = tree_map(lambda g, p: (alpha + beta) * g - beta * p, updates, before)
        return new, ScaleByOptimisticGradientState(torch.tensor(False), updates)

    return GradientTransformation(init, update)


def factored_axes(shape, factored, min_dim_size_to_factor):
    """The two largest axes, the larger one last; None where squares are kept whole."""
    largest = sorted(range(len(shape)), key=lambda axis: shape[axis])[-2:]
    if not factored or len(shape) < 2 or shape[largest[0]] < min_dim_size_to_factor:
        return None
    return largest


def scale_by_factored_rms(
    factored=True, decay_rate=0.8, step_offset=0, min_dim_size_to_factor=128, epsilon=1e-30
):
    """The updates of Adafactor: gradients over roots of average squares, kept as rows and columns for large leaves."""

    def axes_of(leaf):
        return factored_axes(leaf.shape, factored, min_dim_size_to_factor)

    def nothing(leaf):
        return torch.zeros(1, dtype=leaf.dtype)

    def without(axis):
        return lambda leaf: torch.zeros_like(leaf.sum(axes_of(leaf)[axis])) if axes_of(leaf) else nothing(leaf)

    def init(params):
        v = tree_map(lambda leaf: nothing(leaf) if axes_of(leaf) else torch.zeros_like(leaf), params)
        return FactoredState(zero_count(), tree_map(without(1), params), tree_map(without(0), params), v)

    def update(updates, state, params=None):
        decay = 1 - (state.count - step_offset + 1).to(torch.float32) ** -decay_rate

        def mean(axis):
            def moved(g, average):
                axes = axes_of(g)
                if axes is None:
                    return nothing(g)
                return (decay * average + (1 - decay) * (g**2 + epsilon).mean(axes[axis])).to(g.dtype)

            return moved

        def whole(g, average):
            return nothing(g) if axes_of(g) else (decay * average + (1 - decay) * (g**2 + epsilon)).to(g.dtype)

        def scaled(g, row, column, v):
            axes = axes_of(g)
            if axes is None:
                return g * v**-0.5
            second, largest = axes
            share = row / row.mean(second - 1 if second > largest else second, keepdim=True)
            return g * (share**-0.5).unsqueeze(largest) * (column**-0.5).unsqueeze(second)

        required(params)
        v_row, v_col = tree_map(mean(1), updates, state.v_row), tree_map(mean(0), updates, state.v_col)
        v = tree_map(whole, updates, state.v)
        updates = tree_map(scaled, updates, v_row, v_col, v)
        return updates, FactoredState(state.count + 1, v_row, v_col, v)

    return GradientTransformation(init, update)


def adafactor(
    learning_rate=None, min_dim_size_to_factor=128, decay_rate=0.8, decay_offset=0, multiply_by_parameter_scale=True,
    clipping_threshold=1.0, momentum=None, dtype_momentum=None, weight_decay_rate=None, eps=1e-30,
    factored=True, weight_decay_mask=None,
):  # fmt: skip
    """Adafactor."""
    steps = [scale_by_factored_rms(factored, decay_rate, decay_offset, min_dim_size_to_factor, eps)]
    if clipping_threshold is not None:
        steps.append(clip_by_block_rms(clipping_threshold))
    if learning_rate is not None:
        steps.append(scale_by_learning_rate(learning_rate, flip_sign=False))
    if multiply_by_parameter_scale:
        steps.append(scale_by_param_block_rms())
    if momentum is not None:
        steps.append(ema(momentum, debias=False, accumulator_dtype=dtype_momentum or torch.float32))
    if weight_decay_rate is not None:
        steps.append(add_decayed_weights(weight_decay_rate, weight_decay_mask))
    return chain(*steps, scale(-1))


def safe_norm(x, min_norm, ord=None, axis=None, keepdims=False):
    """The norm of an array, at least ``min_norm``, with a gradient of zero below it."""
    norm = torch.linalg.norm(x, ord=ord, dim=axis, keepdim=True)
    x = torch.where(norm <= min_norm, 1.0, x)
    if not keepdims:
        norm = norm.reshape(()) if axis is None else norm.squeeze(axis)
    return torch.where(norm <= min_norm, min_norm, torch.linalg.norm(x, ord=ord, dim=axis, keepdim=keepdims))


def safe_root_mean_squares(x, min_rms):
    """The root of the mean of squares, at least ``min_rms``, with a gradient of zero below it."""
    rms = torch.sqrt(torch.mean(x.abs() ** 2))
    x = torch.where(rms <= min_rms, 1.0, x)
    return torch.where(rms <= min_rms, min_rms, torch.sqrt(torch.mean(x.abs() ** 2)))


def scale_by_param_block_norm(min_scale=1e-3):
    """Updates times the norm of their parameter, leaf by leaf."""
    return stateless(
        lambda updates, params: tree_map(lambda g, p: g * safe_norm(p, min_scale), updates, required(params))
    )


def scale_by_param_block_rms(min_scale=1e-3):
    """Updates times the root of the mean of squares of their parameter, leaf by leaf."""
    return stateless(
        lambda updates, params: tree_map(
            lambda g, p: g * safe_root_mean_squares(p, min_scale), updates, required(params)
        )
    )


def clip_by_block_rms(threshold):
    """Each leaf scaled down where the root of the mean of its squares is above the threshold."""

    def clipped(g):
        return g / (torch.sqrt(torch.mean(g.abs() ** 2)) / threshold).clamp(min=1.0)

    return stateless(lambda updates, params: tree_map(clipped, updates))


def normalize_by_update_norm(scale_factor=1.0, eps=1e-6):
    """Updates over the norm of all of them."""

    def normalized(updates, params):
        norm = (tree_norm(updates) + eps) / scale_factor
        return tree_map(lambda g: g / norm, updates)

    return stateless(normalized)


def zero_nans():
    """Zeros in place of numbers that are none; the state says in which leaves there were some."""

    def init(params):
        return ZeroNansState(tree_map(lambda param: torch.tensor(False), params))

    def update(updates, state, params=None):
        found = tree_map(lambda g: torch.isnan(g).any(), updates)
        return tree_map(lambda g: torch.where(torch.isnan(g), 0.0, g), updates), ZeroNansState(found)

    return GradientTransformation(init, update)


def keep_params_nonnegative():
    """Updates that make no parameter negative."""

    def update(updates, state, params=None):
        return tree_map(lambda p, g: torch.where(p + g < 0, -p, g), required(params), updates), state

    return GradientTransformation(lambda params: NonNegativeParamsState(), update)


def apply_every(k=1):
    """The sum of updates every ``k`` steps, zeros between."""

    def update(updates, state, params=None):
        place = state.count % k
        sums = tree_map(lambda g, total: (place != 0) * total + g, updates, state.grad_acc)
        updates = tree_map(lambda total: (place == k - 1) * total, sums)
        return updates, ApplyEvery((state.count + 1) % k, sums)

    return GradientTransformation(lambda params: ApplyEvery(zero_count(), tree_full(params, 0)), update)
