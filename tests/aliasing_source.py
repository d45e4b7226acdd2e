"""Functions that change arrays in place, seen through views, arguments, loops and lists."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def view_then_write(x: Tensor):
    y = x[0]
    y += 1
    return x


def view_method(x: Tensor):
    y = x.view(-1)
    y.mul_(2)
    return x + 1


def alias(x: Tensor):
    y = x
    y[0] = 7
    return x


def base_written(x: Tensor):
    row = x[1]
    x[1] = 0
    return row


def chunk_views(x: Tensor):
    a, b = x.chunk(2)
    a.add_(1)
    return x


def split_function(x: Tensor):
    a, b = torch.split(x, 2)
    b.mul_(3)
    return x


def only_mutates(x: Tensor):
    x.mul_(3)


def only_sets(x: Tensor):
    x[0] = 3


def loop_over_rows(x: Tensor):
    for i in range(3):
        row = x[i]
        row *= i
    return x


def transposed(x: Tensor):
    y = x.transpose(0, 1)
    y.fill_(0)
    return x


def in_list(x: Tensor):
    parts = [x, x * 2]
    for part in parts:
        part.add_(1)
    return parts


def clone_is_free(x: Tensor):
    y = x.clone()
    y[0] = 1
    y[:, 1] += 2
    z = y * 2
    z.add_(1)
    return x, y, z


def rebound(x: Tensor):
    x = x * 2
    x.clamp_(min=0)
    x[x > 3] = 3.0
    return x


def chain(x: Tensor):
    y = x + 1
    y.mul_(2).add_(x)
    return y


def repeated_index(x: Tensor):
    y = x.clone()
    index = torch.tensor([0, 0, 1])
    y[index] += 1
    return y


def nested_item(x: Tensor):
    y = x.clone()
    y[1][2] = 5
    y[2, 1:] *= 2
    return y


def int_beside_array(x: Tensor):
    y = torch.stack([x, x * 2])
    return y[0, :, torch.tensor([1, 0])]


def returned_in_place(x: Tensor):
    y = x + 0
    return y.sub_(1).div_(2)


def selected_by_mask(x: Tensor, y: Tensor = None):
    mask = x > 0
    chosen = x[mask]
    chosen += 1
    return chosen, x


class Holder:
    def __init__(self, items):
        self.items = items


def attribute_of_unknown(x):
    return _filled(Holder(x.clone()), x > 0)


def _filled(holder, chosen: torch.Tensor):
    holder.items[~chosen] = 0.0
    holder.items[chosen] += 1.0
    return holder.items


def int_behind_an_ellipsis(x):
    t = torch.tensor([1, 0])
    y = x.reshape(2, 2, 2, 2)
    return y[t, ..., 1, None, :], y[..., 0, :, t], y[t, :, 1]


def int_beside_array_assigned(x):
    t = torch.tensor([1, 0])
    y = (x * 2).reshape(2, 2, 4)
    y[0, :, t] = y[1, :, t] * 3
    y[t, ..., 1] += x[0, :2]
    return y


def view_added_to(x):
    b = x.view(2, -1)
    b[:, 1] += 2.0
    return x


def view_added_to_and_used(x):
    y = x * 2
    b = y.view(2, -1)
    b[:, 1] *= 3.0
    return y, b


def data_of_a_view(x):
    b = (x + 1).view(2, -1)
    b.data[:, 1] += 2.0
    b.data[0] = 5.0
    return b


def diagonal_added_to(x):
    y = x.clone()
    y.diagonal(dim1=-2, dim2=-1).add_(2.0)
    torch.diagonal(y, offset=1, dim1=-1, dim2=-2).zero_()
    return y


def narrowed_and_filled(x):
    y = x * 2
    y.narrow(-1, 0, 1).fill_(2.0)
    y.narrow(0, 1, 2).mul_(3).sub_(x.narrow(0, 0, 2))
    y.select(1, 2).copy_(x[0])
    return y


def narrowed_along(x, axis=-2, first=-1):
    y = x.new_empty((5, 4))
    y.narrow(axis, 0, 1).zero_()
    torch.cumsum(x, dim=axis, out=y.narrow(axis, 1, x.size(axis)))
    y.narrow(axis, first, 1).mul_(2)
    y.select(axis, 2).add_(1)
    return y


def function_in_place(x):
    y = x - 0.5
    F.relu(y, inplace=True)
    torch.sigmoid_(y)
    return y


def function_in_place_and_used(x):
    y = x - 0.5
    z = F.leaky_relu(y, 0.1, inplace=True)
    w = F.elu_(z + 1)
    return y + z, w


def function_in_place_rebound(x):
    y = x * 1
    y = F.relu(y, True)
    return y * 2


def function_in_place_beside(x):
    y = x * 1
    return y + F.relu(y, inplace=True)


def function_in_place_of_alias(x):
    y = x
    z = F.relu_(y)
    return z + x


class _Unit(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ELU(inplace=True)
        self.part = nn.Sequential(nn.ReLU(True), nn.Identity())

    def forward(self, x):
        y = self.act(x)
        self.act(y)
        return y * 2 + x

    def through_part(self, x):
        return self.part(x) * 2, x


def layer_in_place(x):
    return _Unit()(x * 1)


class _Again(_Unit):
    def forward(self, x):
        y = self.act(x)
        y = y * 2
        return y + x


def layer_in_place_and_used(x):
    return _Again()(x * 1)


def sequence_in_place(x):
    return _Unit().through_part(x * 1)


def larger_and_swapped(x: Tensor):
    return _larger(x, x.T)


def _larger(x, y):
    z = torch.max(x - y, torch.min(y, x))
    return z.transpose(0, 1), torch.max(x, y).transpose(0, 1), z.mean(1)
