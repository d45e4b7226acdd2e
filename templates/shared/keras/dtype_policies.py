"""Policies of dtypes: that of computations is that of the weights."""



class DTypePolicy(str):
    """The dtype of a layer by its name; that of computations is that of the weights."""

    quantization_mode = None

    def __init__(self, name):
        super().__init__()

    @property
    def name(self):
        """The name of the dtype."""
        return str(self)

    compute_dtype = variable_dtype = name


def dtype_policy(dtype=None):
    """The policy of this name; None is the default."""
    return DTypePolicy(dtype or "float32")
