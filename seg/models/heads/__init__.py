"""One file per family of networks, each a small head on the trunk's features: `Head.forward(features) -> logits`."""
