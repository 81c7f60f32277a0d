"""The maker's file manager (个人化): creating files and loading keys, over any stack's memory.

The national text leaves this to the COS vendor (社会保障（个人）卡规范 part 10 §5.2); the layouts: ``kernel.dialect``.
Here is mechanism: which commands a stack has of it, what they demand, which keys they take stand in the stack's rows.
"""
