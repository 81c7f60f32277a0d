"""The social terminal (社保业务功能终端): SSC-7 flows, SSC-8 parts. It never selects the bank's environment."""
