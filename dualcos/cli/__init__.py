"""The ``dualcos`` command: ``main`` runs it."""
