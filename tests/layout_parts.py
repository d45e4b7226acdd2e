"""Layers and expressions one by one, each in a model of its own: what ``--layout native`` makes of them is compared."""

# A layer and the shape of its input.
LAYERS = [
    ("nn.Conv1d(4, 6, 3, stride=2, padding=1)", (2, 4, 11)),
    ("nn.Conv2d(4, 6, (3, 5), stride=(1, 2), padding='valid', groups=2)", (2, 4, 9, 10)),
    ("nn.Conv2d(4, 4, 3, padding='same', dilation=2, bias=False)", (2, 4, 9, 10)),
    ("nn.Conv2d(4, 8, 3, padding=1, groups=4, padding_mode='circular')", (2, 4, 9, 10)),
    ("nn.Conv3d(2, 3, 3, padding=1, padding_mode='replicate')", (1, 2, 5, 6, 7)),
    ("nn.ConvTranspose1d(4, 6, 3, stride=2, padding=1, output_padding=1)", (2, 4, 7)),
    ("nn.ConvTranspose2d(4, 6, (3, 4), stride=2, groups=2)", (2, 4, 5, 6)),
    ("nn.ConvTranspose3d(2, 3, 2, stride=2, bias=False)", (1, 2, 3, 4, 5)),
    ("nn.BatchNorm1d(4)", (3, 4, 5)),
    ("nn.BatchNorm2d(4, affine=False)", (3, 4, 5, 6)),
    ("nn.BatchNorm3d(4, track_running_stats=False)", (2, 4, 3, 2, 3)),
    ("nn.SyncBatchNorm(4)", (3, 4, 5, 6)),
    ("nn.GroupNorm(2, 4)", (3, 4, 5, 6)),
    ("nn.InstanceNorm1d(4)", (3, 4, 5)),
    ("nn.InstanceNorm2d(4, affine=True, track_running_stats=True)", (3, 4, 5, 6)),
    ("nn.InstanceNorm3d(2)", (2, 2, 3, 4, 5)),
    ("nn.MaxPool1d(3, 2, 1)", (2, 3, 10)),
    ("nn.MaxPool2d((2, 3), stride=2, padding=1, ceil_mode=True)", (2, 3, 10, 11)),
    ("nn.MaxPool3d(2)", (1, 2, 4, 5, 6)),
    ("nn.AvgPool1d(3, 2, 1)", (2, 3, 10)),
    ("nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)", (2, 3, 9, 10)),
    ("nn.AvgPool3d(2, divisor_override=3)", (1, 2, 4, 5, 6)),
    ("nn.AdaptiveAvgPool1d(3)", (2, 3, 10)),
    ("nn.AdaptiveAvgPool2d((3, None))", (2, 3, 10, 4)),
    ("nn.AdaptiveAvgPool3d(2)", (1, 2, 4, 5, 6)),
    ("nn.PReLU(3)", (2, 3, 4, 5)),
    ("nn.PReLU()", (2, 3, 4, 5)),
    ("nn.PixelShuffle(2)", (2, 8, 3, 4)),
    ("nn.PixelUnshuffle(2)", (2, 2, 6, 8)),
    ("nn.Upsample(scale_factor=2, mode='bilinear')", (2, 3, 4, 5)),
    ("nn.Upsample(size=(7, 9), mode='nearest')", (2, 3, 4, 5)),
    ("nn.Upsample(size=9, mode='linear')", (2, 3, 4)),
    ("nn.UpsamplingNearest2d(scale_factor=3)", (2, 3, 4, 5)),
    ("nn.UpsamplingBilinear2d(scale_factor=2)", (2, 3, 4, 5)),
    ("nn.Flatten()", (2, 3, 4, 5)),
    ("nn.Dropout1d(0.5)", (2, 3, 4)),
    ("nn.Dropout2d(0.5)", (2, 3, 4, 5)),
    ("nn.Dropout3d(0.5)", (2, 3, 4, 5, 2)),
]

# What a model returns of images x of this shape, and whether that is an image with channels last as well.
EXPRESSIONS = [
    ("F.conv1d(x, torch.ones(2, 3, 3), padding=1)", (2, 3, 8), True),
    ("F.conv2d(x, torch.ones(4, 1, 3, 3), stride=2, groups=2)", (2, 2, 8, 9), True),
    ("F.conv3d(x, torch.ones(2, 3, 2, 2, 2))", (1, 3, 3, 4, 5), True),
    ("F.conv_transpose1d(x, torch.ones(3, 2, 3), stride=2)", (2, 3, 8), True),
    ("F.conv_transpose2d(x, torch.ones(3, 2, 3, 3), stride=2, padding=1)", (2, 3, 4, 5), True),
    ("F.conv_transpose3d(x, torch.ones(3, 2, 2, 2, 2))", (1, 3, 3, 4, 5), True),
    ("F.max_pool1d(x, 2)", (2, 3, 8), True),
    ("F.max_pool2d(x, 3, stride=2, padding=1)", (2, 3, 8, 9), True),
    ("F.max_pool3d(x, 2)", (1, 3, 4, 4, 4), True),
    ("F.avg_pool1d(x, 3, 2, 1)", (2, 3, 8), True),
    ("F.avg_pool2d(x, 2, ceil_mode=True)", (2, 3, 7, 9), True),
    ("F.avg_pool3d(x, 2)", (1, 3, 4, 4, 4), True),
    ("F.adaptive_avg_pool1d(x, 3)", (2, 3, 8), True),
    ("F.adaptive_avg_pool2d(x, (2, 3))", (2, 3, 8, 9), True),
    ("F.adaptive_avg_pool3d(x, 1)", (2, 3, 4, 4, 4), True),
    ("F.batch_norm(x, torch.zeros(3), torch.ones(3) * 2, training=False)", (2, 3, 4, 5), True),
    ("F.instance_norm(x)", (2, 3, 4, 5), True),
    ("F.group_norm(x, 3, torch.ones(6) * 2, torch.ones(6))", (2, 6, 4, 5), True),
    ("F.interpolate(x, scale_factor=1.5, mode='bilinear', align_corners=False)", (2, 3, 4, 6), True),
    ("F.interpolate(x, size=(3, 4), mode='area')", (2, 3, 6, 8), True),
    ("F.interpolate(x, size=(3, 4), mode='bicubic', antialias=True)", (2, 3, 6, 8), True),
    ("F.pad(x, (1, 2))", (2, 3, 4, 5), True),
    ("F.pad(x, (1, 2, 0, 1), mode='reflect')", (2, 3, 4, 5), True),
    ("F.pad(x, (1, 2, 0, 1, 2, 0), value=3.0)", (2, 3, 4, 5), True),
    ("F.pixel_shuffle(x, 2)", (2, 4, 3, 5), True),
    ("F.pixel_unshuffle(x, 2)", (2, 3, 4, 6), True),
    ("F.dropout2d(x, 0.5, training=False)", (2, 3, 4, 5), True),
    ("x.flip(1)", (2, 3, 4, 5), True),
    ("x.flip([2, 3])", (2, 3, 4, 5), True),
    ("x.amax((2, 3))", (2, 3, 4, 5), True),
    ("x.max(dim=1)[0]", (2, 3, 4, 5), False),
    ("x.max(1, keepdim=True).values", (2, 3, 4, 5), True),
    ("x.sum()", (2, 3, 4, 5), True),
    ("x.mean(2)", (2, 3, 4, 5), True),
    ("x.mean(1)", (2, 3, 4, 5), False),
    ("x.mean(0)", (2, 3, 4, 5), False),
    ("x.mean(dim=(0, 2, 3))", (2, 3, 4, 5), True),
    ("x.mean((2, 3), True)", (2, 3, 4, 5), True),
    ("x.var(dim=[1, 2], unbiased=False)", (2, 3, 4, 5), True),
    ("x.argmax(1)", (2, 3, 4, 5), False),
    ("x.argmax(dim=2)", (2, 3, 4, 5), False),
    ("x.cumsum(dim=-1)", (2, 3, 4, 5), True),
    ("F.softmax(x, dim=1)", (2, 3, 4, 5), True),
    ("F.glu(x, dim=1)", (2, 4, 4, 5), True),
    ("F.normalize(x)", (2, 3, 4, 5), True),
    ("F.normalize(x, dim=1)", (2, 3, 4, 5), True),
    ("x[:, 0]", (2, 3, 4, 5), False),
    ("x[:, 1:]", (2, 3, 4, 5), True),
    ("x[..., 1]", (2, 3, 4, 5), True),
    ("x[0]", (2, 3, 4, 5), False),
    ("x[:, :, 1:, ::2]", (2, 3, 4, 5), True),
    ("x[:, None]", (2, 3, 4, 5), False),
    ("x[:, [2, 0]]", (2, 3, 4, 5), False),
    ("x[:, :, 0]", (2, 3, 4, 5), True),
    ("x[:, -1:, 0]", (2, 3, 4, 5), True),
    ("x.permute(0, 2, 3, 1)", (2, 3, 4, 5), False),
    ("x.permute(1, 0, 3, 2)", (2, 3, 4, 5), False),
    ("x.transpose(1, 2)", (2, 3, 4, 5), False),
    ("x.transpose(-1, -2)", (2, 3, 4, 5), False),
    ("x.flatten(2)", (2, 3, 4, 5), True),
    ("x.flatten(2).permute(0, 2, 1)", (2, 3, 4, 5), False),
    ("x.flatten(1)", (2, 3, 4, 5), True),
    ("x.reshape(-1)", (2, 3, 4, 5), True),
    ("x.view(x.size(0), x.shape[1], -1)", (2, 3, 4, 5), False),
    ("torch.stack([x.mean(1), x.sum(1)], dim=1)", (2, 3, 4, 5), False),
    ("torch.cat([x, x.mean(1, keepdim=True)], 1)", (2, 3, 4, 5), True),
    ("torch.cat([x, torch.ones(2, 3, 1, 5)], dim=-2)", (2, 3, 4, 5), True),
    ("sum(x.split([1, 2], dim=2)[0].shape) * x", (2, 3, 3, 5), False),
    ("x * torch.arange(5)", (2, 3, 4, 5), True),
    ("x + torch.ones(4, 5).cumsum(0)", (2, 3, 4, 5), True),
    ("x - torch.arange(3.0).view(3, 1, 1)", (2, 3, 4, 5), True),
    ("x @ x.transpose(2, 3)", (2, 3, 4, 5), False),
    ("torch.where(x > 0, x, torch.zeros_like(x))", (2, 3, 4, 5), True),
    ("x.squeeze(-1).squeeze(-1)", (2, 3, 1, 1), True),
    ("F.adaptive_avg_pool2d(x, 1).squeeze(3).squeeze(2)", (2, 3, 4, 5), True),
    ("F.adaptive_avg_pool2d(x, 1).view(-1, 3)", (2, 3, 4, 5), True),
    ("F.adaptive_avg_pool2d(x, 1)[:, :, 0, 0]", (2, 3, 4, 5), True),
    ("F.unfold(x, 2)", (2, 3, 4, 5), False),
    ("x.repeat(1, 2, 1, 1)", (2, 3, 4, 5), False),
    ("x.unsqueeze(2)", (2, 3, 4, 5), False),
    ("F.cosine_similarity(x, x * 2, dim=1)", (2, 3, 4, 5), False),
    ("x.std(1)", (2, 3, 4, 5), False),
    ("torch.linalg.norm(x, dim=1)", (2, 3, 4, 5), False),
    ("x.norm(dim=1, keepdim=True)", (2, 3, 4, 5), False),
    ("torch.einsum('bchw->bhwc', x)", (2, 3, 4, 5), False),
    ("x.roll(1, dims=2)", (2, 3, 4, 5), True),
    ("torch.roll(x, shifts=(1, 2), dims=(2, 3))", (2, 3, 4, 5), True),
    ("x.narrow(1, 1, 2)", (2, 3, 4, 5), True),
    ("x.unbind(1)[0]", (2, 3, 4, 5), False),
    ("torch.tile(x, (1, 1, 2, 1))", (2, 3, 4, 5), False),
    ("x.chunk(2, 2)[1]", (2, 3, 4, 5), True),
    ("x.topk(2, dim=1)[0]", (2, 3, 4, 5), False),
    ("x.sort(dim=1).values", (2, 3, 4, 5), False),
    ("x.numel() * x", (2, 3, 4, 5), True),
    ("x.T.shape[0] + x", (2, 3, 4, 5), False),
    ("x.reshape(x.shape)", (2, 3, 4, 5), False),
    ("x.new_ones(x.shape)", (2, 3, 4, 5), False),
    ("torch.zeros(x.size()) + x", (2, 3, 4, 5), False),
    ("x.expand(2, 2, 3, 4, 5)", (2, 3, 4, 5), False),
    ("x.max(torch.zeros(3, 1, 1))", (2, 3, 4, 5), True),
    ("x.clamp(min=0).pow(2).add(1)", (2, 3, 4, 5), True),
    ("x.masked_fill(x > 0, 0.0)", (2, 3, 4, 5), True),
    ("x.gather(1, torch.zeros(2, 1, 4, 5, dtype=torch.int64))", (2, 3, 4, 5), True),
    ("x.index_select(1, torch.tensor([2, 0]))", (2, 3, 4, 5), True),
    ("F.layer_norm(x, (5,))", (2, 3, 4, 5), True),
    ("F.linear(x, torch.ones(2, 5))", (2, 3, 4, 5), True),
]

_LAYER = """

class Layer{number}(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = {layer}

    def forward(self, x):
        return self.layer(x)
"""
_EXPRESSION = """

class Expression{number}(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv{rank}d({channels}, {channels}, 1)

    def forward(self, x):
        x = self.conv(x)
        return {expression}
"""


def module_text():
    """A module with a class for each layer and expression, and MODELS as in ``layout_source.py``."""
    parts = ["import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"]
    models = {}
    for number, (layer, shape) in enumerate(LAYERS):
        parts.append(_LAYER.format(number=number, layer=layer))
        models[f"Layer{number}"] = (shape, layer != "nn.Flatten()")
    for number, (expression, shape, gives_image) in enumerate(EXPRESSIONS):
        facts = {"rank": len(shape) - 2, "channels": shape[1], "expression": expression}
        parts.append(_EXPRESSION.format(number=number, **facts))
        models[f"Expression{number}"] = (shape, gives_image)
    return "".join(parts) + f"\n\nMODELS = {models!r}\n"
