"""One layer or one expression each: what `--layout native` makes of it is compared with PyTorch."""

import torch
import torch.nn.functional as F
from torch import nn


class Layer0(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv1d(4, 6, 3, stride=2, padding=1)

    def forward(self, x):
        return self.layer(x)


class Layer1(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(4, 6, (3, 5), stride=(1, 2), padding='valid', groups=2)

    def forward(self, x):
        return self.layer(x)


class Layer2(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(4, 4, 3, padding='same', dilation=2, bias=False)

    def forward(self, x):
        return self.layer(x)


class Layer3(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(4, 8, 3, padding=1, groups=4, padding_mode='circular')

    def forward(self, x):
        return self.layer(x)


class Layer4(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv3d(2, 3, 3, padding=1, padding_mode='replicate')

    def forward(self, x):
        return self.layer(x)


class Layer5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.ConvTranspose1d(4, 6, 3, stride=2, padding=1, output_padding=1)

    def forward(self, x):
        return self.layer(x)


class Layer6(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.ConvTranspose2d(4, 6, (3, 4), stride=2, groups=2)

    def forward(self, x):
        return self.layer(x)


class Layer7(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.ConvTranspose3d(2, 3, 2, stride=2, bias=False)

    def forward(self, x):
        return self.layer(x)


class Layer8(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.BatchNorm1d(4)

    def forward(self, x):
        return self.layer(x)


class Layer9(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.BatchNorm2d(4, affine=False)

    def forward(self, x):
        return self.layer(x)


class Layer10(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.BatchNorm3d(4, track_running_stats=False)

    def forward(self, x):
        return self.layer(x)


class Layer11(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.SyncBatchNorm(4)

    def forward(self, x):
        return self.layer(x)


class Layer12(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.GroupNorm(2, 4)

    def forward(self, x):
        return self.layer(x)


class Layer13(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.InstanceNorm1d(4)

    def forward(self, x):
        return self.layer(x)


class Layer14(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.InstanceNorm2d(4, affine=True, track_running_stats=True)

    def forward(self, x):
        return self.layer(x)


class Layer15(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.InstanceNorm3d(2)

    def forward(self, x):
        return self.layer(x)


class Layer16(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.MaxPool1d(3, 2, 1)

    def forward(self, x):
        return self.layer(x)


class Layer17(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.MaxPool2d((2, 3), stride=2, padding=1, ceil_mode=True)

    def forward(self, x):
        return self.layer(x)


class Layer18(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.MaxPool3d(2)

    def forward(self, x):
        return self.layer(x)


class Layer19(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.AvgPool1d(3, 2, 1)

    def forward(self, x):
        return self.layer(x)


class Layer20(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)

    def forward(self, x):
        return self.layer(x)


class Layer21(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.AvgPool3d(2, divisor_override=3)

    def forward(self, x):
        return self.layer(x)


class Layer22(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.AdaptiveAvgPool1d(3)

    def forward(self, x):
        return self.layer(x)


class Layer23(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.AdaptiveAvgPool2d((3, None))

    def forward(self, x):
        return self.layer(x)


class Layer24(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.AdaptiveAvgPool3d(2)

    def forward(self, x):
        return self.layer(x)


class Layer25(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.PReLU(3)

    def forward(self, x):
        return self.layer(x)


class Layer26(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.PReLU()

    def forward(self, x):
        return self.layer(x)


class Layer27(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.PixelShuffle(2)

    def forward(self, x):
        return self.layer(x)


class Layer28(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.PixelUnshuffle(2)

    def forward(self, x):
        return self.layer(x)


class Layer29(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Upsample(scale_factor=2, mode='bilinear')

    def forward(self, x):
        return self.layer(x)


class Layer30(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Upsample(size=(7, 9), mode='nearest')

    def forward(self, x):
        return self.layer(x)


class Layer31(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Upsample(size=9, mode='linear')

    def forward(self, x):
        return self.layer(x)


class Layer32(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.UpsamplingNearest2d(scale_factor=3)

    def forward(self, x):
        return self.layer(x)


class Layer33(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.UpsamplingBilinear2d(scale_factor=2)

    def forward(self, x):
        return self.layer(x)


class Layer34(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Flatten()

    def forward(self, x):
        return self.layer(x)


class Layer35(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Dropout1d(0.5)

    def forward(self, x):
        return self.layer(x)


class Layer36(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Dropout2d(0.5)

    def forward(self, x):
        return self.layer(x)


class Layer37(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Dropout3d(0.5)

    def forward(self, x):
        return self.layer(x)


class Expression0(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.conv1d(x, torch.ones(2, 3, 3), padding=1)


class Expression1(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.conv2d(x, torch.ones(4, 1, 3, 3), stride=2, groups=2)


class Expression2(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.conv3d(x, torch.ones(2, 3, 2, 2, 2))


class Expression3(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.conv_transpose1d(x, torch.ones(3, 2, 3), stride=2)


class Expression4(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.conv_transpose2d(x, torch.ones(3, 2, 3, 3), stride=2, padding=1)


class Expression5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.conv_transpose3d(x, torch.ones(3, 2, 2, 2, 2))


class Expression6(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.max_pool1d(x, 2)


class Expression7(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.max_pool2d(x, 3, stride=2, padding=1)


class Expression8(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.max_pool3d(x, 2)


class Expression9(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.avg_pool1d(x, 3, 2, 1)


class Expression10(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.avg_pool2d(x, 2, ceil_mode=True)


class Expression11(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.avg_pool3d(x, 2)


class Expression12(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.adaptive_avg_pool1d(x, 3)


class Expression13(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.adaptive_avg_pool2d(x, (2, 3))


class Expression14(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.adaptive_avg_pool3d(x, 1)


class Expression15(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.batch_norm(x, torch.zeros(3), torch.ones(3) * 2, training=False)


class Expression16(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.instance_norm(x)


class Expression17(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(6, 6, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.group_norm(x, 3, torch.ones(6) * 2, torch.ones(6))


class Expression18(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.interpolate(x, scale_factor=1.5, mode='bilinear', align_corners=False)


class Expression19(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.interpolate(x, size=(3, 4), mode='area')


class Expression20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.interpolate(x, size=(3, 4), mode='bicubic', antialias=True)


class Expression21(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.pad(x, (1, 2))


class Expression22(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.pad(x, (1, 2, 0, 1), mode='reflect')


class Expression23(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.pad(x, (1, 2, 0, 1, 2, 0), value=3.0)


class Expression24(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.pixel_shuffle(x, 2)


class Expression25(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.pixel_unshuffle(x, 2)


class Expression26(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.dropout2d(x, 0.5, training=False)


class Expression27(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.flip(1)


class Expression28(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.flip([2, 3])


class Expression29(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.amax((2, 3))


class Expression30(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.max(dim=1)[0]


class Expression31(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.max(1, keepdim=True).values


class Expression32(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.sum()


class Expression33(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.mean(2)


class Expression34(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.mean(1)


class Expression35(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.mean(0)


class Expression36(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.mean(dim=(0, 2, 3))


class Expression37(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.mean((2, 3), True)


class Expression38(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.var(dim=[1, 2], unbiased=False)


class Expression39(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.argmax(1)


class Expression40(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.argmax(dim=2)


class Expression41(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.cumsum(dim=-1)


class Expression42(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.softmax(x, dim=1)


class Expression43(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.glu(x, dim=1)


class Expression44(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.normalize(x)


class Expression45(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.normalize(x, dim=1)


class Expression46(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x[:, 0]


class Expression47(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x[:, 1:]


class Expression48(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x[..., 1]


class Expression49(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x[0]


class Expression50(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x[:, :, 1:, ::2]


class Expression51(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x[:, None]


class Expression52(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x[:, [2, 0]]


class Expression53(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x[:, :, 0]


class Expression54(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x[:, -1:, 0]


class Expression55(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.permute(0, 2, 3, 1)


class Expression56(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.permute(1, 0, 3, 2)


class Expression57(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.transpose(1, 2)


class Expression58(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.transpose(-1, -2)


class Expression59(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.flatten(2)


class Expression60(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.flatten(2).permute(0, 2, 1)


class Expression61(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.flatten(1)


class Expression62(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.reshape(-1)


class Expression63(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.view(x.size(0), x.shape[1], -1)


class Expression64(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return torch.stack([x.mean(1), x.sum(1)], dim=1)


class Expression65(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return torch.cat([x, x.mean(1, keepdim=True)], 1)


class Expression66(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return torch.cat([x, torch.ones(2, 3, 1, 5)], dim=-2)


class Expression67(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return sum(x.split([1, 2], dim=2)[0].shape) * x


class Expression68(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x * torch.arange(5)


class Expression69(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x + torch.ones(4, 5).cumsum(0)


class Expression70(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x - torch.arange(3.0).view(3, 1, 1)


class Expression71(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x @ x.transpose(2, 3)


class Expression72(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return torch.where(x > 0, x, torch.zeros_like(x))


class Expression73(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.squeeze(-1).squeeze(-1)


class Expression74(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.adaptive_avg_pool2d(x, 1).squeeze(3).squeeze(2)


class Expression75(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.adaptive_avg_pool2d(x, 1).view(-1, 3)


class Expression76(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.adaptive_avg_pool2d(x, 1)[:, :, 0, 0]


class Expression77(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.unfold(x, 2)


class Expression78(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.repeat(1, 2, 1, 1)


class Expression79(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.unsqueeze(2)


class Expression80(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.cosine_similarity(x, x * 2, dim=1)


class Expression81(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.std(1)


class Expression82(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return torch.linalg.norm(x, dim=1)


class Expression83(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.norm(dim=1, keepdim=True)


class Expression84(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return torch.einsum('bchw->bhwc', x)


class Expression85(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.roll(1, dims=2)


class Expression86(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return torch.roll(x, shifts=(1, 2), dims=(2, 3))


class Expression87(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.narrow(1, 1, 2)


class Expression88(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.unbind(1)[0]


class Expression89(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return torch.tile(x, (1, 1, 2, 1))


class Expression90(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.chunk(2, 2)[1]


class Expression91(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.topk(2, dim=1)[0]


class Expression92(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.sort(dim=1).values


class Expression93(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.numel() * x


class Expression94(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.T.shape[0] + x


class Expression95(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.reshape(x.shape)


class Expression96(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.new_ones(x.shape)


class Expression97(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return torch.zeros(x.size()) + x


class Expression98(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.expand(2, 2, 3, 4, 5)


class Expression99(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.max(torch.zeros(3, 1, 1))


class Expression100(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.clamp(min=0).pow(2).add(1)


class Expression101(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.masked_fill(x > 0, 0.0)


class Expression102(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.gather(1, torch.zeros(2, 1, 4, 5, dtype=torch.int64))


class Expression103(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return x.index_select(1, torch.tensor([2, 0]))


class Expression104(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.layer_norm(x, (5,))


class Expression105(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.conv(x)
        return F.linear(x, torch.ones(2, 5))


MODELS = {'Layer0': (2, 4, 11), 'Layer1': (2, 4, 9, 10), 'Layer2': (2, 4, 9, 10), 'Layer3': (2, 4, 9, 10), 'Layer4': (1, 2, 5, 6, 7), 'Layer5': (2, 4, 7), 'Layer6': (2, 4, 5, 6), 'Layer7': (1, 2, 3, 4, 5), 'Layer8': (3, 4, 5), 'Layer9': (3, 4, 5, 6), 'Layer10': (2, 4, 3, 2, 3), 'Layer11': (3, 4, 5, 6), 'Layer12': (3, 4, 5, 6), 'Layer13': (3, 4, 5), 'Layer14': (3, 4, 5, 6), 'Layer15': (2, 2, 3, 4, 5), 'Layer16': (2, 3, 10), 'Layer17': (2, 3, 10, 11), 'Layer18': (1, 2, 4, 5, 6), 'Layer19': (2, 3, 10), 'Layer20': (2, 3, 9, 10), 'Layer21': (1, 2, 4, 5, 6), 'Layer22': (2, 3, 10), 'Layer23': (2, 3, 10, 4), 'Layer24': (1, 2, 4, 5, 6), 'Layer25': (2, 3, 4, 5), 'Layer26': (2, 3, 4, 5), 'Layer27': (2, 8, 3, 4), 'Layer28': (2, 2, 6, 8), 'Layer29': (2, 3, 4, 5), 'Layer30': (2, 3, 4, 5), 'Layer31': (2, 3, 4), 'Layer32': (2, 3, 4, 5), 'Layer33': (2, 3, 4, 5), 'Layer34': (2, 3, 4, 5), 'Layer35': (2, 3, 4), 'Layer36': (2, 3, 4, 5), 'Layer37': (2, 3, 4, 5, 2), 'Expression0': (2, 3, 8), 'Expression1': (2, 2, 8, 9), 'Expression2': (1, 3, 3, 4, 5), 'Expression3': (2, 3, 8), 'Expression4': (2, 3, 4, 5), 'Expression5': (1, 3, 3, 4, 5), 'Expression6': (2, 3, 8), 'Expression7': (2, 3, 8, 9), 'Expression8': (1, 3, 4, 4, 4), 'Expression9': (2, 3, 8), 'Expression10': (2, 3, 7, 9), 'Expression11': (1, 3, 4, 4, 4), 'Expression12': (2, 3, 8), 'Expression13': (2, 3, 8, 9), 'Expression14': (2, 3, 4, 4, 4), 'Expression15': (2, 3, 4, 5), 'Expression16': (2, 3, 4, 5), 'Expression17': (2, 6, 4, 5), 'Expression18': (2, 3, 4, 6), 'Expression19': (2, 3, 6, 8), 'Expression20': (2, 3, 6, 8), 'Expression21': (2, 3, 4, 5), 'Expression22': (2, 3, 4, 5), 'Expression23': (2, 3, 4, 5), 'Expression24': (2, 4, 3, 5), 'Expression25': (2, 3, 4, 6), 'Expression26': (2, 3, 4, 5), 'Expression27': (2, 3, 4, 5), 'Expression28': (2, 3, 4, 5), 'Expression29': (2, 3, 4, 5), 'Expression30': (2, 3, 4, 5), 'Expression31': (2, 3, 4, 5), 'Expression32': (2, 3, 4, 5), 'Expression33': (2, 3, 4, 5), 'Expression34': (2, 3, 4, 5), 'Expression35': (2, 3, 4, 5), 'Expression36': (2, 3, 4, 5), 'Expression37': (2, 3, 4, 5), 'Expression38': (2, 3, 4, 5), 'Expression39': (2, 3, 4, 5), 'Expression40': (2, 3, 4, 5), 'Expression41': (2, 3, 4, 5), 'Expression42': (2, 3, 4, 5), 'Expression43': (2, 4, 4, 5), 'Expression44': (2, 3, 4, 5), 'Expression45': (2, 3, 4, 5), 'Expression46': (2, 3, 4, 5), 'Expression47': (2, 3, 4, 5), 'Expression48': (2, 3, 4, 5), 'Expression49': (2, 3, 4, 5), 'Expression50': (2, 3, 4, 5), 'Expression51': (2, 3, 4, 5), 'Expression52': (2, 3, 4, 5), 'Expression53': (2, 3, 4, 5), 'Expression54': (2, 3, 4, 5), 'Expression55': (2, 3, 4, 5), 'Expression56': (2, 3, 4, 5), 'Expression57': (2, 3, 4, 5), 'Expression58': (2, 3, 4, 5), 'Expression59': (2, 3, 4, 5), 'Expression60': (2, 3, 4, 5), 'Expression61': (2, 3, 4, 5), 'Expression62': (2, 3, 4, 5), 'Expression63': (2, 3, 4, 5), 'Expression64': (2, 3, 4, 5), 'Expression65': (2, 3, 4, 5), 'Expression66': (2, 3, 4, 5), 'Expression67': (2, 3, 3, 5), 'Expression68': (2, 3, 4, 5), 'Expression69': (2, 3, 4, 5), 'Expression70': (2, 3, 4, 5), 'Expression71': (2, 3, 4, 5), 'Expression72': (2, 3, 4, 5), 'Expression73': (2, 3, 1, 1), 'Expression74': (2, 3, 4, 5), 'Expression75': (2, 3, 4, 5), 'Expression76': (2, 3, 4, 5), 'Expression77': (2, 3, 4, 5), 'Expression78': (2, 3, 4, 5), 'Expression79': (2, 3, 4, 5), 'Expression80': (2, 3, 4, 5), 'Expression81': (2, 3, 4, 5), 'Expression82': (2, 3, 4, 5), 'Expression83': (2, 3, 4, 5), 'Expression84': (2, 3, 4, 5), 'Expression85': (2, 3, 4, 5), 'Expression86': (2, 3, 4, 5), 'Expression87': (2, 3, 4, 5), 'Expression88': (2, 3, 4, 5), 'Expression89': (2, 3, 4, 5), 'Expression90': (2, 3, 4, 5), 'Expression91': (2, 3, 4, 5), 'Expression92': (2, 3, 4, 5), 'Expression93': (2, 3, 4, 5), 'Expression94': (2, 3, 4, 5), 'Expression95': (2, 3, 4, 5), 'Expression96': (2, 3, 4, 5), 'Expression97': (2, 3, 4, 5), 'Expression98': (2, 3, 4, 5), 'Expression99': (2, 3, 4, 5), 'Expression100': (2, 3, 4, 5), 'Expression101': (2, 3, 4, 5), 'Expression102': (2, 3, 4, 5), 'Expression103': (2, 3, 4, 5), 'Expression104': (2, 3, 4, 5), 'Expression105': (2, 3, 4, 5)}
