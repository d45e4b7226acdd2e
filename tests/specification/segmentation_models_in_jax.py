"""A whole library from tensorflow to jax."""

import ivy
import jax
import os
os.environ["SM_FRAMEWORK"] = "tf.keras"
import segmentation_models as sm

jax_sm = ivy.transpile(sm, source="tensorflow", to="jax")

# masks with values from 0 to 1
key = jax.random.PRNGKey(23)
key1, key2 = jax.random.split(key)
output = jax.random.uniform(key1, (1, 3, 512, 512))
target = jax.random.uniform(key2, (1, 3, 512, 512))

out = jax_sm.metrics.iou_score(output, target)
