"""Values of models in trees by the names of attributes, as flax.nnx has them: taken out, put back, filtered."""

import copy
import functools

import torch
from torch import nn

from ..containers import tree_map
from ..primitives import is_mapped
from ..tree_nodes import register_pytree_node_class

# The functions whose gradients are being taken: inside, gradients can be differentiated again.
DIFFERENTIATED: list = []


def differentiating():
    """Whether gradients are being taken: what is computed then keeps its graph."""
    return bool(DIFFERENTIATED) or torch._C._functorch.maybe_current_level() is not None


@register_pytree_node_class
class State(dict):
    """Values by the names of attributes, a state within a state; the names are attributes too."""

    leaf_names = ("value",)

    def tree_flatten(self):
        """The values in the order of their names, and these."""
        names = sorted(self)
        return [self[name] for name in names], tuple(names)

    @classmethod
    def tree_unflatten(cls, names, values):
        """A state of names and values."""
        return cls(zip(names, values, strict=True))

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def nested_state(values):
    """A state of values by their paths."""
    state = State()
    for path, value in values.items():
        below = functools.reduce(lambda part, key: part.setdefault(key, State()), path[:-1], state)
        below[path[-1]] = value
    return state


def flat_state(state, /):
    """The values of a state, or of dictionaries, by their paths."""
    found = {}
    for key, value in sorted(state.items()):
        parts = flat_state(value) if isinstance(value, dict) else {(): value}
        found.update({(key, *path): part for path, part in parts.items()})
    return found


def path_of(name):
    """The attributes and numbers that a dotted name consists of."""
    return tuple(int(part) if part.isdigit() else part for part in name.split("."))


def variables_of(model):
    """What a model holds, or several, by paths: parameters and buffers, and what optimizers and metrics keep."""
    if isinstance(model, nn.Module):
        return {path_of(name): value for name, value in [*model.named_parameters(), *model.named_buffers()]}
    several = isinstance(model, (tuple, list))
    found = {}
    for name, part in enumerate(model) if several else [(name, getattr(model, name)) for name in model.variables]:
        below = variables_of(part) if several or hasattr(part, "variables") else {(): part}
        found.update({(name, *path): value for path, value in below.items()})
    return found


def place_of(model, path):
    """The object that holds the value of a path, and the dictionary of its values by name."""
    if isinstance(model, nn.Module):
        module = model.get_submodule(".".join(map(str, path[:-1])))
        return module, module._parameters if str(path[-1]) in module._parameters else module._buffers
    if len(path) == 1:
        return model, vars(model)
    return place_of(model[path[0]] if isinstance(model, (tuple, list)) else getattr(model, path[0]), path[1:])


def type_of(model, path):
    """What the variable of a path was made as: also where it stands for another value now."""
    owner, held = place_of(model, path)
    if not isinstance(owner, nn.Module):
        return type(None)
    value = held[str(path[-1])]
    default = nn.Parameter if held is owner._parameters else nn.Buffer
    made = type(value) if isinstance(value, nn.Parameter) else default
    return vars(owner).get("variable_types", {}).get(path[-1], made)


class All:
    """Accepts what each of several filters does."""

    def __init__(self, *filters):
        self.filters = filters


class Not:
    """Accepts what a filter does not."""

    def __init__(self, filter, /):
        self.filter = filter


def any_of(*filters):
    """A filter that accepts what one of several does."""
    return filters


def path_contains(key, /):
    """A filter that accepts the paths in which a name is."""
    return lambda path, value: key in path


class RngState:
    """The type of the keys and counts of random streams: no model has them among its values."""


class LoRAParam(nn.Parameter):
    """A parameter of an adapter of low rank."""


def accepts(filter, path, value, made):
    """Whether a filter takes a variable: by its type, the name of an attribute, one of several, or a function."""
    if filter is ... or filter is True:
        return True
    if filter is None or filter is False:
        return False
    if isinstance(filter, Not):
        return not accepts(filter.filter, path, value, made)
    if isinstance(filter, All):
        return all(accepts(part, path, value, made) for part in filter.filters)
    if isinstance(filter, str):
        return path[-1] == filter
    if isinstance(filter, (list, tuple)):
        return any(accepts(part, path, value, made) for part in filter)
    if not isinstance(filter, type):
        return filter(path, value)
    if made is None:
        raise TypeError("values of a state do not tell their types: filter the model by types, the state by paths")
    if issubclass(filter, nn.Buffer) and filter is not nn.Buffer:
        raise TypeError(f"buffers do not tell whether they were made as {filter.__name__}: filter by their names")
    return issubclass(made, filter)


def filtered(values, types, filters, whole):
    """A state for each filter of the values that it takes and none before it did; all in one without filters."""
    parts = [{} for _ in filters or [...]]
    for path, value in values.items():
        made = types[path] if types else type_of_value(value)
        taken = (i for i, f in enumerate(filters or [...]) if accepts(f, path, value, made))
        place = next(taken, None)
        if place is not None:
            parts[place][path] = value
        elif whole:
            raise ValueError(f"no filter takes {path}")
    return [nested_state(part) for part in parts]


def type_of_value(value):
    """The type of a parameter; None for other values, which do not tell what they were made as."""
    return type(value) if isinstance(value, nn.Parameter) else None


def model_state(model, /, *filters):
    """The values of a model, which stay its own: a state, or one for each of several filters."""
    values = variables_of(model)
    found = filtered(values, {path: type_of(model, path) for path in values}, filters, whole=False)
    return tuple(found) if len(filters) > 1 else found[0]


def split_model(model, /, *filters):
    """What a model is without its values, and its values: a state, or one for each filter."""
    values = variables_of(model)
    found = filtered(values, {path: type_of(model, path) for path in values}, filters, whole=True)
    return sharing_copy(model), *found


def sharing_copy(model):
    """Another model of the same values and random streams."""
    modules = model.modules() if isinstance(model, nn.Module) else ()
    streams = [value for module in modules for value in vars(module).values() if hasattr(value, "streams")]
    return copy.deepcopy(model, {id(value): value for value in [*variables_of(model).values(), *streams]})


def merge_model(definition, /, *states, copy=False):
    """A model with these values; they are its own, or copies of them."""
    model = sharing_copy(definition)
    for state in states:
        for path, value in flat_state(state).items():
            put_value(model, path, tree_map(copied, value) if copy else value)
    return model


def copied(value):
    """A copy of a value, with its gradient where some are being taken."""
    value = torch.as_tensor(value)
    return value.clone() if differentiating() else value.detach().clone()


def put_value(model, path, value):
    """Make something the value of a variable; gradients reach what it was computed from."""
    made = type_of(model, path)
    owner, held = place_of(model, path)
    if isinstance(owner, nn.Module):
        value = torch.as_tensor(value)
        if made not in (nn.Parameter, nn.Buffer):
            vars(owner).setdefault("variable_types", {})[path[-1]] = made
        if held is owner._parameters and value.is_floating_point() and not (value.requires_grad or is_mapped(value)):
            value.requires_grad_()
    held[str(path[-1])] = value


def update_model(model, /, *states):
    """Give a model, or a state, new values of some of its variables."""
    for state in states:
        for path, value in flat_state(state).items():
            owner, held = (None, flat_state(model)) if isinstance(model, dict) else place_of(model, path)
            variable = held[path if owner is None else str(path[-1])]
            if not isinstance(variable, torch.Tensor) or differentiating() and value.requires_grad:
                put_value(model, path, value)
            else:
                variable.data = torch.as_tensor(value).detach().to(variable.device, copy=True)


def view_model(model, /, *, deterministic=None, use_running_average=None):
    """Another model of the same variables, that trains or not: normalisation by batches apart from all else."""
    held = [part for module in model.modules() for part in (module._parameters, module._buffers)]
    view = copy.deepcopy(model, {id(part): part for part in held})
    for module in view.modules():
        said = use_running_average if hasattr(module, "use_running_average") else deterministic
        module.training = module.training if said is None else not said
    return view


def clone_model(model, /):
    """A copy of a model with values of its own."""
    return copy.deepcopy(model)


def tree_map_values(f, tree, /, *rest, is_leaf=None):
    """``tree_map`` of values, which have no gradients unless some are being taken."""
    with torch.set_grad_enabled(torch.is_grad_enabled() and differentiating()):
        return tree_map(f, tree, *rest, is_leaf=is_leaf)


def pop_values(model, /, *filters):
    """Take values out of a model, which has them no more: a state, or one for each of several filters."""
    found = model_state(model, *filters)
    for state in found if len(filters) > 1 else (found,):
        for path in flat_state(state):
            del place_of(model, path)[1][str(path[-1])]
    return found


def state_items(state, /):
    """The paths and values of a state, in the order of its names."""
    return list(flat_state(state).items())


def state_of_items(items, /):
    """A state of values by their paths, a dictionary or pairs."""
    return nested_state(dict(items))


def filter_state(state, first, /, *filters):
    """The values of a state that a filter takes; a state for each of several filters."""
    found = filtered(flat_state(state), {}, (first, *filters), whole=False)
    return tuple(found) if filters else found[0]


def split_state(state, first, /, *filters):
    """The values of a state by filters, of which one must take each."""
    found = filtered(flat_state(state), {}, (first, *filters), whole=True)
    return tuple(found) if filters else found[0]


def merge_state(state, /, *states):
    """The values of several states in one."""
    return nested_state({path: value for part in (state, *states) for path, value in flat_state(part).items()})


def plain_state(state, /):
    """Dictionaries with the values of a state, which stay what they are now."""
    if isinstance(state, dict):
        return {key: plain_state(value) for key, value in state.items()}
    return state.detach().clone()


def replace_values(state, values, /):
    """Give the variables of a state the values of dictionaries."""
    update_model(state, values)


def children_of(model):
    """The modules that a module holds, by name or number."""
    return {int(name) if name.isdigit() else name: child for name, child in model.named_children()}


def iter_modules(model, /):
    """The paths and modules of a model, what a module holds before itself, by name."""
    return ((path, part) for path, part in iter_graph(model) if isinstance(part, nn.Module))


def iter_graph(model, /):
    """The paths and values of the variables and modules of a model, what a module holds before itself, by name."""
    yield from walk_graph(model, (), set())


def walk_graph(module, path, seen):
    """What ``iter_graph`` gives of a module at a path, but for what was seen before."""
    if id(module) in seen:
        return
    seen.add(id(module))
    if isinstance(module, nn.Module):
        parts = {**children_of(module), **module._parameters, **module._buffers}
        for name in sorted(parts, key=lambda key: (isinstance(key, str), key)):
            yield from walk_graph(parts[name], (*path, name), seen)
    yield path, module
