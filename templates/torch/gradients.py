"""Derivatives of functions, in the shape in which functional code takes them."""

import torch

from .containers import tree_flatten


def value_and_grad(fun, /, *, argnums=0, has_aux=False):
    """A function that gives ``fun``'s value and its gradient with respect to the chosen arguments, trees of tensors."""
    several = not isinstance(argnums, int)
    numbers = argnums if several else (argnums,)

    def evaluated(*args, **kwargs):
        leaves, structure = tree_flatten([args[i] for i in numbers])
        kept = []

        def of_leaves(leaves):
            given = list(args)
            for i, tree in zip(numbers, structure.unflatten(leaves)):
                given[i] = tree
            value, aux = fun(*given, **kwargs) if has_aux else (fun(*given, **kwargs), None)
            kept.extend(tree_flatten(aux))
            return value, [leaf for leaf in kept[0] if isinstance(leaf, torch.Tensor)]

        leaves = [torch.as_tensor(leaf) for leaf in leaves]
        grads, (value, tensors) = torch.func.grad_and_value(of_leaves, has_aux=True)(leaves)
        found = structure.unflatten(grads)
        parts = iter(tensors)
        aux = kept[1].unflatten([next(parts) if isinstance(leaf, torch.Tensor) else leaf for leaf in kept[0]])
        return (value, aux) if has_aux else value, tuple(found) if several else found[0]

    return evaluated


def grad_and_aux(fun, /, *, argnums=0, has_aux=True):
    """A function that gives the gradient of ``fun``'s first result, and its second result."""
    both = value_and_grad(fun, argnums=argnums, has_aux=has_aux)

    def evaluated(*args, **kwargs):
        (_, aux), gradient = both(*args, **kwargs)
        return gradient, aux

    return evaluated


def vjp(fun, /, *primals, has_aux=False):
    """The value of ``fun`` and a function from a cotangent of it to those of all arguments, a tuple."""
    value, pullback, *aux = torch.func.vjp(fun, *primals, has_aux=has_aux)

    def cotangents(cotangent):
        return pullback(torch.as_tensor(cotangent) if isinstance(cotangent, float) else cotangent)

    return (value, cotangents, *aux)


def linearize(fun, /, *primals):
    """The value of ``fun`` and a function from tangents of the arguments to the derivative along them."""
    return fun(*primals), lambda *tangents: torch.func.jvp(fun, primals, tangents)[1]
