"""Campaign kinds: each binds a simulator or a station to spaces, executors and report panels."""
