"""Models with images (N, C, H, W) in the styles of many repositories, which ``--layout native`` rewrites."""

from collections import OrderedDict
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn


class ConvBNReLU(nn.Sequential):
    def __init__(self, in_planes, out_planes, kernel_size=3, stride=1, groups=1, norm_layer=nn.BatchNorm2d):
        padding = (kernel_size - 1) // 2
        super().__init__(
            nn.Conv2d(in_planes, out_planes, kernel_size, stride, padding, groups=groups, bias=False),
            norm_layer(out_planes),
            nn.ReLU6(inplace=True),
        )


class SqueezeExcite(nn.Module):
    def __init__(self, channels, reduction=4):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, x):
        scale = x.mean((2, 3), keepdim=True)
        scale = self.fc2(F.relu(self.fc1(scale), inplace=True))
        return x * scale.sigmoid()


class InvertedResidual(nn.Module):
    def __init__(self, inp, oup, stride, expand_ratio, use_se=False):
        super().__init__()
        hidden = int(round(inp * expand_ratio))
        self.use_res_connect = stride == 1 and inp == oup
        layers = []
        if expand_ratio != 1:
            layers.append(ConvBNReLU(inp, hidden, kernel_size=1))
        layers.append(ConvBNReLU(hidden, hidden, stride=stride, groups=hidden))
        if use_se:
            layers.append(SqueezeExcite(hidden))
        layers.extend([nn.Conv2d(hidden, oup, 1, 1, 0, bias=False), nn.BatchNorm2d(oup)])
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        if self.use_res_connect:
            return x + self.conv(x)
        else:
            return self.conv(x)


class MobileNet(nn.Module):
    def __init__(self, num_classes=10, width_mult=1.0):
        super().__init__()
        settings = [[1, 8, 1, 1], [6, 16, 2, 2], [4, 24, 1, 2]]
        channel = int(8 * width_mult)
        features = [ConvBNReLU(3, channel, stride=2)]
        for t, c, n, s in settings:
            for i in range(n):
                out = int(c * width_mult)
                features.append(InvertedResidual(channel, out, s if i == 0 else 1, t, use_se=i > 0))
                channel = out
        features.append(ConvBNReLU(channel, 32, kernel_size=1))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(32, num_classes))
        self._initialize_weights()

    def _initialize_weights(self):
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out")
                if m.bias is not None:
                    nn.init.zeros_(m.bias)
            elif isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, 0, 0.01)

    def forward(self, x):
        x = self.features(x)
        x = nn.functional.adaptive_avg_pool2d(x, (1, 1)).reshape(x.shape[0], -1)
        return self.classifier(x)


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x):
        x = x.permute(0, 2, 3, 1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    def __init__(self, dim, layer_scale=1e-6):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(layer_scale * torch.ones(dim)) if layer_scale > 0 else None

    def forward(self, x):
        shortcut = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)  # (N, C, H, W) -> (N, H, W, C)
        x = self.norm(x)
        x = self.pwconv2(self.act(self.pwconv1(x)))
        if self.gamma is not None:
            x = self.gamma * x
        x = x.permute(0, 3, 1, 2)
        return shortcut + x


class ConvNeXt(nn.Module):
    def __init__(self, depths=(2, 2), dims=(16, 32), num_classes=10):
        super().__init__()
        self.downsample_layers = nn.ModuleList()
        stem = nn.Sequential(nn.Conv2d(3, dims[0], kernel_size=4, stride=4), LayerNorm2d(dims[0], eps=1e-6))
        self.downsample_layers.append(stem)
        for i in range(1):
            layer = nn.Sequential(LayerNorm2d(dims[i]), nn.Conv2d(dims[i], dims[i + 1], kernel_size=2, stride=2))
            self.downsample_layers.append(layer)
        self.stages = nn.ModuleList()
        for i in range(2):
            self.stages.append(nn.Sequential(*[ConvNeXtBlock(dim=dims[i]) for _ in range(depths[i])]))
        self.norm = nn.LayerNorm(dims[-1], eps=1e-6)
        self.head = nn.Linear(dims[-1], num_classes)

    def forward_features(self, x):
        for i in range(2):
            x = self.downsample_layers[i](x)
            x = self.stages[i](x)
        return self.norm(x.mean([-2, -1]))

    def forward(self, x):
        return self.head(self.forward_features(x))


class DoubleConv(nn.Module):
    def __init__(self, in_channels, out_channels, mid_channels=None):
        super().__init__()
        if not mid_channels:
            mid_channels = out_channels
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, mid_channels, kernel_size=3, padding=1, bias=False),
            nn.GroupNorm(2, mid_channels),
            nn.PReLU(mid_channels),
            nn.Conv2d(mid_channels, out_channels, kernel_size=3, padding=1, padding_mode="reflect"),
            nn.InstanceNorm2d(out_channels, affine=True),
            nn.LeakyReLU(0.1),
        )

    def forward(self, x):
        return self.double_conv(x)


class Up(nn.Module):
    def __init__(self, in_channels, out_channels, bilinear=True):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = DoubleConv(in_channels, out_channels, in_channels // 2)
        else:
            self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, kernel_size=2, stride=2)
            self.conv = DoubleConv(in_channels // 2 + out_channels, out_channels)

    def forward(self, x1, x2):
        x1 = self.up(x1)
        diff_y = x2.size()[2] - x1.size()[2]
        diff_x = x2.size(3) - x1.size(3)
        x1 = F.pad(x1, [diff_x // 2, diff_x - diff_x // 2, diff_y // 2, diff_y - diff_y // 2])
        x = torch.cat([x2, x1], dim=1)
        return self.conv(x)


class UNet(nn.Module):
    """Segmentation: the maps that it gives are images too."""

    def __init__(self, n_channels=3, n_classes=2, bilinear=True):
        super().__init__()
        self.inc = DoubleConv(n_channels, 8)
        self.down1 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(8, 16))
        self.down2 = nn.Sequential(nn.AvgPool2d(2, ceil_mode=True), DoubleConv(16, 16))
        self.up1 = Up(32, 8, bilinear)
        self.up2 = Up(16, 8, bilinear)
        self.side = nn.Conv2d(16, n_classes, 1)
        self.outc = nn.Conv2d(8, n_classes, kernel_size=1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        out = self.outc(self.up2(self.up1(x3, x2), x1))
        side = F.interpolate(self.side(x3), size=x.shape[2:], mode="nearest")
        return out + side


def channel_shuffle(x, groups: int):
    batch, channels, height, width = x.size()
    x = x.view(batch, groups, channels // groups, height, width)
    x = torch.transpose(x, 1, 2).contiguous()
    return x.view(batch, -1, height, width)


class ShuffleUnit(nn.Module):
    def __init__(self, channels=16):
        super().__init__()
        branch = channels // 2
        self.branch = nn.Sequential(
            OrderedDict(
                [
                    ("pw", nn.Conv2d(branch, branch, 1)),
                    ("bn", nn.BatchNorm2d(branch)),
                    ("act", nn.Hardswish()),
                ]
            )
        )

    def forward(self, x):
        x1, x2 = x.chunk(2, dim=1)
        out = torch.cat((x1, self.branch(x2)), dim=1)
        return channel_shuffle(out, 2)


class ShuffleNet(nn.Module):
    def __init__(self, channels=16, units=2):
        super().__init__()
        self.stem = nn.Conv2d(3, channels, 3, 2, 1)
        self.units = nn.ModuleList([ShuffleUnit(channels) for _ in range(units)])
        self.bias = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.scale = nn.Parameter(torch.ones(channels, 1, 1))
        self.pool = nn.AdaptiveAvgPool2d((2, 2))
        self.flat = nn.Flatten()
        self.fc = nn.Linear(4 * channels, 5)

    def forward(self, x):
        x = self.stem(x)
        for unit in self.units:
            x = unit(x)
        x = x * self.scale + self.bias
        x = x + x[:, :4].mean(dim=1, keepdim=True) + x[:, 3:4, 1:2, :]
        return self.fc(self.flat(self.pool(x)))


class PatchEmbed(nn.Module):
    def __init__(self, img_size=32, patch_size=8, in_chans=3, embed_dim=24, norm_layer=None, flatten=True):
        super().__init__()
        self.img_size = (img_size, img_size)
        self.num_patches = (img_size // patch_size) ** 2
        self.proj = nn.Conv2d(in_chans, embed_dim, kernel_size=patch_size, stride=patch_size)
        self.norm = norm_layer(embed_dim) if norm_layer else nn.Identity()

    def forward(self, x):
        B, C, H, W = x.shape
        assert H == self.img_size[0] and W == self.img_size[1], f"size ({H}*{W}) is wrong"
        x = self.proj(x).flatten(2).transpose(1, 2)
        return self.norm(x)


class Encoder(nn.Module):
    def __init__(self, dim, heads, norm_layer=partial(nn.LayerNorm, eps=1e-6)):  # noqa: B008
        super().__init__()
        self.norm = norm_layer(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)

    def forward(self, x):
        y = self.norm(x)
        return x + self.attn(y, y, y, need_weights=False)[0]


class SmallViT(nn.Module):
    def __init__(self, dim=24, depth=2, heads=3, num_classes=7):
        super().__init__()
        self.patch_embed = PatchEmbed(embed_dim=dim, norm_layer=nn.LayerNorm)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.patch_embed.num_patches + 1, dim))
        self.blocks = nn.ModuleList([Encoder(dim, heads) for _ in range(depth)])
        self.head = nn.Linear(dim, num_classes)

    def forward(self, x):
        x = self.patch_embed(x)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1)
        x = x + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.head(x[:, 0])


class SuperResolution(nn.Module):
    """Pixel shuffling, a layer chosen by a string, arithmetic over channels."""

    def __init__(self, upscale_factor=2, act="relu", norm=True):
        super().__init__()
        acts = {"relu": nn.ReLU, "silu": nn.SiLU}
        self.act = acts[act]()
        self.conv1 = nn.Conv2d(3, 16, 5, padding=2)
        self.norm = nn.BatchNorm2d(16) if norm else nn.Identity()
        self.conv2 = nn.Conv2d(16, 3 * upscale_factor**2, 3, padding=1)
        self.shuffle = nn.PixelShuffle(upscale_factor)
        self.register_buffer("mean", torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1))

    def forward(self, x):
        y = (x - self.mean) / x.std(dim=(1, 2, 3), keepdim=True)
        y = self.act(self.norm(self.conv1(y)))
        y = self.shuffle(self.conv2(y))
        up = F.interpolate(x, scale_factor=2, mode="bicubic", align_corners=False)
        weights = torch.softmax(y, dim=1)
        return torch.clamp(up + weights * y, 0.0, 1.0)


class Waves(nn.Module):
    """Images of one axis (N, C, L)."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(4, 8, 3, padding=1), nn.BatchNorm1d(8), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(8, 8, 3, dilation=2)
        )
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        y = self.net(x)
        return self.head(y.mean(-1))


# Class -> the shape of its input, and whether its output has channels last as well.
MODELS = {
    "MobileNet": ((2, 3, 32, 32), False),
    "ConvNeXt": ((2, 3, 32, 32), False),
    "UNet": ((2, 3, 20, 24), True),
    "ShuffleNet": ((2, 3, 17, 16), False),
    "SmallViT": ((2, 3, 32, 32), False),
    "SuperResolution": ((2, 3, 9, 8), True),
    "Waves": ((2, 4, 20), False),
}
