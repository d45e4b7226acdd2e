"""What TensorFlow and Keras know by name: relations, custom objects, modules."""

import operator

from .structure import not_converted

_RELATIONS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class _Registry(dict):
    """Objects by name."""


CUSTOM_OBJECTS = _Registry()


def get_custom_objects():
    """The registry of objects that saved models name."""
    return CUSTOM_OBJECTS


def module_stand_in(api, reason):
    """A stand-in for the module ``api``: whatever it is asked for raises with the reason when it is used."""
    return _ModuleStandIn(api, reason)


class _ModuleStandIn:
    def __init__(self, api, reason):
        self._api, self._reason = api, reason

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return not_converted(f"{self._api}.{name}", self._reason)
