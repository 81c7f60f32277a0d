"""全业务功能终端: both kernels, social and bank, over one card in one slot, with one journal (总体方案 一（二）)."""
