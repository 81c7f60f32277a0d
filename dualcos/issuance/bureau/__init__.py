"""The human-resources bureau (人社部门): its input, its keys, the social side. Knows neither maker nor bank."""
