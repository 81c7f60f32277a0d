"""Implementation conformance statement 实现一致性声明: what a card can, answered question by question."""
