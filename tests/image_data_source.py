"""Images read from files and changed before they are batched, as training scripts have them."""

from pathlib import Path

import numpy as np
import torch
import torchvision.transforms.functional as TF
from PIL import Image
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms
from torchvision.transforms import InterpolationMode, v2
from torchvision.utils import make_grid, save_image


class Squares(datasets.VisionDataset):
    """Images that are computed."""

    def __init__(self, root, transform=None):
        super().__init__(root, transform=transform)
        self.sizes = [4, 6, 9]

    def __getitem__(self, index):
        image = Image.new("L", (12, 12), 10 * self.sizes[index])
        if self.transform is not None:
            image = self.transform(image)
        return image, self.sizes[index]

    def __len__(self):
        return len(self.sizes)


def digits(root):
    """A batch of digits with the usual transforms, and what the data set tells of itself."""
    transform = transforms.Compose([
        transforms.Resize((14, 14)),
        transforms.ToTensor(),
        transforms.Normalize((0.1307,), (0.3081,)),
    ])
    data = datasets.MNIST(root, train=True, download=False, transform=transform)
    images, labels = next(iter(DataLoader(data, batch_size=8)))
    total = data.data.float().mean()
    first = data[0][0]
    return images, labels, total, data.targets, first, len(data), data.classes, data.class_to_idx["7 - seven"]


def photographs(root):
    """A part of CIFAR10, with a target that is changed too."""
    data = datasets.CIFAR10(
        str(root), train=False, transform=transforms.ToTensor(), target_transform=lambda label: label + 100
    )
    loader = DataLoader(Subset(data, [3, 1, 2]), batch_size=2)
    return [list(batch) for batch in loader], data.data, data.targets, data.classes


def clothes(root):
    """A data set that has its constructor from another one, with all arguments by name."""
    data = datasets.FashionMNIST(root=root, train=False, transform=transforms.ToTensor(), download=False)
    return data[4], len(data), data.classes[3]


def folders(root):
    """Images in a folder for each class."""
    data = datasets.ImageFolder(Path(root) / "pets", transform=transforms.PILToTensor())
    pairs = [(image, label) for image, label in data]
    return pairs, data.classes, data.targets, [Path(path).name for path, _ in data.samples]


def computed(root):
    """A data set of the user's own."""
    data = Squares(root, transforms.Compose([transforms.CenterCrop(5), transforms.ToTensor()]))
    images, sizes = next(iter(DataLoader(data, batch_size=3)))
    return images, sizes


def shapes(image):
    """Images of PIL in other sizes and forms."""
    return [
        transforms.Resize(20)(image),
        transforms.Resize(15, interpolation=InterpolationMode.BICUBIC)(image),
        transforms.Resize((11, 7), Image.NEAREST)(image),
        transforms.Resize(30, max_size=35)(image),
        transforms.CenterCrop((9, 12))(image),
        transforms.CenterCrop(40)(image),
        transforms.Pad(2)(image),
        transforms.Pad((1, 3), fill=7)(image),
        transforms.Pad((1, 2, 3, 4), padding_mode="reflect")(image),
        transforms.Grayscale()(image),
        transforms.Grayscale(num_output_channels=3)(image),
        TF.hflip(image),
        TF.vflip(image),
        TF.resize(image, [8, 9]),
        TF.center_crop(image, 6),
        TF.pad(image, 3, padding_mode="edge"),
    ]


def certain(image):
    """Random transforms that leave no choice."""
    return [
        transforms.RandomHorizontalFlip(p=1.0)(image),
        transforms.RandomVerticalFlip(p=0.0)(image),
        transforms.RandomCrop((24, 30))(image),
        transforms.RandomRotation((30, 30), fill=9)(image),
        transforms.RandomGrayscale(p=1.0)(image),
        transforms.RandomApply([transforms.RandomHorizontalFlip(1.0), transforms.CenterCrop(8)], p=1.0)(image),
        transforms.ColorJitter(brightness=(0.5, 0.5))(image),
        transforms.ColorJitter(contrast=(1.5, 1.5))(image),
        transforms.ColorJitter(saturation=(0.2, 0.2))(image),
        transforms.ColorJitter(hue=(-0.3, -0.3))(image),
        transforms.RandomResizedCrop((10, 10), scale=(1.0, 1.0), ratio=(30 / 24, 30 / 24))(image),
    ]


def random_sizes(image):
    """The shapes of what random transforms give."""
    change = transforms.Compose([
        transforms.RandomResizedCrop(16),
        transforms.RandomCrop(16, padding=4),
        transforms.ColorJitter(0.4, 0.4, 0.4, 0.1),
        transforms.RandomRotation(10),
        transforms.ToTensor(),
        transforms.Lambda(lambda x: x.flatten()),
    ])
    return [tuple(change(image).shape) for _ in range(3)], tuple(transforms.RandomCrop(40, pad_if_needed=True)(image).size)


def arrays(image):
    """Images that are arrays."""
    x = TF.to_tensor(image)
    y = TF.normalize(x, [0.5, 0.4, 0.3], [0.2, 0.3, 0.4])
    pixels = np.asarray(image)
    return [
        x,
        y,
        transforms.ToTensor()(pixels),
        transforms.ToTensor()(pixels.astype(np.float32)),
        transforms.Normalize(0.5, 0.25)(x),
        transforms.CenterCrop(10)(x),
        TF.hflip(x),
        TF.vflip(x),
        transforms.Pad(1, fill=0.5)(x),
    ]


def newer(image):
    """The transforms of torchvision's second version."""
    change = v2.Compose([
        v2.ToImage(),
        v2.CenterCrop(12),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(mean=[0.5], std=[0.25]),
    ])
    return change(image), v2.ToDtype(torch.float32)(v2.PILToTensor()(image)), TF.crop(image, 3, 4, 10, 8)


def grids(root):
    """Images put together, and written."""
    torch.manual_seed(0)
    values = np.linspace(-1, 2, 5 * 3 * 4 * 6).reshape(5, 3, 4, 6)
    images = torch.tensor(values, dtype=torch.float32)
    save_image(images, Path(root) / "grid.png", nrow=3, normalize=True)
    written = np.asarray(Image.open(Path(root) / "grid.png"))
    return [
        make_grid(images, nrow=2),
        make_grid(images[:, :1], padding=1, pad_value=0.5),
        make_grid(images, normalize=True, value_range=(-0.5, 1.0)),
        make_grid(images, normalize=True, scale_each=True),
        make_grid(images[0]),
        written,
    ]
