"""What training in Keras' way asks of PyTorch."""

import numpy as np
import torch

from .structures import each_array


def batch_tensors(value):
    """A structure of arrays as tensors; floats have 32 bits. None and what is no array stay."""

    def tensor(item):
        if not hasattr(item, "shape"):
            return item
        made = torch.as_tensor(item if isinstance(item, torch.Tensor) else np.asarray(item))
        return made.float() if made.dtype == torch.float64 else made

    return each_array(tensor, value)


def as_elements(array, dtype=None):
    """An array of NumPy, in its dtype unless another one is given."""
    return torch.as_tensor(array, dtype=dtype)


def as_arrays(value):
    """A structure of tensors as arrays of NumPy."""
    return each_array(lambda x: x.detach().cpu().numpy() if isinstance(x, torch.Tensor) else x, value)


def new_order(count):
    """The indices from 0 in a random order, which ``torch.manual_seed`` decides."""
    return torch.randperm(count).numpy()


def without_gradients():
    """Where nothing is kept for gradients."""
    return torch.no_grad()


def new_variable(value, dtype):
    """What metrics change in place."""
    return torch.as_tensor(value).to(dtype)


def set_regularizer(parameter, regularizer):
    """Give a parameter a penalty."""
    parameter.regularizer = regularizer


def seed_framework(seed):
    """Seed the process-wide generator."""
    torch.manual_seed(seed)


def absolute(x):
    """Absolute values."""
    return torch.abs(x)


def take_step(model, x, y, weights):
    """Change a model's weights along the gradient of its loss; gives the loss and the outputs."""
    y_pred = model.outputs_of(x, True)
    loss = model.loss_of(x, y, y_pred, weights, True)
    trained = model.trainable_weights
    grads = torch.autograd.grad(loss, trained, allow_unused=True)
    model.optimizer.apply_gradients(zip(grads, trained))
    return loss.detach(), y_pred
