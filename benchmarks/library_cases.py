"""Small models of installed PyTorch libraries, with their inputs: what ``libraries.py`` converts and compares.

A case is a function that returns a model (or another callable) and its arguments: a tuple, a dictionary of keyword
arguments, or one array. Arrays are NumPy's. Weights are random, from the seed that the caller has set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    """One case: the distribution that it is from, and the function that makes it."""

    library: str
    make: Callable[[], tuple[Any, Any]]


CASES: dict[str, Case] = {}


def case(library: str) -> Callable[[Callable[[], tuple[Any, Any]]], Callable[[], tuple[Any, Any]]]:
    """Register a function as a case of a library."""

    def register(make: Callable[[], tuple[Any, Any]]) -> Callable[[], tuple[Any, Any]]:
        CASES[make.__name__] = Case(library, make)
        return make

    return register


def parts(made: tuple[Any, Any]) -> tuple[Any, tuple, dict]:
    """Model, positional and keyword arguments; models are in evaluation mode, their zeros drawn anew."""
    model, given = made
    if hasattr(model, "eval"):
        model.eval()
        filled(model)
    if isinstance(given, dict):
        return model, (), given
    return model, given if isinstance(given, tuple) else (given,), {}


def filled(model: Any) -> None:
    """Draw what is the same everywhere anew (zeros, ones), so that no branch of the model is hidden."""
    import torch

    with torch.no_grad():
        for name, value in [*model.named_parameters(), *model.named_buffers()]:
            if value.is_floating_point() and value.numel() > 1 and bool((value == value.flatten()[0]).all()):
                value.uniform_(0.5, 1.5) if "var" in name or value.flatten()[0] > 0 else value.normal_(0, 0.1)


def floats(*shape: int) -> np.ndarray:
    """Standard normal float32 values."""
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


def ids(*shape: int, below: int) -> np.ndarray:
    """Token ids, int64 in [1, below)."""
    return np.random.default_rng(sum(shape)).integers(1, below, shape)


@case("segmentation_models_pytorch")
def smp_unet():
    import segmentation_models_pytorch as smp

    return smp.Unet("resnet18", encoder_weights=None, classes=3), floats(2, 3, 64, 64)


@case("segmentation_models_pytorch")
def smp_fpn():
    import segmentation_models_pytorch as smp

    return smp.FPN("resnet18", encoder_weights=None, classes=3), floats(2, 3, 64, 64)


@case("segmentation_models_pytorch")
def smp_deeplab():
    import segmentation_models_pytorch as smp

    return smp.DeepLabV3Plus("resnet18", encoder_weights=None, classes=3), floats(2, 3, 64, 64)


@case("open_clip_torch")
def open_clip_model():
    import open_clip.model

    vision = open_clip.model.CLIPVisionCfg(layers=2, width=64, patch_size=8, image_size=32, head_width=16)
    text = open_clip.model.CLIPTextCfg(context_length=12, vocab_size=100, width=32, heads=2, layers=2)
    return open_clip.model.CLIP(24, vision, text), (floats(2, 3, 32, 32), ids(2, 12, below=100))


@case("torchvision")
def torchvision_resnet():
    import torchvision

    return torchvision.models.resnet18(weights=None, num_classes=5), floats(2, 3, 64, 64)


@case("torchvision")
def torchvision_swin():
    from torchvision.models.swin_transformer import SwinTransformer

    sizes = {"depths": [1, 1], "num_heads": [2, 4], "window_size": [4, 4]}
    return SwinTransformer([4, 4], 16, num_classes=5, **sizes), floats(2, 3, 32, 32)


@case("transformers")
def bert():
    from transformers import BertConfig, BertModel

    config = BertConfig(**_text_sizes(), max_position_embeddings=32)
    return BertModel(config), {"input_ids": ids(2, 9, below=90), "attention_mask": _mask(2, 9)}


@case("transformers")
def gpt2():
    from transformers import GPT2Config, GPT2Model

    config = GPT2Config(vocab_size=90, n_embd=32, n_layer=2, n_head=4, n_positions=32)
    return GPT2Model(config), {"input_ids": ids(2, 9, below=90)}


@case("transformers")
def vit():
    from transformers import ViTConfig, ViTModel

    sizes = {name: value for name, value in _text_sizes().items() if name != "vocab_size"}
    return ViTModel(ViTConfig(**sizes, image_size=32, patch_size=8)), floats(2, 3, 32, 32)


@case("transformers")
def t5():
    from transformers import T5Config, T5Model

    config = T5Config(vocab_size=90, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4)
    return T5Model(config), {"input_ids": ids(2, 9, below=90), "decoder_input_ids": ids(2, 7, below=90)}


@case("transformers")
def llama():
    from transformers import LlamaConfig, LlamaModel

    config = LlamaConfig(**_text_sizes(), num_key_value_heads=2, max_position_embeddings=32)
    return LlamaModel(config), {"input_ids": ids(2, 9, below=90), "use_cache": False}


@case("transformers")
def clip():
    from transformers import CLIPConfig, CLIPModel

    text = {**_text_sizes(), "max_position_embeddings": 16, "eos_token_id": 89, "bos_token_id": 88}
    vision = {**_text_sizes(), "image_size": 32, "patch_size": 8}
    del vision["vocab_size"]
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=24))
    return model, {"input_ids": ids(2, 9, below=90), "pixel_values": floats(2, 3, 32, 32)}


@case("transformers")
def whisper():
    from transformers import WhisperConfig, WhisperModel

    config = WhisperConfig(
        vocab_size=90, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, num_mel_bins=8,
        max_source_positions=16, max_target_positions=16,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1,
    )  # fmt: skip
    return WhisperModel(config), {"input_features": floats(2, 8, 32), "decoder_input_ids": ids(2, 7, below=90)}


def _text_sizes() -> dict[str, int]:
    return {
        "vocab_size": 90, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
    }  # fmt: skip


def _mask(*shape: int) -> np.ndarray:
    """Ones, with the last two of the last row 0."""
    mask = np.ones(shape, np.int64)
    mask[-1, -2:] = 0
    return mask


@case("vit-pytorch")
def vit_pytorch_vit():
    from vit_pytorch import ViT

    sizes = {"image_size": 32, "patch_size": 8, "num_classes": 5, "dim": 32, "depth": 2, "heads": 2, "mlp_dim": 48}
    return ViT(**sizes), floats(2, 3, 32, 32)


@case("vit-pytorch")
def vit_pytorch_simple():
    from vit_pytorch import SimpleViT

    sizes = {"image_size": 32, "patch_size": 8, "num_classes": 5, "dim": 32, "depth": 2, "heads": 2, "mlp_dim": 48}
    return SimpleViT(**sizes), floats(2, 3, 32, 32)


@case("vit-pytorch")
def vit_pytorch_cct():
    from vit_pytorch.cct import CCT

    sizes = {"img_size": 32, "embedding_dim": 32, "num_layers": 2, "num_heads": 2, "num_classes": 5, "mlp_ratio": 2.0}
    return CCT(**sizes, n_conv_layers=1, kernel_size=7, stride=2, padding=3), floats(2, 3, 32, 32)


@case("vit-pytorch")
def vit_pytorch_mobile():
    from vit_pytorch.mobile_vit import MobileViT

    channels = [8, 8, 8, 8, 12, 12, 16, 16, 20, 20, 32]
    return MobileViT((64, 64), [16, 20, 24], channels, num_classes=5), floats(1, 3, 64, 64)


@case("x-transformers")
def x_transformer():
    from x_transformers import Decoder, TransformerWrapper

    layers = Decoder(dim=32, depth=2, heads=2, attn_dim_head=16, rotary_pos_emb=True)
    return TransformerWrapper(num_tokens=50, max_seq_len=16, attn_layers=layers), ids(2, 9, below=50)


@case("x-transformers")
def x_encoder():
    from x_transformers import ContinuousTransformerWrapper, Encoder

    layers = Encoder(dim=32, depth=2, heads=2, attn_dim_head=16, alibi_pos_bias=True, ff_glu=True, use_rmsnorm=True)
    model = ContinuousTransformerWrapper(dim_in=8, dim_out=6, max_seq_len=16, attn_layers=layers)
    return model, floats(2, 9, 8)


@case("torchmetrics")
def metrics_ssim():
    from torchmetrics.functional.image import structural_similarity_index_measure

    images = floats(2, 3, 16, 16)
    given = {"preds": images, "target": images + floats(1, 3, 16, 16), "data_range": 8.0}
    return structural_similarity_index_measure, given


@case("torchmetrics")
def metrics_accuracy():
    from torchmetrics.functional.classification import multiclass_f1_score

    return multiclass_f1_score, (floats(8, 4), ids(8, below=4), 4)


@case("einops")
def einops_layers():
    from einops.layers.torch import Rearrange, Reduce
    from torch import nn

    layers = nn.Conv2d(3, 8, 3), Rearrange("b c (h p) w -> b h (c p) w", p=2), Reduce("b h c w -> b c", "mean")
    return nn.Sequential(*layers, nn.Linear(16, 4)), floats(2, 3, 10, 10)


@case("monai")
def monai_unet():
    from monai.networks.nets import UNet

    return UNet(2, 1, 2, channels=(4, 8, 16), strides=(2, 2), num_res_units=2), floats(1, 1, 16, 16)


@case("monai")
def monai_segresnet():
    from monai.networks.nets import SegResNet

    return SegResNet(3, 8, 1, 2, blocks_down=(1, 1, 1), blocks_up=(1, 1)), floats(1, 1, 16, 16, 16)


@case("monai")
def monai_unetr():
    from monai.networks.nets import UNETR

    return UNETR(1, 2, (16, 16, 16), feature_size=8, hidden_size=24, mlp_dim=32, num_heads=2), floats(1, 1, 16, 16, 16)


@case("monai")
def monai_dice():
    from monai.losses import DiceCELoss

    target = ids(2, 1, 8, 8, below=3) - 1
    return DiceCELoss(to_onehot_y=True, softmax=True), (floats(2, 2, 8, 8), target)


@case("diffusers")
def diffusers_unet():
    from diffusers.models.unets.unet_2d import UNet2DModel

    blocks = {"down_block_types": ("DownBlock2D", "AttnDownBlock2D"), "up_block_types": ("AttnUpBlock2D", "UpBlock2D")}
    model = UNet2DModel(16, 3, 3, block_out_channels=(8, 16), norm_num_groups=4, layers_per_block=1, **blocks)
    return model, (floats(2, 3, 16, 16), np.array([3, 7]))


@case("diffusers")
def diffusers_resnet_block():
    from diffusers.models.resnet import ResnetBlock2D

    model = ResnetBlock2D(in_channels=8, out_channels=16, temb_channels=12, groups=4)
    return model, (floats(2, 8, 8, 8), floats(2, 12))


@case("torch_geometric")
def dense_gcn():
    from torch_geometric.nn.dense import DenseGCNConv

    return DenseGCNConv(6, 4), (floats(2, 5, 6), (floats(2, 5, 5) > 0).astype(np.float32))


@case("torch_geometric")
def diff_pool():
    from torch_geometric.nn.dense import dense_diff_pool

    return dense_diff_pool, (floats(2, 5, 6), (floats(2, 5, 5) > 0).astype(np.float32), floats(2, 5, 3))


@case("pytorch-metric-learning")
def triplet_loss():
    from pytorch_metric_learning.losses import TripletMarginLoss

    return TripletMarginLoss(), (floats(8, 6), np.array([0, 0, 1, 1, 2, 2, 0, 1]))


@case("pytorch-metric-learning")
def arcface_loss():
    from pytorch_metric_learning.losses import ArcFaceLoss

    return ArcFaceLoss(3, 6), (floats(8, 6), np.array([0, 0, 1, 1, 2, 2, 0, 1]))


@case("pytorch-metric-learning")
def ntxent_loss():
    from pytorch_metric_learning.losses import NTXentLoss

    return NTXentLoss(), (floats(8, 6), np.array([0, 0, 1, 1, 2, 2, 0, 1]))


@case("denoising-diffusion-pytorch")
def ddpm_unet():
    from denoising_diffusion_pytorch import Unet

    model = Unet(dim=8, dim_mults=(1, 2), attn_dim_head=8, attn_heads=2, flash_attn=False)
    return model, (floats(2, 3, 16, 16), np.array([3, 7]))
