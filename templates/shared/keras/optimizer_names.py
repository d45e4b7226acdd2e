"""Optimizers by the names that Keras gives them."""

from .optimizers import SGD, Adagrad, Adam, AdamW, RMSprop


def named_optimizer(value):
    """An optimizer in place of its name."""
    known = {"sgd": SGD, "adam": Adam, "adamw": AdamW, "rmsprop": RMSprop, "adagrad": Adagrad}
    if not isinstance(value, str):
        return value
    if value.lower() not in known:
        raise ValueError(f"no optimizer here is named {value!r}: there are {', '.join(known)}")
    return known[value.lower()]()
