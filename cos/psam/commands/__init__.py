"""The PSAM's commands: rows, order of checks, making."""
