"""Where simulated instruments can be reached with pyserial: `sim://station/instrument` in the same process."""

PACKAGE = __name__
"""What goes into `serial.protocol_handler_packages`."""
