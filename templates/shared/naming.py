"""Names of functions that are asked for when the program runs."""


def named(name):
    """Decorator that gives a function the name that others know it by."""

    def decorate(function):
        function.__name__ = name
        return function

    return decorate
