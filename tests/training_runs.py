"""Runs a training script in any framework: ``python training_runs.py FRAMEWORK FOLDER STATE.npz OUT.npz [ARGUMENT ...]``.

The script's ``train.py`` trains from the weights in STATE; torch writes that file when it is missing. OUT gets the
losses of all steps, the trained state, and what the script gives after it was resumed from its own checkpoint.
"""

import sys
from pathlib import Path

import numpy as np


def arrays(model, framework):
    """The state of a model as NumPy arrays."""
    if framework == "torch":
        return {name: value.numpy() for name, value in model.state_dict().items()}
    helpers = __import__(f"{framework}_helpers")
    return {name: np.asarray(value) for name, value in helpers.state_dict(model).items()}


def prepared(make, framework, state):
    """A model with the weights of a file."""
    model = make()
    if framework == "torch":
        import torch

        if not state.exists():
            np.savez(state, **arrays(model, framework))
        model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in np.load(state).items()})
        return model
    import ivy

    ivy.load_weights(model, dict(np.load(state)))
    return model


def main(framework, folder, state, out, arguments):
    """Train, and go on from the checkpoint of the first half."""
    sys.path.insert(0, str(folder))
    if framework == "torch":
        import torch

        torch.manual_seed(0)
    import train

    make = train.SmallResNet
    train.SmallResNet = lambda: prepared(make, framework, state)
    model, losses = train.main(train.get_args(arguments))
    checkpoint = str(out.parent / framework / "half.ckpt")
    short = [*arguments, "--train-size", "64", "--val-size", "16"]
    train.main(train.get_args([*short, "--epochs", "1", "--checkpoint", checkpoint]))
    _, resumed = train.main(train.get_args([*short, "--resume", checkpoint]))
    np.savez(out, losses=losses, resumed=resumed, **arrays(model, framework))


if __name__ == "__main__":
    name, folder, state, out, *rest = sys.argv[1:]
    main(name, Path(folder), Path(state), Path(out), rest)
