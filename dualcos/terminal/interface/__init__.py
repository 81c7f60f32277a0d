"""社会保障卡读写终端接口, the national programming interface of card terminals, and SSSE32 below it (SC; SSC-8 A).

Names of functions and parameters are the interface's own.
"""
