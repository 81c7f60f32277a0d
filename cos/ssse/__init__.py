"""The social-security environment (社会保障系统环境, SSSE): policy of the social side of the card."""
