"""Classes of flax.linen with the layers in the constructor that they make where they are called."""
