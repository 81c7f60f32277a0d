"""The recorder (记录器): what passed between a terminal and a card, as a capture file and as a draft vector.

What is recorded is a trace, raw and masked; all here is made of one when somebody asks for it.
"""
