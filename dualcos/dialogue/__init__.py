"""The host's end of every dialogue with a card (主机侧): what a terminal, a bureau or a laboratory says to it."""
