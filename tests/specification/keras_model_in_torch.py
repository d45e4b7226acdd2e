"""A Keras model as a part of a PyTorch model, with weights from a seed."""

import ivy
import torch
import tensorflow as tf

eff_encoder = tf.keras.applications.efficientnet_v2.EfficientNetV2B0(
    include_top=False, weights=None, input_shape=(224, 224, 3)
)

# the result is a torch.nn.Module with the same weights
noise = tf.random.normal(shape=(1, 224, 224, 3))
torch_eff_encoder = ivy.transpile(eff_encoder, source="tensorflow", to="torch", args=(noise,))

class Classifier(torch.nn.Module):
    def __init__(self, num_classes=20):
        super().__init__()
        self.encoder = torch_eff_encoder
        self.fc = torch.nn.Linear(1280, num_classes)

    def forward(self, x):
        x = self.encoder(x)
        return self.fc(x)

# trained as any other module
classifier = Classifier()
ret = classifier(torch.rand((1, 244, 244, 3)))
