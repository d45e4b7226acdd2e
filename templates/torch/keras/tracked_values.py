"""The values of what a checkpoint tracks, and files of them."""

import torch

ENDING = ".pt"


def write_values(values, path):
    """Write values to a file of ``torch.save``."""
    torch.save(values, path)


def read_values(path):
    """Read what ``write_values`` wrote."""
    return torch.load(path, weights_only=True)


def values_of(item):
    """The values of a model, an optimizer, a variable or a container of these."""
    if isinstance(item, torch.Tensor):
        return item.detach().clone()
    if isinstance(item, torch.nn.Module):
        return {name: values_of(value) for name, value in item.state_dict().items()}
    if hasattr(item, "saved_state"):
        return values_of(item.saved_state())
    if isinstance(item, dict):
        return {name: values_of(value) for name, value in item.items()}
    if isinstance(item, (list, tuple)):
        return [values_of(value) for value in item]
    if isinstance(item, (int, float)):
        return item
    raise TypeError(f"{type(item).__name__} is not saved: give models, optimizers and variables")


def give_values(item, values):
    """Give an object the values that ``values_of`` told of it; the names of those that were not there."""
    if hasattr(item, "restore_state"):
        item.restore_state(values)
        return []
    if isinstance(item, torch.nn.Module):
        if not item.state_dict() and values:
            raise ValueError(f"{type(item).__name__} has no weights yet: call it once before restoring")
        return list(item.load_state_dict(values, strict=False).missing_keys)
    if isinstance(item, torch.Tensor):
        item.data = values.to(item)
        return []
    if isinstance(item, (dict, list)):
        pairs = list(item.items() if isinstance(item, dict) else enumerate(item))
        present = [key for key, _ in pairs if (key in values if isinstance(item, dict) else key < len(values))]
        missing = [f"{key}.{part}" for key in present for part in give_values(item[key], values[key])]
        return [str(key) for key, _ in pairs if key not in present] + missing
    raise TypeError(f"{type(item).__name__} is not restored: give models, optimizers and variables")
