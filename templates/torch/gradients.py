"""Derivatives of functions, in the shape in which functional code takes them."""

import torch


def value_and_grad(fun, /, *, argnums=0, has_aux=False):
    """A function that gives ``fun``'s value and its gradient with respect to the chosen arguments."""
    both = torch.func.grad_and_value(fun, argnums, has_aux)

    def evaluated(*args, **kwargs):
        gradient, value = both(*args, **kwargs)
        return value, gradient

    return evaluated


def vjp(fun, /, *primals, has_aux=False):
    """The value of ``fun`` and a function from a cotangent of it to those of all arguments, a tuple."""
    value, pullback, *aux = torch.func.vjp(fun, *primals, has_aux=has_aux)

    def cotangents(cotangent):
        found = pullback(cotangent)
        return found if len(primals) > 1 else (found,)

    return (value, cotangents, *aux)


def hessian(fun, /, *, argnums=0):
    """A function that gives the matrix of second derivatives."""
    return torch.func.hessian(fun, argnums)
