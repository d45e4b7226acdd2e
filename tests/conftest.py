"""What the tests need of the machine: TensorFlow convolves channels-first images on every CPU with oneDNN alone."""

import os

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
