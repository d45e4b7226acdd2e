"""Optimizers by the names that Keras gives them."""

from .optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Lion, Nadam, RMSprop


def named_optimizer(value):
    """An optimizer in place of its name."""
    made = SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta, Adamax, Lion, Nadam
    known = {optimizer.__name__.lower(): optimizer for optimizer in made}
    if not isinstance(value, str):
        return value
    if value.lower() not in known:
        raise ValueError(f"no optimizer here is named {value!r}: there are {', '.join(known)}")
    return known[value.lower()]()
