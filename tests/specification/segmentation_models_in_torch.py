"""A whole library from tensorflow to torch."""

import ivy
import torch
import os
os.environ["SM_FRAMEWORK"] = "tf.keras"
import segmentation_models as sm

torch_sm = ivy.transpile(sm, source="tensorflow", to="torch")

# masks with values from 0 to 1
output = torch.rand((1, 3, 512, 512))
target = torch.rand((1, 3, 512, 512))

out = torch_sm.metrics.iou_score(output, target)
