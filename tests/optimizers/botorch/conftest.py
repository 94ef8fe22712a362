import warnings

# linear_operator still uses a part of torch that is deprecated; it says so once, when it is first imported.
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", DeprecationWarning)
    import botorch  # noqa: F401
