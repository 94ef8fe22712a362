"""BoTorch and GPyTorch behind the protocol of an optimizer, for what the light engines do not do."""
