"""Averages of weights during training, as PyTorch's ``swa_utils`` has them."""

import copy

import jax.numpy as jnp
from flax import nnx

from .module import Buffer, buffers, modules, parameters


class AveragedModel(nnx.Module):
    """A copy of a model whose weights are averages: equal ones, or those of ``avg_fn(average, weight, count)``."""

    def __init__(self, model, device=None, avg_fn=None, multi_avg_fn=None, use_buffers=False):
        if avg_fn is not None and multi_avg_fn is not None:
            raise ValueError("give avg_fn or multi_avg_fn, not both")
        self.module = copy.deepcopy(model)
        self.n_averaged = Buffer(jnp.array(0))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def __call__(self, *args, **kwargs):
        return self.module(*args, **kwargs)

    def update_parameters(self, model):
        """Take the weights of a model into the average; buffers too with ``use_buffers``, else they are copied."""
        averages, weights = list(parameters(self.module)), list(parameters(model))
        followers = list(zip(buffers(self.module), buffers(model)))
        if self.use_buffers:
            averages += [average for average, _ in followers]
            weights += [weight for _, weight in followers]
        count = int(self.n_averaged[...])
        if count == 0:
            for average, weight in zip(averages, weights):
                average[...] = weight[...]
        elif self.multi_avg_fn is not None:
            self.multi_avg_fn(averages, weights, count)
        else:
            average_of = self.avg_fn or equal_average
            for average, weight in zip(averages, weights):
                average[...] = average_of(average[...], weight[...], count).astype(average[...].dtype)
        if not self.use_buffers:
            for average, weight in followers:
                average[...] = weight[...]
        self.n_averaged[...] += 1


def equal_average(average, weight, count):
    """The mean of `count` values and one more."""
    return average + (weight - average) / (count + 1)


def get_ema_avg_fn(decay=0.999):
    """A function for ``avg_fn``: decay * average + (1 - decay) * weight."""
    return lambda average, weight, count: decay * average + (1 - decay) * weight


def get_ema_multi_avg_fn(decay=0.999):
    """A function for ``multi_avg_fn``, which changes all averages: decay * average + (1 - decay) * weight."""

    def update(averages, weights, count):
        for average, weight in zip(averages, weights):
            value = average[...] * decay + weight[...] * (1 - decay)  # counters are rounded down
            average[...] = value.astype(average[...].dtype)

    return update


def update_bn(loader, model, device=None):
    """Set the statistics of batch normalisation to the means over the batches of a loader."""
    norms = [layer for layer in modules(model) if hasattr(layer, "reset_running_stats")]
    momenta = [layer.momentum for layer in norms]
    modes = [(m, m.deterministic) for m in modules(model) if hasattr(m, "deterministic")]
    for layer in norms:
        layer.reset_running_stats()
        layer.momentum = None
    model.train()
    for batch in loader if norms else ():
        model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    for layer, momentum in zip(norms, momenta):
        layer.momentum = momentum
    for layer, mode in modes:
        layer.deterministic = mode
