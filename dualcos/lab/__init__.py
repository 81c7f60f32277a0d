"""The laboratory (实验室): vectors, properties, campaigns, and cards that misbehave on purpose."""
