"""A PyTorch model as a part of a Keras model, with weights from a seed."""

import ivy
import torch
import timm
import tensorflow as tf

mlp_encoder = timm.create_model("mixer_b16_224", pretrained=False, num_classes=0)

# the result is a keras.Model with the same weights
noise = torch.randn(1, 3, 224, 224)
mlp_encoder = ivy.transpile(mlp_encoder, to="tensorflow", args=(noise,))

class Classifier(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = mlp_encoder
        self.output_dense = tf.keras.layers.Dense(units=1000, activation="softmax")

    def call(self, x):
        x = self.encoder(x)
        return self.output_dense(x)

# called as any other model
x = tf.random.normal(shape=(1, 3, 224, 224))
model = Classifier()
ret = model(x)
