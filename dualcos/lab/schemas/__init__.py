"""JSON Schemas of the files that people and programs write for the laboratory, from what their loaders decode into."""
