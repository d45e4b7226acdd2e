"""The models of segmentation_models_pytorch and open_clip that converted packages are compared on.

Run as a program it is one side: ``python vision_library_cases.py torch OUT.npz`` stores state and outputs of the real
libraries, ``python vision_library_cases.py jax OUT.npz FOLDER`` prints, as one JSON line, the largest difference of
each model of the converted packages below FOLDER, with torch blocked.
"""

import importlib.abc
import json
import sys

import numpy as np

BLOCKED = ("torch", "transformers")
PACKAGES = ("segmentation_models_pytorch", "open_clip", "timm", "torchvision")


class Block(importlib.abc.MetaPathFinder):
    """Imports of these packages fail as they do where they are not installed."""

    def find_spec(self, fullname, path=None, target=None):
        """Refuse them, pass on everything else."""
        if fullname.split(".")[0] in BLOCKED:
            raise ImportError(f"{fullname} is blocked")


def models():
    """Name -> a model in evaluation mode and its inputs."""
    import open_clip.model
    import segmentation_models_pytorch as smp

    draw = np.random.default_rng(0)
    image = draw.normal(size=(2, 3, 64, 64)).astype(np.float32)
    small = image[:, :, :32, :32]
    tokens = draw.integers(1, 100, (2, 12))
    vision = open_clip.model.CLIPVisionCfg(layers=2, width=64, patch_size=8, image_size=32, head_width=16)
    text = open_clip.model.CLIPTextCfg(context_length=12, vocab_size=100, width=32, heads=2, layers=2)
    return {
        "Unet": (smp.Unet("resnet18", encoder_weights=None, classes=3), (image,)),
        "FPN": (smp.FPN("resnet18", encoder_weights=None, classes=3), (image,)),
        "DeepLabV3Plus": (smp.DeepLabV3Plus("resnet18", encoder_weights=None, classes=3), (image,)),
        "CLIP": (open_clip.model.CLIP(24, vision, text), (small, tokens)),
    }


def drawn(name, value):
    """A seeded value for one array of a model's state; integers stay."""
    if not np.issubdtype(value.dtype, np.floating):
        return value
    draw = np.random.default_rng(len(name) * 7919 + value.size).normal(size=value.shape).astype(np.float32)
    if "var" in name:
        return np.abs(draw) + 0.5
    return draw / np.sqrt(max(value[0].size, 1)) if value.ndim > 1 else 0.1 * draw + value


def references(path):
    """Store state and outputs of the real libraries."""
    import torch

    kept = torch.library.Library("torchvision", "DEF")  # the installed torchvision may lack its compiled part
    for op in ("nms", "qnms"):
        kept.define(f"{op}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    stored = {}
    for name, (model, inputs) in models().items():
        state = {key: drawn(key, value.numpy()) for key, value in model.state_dict().items()}
        model.load_state_dict({key: torch.from_numpy(np.array(value)) for key, value in state.items()})
        with torch.no_grad():
            outputs = model.eval()(*map(torch.from_numpy, inputs))
        stored |= {f"{name}/state/{key}": value for key, value in state.items()}
        for index, output in enumerate(outputs if isinstance(outputs, tuple) else (outputs,)):
            stored[f"{name}/output/{index}"] = output.numpy()
    np.savez(path, **stored)


def compiled(target, model, inputs):
    """The outputs of a converted model under the target's compiler."""
    if target == "jax":
        import jax.numpy as jnp
        from flax import nnx

        model.eval()
        return nnx.jit(lambda model, *inputs: model(*inputs))(model, *map(jnp.asarray, inputs))
    import tensorflow as tf

    return tf.function(model)(*map(tf.constant, inputs), training=False)


def differences(target, path, folder):
    """Model -> largest difference of its outputs, in units of the largest output."""
    sys.meta_path.insert(0, Block())
    sys.path.insert(0, folder)
    import ivy

    stored = np.load(path)
    found = {}
    for name, (model, inputs) in models().items():
        prefix = f"{name}/state/"
        ivy.load_weights(model, {key[len(prefix) :]: stored[key] for key in stored.files if key.startswith(prefix)})
        outputs = compiled(target, model, inputs)
        worst = 0.0
        for index, output in enumerate(outputs if isinstance(outputs, tuple) else (outputs,)):
            wanted = stored[f"{name}/output/{index}"]
            assert tuple(output.shape) == wanted.shape
            worst = max(worst, float(np.abs(np.asarray(output) - wanted).max() / np.abs(wanted).max()))
        found[name] = worst
    return found


if __name__ == "__main__":
    if sys.argv[1] == "torch":
        references(sys.argv[2])
    else:
        print(json.dumps(differences(*sys.argv[1:])))
