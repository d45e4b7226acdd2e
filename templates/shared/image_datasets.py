"""Data sets of images in files: MNIST and its like, CIFAR, folders of images."""

import gzip
import hashlib
import os
import pickle
import tarfile
import urllib.request

import numpy as np

from .batches import batch_array
from .data import Dataset


def downloaded(url, path, md5):
    """Fetches a file, checks its MD5 sum and puts it into place; what is there already is left alone."""
    if os.path.exists(path):
        return path
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with urllib.request.urlopen(url) as answer:
        content = answer.read()
    if hashlib.md5(content).hexdigest() != md5:
        raise RuntimeError(f"{url} is not the file that was expected")
    with open(f"{path}.part", "wb") as file:
        file.write(content)
    os.replace(f"{path}.part", path)
    return path


class VisionDataset(Dataset):
    """Samples (image, target) below a folder, changed by the transforms."""

    def __init__(self, root=None, transforms=None, transform=None, target_transform=None):
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        self.transforms = transforms
        self.transform, self.target_transform = transform, target_transform

    def _changed(self, image, target):
        image = image if self.transform is None else self.transform(image)
        return image, target if self.target_transform is None else self.target_transform(target)


class MNIST(VisionDataset):
    """70,000 images of digits, 28 by 28 bytes: (PIL image, class) by index; `data` and `targets` hold all."""

    url = "https://ossci-datasets.s3.amazonaws.com/mnist/"
    sums = {
        "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
    }
    classes = [
        "0 - zero", "1 - one", "2 - two", "3 - three", "4 - four",
        "5 - five", "6 - six", "7 - seven", "8 - eight", "9 - nine",
    ]  # fmt: skip

    def __init__(self, root, train=True, transform=None, target_transform=None, download=False):
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        if download:
            for name, md5 in self.sums.items():
                self._download(name, md5)
        part = "train" if train else "t10k"
        self.data = batch_array(self._values(f"{part}-images-idx3-ubyte"))
        self.targets = batch_array(self._values(f"{part}-labels-idx1-ubyte").astype(np.int64))

    @property
    def raw_folder(self):
        """The folder of the files."""
        return os.path.join(self.root, type(self).__name__, "raw")

    @property
    def class_to_idx(self):
        """The number of each class."""
        return {name: number for number, name in enumerate(self.classes)}

    def _download(self, name, md5):
        path = os.path.join(self.raw_folder, name)
        if not os.path.exists(path):
            archive = downloaded(f"{self.url}{name}.gz", f"{path}.gz", md5)
            with gzip.open(archive) as packed, open(f"{path}.part", "wb") as file:
                file.write(packed.read())
            os.replace(f"{path}.part", path)

    def _values(self, name):
        path = os.path.join(self.raw_folder, name)
        if not os.path.exists(path):
            raise RuntimeError(f"{path} was not found; download=True fetches it")
        with open(path, "rb") as file:
            content = file.read()
        shape = np.frombuffer(content, ">i4", content[3], 4)
        return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(shape)

    def __getitem__(self, index):
        from PIL import Image

        return self._changed(Image.fromarray(np.asarray(self.data[index])), int(self.targets[index]))

    def __len__(self):
        return len(self.data)


class FashionMNIST(MNIST):
    """70,000 images of clothes, 28 by 28 bytes."""

    url = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    sums = {
        "train-images-idx3-ubyte": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte": "bb300cfdad3c16e7a12a480ee83cd310",
    }
    classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


class KMNIST(MNIST):
    """70,000 images of Japanese letters, 28 by 28 bytes."""

    url = "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"
    sums = {
        "train-images-idx3-ubyte": "bdb82020997e1d708af4cf47b453dcf7",
        "train-labels-idx1-ubyte": "e144d726b3acfaa3e44228e80efcd344",
        "t10k-images-idx3-ubyte": "5c965bf0a639b31b8f53240b1b52f4d7",
        "t10k-labels-idx1-ubyte": "7320c461ea6c1c855c0b718fb2a4b134",
    }
    classes = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]


class CIFAR10(VisionDataset):
    """60,000 photographs of 10 classes, 32 by 32: (PIL image, class) by index; `data` is (N, 32, 32, 3) of NumPy."""

    folder = "cifar-10-batches-py"
    url = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    md5 = "c58f30108f718f92721af3b95e74349a"
    train_files = [f"data_batch_{number}" for number in range(1, 6)]
    test_files = ["test_batch"]
    names, labels = ("batches.meta", "label_names"), "labels"

    def __init__(self, root, train=True, transform=None, target_transform=None, download=False):
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        if download and not os.path.exists(os.path.join(self.root, self.folder)):
            archive = os.path.join(self.root, self.url.rpartition("/")[2])
            with tarfile.open(downloaded(self.url, archive, self.md5)) as packed:
                packed.extractall(self.root, filter="data")
        parts = [self._content(name) for name in (self.train_files if train else self.test_files)]
        pixels = np.vstack([part["data"] for part in parts]).reshape(-1, 3, 32, 32)
        self.data = pixels.transpose(0, 2, 3, 1)
        self.targets = [label for part in parts for label in part[self.labels]]
        file, key = self.names
        self.classes = self._content(file)[key]
        self.class_to_idx = {name: number for number, name in enumerate(self.classes)}

    def _content(self, name):
        path = os.path.join(self.root, self.folder, name)
        if not os.path.exists(path):
            raise RuntimeError(f"{path} was not found; download=True fetches it")
        with open(path, "rb") as file:
            return pickle.load(file, encoding="latin1")

    def __getitem__(self, index):
        from PIL import Image

        return self._changed(Image.fromarray(self.data[index]), self.targets[index])

    def __len__(self):
        return len(self.data)


class CIFAR100(CIFAR10):
    """60,000 photographs of 100 classes, 32 by 32."""

    folder = "cifar-100-python"
    url = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
    md5 = "eb9058c3a382ffc7106e4002c42a8d85"
    train_files, test_files = ["train"], ["test"]
    names, labels = ("meta", "fine_label_names"), "fine_labels"


IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def rgb_image(path):
    """The image of a file in red, green and blue."""
    from PIL import Image

    with open(path, "rb") as file:
        return Image.open(file).convert("RGB")


class ImageFolder(VisionDataset):
    """Images below a folder that has a folder for each class: (PIL image, class) by index."""

    def __init__(
        self, root, transform=None, target_transform=None, loader=None, is_valid_file=None, allow_empty=False
    ):  # fmt: skip
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.loader = loader or rgb_image
        self.classes = sorted(entry.name for entry in os.scandir(self.root) if entry.is_dir())
        if not self.classes:
            raise FileNotFoundError(f"there is no folder of a class in {self.root}")
        self.class_to_idx = {name: number for number, name in enumerate(self.classes)}
        takes = is_valid_file or (lambda path: path.lower().endswith(IMAGE_SUFFIXES))
        self.samples = [
            (path, number)
            for name, number in self.class_to_idx.items()
            for path in _files_below(os.path.join(self.root, name))
            if takes(path)
        ]
        empty = set(self.classes) - {self.classes[number] for _, number in self.samples}
        if empty and not allow_empty:
            raise FileNotFoundError(f"no image was found of the classes {', '.join(sorted(empty))}")
        self.imgs = self.samples
        self.targets = [number for _, number in self.samples]

    def __getitem__(self, index):
        path, target = self.samples[index]
        return self._changed(self.loader(path), target)

    def __len__(self):
        return len(self.samples)


def _files_below(folder):
    for place, _, names in sorted(os.walk(folder, followlinks=True)):
        yield from (os.path.join(place, name) for name in sorted(names))
