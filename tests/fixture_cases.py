"""Runs what `fixtures/` holds, in any framework, on the same inputs.

``python fixture_cases.py FRAMEWORK FOLDER OUT.npz [STATE.npz]`` imports ``tinyvit``, ``losses`` and ``lstm_tagger`` from
FOLDER and stores every result. With torch it writes the models' state beside the results; the others load it.
"""

import sys
from pathlib import Path

import numpy as np

MODELS = {"tinyvit_s": {}, "tinyvit_w": {"num_classes": 7}}


def to_framework(framework, array):
    """An array of the framework."""
    if framework == "torch":
        import torch

        return torch.from_numpy(np.array(array))
    if framework in ("jax", "haiku"):
        import jax.numpy as jnp

        return jnp.asarray(array)
    if framework == "tensorflow":
        import tensorflow as tf

        return tf.convert_to_tensor(array)
    return array


def to_numpy(value):
    """A NumPy array of any framework's array."""
    return value.detach().numpy() if hasattr(value, "detach") else np.asarray(value)


def inference(model, framework):
    """The model in inference mode."""
    if framework in ("tensorflow", "haiku"):
        return model  # their layers infer unless they are called with the mode of training
    model.eval()
    return model


def inputs():
    """The inputs of all cases, drawn from one seed."""
    rng = np.random.default_rng(0)
    boxes = np.sort(rng.random((2, 6, 2, 2)), axis=2).reshape(2, 6, 4).astype(np.float32)
    words = rng.integers(1, 30, (3, 7))
    words[0, 5:] = 0
    return {
        "images": rng.standard_normal((2, 3, 32, 32)).astype(np.float32),
        "bytes": rng.integers(0, 256, (2, 3, 8, 8)).astype(np.uint8),
        "mask": rng.random((2, 65)) < 0.7,
        "maps": rng.random((3, 2, 4, 5, 5)).astype(np.float32),
        "logits": rng.standard_normal((2, 4, 5, 6)).astype(np.float32),
        "target": rng.integers(0, 4, (2, 5, 6)),
        "boxes": boxes,
        "words": words,
        "tags": rng.integers(0, 5, (3, 7)),
    }


def run(framework, state=None):
    """Every result by name, and the models' states (empty unless the framework is torch)."""
    data = {name: to_framework(framework, value) for name, value in inputs().items()}
    states, results = {}, {}

    def prepared(name, model):
        model = inference(model, framework)
        if framework == "torch":
            states.update({f"{name}/{key}": value for key, value in draw(model).items()})
        else:
            import ivy

            own = {key[len(name) + 1 :]: state[key] for key in state.files if key.startswith(name + "/")}
            ivy.load_weights(model, own)
        return model

    results.update(vision(data, prepared))
    results.update(losses(data))
    results.update(tagger(data, prepared))
    return {name: to_numpy(value) for name, value in results.items()}, states


def draw(model):
    """Give a torch model random state, batch statistics included; returns it."""
    rng = np.random.default_rng(1)
    state = {}
    for name, value in model.state_dict().items():
        if not value.is_floating_point():
            state[name] = value.numpy().copy()
            continue
        array = 0.2 * rng.standard_normal(tuple(value.shape)).astype(np.float32)
        state[name] = np.abs(array) + 0.5 if name.endswith("running_var") else array
    import torch

    model.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in state.items()})
    return state


def vision(data, prepared):
    """The package: models, attention mask and the functions of utils."""
    import tinyvit
    from tinyvit import utils

    found = {}
    for name, options in MODELS.items():
        model = prepared(name, tinyvit.create_model(name, **options))
        found[name] = model(data["images"])
        found[f"{name}/masked"] = model(data["images"], mask=data["mask"])
        found[f"{name}/count"] = np.array(tinyvit.count_parameters(model))
    best = tinyvit.top_labels(model, data["images"])
    found["labels"] = np.array([[label for label, _ in row] for row in best])
    found["probabilities"] = np.array([[p for _, p in row] for row in best])
    found["names"] = np.array(tinyvit.list_models("tiny*"))
    found["sincos"] = utils.sincos_embedding(4, 16)
    found["normalize"] = utils.normalize(data["bytes"])
    found["erase"] = utils.erase_box(data["images"], 3, 5, 9)
    found["rollout"] = utils.attention_rollout([data["maps"][i] for i in range(3)])
    return found


def losses(data):
    """The losses, with every reduction."""
    from losses import DiceLoss, GIoULoss, focal_loss

    logits, target, boxes = data["logits"], data["target"], data["boxes"]
    found = {f"focal/{how}": focal_loss(logits, target, reduction=how) for how in ("none", "mean", "sum")}
    found["dice"] = DiceLoss()(logits, target)
    found["dice/ignore"] = DiceLoss(ignore_index=2)(logits, target)
    found["giou"] = GIoULoss()(boxes[0], boxes[1])
    return found


def tagger(data, prepared):
    """The tagger: scores, loss and decoding."""
    from lstm_tagger import LSTMTagger, accuracy

    model = prepared("tagger", LSTMTagger(30, 5))
    path = model.decode(data["words"])
    return {
        "scores": model(data["words"]),
        "tagger/loss": model.loss(data["words"], data["tags"]),
        "path": path,
        "accuracy": np.array(accuracy(path, data["tags"], data["words"])),
    }


def run_in_haiku(state):
    """Every result, from `apply` with the parameters that `init` gave."""
    import haiku as hk
    import jax

    results = {}
    pair = hk.transform_with_state(lambda: results.update(run("haiku", state)[0]))
    made = pair.init(jax.random.key(0))
    results.clear()
    pair.apply(*made, None)
    return results, {}


def main(framework, folder, out, state=""):
    """Run everything and store it."""
    sys.path.insert(0, folder)
    if framework != "torch":
        sys.modules["torch"] = None  # converted code must not need it
    arrays = np.load(state) if state else None
    results, states = run_in_haiku(arrays) if framework == "haiku" else run(framework, arrays)
    np.savez(out, **results)
    if states:
        np.savez(Path(out).with_name("state.npz"), **states)


if __name__ == "__main__":
    main(*sys.argv[1:])
