"""The hardware driver layer (硬件驱动层): cells, power, random numbers, chip data. The COS stands on it."""
