"""Models of timm after a round trip through another framework: ``python round_trip_cases.py FOLDER MODEL...``.

FOLDER holds the timm package that came back to PyTorch. Prints one line a model: its name and the largest difference of its
output from that of the real library's model with the same weights.
"""

from __future__ import annotations

import sys

SIZES = {"vit_tiny_patch16_224": {"img_size": 64}}


def import_timm():
    """torch and the real timm; torchvision needs two operators that the CPU build of torch has not."""
    import torch

    operators = torch.library.Library("torchvision", "DEF")
    operators.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    operators.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import timm

    return torch, timm, operators


def main(folder: str, names: list[str]) -> None:
    torch, timm, _ = import_timm()
    wanted = {}
    for name in names:
        torch.manual_seed(0)
        model = timm.create_model(name, **SIZES.get(name, {})).eval()
        x = torch.randn(1, 3, 64, 64)
        with torch.no_grad():
            wanted[name] = (model.state_dict(), x, model(x))
    for module in [m for m in sys.modules if m.split(".")[0] == "timm"]:
        del sys.modules[module]
    for framework in ("jax", "flax", "tensorflow", "keras"):
        sys.modules[framework] = None  # type: ignore[assignment]
    sys.path.insert(0, folder)
    import timm as returned

    assert returned.__file__.startswith(folder), returned.__file__
    for name, (state, x, y) in wanted.items():
        model = returned.create_model(name, **SIZES.get(name, {})).eval()
        model.load_state_dict(state)
        with torch.no_grad():
            print(name, float((model(x) - y).abs().max()))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
