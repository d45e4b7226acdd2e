"""The timm models that converted packages are compared on: sizes, seeded weights and the runners.

Run as a program it is the side without torch:
``python timm_cases.py jax FOLDER references.npz [model ...]`` imports the converted package below FOLDER
with torch blocked, and prints one JSON line a model: {"model", "difference"} or {"model", "error"}.
"""

import importlib.abc
import json
import sys
import time
import traceback
import zlib
from functools import partial

import numpy as np

# name: (image size, constructor arguments that keep the model small or let it take the size)
MODELS = {
    "mixer_b16_224": (224, {}),
    "vit_tiny_patch16_224": (64, {"img_size": 64}),
    "deit_tiny_patch16_224": (64, {"img_size": 64}),
    "resnet18": (64, {}),
    "resnet50": (64, {}),
    "convnext_atto": (64, {}),
    "efficientnet_b0": (64, {}),
    "mobilenetv3_small_100": (64, {}),
    "regnetx_002": (64, {}),
    "densenet121": (64, {}),
    "swin_tiny_patch4_window7_224": (224, {}),
    "poolformer_s12": (64, {}),
    "resmlp_12_224": (64, {"img_size": 64}),
    "vgg11": (64, {}),
    "ghostnet_100": (64, {}),
}
WIDE = {
    "convmixer_768_32": (64, {}),
    "pvt_v2_b0": (64, {}),
    "mobilevitv2_050": (64, {}),
    "edgenext_xx_small": (64, {}),
    "levit_128s": (224, {}),
    "cait_xxs24_224": (64, {"img_size": 64}),
    "crossvit_tiny_240": (240, {}),
    "coat_lite_tiny": (64, {"img_size": 64}),
    "tnt_s_patch16_224": (64, {"img_size": 64}),
    "xcit_nano_12_p16_224": (64, {}),
    "gmlp_s16_224": (224, {}),
    "res2net50_26w_4s": (64, {}),
    "skresnet18": (64, {}),
    "resnest14d": (64, {}),
    "hrnet_w18_small": (64, {}),
    "dla34": (64, {}),
    "dpn68": (64, {}),
    "inception_v3": (128, {}),
    "rexnet_100": (64, {}),
    "efficientformer_l1": (224, {}),
    "fastvit_t8": (64, {}),
    "maxvit_pico_rw_256": (256, {}),
    "swinv2_cr_tiny_224": (224, {}),
    "beit_base_patch16_224": (64, {"img_size": 64, "depth": 3}),
}
NUMPY_MODELS = ("mixer_b16_224", "vit_tiny_patch16_224", "resnet18", "convnext_atto")
TOLERANCE = 1e-4


def arguments(name):
    """What `create_model` is called with."""
    return {"pretrained": False, "num_classes": 10, **{**MODELS, **WIDE}[name][1]}


def image(name, batch=2):
    """The input of a model, float32 [batch, 3, size, size]: waves of another length per image, and noise."""
    size = {**MODELS, **WIDE}[name][0]
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    noise = rng.normal(size=(batch, 3, size, size))
    grid = np.arange(size) / size
    waves = [np.cos((k + 1) * (5 * grid[:, None] + 3 * grid + np.arange(3)[:, None, None])) for k in range(batch)]
    return (0.5 * noise + 2 * np.stack(waves)).astype(np.float32)


def draw(name, shape):
    """The seeded value of one float parameter or buffer: the same wherever it is drawn."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    noise = rng.standard_normal(shape, dtype=np.float32)
    last = name.rsplit(".", 1)[-1]
    if last.endswith("bias"):
        return 0.1 * noise
    if len(shape) > 1 and last.endswith("weight"):
        return noise / np.sqrt(np.prod(shape[1:], dtype=np.float32))
    if len(shape) > 1:
        return 0.2 * noise
    return 1 + 0.1 * noise


def references(path, names):
    """Run real timm and store, per model, its state's names and shapes, its integer state and its output."""
    torch = import_torch()
    import timm

    stored = {}
    for name in names:
        torch.manual_seed(0)
        model = timm.create_model(name, **arguments(name)).eval()
        shapes = {}
        with torch.no_grad():
            state = model.state_dict()
            for key, value in state.items():
                if value.is_floating_point():
                    shapes[key] = list(value.shape)
                    value.copy_(torch.from_numpy(np.asarray(draw(key, tuple(value.shape)))))
            measure_statistics(model, torch.from_numpy(image(name)))
            for key, value in state.items():
                if key not in shapes or "running_" in key:
                    stored[f"{name}/state/{key}"] = value.numpy()
            output = model(torch.from_numpy(image(name))).numpy()
        spread = np.abs(output[0] - output[1]).max() / np.abs(output).max()
        assert spread > 0.01, f"{name}: the output hardly depends on the image ({spread})"
        stored[f"{name}/output"] = output
        stored[f"{name}/shapes"] = np.array(json.dumps(shapes))
    np.savez(path, **stored)


def measure_statistics(model, x):
    """Set the running statistics to those of ``x``, so that signals neither die out nor explode.

    Variances are mixed with their mean: a channel of next to no variance would magnify rounding.
    """
    norms = [m for m in model.modules() if hasattr(m, "running_mean")]
    for norm in norms:
        norm.momentum = 1.0
        norm.train()
    model(x)
    for norm in norms:
        norm.eval()
        norm.running_var.add_(norm.running_var.mean()).mul_(0.5)


def import_torch():
    """Torch, with the two torchvision ops declared that timm's imports ask for."""
    import torch

    library = torch.library.Library("torchvision", "DEF")
    for op in ("nms", "qnms"):
        library.define(f"{op}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    torch.kept_library = library
    return torch


def state_of(stored, name):
    """The whole state of a reference model: seeded parameters, stored statistics and integers."""
    shapes = json.loads(str(stored[f"{name}/shapes"]))
    state = {key: draw(key, tuple(shape)) for key, shape in shapes.items() if "running_" not in key}
    prefix = f"{name}/state/"
    return state | {key[len(prefix) :]: stored[key] for key in stored.files if key.startswith(prefix)}


def difference(got, wanted):
    """Largest absolute difference relative to the largest output."""
    assert got.shape == wanted.shape, f"{got.shape} for {wanted.shape}"
    assert np.isfinite(got).all(), "not finite"
    return float(np.abs(got - wanted).max() / np.abs(wanted).max())


class BlockTorch(importlib.abc.MetaPathFinder):
    """Imports of torch and torchvision fail as they do where they are not installed."""

    def find_spec(self, fullname, path=None, target=None):
        """Refuse torch and torchvision, pass on everything else."""
        if fullname.split(".")[0] in ("torch", "torchvision"):
            raise ImportError(f"{fullname} is blocked")


def forward(target, model, x):
    """The output of a converted model in inference, compiled where the framework compiles, as a NumPy array."""
    if target == "jax":
        import jax.numpy as jnp
        from flax import nnx

        model.eval()
        return np.asarray(nnx.jit(lambda m, x: m(x))(model, jnp.asarray(x)))
    if target == "tensorflow":
        import tensorflow as tf

        return tf.function(model)(tf.constant(x), training=False).numpy()
    return np.asarray(model(x))


def output(target, make, state, x):
    """What the model that a function makes gives with the weights of a state."""
    if target == "haiku":
        return output_in_haiku(make, state, x)
    import ivy

    model = make()
    ivy.load_weights(model, state)
    return forward(target, model, x)


def output_in_haiku(make, state, x):
    """The output of `apply` under jit; `init` makes parameters and state without an input."""
    import haiku as hk
    import ivy
    import jax

    made = hk.transform_with_state(lambda: make().make_arrays()).init(jax.random.key(0))
    ivy.load_weights(made, state)
    apply = hk.transform_with_state(lambda x: make()(x)).apply
    return np.asarray(jax.jit(apply)(*made, None, x)[0])


def run_converted(target, folder, path, names):
    """Compare converted models with the stored outputs, one JSON line each."""
    sys.meta_path.insert(0, BlockTorch())
    sys.path.insert(0, folder)
    import timm

    assert timm.__file__.startswith(folder), timm.__file__
    stored = np.load(path)
    names = names or [key[:-7] for key in stored.files if key.endswith("/shapes")]
    for name in names:
        started = time.perf_counter()
        try:
            make = partial(timm.create_model, name, **arguments(name))
            found = output(target, make, state_of(stored, name), image(name))
            result = {"difference": difference(found, stored[f"{name}/output"])}
        except Exception as error:
            where = traceback.format_exc().splitlines()[-9:]
            result = {"error": f"{type(error).__name__}: {error}"[:600], "where": where}
        seconds = round(time.perf_counter() - started, 1)
        print(json.dumps({"model": name, **result, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    run_converted(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
