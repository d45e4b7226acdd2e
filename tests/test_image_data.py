"""Data sets of images in files and transforms of images: as torchvision has them, in every target."""

import importlib.util
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
if importlib.util.find_spec("torchvision") is None:
    pytest.skip("torchvision is not installed", allow_module_level=True)

from .programs import both  # noqa: E402
from .vision_operators import define_vision_operators  # noqa: E402


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with small data sets in the forms of MNIST, CIFAR10 and folders of images."""
    place = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for name, part in (("MNIST", "train"), ("MNIST", "t10k"), ("FashionMNIST", "train"), ("FashionMNIST", "t10k")):
        raw = place / name / "raw"
        raw.mkdir(parents=True, exist_ok=True)
        images, labels = rng.integers(0, 256, (20, 28, 28), np.uint8), rng.integers(0, 10, 20).astype(np.uint8)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">iiii", 0x803, 20, 28, 28) + images.tobytes())
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">ii", 0x801, 20) + labels.tobytes())
    cifar = place / "cifar-10-batches-py"
    cifar.mkdir()
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
        part = {"data": rng.integers(0, 256, (6, 3072), np.uint8), "labels": rng.integers(0, 10, 6).tolist()}
        (cifar / name).write_bytes(pickle.dumps(part))
    (cifar / "batches.meta").write_bytes(pickle.dumps({"label_names": list("abcdefghij")}))
    for animal, count in (("dog", 2), ("cat", 3)):
        (place / "pets" / animal).mkdir(parents=True)
        for number in range(count):
            picture(rng).save(place / "pets" / animal / f"{number}.png")
        (place / "pets" / animal / "notes.txt").write_text("no image")
    return place


def picture(rng) -> Image.Image:
    """A smooth random image, 30 wide and 24 high."""
    small = Image.fromarray(rng.integers(0, 256, (6, 8, 3), np.uint8))
    return small.resize((30, 24), Image.BICUBIC)


@pytest.fixture(scope="module", params=["jax", "tensorflow", "numpy"])
def modules(request, tmp_path_factory):
    """The source and what it was converted into; torchvision's own checks of file contents are left out."""
    define_vision_operators()
    folder = tmp_path_factory.mktemp(request.param)
    source, converted = both(Path(__file__).with_name("image_data_source.py"), request.param, folder)
    source.datasets.CIFAR10._check_integrity = lambda self: True
    source.datasets.cifar.check_integrity = lambda path, md5=None: True
    assert not any(name.startswith("torch") for name in vars(converted))
    return source, converted


def alike(found, expected, place="") -> None:
    """The same values, of images as of arrays, up to rounding of the last digit."""
    if isinstance(expected, (list, tuple)) and not isinstance(expected, torch.Size):
        assert len(found) == len(expected), place
        for number, (a, b) in enumerate(zip(found, expected)):
            alike(a, b, f"{place}[{number}]")
    elif isinstance(expected, (str, int)):
        assert found == expected, place
    else:
        ours, theirs = np.asarray(found), np.asarray(expected)
        assert ours.shape == theirs.shape, place
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6, err_msg=place)


@pytest.mark.parametrize("name", ["digits", "clothes", "photographs", "folders", "computed", "grids"])
def test_data_sets(modules, root, name):
    source, converted = modules
    alike(getattr(converted, name)(root), getattr(source, name)(root))


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("name", ["shapes", "certain", "random_sizes", "newer"])
def test_transforms(modules, name, mode):
    source, converted = modules
    image = picture(np.random.default_rng(1)).convert(mode)
    alike(getattr(converted, name)(image), getattr(source, name)(image))


def test_arrays(modules):
    source, converted = modules
    image = picture(np.random.default_rng(1))
    alike(converted.arrays(image), source.arrays(image))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I", "F", "RGBA", "I;16"])
def test_modes_of_images(modules, mode):
    source, converted = modules
    gray = picture(np.random.default_rng(2)).convert("L")
    image = Image.fromarray(np.asarray(gray).astype(np.uint16) * 200) if mode == "I;16" else gray.convert(mode)
    found, expected = converted.to_tensor(image), source.TF.to_tensor(image)
    alike(found, expected)


def test_bad_input_is_told(modules, root, tmp_path):
    _, converted = modules
    with pytest.raises(RuntimeError, match="download=True"):
        converted.digits(tmp_path)
    with pytest.raises(FileNotFoundError):
        converted.folders(tmp_path)
