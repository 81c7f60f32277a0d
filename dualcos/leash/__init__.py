"""Partners on a leash (可控对端): hosts that answer as they should, and by rules otherwise; no message format."""
