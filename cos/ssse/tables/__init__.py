"""The social side's data, declared once: directories, files, items, keys, codes, and the pure look-ups over them.

Nothing here reads, writes or decides: the personalisation, the card's handlers and the trace all start from these
rows. Three editions are described: 1.0 (LB 002-2000), 2.0 (社会保障卡文件结构和数据项（V2.0）), 3.0.
"""
