"""Training of a model as flax.nnx does it: gradients by the names of parameters, an optimizer, averages of metrics."""

from typing import Any, NamedTuple

import torch
from torch import nn

from ..containers import tree_flatten, tree_map
from .states import DIFFERENTIATED, differentiating, flat_state, model_state, nested_state, path_of


class DiffState(NamedTuple):
    """The variables of an argument, those that a filter takes, with respect to which gradients are taken."""

    argnum: int
    filter: Any

    def values(self, model):
        """These variables of a model."""
        return model_state(model, self.filter)


def parameters_of(model):
    """The parameters of a model as a state."""
    return nested_state({path_of(name): value for name, value in model.named_parameters()})


def model_value_and_grad(fun, /, *, argnums=0, has_aux=False):
    """A function that gives ``fun``'s value and its gradients, those of a model as a state of its parameters.

    Parameters that the value does not depend on have zeros.
    """
    several = isinstance(argnums, (list, tuple)) and not hasattr(argnums, "argnum")
    wanted = argnums if several else (argnums,)
    numbers = [getattr(part, "argnum", part) for part in wanted]

    def evaluated(*args, **kwargs):
        given = [trained(arg) if i in numbers else arg for i, arg in enumerate(args)]
        values = [taken(given[n], part) for n, part in zip(numbers, wanted)]
        leaves, structure = tree_flatten(values)
        DIFFERENTIATED.append(fun)
        try:
            with torch.enable_grad():
                result = fun(*given, **kwargs)
        finally:
            DIFFERENTIATED.pop()
        value = result[0] if has_aux else result
        again = bool(DIFFERENTIATED)
        found = torch.autograd.grad(value, leaves, create_graph=again, materialize_grads=True)
        grads = structure.unflatten(list(found))
        if not again:
            result = tree_map(detached, result)
            settle((args, kwargs))
        return result, tuple(grads) if several else grads[0]

    return evaluated


def taken(argument, part):
    """What gradients are taken of: the parameters of a model, or the variables that are asked for."""
    if not is_model(argument):
        return argument
    return part.values(argument) if hasattr(part, "values") else parameters_of(argument)


def settle(tree):
    """Cut what models keep beside their parameters off the graph that it was computed in."""
    for model in filter(is_model, tree_flatten(tree)[0]):
        for module in model.modules():
            module._buffers.update({name: value.detach() for name, value in module._buffers.items() if requires(value)})


def requires(value):
    """Whether a tensor is part of a graph."""
    return value is not None and value.grad_fn is not None


def kept(value):
    """A value to keep, cut off the graph that it was computed in unless gradients are being taken."""
    value = torch.as_tensor(value)
    return value if differentiating() else value.detach()


def model_grad(fun, /, *, argnums=0, has_aux=False):
    """A function that gives ``fun``'s gradients, and its second result if it has one."""
    both = model_value_and_grad(fun, argnums=argnums, has_aux=has_aux)

    def evaluated(*args, **kwargs):
        result, grads = both(*args, **kwargs)
        return (grads, result[1]) if has_aux else grads

    return evaluated


def is_model(argument):
    """Whether an argument is a module."""
    return isinstance(argument, torch.nn.Module)


def trained(argument):
    """A model as it is, the tensors of a tree as ones that gradients are taken of."""
    if is_model(argument):
        return argument
    return tree_map(lambda leaf: leaf if leaf.requires_grad else leaf.detach().requires_grad_(), argument)


def detached(leaf):
    """A tensor without the graph that made it; other values as they are."""
    return leaf.detach() if isinstance(leaf, torch.Tensor) else leaf


def assign_value(variable, value):
    """Give a variable its value; an object that is no tensor has it as an attribute."""
    if isinstance(variable, torch.Tensor):
        variable.data = torch.as_tensor(value).detach().to(variable).clone()
    else:
        variable.value = value


def value_of(variable):
    """The value of a variable, which is a tensor; an object that is none has it as an attribute."""
    return variable.value if hasattr(variable, "value") else variable


class Optimizer:
    """The state of an optimizer for the parameters of a model, which ``update`` gives new values.

    Views of the values before keep them, as arrays of JAX do.
    """

    variables = ("step", "opt_state")

    def __init__(self, model, tx, wrt=nn.Parameter):
        self.model, self.tx, self.wrt, self.step = model, tx, wrt, torch.tensor(0)
        self.opt_state = tx.init(self.values(model))

    def values(self, model):
        """What is trained of a model: its parameters."""
        if self.wrt is not nn.Parameter:
            raise NotImplementedError("this optimizer trains all parameters")
        return parameters_of(model)

    @torch.no_grad()
    def update(self, *model_and_grads):
        """A step along gradients, of the model that the optimizer was made for unless another is given before them."""
        model, grads = model_and_grads if len(model_and_grads) == 2 else (self.model, *model_and_grads)
        params, given = self.values(model), flat_state(grads)
        grads = nested_state({path: given[path] for path in flat_state(params)})
        updates, self.opt_state = self.tx.update(grads, self.opt_state, params)
        changes = flat_state(updates)
        for path, param in flat_state(params).items():
            param.data = (param + changes[path]).to(param.dtype)
        self.step = self.step + 1
        return updates


class FilteredOptimizer(Optimizer):
    """An optimizer of the variables of a model that a filter takes."""

    def values(self, model):
        """What is trained of a model."""
        return model_state(model, self.wrt)


class Average:
    """The mean of all values of an argument of ``update``."""

    variables = ("total", "count")

    def __init__(self, argname="values"):
        self.argname = argname
        self.reset()

    def reset(self):
        """Forget all values."""
        self.total, self.count = torch.zeros(()), 0

    def update(self, mask=None, **kwargs):
        """Take values in, those of a mask if there is one."""
        if self.argname not in kwargs:
            raise TypeError(f"expected the argument {self.argname!r}")
        values = torch.as_tensor(kwargs[self.argname]).detach()
        if mask is not None:
            values, self.count = values * mask, self.count + mask.sum() - values.numel()
        self.total = self.total.to(values.device) + values.sum()
        self.count = self.count + values.numel()

    def compute(self):
        """The mean so far; NaN without values."""
        return self.total / self.count


class Accuracy(Average):
    """The part of labels that logits say: as the largest, or as those not below a threshold."""

    def __init__(self, threshold=None):
        super().__init__()
        self.threshold = threshold

    def update(self, *, logits, labels, mask=None, **others):
        """Take logits and labels in."""
        if logits.ndim != labels.ndim + (self.threshold is None):
            raise ValueError(f"logits of {logits.ndim} axes do not go with labels of {labels.ndim}")
        if self.threshold is None:
            right = logits.argmax(-1) == labels
        else:
            right = (logits >= self.threshold) == (labels > 0)
        super().update(mask, values=right)


class MultiMetric:
    """Several metrics by name, which take the same arguments."""

    def __init__(self, **metrics):
        self.variables = tuple(metrics)
        for name, metric in metrics.items():
            setattr(self, name, metric)

    def reset(self):
        """Forget all values."""
        for name in self.variables:
            getattr(self, name).reset()

    def update(self, mask=None, **updates):
        """Take arguments in; a mask is that of all metrics, or a dictionary of those of some."""
        for name in self.variables:
            own = mask.get(name) if isinstance(mask, dict) else mask
            getattr(self, name).update(**updates, **({} if own is None else {"mask": own}))

    def compute(self):
        """What each metric is, by name."""
        return {name: getattr(self, name).compute() for name in self.variables}
