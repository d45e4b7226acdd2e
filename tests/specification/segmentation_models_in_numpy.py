"""A whole library from tensorflow to numpy."""

import ivy
import numpy as np
import os
os.environ["SM_FRAMEWORK"] = "tf.keras"
import segmentation_models as sm

np_sm = ivy.transpile(sm, source="tensorflow", to="numpy")

# masks with values from 0 to 1
output = np.random.rand(1, 3, 512, 512).astype(dtype=np.float32)
target = np.random.rand(1, 3, 512, 512).astype(dtype=np.float32)

out = np_sm.metrics.iou_score(output, target)
