"""Sample input (示例数据): a folder with which everything from invented keys to a card in a reader can be tried."""
