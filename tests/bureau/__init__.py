"""A personalisation bureau's acceptance run: invented citizens, planted faults, every card read back in a reader."""
