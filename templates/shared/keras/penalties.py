"""The penalties that weights have."""


def penalised_weights(layer, name):
    """The weights of this name of a layer, of its cell, or of its projections."""
    if hasattr(layer, name) or not layer.built:
        return [getattr(layer, name, None)]
    if hasattr(layer, "cell"):
        return penalised_weights(layer.cell, name)
    projections = (getattr(layer, f"{part}_dense", None) for part in ("query", "key", "gate", "value", "output"))
    return [getattr(projection, name) for projection in projections if projection is not None]


def penalties(layers):
    """The penalties of the trained weights of layers, which the layers name or the weights have themselves."""
    layers = [layer for layer in layers if layer.trainable]
    named = [(layer, *pair) for layer in layers for pair in getattr(layer, "regularizers", ())]
    found = [(weight, rule) for layer, name, rule in named for weight in penalised_weights(layer, name)]
    weights = {id(weight): weight for layer in layers for weight in layer.trainable_weights}.values()
    found += [(weight, getattr(weight, "regularizer", None)) for weight in weights]
    return [rule(weight) for weight, rule in found if weight is not None and rule is not None]
